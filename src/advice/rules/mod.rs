//! The rules, one file each.

mod package_cache;
mod package_cache_tools;
pub(super) mod plan;
mod secret_in_layer;
mod ungrouped_run;

use super::{Finding, Row, Subject};

/// What one rule, or several of a kind, find.
type Find = fn(&Subject<'_>) -> Vec<Finding>;

/// The rules that look at the image by themselves, in no order.
const RULES: &[Find] = &[package_cache::find, secret_in_layer::find];

/// What all rules find, in no order, and the rows of RUN steps.
pub(super) fn all(subject: &Subject<'_>) -> (Vec<Finding>, Vec<Row>) {
    let grouped = ungrouped_run::find(subject);
    let mut findings = grouped.findings;
    findings.extend(RULES.iter().flat_map(|find| find(subject)));
    (findings, grouped.rows)
}
