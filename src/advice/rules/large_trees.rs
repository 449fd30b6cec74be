//! `large-trees`: where the bytes of the image's own layers are, by directory.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::advice::held::Held;
use crate::advice::sample::Reach;
use crate::advice::{Bytes, Evidence, Finding, Paths, Rule, Severity, Subject};
use crate::layer::{EntryKind, LayerIndex};
use crate::text::{one_or_more, size};
use crate::tree::{NodeId, Tree};

/// So many of the largest directories are listed.
const LARGEST: usize = 10;
/// From this size on a directory is large.
const LARGE: u64 = 10_000_000;
/// A directory of which one path holds so many hundredths is that path.
const MOSTLY: u64 = 80;

/// A live file of the image's own layers.
struct File {
    /// The file itself; of one with several names the lowest directory that all of them are in.
    home: NodeId,
    held: Held,
    maker: LayerIndex,
}

/// The largest directories that the base does not have. A file counts where all its names are. Nothing says that they are
/// not needed: no bytes are claimed.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let files = Files::new(subject);
    let least = subject.limits.min_bytes.unwrap_or(LARGE).max(1);
    let large = large(subject, &files, least);
    let Some((first, bytes)) = large.first() else { return Vec::new() };
    let mut of_all = Vec::new();
    let mut evidence = Vec::new();
    for (dir, bytes) in &large {
        let files = &files.list[files.below(&subject.image.tree, *dir)];
        // One file for each step that ships some: steps are all that is asked.
        // Not collected: that sorts all files first, where there are a handful of keys.
        let mut steps = BTreeMap::new();
        steps.extend(files.iter().map(|file| ((file.maker, file.held.file.layer), file.held)));
        let steps: Vec<Held> = steps.into_values().collect();
        let count = one_or_more(files.len(), "file", "files");
        let (bytes, from) = (*bytes, subject.from_steps(&steps));
        let text = format!("{}: {}, {count} from {from}", size(bytes), subject.shown(*dir));
        let layer = steps.last().map(|held| held.file.layer);
        evidence.push(Evidence { bytes, text, at: layer.map(|layer| (*dir, layer)) });
        of_all.extend(steps);
    }
    let mut finding = subject.finding(Rule::LargeTrees, &of_all);
    finding.title = format!("The largest directory is {}, {}", subject.shown(*first), size(*bytes));
    finding.severity = Severity::Info;
    finding.bytes = Bytes::default();
    finding.claims = Vec::new();
    finding.paths = Paths::of(large.iter().copied());
    finding.evidence = evidence;
    vec![finding]
}

/// The directories to list with their bytes, most first. Those that are mostly one large path are left out for it.
fn large(subject: &Subject<'_>, files: &Files, least: u64) -> Vec<(NodeId, u64)> {
    let tree = &subject.image.tree;
    let layers = (1..=subject.ledger.layer_count()).map(LayerIndex);
    let base = layers.rev().find(|layer| subject.is_base(*layer)).unwrap_or(LayerIndex::EMPTY);
    let is_dir = |node| {
        let inode = tree.standing(node, subject.last()).and_then(|event| tree.inode(event));
        inode.is_none_or(|inode| tree.entries(inode.layer).kind(inode.entry) == EntryKind::Dir)
    };
    let mut large = Vec::new();
    let mut left = vec![(NodeId::ROOT, files.bytes(tree, NodeId::ROOT))];
    while let Some((dir, bytes)) = left.pop() {
        let below = tree.children(dir).map(|child| (child, files.bytes(tree, child)));
        let below: Vec<(NodeId, u64)> = below.filter(|(_, bytes)| *bytes >= least).collect();
        let is_one = below.iter().any(|(_, part)| part.saturating_mul(100) >= bytes.saturating_mul(MOSTLY));
        let is_new = dir != NodeId::ROOT && tree.standing(dir, base).is_none();
        if is_new && !is_one && is_dir(dir) {
            large.push((dir, bytes));
        }
        left.extend(below.into_iter().filter(|(child, _)| tree.subtree(*child).len() > 1));
    }
    large.sort_by_key(|(dir, bytes)| (Reverse(*bytes), *dir));
    large.truncate(LARGEST);
    large
}

/// The files by their homes, so that those of a directory stand in a row.
struct Files {
    list: Vec<File>,
    /// Bytes before each file, and of all.
    before: Vec<u64>,
}

impl Files {
    fn new(subject: &Subject<'_>) -> Self {
        let tree = &subject.image.tree;
        let file = |node| {
            let held = subject.file(node).filter(|held| !subject.is_base(held.file.layer))?;
            let names = tree.link_group(node, subject.last());
            let home = match (names.first(), names.last()) {
                (Some(first), Some(last)) if *first == node => {
                    let mut reach = Reach::of(*first);
                    reach.add(*last);
                    reach.home(tree)
                }
                // Told by its first name.
                (Some(_), _) => return None,
                _ => node,
            };
            Some(File { home, held, maker: subject.maker(held.file) })
        };
        let mut list: Vec<File> = (1..tree.len() as u32).map(NodeId).filter_map(file).collect();
        list.sort_by_key(|file| file.home);
        let mut sum = 0;
        let mut before = vec![0];
        before.extend(list.iter().map(|file| {
            sum += file.held.bytes;
            sum
        }));
        Self { list, before }
    }

    /// Those with all their names at or under a path.
    fn below(&self, tree: &Tree, node: NodeId) -> Range<usize> {
        let subtree = tree.subtree(node);
        let place = |end: u32| self.list.partition_point(|file| file.home.0 < end);
        place(subtree.start)..place(subtree.end)
    }

    fn bytes(&self, tree: &Tree, node: NodeId) -> u64 {
        let below = self.below(tree, node);
        self.before[below.end] - self.before[below.start]
    }
}
