//! Notes: what was odd in an image, one plain sentence each.

use crate::layer::{Note, NoteKind};
use crate::text;

/// How many places a sentence names.
const PLACES: usize = 3;

/// The name of a kind in JSON, and its sentence for one and for many; `{n}` is the count.
type Words = (&'static str, &'static str, &'static str);

#[rustfmt::skip]
#[expect(clippy::too_many_lines, reason = "a table of text")]
const fn words(kind: NoteKind) -> Words {
    use NoteKind as K;
    match kind {
        K::WhiteoutOfNothing => ("whiteout-of-nothing",
            "a whiteout hides a path that no lower layer has; harmless",
            "{n} whiteouts hide paths that no lower layer has; harmless"),
        K::BadWhiteout => ("bad-whiteout",
            "a whiteout names nothing (`.wh.`, `.wh..` or `.wh...`); engines refuse it, it is skipped here",
            "{n} whiteouts name nothing (`.wh.`, `.wh..` or `.wh...`); engines refuse them, they are skipped here"),
        K::FileBeforeWhiteout => ("file-before-whiteout",
            "a path stands before its own whiteout in one layer: the specification keeps it, engines refuse to load it",
            "{n} paths stand before their own whiteouts in one layer: the specification keeps them, engines refuse to load them"),
        K::RevivedDirectory => ("revived-directory",
            "a directory is deleted and made again in one layer: engines show its old content again, the specification does not",
            "{n} directories are deleted and made again in one layer: engines show their old content again, the specification does not"),
        K::OpaqueRoot => ("opaque-root",
            "an opaque marker stands at the root; no engine heeds it",
            "{n} opaque markers stand at the root; no engine heeds them"),
        K::DeviceWhiteout => ("device-whiteout",
            "a character device 0:0 stands for a whiteout, as overlayfs writes it",
            "{n} character devices 0:0 stand for whiteouts, as overlayfs writes them"),
        K::AufsBookkeeping => ("aufs-bookkeeping",
            "an entry is bookkeeping of AUFS (`.wh..wh.`); ignored",
            "{n} entries are bookkeeping of AUFS (`.wh..wh.`); ignored"),
        K::RepeatedPath => ("repeated-path",
            "a path occurs more than once in one layer: the last one counts, most engines refuse to load it",
            "{n} paths occur more than once in one layer: the last one counts, most engines refuse to load it"),
        K::DotDotInName => ("dot-dot-in-name",
            "a name climbs with `..`; it is held at the root, and some engines refuse it",
            "{n} names climb with `..`; they are held at the root, and some engines refuse them"),
        K::SymlinkReplacedByDirectory => ("symlink-replaced-by-directory",
            "a directory takes the place of a symlink of a lower layer, and what lay behind the link is out of sight",
            "{n} directories take the place of symlinks of lower layers, and what lay behind the links is out of sight"),
        K::ThroughSymlink => ("through-symlink",
            "a path leads through a symlink of the same layer and lands in its target",
            "{n} paths lead through symlinks of the same layer and land in their targets"),
        K::FileAsParent => ("file-as-parent",
            "a name uses a file of the same layer as its directory; the file gives way",
            "{n} names use files of the same layer as their directories; the files give way"),
        K::UnresolvedHardLink => ("unresolved-hard-link",
            "a hard link leads to nothing and counts as empty",
            "{n} hard links lead to nothing and count as empty"),
        K::HardLinkOutsideLayer => ("hard-link-outside-layer",
            "a hard link leads to a lower layer or to a later entry; engines refuse to load it",
            "{n} hard links lead to lower layers or to later entries; engines refuse to load them"),
        K::HardLinkWithSize => ("hard-link-with-size",
            "a hard link claims data of its own; there are none",
            "{n} hard links claim data of their own; there are none"),
        K::OddType => ("odd-type",
            "an entry has a type that engines refuse; it is shown as a file",
            "{n} entries have a type that engines refuse; they are shown as files"),
        K::SparseFile => ("sparse-file",
            "a file is stored sparse: its holes do not ship",
            "{n} files are stored sparse: their holes do not ship"),
        K::BadPaxRecord => ("bad-pax-record",
            "an extended header cannot be read; ignored",
            "{n} extended headers cannot be read; ignored"),
        K::PaxGlobal => ("pax-global",
            "a global header applies to the entries after it",
            "{n} global headers apply to the entries after them"),
        K::LibarchiveXattr => ("libarchive-xattr",
            "an entry has attributes in libarchive's form, which engines ignore",
            "{n} entries have attributes in libarchive's form, which engines ignore"),
        K::OverlayXattr => ("overlay-xattr",
            "an entry has attributes that belong to overlayfs itself",
            "{n} entries have attributes that belong to overlayfs itself"),
        K::TrailingData => ("trailing-data",
            "bytes follow the end of the tar; they ship and nobody reads them",
            "bytes follow the end of the tar in {n} places; they ship and nobody reads them"),
        K::NoEndBlocks => ("no-end-blocks",
            "the tar lacks its end blocks; it may have been cut off between two entries",
            "{n} tars lack their end blocks; they may have been cut off between two entries"),
        K::HistoryShort => ("history-short",
            "the history lists fewer layers than the image has; a step is made up for the rest",
            "the history lists fewer layers than the image has; {n} steps are made up for the rest"),
        K::HistoryLong => ("history-long",
            "the history lists a layer more than the image has",
            "the history lists {n} layers more than the image has"),
        K::HistoryMissing => ("history-missing",
            "the image has no history; a step is made up for each layer",
            "the image has no history; a step is made up for each layer"),
        K::EmptyLayerIgnored => ("empty-layer-ignored",
            "the history marks steps as empty that have a layer each; the marks are not heeded",
            "the history marks steps as empty that have a layer each; the marks are not heeded"),
        K::DiffIdCount => ("diff-id-count",
            "the config does not list as many DiffIDs as the image has layers",
            "the config does not list as many DiffIDs as the image has layers"),
        K::LayerAbsent => ("layer-absent",
            "the bytes of a layer are not in what was opened",
            "the bytes of {n} layers are not in what was opened"),
        K::LayerEncrypted => ("layer-encrypted",
            "a layer is encrypted and cannot be read",
            "{n} layers are encrypted and cannot be read"),
        K::LayerFaulty => ("layer-faulty",
            "a layer could be read in part only",
            "{n} layers could be read in part only"),
        K::Attestation => ("attestation",
            "an attestation was set aside",
            "{n} attestations were set aside"),
        K::OtherPlatform => ("other-platform",
            "the image is for another platform than asked for; it is the only one",
            "the image is for another platform than asked for; it is the only one"),
        K::BareRootfs => ("bare-rootfs",
            "this is a bare root filesystem, shown as an image of one layer",
            "this is a bare root filesystem, shown as an image of one layer"),
        K::WrongDescriptor => ("wrong-descriptor",
            "a descriptor's size or digest is not its blob's",
            "the size or digest of {n} descriptors is not their blob's"),
        K::CutShort => ("cut-short",
            "the archive is not whole; what could be read is shown",
            "the archive is not whole; what could be read is shown"),
    }
}

/// The name of a kind in JSON.
pub const fn note_id(kind: NoteKind) -> &'static str {
    words(kind).0
}

/// A note as one sentence, safe on a terminal: `layer 3: 2 whiteouts hide ...: etc/a, etc/b`.
pub fn note(note: &Note) -> String {
    let (_, one, many) = words(note.kind);
    let mut sentence = note.layer.map_or_else(String::new, |layer| format!("layer {layer}: "));
    match note.count {
        1 => sentence.push_str(one),
        count => sentence.push_str(&many.replace("{n}", &count.to_string())),
    }
    let places: Vec<String> = note.places.iter().take(PLACES).map(|place| text::display(place)).collect();
    if !places.is_empty() {
        sentence.push_str(": ");
        sentence.push_str(&places.join(", "));
        if note.count > places.len() as u64 {
            sentence.push_str(", …");
        }
    }
    sentence
}

/// That layers are damaged, by number.
pub fn damaged(layers: &[String]) -> String {
    match layers {
        [one] => format!("layer {one} is damaged: what is shown of it may not be all"),
        many => format!("layers {} are damaged: what is shown of them may not be all", many.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::LayerIndex;

    #[test]
    fn one_many_and_where() {
        let mut odd = Note {
            kind: NoteKind::WhiteoutOfNothing,
            layer: Some(LayerIndex(3)),
            count: 1,
            places: vec![b"a/b".as_slice().into()],
        };
        assert_eq!(note(&odd), "layer 3: a whiteout hides a path that no lower layer has; harmless: a/b");
        odd.count = 12;
        odd.layer = None;
        odd.places = ["a", "b", "c", "d"].map(|place| place.as_bytes().into()).into();
        assert_eq!(note(&odd), "12 whiteouts hide paths that no lower layer has; harmless: a, b, c, …");
    }
}
