//! One layer's tar to its tree of paths: names, whiteouts, links, repeats.
mod common;

use capas::layer::{Changeset, EntryKind, Limits, Mark, NO_ENTRY, NoteKind, Region, Watch, read_plain};
use common::Layer;
use common::changeset::{both, notes, tree, watched};

/// The layer as both readers see it.
fn read(layer: Layer) -> Changeset {
    both(&layer.tar())
}

#[test]
fn files_and_directories() {
    let layer = read(Layer::new().dir("a").file("a/b", "hello").file("a.txt", "").dir("z/"));
    assert_eq!(tree(&layer), ["a dir", "a/b file", "a.txt file", "z dir"]);
    assert_eq!((layer.payload_bytes, layer.docker_bytes()), (5, 5));
    assert_eq!(notes(&layer), []);
    assert_eq!(layer.fault, None);
}

#[test]
fn names_come_in_one_spelling() {
    let layer = read(
        Layer::new()
            .dir("./")
            .file("./d/one", "1")
            .file("/d/two", "2")
            .file("d//three", "3")
            .file("d/./four", "4")
            .file("x/../d/five", "5")
            .file("../escape", "6")
            .file("q/../../e", "7"),
    );
    assert_eq!(
        tree(&layer),
        [
            "d implied",
            "d/five file",
            "d/four file",
            "d/one file",
            "d/three file",
            "d/two file",
            "e file",
            "escape file"
        ]
    );
    assert_eq!(notes(&layer), [(NoteKind::DotDotInName, 2, "escape e".to_owned())]);
    assert_ne!(layer.paths.nodes[0].entry, NO_ENTRY, "the root is stated");
}

#[test]
fn a_name_that_is_nothing_is_dropped() {
    let layer = read(Layer::new().file("..", "x").file("/", "y").file("a/..", "z"));
    assert_eq!(tree(&layer), [""; 0]);
    assert_eq!((layer.entries.entries.len(), layer.payload_bytes), (0, 0));
}

#[test]
fn whiteouts_hide_and_are_no_entries() {
    let layer = read(
        Layer::new()
            .whiteout("d/gone")
            .whiteout("top")
            .dir("d/.wh.dir")
            .file("d/.wh.data", "ignored")
            .file("e", "x"),
    );
    assert_eq!(
        tree(&layer),
        ["d implied", "d/data whiteout", "d/dir whiteout", "d/gone whiteout", "e file", "top whiteout"]
    );
    assert_eq!((layer.entries.entries.len(), layer.payload_bytes), (1, 1));
    assert_eq!(notes(&layer), []);
}

#[test]
fn a_file_after_or_before_its_whiteout_stays() {
    let layer = read(Layer::new().whiteout("a").file("a", "new").file("b", "old").whiteout("b"));
    assert_eq!(tree(&layer), ["a file whiteout", "b file whiteout"]);
    assert_eq!(notes(&layer), [(NoteKind::FileBeforeWhiteout, 1, ".wh.b".to_owned())]);
}

#[test]
fn a_directory_whited_out_and_made_again_is_both() {
    let layer = read(Layer::new().whiteout("d").dir("d").file("d/new", "x").whiteout("e").file("e/new", "x"));
    assert_eq!(tree(&layer), ["d dir whiteout", "d/new file", "e implied whiteout", "e/new file"]);
    assert_eq!(notes(&layer), [], "whether anything comes to life again depends on the layers below");
    let layer = read(Layer::new().whiteout("d").dir("d").opaque("d").file("d/new", "x"));
    assert_eq!(tree(&layer), ["d dir whiteout opaque", "d/new file"]);
}

#[test]
fn opaque_markers_in_any_order() {
    let first = read(Layer::new().opaque("d").dir("d").file("d/x", "1"));
    let last = read(Layer::new().dir("d").file("d/x", "1").opaque("d"));
    assert_eq!(tree(&first), ["d dir opaque", "d/x file"]);
    assert_eq!(tree(&last), tree(&first));
    let bare = read(Layer::new().file("d/x", "1").opaque("d"));
    assert_eq!(tree(&bare), ["d implied opaque", "d/x file"]);
    let absent = read(Layer::new().opaque("no/where"));
    assert_eq!(tree(&absent), ["no implied", "no/where implied opaque"]);
}

#[test]
fn an_opaque_root_hides_nothing() {
    let layer = read(Layer::new().file(".wh..wh..opq", "").file("a", ""));
    assert_eq!(tree(&layer), ["a file"]);
    assert_eq!(notes(&layer), [(NoteKind::OpaqueRoot, 1, ".wh..wh..opq".to_owned())]);
    assert!(!layer.paths.nodes[0].mark.has(Mark::OPAQUE));
}

#[test]
fn bad_whiteouts_and_aufs_files_are_skipped() {
    let layer = read(
        Layer::new()
            .file("d/.wh.", "")
            .file("d/.wh..", "")
            .file("d/.wh...", "")
            .dir(".wh..wh.plnk")
            .file(".wh..wh.plnk/1.2", "x")
            .file(".wh..wh.aufs", "")
            .file("a.wh.b", "")
            .file(".white", ""),
    );
    assert_eq!(tree(&layer), [".white file", "a.wh.b file"]);
    assert_eq!(
        notes(&layer),
        [
            (NoteKind::BadWhiteout, 3, "d/.wh. d/.wh.. d/.wh...".to_owned()),
            (NoteKind::AufsBookkeeping, 3, ".wh..wh.plnk .wh..wh.plnk/1.2 .wh..wh.aufs".to_owned()),
        ]
    );
}

#[test]
fn a_device_0_0_is_a_whiteout() {
    let layer = read(
        Layer::new()
            .device("null", b'3', 1, 3)
            .device("gone", b'3', 0, 0)
            .file("x", "old")
            .device("x", b'3', 0, 0)
            .device("sda", b'4', 0, 0),
    );
    assert_eq!(tree(&layer), ["gone whiteout", "null char 1:3", "sda block 0:0", "x whiteout repeated"]);
    assert_eq!(
        notes(&layer),
        [(NoteKind::DeviceWhiteout, 2, "gone x".to_owned()), (NoteKind::RepeatedPath, 1, "x".to_owned())]
    );
    assert_eq!(layer.docker_bytes(), 0);
}

#[test]
fn the_last_of_several_entries_counts() {
    let layer = read(
        Layer::new()
            .file("f", "one")
            .file("f", "three")
            .file("./f", "four!!")
            .dir("nd")
            .mode(0o700)
            .dir("nd"),
    );
    assert_eq!(tree(&layer), ["f file repeated", "nd dir repeated"]);
    assert_eq!((layer.payload_bytes, layer.docker_bytes()), (14, 6));
    let f = &layer.paths.nodes[1];
    assert_eq!(layer.entries.get(f.entry).size, 6);
    assert_eq!(layer.paths.repeated, [(1, 0), (1, 1), (2, 3)]);
    assert_eq!(layer.entries.attrs(layer.paths.nodes[2].entry).mode, 0o700);
    assert_eq!(notes(&layer), [(NoteKind::RepeatedPath, 3, "f f nd".to_owned())]);
}

#[test]
fn what_stood_below_a_directory_that_became_a_file_gave_way() {
    let layer = read(Layer::new().dir("d").file("d/a/x", "12345").file("d", "f").file("e", ""));
    assert_eq!(tree(&layer), ["d file repeated", "d/a", "d/a/x repeated", "e file"]);
    assert_eq!((layer.payload_bytes, layer.docker_bytes()), (6, 1));
    let again = read(
        Layer::new()
            .dir("d")
            .whiteout("d/w")
            .file("d/x", "1")
            .symlink("d", "e")
            .dir("d")
            .file("d/y", "2")
            .file("d/x", "3"),
    );
    assert_eq!(tree(&again), ["d dir repeated", "d/w", "d/x file repeated", "d/y file"]);
    assert_eq!(again.docker_bytes(), 2);
}

#[test]
fn a_symlink_of_the_same_layer_is_followed() {
    let layer = read(
        Layer::new()
            .symlink("bin", "usr/bin")
            .dir("usr/bin")
            .file("bin/sh", "#!")
            .symlink("lib", "/usr/../usr/./lib64/")
            .file("lib/libc.so", "ELF")
            .whiteout("lib/old.so")
            .opaque("bin"),
    );
    assert_eq!(
        tree(&layer),
        [
            "bin symlink -> usr/bin",
            "lib symlink -> /usr/../usr/./lib64/",
            "usr implied",
            "usr/bin dir opaque",
            "usr/bin/sh file",
            "usr/lib64 implied",
            "usr/lib64/libc.so file",
            "usr/lib64/old.so whiteout",
        ]
    );
    assert_eq!(
        notes(&layer),
        [(NoteKind::ThroughSymlink, 4, "bin/sh lib/libc.so lib/.wh.old.so bin/.wh..wh..opq".to_owned())]
    );
}

#[test]
fn a_symlink_cannot_leave_the_root() {
    let layer = read(Layer::new().symlink("a", "../../../etc").file("a/passwd", "x"));
    assert_eq!(tree(&layer), ["a symlink -> ../../../etc", "etc implied", "etc/passwd file"]);
}

#[test]
fn a_symlink_that_leads_nowhere_gives_way() {
    let layer = read(Layer::new().symlink("a", "b").symlink("b", "a").file("a/x", "1"));
    let tree = tree(&layer);
    assert!(tree.contains(&"a/x file".to_owned()) || tree.contains(&"b/x file".to_owned()), "{tree:?}");
    assert_eq!(layer.docker_bytes(), 2);
    assert!(notes(&layer).iter().any(|(kind, ..)| *kind == NoteKind::FileAsParent));
}

#[test]
fn a_later_symlink_replaces_the_directory() {
    let layer = read(Layer::new().file("bin/x", "1").symlink("bin", "usr/bin").file("bin/y", "2"));
    assert_eq!(
        tree(&layer),
        ["bin symlink -> usr/bin", "bin/x repeated", "usr implied", "usr/bin implied", "usr/bin/y file"]
    );
}

#[test]
fn a_file_in_the_way_of_a_directory_gives_way() {
    let layer = read(Layer::new().file("f", "123").file("f/x", "1"));
    assert_eq!(tree(&layer), ["f implied repeated", "f/x file"]);
    assert_eq!(notes(&layer), [(NoteKind::FileAsParent, 1, "f/x".to_owned())]);
    assert_eq!(layer.docker_bytes(), 1);
}

#[test]
fn hard_links_have_no_data_whatever_they_claim() {
    let layer = read(Layer::new().file("a", "12345").entry(b'1', "b", b"a", 5, (0, 0)).file("c", "6"));
    assert_eq!(tree(&layer), ["a file", "b hardlink -> a", "c file"]);
    assert_eq!((layer.payload_bytes, layer.docker_bytes()), (6, 6));
    assert_eq!(notes(&layer), [(NoteKind::HardLinkWithSize, 1, "b".to_owned())]);
    assert_eq!(layer.entries.kind(1), EntryKind::HardLink);
}

#[test]
fn a_link_to_a_symlink_and_a_fifo() {
    let layer = read(Layer::new().symlink("s", "nowhere").hardlink("h", "s").fifo("p"));
    assert_eq!(tree(&layer), ["h hardlink -> s", "p fifo", "s symlink -> nowhere"]);
    assert_eq!(layer.docker_bytes(), 7);
}

#[test]
fn names_are_bytes() {
    let layer = read(
        Layer::new()
            .file(b"\xff\xfe", "1")
            .file("a\x1b[2J", "2")
            .file("\u{e9}", "3")
            .file("e\u{301}", "4")
            .file("E", "5"),
    );
    assert_eq!(
        tree(&layer),
        ["E file", r"a\x1b[2J file", r"e\xcc\x81 file", r"\xc3\xa9 file", r"\xff\xfe file"]
    );
}

#[test]
fn the_drive_of_a_windows_layer_is_its_root() {
    let layer = || {
        Layer::new()
            .pax("MSWINDOWS.fileattr", "16")
            .dir("Files")
            .file("Files/Windows/win.ini", "[fonts]")
            .hardlink("Files/copy.ini", "Files/Windows/win.ini")
            .whiteout("Files/old")
            .file("Hives/Software_Delta", "hive")
            .file("Filesystem", "x")
    };
    let tar = layer().tar();
    let windows = watched(Limits::default(), |watch| {
        read_plain(Region::new(&tar, 0, tar.len() as u64), &Watch { windows: true, ..*watch })
    });
    assert_eq!(
        tree(&windows),
        [
            "Filesystem file",
            "Hives implied",
            "Hives/Software_Delta file",
            "Windows implied",
            "Windows/win.ini file",
            "copy.ini hardlink -> Windows/win.ini",
            "old whiteout",
        ]
    );
    assert_ne!(windows.paths.nodes[0].entry, NO_ENTRY, "`Files` is the root");
    let linux = read(layer());
    assert!(tree(&linux).contains(&"Files/Windows/win.ini file".to_owned()), "elsewhere it is a folder");
}
