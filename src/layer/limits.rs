//! How much of a layer is read before it counts as an attack.

use std::sync::atomic::{AtomicBool, Ordering};

/// Where reading a layer stops with a [`LayerFault`](super::LayerFault). The defaults are far beyond any real layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the uncompressed tar (`--max-layer-bytes`): a decompression bomb ends here.
    pub tar_bytes: u64,
    /// Entries, and likewise paths with the directories that they imply.
    pub entries: u64,
    /// Bytes of one PAX or GNU long-name record. Go's `archive/tar` has the same limit.
    pub record_bytes: u64,
    /// Bytes of all names, link targets, extended attributes and sparse maps that are kept.
    pub text_bytes: u64,
    /// Components of one path.
    pub depth: usize,
    /// Stored pieces of one sparse file.
    pub sparse_pieces: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tar_bytes: 1 << 40,
            entries: 50_000_000,
            record_bytes: 1 << 20,
            text_bytes: 1 << 30,
            depth: 1 << 14,
            sparse_pieces: 1 << 20,
        }
    }
}

/// Who watches a layer being read: limits, progress, and the way to stop.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Where to stop.
    pub limits: Limits,
    /// Whether the layer is one of Windows: its drive lies in the folder `Files` then, beside the hives of the registry.
    pub windows: bool,
    /// Hears how many stored bytes of the layer have been passed so far, about once per 256 KiB.
    pub progress: &'a (dyn Fn(u64) + Sync),
    /// Set by another thread: reading ends with [`Cancelled`] soon after.
    pub cancel: &'a AtomicBool,
}

impl Watch<'_> {
    /// Tells the progress and asks whether to go on.
    pub(super) fn tick(&self, stored: u64) -> Result<(), Cancelled> {
        (self.progress)(stored);
        if self.cancel.load(Ordering::Relaxed) { Err(Cancelled) } else { Ok(()) }
    }
}

/// Reading was cancelled; nothing of the layer is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;
