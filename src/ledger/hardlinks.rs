//! Hard links that a later step copied apart: bytes that no list of dead files shows, because each copy is live.
//!
//! Copying up works path by path, so that a `chmod` over three names of one file writes three files. Steps grouped into
//! one would have kept the one.

use std::collections::HashMap;

use super::Ledger;
use crate::layer::{ContentHash, EntryKind, LayerIndex};
use crate::tree::{EntryRef, Families, NodeId, Tree};

/// Which hard-link entry tied which two paths, in the order of layers.
#[derive(Clone, Debug, Default)]
pub(super) struct HardLinks {
    ties: Vec<(LayerIndex, NodeId, NodeId)>,
}

/// A file that was a name of another one until a later step copied it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Apart {
    /// The file of the same bytes that would do.
    pub first: EntryRef,
    /// The copy.
    pub copy: EntryRef,
    /// What the copy takes.
    pub bytes: u64,
}

/// What the families of a range of layers would be worth in one layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Broken {
    /// Each copy that one shared file would save.
    pub copies: Vec<Apart>,
    /// Bytes of families whose members differ by now: all but the largest. Edited in place they would have stayed one
    /// file, replaced they would not.
    pub ambiguous: u64,
}

impl HardLinks {
    /// Gathers the links of all layers.
    pub fn new(tree: &Tree) -> Self {
        let mut ties = Vec::new();
        for (_, names) in tree.linked() {
            let mut home = None;
            let names: Vec<(NodeId, LayerIndex, bool)> = names
                .map(|(node, at)| {
                    let event = tree.events(node)[at];
                    (node, event.layer, tree.entries(event.layer).kind(event.entry) == EntryKind::HardLink)
                })
                .collect();
            for &(node, _, is_link) in &names {
                if !is_link {
                    home = Some(node);
                }
            }
            // The file's own path may have gone in its own layer: its links are one family all the same.
            let home = home.or(names.first().map(|name| name.0));
            for (node, layer, is_link) in names {
                if let (true, Some(home)) = (is_link, home) {
                    ties.push((layer, home, node));
                }
            }
        }
        ties.sort_unstable();
        Self { ties }
    }

    /// The families tied in layers `from` to `to`, both included, as they stand after `to`: only what was born in those
    /// layers counts.
    pub fn broken(&self, tree: &Tree, from: LayerIndex, to: LayerIndex) -> Broken {
        let mut broken = Broken::default();
        let start = self.ties.partition_point(|tie| tie.0 < from);
        let end = self.ties.partition_point(|tie| tie.0 <= to);
        if start == end {
            return broken;
        }
        let mut families = Families::default();
        for &(_, home, node) in &self.ties[start..end] {
            families.tie(home, node);
        }
        for family in families.into_groups() {
            let mut files: Vec<EntryRef> = family
                .into_iter()
                .filter_map(|node| tree.inode(tree.standing(node, to)?))
                .filter(|file| (from..=to).contains(&file.layer))
                .filter(|file| tree.entries(file.layer).kind(file.entry) == EntryKind::File)
                .collect();
            let size = |file: &EntryRef| tree.entries(file.layer).get(file.entry).size;
            files.sort_unstable_by_key(|file| (size(file), *file));
            files.dedup();
            // A file of each content, which stands for the others.
            let mut contents = Vec::new();
            for ties in files.chunk_by(|one, other| size(one) == size(other)) {
                let bytes = size(&ties[0]);
                let known = |by: &ContentHash| ties.iter().all(|file| tree.hash(*file, *by).is_some());
                let by = [ContentHash::Xxh3, ContentHash::Crc64].into_iter().find(known);
                let mut firsts = HashMap::new();
                for file in ties {
                    let apparent = tree.entries(file.layer).apparent_size(file.entry);
                    let content = (apparent, by.and_then(|by| tree.hash(*file, by)));
                    let first: EntryRef = *firsts.entry(content).or_insert(*file);
                    if first != *file {
                        broken.copies.push(Apart { first, copy: *file, bytes });
                    }
                }
                contents.extend(std::iter::repeat_n(bytes, firsts.len()));
            }
            broken.ambiguous += contents.iter().sum::<u64>() - contents.iter().max().unwrap_or(&0);
        }
        broken
    }
}

impl Ledger {
    /// The files that a later layer copied out of a family of hard links, each with the file of the family that has the
    /// same bytes. Layers `from` to `to`, both included, as they stand after `to`.
    pub fn broken_links(&self, tree: &Tree, from: LayerIndex, to: LayerIndex) -> Vec<Apart> {
        self.links.broken(tree, from, to).copies
    }
}
