//! Dead files one by one, and summed by whatever they share.

use std::collections::HashMap;
use std::hash::Hash;

use super::{Cause, Causes, Ledger};
use crate::layer::{EntryKind, LayerIndex};
use crate::tree::{EntryRef, NodeId, Tree};

/// A file that ships and is never seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadFile {
    /// The entry that ships it.
    pub entry: EntryRef,
    /// The path that the entry states.
    pub node: NodeId,
    /// The layer since which nobody sees it.
    pub killed: LayerIndex,
    /// Why.
    pub cause: Cause,
    /// Its bytes in the tar.
    pub bytes: u64,
}

impl DeadFile {
    /// The layer that ships it.
    pub fn born(&self) -> LayerIndex {
        self.entry.layer
    }
}

/// What some dead files have in common, and their sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum<K> {
    /// What they have in common.
    pub key: K,
    /// How many.
    pub files: u64,
    /// Their bytes, by cause.
    pub causes: Causes,
}

impl<K> Sum<K> {
    /// The bytes of all causes.
    pub fn bytes(&self) -> u64 {
        self.causes.total()
    }
}

impl Ledger {
    /// The dead files, files without bytes included, by layer and in archive order.
    pub fn dead_files<'a>(&'a self, tree: &'a Tree) -> impl Iterator<Item = DeadFile> + 'a {
        self.dead(|_, _| true).map(|(entry, node, death)| {
            debug_assert_eq!(tree.entries(entry.layer).kind(entry.entry), EntryKind::File);
            let bytes = tree.entries(entry.layer).get(entry.entry).size;
            DeadFile { entry, node, killed: death.killer, cause: death.cause, bytes }
        })
    }
}

/// Sums dead files by a key, most bytes first; of equals the lesser key.
pub fn sum_by<K: Clone + Eq + Hash + Ord>(
    files: impl IntoIterator<Item = DeadFile>,
    key: impl Fn(&DeadFile) -> K,
) -> Vec<Sum<K>> {
    let mut sums: HashMap<K, (u64, Causes)> = HashMap::new();
    for file in files {
        let (count, causes) = sums.entry(key(&file)).or_default();
        *count += 1;
        causes.add(file.cause, file.bytes);
    }
    let mut sums: Vec<Sum<K>> =
        sums.into_iter().map(|(key, (files, causes))| Sum { key, files, causes }).collect();
    sums.sort_by(|a, b| b.bytes().cmp(&a.bytes()).then_with(|| a.key.cmp(&b.key)));
    sums
}
