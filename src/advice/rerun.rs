//! A RUN step written again: with a clean-up at its end, with a cache mount, with a flag.

use super::{Fix, FixKind, Subject};
use crate::build::{Builder, Form, command_lines, is_simple};

impl Subject<'_> {
    /// The step's RUN with a clean-up at its end; where its text is not known, only what to add.
    pub fn with_cleanup(&self, step: usize, cleanup: &str) -> Fix {
        let kind = FixKind::MoveCleanup;
        let Some((flags, command)) = self.script(step) else {
            return Fix::new(kind, format!("# At the end of the RUN of step {step}:\n{cleanup}\n"));
        };
        let run = if command.contains('\n') {
            format!("RUN {flags}<<EOF\n(\n{}\n) && {cleanup}\nEOF\n", command.trim_end())
        } else if is_simple(&command) {
            format!("RUN {flags}{} \\\n    && {cleanup}\n", in_lines(&command))
        } else {
            format!("RUN {flags}( {} ) \\\n    && {cleanup}\n", in_lines(&command))
        };
        Fix::new(kind, run)
    }

    /// The step's RUN with other words in its command, if it has the words.
    pub fn with_words(&self, step: usize, old: &str, new: &str) -> Option<Fix> {
        let (flags, command) = self.script(step)?;
        if !command.contains(old) || command.contains(new) {
            return None;
        }
        let command = command.replace(old, new);
        let text = if command.contains('\n') {
            format!("RUN {flags}<<EOF\n{}\nEOF\n", command.trim_end())
        } else {
            format!("RUN {flags}{}\n", in_lines(&command))
        };
        Some(Fix::new(FixKind::Command, text))
    }

    /// The step's RUN with mounts.
    pub fn with_mounts(&self, step: usize, mounts: &[String], before: &str) -> Option<Fix> {
        let (flags, command) = self.script(step)?;
        let mounts = mounts.iter().fold(String::new(), |text, mount| text + "--mount=" + mount + " \\\n    ");
        let text = if command.contains('\n') {
            format!("{before}RUN {flags}{mounts}<<EOF\n{}\nEOF\n", command.trim_end())
        } else {
            format!("{before}RUN {flags}{mounts}{}\n", in_lines(&command))
        };
        Some(Fix::new(FixKind::Mount, text))
    }

    /// The flags (each with a space behind it) and the script of a RUN, without secrets; `None` where it is no script for
    /// the shell in force, or not all of it is known.
    pub fn script(&self, step: usize) -> Option<(String, String)> {
        let command = self.story.command(step).filter(|command| command.complete)?;
        let mut flags = command.flags.join(" ");
        if !flags.is_empty() {
            flags.push(' ');
        }
        let builder = self.story.instruction(step)?.builder;
        let knows_heredocs = matches!(builder, Builder::BuildKit | Builder::Buildah);
        if command.form != Form::Shell || (command.text.contains('\n') && !knows_heredocs) {
            return None;
        }
        Some((flags, self.story.masked(&command.text)))
    }
}

/// A path for a shell. Paths are written by strangers: what is no plain name stands in quotes.
pub fn quoted(path: &str) -> String {
    if is_plain(path) { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

/// Whether a path means nothing but itself to a shell, to a Dockerfile and to `--mount`.
pub fn is_plain(path: &str) -> bool {
    path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+@%:".contains(&byte))
}

/// A command in lines that a Dockerfile continues.
fn in_lines(command: &str) -> String {
    command_lines(command).join(" \\\n    ")
}
