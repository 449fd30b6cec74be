//! The account of every byte: the table of known answers, and its laws against layers replayed the naive way.
mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use capas::image::{Image, ImageInfo, ReadLayer};
use capas::layer::{LayerIndex, Limits, Loaded, Media, Region, read_plain};
use capas::ledger::{Cause, Extents, Ledger};
use capas::tree::{EntryRef, NodeId, Tree};
use common::Layer;
use common::changeset::{both, watched};
use common::model::{Changes, Rootfs, Thing, above, any_layers, is_hidden, replay};
use common::trees::{node, path};
use proptest::prelude::*;

/// Base layer `bin/sh` of 2 MB, then one layer a step.
fn image(layers: impl IntoIterator<Item = Layer>) -> Image {
    let base = Layer::new().dir("bin").big("bin/sh", 2 * MB, 200);
    let tars = std::iter::once(base).chain(layers).map(Layer::tar);
    assemble(tars.map(|tar| both(&tar)))
}

fn assemble(changesets: impl Iterator<Item = capas::layer::Changeset>) -> Image {
    let read: Vec<_> =
        changesets.map(|changeset| Some(ReadLayer::from(Loaded { media: Media::Gzip, changeset }))).collect();
    Image::assemble(Arc::new(ImageInfo::default()), &read)
}

/// A hundredth of a megabyte stands for one: the figures of the table are multiples of it.
const MB: usize = 10_000;

/// Ship, visible, dead by cause, in MB; the books balance.
fn account(layers: impl IntoIterator<Item = Layer>) -> String {
    let image = image(layers);
    let ledger = Ledger::new(&image);
    assert_eq!(ledger.imbalance(&image), None);
    let mb = |bytes: u64| {
        let (whole, rest) = (bytes / MB as u64, bytes % MB as u64);
        if rest == 0 { whole.to_string() } else { format!("{whole}+{rest}") }
    };
    let sums = [ledger.ship(), ledger.visible(), ledger.causes().total()].map(mb).join(" ");
    let causes: Vec<String> =
        ledger.causes().iter().map(|(cause, bytes)| format!(" {} {}", cause.word(), mb(bytes))).collect();
    sums + &causes.concat()
}

fn ten(path: &str) -> Layer {
    Layer::new().big(path, 10 * MB, 1)
}

#[test]
fn the_table_of_known_answers() {
    let in_d = || Layer::new().dir("d").big("d/a", 10 * MB, 1);
    let cases: [(&str, Vec<Layer>, &str); 21] = [
        ("rm file", vec![ten("a"), Layer::new().whiteout("a")], "12 2 10 deleted 10"),
        ("rm directory", vec![in_d(), Layer::new().whiteout("d")], "12 2 10 deleted 10"),
        (
            "rm directory twice",
            vec![in_d(), Layer::new().whiteout("d"), in_d(), Layer::new().whiteout("d")],
            "22 2 20 deleted 20",
        ),
        (
            "opaque",
            vec![in_d(), Layer::new().dir("d").opaque("d").file("d/new", "x")],
            "12+1 2+1 10 deleted 10",
        ),
        (
            "directory becomes symlink",
            vec![Layer::new().dir("lib").big("lib/a", 10 * MB, 1), Layer::new().symlink("lib", "usr/lib")],
            "12 2 10 deleted 10",
        ),
        (
            "directory becomes file",
            vec![Layer::new().dir("lib").big("lib/a", 10 * MB, 1), Layer::new().file("lib", "")],
            "12 2 10 deleted 10",
        ),
        ("chmod", vec![ten("a"), Layer::new().mode(0o600).big("a", 10 * MB, 1)], "22 12 10 metadata 10"),
        ("chown", vec![ten("a"), Layer::new().owner(1, 1).big("a", 10 * MB, 1)], "22 12 10 metadata 10"),
        (
            "setcap",
            vec![ten("a"), Layer::new().xattr("security.capability", [1]).big("a", 10 * MB, 1)],
            "22 12 10 metadata 10",
        ),
        ("touch", vec![ten("a"), Layer::new().mtime(5).big("a", 10 * MB, 1)], "22 12 10 rewritten 10"),
        (
            "three versions",
            vec![ten("a"), Layer::new().big("a", 10 * MB, 2), Layer::new().big("a", 10 * MB, 3)],
            "32 12 20 overwritten 20",
        ),
        ("grows", vec![Layer::new().big("a", MB, 1), ten("a")], "13 12 1 overwritten 1"),
        ("truncated", vec![ten("a"), Layer::new().file("a", "")], "12 2 10 overwritten 10"),
        (
            "one of two hard links removed",
            vec![ten("a").hardlink("b", "a"), Layer::new().whiteout("a")],
            "12 12 0",
        ),
        (
            "removed and added again",
            vec![ten("a"), Layer::new().whiteout("a"), ten("a")],
            "22 12 10 deleted 10",
        ),
        ("the same bytes under two names", vec![ten("a"), ten("b")], "22 22 0"),
        (
            "whiteout of a missing path beside a rewrite",
            vec![ten("a"), Layer::new().whiteout("none").big("a", 10 * MB, 1)],
            "22 12 10 rewritten 10",
        ),
        ("only a base file removed", vec![Layer::new().whiteout("bin/sh")], "2 0 2 deleted 2"),
        ("one layer", vec![], "2 2 0"),
        ("twice in one tar", vec![ten("a").big("a", MB, 2)], "13 3 10 repeated 10"),
        ("file becomes directory", vec![ten("a"), Layer::new().file("a/b", "")], "12 2 10 overwritten 10"),
    ];
    for (name, layers, expected) in cases {
        assert_eq!(account(layers), expected, "{name}");
    }
}

#[test]
fn hard_links_die_with_their_last_name() {
    let linked = || ten("a").hardlink("b", "a").hardlink("c", "a");
    let cases: [(&str, Vec<Layer>, &str); 9] = [
        (
            "the directory of the last name becomes a link after the other name is taken",
            vec![ten("a").hardlink("d/b", "a"), Layer::new().file("a", "x").symlink("d", "e")],
            "12+1 2+1 10 deleted 10",
        ),
        (
            "the directory of the one name becomes a file, the other name becomes a directory by what lies in it",
            vec![ten("d/a").hardlink("b", "d/a"), Layer::new().file("d", "x").opaque("b")],
            "12+1 2+1 10 deleted 10",
        ),
        (
            "and before",
            vec![ten("a").hardlink("d/b", "a"), Layer::new().symlink("d", "e").file("a", "x")],
            "12+1 2+1 10 overwritten 10",
        ),
        (
            "all removed in turn",
            vec![linked(), Layer::new().whiteout("a"), Layer::new().whiteout("b").whiteout("c")],
            "12 2 10 deleted 10",
        ),
        (
            "last name overwritten",
            vec![linked(), Layer::new().whiteout("a").whiteout("b"), Layer::new().file("c", "x")],
            "12+1 2+1 10 overwritten 10",
        ),
        // Whiteouts come first within a layer, so that the entry took the last name.
        (
            "removed and overwritten at once",
            vec![linked(), Layer::new().whiteout("a").whiteout("b").file("c", "x")],
            "12+1 2+1 10 overwritten 10",
        ),
        (
            "a link to it comes again",
            vec![linked(), Layer::new().hardlink("b", "c"), Layer::new().whiteout("a").whiteout("c")],
            "12 12 0",
        ),
        ("a name of a repeated file", vec![ten("a").hardlink("b", "a").file("a", "x")], "12+1 12+1 0"),
        (
            "each copied apart",
            vec![
                linked(),
                Layer::new()
                    .mode(0o700)
                    .big("a", 10 * MB, 1)
                    .mode(0o700)
                    .big("b", 10 * MB, 1)
                    .mode(0o700)
                    .big("c", 10 * MB, 1),
            ],
            "42 32 10 metadata 10",
        ),
    ];
    for (name, layers, expected) in cases {
        assert_eq!(account(layers), expected, "{name}");
    }
}

#[test]
fn the_matrix_says_who_wastes_whom() {
    let image = image([
        Layer::new().big("a", 5 * MB, 1).big("b", 3 * MB, 2),
        Layer::new().whiteout("a").mode(0o600).big("b", 3 * MB, 2),
        Layer::new().whiteout("b").whiteout("bin/sh"),
    ]);
    let ledger = Ledger::new(&image);
    let pairs: Vec<String> = ledger
        .matrix()
        .pairs()
        .iter()
        .map(|pair| {
            format!(
                "{}>{} {} {} {:?}",
                pair.born,
                pair.killed,
                pair.files,
                pair.bytes() / MB as u64,
                pair.causes.main()
            )
        })
        .collect();
    assert_eq!(pairs, ["1>4 1 2 Some(Deleted)", "2>3 2 8 Some(Deleted)", "3>4 1 3 Some(Deleted)"]);
    assert_eq!(ledger.matrix().killed_by(LayerIndex(4)), 5 * MB as u64);
    let dead: Vec<String> = ledger
        .dead(|born, death| born == LayerIndex(2) && death.cause == Cause::Metadata)
        .map(|(_, node, _)| path(&image.tree, node))
        .collect();
    assert_eq!(dead, ["b"]);
}

/// `saved relinked ambiguous` of layers 2 to the last, in MB; the boundaries; the groups at a threshold of 1 MB.
fn span(layers: impl IntoIterator<Item = Layer>) -> String {
    let image = image(layers);
    let ledger = Ledger::new(&image);
    let rows = (2..=ledger.layer_count()).map(LayerIndex).collect();
    let span = ledger.span(&image.tree, rows, MB as u64);
    let mb = |bytes: u64| bytes as f64 / MB as f64;
    let price = span.price;
    let boundaries: Vec<f64> = span.boundaries.iter().map(|bytes| mb(*bytes)).collect();
    let groups: Vec<String> = span
        .groups
        .iter()
        .map(|group| format!("{}-{} {}", group.from, group.to, mb(group.price.min())))
        .collect();
    format!("{} {} {} {boundaries:?} {groups:?}", mb(price.saved), mb(price.relinked), mb(price.ambiguous))
}

#[test]
fn groups_are_priced_by_what_crosses_their_boundaries() {
    let cases: [(&str, Vec<Layer>, &str); 8] = [
        ("independent", vec![ten("a"), ten("b"), ten("c")], "0 0 0 [0.0, 0.0] []"),
        (
            "two separate groups",
            vec![
                Layer::new().big("tool", 30 * MB, 1),
                Layer::new().big("download", 20 * MB, 2).big("kept", 20 * MB, 3),
                Layer::new().big("other", 4 * MB, 4),
                Layer::new().whiteout("download"),
                Layer::new().big("small", 2 * MB, 5),
                Layer::new().mode(0o700).big("small", 2 * MB, 5),
            ],
            "22 0 0 [0.0, 20.0, 20.0, 0.0, 2.0] [\"3-5 20\", \"6-7 2\"]",
        ),
        (
            "a log chains nothing",
            vec![Layer::new().big("log", 9, 1), Layer::new().big("log", 10, 1)],
            "0.0009 0 0 [0.0009] []",
        ),
        (
            "one of two names copied",
            vec![ten("a").hardlink("b", "a"), Layer::new().mode(0o700).big("a", 10 * MB, 1)],
            "0 10 0 [10.0] [\"2-3 10\"]",
        ),
        (
            "all of three names copied",
            vec![
                ten("a").hardlink("b", "a").hardlink("c", "a"),
                Layer::new()
                    .mode(0o700)
                    .big("a", 10 * MB, 1)
                    .mode(0o700)
                    .big("b", 10 * MB, 1)
                    .mode(0o700)
                    .big("c", 10 * MB, 1),
            ],
            "10 20 0 [10.0] [\"2-3 30\"]",
        ),
        (
            "one of two names appended to",
            vec![ten("a").hardlink("b", "a"), Layer::new().big("a", 11 * MB, 1)],
            "0 0 10 [0.0] []",
        ),
        ("linked again", vec![ten("a"), Layer::new().hardlink("b", "a")], "0 0 0 [0.0] []"),
        (
            "a base file copied",
            vec![Layer::new().mode(0o700).big("bin/sh", 2 * MB, 200), ten("a")],
            "0 0 0 [0.0] []",
        ),
    ];
    for (name, layers, expected) in cases {
        assert_eq!(span(layers), expected, "{name}");
    }
}

#[test]
fn exclusive_bytes_are_those_that_a_directory_alone_holds() {
    // As uv does: the cache shares its files with what is installed.
    let image = image([
        Layer::new()
            .dir("cache")
            .big("cache/shared", 5 * MB, 1)
            .big("cache/own", MB, 2)
            .dir("site")
            .hardlink("site/a", "cache/shared"),
        Layer::new().big("cache/old", MB, 3),
        Layer::new().whiteout("cache/old"),
    ]);
    let ledger = Ledger::new(&image);
    let extents = Extents::new(&image, &ledger);
    let at = |path: &str| extents.exclusive(&image.tree, node(&image.tree, path)) / MB as u64;
    assert_eq!((at("cache"), at("site"), at("cache/shared"), at("cache/own")), (1, 0, 0, 1));
    assert_eq!(extents.exclusive(&image.tree, NodeId::ROOT), ledger.visible());
    assert_eq!(extents.dead(&image.tree, node(&image.tree, "cache")), MB as u64);
    assert_eq!(ledger.dead_under(&image.tree, node(&image.tree, "cache"))[Cause::Deleted], MB as u64);
}

/// The files of a model: where born, of which size, with the layer and cause of death.
type Files = BTreeMap<(u16, String), (usize, Option<(u16, Cause)>)>;

/// The model's account, told from the rootfs before and after each layer.
fn naive(layers: &[Changes], rootfs: &[Rootfs]) -> Files {
    let mut files = Files::new();
    for (at, changes) in (1..).zip(layers) {
        for (path, thing) in &changes.entries {
            if let Thing::File { size, .. } = thing {
                files.insert((at, path.clone()), (*size, None));
            }
        }
    }
    for (inode, (_, death)) in &mut files {
        let names = |at: usize| -> BTreeSet<&String> {
            rootfs[at].iter().filter(|(_, state)| state.inode == *inode).map(|(path, _)| path).collect()
        };
        for killer in usize::from(inode.0) + 1..rootfs.len() {
            let before = names(killer - 1);
            if before.is_empty() || !names(killer).is_empty() {
                continue;
            }
            let changes = &layers[killer - 1];
            // Deleted ones first, then in the order of the tar, which is that of the paths; the last one decides.
            let ends =
                before.iter().map(|path| {
                    if is_hidden(changes, path) {
                        return (usurper(changes, path).map(Some), Cause::Deleted);
                    }
                    let old = rootfs[killer - 1][*path].thing.clone();
                    let cause =
                        match (old, changes.entries.get(*path)) {
                            (
                                Some(Thing::File { size, seed, mode, .. }),
                                Some(Thing::File { size: new_size, seed: new_seed, mode: new_mode, .. }),
                            ) if size == *new_size && (seed == *new_seed || size == 0) => {
                                if mode == *new_mode { Cause::Rewritten } else { Cause::Metadata }
                            }
                            _ => Cause::Overwritten,
                        };
                    let place = changes.entries.contains_key(*path).then(|| (*path).clone());
                    (Some(place), cause)
                });
            *death = ends.max().map(|(_, cause)| (killer as u16, cause));
            break;
        }
    }
    files
}

/// The entry that took a hidden path away with one of its directories, if no whiteout and no opaque directory did.
fn usurper(changes: &Changes, path: &str) -> Option<String> {
    let dirs = changes.dirs();
    let is_marked = changes.whiteouts.contains(path)
        || above(path).any(|dir| {
            changes.opaque.contains(dir) || changes.whiteouts.contains(dir) && !dirs.contains(dir)
        });
    above(path).filter(|dir| !is_marked && changes.is_other(dir)).min().map(str::to_owned)
}

fn plain_image(layers: &[Changes]) -> Image {
    assemble(layers.iter().map(|changes| {
        let tar = changes.tar().tar();
        // With hashes: contents decide causes.
        both(&tar)
    }))
}

fn files(tree: &Tree, ledger: &Ledger) -> Files {
    let mut files = Files::new();
    for layer in (1..=ledger.layer_count()).map(LayerIndex) {
        for (entry, fate) in (0..).zip(ledger.fates(layer)) {
            let entries = tree.entries(layer);
            if entries.kind(entry) == capas::layer::EntryKind::File {
                let death = fate.death.map(|death| (death.killer.0, death.cause));
                files.insert((layer.0, path(tree, fate.node)), (entries.get(entry).size as usize, death));
                assert_eq!(ledger.fate(EntryRef { layer, entry }), *fate);
            }
        }
    }
    files
}

proptest! {
    #[test]
    fn every_file_is_born_once_and_dies_as_a_naive_replay_says(layers in any_layers()) {
        let image = plain_image(&layers);
        let ledger = Ledger::new(&image);
        let rootfs = replay(&layers);
        prop_assert_eq!(files(&image.tree, &ledger), naive(&layers, &rootfs));
        prop_assert_eq!(ledger.imbalance(&image), None);
    }

    #[test]
    fn the_price_of_a_range_is_what_one_layer_would_not_ship(layers in any_layers()) {
        let image = plain_image(&layers);
        let ledger = Ledger::new(&image);
        let rootfs = replay(&layers);
        let count = layers.len() as u16;
        for from in 1..=count {
            for to in from..=count {
                let born = |inode: &(u16, String)| (from..=to).contains(&inode.0);
                let shipped: u64 = (from..=to).map(|at| ledger.account(LayerIndex(at)).payload).sum();
                let kept: BTreeMap<_, _> = rootfs[usize::from(to)]
                    .values()
                    .filter(|state| born(&state.inode))
                    .map(|state| (&state.inode, state.size() as u64))
                    .collect();
                let price = ledger.price(&image.tree, LayerIndex(from), LayerIndex(to));
                prop_assert_eq!(shipped - price.saved, kept.values().sum::<u64>());
                prop_assert!(price.relinked + price.ambiguous <= shipped - price.saved);
            }
        }
    }

    #[test]
    fn exclusive_bytes_are_those_of_files_with_all_names_under_a_path(layers in any_layers()) {
        let image = plain_image(&layers);
        let ledger = Ledger::new(&image);
        let extents = Extents::new(&image, &ledger);
        let rootfs = replay(&layers);
        let last = rootfs.last().unwrap();
        let under = |path: &str, dir: &str| {
            path == dir || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
        };
        for node in (1..image.tree.len() as u32).map(NodeId) {
            let dir = path(&image.tree, node);
            let mut names: BTreeMap<_, Vec<(&String, u64)>> = BTreeMap::new();
            for (path, state) in last {
                names.entry(&state.inode).or_default().push((path, state.size() as u64));
            }
            let expected: u64 = names
                .values()
                .filter(|names| names.iter().all(|(path, _)| under(path, &dir)))
                .map(|names| names[0].1)
                .sum();
            prop_assert_eq!(extents.exclusive(&image.tree, node), expected, "{}", dir);
        }
    }
}

#[test]
fn a_layer_that_was_cut_off_balances_too() {
    let mut tar = ten("a").big("b", MB, 2).tar();
    tar.truncate(10 * MB + 512 + 600);
    let cut = watched(Limits::default(), |watch| {
        read_plain(Region::new(&tar.as_slice(), 0, tar.len() as u64), watch)
    });
    assert!(cut.fault.is_some());
    let image = assemble([cut].into_iter());
    assert_eq!(Ledger::new(&image).imbalance(&image), None);
}
