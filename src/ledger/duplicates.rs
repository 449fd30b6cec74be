//! The same bytes at several live paths: what being shared would save, on top of what is dead.

use std::collections::{HashMap, HashSet};

use super::Ledger;
use crate::image::Image;
use crate::layer::{ContentHash, EntryKind, LayerIndex};
use crate::tree::{EntryRef, Tree};

/// Hashes (`xxh3_64`) of contents that reading the layers did not bring.
pub type Hashes = HashMap<EntryRef, u64>;

/// Live files of equal content. Names of one file are one file: they cost nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// The files of each content, in order; those whose copies cost the most first.
    pub groups: Vec<Vec<EntryRef>>,
    /// What one file of each content would save: `(n - 1) * size` of each.
    pub bytes: u64,
}

impl Duplicates {
    /// Finds them. `None` where files of equal size are told apart by no hash: see [`Self::undecided`]. Where every
    /// layer was inflated, reading brought all hashes.
    pub fn new(image: &Image, ledger: &Ledger, hashes: &Hashes) -> Option<Self> {
        let tree = &image.tree;
        let mut duplicates = Self::default();
        if has_unknown_tie(tree, files(tree, ledger), hashes) {
            return None;
        }
        for ties in ties(tree, files(tree, ledger)).chunk_by(|one, other| is_tie(tree, *one, *other)) {
            if ties.len() < 2 {
                continue;
            }
            let by = hashed_by(tree, ties, hashes)?;
            let mut equal: HashMap<u64, Vec<EntryRef>> = HashMap::new();
            for &file in ties {
                equal.entry(hash(tree, file, by, hashes)?).or_default().push(file);
            }
            duplicates.groups.extend(equal.into_values().filter(|files| files.len() > 1));
        }
        let waste = |files: &Vec<EntryRef>| {
            (files.len() as u64 - 1) * tree.entries(files[0].layer).get(files[0].entry).size
        };
        duplicates.bytes = duplicates.groups.iter().map(waste).sum();
        duplicates.groups.sort_by_cached_key(|files| (std::cmp::Reverse(waste(files)), files[0]));
        Some(duplicates)
    }

    /// The files whose contents have to be hashed before it can be told, in layer and offset order.
    pub fn undecided(image: &Image, ledger: &Ledger) -> Vec<EntryRef> {
        let tree = &image.tree;
        let none = Hashes::new();
        let mut undecided: Vec<EntryRef> = Vec::new();
        for ties in ties(tree, files(tree, ledger)).chunk_by(|one, other| is_tie(tree, *one, *other)) {
            if ties.len() > 1 && hashed_by(tree, ties, &none).is_none() {
                let unknown = |file: &&EntryRef| tree.hash(**file, ContentHash::Xxh3).is_none();
                undecided.extend(ties.iter().filter(unknown));
            }
        }
        undecided.sort_unstable_by_key(|file| (file.layer, tree.entries(file.layer).get(file.entry).offset));
        undecided
    }
}

/// The live files with bytes, in order.
fn files(tree: &Tree, ledger: &Ledger) -> impl Iterator<Item = EntryRef> {
    (1..=ledger.layer_count()).map(LayerIndex).flat_map(|layer| {
        let entries = tree.entries(layer);
        (0..).zip(ledger.fates(layer)).filter_map(move |(entry, fate)| {
            let is_live_file = fate.death.is_none() && entries.kind(entry) == EntryKind::File;
            (is_live_file && entries.get(entry).size > 0).then_some(EntryRef { layer, entry })
        })
    })
}

/// Size as stored, size for programs.
fn sizes(tree: &Tree, file: EntryRef) -> (u64, u64) {
    let entries = tree.entries(file.layer);
    (entries.get(file.entry).size, entries.apparent_size(file.entry))
}

/// Whether two whole files of one size have no hash. Of a large image in plain layers that is soon seen, where sorting all
/// files by size takes a while.
fn has_unknown_tie(tree: &Tree, mut files: impl Iterator<Item = EntryRef>, hashes: &Hashes) -> bool {
    let is_unknown = |file: EntryRef| {
        let by = [ContentHash::Xxh3, ContentHash::Crc64];
        by.into_iter().all(|by| hash(tree, file, by, hashes).is_none())
    };
    let mut seen = HashSet::new();
    files.any(|file| {
        let (stored, apparent) = sizes(tree, file);
        stored == apparent && is_unknown(file) && !seen.insert(stored)
    })
}

/// The files so that those that only a hash can tell apart are beside each other.
fn ties(tree: &Tree, files: impl Iterator<Item = EntryRef>) -> Vec<EntryRef> {
    let mut sorted: Vec<_> = files.map(|file| (sizes(tree, file), file)).collect();
    sorted.sort_unstable();
    sorted.into_iter().map(|(_, file)| file).collect()
}

fn is_tie(tree: &Tree, one: EntryRef, other: EntryRef) -> bool {
    let (a, b) = (tree.entries(one.layer), tree.entries(other.layer));
    a.get(one.entry).size == b.get(other.entry).size && a.sparse(one.entry) == b.sparse(other.entry)
}

/// The hash that all of them have.
fn hashed_by(tree: &Tree, files: &[EntryRef], hashes: &Hashes) -> Option<ContentHash> {
    let known = |by: &ContentHash| files.iter().all(|file| hash(tree, *file, *by, hashes).is_some());
    [ContentHash::Xxh3, ContentHash::Crc64].into_iter().find(known)
}

fn hash(tree: &Tree, file: EntryRef, by: ContentHash, hashes: &Hashes) -> Option<u64> {
    tree.hash(file, by).or_else(|| hashes.get(&file).copied().filter(|_| by == ContentHash::Xxh3))
}
