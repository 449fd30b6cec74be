//! Deleted files whose bytes were born again in the layer that deleted them: moved, that is, or copied and removed.
//!
//! Only a file of the same length can be it, so that few contents have to be looked at, and of compressed layers every
//! hash is known from inflating.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use xxhash_rust::xxh3::Xxh3;

use super::{Cause, Ledger};
use crate::layer::{Bodies, ContentHash, EntryKind, LayerIndex};
use crate::tree::{EntryRef, NodeId, Tree};

/// Smaller files are not worth reading: a move of them wastes nothing.
const LEAST: u64 = 4096;
const BUFFER: usize = 64 << 10;

/// Files of one length: those that a layer deleted, and those that it bore.
#[derive(Default)]
struct Tie {
    gone: Vec<(EntryRef, NodeId)>,
    new: Vec<(EntryRef, NodeId)>,
}

/// Hashing was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

impl Ledger {
    /// The deleted files with bytes that the layer which deleted them bore again at another path, each with the file
    /// that has them now. Contents of which no hash is known count as different: see [`Self::read_moves`].
    pub fn moves(&self, tree: &Tree) -> HashMap<EntryRef, EntryRef> {
        let mut moves = HashMap::new();
        for tie in self.ties(tree).into_values() {
            for by in [ContentHash::Xxh3, ContentHash::Crc64] {
                let mut firsts = HashMap::new();
                for (new, node) in &tie.new {
                    if let Some(hash) = self.hash(tree, *new, by)
                        && let Slot::Vacant(slot) = firsts.entry(hash)
                    {
                        slot.insert((*new, *node));
                    }
                }
                for (gone, node) in &tie.gone {
                    let found = self.hash(tree, *gone, by).and_then(|hash| firsts.get(&hash));
                    if let Some((new, _)) = found.filter(|found| found.1 != *node) {
                        moves.insert(*gone, *new);
                    }
                }
            }
        }
        moves
    }

    /// Reads the contents that decide whether a deleted file was moved, each layer from its beginning to its end. What
    /// cannot be read stays undecided. `progress` hears the bytes read so far.
    ///
    /// # Errors
    ///
    /// Only that it was cancelled.
    pub fn read_moves(
        &mut self,
        tree: &Tree,
        bodies: &dyn Bodies,
        cancel: &AtomicBool,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), Cancelled> {
        let mut undecided: Vec<EntryRef> = Vec::new();
        for tie in self.ties(tree).into_values() {
            let all = || tie.gone.iter().chain(&tie.new).map(|(entry, _)| *entry);
            if !all().all(|entry| self.hash(tree, entry, ContentHash::Crc64).is_some()) {
                undecided.extend(all().filter(|entry| self.hash(tree, *entry, ContentHash::Xxh3).is_none()));
            }
        }
        undecided
            .sort_unstable_by_key(|entry| (entry.layer, tree.entries(entry.layer).get(entry.entry).offset));
        let mut buffer = vec![0; BUFFER];
        let mut read = 0;
        for entry in undecided {
            let mut watch = |bytes| {
                read += bytes;
                progress(read);
                if cancel.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) }
            };
            if let Some(hash) = hash(tree, bodies, entry, &mut buffer, &mut watch)? {
                self.contents.insert(entry, hash);
            }
        }
        Ok(())
    }

    fn hash(&self, tree: &Tree, entry: EntryRef, by: ContentHash) -> Option<u64> {
        let read = || self.contents.get(&entry).copied().filter(|_| by == ContentHash::Xxh3);
        tree.hash(entry, by).or_else(read)
    }

    /// What each layer deleted and bore, by layer and length, where it did both.
    fn ties(&self, tree: &Tree) -> HashMap<(LayerIndex, u64), Tie> {
        let mut ties: HashMap<(LayerIndex, u64), Tie> = HashMap::new();
        for (entry, node, death) in
            self.dead(|born, death| death.cause == Cause::Deleted && born != death.killer)
        {
            let size = tree.entries(entry.layer).get(entry.entry).size;
            if size >= LEAST {
                ties.entry((death.killer, size)).or_default().gone.push((entry, node));
            }
        }
        for layer in (1..=self.layer_count()).map(LayerIndex) {
            let entries = tree.entries(layer);
            for (entry, fate) in (0..).zip(self.fates(layer)) {
                let size = entries.get(entry).size;
                if entries.kind(entry) == EntryKind::File
                    && size >= LEAST
                    && let Some(tie) = ties.get_mut(&(layer, size))
                {
                    tie.new.push((EntryRef { layer, entry }, fate.node));
                }
            }
        }
        ties.retain(|_, tie| !tie.new.is_empty());
        ties
    }
}

/// The hash of an entry's stored bytes; `None` where they cannot be read.
fn hash(
    tree: &Tree,
    bodies: &dyn Bodies,
    at: EntryRef,
    buffer: &mut [u8],
    watch: &mut dyn FnMut(u64) -> Result<(), Cancelled>,
) -> Result<Option<u64>, Cancelled> {
    let entry = tree.entries(at.layer).get(at.entry);
    let Ok(mut content) = bodies.open(at.layer, entry) else { return Ok(None) };
    let (mut hasher, mut left) = (Xxh3::new(), entry.size);
    while left > 0 {
        let want = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        match content.read(&mut buffer[..want]) {
            Ok(0) => return Ok(None),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                left -= count as u64;
                watch(count as u64)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(hasher.digest()))
}
