//! Contents that sizes leave undecided: hashed in one sweep, in the order in which they lie.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use xxhash_rust::xxh3::Xxh3;

use super::blob::Blob;
use super::{SourceError, parallel};
use crate::tree::{EntryRef, Tree};

/// Entries that a thread takes at once.
const BATCH: usize = 256;
const BUFFER: usize = 64 << 10;

/// Hashes the contents that decide whether paths changed. They lie in plain layers and in folders of stores: of
/// compressed layers every hash is known from inflating. What cannot be read stays undecided.
///
/// # Errors
///
/// Only [`SourceError::Cancelled`].
pub fn decide(tree: &mut Tree, blobs: &[Option<Blob>], cancel: &AtomicBool) -> Result<(), SourceError> {
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
                let hash = hash(tree, blobs, entry, &mut buffer, cancel)?;
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

fn hash(
    tree: &Tree,
    blobs: &[Option<Blob>],
    at: EntryRef,
    buffer: &mut [u8],
    cancel: &AtomicBool,
) -> Option<u64> {
    let is_wanted = |_| !cancel.load(Ordering::Relaxed);
    let entry = tree.entries(at.layer).get(at.entry);
    let mut content = blobs.get(at.layer.offset())?.as_ref()?.plain(entry, &is_wanted).ok()?;
    let (mut hasher, mut left) = (Xxh3::new(), entry.size);
    while left > 0 {
        let want = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        match content.read(&mut buffer[..want]) {
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
