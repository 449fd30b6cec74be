//! A RUN step written again: with a clean-up at its end, with a cache mount, with a flag.

use super::{Fix, FixKind, Subject};
use crate::build::{Builder, command_lines, heredoc, is_simple, without_comment};

impl Subject<'_> {
    /// The step's RUN with a clean-up at its end; where its text is not known, only what to add.
    pub fn with_cleanup(&self, step: usize, cleanup: &str) -> Fix {
        let kind = FixKind::MoveCleanup;
        let run = || {
            let (flags, command) = self.script(step)?;
            if command.contains('\n') {
                return Some(format!(
                    "RUN {flags}{}\n",
                    heredoc("EOF", &format!("(\n{command}\n) && {cleanup}"))
                ));
            }
            // What follows a comment would be part of it.
            let command = without_comment(&command).filter(|command| !command.is_empty())?;
            let lines = in_lines(command);
            let lines = if is_simple(command) { lines } else { format!("( {lines} )") };
            Some(format!("RUN {flags}{lines} \\\n    && {cleanup}\n"))
        };
        let alone = || format!("# At the end of the RUN of step {step}:\n{cleanup}\n");
        Fix::new(kind, run().unwrap_or_else(alone))
    }

    /// The step's RUN with other words in its command, if it has the words.
    pub fn with_words(&self, step: usize, old: &str, new: &str) -> Option<Fix> {
        let (flags, command) = self.script(step)?;
        if !command.contains(old) || command.contains(new) {
            return None;
        }
        Some(Fix::new(FixKind::Command, format!("RUN {flags}{}\n", body(&command.replace(old, new)))))
    }

    /// The step's RUN with mounts, and with instructions before it.
    pub fn with_mounts(&self, step: usize, mounts: &[String], before: &str) -> Option<Fix> {
        self.with_mounts_and(step, mounts, before, "")
    }

    /// The same with a command that has to succeed first, if it is one.
    pub fn with_mounts_and(&self, step: usize, mounts: &[String], before: &str, first: &str) -> Option<Fix> {
        let (flags, mut command) = self.script(step)?;
        if !first.is_empty() {
            command = if is_simple(&command) {
                format!("{first} && {command}")
            } else if command.contains('\n') {
                format!("{first} && (\n{command}\n)")
            } else {
                format!("{first} && ( {} )", without_comment(&command)?)
            };
        }
        let mounts = mounts.iter().fold(String::new(), |text, mount| text + "--mount=" + mount + " \\\n    ");
        Some(Fix::new(FixKind::Mount, format!("{before}RUN {flags}{mounts}{}\n", body(&command))))
    }

    /// The flags (each with a space behind it) and the script of a RUN, without secrets; `None` where it is no script for
    /// the shell in force, or not all of it is known.
    pub fn script(&self, step: usize) -> Option<(String, String)> {
        let command = self.story.command(step)?;
        let script = command.script()?;
        let mut flags = command.flags.join(" ");
        if !flags.is_empty() {
            flags.push(' ');
        }
        let builder = self.story.instruction(step)?.builder;
        let knows_heredocs = matches!(builder, Builder::BuildKit | Builder::Buildah);
        if script.contains('\n') && !knows_heredocs {
            return None;
        }
        Some((flags, self.story.masked(script.trim_end())))
    }
}

/// What stands behind the flags of a RUN.
fn body(command: &str) -> String {
    if command.contains('\n') { heredoc("EOF", command) } else { in_lines(command) }
}

/// Whether a path means nothing but itself to a shell, to a Dockerfile and to `--mount`.
pub fn is_plain(path: &str) -> bool {
    path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+@%:".contains(&byte))
}

/// A command in lines that a Dockerfile continues.
fn in_lines(command: &str) -> String {
    command_lines(command).join(" \\\n    ")
}
