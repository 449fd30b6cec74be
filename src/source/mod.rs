//! Where images come from: archives, layouts, streams. The only code that opens files, sockets and stores.
//!
//! [`open`] finds the image and reads manifest and config only; [`Opened::load`] reads the layers, in parallel, and
//! reports as it goes; [`Opened::bodies`] opens contents on demand.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::image::{Image, ImageInfo};
use crate::layer::{Bodies, LayerIndex};
use crate::oci::Platform;

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
}

impl Default for Options {
    fn default() -> Self {
        Self {
            image: None,
            platform: None,
            max_spool: None,
            max_layer_bytes: 1 << 40,
            max_entries: 50_000_000,
        }
    }
}

/// What is heard while layers load. Calls come from several threads.
#[derive(Clone, Debug)]
pub enum Progress {
    /// A stream is being spooled: bytes so far.
    Spooled(u64),
    /// Stored bytes of a layer read so far.
    Layer(LayerIndex, u64),
    /// A layer is complete.
    LayerDone(LayerIndex),
    /// A larger model: all layers read so far, merged. Comes at most every 100 ms, and once at the end.
    Merged(Arc<Image>),
}

/// Why an image could not be opened or read. `hint` says which command helps.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file or stream failed.
    #[error("{path}: {error}")]
    Io {
        /// The file, or `standard input`.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// It is there, but holds no image.
    #[error("{path} holds no image: {why}")]
    NoImage {
        /// The file or folder.
        path: String,
        /// One clause.
        why: String,
    },
    /// Several images, and none was named.
    #[error("{path} holds {} images", names.len())]
    Several {
        /// The file or folder.
        path: String,
        /// What `--image` takes.
        names: Vec<String>,
    },
    /// No image of that name.
    #[error("{path} holds no image `{wanted}`")]
    NotFound {
        /// The file or folder.
        path: String,
        /// What was asked for.
        wanted: String,
        /// What there is.
        names: Vec<String>,
    },
    /// No image for the platform.
    #[error("{path} holds no image for {wanted}")]
    Platform {
        /// The file or folder.
        path: String,
        /// What was asked for.
        wanted: String,
        /// What there is.
        available: Vec<String>,
    },
    /// A document or blob is not what it should be.
    #[error("{path}: {why}")]
    Broken {
        /// The file, and the member or digest in it.
        path: String,
        /// One clause.
        why: String,
    },
    /// A limit was passed.
    #[error("{path}: {why}")]
    Limit {
        /// The file, and the member or digest in it.
        path: String,
        /// One clause with the limit.
        why: String,
    },
    /// The user cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// A reference as typed, sorted into kinds (`interface.md`: image references).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// Standard input.
    Stdin,
    /// A file or folder, with the layout that a scheme insists on, and the image named after a colon.
    Path {
        /// The file or folder.
        path: PathBuf,
        /// What the scheme says it must be.
        layout: Option<Layout>,
        /// `:REF` of `oci:PATH:REF`.
        image: Option<String>,
    },
    /// The sample, embedded in the binary.
    Demo,
}

/// What a scheme insists on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `docker-archive:`
    DockerArchive,
    /// `oci-archive:`
    OciArchive,
    /// `oci:`, `oci-dir:`
    OciDir,
    /// `dir:`
    Dir,
}

/// An opened image: its info is known, its layers are not read yet.
pub struct Opened {
    info: Arc<ImageInfo>,
}

/// Sorts out what was typed.
pub fn parse_reference(text: &str) -> Result<Reference, SourceError> {
    Ok(if text == "-" {
        Reference::Stdin
    } else {
        Reference::Path { path: text.into(), layout: None, image: None }
    })
}

/// Opens an image: finds it, chooses image and platform, reads manifest and config. `progress` hears of spooling.
pub fn open(
    reference: &str,
    options: &Options,
    progress: &(dyn Fn(Progress) + Sync),
    cancel: &AtomicBool,
) -> Result<Opened, SourceError> {
    let _ = (options, progress, cancel);
    Err(SourceError::NoImage { path: reference.to_owned(), why: "reading is not built yet".to_owned() })
}

impl Opened {
    /// What is known before layers are read.
    pub fn info(&self) -> &Arc<ImageInfo> {
        &self.info
    }

    /// Reads all layers, in parallel, merges them, compares what sizes leave open. A layer that cannot be read to its
    /// end is a fault in the image, not an error here.
    pub fn load(
        &self,
        progress: &(dyn Fn(Progress) + Sync),
        cancel: &AtomicBool,
    ) -> Result<Arc<Image>, SourceError> {
        let _ = (progress, cancel);
        Err(SourceError::Cancelled)
    }

    /// Contents on demand.
    pub fn bodies(&self) -> Arc<dyn Bodies> {
        Arc::new(Nothing)
    }
}

struct Nothing;

impl Bodies for Nothing {
    fn open(
        &self,
        layer: LayerIndex,
        _: &crate::layer::Entry,
    ) -> Result<Box<dyn std::io::Read + Send + '_>, crate::layer::BodyError> {
        Err(crate::layer::BodyError::Absent(layer, "not built yet".into()))
    }
}
