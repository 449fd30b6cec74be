//! Parse, run, exit.

use std::process::ExitCode;

fn main() -> ExitCode {
    capas::cli::main()
}
