//! `committed-layer`: layers of `docker commit`, with what a Dockerfile would have to say to make them.

use std::collections::BTreeSet;

use super::logs_temp_cores::LEFTOVERS;
use super::package_cache;
use crate::advice::held::{Held, total};
use crate::advice::rerun::is_plain;
use crate::advice::scan::Manager;
use crate::advice::{Bytes, Evidence, Finding, Fix, FixKind, Paths, Rule, Severity, Subject, patterns};
use crate::build::Kind;
use crate::layer::{EntryKind, LayerIndex};
use crate::text::{count, one_or_more, shell_word, size};
use crate::tree::{EntryRef, NodeId, What};

/// How many paths a draft names.
const NAMED: usize = 20;

pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let committed = subject.own_layers().filter(|layer| subject.made_by(*layer) == Kind::Commit);
    committed.map(|layer| finding(subject, layer)).collect()
}

fn finding(subject: &Subject<'_>, layer: LayerIndex) -> Finding {
    let (files, gone) = (files(subject, layer), gone(subject, layer));
    let is_junk = junk(subject);
    let junk: Vec<Held> = files.iter().copied().filter(|held| is_junk(held.node)).collect();
    let mut finding = subject.about(Rule::CommittedLayer, vec![layer]);
    let step = subject.step(layer);
    finding.severity = Severity::Info.max(subject.severity(total(&junk)));
    finding.bytes = Bytes::exact(total(&junk));
    finding.claims = junk.iter().map(|held| held.file).collect();
    finding.paths = Paths::of(files.iter().map(|held| (held.node, held.bytes)));
    finding.title = format!(
        "Step {step} is a committed container: {}, {}, of them {} leftovers; {} removed",
        one_or_more(files.len(), "file", "files"),
        size(total(&files)),
        size(total(&junk)),
        one_or_more(gone.len(), "path", "paths"),
    );
    finding.evidence = junk
        .iter()
        .take(8)
        .map(|held| Evidence {
            bytes: held.bytes,
            text: format!("{}: {}", size(held.bytes), subject.shown(held.node)),
            at: Some((held.node, layer)),
        })
        .collect();
    finding.fix = Some(Fix::new(FixKind::Command, draft(subject, layer, &files, &gone, &is_junk)));
    finding
}

/// The regular files that a layer ships.
fn files(subject: &Subject<'_>, layer: LayerIndex) -> Vec<Held> {
    let entries = subject.image.tree.entries(layer);
    let fates = (0..).zip(subject.ledger.fates(layer));
    let file = |(entry, fate): (u32, &crate::ledger::Fate)| {
        let bytes = entries.get(entry).size;
        let file = EntryRef { layer, entry };
        (entries.kind(entry) == EntryKind::File).then_some(Held { file, node: fate.node, bytes })
    };
    let mut files: Vec<Held> = fates.filter_map(file).collect();
    files.sort_by_key(|held| (std::cmp::Reverse(held.bytes), held.node));
    files
}

/// The paths that it whites out.
fn gone(subject: &Subject<'_>, layer: LayerIndex) -> Vec<NodeId> {
    let tree = &subject.image.tree;
    let nodes = (1..tree.len() as u32).map(NodeId);
    let is_gone = |node: &NodeId| {
        tree.events(*node).iter().any(|event| event.layer == layer && event.what == What::Whiteout)
    };
    nodes.filter(is_gone).collect()
}

/// Whether a path is what working by hand leaves behind.
fn junk(subject: &Subject<'_>) -> impl Fn(NodeId) -> bool {
    let mut tops = patterns::find(&subject.image.tree, LEFTOVERS.iter().copied());
    tops.extend(package_cache::paths(subject));
    let tree = &subject.image.tree;
    let tops = patterns::outermost(tree, tops);
    move |node| {
        let above = tops.partition_point(|top| *top <= node).checked_sub(1);
        above.is_some_and(|above| tree.subtree(tops[above]).contains(&node.0))
    }
}

/// The steps that would make the layer, as far as the databases tell.
fn draft(
    subject: &Subject<'_>,
    layer: LayerIndex,
    files: &[Held],
    gone: &[NodeId],
    is_junk: &impl Fn(NodeId) -> bool,
) -> String {
    let packages = subject.scan.map(|scan| &scan.packages);
    let mut lines = vec!["# A draft: what stands in the layer, as steps.".to_owned()];
    match packages.and_then(|packages| packages.gained(layer)) {
        Some((Manager::Dpkg, names)) if !names.is_empty() => lines.push(format!(
            "RUN apt-get update \\\n    && apt-get install -y --no-install-recommends {} \\\n    && rm -rf /var/lib/apt/lists/*",
            names.join(" ")
        )),
        Some((Manager::Apk, names)) if !names.is_empty() => {
            lines.push(format!("RUN apk add --no-cache {}", names.join(" ")));
        }
        _ => {}
    }
    let is_packaged = |node: NodeId| packages.is_some_and(|packages| packages.owner(node).is_some());
    let is_database = |node: NodeId| {
        let path = subject.image.tree.path(node);
        [&b"var/lib/dpkg/"[..], b"lib/apk/", b"var/lib/rpm/", b"etc/ld.so.cache"]
            .iter()
            .any(|start| path.starts_with(start))
    };
    let others = files.iter().map(|held| held.node);
    let others = others.filter(|node| !is_junk(*node) && !is_packaged(*node) && !is_database(*node));
    let folders: BTreeSet<String> =
        others.map(|node| subject.shown(subject.image.tree.parent(node))).collect();
    for folder in folders.iter().take(NAMED) {
        let folder = folder.trim_end_matches('/');
        lines.push(if is_plain(folder) {
            format!("COPY .{folder}/ {folder}/")
        } else {
            format!("COPY [{:?}, {:?}]", format!(".{folder}/"), format!("{folder}/"))
        });
    }
    if folders.len() > NAMED {
        lines.push(format!("# and {} folders more", count((folders.len() - NAMED) as u64)));
    }
    let removed: Vec<String> =
        gone.iter().take(NAMED).map(|node| shell_word(&subject.shown(*node))).collect();
    if !removed.is_empty() {
        lines.push(format!("RUN rm -rf {}", removed.join(" ")));
    }
    lines.join("\n") + "\n"
}
