//! `overwritten-later`: written, and written again by a later step.

use super::lots::{self, Lot};
use crate::advice::{Finding, Subject, fix};
use crate::build::Owner;
use crate::ledger::Cause;
use crate::prose::lots as prose;
use crate::text;

/// Less than this between two COPYs is how people write Dockerfiles.
const RECOPY: u64 = 1_000_000;

pub fn find(subject: &Subject<'_>, lot: &Lot) -> Option<Finding> {
    let is_recopy = lots::is_copy(subject, lot.born) && lots::is_copy(subject, lot.killed);
    if !lot.is_worth(subject, if is_recopy { RECOPY } else { 0 }) {
        return None;
    }
    let (birth, killer) = (lot.birth(subject), lot.killer(subject));
    let mut finding = lot.finding(subject);
    let size = text::size(lot.bytes);
    if lot.dead.iter().all(|dead| dead.2.cause == Cause::Repeated) {
        finding.title = prose::repeated_title(birth, &size);
        prose::REPEATED_WHY.clone_into(&mut finding.why);
        return Some(finding);
    }
    finding.title = prose::overwritten_title(killer, birth, &size, lot.owner);
    let words = [prose::OVERWRITTEN_WHY, kind(subject, lot)];
    finding.why = words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(" ");
    if lot.owner != Owner::Base && fix::is_certain(subject) && lots::in_a_row(subject, lot) {
        finding.fix = fix::merge(subject, birth..=killer).fix;
    }
    Some(finding)
}

/// What kind of file it mostly is, and what to do about such files.
fn kind(subject: &Subject<'_>, lot: &Lot) -> &'static str {
    if lot.is_inherent {
        return prose::INHERENT;
    }
    let tree = &subject.image.tree;
    let is_log = |path: &[u8]| {
        path.starts_with(b"var/log/") || [&b".log"[..], b"_history"].iter().any(|end| path.ends_with(end))
    };
    let largest = lot.dead.iter().max_by_key(|dead| subject.bytes(dead.0));
    let path = largest.map(|dead| tree.path(dead.1)).unwrap_or_default();
    let runs = largest.is_some_and(|dead| tree.entries(dead.0.layer).attrs(dead.0.entry).mode & 0o111 != 0);
    if is_log(&path) {
        prose::LOG
    } else if lots::is_copy(subject, lot.born) {
        prose::COPY_EDIT
    } else if runs {
        prose::PROGRAM
    } else {
        ""
    }
}
