//! Deleted files whose bytes were born again in the layer that deleted them: moved, that is, or copied and removed.
//!
//! Only a file of the same length can be it, so that few contents have to be looked at, and of compressed layers every
//! hash is known from inflating.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use xxhash_rust::xxh3::Xxh3;

use super::{Cause, Ledger};
use crate::layer::{Bodies, Cancelled, ContentHash, Entry, EntryKind, LayerIndex};
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

impl Ledger {
    /// The deleted files with bytes that the layer which deleted them bore again at another path, each with the file
    /// that has them now. Contents of which no hash is known count as different: see [`Self::read_moves`].
    pub fn moves(&self, tree: &Tree) -> &HashMap<EntryRef, EntryRef> {
        self.moves.get_or_init(|| moves(tree, &self.ties(tree), &HashMap::new()))
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
        let ties = self.ties(tree);
        let mut found: HashMap<EntryRef, u64> = HashMap::new();
        let mut undecided: Vec<EntryRef> = Vec::new();
        for tie in &ties {
            let all = || tie.gone.iter().chain(&tie.new).map(|(entry, _)| *entry);
            if !all().all(|entry| tree.hash(entry, ContentHash::Crc64).is_some()) {
                undecided.extend(all().filter(|entry| tree.hash(*entry, ContentHash::Xxh3).is_none()));
            }
        }
        undecided
            .sort_unstable_by_key(|entry| (entry.layer, tree.entries(entry.layer).get(entry.entry).offset));
        let mut buffer = vec![0; BUFFER];
        let (mut read, mut cancelled) = (0, false);
        for of_layer in undecided.chunk_by(|one, other| one.layer == other.layer) {
            let layer = of_layer[0].layer;
            let wanted: Vec<Entry> = of_layer.iter().map(|it| *tree.entries(layer).get(it.entry)).collect();
            // A layer that cannot be read decides nothing.
            let _ = bodies.sweep(layer, &wanted, &mut |at, content| {
                let mut hasher = Xxh3::new();
                let mut left = wanted[at].size;
                while left > 0 && !cancelled {
                    let want = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                    match content.read(&mut buffer[..want]) {
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Ok(0) | Err(_) => return true,
                        Ok(count) => {
                            hasher.update(&buffer[..count]);
                            left -= count as u64;
                            read += count as u64;
                            progress(read);
                        }
                    }
                    cancelled = cancel.load(Ordering::Relaxed);
                }
                if !cancelled {
                    found.insert(of_layer[at], hasher.digest());
                }
                !cancelled
            });
            if cancelled {
                return Err(Cancelled);
            }
        }
        self.moves = moves(tree, &ties, &found).into();
        Ok(())
    }

    /// What each layer deleted and bore, by length, where it did both.
    fn ties(&self, tree: &Tree) -> Vec<Tie> {
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
                if size >= LEAST
                    && entries.kind(entry) == EntryKind::File
                    && let Some(tie) = ties.get_mut(&(layer, size))
                {
                    tie.new.push((EntryRef { layer, entry }, fate.node));
                }
            }
        }
        ties.into_values().filter(|tie| !tie.new.is_empty()).collect()
    }
}

/// The deleted files that were born again, with where. `read` are the hashes (`xxh3_64`) that reading the layers did not
/// bring.
fn moves(tree: &Tree, ties: &[Tie], read: &HashMap<EntryRef, u64>) -> HashMap<EntryRef, EntryRef> {
    let hash = |entry: EntryRef, by: ContentHash| {
        tree.hash(entry, by).or_else(|| read.get(&entry).copied().filter(|_| by == ContentHash::Xxh3))
    };
    let mut moves = HashMap::new();
    for tie in ties {
        for by in [ContentHash::Xxh3, ContentHash::Crc64] {
            let mut firsts = HashMap::new();
            for (new, node) in &tie.new {
                if let Some(hash) = hash(*new, by)
                    && let Slot::Vacant(slot) = firsts.entry(hash)
                {
                    slot.insert((*new, *node));
                }
            }
            for (gone, node) in &tie.gone {
                let found = hash(*gone, by).and_then(|hash| firsts.get(&hash));
                if let Some((new, _)) = found.filter(|found| found.1 != *node) {
                    moves.insert(*gone, *new);
                }
            }
        }
    }
    moves
}
