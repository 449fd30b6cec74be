//! A RUN taken apart into commands, and put together of some of them.

use super::Subject;
use crate::build::{Form, Joint, Piece, pieces};

/// The commands of a step that is a plain chain of `&&`.
pub fn chain<'a>(subject: &'a Subject<'_>, step: usize) -> Option<Vec<Piece<'a>>> {
    let command = subject.story.command(step).filter(|it| it.complete && it.form == Form::Shell)?;
    let list = pieces(&command.text)?;
    list.iter().all(|piece| matches!(piece.joint, Joint::And | Joint::End)).then_some(list)
}

/// The name of the program that a command runs.
pub fn program(command: &str) -> &str {
    let program = command.split_ascii_whitespace().next().unwrap_or_default();
    program.rsplit('/').next().unwrap_or_default()
}

/// A RUN of some commands, with the flags of a step.
pub fn run(subject: &Subject<'_>, step: usize, commands: &[String]) -> Option<String> {
    let flags: String =
        subject.story.command(step)?.flags.iter().flat_map(|flag| [flag.as_str(), " "]).collect();
    Some(subject.story.masked(&format!("RUN {flags}{}", commands.join(" \\\n && "))))
}
