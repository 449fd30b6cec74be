//! Live files under some paths: what leaving those paths out would free.

use std::collections::HashMap;

use super::Subject;
use super::sample::Reach;
use crate::layer::{EntryKind, LayerIndex};
use crate::ledger::{Cause, Death};
use crate::tree::{EntryRef, NodeId};

/// A live file with bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The file.
    pub file: EntryRef,
    /// Its first name.
    pub node: NodeId,
    /// Its bytes as stored.
    pub bytes: u64,
}

impl Subject<'_> {
    /// The last layer.
    pub fn last(&self) -> LayerIndex {
        LayerIndex(self.ledger.layer_count())
    }

    /// The live file that a path names, if it is one with bytes.
    pub fn file(&self, node: NodeId) -> Option<Held> {
        let tree = &self.image.tree;
        let file = tree.inode(tree.standing(node, self.last())?)?;
        let entries = tree.entries(file.layer);
        let bytes = entries.get(file.entry).size;
        (entries.kind(file.entry) == EntryKind::File && bytes > 0).then_some(Held { file, node, bytes })
    }

    /// The paths that are an entry at the end, in order: of a file that hard links bind, all its names.
    pub fn names(&self, entry: EntryRef) -> Vec<NodeId> {
        let tree = &self.image.tree;
        let mut names = tree.linked_names(entry, self.last());
        if names.is_empty() {
            let node = self.ledger.fate(entry).node;
            let standing = tree.standing(node, self.last()).and_then(|event| tree.inode(event));
            names.extend((standing == Some(entry)).then_some(node));
        }
        names
    }

    /// Visits the live files of `min_bytes` or more of the image's own layers, layer by layer, each with its home: its
    /// path, or the lowest directory that all its names are in.
    pub fn each_own_file(&self, min_bytes: u64, mut visit: impl FnMut(Held, NodeId)) {
        let tree = &self.image.tree;
        // In the same order, so that nobody is looked for.
        let mut linked = tree.linked().map(|(file, _)| file).peekable();
        for layer in self.own_layers() {
            let entries = tree.entries(layer);
            for (entry, fate) in (0..).zip(self.ledger.fates(layer)) {
                let bytes = entries.get(entry).size;
                if bytes < min_bytes || fate.death.is_some() || entries.kind(entry) != EntryKind::File {
                    continue;
                }
                let file = EntryRef { layer, entry };
                while linked.next_if(|linked| *linked < file).is_some() {}
                let is_linked = linked.peek() == Some(&file);
                let names = if is_linked { tree.linked_names(file, self.last()) } else { Vec::new() };
                let (node, home) = match names[..] {
                    [first, .., last] => (first, Reach::of(first).and(last).home(tree)),
                    [name] => (name, name),
                    [] => (fate.node, fate.node),
                };
                visit(Held { file, node, bytes }, home);
            }
        }
    }

    /// The live files all of whose names are at or under the paths (ascending, none below another), by the name that
    /// `wanted` takes. A file that also has a name elsewhere is not freed by removing these: uv's cache is the installed
    /// packages under other names.
    pub fn held(&self, paths: &[NodeId], wanted: impl Fn(NodeId) -> bool) -> Vec<Held> {
        let tree = &self.image.tree;
        let within = |node: NodeId| {
            let above = paths.partition_point(|path| *path <= node);
            above > 0 && tree.subtree(paths[above - 1]).contains(&node.0) && wanted(node)
        };
        let mut held = Vec::new();
        for path in paths {
            for node in tree.subtree(*path).map(NodeId).filter(|node| wanted(*node)) {
                let Some(file) = self.file(node) else { continue };
                let names = tree.link_group(node, self.last());
                if names.is_empty() || (names[0] == node && names.iter().all(|name| within(*name))) {
                    held.push(file);
                }
            }
        }
        held
    }

    /// The same without what the base image ships.
    pub fn own(&self, paths: &[NodeId], wanted: impl Fn(NodeId) -> bool) -> Vec<Held> {
        let mut held = self.held(paths, wanted);
        held.retain(|held| !self.is_base(held.file.layer));
        held
    }

    /// The layer of the step that made a file: what ships it again with another owner, mode or time did not make it.
    /// What the base made counts as made where it was shipped again: the base's steps are nobody's here.
    pub fn maker(&self, file: EntryRef) -> LayerIndex {
        let tree = &self.image.tree;
        let mut made = file;
        loop {
            let node = self.ledger.fate(made).node;
            let before = tree.standing(node, made.layer.below()).and_then(|event| tree.inode(event));
            match before {
                Some(before)
                    if before.layer < made.layer && self.shipped_again(before) == Some(made.layer) =>
                {
                    if self.is_base(before.layer) {
                        return made.layer;
                    }
                    made = before;
                }
                _ => return made.layer,
            }
        }
    }

    /// The layer that shipped a file again with another owner, mode or time.
    fn shipped_again(&self, file: EntryRef) -> Option<LayerIndex> {
        match self.ledger.fate(file).death {
            Some(Death { killer, cause: Cause::Metadata | Cause::Rewritten }) => Some(killer),
            _ => None,
        }
    }

    /// The later copies of a file that differ in nothing but owner, mode or time.
    pub fn again(&self, file: EntryRef) -> Vec<Held> {
        let tree = &self.image.tree;
        let mut again = Vec::new();
        let mut at = file;
        while let Some(killer) = self.shipped_again(at) {
            let node = self.ledger.fate(at).node;
            let Some(next) = tree.standing(node, killer).and_then(|event| tree.inode(event)) else { break };
            if next.layer <= at.layer {
                break;
            }
            again.push(Held { file: next, node, bytes: self.bytes(next) });
            at = next;
        }
        again
    }

    /// The files by the layer whose step made them, layers ascending.
    pub fn by_maker(&self, held: Vec<Held>) -> Vec<(LayerIndex, Vec<Held>)> {
        let mut made: Vec<(LayerIndex, Held)> =
            held.into_iter().map(|held| (self.maker(held.file), held)).collect();
        made.sort_by_key(|(maker, held)| (*maker, held.node));
        let parts = made.chunk_by(|one, other| one.0 == other.0);
        parts.map(|files| (files[0].0, files.iter().map(|(_, held)| *held).collect())).collect()
    }

    /// The steps that made some files, and those that ship them again: `step 9, again from step 15`.
    pub fn from_steps(&self, held: &[Held]) -> String {
        let steps = |mut layers: Vec<LayerIndex>| {
            layers.sort_unstable();
            layers.dedup();
            layers.into_iter().map(|layer| self.step(layer)).collect::<Vec<usize>>()
        };
        let made = steps(held.iter().map(|held| self.maker(held.file)).collect());
        let mut again = steps(held.iter().map(|held| held.file.layer).collect());
        again.retain(|step| !made.contains(step));
        let made = Self::steps(&made);
        if again.is_empty() { made } else { format!("{made}, again from {}", Self::steps(&again)) }
    }

    /// The live path, if it is there at the end.
    pub fn live(&self, path: &str) -> Option<NodeId> {
        let node = self.image.tree.find(path.as_bytes())?;
        self.image.tree.standing(node, self.last()).map(|_| node)
    }
}

/// Bytes of some files.
pub fn total(held: &[Held]) -> u64 {
    held.iter().map(|held| held.bytes).sum()
}

/// Bytes by place, most bytes first.
pub fn by_place(bytes: impl Iterator<Item = (NodeId, u64)>) -> Vec<(NodeId, u64)> {
    let mut sums: HashMap<NodeId, u64> = HashMap::new();
    for (place, bytes) in bytes {
        *sums.entry(place).or_default() += bytes;
    }
    let mut sums: Vec<(NodeId, u64)> = sums.into_iter().collect();
    sums.sort_unstable_by_key(|(place, bytes)| (std::cmp::Reverse(*bytes), *place));
    sums
}
