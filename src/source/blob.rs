//! What stands behind a layer: how it is read, and how its contents are found.

use std::io::{self, Read};
use std::sync::Arc;

use super::region::Region;
use super::unpacked::Unpacked;
use crate::layer::{self, Cancelled, Entry, Loaded, Watch};

/// The bytes of a layer, however its source keeps them.
#[derive(Clone)]
pub enum Blob {
    /// A tar in one piece, plain or compressed.
    Stored(Region),
    /// A layer that an engine has unpacked into a folder of its store.
    Unpacked(Arc<Unpacked>),
}

/// Identity of what stands behind a layer: a blob that occurs twice is read once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BlobKey(usize, u64, u64);

impl Blob {
    /// Its identity.
    pub fn key(&self) -> BlobKey {
        match self {
            Self::Stored(region) => {
                let (bytes, offset, len) = region.key();
                BlobKey(bytes, offset, len)
            }
            Self::Unpacked(layer) => BlobKey(Arc::as_ptr(layer).addr(), 0, layer.len()),
        }
    }

    /// Bytes as stored, or about those of the tar that a folder stands for: what progress is measured against, and what is worth being read first.
    pub fn len(&self) -> u64 {
        match self {
            Self::Stored(region) => region.len(),
            Self::Unpacked(layer) => layer.len(),
        }
    }

    /// Reads the layer. Its hashes are those that [`layer::EntryTable::hashed_by`] names.
    ///
    /// # Errors
    ///
    /// Only when cancelled. What is wrong with the layer is in [`layer::Changeset::fault`].
    pub fn read(&self, watch: &Watch<'_>) -> Result<Loaded, Cancelled> {
        match self {
            Self::Stored(region) => layer::read(layer::Region::new(region, 0, region.len()), watch),
            Self::Unpacked(layer) => layer.read(watch),
        }
    }

    /// The bytes that `verify` digests: of an unpacked layer its tar, which is no blob.
    pub fn stream(&self) -> Box<dyn Read + Send> {
        match self {
            Self::Stored(region) => Box::new(region.reader()),
            Self::Unpacked(layer) => layer.tar(),
        }
    }

    /// Whether its [`Self::stream`] is the layer byte by byte, so that digests can be held against it.
    pub fn is_exact(&self) -> bool {
        match self {
            Self::Stored(_) => true,
            Self::Unpacked(layer) => layer.is_exact(),
        }
    }

    /// Whether a [`Self::stream`] that ended after so many bytes was all there.
    pub fn is_whole(&self, bytes: u64) -> bool {
        match self {
            Self::Stored(region) => bytes == region.len(),
            Self::Unpacked(_) => true,
        }
    }

    /// The stored bytes of an entry, [`Entry::size`] of them or fewer; only of a layer that is not compressed. Where that
    /// takes long, `passed` is asked whether to go on.
    ///
    /// # Errors
    ///
    /// They are not there, or no longer wanted.
    pub fn plain(&self, entry: &Entry, passed: &dyn Fn(u64) -> bool) -> io::Result<Box<dyn Read + Send>> {
        match self {
            Self::Stored(region) => Ok(Box::new(region.part(entry.offset, entry.size).reader())),
            Self::Unpacked(layer) => layer.open(entry, passed),
        }
    }
}

impl From<Region> for Blob {
    fn from(region: Region) -> Self {
        Self::Stored(region)
    }
}
