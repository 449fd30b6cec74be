//! `broken-hardlinks`: names of one file that a later step made files of their own.

use std::collections::{BTreeMap, HashSet};

use super::{lots, ungrouped_run};
use crate::advice::{Bytes, Confidence, Finding, Paths, Rule, Severity, Subject, fix};
use crate::build::Owner;
use crate::layer::LayerIndex;
use crate::ledger::Apart;
use crate::prose::lots as prose;
use crate::text;
use crate::tree::EntryRef;

/// Findings by the layer that copied apart, without what is `claimed`.
pub fn find(subject: &Subject<'_>, claimed: &HashSet<EntryRef>) -> Vec<Finding> {
    let tree = &subject.image.tree;
    let last = LayerIndex(subject.ledger.layer_count());
    let mut by_layer: BTreeMap<LayerIndex, Vec<Apart>> = BTreeMap::new();
    for apart in subject.ledger.broken_links(tree, LayerIndex(1), last) {
        let layer = apart.copy.layer;
        if apart.bytes > 0
            && !claimed.contains(&apart.copy)
            && lots::is_run(subject, layer)
            && !subject.is_base(layer)
        {
            by_layer.entry(layer).or_default().push(apart);
        }
    }
    by_layer.into_iter().filter_map(|(layer, copies)| finding(subject, layer, &copies)).collect()
}

fn finding(subject: &Subject<'_>, layer: LayerIndex, copies: &[Apart]) -> Option<Finding> {
    let bytes: u64 = copies.iter().map(|apart| apart.bytes).sum();
    if !subject.limits.all && bytes < subject.threshold() {
        return None;
    }
    let tree = &subject.image.tree;
    let node = |entry: EntryRef| subject.ledger.fate(entry).node;
    // The layer that tied the names: the first one with an entry at the path of any copy.
    let first = copies.iter().filter_map(|apart| tree.events(node(apart.copy)).first());
    let tied = first.map(|event| event.layer).min().unwrap_or(layer);
    let owner = if subject.is_base(tied) { Owner::Base } else { subject.story.owner(layer) };
    let (birth, killer) = (subject.step(tied), subject.step(layer));
    let mut steps = vec![birth, killer];
    steps.dedup();
    let mut layers = vec![tied, layer];
    layers.dedup();
    let in_row =
        subject.story.span_of(birth).is_some_and(|span| birth < killer && span.runs.contains(&killer));
    Some(Finding {
        rule: Rule::BrokenHardlinks,
        severity: if owner == Owner::Base { Severity::Info } else { subject.severity(bytes) },
        confidence: Confidence::Exact,
        owner,
        steps,
        layers,
        bytes: Bytes::exact(bytes),
        unique: 0,
        claims: copies.iter().map(|apart| apart.copy).collect(),
        paths: Paths::of(copies.iter().map(|apart| (node(apart.copy), apart.bytes))),
        title: prose::hardlinks_title(killer, birth, &text::size(bytes), owner),
        why: prose::HARDLINKS_WHY.to_owned(),
        evidence: ungrouped_run::apart(subject, copies),
        fix: if in_row { fix::merge(subject, birth..=killer).fix } else { None },
        alternative: None,
        costs: String::new(),
        fingerprint: String::new(),
    })
}
