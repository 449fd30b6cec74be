//! Where images come from: archives, layouts, streams. The only code that opens files, sockets and stores.
//!
//! [`open`] finds the image and reads manifest and config only; [`Opened::load`] reads the layers, in parallel, and
//! reports as it goes; [`Opened::bodies`] opens contents on demand.

mod ahead;
mod blob;
mod bodies;
pub mod bolt;
mod candidate;
mod choose;
mod containerd;
mod containers_storage;
mod crc64;
mod decide;
mod disk;
mod docker_save;
mod docker_store;
mod documents;
mod draft;
mod engine;
mod error;
mod folder;
mod frames;
mod growing;
mod gzip;
mod header;
mod hint;
mod history;
mod load;
pub mod local;
mod manifest;
mod names;
mod objection;
mod open;
mod outer;
mod parallel;
mod reference;
mod region;
mod spool;
mod statements;
mod store;
mod surroundings;
mod tar_split;
mod unpacked;
mod verify;
mod version1;
mod walk;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::image::{Image, ImageInfo};
use crate::layer::{Bodies, LayerIndex, Limits};
use crate::oci::Platform;

use ahead::Ahead;
use blob::Blob;
use bodies::LayerBodies;
pub use documents::Check;
pub use engine::Failure;
pub use error::SourceError;
use open::Opening;
pub use reference::{Engine, Layout, Place, Reference, StoreKind, parse_reference};
use region::Region;
pub use spool::StandardInput;
pub use surroundings::{Patience, Surroundings};
pub use verify::{Verified, check, verify};

/// How to open.
#[derive(Clone, Debug)]
pub struct Options {
    /// `--image`: which of several.
    pub image: Option<String>,
    /// `--platform`; this machine's when `None`.
    pub platform: Option<Platform>,
    /// `--max-spool`: bytes that a stream may take in the temporary folder; 90 % of the free space when `None`.
    pub max_spool: Option<u64>,
    /// `--max-layer-bytes`: where a layer stops with an error.
    pub max_layer_bytes: u64,
    /// Where a layer stops with an error.
    pub max_entries: u64,
    /// `--source`: the one engine that is asked for bare names.
    pub engine: Option<Engine>,
    /// Where engines and stores are looked for: nowhere, unless it is said.
    pub surroundings: Arc<Surroundings>,
    /// What `-` stands for.
    pub stdin: StandardInput,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            image: None,
            platform: None,
            max_spool: None,
            max_layer_bytes: 1 << 40,
            max_entries: 50_000_000,
            engine: None,
            surroundings: Arc::default(),
            stdin: StandardInput::default(),
        }
    }
}

impl Options {
    /// Where a layer stops with an error.
    fn layer_limits(&self) -> Limits {
        Limits { tar_bytes: self.max_layer_bytes, entries: self.max_entries, ..Limits::default() }
    }
}

/// What is heard while layers load. Calls come from several threads.
#[derive(Clone, Debug)]
pub enum Progress {
    /// What an engine says of the image at once, while its layers are on their way. [`Opened::info`] follows.
    Known(Arc<ImageInfo>),
    /// An engine prepares an export; no byte of it has come yet.
    Preparing,
    /// A stream is being spooled: bytes so far.
    Spooled(u64),
    /// Stored bytes of a layer read so far.
    Layer(LayerIndex, u64),
    /// A layer is complete.
    LayerDone(LayerIndex),
    /// A larger model: all layers read so far, merged. Comes at most every 100 ms, and once at the end.
    Merged(Arc<Image>),
}

/// An opened image: its info is known, its layers are not read yet.
pub struct Opened {
    info: Arc<ImageInfo>,
    blobs: Arc<[Option<Blob>]>,
    /// Of a stream: the layers that were read while it came.
    ahead: Option<Arc<Ahead>>,
    options: Options,
    checks: Vec<Check>,
    cut: Option<String>,
    statements: Vec<Region>,
}

/// Opens an image: finds it, chooses image and platform, reads manifest and config. `progress` hears of spooling.
///
/// # Errors
///
/// There is no image, or not the one that is wanted; its manifest or config is broken.
pub fn open(
    reference: &str,
    options: &Options,
    progress: &(dyn Fn(Progress) + Sync),
    cancel: &AtomicBool,
) -> Result<Opened, SourceError> {
    open_as(reference, &parse_reference(reference)?, options, progress, cancel, true)
}

/// Opens an image from a stream, as `-` does from standard input.
///
/// # Errors
///
/// As for [`open`].
pub fn open_reader(
    stream: impl std::io::Read + Send,
    options: &Options,
    progress: &(dyn Fn(Progress) + Sync),
    cancel: &AtomicBool,
) -> Result<Opened, SourceError> {
    let opening =
        Opening { reference: "-", layout: None, image: None, options, progress, cancel, strict: true };
    opening.stream(stream, "standard input")
}

fn open_as(
    text: &str,
    reference: &Reference,
    options: &Options,
    progress: &(dyn Fn(Progress) + Sync),
    cancel: &AtomicBool,
    strict: bool,
) -> Result<Opened, SourceError> {
    let (layout, image) = match reference {
        Reference::Path { layout, image, .. } => (*layout, image.as_deref()),
        _ => (None, None),
    };
    Opening { reference: text, layout, image, options, progress, cancel, strict }.reference(reference)
}

impl Opened {
    /// Why the archive, or the stream that it came from, is not all there, as a clause. What there is of it is shown.
    pub fn cut(&self) -> Option<&str> {
        self.cut.as_deref()
    }

    /// What is known before layers are read.
    pub fn info(&self) -> &Arc<ImageInfo> {
        &self.info
    }

    /// Reads all layers, in parallel, merges them, compares what sizes leave open. A layer that cannot be read to its
    /// end is a fault in the image, not an error here. Partial models come as [`Progress::Merged`]; who does not show
    /// them asks [`Self::load_quietly`].
    ///
    /// # Errors
    ///
    /// Only [`SourceError::Cancelled`].
    pub fn load(
        &self,
        progress: &(dyn Fn(Progress) + Sync),
        cancel: &AtomicBool,
    ) -> Result<Arc<Image>, SourceError> {
        load::load(self, true, progress, cancel)
    }

    /// As [`Self::load`], without [`Progress::Merged`] and without the work for it.
    ///
    /// # Errors
    ///
    /// Only [`SourceError::Cancelled`].
    pub fn load_quietly(
        &self,
        progress: &(dyn Fn(Progress) + Sync),
        cancel: &AtomicBool,
    ) -> Result<Arc<Image>, SourceError> {
        load::load(self, false, progress, cancel)
    }

    /// Contents on demand.
    pub fn bodies(&self) -> Arc<dyn Bodies> {
        Arc::new(LayerBodies::new(&self.info, &self.blobs))
    }
}
