//! What one layer says, whole: its entries and the tree of the paths they name.

use std::sync::Arc;

use super::{Attrs, Entry, EntryId, EntryKind, Notes};

/// Stands in for an [`EntryId`] where a path has none: an implied directory, or a bare whiteout.
pub const NO_ENTRY: EntryId = u32::MAX;

/// One layer's content, independent of every other layer.
#[derive(Clone, Debug, Default)]
pub struct Changeset {
    /// The entries, in archive order; shared with the merged tree, which outlives the rest.
    pub entries: Arc<EntryTable>,
    /// The paths, sorted.
    pub paths: LayerTree,
    /// Length of the uncompressed tar in bytes, end blocks and trailing bytes included; up to the fault if there is one.
    pub tar_bytes: u64,
    /// Sum of [`Entry::size`] over all entries.
    pub payload_bytes: u64,
    /// What was odd.
    pub notes: Notes,
    /// Why reading stopped early, if it did. What was read until then is in the other fields.
    pub fault: Option<LayerFault>,
}

impl Changeset {
    /// Docker's size of the layer (the graph driver's `directory.Size` of the unpacked layer): the logical size of
    /// each regular file, plus the length of each symlink's target; a hard link adds nothing to its file.
    pub fn docker_bytes(&self) -> u64 {
        let present = self.paths.nodes.iter().filter(|node| node.entry != NO_ENTRY);
        present.fold(0, |sum: u64, node| {
            let bytes = match self.entries.kind(node.entry) {
                EntryKind::File => self.entries.apparent_size(node.entry),
                EntryKind::Symlink => self.entries.link(node.entry).map_or(0, <[u8]>::len) as u64,
                _ => 0,
            };
            sum.saturating_add(bytes)
        })
    }
}

/// Why a layer could not be read to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} at byte {offset} of the layer's tar")]
pub struct LayerFault {
    /// One clause: `the archive ends inside a file`.
    pub what: String,
    /// Offset in the uncompressed tar.
    pub offset: u64,
}

/// The entries of a layer with all that they share.
#[derive(Clone, Debug, Default)]
pub struct EntryTable {
    /// Archive order; whiteout and opaque markers are not among them.
    pub entries: Vec<Entry>,
    /// A hash of each entry's content, parallel to `entries`; empty when the layer was read by headers only.
    pub hashes: Vec<u64>,
    /// Which hash it is. Hashes of two kinds are never compared.
    pub hashed_by: ContentHash,
    /// How many bytes of the compressed blob each entry takes, its headers included, parallel to `entries`; empty when the
    /// layer is stored as it is. Exact at the stops of the inflater, pro rata between them: at most 64 KiB of tar for
    /// gzip, a block of at most 128 KiB for zstd.
    pub stored: Vec<u64>,
    /// What the blob has beyond `stored`: whiteouts, end blocks, trailers, tables of contents. With `stored` it adds up to
    /// the blob, or to what was read of it.
    pub stored_rest: u64,
    /// Interned attributes.
    pub attrs: Vec<Attrs>,
    /// Link targets as the tar spells them.
    pub links: Vec<Box<[u8]>>,
    /// Major and minor numbers of devices.
    pub devices: Vec<(u32, u32)>,
    /// Nanoseconds of the few entries whose time has a fraction, sorted by entry.
    pub fractions: Vec<(EntryId, u32)>,
    /// Sparse files, sorted by entry.
    pub sparse: Vec<(EntryId, Sparse)>,
}

/// The hashes by which contents are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContentHash {
    /// `xxh3_64`, made while a layer is inflated.
    #[default]
    Xxh3,
    /// CRC-64 with the polynomial of ISO 3309, as Go's `hash/crc64` and tar-split make it.
    Crc64,
}

/// A sparse file: its logical size and where its stored pieces belong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sparse {
    /// Size with the holes.
    pub size: u64,
    /// `(logical offset, length)` of each stored piece, in stored order.
    pub pieces: Vec<(u64, u64)>,
}

impl EntryTable {
    /// An entry.
    pub fn get(&self, id: EntryId) -> &Entry {
        &self.entries[id as usize]
    }

    /// Its attributes.
    pub fn attrs(&self, id: EntryId) -> &Attrs {
        &self.attrs[self.get(id).attrs as usize]
    }

    /// Its type.
    pub fn kind(&self, id: EntryId) -> EntryKind {
        self.attrs(id).kind
    }

    /// Target of a symlink or hard link, as the tar spells it.
    pub fn link(&self, id: EntryId) -> Option<&[u8]> {
        matches!(self.kind(id), EntryKind::Symlink | EntryKind::HardLink)
            .then(|| &*self.links[self.get(id).link as usize])
    }

    /// Major and minor number of a device.
    pub fn device(&self, id: EntryId) -> Option<(u32, u32)> {
        matches!(self.kind(id), EntryKind::Char | EntryKind::Block)
            .then(|| self.devices[self.get(id).link as usize])
    }

    /// The fraction of the modification time, in nanoseconds.
    pub fn nanos(&self, id: EntryId) -> u32 {
        self.fractions.binary_search_by_key(&id, |&(entry, _)| entry).map_or(0, |at| self.fractions[at].1)
    }

    /// The map of a sparse file.
    pub fn sparse(&self, id: EntryId) -> Option<&Sparse> {
        self.sparse.binary_search_by_key(&id, |(entry, _)| *entry).ok().map(|at| &self.sparse[at].1)
    }

    /// Logical size in bytes: what `stat` would say.
    pub fn apparent_size(&self, id: EntryId) -> u64 {
        self.sparse(id).map_or(self.get(id).size, |sparse| sparse.size)
    }

    /// Bytes that the entry takes in the compressed blob; `None` when the layer is stored as it is.
    pub fn stored_bytes(&self, id: EntryId) -> Option<u64> {
        self.stored.get(id as usize).copied()
    }

    /// The hash of the content, where it is known.
    pub fn hash(&self, id: EntryId) -> Option<u64> {
        self.hashes.get(id as usize).copied()
    }
}

/// What a layer says of one path beyond its entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark(pub u8);

impl Mark {
    /// `.wh.name` (or a character device 0:0) stands for this path.
    pub const WHITEOUT: u8 = 1;
    /// `.wh..wh..opq` stands in this directory.
    pub const OPAQUE: u8 = 2;
    /// Several entries name this path; the earlier ones are in [`LayerTree::repeated`].
    pub const REPEATED: u8 = 4;
    /// The path itself is stated or implied as existing after this layer (not a bare whiteout).
    pub const PRESENT: u8 = 8;

    /// Whether `bit` is set.
    pub fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }
}

/// One path of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where the name ends in [`LayerTree::names`]; it begins where the previous node's ends.
    pub name_end: u32,
    /// One past the last node below this one: the next sibling, if the parent has one.
    pub end: u32,
    /// The last entry of this path, or [`NO_ENTRY`].
    pub entry: EntryId,
    /// Whiteout, opaque, repeated, present.
    pub mark: Mark,
}

/// The normalised paths of a layer in depth-first order, siblings sorted by the bytes of their names. Node 0 is
/// the root, with an empty name; it has an entry where the tar holds one for `./`. Children of node `i` begin at
/// `i + 1`; the sibling of `c` is `nodes[c].end`.
///
/// A path that gave way in its own layer (something below a directory that a later entry made a file) keeps its node
/// without [`Mark::PRESENT`], and its entries are in `repeated`: every entry is the `entry` of one node or in `repeated`.
#[derive(Clone, Debug, Default)]
pub struct LayerTree {
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The last components of all paths, one after the other.
    pub names: Vec<u8>,
    /// Earlier entries of paths that occur more than once: `(node, entry)`, sorted, archive order within a node.
    pub repeated: Vec<(u32, EntryId)>,
}

impl LayerTree {
    /// The last component of a node's path.
    pub fn name(&self, node: u32) -> &[u8] {
        let node = node as usize;
        let start = node.checked_sub(1).map_or(0, |before| self.nodes[before].name_end);
        &self.names[start as usize..self.nodes[node].name_end as usize]
    }

    /// The children of a node, in order.
    pub fn children(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let end = self.nodes[node as usize].end;
        let mut next = node + 1;
        std::iter::from_fn(move || {
            let child = (next < end).then_some(next)?;
            next = self.nodes[child as usize].end;
            Some(child)
        })
    }
}
