//! How a command fails: one error at the boundary, one place that turns it into an exit code.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::text;

/// A failed command: what kind of failure, why, and what would help.
#[derive(Debug)]
pub struct CliError {
    /// Decides the exit code.
    pub kind: ErrorKind,
    /// The error with its chain of causes.
    pub source: Box<dyn std::error::Error + Send + Sync>,
    /// What was tried, a line each.
    pub details: Vec<String>,
    /// Sentences that name the command that helps.
    pub hints: Vec<String>,
}

/// The kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The check said no (`verify` with findings): 1, nothing printed.
    CheckSaidNo,
    /// Usage, or it could not run: 2.
    Failed,
    /// Interrupted: 130.
    Interrupted,
    /// The engine's build failed and has said why: its own code, nothing printed.
    Engine(i32),
    /// A signal ended the explorer: 128 and its number.
    Signal(i32),
    /// The reader of our output went away: 0.
    BrokenPipe,
}

impl CliError {
    /// A failure with no hint yet.
    pub fn failed(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { kind: ErrorKind::Failed, source: source.into(), details: Vec::new(), hints: Vec::new() }
    }

    /// A check that found something and has printed it.
    pub fn said_no(summary: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { kind: ErrorKind::CheckSaidNo, ..Self::failed(summary) }
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The documented exit code.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self.kind {
            ErrorKind::BrokenPipe => 0,
            ErrorKind::CheckSaidNo => 1,
            ErrorKind::Failed => 2,
            ErrorKind::Interrupted => 130,
            ErrorKind::Engine(code) => u8::try_from(code).unwrap_or(2),
            ErrorKind::Signal(signal) => u8::try_from(128 + signal).unwrap_or(2),
        })
    }
}

/// Writes `error:`, the sentence, its causes and the hints. A check that said no has printed its report already; a
/// broken pipe and an interrupt need no words.
///
/// # Errors
///
/// `to` cannot be written to.
pub fn write(error: &CliError, to: &mut dyn Write) -> io::Result<()> {
    if error.kind != ErrorKind::Failed {
        return Ok(());
    }
    let sentence = error.source.to_string();
    writeln!(to, "error: {}", text::display_sentence(&sentence))?;
    let mut said = sentence;
    let mut cause = error.source.source();
    while let Some(next) = cause {
        let sentence = next.to_string();
        // Some errors repeat their cause in their own sentence.
        if !said.contains(&sentence) {
            writeln!(to, "  because: {}", text::display_sentence(&sentence))?;
            said = sentence;
        }
        cause = next.source();
    }
    error.details.iter().try_for_each(|detail| writeln!(to, "  {}", text::display_sentence(detail)))?;
    error.hints.iter().try_for_each(|hint| writeln!(to, "hint: {}", text::display_sentence(hint)))
}

/// Prints to standard error. That nobody reads it is no second error.
pub fn print(error: &CliError) {
    let _ = write(error, &mut io::stderr().lock());
}

/// Says on standard error what is no error and should be known. That nobody reads it is none either.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr(), "note: {text}");
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl std::error::Error for CliError {}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        let kind = match error.kind() {
            io::ErrorKind::BrokenPipe => ErrorKind::BrokenPipe,
            io::ErrorKind::Interrupted => ErrorKind::Interrupted,
            _ => ErrorKind::Failed,
        };
        Self { kind, ..Self::failed(error) }
    }
}
