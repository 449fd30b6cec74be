//! What was odd in a layer or an image: said, counted, never in the way.

use super::LayerIndex;

/// What a note is about. The sentence for people stands in `prose`, by this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NoteKind {
    /// A whiteout hides a path that no lower layer has. Harmless.
    WhiteoutOfNothing,
    /// `.wh.`, `.wh..` or `.wh...`: engines refuse it; skipped.
    BadWhiteout,
    /// A file stands before its own whiteout in one layer: the specification keeps it, engines refuse to load it.
    FileBeforeWhiteout,
    /// A directory is whited out and created again by plain entries: engines show its old children again, the
    /// specification does not.
    RevivedDirectory,
    /// An opaque marker at the root: no engine heeds it.
    OpaqueRoot,
    /// A character device 0:0, which overlayfs takes for a whiteout.
    DeviceWhiteout,
    /// `.wh..wh.plnk` and the like.
    AufsBookkeeping,
    /// A path occurs more than once in one layer: most engines refuse to load it.
    RepeatedPath,
    /// `..` in a name, clamped at the root; some engines refuse it.
    DotDotInName,
    /// A directory replaces a symlink of a lower layer: what engines do, and a common bug in images.
    SymlinkReplacedByDirectory,
    /// A file of this layer lies behind a symlink of the same layer and lands in its target.
    ThroughSymlink,
    /// A name uses a file of the same layer as its directory; the file gives way.
    FileAsParent,
    /// A hard link to nothing: 0 B.
    UnresolvedHardLink,
    /// A hard link to a file of a lower layer, or to one later in the tar: engines refuse to load it.
    HardLinkOutsideLayer,
    /// A hard link that claims data; none follow.
    HardLinkWithSize,
    /// A type that engines refuse (`7`, `S`, unknown letters).
    OddType,
    /// A sparse file.
    SparseFile,
    /// A PAX record that cannot be read; ignored.
    BadPaxRecord,
    /// A PAX global header, applied to what follows it.
    PaxGlobal,
    /// `LIBARCHIVE.xattr.` records, which engines ignore.
    LibarchiveXattr,
    /// `trusted.overlay.*` in a layer.
    OverlayXattr,
    /// Bytes after the end of the archive.
    TrailingData,
    /// The tar has no end blocks.
    NoEndBlocks,
    /// The history lists fewer layers than the image has.
    HistoryShort,
    /// The history lists more layers than the image has.
    HistoryLong,
    /// The image has no history.
    HistoryMissing,
    /// As many steps as layers, though some are marked as empty: the marks are not heeded.
    EmptyLayerIgnored,
    /// The number of `DiffIDs` is not the number of layers.
    DiffIdCount,
    /// A layer's bytes are not in what was opened (foreign layers, another platform's blobs).
    LayerAbsent,
    /// An encrypted layer.
    LayerEncrypted,
    /// A layer could be read in part only.
    LayerFaulty,
    /// An attestation was set aside.
    Attestation,
    /// The platform asked for is not there; the only one was opened.
    OtherPlatform,
    /// A bare root filesystem, shown as an image of one layer.
    BareRootfs,
    /// A descriptor's size or digest is not the blob's.
    WrongDescriptor,
    /// The archive or the stream ends before its end, or is damaged from some place on.
    CutShort,
}

/// One kind of oddity at some place of the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What about.
    pub kind: NoteKind,
    /// The layer, unless the whole image is meant. A changeset leaves it empty; the image fills it in.
    pub layer: Option<LayerIndex>,
    /// How often.
    pub count: u64,
    /// The first few places: paths (raw bytes, no leading slash) or digests.
    pub places: Vec<Box<[u8]>>,
}

/// The notes of a layer or an image, one for each kind and layer, bounded however odd the input is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes(Vec<Note>);

impl Notes {
    /// How many places are kept of each note.
    pub const PLACES: usize = 20;

    /// Counts one more of `kind`.
    pub fn add(&mut self, kind: NoteKind, layer: Option<LayerIndex>, place: &[u8]) {
        let at =
            self.0.iter().position(|note| note.kind == kind && note.layer == layer).unwrap_or_else(|| {
                self.0.push(Note { kind, layer, count: 0, places: Vec::new() });
                self.0.len() - 1
            });
        let note = &mut self.0[at];
        note.count += 1;
        if !place.is_empty() && note.places.len() < Self::PLACES {
            note.places.push(place.into());
        }
    }

    /// Takes over the notes of one layer's changeset, now naming the layer.
    pub fn adopt(&mut self, notes: &Self, layer: LayerIndex) {
        for note in &notes.0 {
            self.0.push(Note { layer: Some(layer), ..note.clone() });
        }
    }

    /// Takes over notes as they are.
    pub fn extend(&mut self, notes: &Self) {
        self.0.extend_from_slice(&notes.0);
    }

    /// All notes, in the order in which their kinds first occurred.
    pub fn iter(&self) -> std::slice::Iter<'_, Note> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a Notes {
    type Item = &'a Note;
    type IntoIter = std::slice::Iter<'a, Note>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
