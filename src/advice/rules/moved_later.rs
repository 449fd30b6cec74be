//! `moved-later`: moved or renamed in a later step, and so shipped twice.

use super::lots::{self, Lot};
use crate::advice::{Finding, FixKind, Subject, fix};
use crate::build::Owner;
use crate::prose::lots as prose;
use crate::text;

pub fn find(subject: &Subject<'_>, lot: &Lot) -> Option<Finding> {
    if !lot.is_worth(subject, 0) {
        return None;
    }
    let (birth, killer) = (lot.birth(subject), lot.killer(subject));
    let mut finding = lot.finding(subject);
    finding.title = prose::moved_title(killer, birth, &text::size(lot.bytes), lot.owner);
    prose::MOVED_WHY.clone_into(&mut finding.why);
    if lot.owner == Owner::Base || !fix::is_certain(subject) {
        return Some(finding);
    }
    if lots::in_a_row(subject, lot) {
        finding.fix = fix::merge(subject, birth..=killer).fix;
    } else if lots::is_run(subject, lot.born)
        && lots::is_run(subject, lot.killed)
        && subject.ledger.account(lot.killed).payload == lot.bytes
    {
        finding.fix = fix::moved(subject, birth, &[killer], FixKind::Command);
    }
    Some(finding)
}
