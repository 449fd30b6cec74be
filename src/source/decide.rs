//! Contents that sizes leave undecided: hashed in one sweep, in the order in which they lie.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use xxhash_rust::xxh3::Xxh3;

use super::region::Region;
use super::{SourceError, parallel};
use crate::tree::{EntryRef, Tree};

/// Entries that a thread takes at once.
const BATCH: usize = 256;
const BUFFER: usize = 64 << 10;

/// Hashes the contents that decide whether paths changed. They lie in plain layers: of compressed ones every hash is
/// known from inflating. What cannot be read stays undecided.
///
/// # Errors
///
/// Only [`SourceError::Cancelled`].
pub fn decide(tree: &mut Tree, blobs: &[Option<Region>], cancel: &AtomicBool) -> Result<(), SourceError> {
    let undecided = tree.undecided();
    if undecided.is_empty() {
        return Ok(());
    }
    let batches: Vec<&[EntryRef]> = undecided.chunks(BATCH).collect();
    let hashes = {
        let tree = &*tree;
        parallel::each(&batches, |batch| {
            let mut buffer = vec![0; BUFFER];
            let known = |&entry: &EntryRef| {
                let hash = hash(tree, blobs, entry, &mut buffer)?;
                Some((entry, hash))
            };
            let batch = if cancel.load(Ordering::Relaxed) { &[] } else { *batch };
            batch.iter().filter_map(known).collect::<Vec<_>>()
        })
    };
    if cancel.load(Ordering::Relaxed) {
        return Err(SourceError::Cancelled);
    }
    tree.decide(hashes.concat());
    Ok(())
}

fn hash(tree: &Tree, blobs: &[Option<Region>], at: EntryRef, buffer: &mut [u8]) -> Option<u64> {
    let entry = tree.entries(at.layer).get(at.entry);
    let region = blobs.get(at.layer.offset())?.as_ref()?.part(entry.offset, entry.size);
    if region.len() < entry.size {
        return None;
    }
    let (mut content, mut hasher, mut left) = (region.reader(), Xxh3::new(), entry.size);
    while left > 0 {
        match content.read(buffer) {
            Ok(0) => return None,
            Ok(count) => {
                hasher.update(&buffer[..count]);
                left -= count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
    Some(hasher.digest())
}
