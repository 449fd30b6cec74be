//! `duplicate-content`: the same bytes at several paths of a container, by folder where whole folders are the same.

use std::collections::HashMap;

use crate::advice::held::{Held, total};
use crate::advice::{Evidence, Finding, Fix, FixKind, Rule, Subject, patterns};
use crate::ledger::{Duplicates, Hashes};
use crate::text::{one_or_more, shell_word, size};
use crate::tree::{EntryRef, NodeId, View};

/// Copies smaller than this count within folders only.
const SMALLEST: u64 = 4 << 10;
/// From this part on two folders are the same.
const SAME: u64 = 80;
/// Names and folders whose copies are meant, or are somebody else's to put right.
const MEANT: [&str; 6] = ["copyright", "LICENSE*", "LICENCE*", "COPYING*", "__init__.py", "NOTICE*"];
const MEANT_BELOW: [&str; 3] = ["usr/share/zoneinfo", "usr/share/doc", "usr/share/licenses"];
/// So many groups are listed.
const SHOWN: usize = 10;

/// A copy with the path that holds the same.
struct Copy {
    held: Held,
    original: NodeId,
}

pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let none = Hashes::new();
    let hashes = subject.scan.map_or(&none, |scan| &scan.hashes);
    let Some(duplicates) = Duplicates::new(subject.image, subject.ledger, hashes) else { return Vec::new() };
    let copies: Vec<Copy> = duplicates.groups.iter().flat_map(|group| copies(subject, group)).collect();
    let tree = &subject.image.tree;
    let mut pairs: HashMap<(NodeId, NodeId), Vec<usize>> = HashMap::new();
    for (at, copy) in copies.iter().enumerate() {
        if let Some(pair) = folders(subject, copy.original, copy.held.node) {
            pairs.entry(pair).or_default().push(at);
        }
    }
    let mut pairs: Vec<((NodeId, NodeId), Vec<usize>)> = pairs.into_iter().collect();
    pairs.sort_unstable_by_key(|(pair, _)| *pair);
    let totals = tree.totals(View::Rootfs(subject.last()));
    let mut is_told = vec![false; copies.len()];
    let mut findings = Vec::new();
    for ((one, other), members) in pairs {
        let held: Vec<Held> = members.iter().map(|at| copies[*at].held).collect();
        let whole = totals.bytes(other);
        let is_same = members.len() > 1 && total(&held) * 100 >= whole * SAME;
        if is_same && subject.is_worth(total(&held)) {
            for at in &members {
                is_told[*at] = true;
            }
            let mut finding = subject.finding(Rule::DuplicateContent, &held);
            let (one, other) = (subject.shown(one), subject.shown(other));
            finding.title = format!("{one} and {other} hold the same {}", size(total(&held)));
            let (one, other) = (shell_word(&one), shell_word(&other));
            finding.fix =
                Some(Fix::new(FixKind::Command, format!("rm -rf {other} && ln -s {one} {other}\n")));
            findings.push(finding);
        }
    }
    let rest = copies.iter().zip(is_told).filter(|(copy, told)| !told && copy.held.bytes >= SMALLEST);
    let mut rest: Vec<&Copy> = rest.map(|(copy, _)| copy).collect();
    rest.sort_by_key(|copy| (std::cmp::Reverse(copy.held.bytes), copy.held.node));
    let held: Vec<Held> = rest.iter().map(|copy| copy.held).collect();
    if subject.is_worth(total(&held)) {
        let mut finding = subject.finding(Rule::DuplicateContent, &held);
        let files = one_or_more(
            held.len(),
            "file is a copy of another and takes",
            "files are copies of others and take",
        );
        finding.title = format!("{files} {}", size(total(&held)));
        let part = |copy: &&Copy| Evidence {
            bytes: copy.held.bytes,
            text: format!(
                "{}: {} is {}",
                size(copy.held.bytes),
                subject.shown(copy.held.node),
                subject.shown(copy.original)
            ),
            at: Some((copy.held.node, copy.held.file.layer)),
        };
        finding.evidence = rest.iter().take(SHOWN).map(part).collect();
        let is_node =
            |copy: &&Copy| memchr::memmem::find(&tree.path(copy.held.node), b"node_modules/").is_some();
        finding.fix = rest.iter().all(is_node).then(|| Fix::new(FixKind::Command, "npm dedupe\n"));
        findings.push(finding);
    }
    findings
}

/// The files of a group but the first, where they are the image's own and not meant to be copies.
fn copies(subject: &Subject<'_>, group: &[EntryRef]) -> Vec<Copy> {
    let tree = &subject.image.tree;
    let node = |file: EntryRef| {
        let own = subject.ledger.fate(file).node;
        // The path that stated it may have gone while another name of it stands.
        let is_there = |node: NodeId| subject.file(node).is_some_and(|held| held.file == file);
        is_there(own).then_some(own)
    };
    let is_packaged = |node: NodeId| subject.scan.is_some_and(|scan| scan.packages.owner(node).is_some());
    let is_meant = |node: NodeId| {
        let path = tree.path(node);
        MEANT.iter().any(|pattern| patterns::fits(pattern, tree.name(node)))
            || MEANT_BELOW.iter().any(|start| path.starts_with(start.as_bytes()))
            || is_packaged(node)
    };
    let files: Vec<(EntryRef, NodeId)> =
        group.iter().filter_map(|file| Some((*file, node(*file)?))).collect();
    let Some((_, original)) = files.first().copied() else { return Vec::new() };
    files[1..]
        .iter()
        .filter(|(file, node)| !subject.is_base(file.layer) && !is_meant(*node))
        .map(|(file, node)| Copy {
            held: Held { file: *file, node: *node, bytes: subject.bytes(*file) },
            original,
        })
        .collect()
}

/// The highest folders in which two files lie at the same place; `None` where they have different names.
fn folders(subject: &Subject<'_>, one: NodeId, other: NodeId) -> Option<(NodeId, NodeId)> {
    let tree = &subject.image.tree;
    let (mut one, mut other) = (one, other);
    if tree.name(one) != tree.name(other) {
        return None;
    }
    while tree.name(one) == tree.name(other) {
        (one, other) = (tree.parent(one), tree.parent(other));
        if one == other || one == NodeId::ROOT || other == NodeId::ROOT {
            return None;
        }
    }
    let is_within = tree.subtree(one).contains(&other.0) || tree.subtree(other).contains(&one.0);
    (!is_within).then_some((one, other))
}
