//! `capas completions` and `capas man`: what packagers and shells want.

use std::io::Write;
use std::path::Path;

use clap::CommandFactory;

use super::Output;
use crate::args::Args;
use crate::error::CliError;

/// Writes the completion script of a shell.
pub fn completions(shell: clap_complete::Shell) -> Result<(), CliError> {
    // The generator panics where writing fails; a vector never does.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "capas", &mut script);
    let mut out = Output::open(None)?;
    out.write_all(&script)?;
    out.finish()
}

/// The commands with the words of every argument: `-h` hides some, and the manual would leave their words out.
fn whole(command: clap::Command) -> clap::Command {
    command.mut_args(|arg| arg.hide_short_help(false)).mut_subcommands(whole)
}

/// Writes the manual page, or those of all commands into a folder.
pub fn man(all: Option<&Path>) -> Result<(), CliError> {
    let command = whole(Args::command());
    if let Some(dir) = all {
        std::fs::create_dir_all(dir)
            .and_then(|()| clap_mangen::generate_to(command, dir))
            .map_err(|error| CliError::failed(format!("{}: {error}", dir.display())))?;
        return Ok(());
    }
    let mut out = Output::open(None)?;
    clap_mangen::Man::new(command).render(&mut out)?;
    out.finish()
}
