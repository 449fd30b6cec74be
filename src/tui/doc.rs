//! Text with meanings, before it has colours or a width: what panes say in words.

use crate::role::Role;

/// A stretch of text with one meaning. The text is safe for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub text: String,
    /// What it means.
    pub role: Role,
}

/// A line that wraps at spaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its parts, one after the other.
    pub spans: Vec<Span>,
    /// Cells that continuation lines stand in from the left.
    pub indent: u16,
    /// Whether it is cut at the edge instead of wrapped.
    pub cut: bool,
}

impl Line {
    /// An empty line.
    pub fn new() -> Self {
        Self::default()
    }

    /// A line of one meaning.
    pub fn of(role: Role, text: impl Into<String>) -> Self {
        Self::new().add(role, text)
    }

    /// A label in a column of its own, and what it labels; continuation lines stand under the value.
    pub fn field(label: &str, width: u16, value: impl Into<String>) -> Self {
        let mut line = Self::of(Role::Dim, format!("{label:<0$}", usize::from(width)));
        line.indent = width;
        line.add(Role::Plain, value)
    }

    /// Adds a part.
    #[must_use]
    pub fn add(mut self, role: Role, text: impl Into<String>) -> Self {
        self.spans.push(Span { text: text.into(), role });
        self
    }

    /// Sets where continuation lines begin.
    #[must_use]
    pub fn indent(mut self, indent: u16) -> Self {
        self.indent = indent;
        self
    }

    /// Cuts it at the edge instead of wrapping.
    #[must_use]
    pub fn cut(mut self) -> Self {
        self.cut = true;
        self
    }

    /// The bare text.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}
