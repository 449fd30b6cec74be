//! Several RUN instructions as one that behaves the same.

use std::fmt;
use std::ops::RangeInclusive;

use super::Story;

/// A row of instructions as one RUN, with what stood between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Instructions that go before it (ARG).
    pub before: Vec<String>,
    /// The RUN instruction, with its keyword, in as many lines as it needs.
    pub run: String,
    /// Instructions that go after it, in order.
    pub after: Vec<String>,
}

/// All of it, one instruction after the other.
impl fmt::Display for Merged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.before.iter().chain(std::iter::once(&self.run)).chain(&self.after);
        f.write_str(&all.map(String::as_str).collect::<Vec<_>>().join("\n"))
    }
}

/// Why no text can be written: group them by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoText {
    /// The script of a step is not recorded.
    ScriptLost(usize),
    /// The words of a step's exec form cannot be told apart.
    WordsLost(usize),
    /// A step cannot be part of a merged RUN.
    NotARow(usize),
    /// A step needs an interpreter of its own.
    OtherInterpreter(usize),
    /// Commands of Windows.
    Windows,
}

impl Story {
    /// The text of the steps as one RUN; the first and the last step are RUNs of one row.
    ///
    /// # Errors
    ///
    /// Why it cannot be written.
    pub fn merged(&self, steps: RangeInclusive<usize>) -> Result<Merged, NoText> {
        Err(NoText::NotARow(*steps.start()))
    }
}
