//! Live files under some paths: what leaving those paths out would free.

use super::Subject;
use crate::layer::{EntryKind, LayerIndex};
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

/// The files of each layer, layers ascending.
pub fn by_layer(mut held: Vec<Held>) -> Vec<(LayerIndex, Vec<Held>)> {
    held.sort_by_key(|held| (held.file.layer, held.node));
    held.chunk_by(|one, other| one.file.layer == other.file.layer)
        .map(|files| (files[0].file.layer, files.to_vec()))
        .collect()
}
