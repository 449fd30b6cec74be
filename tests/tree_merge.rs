//! What layers make of each other: whiteouts, opaque directories, changes of type, links, as container engines show
//! them.
mod common;

use capas::layer::{EntryKind, LayerIndex, NoteKind};
use capas::tree::{NodeId, Tree, View};
use common::trees::{changes, life, merge, node, notes, rootfs};
use common::{Layer, TIME};

fn l() -> Layer {
    Layer::new()
}

/// The base of the table of observed engine behaviour.
fn base() -> Layer {
    l().dir("d")
        .file("d/one", "1")
        .dir("d/sub")
        .file("d/sub/three", "333")
        .file("d/two", "22")
        .file("file", "file")
        .symlink("link", "real")
        .dir("op")
        .file("op/a", "a")
        .dir("op/c")
        .file("op/c/d", "d")
        .dir("real")
        .file("real/x", "x")
}

fn two(layer: Layer) -> Tree {
    merge([base(), layer])
}

/// The paths below `prefix` after layer 2.
fn after(tree: &Tree, prefix: &str) -> Vec<String> {
    rootfs(tree, 2).into_iter().filter(|line| line.starts_with(prefix)).collect()
}

#[test]
fn a_single_layer_is_what_its_tar_says() {
    let tree = merge([base()]);
    assert_eq!(
        rootfs(&tree, 1),
        [
            "d dir",
            "d/one file 1",
            "d/sub dir",
            "d/sub/three file 3",
            "d/two file 2",
            "file file 4",
            "link symlink -> real",
            "op dir",
            "op/a file 1",
            "op/c dir",
            "op/c/d file 1",
            "real dir",
            "real/x file 1"
        ]
    );
    assert_eq!(rootfs(&tree, 0), [""; 0]);
    assert_eq!(notes(&tree), []);
    assert_eq!((tree.len(), tree.layer_count()), (14, 1));
}

#[test]
fn an_image_without_layers_has_a_root() {
    for tree in [Tree::default(), merge([]), merge([l()])] {
        assert!(tree.is_empty());
        assert_eq!(tree.len(), 1);
        assert_eq!(tree.find(b"/"), Some(NodeId::ROOT));
        assert_eq!(tree.children(NodeId::ROOT).count(), 0);
        assert_eq!(tree.totals(View::Rootfs(LayerIndex(1))).bytes(NodeId::ROOT), 0);
    }
}

#[test]
fn a_whiteout_hides_a_file_or_all_of_a_directory() {
    let tree = two(l().whiteout("file").whiteout("d"));
    assert_eq!(after(&tree, "d"), [""; 0]);
    assert_eq!(after(&tree, "file"), [""; 0]);
    assert_eq!(life(&tree, "d"), "1 stated, 2 whiteout");
    assert_eq!(life(&tree, "d/sub/three"), "1 stated, 2 hidden");
    assert_eq!(
        changes(&tree, View::Changeset(LayerIndex(2))),
        ["- d", "- d/one", "- d/sub", "- d/sub/three", "- d/two", "- file"]
    );
    assert_eq!(notes(&tree), []);
}

#[test]
fn a_whiteout_of_nothing_is_noted_and_implies_its_directories() {
    let tree = two(l().whiteout("d/none").whiteout("no/where"));
    assert_eq!(after(&tree, "no"), ["no implied"]);
    assert_eq!(after(&tree, "d").len(), 5);
    assert_eq!(notes(&tree), [(NoteKind::WhiteoutOfNothing, 2, "d/none no/where".into())]);
    assert_eq!(life(&tree, "d"), "1 stated", "a directory that is there needs no stating");
}

#[test]
fn a_whiteout_in_the_first_layer_is_of_nothing() {
    let tree = merge([l().whiteout("a").file("a", "new"), l().whiteout("a"), l().whiteout("a")]);
    assert_eq!(life(&tree, "a"), "1 whiteout, 1 stated, 2 whiteout, 3 whiteout");
    assert_eq!(
        notes(&tree),
        [(NoteKind::WhiteoutOfNothing, 1, "a".into()), (NoteKind::WhiteoutOfNothing, 3, "a".into())]
    );
}

#[test]
fn a_file_beside_its_own_whiteout_stays_in_either_order() {
    for layer in [l().whiteout("file").file("file", "newer"), l().file("file", "newer").whiteout("file")] {
        let tree = two(layer);
        assert_eq!(after(&tree, "file"), ["file file 5"]);
        assert_eq!(life(&tree, "file"), "1 stated, 2 whiteout, 2 stated");
    }
}

#[test]
fn a_directory_whited_out_and_made_again_shows_its_old_children() {
    let stated = two(l().whiteout("d").dir("d").file("d/new", "n"));
    let lines = ["d dir", "d/new file 1", "d/one file 1", "d/sub dir", "d/sub/three file 3", "d/two file 2"];
    assert_eq!(after(&stated, "d"), lines);
    assert_eq!(notes(&stated), [(NoteKind::RevivedDirectory, 2, "d".into())]);
    let implied = two(l().whiteout("d").file("d/new", "n"));
    assert_eq!(after(&implied, "d")[0], "d implied");
    assert_eq!(after(&implied, "d")[1..], lines[1..]);
    assert_eq!(notes(&implied), [(NoteKind::RevivedDirectory, 2, "d".into())]);
    let opaque = two(l().whiteout("d").dir("d").opaque("d").file("d/new", "n"));
    assert_eq!(after(&opaque, "d"), ["d dir", "d/new file 1"]);
    assert_eq!(notes(&opaque), []);
    let new = two(l().whiteout("file").dir("file").file("file/new", "n"));
    assert_eq!(after(&new, "file"), ["file dir", "file/new file 1"]);
    assert_eq!(notes(&new), [], "what was no directory has no old children");
}

#[test]
fn an_opaque_directory_hides_lower_children_in_any_order() {
    let layers = [
        l().opaque("op").dir("op").file("op/new", "n"),
        l().dir("op").file("op/new", "n").opaque("op"),
        l().file("op/new", "n").opaque("op"),
    ];
    for layer in layers {
        let tree = two(layer);
        assert_eq!(after(&tree, "op"), ["op dir", "op/new file 1"]);
        assert_eq!(life(&tree, "op/c/d"), "1 stated, 2 hidden");
        assert_eq!(notes(&tree), []);
    }
    let again = two(l().opaque("op").file("op/a", "again"));
    assert_eq!(life(&again, "op/a"), "1 stated, 2 hidden, 2 stated");
    assert_eq!(life(&again, "op"), "1 stated, 2 opaque");
    assert_eq!(changes(&again, View::Changeset(LayerIndex(2))), ["~ op/a content", "- op/c", "- op/c/d"]);
}

#[test]
fn an_opaque_directory_that_was_not_there_does_nothing() {
    let tree = two(l().opaque("new").file("new/x", "x"));
    assert_eq!(after(&tree, "new"), ["new implied", "new/x file 1"]);
    assert_eq!(notes(&tree), []);
}

#[test]
fn an_opaque_root_hides_nothing() {
    let tree = two(l().file(".wh..wh..opq", ""));
    assert_eq!(rootfs(&tree, 2), rootfs(&tree, 1));
}

#[test]
fn whiteouts_below_an_opaque_directory_are_not_of_nothing() {
    let tree = two(l().opaque("op").whiteout("op/a").whiteout("op/c/d").whiteout("op/none"));
    assert_eq!(after(&tree, "op"), ["op dir", "op/c implied"]);
    assert_eq!(life(&tree, "op/a"), "1 stated, 2 hidden, 2 whiteout");
    assert_eq!(notes(&tree), [(NoteKind::WhiteoutOfNothing, 2, "op/none".into())]);
}

#[test]
fn whatever_replaces_a_directory_kills_what_is_below() {
    for layer in [l().file("d", "d"), l().symlink("d", "x"), l().fifo("d"), l().device("d", b'3', 1, 2)] {
        let tree = two(layer);
        assert_eq!(after(&tree, "d").len(), 1);
        assert_eq!(life(&tree, "d"), "1 stated, 2 stated");
        assert_eq!(life(&tree, "d/sub/three"), "1 stated, 2 hidden");
        assert_eq!(notes(&tree), []);
    }
    let back = merge([base(), l().file("d", ""), l().dir("d").file("d/one", "new")]);
    assert_eq!(rootfs(&back, 3)[..2], ["d dir", "d/one file 3"]);
    assert_eq!(life(&back, "d/one"), "1 stated, 2 hidden, 3 stated");
}

#[test]
fn a_directory_over_a_directory_keeps_what_is_below() {
    let tree = two(l().mode(0o700).dir("d"));
    assert_eq!(after(&tree, "d").len(), 5);
    assert_eq!(changes(&tree, View::Changeset(LayerIndex(2))), ["~ d mode"]);
}

#[test]
fn a_directory_replaces_a_file_or_a_symlink_in_the_way() {
    let tree = two(l().file("file/x", "").file("link/x", ""));
    assert_eq!(after(&tree, "file"), ["file implied", "file/x file 0"]);
    assert_eq!(after(&tree, "link"), ["link implied", "link/x file 0"]);
    assert_eq!(after(&tree, "real"), ["real dir", "real/x file 1"], "the symlink is not followed");
    assert_eq!(notes(&tree), [(NoteKind::SymlinkReplacedByDirectory, 2, "link".into())]);
    let stated = two(l().dir("link").file("link/x", ""));
    assert_eq!(notes(&stated), [(NoteKind::SymlinkReplacedByDirectory, 2, "link".into())]);
    let meant = two(l().whiteout("link").dir("link").file("link/x", ""));
    assert_eq!(after(&meant, "link"), ["link dir", "link/x file 0"]);
    assert_eq!(notes(&meant), [], "a symlink that was removed first is not in the way");
}

#[test]
fn implied_directories_leave_lower_metadata_alone() {
    let tree = merge([l().mode(0o700).owner(5, 5).dir("bin"), l().file("bin/x", ""), l().file("lib/y", "")]);
    let facts = tree.facts(node(&tree, "bin"), LayerIndex(2)).unwrap();
    assert_eq!((facts.mode, facts.uid, facts.implied, facts.layer), (0o700, 5, false, LayerIndex(1)));
    let facts = tree.facts(node(&tree, "lib"), LayerIndex(3)).unwrap();
    assert_eq!((facts.mode, facts.uid, facts.implied, facts.mtime), (0o755, 0, true, None));
    assert_eq!(life(&tree, "bin"), "1 stated");
    assert_eq!(life(&tree, "lib"), "3 implied");
}

#[test]
fn the_last_of_several_entries_stays() {
    let tree = two(l().file("file", "a").file("./file", "bb").file("file", "ccc"));
    assert_eq!(after(&tree, "file"), ["file file 3"]);
    assert_eq!(life(&tree, "file"), "1 stated, 2 repeated, 2 repeated, 2 stated");
    let entries: Vec<u32> = tree.events(node(&tree, "file")).iter().map(|event| event.entry).collect();
    assert_eq!(entries, [5, 0, 1, 2]);
}

#[test]
fn a_path_that_gave_way_in_its_own_layer_changes_nothing_below() {
    let tree = two(l().file("file/x", "").file("file", "now a file"));
    assert_eq!(after(&tree, "file"), ["file file 10"]);
    assert_eq!(life(&tree, "file/x"), "2 repeated");
}

#[test]
fn a_device_zero_is_a_whiteout() {
    let tree = two(l().device("d", b'3', 0, 0));
    assert_eq!(after(&tree, "d"), [""; 0]);
    assert_eq!(life(&tree, "d/one"), "1 stated, 2 hidden");
}

#[test]
fn removed_again_and_again() {
    let add = || l().dir("d").big("d/big", 1000, 7);
    let tree = merge([l(), add(), l().whiteout("d"), add(), l().whiteout("d")]);
    assert_eq!(life(&tree, "d/big"), "2 stated, 3 hidden, 4 stated, 5 hidden");
    let at = |layer| tree.totals(View::Rootfs(LayerIndex(layer))).bytes(NodeId::ROOT);
    assert_eq!([0, 1, 2, 3, 4, 5].map(at), [0, 0, 1000, 0, 1000, 0]);
    assert_eq!(changes(&tree, View::Range(LayerIndex(2), LayerIndex(3))), [""; 0]);
    assert_eq!(changes(&tree, View::Range(LayerIndex(3), LayerIndex(4))), [""; 0], "the same came back");
}

#[test]
fn changes_name_what_differs() {
    let file = || l().file("f", "same");
    let device = |minor| l().device("f", b'3', 1, minor);
    let cases: [(Layer, Layer, &str); 12] = [
        (file(), file(), ""),
        (file(), l().file("f", "else"), "~ f content"),
        (file(), l().file("f", "longer"), "~ f content"),
        (file(), l().mode(0o600).file("f", "same"), "~ f mode"),
        (file(), l().owner(1, 0).file("f", "same"), "~ f owner"),
        (file(), l().owner(0, 1).file("f", "same"), "~ f owner"),
        (file(), l().xattr("user.a", "b").file("f", "same"), "~ f xattrs"),
        (file(), l().mtime(TIME + 1).file("f", "same"), "~ f time"),
        (l().symlink("f", "a"), l().symlink("f", "b"), "~ f link"),
        (device(1), device(2), "~ f device"),
        (file(), l().mode(0o644).symlink("f", "a"), "~ f type"),
        (l().file("f/x", ""), l().dir("f"), "~ f time"),
    ];
    for (before, after, expected) in cases {
        let tree = merge([before, after]);
        let lines = changes(&tree, View::Changeset(LayerIndex(2)));
        assert_eq!(lines.join(", "), expected);
        assert_eq!(tree.undecided(), []);
    }
}

#[test]
fn hard_links_bind_a_file_of_their_layer() {
    let tree =
        merge([l().file("a", "12345").hardlink("b", "./a").hardlink("c", "/b").hardlink("x/d", "x/../c")]);
    for name in ["a", "b", "c", "x/d"] {
        let facts = tree.facts(node(&tree, name), LayerIndex(1)).unwrap();
        assert_eq!((facts.kind, facts.size, facts.content.unwrap().entry), (EntryKind::File, 5, 0), "{name}");
        let group = tree.link_group(node(&tree, name), LayerIndex(1));
        let names: Vec<_> = group.iter().map(|&node| common::trees::path(&tree, node)).collect();
        assert_eq!(names, ["a", "b", "c", "x/d"]);
    }
    assert_eq!(tree.totals(View::Rootfs(LayerIndex(1))).bytes(NodeId::ROOT), 5);
    assert_eq!(notes(&tree), []);
}

#[test]
fn a_hard_link_outlives_its_target() {
    let tree = merge([l().big("a", 1000, 1).hardlink("b", "a"), l().whiteout("a"), l().file("a", "new")]);
    assert_eq!(rootfs(&tree, 2), ["b file 1000"]);
    assert_eq!(rootfs(&tree, 3), ["a file 3", "b file 1000"]);
    assert_eq!(tree.link_group(node(&tree, "b"), LayerIndex(1)).len(), 2);
    assert_eq!(tree.link_group(node(&tree, "b"), LayerIndex(3)), []);
    assert_eq!(tree.totals(View::Rootfs(LayerIndex(2))).bytes(NodeId::ROOT), 1000);
}

#[test]
fn hard_links_out_of_order_or_out_of_the_layer_are_noted() {
    let tree = merge([
        l().file("low", "low!").symlink("dir", "real").file("real/f", "fff"),
        l().hardlink("early", "late").file("late", "1234567").hardlink("up", "low").hardlink("via", "dir/f"),
        l().hardlink("chain", "up"),
    ]);
    assert_eq!(
        rootfs(&tree, 3),
        [
            "chain file 4",
            "dir symlink -> real",
            "early file 7",
            "late file 7",
            "low file 4",
            "real implied",
            "real/f file 3",
            "up file 4",
            "via file 3"
        ]
    );
    assert_eq!(
        notes(&tree),
        [
            (NoteKind::HardLinkOutsideLayer, 2, "early up via".into()),
            (NoteKind::HardLinkOutsideLayer, 3, "chain".into())
        ]
    );
    assert_eq!(tree.link_group(node(&tree, "low"), LayerIndex(3)).len(), 3);
}

#[test]
fn hard_links_to_nothing_are_noted() {
    let tree = merge([
        l().file("gone", "x").dir("d"),
        l().whiteout("gone")
            .hardlink("a", "none")
            .hardlink("b", "gone")
            .hardlink("c", "d")
            .hardlink("e", "f")
            .hardlink("f", "e")
            .hardlink("g", "a"),
    ]);
    assert_eq!(
        rootfs(&tree, 2),
        [
            "a hardlink -> none",
            "b hardlink -> gone",
            "c hardlink -> d",
            "d dir",
            "e hardlink -> f",
            "f hardlink -> e",
            "g hardlink -> a"
        ]
    );
    assert_eq!(
        notes(&tree),
        [
            (NoteKind::HardLinkOutsideLayer, 2, "e".into()),
            (NoteKind::UnresolvedHardLink, 2, "a b c e f g".into()),
        ]
    );
    assert_eq!(tree.facts(node(&tree, "a"), LayerIndex(2)).unwrap().size, 0);
}

#[test]
fn a_hard_link_binds_the_entry_before_it() {
    let tree =
        merge([l().file("a", "1").hardlink("b", "a").file("a", "333").hardlink("c", "a").hardlink("b", "b")]);
    assert_eq!(rootfs(&tree, 1), ["a file 3", "b file 1", "c file 3"]);
    assert_eq!(life(&tree, "b"), "1 repeated, 1 stated");
    assert_eq!(tree.totals(View::Rootfs(LayerIndex(1))).bytes(NodeId::ROOT), 4);
    assert_eq!(tree.totals(View::Changeset(LayerIndex(1))).bytes(NodeId::ROOT), 4);
    assert_eq!(tree.link_group(node(&tree, "c"), LayerIndex(1)).len(), 2);
    assert_eq!(notes(&tree), []);
}

#[test]
fn twenty_thousand_links_to_a_path_of_as_many_entries() {
    let mut layer = l();
    for _ in 0..20_000 {
        layer = layer.file("a", "");
    }
    for at in 0..20_000 {
        layer = layer.hardlink(format!("links/{at}"), "a");
    }
    let tree = merge([layer]);
    assert_eq!(tree.link_group(node(&tree, "a"), LayerIndex(1)).len(), 20_001);
    assert_eq!(notes(&tree), []);
}

#[test]
fn a_hard_link_to_a_symlink_is_that_symlink() {
    let tree = merge([l().symlink("s", "to").hardlink("h", "s")]);
    assert_eq!(rootfs(&tree, 1), ["h symlink -> to", "s symlink -> to"]);
    assert_eq!(tree.link_group(node(&tree, "h"), LayerIndex(1)).len(), 2);
}

#[test]
fn paths_ten_thousand_deep() {
    let deep = vec!["d"; 10_000].join("/");
    let tree = merge([
        l().file(format!("{deep}/x"), "1").hardlink(format!("{deep}/y"), format!("{deep}/x")),
        l().file(format!("{deep}/x"), "22"),
        l().whiteout("d"),
    ]);
    assert_eq!(tree.len(), 10_003);
    let last = node(&tree, &format!("{deep}/x"));
    assert_eq!(tree.depth(last), 10_001);
    assert_eq!(tree.facts(last, LayerIndex(2)).unwrap().size, 2);
    assert_eq!(tree.facts(last, LayerIndex(3)), None);
    assert_eq!(tree.totals(View::Rootfs(LayerIndex(2))).bytes(NodeId::ROOT), 3);
}

#[test]
fn a_thousand_layers() {
    let layer = |at: usize| {
        let layer = l().file("log", vec![b'x'; at]).file(format!("f/{at}"), "1");
        if at.is_multiple_of(10) { layer.opaque("f") } else { layer }
    };
    let tree = merge((1..=1000).map(layer));
    assert_eq!(rootfs(&tree, 1000), ["f implied", "f/1000 file 1", "log file 1000"]);
    assert_eq!(rootfs(&tree, 999).len(), 12);
    assert_eq!(life(&tree, "f/7"), "7 stated, 10 hidden");
    assert_eq!(life(&tree, "f/993"), "993 stated, 1000 hidden");
    assert_eq!(tree.totals(View::Rootfs(LayerIndex(995))).bytes(NodeId::ROOT), 995 + 6);
}

#[test]
fn names_are_bytes_and_found_by_them() {
    let tree =
        merge([l().file(b"a\xff/\xc3\xa9", "x").file("a b", ""), l().file(b"a\xff/z", "").file("a!", "")]);
    for path in [&b"a\xff"[..], b"a\xff/\xc3\xa9", b"a\xff/z", b"a b", b"a!"] {
        assert_eq!(tree.path(tree.find(path).unwrap()), path);
    }
    assert_eq!(tree.find(b"/./a b/"), tree.find(b"a b"));
    for path in [&b"a"[..], b"a\xff/", b"b", b"a b/..", b"a b/c"] {
        assert!(path == b"a\xff/" || tree.find(path).is_none());
    }
    let names: Vec<_> = tree.children(NodeId::ROOT).map(|node| tree.name(node).to_vec()).collect();
    assert_eq!(names, [&b"a b"[..], b"a!", b"a\xff"]);
    assert_eq!(tree.parent(tree.find(b"a\xff/z").unwrap()), tree.find(b"a\xff").unwrap());
    assert_eq!(tree.subtree(tree.find(b"a\xff").unwrap()), 3..6);
}
