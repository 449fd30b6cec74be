//! Layers of an archive that is still arriving, read while the rest of it is on its way.
//!
//! Which members are layers stands in the manifest, behind them. So those that are called like layers are read, one at a
//! time as they come; [`Ahead::take`] gives what was read to whoever wants that layer, and the others are dropped. A
//! layer with a fault is not kept: whoever wants it reads it again, with the whole archive before him.

use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::blob::{Blob, BlobKey};
use super::growing::Growing;
use super::outer::normalise;
use super::region::Region;
use crate::image::ReadLayer;
use crate::layer::{self, Cancelled, EntryKind, Limits, Watch};

/// Bytes that the headers of all layers read ahead may have, so that what is kept of them is bounded: a million files have
/// about so many. What comes beyond is read when all is there.
const MAX_HEADERS: u64 = 1 << 30;
/// How often one who waits looks whether he still should.
const TICK: Duration = Duration::from_millis(50);

/// What was read ahead, and is being read. Dropping it stops the reading.
pub struct Ahead(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// How far the layer that is being read has been read, in stored bytes.
    stored: AtomicU64,
    stop: AtomicBool,
}

#[derive(Default)]
struct State {
    now: Option<BlobKey>,
    done: HashMap<BlobKey, ReadLayer>,
}

impl Ahead {
    /// Begins to read an archive of which nothing may have come yet.
    ///
    /// # Errors
    ///
    /// There is no thread for it.
    pub fn start(archive: Arc<Growing>, limits: Limits) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let reader = Arc::clone(&shared);
        let read = move || reader.read(&archive, limits);
        thread::Builder::new().name("ahead".to_owned()).spawn(read)?;
        Ok(Self(shared))
    }

    /// Keeps only the layers that are wanted.
    pub fn keep(&self, is_wanted: impl Fn(&BlobKey) -> bool) {
        let mut state = self.0.state();
        state.done.retain(|key, _| is_wanted(key));
        if state.now.as_ref().is_some_and(|now| !is_wanted(now)) {
            self.0.stop.store(true, Ordering::Relaxed);
        }
    }

    /// The layer, if it was read; one that is being read is waited for, and `passed` hears how far it is.
    ///
    /// # Errors
    ///
    /// Only when `cancel` was set.
    pub fn take(
        &self,
        key: BlobKey,
        passed: &dyn Fn(u64),
        cancel: &AtomicBool,
    ) -> Result<Option<ReadLayer>, Cancelled> {
        let mut state = self.0.state();
        while state.now == Some(key) {
            if cancel.load(Ordering::Relaxed) {
                return Err(Cancelled);
            }
            passed(self.0.stored.load(Ordering::Relaxed));
            let waited = self.0.changed.wait_timeout(state, TICK);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(state.done.remove(&key))
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    /// The thread.
    fn read(&self, archive: &Arc<Growing>, limits: Limits) {
        // How long it will be is not known; who reads past its end is told by the file.
        let region = Region::new(archive.clone(), u64::MAX);
        let mut left = MAX_HEADERS;
        let watch =
            Watch { limits: Limits::default(), windows: false, progress: &|_| {}, cancel: &self.stop };
        // What is wrong with the archive is found again by whoever opens it.
        let _ = layer::members(layer::Region::new(&region, 0, region.len()), &watch, |member| {
            // Once all is there, the layers are better read by all cores.
            if is_called_layer(&member) && !archive.has_ended() {
                let blob = Blob::from(region.part(member.offset, member.size));
                let (entries, text_bytes) = (limits.entries.min(left / 512), limits.text_bytes.min(left));
                let limits = Limits { entries, text_bytes, ..limits };
                left = left.saturating_sub(self.layer(&blob, limits));
            }
        });
    }

    /// Reads one layer. How many bytes its headers have.
    fn layer(&self, blob: &Blob, limits: Limits) -> u64 {
        self.stored.store(0, Ordering::Relaxed);
        self.state().now = Some(blob.key());
        let hear = |stored| self.stored.store(stored, Ordering::Relaxed);
        let watch = Watch { limits, windows: false, progress: &hear, cancel: &self.stop };
        // Nobody may wait for ever because the reader has a fault.
        let read = catch_unwind(AssertUnwindSafe(|| blob.read(&watch)));
        let whole = match read {
            Ok(Ok(loaded)) if loaded.changeset.fault.is_none() => Some(loaded),
            _ => None,
        };
        let headers = whole
            .as_ref()
            .map_or(0, |loaded| loaded.changeset.tar_bytes.saturating_sub(loaded.changeset.payload_bytes));
        let whole = whole.map(ReadLayer::from);
        let mut state = self.state();
        state.now = None;
        state.done.extend(whole.map(|layer| (blob.key(), layer)));
        drop(state);
        self.changed.notify_all();
        headers
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether engines call their layers so: `ID/layer.tar`, `blobs/sha256/HEX`, `HEX.tar`, `HEX.tar.gz`.
fn is_called_layer(member: &layer::Member<'_>) -> bool {
    let name = normalise(member.name);
    let is_at_root = !name.contains(&b'/');
    let is_called = name.starts_with(b"blobs/")
        || name.ends_with(b"/layer.tar")
        || (is_at_root && name.windows(4).any(|part| part == b".tar"));
    member.kind == EntryKind::File && member.size > 0 && is_called
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar(name: &str, content: &[u8]) -> Vec<u8> {
        let mut header = tar::Header::new_gnu();
        header.set_path(name).expect("a short name");
        header.set_size(content.len() as u64);
        header.set_cksum();
        let mut bytes = [header.as_bytes(), content].concat();
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        bytes
    }

    #[test]
    fn layers_are_read_before_the_rest_of_the_archive_has_come() {
        // Headers are read 4 KiB at once: those of the archive stand further apart.
        let layer = |name: &str| [tar(name, &[b'x'; 10_000]), vec![0; 1024]].concat();
        let (one, two) = (layer("one"), layer("two"));
        let cut = layer("cut");
        let pieces = [
            tar("a/layer.tar", &one),
            tar("notes.txt", &one),
            tar("b/layer.tar", &two),
            tar("c/layer.tar", &cut),
        ];
        let mut places = Vec::new();
        let mut at = 0;
        for piece in &pieces {
            places.push(at + 512);
            at += piece.len() as u64;
        }
        let growing = Arc::new(Growing::new(tempfile::tempfile().expect("a file")));
        let ahead = Ahead::start(Arc::clone(&growing), Limits::default()).expect("a thread");
        let key = |at: usize, len: usize| {
            let region = Region::new(growing.clone(), u64::MAX).part(places[at], len as u64);
            Blob::from(region).key()
        };
        let never = AtomicBool::new(false);
        let taken = |at, len| ahead.take(key(at, len), &|_| {}, &never).expect("not cancelled");
        let [first, odd, second, last] = &pieces;
        let wait_for = |at, len| {
            let is_read = (0..2000).any(|_| {
                thread::sleep(Duration::from_millis(5));
                taken(at, len).is_some()
            });
            assert!(is_read, "layer {at} was not read");
        };
        growing.append(first).expect("room");
        wait_for(0, one.len());
        growing.append(odd).expect("room");
        growing.append(second).expect("room");
        wait_for(2, two.len());
        // It breaks off within the last one, for which nobody waits longer than that.
        growing.append(&last[..last.len() - 700]).expect("room");
        growing.end();
        assert!(taken(1, one.len()).is_none(), "it is not called a layer");
        assert!(taken(3, cut.len()).is_none(), "it is not whole");
    }
}
