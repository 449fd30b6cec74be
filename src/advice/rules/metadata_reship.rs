//! `metadata-reship`: `chown`, `chmod` and `touch` in a later step, which ship whole files again.

use super::lots::{self, Lot};
use super::plan;
use crate::advice::{Finding, FixKind, Subject, fix};
use crate::build::Owner;
use crate::ledger::Cause;
use crate::prose::lots as prose;
use crate::text;

pub fn find(subject: &Subject<'_>, lot: &Lot) -> Option<Finding> {
    if !lot.is_worth(subject, 0) {
        return None;
    }
    let (birth, killer) = (lot.birth(subject), lot.killer(subject));
    let mut finding = lot.finding(subject);
    let is_idle = lot.dead.iter().all(|dead| dead.2.cause == Cause::Rewritten);
    finding.title = prose::metadata_title(killer, birth, &text::size(lot.bytes), is_idle, lot.owner);
    prose::METADATA_WHY.clone_into(&mut finding.why);
    if lot.owner == Owner::Base || !fix::is_certain(subject) {
        return Some(finding);
    }
    let in_row = lots::in_a_row(subject, lot);
    if lots::is_copy(subject, lot.born) && lots::is_run(subject, lot.killed) {
        finding.fix = fix::flagged(subject, birth, killer, &lot.dead);
        finding.why = format!("{} {}", finding.why, prose::COPY_FLAGS);
    } else if in_row {
        let fixes = fix::merge(subject, birth..=killer);
        finding.fix = fixes.fix;
    } else if lots::is_run(subject, lot.born)
        && lots::is_run(subject, lot.killed)
        && subject.ledger.account(lot.killed).payload == lot.bytes
        && plan::can_move(subject, &[lot.born], &[lot.killed])
        && !plan::changes_accounts(subject, &[lot.born], &[lot.killed])
    {
        finding.fix = fix::moved(subject, birth, &[killer], FixKind::FixAtBirth);
    } else if is_idle && lots::is_run(subject, lot.killed) {
        finding.fix = fix::sparing(subject, killer);
    }
    Some(finding)
}
