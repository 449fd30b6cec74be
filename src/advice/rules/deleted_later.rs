//! `deleted-later`: what a step ships and a later one deletes, which is pulled all the same.

use super::lots::{self, Lot};
use super::plan;
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
    finding.title = prose::deleted_title(killer, birth, &text::size(lot.bytes), lot.owner);
    prose::DELETED_WHY.clone_into(&mut finding.why);
    if lot.owner == Owner::Base || !fix::is_certain(subject) {
        return Some(finding);
    }
    if lots::is_copy(subject, lot.born) {
        finding.fix = fix::mounted(subject, birth, killer, &lot.dead)
            .or_else(|| fix::ignored(subject, (birth, killer), &lot.dead, lot.killed));
        finding.why = format!("{} {}", finding.why, prose::COPY_AVOID);
    } else if lots::in_a_row(subject, lot) {
        finding.fix = fix::merge(subject, birth..=killer).fix;
    } else if lots::is_run(subject, lot.born) && lots::is_run(subject, lot.killed) {
        finding.why = format!("{} {}", finding.why, prose::MOVE_CLEANUP);
        if plan::only_deletes(subject, lot.killed)
            && plan::can_move(subject, &[lot.born], &[lot.killed])
            && !plan::is_used(subject, &lot.dead, birth, killer)
        {
            finding.fix = fix::moved(subject, birth, &[killer], FixKind::MoveCleanup);
        }
    }
    Some(finding)
}
