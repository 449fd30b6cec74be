//! The rules, one file each.

mod broken_hardlinks;
mod deleted_later;
mod lots;
mod metadata_reship;
mod moved_later;
mod overwritten_later;
mod package_cache;
mod package_cache_tools;
pub(super) mod plan;
mod recopied_identical;
mod secret_in_layer;
mod ungrouped_run;

use super::{Finding, Row, Rule, Subject};
use lots::Lot;

/// What one rule, or several of a kind, find.
type Find = fn(&Subject<'_>) -> Vec<Finding>;

/// The rules that look at the image by themselves, in no order.
const RULES: &[Find] = &[package_cache::find, secret_in_layer::find];

/// What all rules find, in no order, and the rows of RUN steps.
pub(super) fn all(subject: &Subject<'_>) -> (Vec<Finding>, Vec<Row>) {
    let grouped = ungrouped_run::find(subject);
    let mut findings = grouped.findings;
    findings.extend(lots::find(subject, &grouped.claimed).iter().filter_map(|lot| of_lot(subject, lot)));
    findings.extend(broken_hardlinks::find(subject, &grouped.claimed));
    findings.extend(RULES.iter().flat_map(|find| find(subject)));
    (findings, grouped.rows)
}

/// What the rule of a lot of dead files says of it.
fn of_lot(subject: &Subject<'_>, lot: &Lot) -> Option<Finding> {
    match lot.rule {
        Rule::MetadataReship => metadata_reship::find(subject, lot),
        Rule::DeletedLater => deleted_later::find(subject, lot),
        Rule::MovedLater => moved_later::find(subject, lot),
        Rule::RecopiedIdentical => recopied_identical::find(subject, lot),
        _ => overwritten_later::find(subject, lot),
    }
}
