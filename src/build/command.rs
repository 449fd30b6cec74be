//! The command of a RUN step.

use super::dockerfile::Aligned;
use super::{Instruction, Kind};

/// What a RUN step ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// How it was given.
    pub form: Form,
    /// The script for the shell, without the shell; for the exec form the words as recorded.
    pub text: String,
    /// `--mount=...`, `--network=...`, `--security=...`, as far as they are known.
    pub flags: Vec<String>,
    /// Whether there are no flags but those in `flags`. BuildKit's history hides them.
    pub flags_known: bool,
    /// Whether the text is all there: scripts of heredocs get lost.
    pub complete: bool,
    /// Where the text is from.
    pub origin: Origin,
}

/// How a command was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// To the shell in force.
    Shell,
    /// Its words, where they can be told apart.
    Exec(Option<Vec<String>>),
    /// As a heredoc: the text is the script with its line ends, the words name its interpreter (`<<EOF python3`).
    Script(String),
}

/// Where a command's text is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The history.
    History,
    /// The provenance.
    Provenance,
    /// The Dockerfile.
    Dockerfile,
}

impl Command {
    /// The command of a step, `None` where it is no RUN.
    pub(super) fn of(step: &Instruction, _shell: &[String], _aligned: Option<&Aligned>) -> Option<Self> {
        (step.kind == Kind::Run).then(|| Self {
            form: Form::Shell,
            text: step.body.clone(),
            flags: Vec::new(),
            flags_known: false,
            complete: true,
            origin: Origin::History,
        })
    }
}
