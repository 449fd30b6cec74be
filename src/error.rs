//! How a command fails: one error at the boundary, one place that turns it into an exit code.

use std::fmt;
use std::process::ExitCode;

/// A failed command: what kind of failure, why, and what would help.
#[derive(Debug)]
pub struct CliError {
    /// Decides the exit code.
    pub kind: ErrorKind,
    /// The error with its chain of causes.
    pub source: Box<dyn std::error::Error + Send + Sync>,
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
    /// The reader of our output went away: 0.
    BrokenPipe,
}

impl CliError {
    /// A failure with no hint yet.
    pub fn failed(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { kind: ErrorKind::Failed, source: source.into(), hints: Vec::new() }
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
        })
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl std::error::Error for CliError {}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::BrokenPipe => ErrorKind::BrokenPipe,
            std::io::ErrorKind::Interrupted => ErrorKind::Interrupted,
            _ => ErrorKind::Failed,
        };
        Self { kind, source: error.into(), hints: Vec::new() }
    }
}
