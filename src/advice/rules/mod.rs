//! The rules, one file each.

mod archive_kept;
mod broken_hardlinks;
mod build_deps;
mod by_pattern;
mod bytecode;
mod committed_layer;
mod contents;
mod context_junk;
mod deleted_later;
mod dev_dependencies;
mod docs_locale;
mod duplicate_content;
mod hygiene_config;
mod hygiene_files;
mod hygiene_steps;
mod large_trees;
mod layer_order;
mod layers;
mod logs_temp_cores;
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
mod unpacking;
mod verbs;

use super::{Finding, Row, Rule, Subject};
use lots::Lot;

/// What one rule, or several of a kind, find.
type Find = fn(&Subject<'_>) -> Vec<Finding>;

/// The rules that look at the image by themselves, in no order.
const RULES: &[Find] = &[
    package_cache::find,
    secret_in_layer::find,
    committed_layer::find,
    duplicate_content::find,
    context_junk::find,
    build_deps::find,
    dev_dependencies::find,
    docs_locale::find,
    bytecode::find,
    logs_temp_cores::find,
    contents::large_files,
    large_trees::find,
    contents::sparse_expanded,
    contents::unstripped,
    layer_order::find,
    layers::compression,
    layers::layer_count,
    layers::without_files,
    layers::base_image,
    hygiene_config::find,
    hygiene_files::find,
    hygiene_steps::find,
    archive_kept::find,
];

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
