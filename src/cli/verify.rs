//! `capas verify`.

use super::Session;
use crate::args::VerifyArgs;
use crate::error::CliError;

/// Checks everything and reports; exit code 1 on findings.
pub fn run(_: &Session, args: &VerifyArgs) -> Result<(), CliError> {
    Err(CliError::failed(format!("{}: checking is not built yet", args.image)))
}
