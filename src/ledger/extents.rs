//! Bytes of whole directories: what deleting one would free, and what of it ships without being seen.

use super::{Causes, Ledger};
use crate::image::Image;
use crate::layer::{EntryKind, LayerIndex};
use crate::tree::{EntryRef, NodeId, Tree};

/// Sums over the paths of an image, made once, asked in constant time.
#[derive(Clone, Debug, Default)]
pub struct Extents {
    /// Before each node: live bytes of the files whose lowest common directory (of a file of one name: whose path) it
    /// is.
    exclusive: Vec<u64>,
    /// Before each node: dead bytes of the files that were born at its path.
    dead: Vec<u64>,
}

impl Extents {
    /// Sums up an image. Takes 16 bytes a path.
    pub fn new(image: &Image, ledger: &Ledger) -> Self {
        Self::of(image, ledger, |_| true)
    }

    /// Sums up what some layers ship.
    pub fn of(image: &Image, ledger: &Ledger, wanted: impl Fn(LayerIndex) -> bool) -> Self {
        let tree = &image.tree;
        let mut exclusive = vec![0_u64; tree.len() + 1];
        let mut dead = vec![0_u64; tree.len() + 1];
        let last = LayerIndex(ledger.layer_count());
        let mut shared: Vec<EntryRef> = Vec::new();
        for (inode, names) in tree.linked() {
            if ledger.fate(inode).death.is_some() || !wanted(inode.layer) {
                continue;
            }
            let mut names = names.map(|(node, _)| node).filter(|&node| is_of(tree, node, inode, last));
            let Some(first) = names.next() else { continue };
            let home = names.last().map_or(first, |last| common_directory(tree, first, last));
            exclusive[home.0 as usize + 1] += tree.entries(inode.layer).get(inode.entry).size;
            shared.push(inode);
        }
        for at in 0..ledger.layer_count() {
            let layer = LayerIndex::from_offset(at.into());
            if !wanted(layer) {
                continue;
            }
            let entries = tree.entries(layer);
            for (entry, (fate, stated)) in (0..).zip(ledger.fates(layer).iter().zip(&entries.entries)) {
                let node = fate.node.0 as usize + 1;
                if fate.death.is_some() {
                    dead[node] += stated.size;
                } else if stated.size > 0 && shared.binary_search(&EntryRef { layer, entry }).is_err() {
                    exclusive[node] += stated.size;
                }
            }
        }
        for sums in [&mut exclusive, &mut dead] {
            let mut sum = 0;
            for bytes in sums {
                sum += *bytes;
                *bytes = sum;
            }
        }
        Self { exclusive, dead }
    }

    /// Live bytes of the files all of whose paths are at or under a node: what deleting it in the step that made them
    /// would free.
    pub fn exclusive(&self, tree: &Tree, node: NodeId) -> u64 {
        between(&self.exclusive, tree, node)
    }

    /// Bytes of the files born at or under a node that no container sees.
    pub fn dead(&self, tree: &Tree, node: NodeId) -> u64 {
        between(&self.dead, tree, node)
    }
}

fn between(sums: &[u64], tree: &Tree, node: NodeId) -> u64 {
    let nodes = tree.subtree(node);
    let at = |node: u32| sums.get(node as usize).copied().unwrap_or_default();
    at(nodes.end).saturating_sub(at(nodes.start))
}

/// Whether a path is a name of a file after a layer.
pub(super) fn is_of(tree: &Tree, node: NodeId, inode: EntryRef, at: LayerIndex) -> bool {
    tree.standing(node, at).and_then(|event| tree.inode(event)) == Some(inode)
}

/// The lowest directory that holds both of two paths in order, or their path if they are one.
fn common_directory(tree: &Tree, first: NodeId, last: NodeId) -> NodeId {
    let mut at = first;
    while !tree.subtree(at).contains(&last.0) {
        at = tree.parent(at);
    }
    at
}

impl Ledger {
    /// Dead bytes of the files born under a path, by cause.
    pub fn dead_under(&self, tree: &Tree, node: NodeId) -> Causes {
        let nodes = tree.subtree(node);
        let mut causes = Causes::default();
        for (entry, at, death) in self.dead(|_, _| true) {
            let entries = tree.entries(entry.layer);
            if nodes.contains(&at.0) && entries.kind(entry.entry) == EntryKind::File {
                causes.add(death.cause, entries.get(entry.entry).size);
            }
        }
        causes
    }
}
