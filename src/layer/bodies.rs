//! Contents of entries on demand.

use std::io::Read;

use super::{Entry, LayerIndex};

/// Opens the stored bytes of single entries. [`crate::source`] implements it for every kind of image; whoever needs
/// bytes is handed `&dyn Bodies`.
pub trait Bodies: Send + Sync {
    /// The [`Entry::size`] stored bytes of a regular file's entry of `layer`, as a stream. Far inside a compressed
    /// layer this costs one inflating pass from the nearest checkpoint.
    ///
    /// # Errors
    ///
    /// The layer's bytes are not there (foreign, missing, encrypted) or cannot be read.
    fn open(&self, layer: LayerIndex, entry: &Entry) -> Result<Box<dyn Read + Send + '_>, BodyError>;

    /// As [`Self::open`]. Where that takes long, `passed` hears from time to time how many bytes of the tar were passed,
    /// and ends it by saying false.
    ///
    /// # Errors
    ///
    /// As [`Self::open`], and when `passed` said false.
    fn open_heard(
        &self,
        layer: LayerIndex,
        entry: &Entry,
        passed: &dyn Fn(u64) -> bool,
    ) -> Result<Box<dyn Read + Send + '_>, BodyError> {
        let _ = passed;
        self.open(layer, entry)
    }

    /// Passes over contents of `layer`, ascending by offset: each is handed to `each` with its place in `wanted`, to be
    /// read as far as it likes; false ends the pass. A compressed layer is inflated once, however many contents there
    /// are, where opening each of them would start at the nearest checkpoint every time.
    ///
    /// # Errors
    ///
    /// As [`Self::open`]. What fails while a content is read is `each`'s to see.
    fn sweep(
        &self,
        layer: LayerIndex,
        wanted: &[Entry],
        each: &mut dyn FnMut(usize, &mut dyn Read) -> bool,
    ) -> Result<(), BodyError> {
        for (at, entry) in wanted.iter().enumerate() {
            if !each(at, &mut self.open(layer, entry)?) {
                break;
            }
        }
        Ok(())
    }
}

/// Why a content cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The layer's blob is not part of what was opened.
    #[error("the bytes of layer {0} are not in this image: {1}")]
    Absent(LayerIndex, String),
    /// Reading failed.
    #[error("layer {0} cannot be read: {1}")]
    Io(LayerIndex, std::io::Error),
}
