//! `large-trees`: where the bytes of the image's own layers are, by directory.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::advice::held::Held;
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

/// The largest directories that the base does not have. A file counts where all its names are. Nothing says that they are
/// not needed: no bytes are claimed.
pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let least = subject.limits.min_bytes.unwrap_or(LARGE).max(1);
    let mut large = large(subject, &Sums::new(subject), least);
    let Some(Large { dir: first, bytes, .. }) = large.first() else { return Vec::new() };
    let title = format!("The largest directory is {}, {}", subject.shown(*first), size(*bytes));
    subject.each_own_file(1, |held, home| {
        let mut steps = None;
        for large in large.iter_mut().filter(|large| large.subtree.contains(&home.0)) {
            large.files += 1;
            let steps = *steps.get_or_insert_with(|| (subject.maker(held.file), held.file.layer));
            // Nearly always those of the file before.
            if large.recent.replace(steps) != Some(steps) {
                large.steps.entry(steps).or_insert(held);
            }
        }
    });
    let mut of_all = Vec::new();
    let mut evidence = Vec::new();
    for Large { dir, bytes, files, steps, .. } in &large {
        let steps: Vec<Held> = steps.values().copied().collect();
        let count = one_or_more(*files, "file", "files");
        let (bytes, from) = (*bytes, subject.from_steps(&steps));
        let text = format!("{}: {}, {count} from {from}", size(bytes), subject.shown(*dir));
        let layer = steps.last().map(|held| held.file.layer);
        evidence.push(Evidence { bytes, text, at: layer.map(|layer| (*dir, layer)) });
        of_all.extend(steps);
    }
    let mut finding = subject.finding(Rule::LargeTrees, &of_all);
    finding.title = title;
    finding.severity = Severity::Info;
    finding.bytes = Bytes::default();
    finding.claims = Vec::new();
    finding.paths = Paths::of(large.iter().map(|large| (large.dir, large.bytes)));
    finding.evidence = evidence;
    vec![finding]
}

/// A directory to list.
struct Large {
    dir: NodeId,
    subtree: Range<u32>,
    bytes: u64,
    /// How many files are in it.
    files: usize,
    /// One of them for each layer that made some and each that ships them: steps are all that is asked.
    steps: BTreeMap<(LayerIndex, LayerIndex), Held>,
    /// The layers of the last file.
    recent: Option<(LayerIndex, LayerIndex)>,
}

/// The directories to list, most bytes first, their files not counted yet. Those that are mostly one large path are left
/// out for it.
fn large(subject: &Subject<'_>, sums: &Sums, least: u64) -> Vec<Large> {
    let tree = &subject.image.tree;
    let layers = (1..=subject.ledger.layer_count()).map(LayerIndex);
    let base = layers.rev().find(|layer| subject.is_base(*layer)).unwrap_or(LayerIndex::EMPTY);
    let is_dir = |node| {
        let inode = tree.standing(node, subject.last()).and_then(|event| tree.inode(event));
        inode.is_none_or(|inode| tree.entries(inode.layer).kind(inode.entry) == EntryKind::Dir)
    };
    let mut large = Vec::new();
    let mut left = vec![(NodeId::ROOT, sums.below(tree, NodeId::ROOT))];
    while let Some((dir, bytes)) = left.pop() {
        let below = tree.children(dir).map(|child| (child, sums.below(tree, child)));
        let below: Vec<(NodeId, u64)> = below.filter(|(_, bytes)| *bytes >= least).collect();
        let is_one = below.iter().any(|(_, part)| part.saturating_mul(100) >= bytes.saturating_mul(MOSTLY));
        let is_new = dir != NodeId::ROOT && tree.standing(dir, base).is_none();
        if is_new && !is_one && is_dir(dir) {
            large.push(Large {
                dir,
                subtree: tree.subtree(dir),
                bytes,
                files: 0,
                steps: BTreeMap::new(),
                recent: None,
            });
        }
        left.extend(below.into_iter().filter(|(child, _)| tree.subtree(*child).len() > 1));
    }
    large.sort_by_key(|large| (Reverse(large.bytes), large.dir));
    large.truncate(LARGEST);
    large
}

/// Bytes of the files whose homes come before each path, and of all.
struct Sums(Vec<u64>);

impl Sums {
    fn new(subject: &Subject<'_>) -> Self {
        let mut sums = vec![0; subject.image.tree.len() + 1];
        subject.each_own_file(1, |held, home| sums[home.0 as usize + 1] += held.bytes);
        let mut sum = 0;
        for bytes in &mut sums {
            sum += *bytes;
            *bytes = sum;
        }
        Self(sums)
    }

    /// Bytes of those at or under a path.
    fn below(&self, tree: &Tree, node: NodeId) -> u64 {
        let subtree = tree.subtree(node);
        self.0[subtree.end as usize] - self.0[subtree.start as usize]
    }
}
