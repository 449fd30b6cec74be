//! Reads layers for tests and writes what they say in a few words.

use std::sync::atomic::AtomicBool;

use capas::layer::{
    Cancelled, Changeset, EntryKind, Limits, Loaded, Mark, NO_ENTRY, NoteKind, Region, Watch, read,
    read_plain, read_stream,
};

/// Runs `with` under these limits, watched by nobody.
pub fn watched<T>(limits: Limits, with: impl FnOnce(&Watch<'_>) -> Result<T, Cancelled>) -> T {
    with(&Watch { limits, windows: false, progress: &|_| {}, cancel: &AtomicBool::new(false) }).unwrap()
}

/// A blob of any compression, as it is read from a file.
pub fn load(blob: &[u8]) -> Loaded {
    watched(Limits::default(), |watch| read(Region::new(&blob, 0, blob.len() as u64), watch))
}

/// A plain tar, read in both ways, which must agree in everything but hashes.
pub fn both(tar: &[u8]) -> Changeset {
    both_within(tar, Limits::default())
}

/// The same, within limits.
pub fn both_within(tar: &[u8], limits: Limits) -> Changeset {
    let seek = watched(limits, |watch| read_plain(Region::new(&tar, 0, tar.len() as u64), watch));
    let stream = watched(limits, |watch| read_stream(tar, watch)).changeset;
    assert_same(&seek, &stream);
    stream
}

/// Equal in everything but hashes.
pub fn assert_same(a: &Changeset, b: &Changeset) {
    assert_eq!(a.entries.entries, b.entries.entries);
    assert_eq!(a.entries.attrs, b.entries.attrs);
    assert_eq!(a.entries.links, b.entries.links);
    assert_eq!(a.entries.devices, b.entries.devices);
    assert_eq!(a.entries.fractions, b.entries.fractions);
    assert_eq!(a.entries.sparse, b.entries.sparse);
    assert_eq!(a.paths.nodes, b.paths.nodes);
    assert_eq!(a.paths.names, b.paths.names);
    assert_eq!(a.paths.repeated, b.paths.repeated);
    assert_eq!((a.tar_bytes, a.payload_bytes), (b.tar_bytes, b.payload_bytes));
    assert_eq!((&a.notes, &a.fault), (&b.notes, &b.fault));
}

/// One line for each path: `usr/bin symlink -> /bin whiteout`. A path without a type gave way in its own layer.
/// Also checks that the tree is well formed and holds every entry once.
pub fn tree(layer: &Changeset) -> Vec<String> {
    check(layer);
    let mut lines = Vec::new();
    let mut open = vec![(0, Vec::new())];
    while let Some((node, path)) = open.pop() {
        if node > 0 {
            let at = layer.paths.nodes[node as usize];
            let mut line = path.escape_ascii().to_string();
            line.push_str(&describe(layer, at.entry));
            if at.entry == NO_ENTRY && at.mark.has(Mark::PRESENT) {
                line.push_str(" implied");
            }
            let marks =
                [(Mark::WHITEOUT, " whiteout"), (Mark::OPAQUE, " opaque"), (Mark::REPEATED, " repeated")];
            line.extend(marks.iter().filter(|(bit, _)| at.mark.has(*bit)).map(|(_, word)| *word));
            lines.push(line);
        }
        let children: Vec<u32> = layer.paths.children(node).collect();
        for &child in children.iter().rev() {
            let slash: &[u8] = if path.is_empty() { b"" } else { b"/" };
            open.push((child, [&path, slash, layer.paths.name(child)].concat()));
        }
    }
    lines
}

fn describe(layer: &Changeset, entry: u32) -> String {
    if entry == NO_ENTRY {
        return String::new();
    }
    let link = || layer.entries.link(entry).unwrap().escape_ascii().to_string();
    let device = || {
        let (major, minor) = layer.entries.device(entry).unwrap();
        format!("{major}:{minor}")
    };
    match layer.entries.kind(entry) {
        EntryKind::File => " file".to_owned(),
        EntryKind::Dir => " dir".to_owned(),
        EntryKind::Symlink => format!(" symlink -> {}", link()),
        EntryKind::HardLink => format!(" hardlink -> {}", link()),
        EntryKind::Char => format!(" char {}", device()),
        EntryKind::Block => format!(" block {}", device()),
        EntryKind::Fifo => " fifo".to_owned(),
    }
}

/// Each entry at one place, siblings sorted, sums right.
fn check(layer: &Changeset) {
    let tree = &layer.paths;
    let count = tree.nodes.len() as u32;
    assert_eq!(tree.nodes[0].end, count);
    assert_eq!(tree.nodes[count as usize - 1].name_end as usize, tree.names.len());
    let mut places = vec![0; layer.entries.entries.len()];
    for node in 0..count {
        let at = tree.nodes[node as usize];
        assert!(at.end > node && at.end <= count);
        assert_eq!(at.mark.0 & !15, 0, "no mark of the making is left");
        if at.entry != NO_ENTRY {
            assert!(at.mark.has(Mark::PRESENT));
            places[at.entry as usize] += 1;
        }
        let children: Vec<u32> = tree.children(node).collect();
        assert!(children.windows(2).all(|pair| tree.name(pair[0]) < tree.name(pair[1])));
        let repeated = tree.repeated.iter().any(|&(other, _)| other == node);
        assert_eq!(at.mark.has(Mark::REPEATED), repeated);
    }
    assert!(tree.repeated.is_sorted());
    for &(_, entry) in &tree.repeated {
        places[entry as usize] += 1;
    }
    assert!(places.iter().all(|&times| times == 1), "{places:?}");
    assert_eq!(layer.payload_bytes, layer.entries.entries.iter().map(|entry| entry.size).sum::<u64>());
    assert!(layer.payload_bytes <= layer.tar_bytes);
    let hashes = layer.entries.hashes.len();
    assert!(hashes == 0 || hashes == places.len());
}

/// Kind, count and places of each note.
pub fn notes(layer: &Changeset) -> Vec<(NoteKind, u64, String)> {
    let places = |places: &[Box<[u8]>]| {
        places.iter().map(|place| place.escape_ascii().to_string()).collect::<Vec<_>>().join(" ")
    };
    layer.notes.iter().map(|note| (note.kind, note.count, places(&note.places))).collect()
}
