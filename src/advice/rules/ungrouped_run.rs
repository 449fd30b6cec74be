//! `ungrouped-run`: rows of RUN steps with their price, and those parts of them that are worth being one RUN.

use std::collections::HashSet;

use super::plan::Plan;
use crate::advice::parts::{self, Dead};
use crate::advice::sample::Reach;
use crate::advice::{Bytes, Confidence, Evidence, Finding, Paths, Row, Rule, Subject, Verdict, fix};
use crate::build::{self, Builder};
use crate::layer::{EntryKind, LayerIndex};
use crate::ledger::{Apart, Group, Price};
use crate::prose::advice as prose;
use crate::text;
use crate::tree::EntryRef;

/// What the rule brings.
pub struct Grouped {
    /// The groups worth making, as findings.
    pub findings: Vec<Finding>,
    /// All rows.
    pub rows: Vec<Row>,
    /// Files that the findings claim.
    pub claimed: HashSet<EntryRef>,
}

/// Part of a row that is worth being one RUN.
pub struct Cluster {
    /// Its RUN steps.
    pub runs: Vec<usize>,
    /// Its layers and its price.
    pub group: Group,
    /// Files born and dead in it.
    pub dead: Vec<Dead>,
    /// Hard links copied apart in it.
    pub copies: Vec<Apart>,
}

/// Prices every row and finds the groups.
pub fn find(subject: &Subject<'_>) -> Grouped {
    let threshold = subject.threshold();
    let tree = &subject.image.tree;
    let mut priced = Vec::new();
    let mut clusters: Vec<Cluster> = Vec::new();
    for span in &subject.story.spans {
        let row = subject.ledger.span(tree, span.layers.clone(), threshold);
        let first = clusters.len();
        clusters.extend(row.groups.iter().filter_map(|group| cluster(subject, span, *group)));
        priced.push((span, row.price, first..clusters.len()));
    }
    bring_dead(subject, &mut clusters);
    let plans: Vec<Plan> = clusters.iter().map(|cluster| Plan::of(subject, cluster)).collect();
    let mut grouped = Grouped { findings: Vec::new(), rows: Vec::new(), claimed: HashSet::new() };
    for (span, price, at) in priced {
        let (own, plans) = (&clusters[at.clone()], &plans[at]);
        grouped.rows.push(row(subject, span, price, own, plans));
        for (cluster, plan) in own.iter().zip(plans) {
            let finding = finding(subject, span, cluster, plan);
            grouped.claimed.extend(&finding.claims);
            grouped.findings.push(finding);
        }
    }
    grouped
}

/// The RUN steps of a group. Layers of WORKDIRs at its ends are not part of it.
fn cluster(subject: &Subject<'_>, span: &build::Span, group: Group) -> Option<Cluster> {
    let layer_of = |run: &usize| subject.image.info.steps.get(run.checked_sub(1)?)?.layer;
    let inside = |run: &&usize| layer_of(run).is_some_and(|layer| (group.from..=group.to).contains(&layer));
    let (first, last) = (span.runs.iter().find(inside)?, span.runs.iter().rfind(inside)?);
    let runs: Vec<usize> = span.runs.iter().copied().filter(|run| (first..=last).contains(&run)).collect();
    let (from, to) = (layer_of(first)?, layer_of(last)?);
    let tree = &subject.image.tree;
    let group = if (from, to) == (group.from, group.to) {
        group
    } else {
        Group { from, to, price: subject.ledger.price(tree, from, to) }
    };
    let copies = subject.ledger.broken_links(tree, from, to);
    (runs.len() > 1 && group.price.max() > 0).then_some(Cluster { runs, group, dead: Vec::new(), copies })
}

/// Gives each cluster the files born and dead in it, in one pass over all of them.
fn bring_dead(subject: &Subject<'_>, clusters: &mut [Cluster]) {
    let mut of_layer = vec![None; usize::from(subject.ledger.layer_count())];
    for (at, cluster) in clusters.iter().enumerate() {
        of_layer[cluster.group.from.offset()..=cluster.group.to.offset()].fill(Some(at));
    }
    let at = |layer: LayerIndex| of_layer.get(layer.offset()).copied().flatten();
    for dead in subject.ledger.dead(|born, death| at(born).is_some() && at(born) == at(death.killer)) {
        if let Some(at) = at(dead.0.layer).filter(|_| subject.bytes(dead.0) > 0) {
            clusters[at].dead.push(dead);
        }
    }
}

/// What a price saves; kaniko ships no file that ends as it began, so that its most is more.
fn bytes(subject: &Subject<'_>, span: &build::Span, price: Price, from: LayerIndex, to: LayerIndex) -> Bytes {
    let is_kaniko = |run: &usize| {
        subject.story.instruction(*run).is_some_and(|instruction| instruction.builder == Builder::Kaniko)
    };
    let unchanged = if span.runs.iter().any(is_kaniko) { unchanged(subject, from, to) } else { 0 };
    Bytes { min: price.min(), max: price.max() + unchanged }
}

/// Bytes of the files of some layers that stand after them just as they stood before.
fn unchanged(subject: &Subject<'_>, from: LayerIndex, to: LayerIndex) -> u64 {
    let tree = &subject.image.tree;
    let mut sum = 0;
    for layer in (from.0..=to.0).map(LayerIndex) {
        let entries = tree.entries(layer);
        for (entry, fate) in (0..).zip(subject.ledger.fates(layer)) {
            let new = EntryRef { layer, entry };
            let is_standing =
                || tree.standing(fate.node, to).and_then(|event| tree.inode(event)) == Some(new);
            let before = || tree.standing(fate.node, from.below()).and_then(|event| tree.inode(event));
            if entries.kind(entry) == EntryKind::File
                && entries.get(entry).size > 0
                && is_standing()
                && let Some(old) = before()
            {
                let olds = tree.entries(old.layer);
                let is_same = olds.attrs(old.entry) == entries.attrs(entry)
                    && olds.get(old.entry).mtime == entries.get(entry).mtime
                    && tree.is_equal_content(old, new);
                sum += if is_same { entries.get(entry).size } else { 0 };
            }
        }
    }
    sum
}

/// A figure for people: `1.2 MB`, or `0 B to 1.2 MB`.
fn shown(bytes: Bytes) -> String {
    if bytes.is_exact() {
        text::size(bytes.min)
    } else {
        format!("{} to {}", text::size(bytes.min), text::size(bytes.max))
    }
}

fn row(subject: &Subject<'_>, span: &build::Span, price: Price, clusters: &[Cluster], plans: &[Plan]) -> Row {
    let (from, to) =
        (span.layers.first().copied().unwrap_or_default(), span.layers.last().copied().unwrap_or_default());
    let bytes = bytes(subject, span, price, from, to);
    let best = clusters.iter().zip(plans).max_by_key(|(cluster, _)| cluster.group.price.min());
    // Several groups of different cures are merged, each by itself.
    let plan =
        best.map(|(_, plan)| plan).filter(|_| plans.len() == 1).or(plans.first().map(|_| &Plan::Merge));
    let groups = Bytes {
        min: clusters.iter().map(|cluster| cluster.group.price.min()).sum(),
        max: clusters.iter().map(|cluster| cluster.group.price.max()).sum(),
    };
    let parts: Vec<Vec<usize>> = clusters.iter().map(|cluster| cluster.runs.clone()).collect();
    let (verdict, said) = match plan {
        None => (Verdict::Leave, prose::RowVerdict::Leave),
        Some(Plan::Merge) => (Verdict::Merge, prose::RowVerdict::Merge(&parts)),
        Some(Plan::MoveCleanup { birth, killers }) => {
            (Verdict::MoveCleanup, prose::RowVerdict::MoveCleanup(*birth, killers))
        }
        Some(Plan::FixAtBirth { births, killers }) => {
            (Verdict::FixAtBirth, prose::RowVerdict::FixAtBirth(births, killers))
        }
    };
    let sentence = prose::row(&span.runs, &shown(bytes), bytes.max == 0, &shown(groups), said);
    Row {
        steps: span.runs.clone(),
        layers: span.layers.clone(),
        bytes,
        groups: clusters.iter().map(|cluster| cluster.group).collect(),
        verdict,
        sentence,
    }
}

fn finding(subject: &Subject<'_>, span: &build::Span, cluster: &Cluster, plan: &Plan) -> Finding {
    let Group { from, to, price } = cluster.group;
    let bytes = bytes(subject, span, price, from, to);
    let ship: u64 = (from.0..=to.0).map(|layer| subject.ledger.account(LayerIndex(layer)).payload).sum();
    let keep = ship.saturating_sub(bytes.min);
    let claims: Vec<EntryRef> = cluster
        .dead
        .iter()
        .map(|(entry, ..)| *entry)
        .chain(cluster.copies.iter().map(|apart| apart.copy))
        .collect();
    let node = |entry: EntryRef| subject.ledger.fate(entry).node;
    let fixes = fix::of_group(subject, cluster.runs[0]..=cluster.runs[cluster.runs.len() - 1], plan);
    let mut why = vec![prose::GROUP_WHY.to_owned()];
    if !price.is_exact() {
        why.push(prose::AMBIGUOUS.to_owned());
    }
    if span.hides_steps {
        why.push(prose::HIDDEN_STEPS.to_owned());
    }
    why.extend(fixes.said);
    Finding {
        rule: Rule::UngroupedRun,
        severity: subject.severity(bytes.min),
        confidence: if bytes.is_exact() { Confidence::Exact } else { Confidence::Bounded },
        owner: subject.story.owner(to),
        steps: cluster.runs.clone(),
        layers: (from.0..=to.0).map(LayerIndex).collect(),
        bytes,
        unique: 0,
        paths: Paths::of(claims.iter().map(|entry| (node(*entry), subject.bytes(*entry)))),
        claims,
        title: prose::group_title(
            &cluster.runs,
            &text::size(ship),
            &text::size(keep),
            &shown(bytes),
            bytes.is_exact(),
        ),
        why: why.join(" "),
        evidence: evidence(subject, cluster),
        fix: fixes.fix,
        alternative: fixes.alternative,
        costs: costs(subject, cluster, keep, plan),
        fingerprint: String::new(),
    }
}

fn evidence(subject: &Subject<'_>, cluster: &Cluster) -> Vec<Evidence> {
    let mut evidence = parts::of(subject, &cluster.dead);
    evidence.extend(apart(subject, &cluster.copies));
    evidence.sort_by_key(|part| std::cmp::Reverse(part.bytes));
    evidence
}

/// Hard links copied apart, by the layer of the copies.
pub fn apart(subject: &Subject<'_>, copies: &[Apart]) -> Vec<Evidence> {
    let tree = &subject.image.tree;
    let mut copies = copies.to_vec();
    copies.sort_by_key(|apart| apart.copy.layer);
    let by_layer = copies.chunk_by(|one, other| one.copy.layer == other.copy.layer);
    let part = |copies: &[Apart]| {
        let largest = copies.iter().max_by_key(|apart| apart.bytes)?;
        let node = |apart: &Apart| subject.ledger.fate(apart.copy).node;
        let mut reach = Reach::of(node(largest));
        for apart in copies {
            reach = reach.and(node(apart));
        }
        let bytes = copies.iter().map(|apart| apart.bytes).sum();
        let layer = largest.copy.layer;
        let text = prose::apart(&text::size(bytes), subject.step(layer), &reach.shown(tree));
        Some(Evidence { bytes, text, at: Some((node(largest), layer)) })
    };
    by_layer.filter_map(part).collect()
}

/// What one RUN costs: what is pushed again when only its last step changes.
fn costs(subject: &Subject<'_>, cluster: &Cluster, keep: u64, plan: &Plan) -> String {
    let last = cluster.runs[cluster.runs.len() - 1];
    let today = subject.ledger.account(cluster.group.to).payload;
    let mut costs = Vec::new();
    if today > 0 || keep > 0 {
        costs.push(prose::group_costs(last, &text::size(today), &text::size(keep), keep > today));
    }
    if let Plan::MoveCleanup { birth, killers } = plan {
        let over: Vec<usize> = cluster
            .runs
            .iter()
            .copied()
            .filter(|run| run > birth && killers.iter().any(|killer| run < killer) && !killers.contains(run))
            .collect();
        if !over.is_empty() {
            costs.push(prose::moved_over(&over));
        }
    }
    costs.join(" ")
}
