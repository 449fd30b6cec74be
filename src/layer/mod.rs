//! One layer blob, read once, as a [`Changeset`].
//!
//! The way of a layer: `media` tells the compression by magic bytes and `inflate` undoes it; `blocks` goes through the
//! tar by seeking or as a stream; `reader` walks the headers (`tar::Header` over a cursor of its own, never
//! `tar::Archive`); `builder` normalises names and tells whiteouts; `paths` grows the one small tree of the layer's
//! paths, following its own symlinks. [`read`] does all of it. Nothing here knows of other layers; may use `oci` only.

mod blocks;
mod bodies;
mod builder;
mod changeset;
mod codec;
mod entry;
mod expand;
mod foreign;
mod header;
mod index;
mod inflate;
mod interner;
mod limits;
mod load;
mod media;
mod members;
mod name;
mod note;
mod number;
mod paths;
mod pax;
mod reader;
mod region;
mod shares;
mod sparse;
mod split;

pub use bodies::{Bodies, BodyError};
pub use changeset::{
    Changeset, ContentHash, EntryTable, LayerFault, LayerTree, Mark, NO_ENTRY, Node, Sparse,
};
pub use entry::{Attrs, Entry, EntryId, EntryKind, Xattr};
pub use expand::Expanded;
pub use index::LayerIndex;
pub use inflate::Inflate;
pub use limits::{Cancelled, Limits, Watch};
pub use load::{Loaded, read, read_plain, read_stream};
pub use media::Media;
pub use members::{Member, members};
pub use note::{Note, NoteKind, Notes};
pub use region::{ReadAt, Region};
pub use split::{Assembled, Piece, Pieces, read_pieces};
