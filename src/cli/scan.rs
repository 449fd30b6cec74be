//! Reading contents for a command, with its progress.

use super::progress::Meter;
use super::{Loaded, Session};
use crate::advice::{Look, Scan};
use crate::build::Story;
use crate::error::CliError;
use crate::ledger::Ledger;
use crate::source::SourceError;

/// What only contents tell.
pub fn scan(
    session: &Session,
    loaded: &Loaded,
    ledger: &Ledger,
    story: &Story,
    what: &[Look],
) -> Result<Scan, CliError> {
    let meter = Meter::new(session);
    let bodies = loaded.opened.bodies();
    let hear = |done, total| meter.scanned(done, total);
    let scan = Scan::run(&loaded.image, ledger, story, &*bodies, what, &hear, &session.cancel);
    Ok(scan.map_err(|_| SourceError::Cancelled)?)
}
