//! One layer blob, read once, as a [`Changeset`].
//!
//! The way of a layer: `media` finds the compression by magic bytes and inflates; `reader` walks the tar
//! headers (its own cursor over `tar::Header`, never `tar::Archive`); `builder` normalises names, follows the
//! layer's own symlinks and sorts what it found into one small tree of paths. Nothing here knows of other layers.

mod bodies;
mod changeset;
mod entry;
mod index;
mod note;

pub use bodies::{Bodies, BodyError};
pub use changeset::{Changeset, EntryTable, LayerFault, LayerTree, Mark, NO_ENTRY, Node, Sparse};
pub use entry::{Attrs, Entry, EntryId, EntryKind, Xattr};
pub use index::LayerIndex;
pub use note::{Note, NoteKind, Notes};
