//! The merged tree against layers replayed the naive way, for generated layers.
mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use capas::layer::{ContentHash, EntryKind, LayerIndex, Limits, Region, read_plain, read_stream};
use capas::tree::{ChangeKind, Changed, NodeId, Tree, View, What};
use common::changeset::watched;
use common::model::{Changes, Rootfs, State, Thing, any_layers, is_hidden, replay};
use common::trees::{merge, nodes, path};
use proptest::prelude::*;

fn tree_of(layers: &[Changes]) -> Tree {
    merge(layers.iter().map(Changes::tar))
}

/// What the model's state is in the tree's words.
fn expected(state: &State) -> (EntryKind, u64, u16, bool, u16, Option<String>) {
    let (kind, size, mode, target) = match &state.thing {
        None => (EntryKind::Dir, 0, 0o755, None),
        Some(Thing::File { size, mode, .. }) => (EntryKind::File, *size as u64, *mode as u16, None),
        Some(Thing::Dir { mode }) => (EntryKind::Dir, 0, *mode as u16, None),
        Some(Thing::Symlink { target }) => {
            (EntryKind::Symlink, target.len() as u64, 0o777, Some(target.clone()))
        }
        Some(Thing::Hardlink { target }) => (EntryKind::HardLink, 0, 0o644, Some(target.clone())),
        Some(Thing::Fifo) => (EntryKind::Fifo, 0, 0o644, None),
    };
    (kind, size, mode, state.thing.is_none(), state.layer, target)
}

fn rootfs_is(tree: &Tree, at: u16, rootfs: &Rootfs) -> Result<(), TestCaseError> {
    let found: BTreeMap<String, _> = nodes(tree)
        .filter_map(|node| {
            let facts = tree.facts(node, LayerIndex(at))?;
            let target = facts.link_target.map(|target| String::from_utf8_lossy(target).into_owned());
            let state = (facts.kind, facts.size, facts.mode, facts.implied, facts.layer.0, target);
            Some((path(tree, node), state))
        })
        .collect();
    let expected: BTreeMap<String, _> =
        rootfs.iter().map(|(path, state)| (path.clone(), expected(state))).collect();
    prop_assert_eq!(found, expected, "after layer {}", at);
    Ok(())
}

/// What differs between two states.
fn difference(before: &State, after: &State) -> Changed {
    let mut changed = Changed::default();
    let (a, b) = (expected(before), expected(after));
    let time = |state: &State| match &state.thing {
        None => None,
        Some(Thing::File { time, .. }) => Some(*time),
        Some(_) => Some(common::TIME),
    };
    let content = |state: &State| match &state.thing {
        Some(Thing::File { size, seed, .. }) => Some((*size, if *size == 0 { 0 } else { *seed })),
        _ => None,
    };
    if a.0 != b.0 {
        changed = changed | Changed::TYPE;
    } else if a.5 != b.5 {
        changed = changed | Changed::LINK;
    }
    if let (Some(one), Some(other)) = (content(before), content(after))
        && one != other
    {
        changed = changed | Changed::CONTENT;
    }
    if a.2 != b.2 {
        changed = changed | Changed::MODE;
    }
    if time(before) != time(after) {
        changed = changed | Changed::TIME;
    }
    changed
}

fn change(before: Option<&State>, after: Option<&State>) -> (ChangeKind, Changed) {
    match (before, after) {
        (None, None) => (ChangeKind::Unchanged, Changed::default()),
        (None, Some(_)) => (ChangeKind::Added, Changed::default()),
        (Some(_), None) => (ChangeKind::Removed, Changed::default()),
        (Some(before), Some(after)) => match difference(before, after) {
            Changed(0) => (ChangeKind::Unchanged, Changed::default()),
            changed => (ChangeKind::Modified, changed),
        },
    }
}

/// Whether a layer does something to a path.
fn is_touched(changes: &Changes, lower: &Rootfs, upper: &Rootfs, layer: u16, path: &str) -> bool {
    changes.entries.contains_key(path)
        || changes.whiteouts.contains(path)
        || changes.opaque.contains(path)
        || lower.contains_key(path) && is_hidden(changes, path)
        || upper.get(path).is_some_and(|state| state.layer == layer)
}

fn views(count: u16) -> Vec<View> {
    let layers = 1..=count;
    let ranges =
        layers.clone().flat_map(|a| (a..=count).map(move |b| View::Range(LayerIndex(a), LayerIndex(b))));
    layers
        .clone()
        .flat_map(|at| [View::Changeset(LayerIndex(at)), View::Rootfs(LayerIndex(at))])
        .chain(ranges)
        .collect()
}

fn is_under(path: &str, dir: &str) -> bool {
    dir.is_empty() || path == dir || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'))
}

proptest! {
    #[test]
    fn every_rootfs_is_what_a_naive_replay_gives(layers in any_layers()) {
        let tree = tree_of(&layers);
        for (at, rootfs) in replay(&layers).iter().enumerate() {
            rootfs_is(&tree, at as u16, rootfs)?;
        }
    }

    #[test]
    fn paths_are_sorted_nested_and_found(layers in any_layers()) {
        let tree = tree_of(&layers);
        let paths: Vec<Vec<Vec<u8>>> = nodes(&tree)
            .map(|node| tree.path(node).split(|&b| b == b'/').map(<[u8]>::to_vec).collect())
            .collect();
        prop_assert!(paths.is_sorted() && paths.windows(2).all(|pair| pair[0] != pair[1]));
        for node in nodes(&tree) {
            prop_assert_eq!(tree.find(&tree.path(node)), Some(node));
            let below: Vec<NodeId> = nodes(&tree)
                .filter(|&other| is_under(&path(&tree, other), &path(&tree, node)))
                .collect();
            prop_assert_eq!(tree.subtree(node).map(NodeId).collect::<Vec<_>>(), below);
            prop_assert!(tree.children(tree.parent(node)).any(|child| child == node));
            prop_assert_eq!(tree.depth(node), path(&tree, node).split('/').count());
            let order: Vec<_> = tree.events(node).iter().map(|event| (event.layer, event.what)).collect();
            prop_assert!(order.is_sorted());
        }
    }

    #[test]
    fn changes_of_every_view_are_those_of_the_maps(layers in any_layers()) {
        let tree = tree_of(&layers);
        let rootfs = replay(&layers);
        for view in views(layers.len() as u16) {
            let (from, to) = view.points();
            let (before, after) = (&rootfs[from.0 as usize], &rootfs[to.0 as usize]);
            for node in nodes(&tree) {
                let path = path(&tree, node);
                let (one, other) = (before.get(&path), after.get(&path));
                let found = tree.change(node, view);
                prop_assert_eq!((found.kind, found.changed), change(one, other), "{} {:?}", path, view);
                let is_in = match view {
                    View::Changeset(at) => {
                        is_touched(&layers[at.offset()], before, after, at.0, &path)
                    }
                    View::Rootfs(_) => other.is_some(),
                    View::Range(..) => one.is_some() || other.is_some(),
                };
                prop_assert_eq!(tree.is_in(node, view), is_in, "{} {:?}", path, view);
            }
        }
    }

    #[test]
    fn totals_count_every_inode_and_every_change_once(layers in any_layers()) {
        let tree = tree_of(&layers);
        let rootfs = replay(&layers);
        for view in views(layers.len() as u16) {
            let totals = tree.totals(view);
            let (_, to) = view.points();
            for node in std::iter::once(NodeId::ROOT).chain(nodes(&tree)) {
                let dir = path(&tree, node);
                let bytes: usize = match view {
                    View::Changeset(at) => layers[at.offset()].entries.iter()
                        .filter(|(path, _)| is_under(path, &dir))
                        .map(|(_, thing)| if let Thing::File { size, .. } = thing { *size } else { 0 })
                        .sum(),
                    View::Rootfs(_) | View::Range(..) => {
                        let inodes: BTreeMap<_, _> = rootfs[to.0 as usize].iter()
                            .filter(|(path, _)| is_under(path, &dir))
                            .map(|(_, state)| (&state.inode, state.size()))
                            .collect();
                        inodes.values().sum()
                    }
                };
                prop_assert_eq!(totals.bytes(node), bytes as u64, "{} {:?}", dir, view);
                let mut counts = (0, 0, 0);
                for other in nodes(&tree).filter(|&other| is_under(&path(&tree, other), &dir)) {
                    if tree.is_in(other, view) {
                        match tree.change(other, view).kind {
                            ChangeKind::Added => counts.0 += 1,
                            ChangeKind::Modified => counts.1 += 1,
                            ChangeKind::Removed => counts.2 += 1,
                            ChangeKind::Unchanged => {}
                        }
                    }
                }
                prop_assert_eq!(totals.counts(node), counts, "{} {:?}", dir, view);
            }
        }
    }

    #[test]
    fn names_of_one_inode_know_each_other(layers in any_layers()) {
        let tree = tree_of(&layers);
        for (at, rootfs) in replay(&layers).iter().enumerate() {
            for (path, state) in rootfs {
                let mut group: BTreeSet<String> = rootfs.iter()
                    .filter(|(_, other)| other.inode == state.inode)
                    .map(|(path, _)| path.clone())
                    .collect();
                if group.len() == 1 {
                    group.clear();
                }
                let node = tree.find(path.as_bytes()).unwrap();
                let found: BTreeSet<String> = tree.link_group(node, LayerIndex(at as u16)).into_iter()
                    .map(|node| common::trees::path(&tree, node))
                    .collect();
                prop_assert_eq!(found, group, "{} after layer {}", path, at);
            }
        }
    }

    #[test]
    fn hashes_that_are_asked_for_decide(layers in any_layers(), ways in prop::collection::vec(0..3, 16)) {
        let hashed = tree_of(&layers);
        let read = layers.iter().zip(ways.iter().cycle()).map(|(layer, way)| {
            let tar = layer.tar().tar();
            let mut changeset = watched(Limits::default(), |watch| match way {
                0 => read_plain(Region::new(&tar, 0, tar.len() as u64), watch),
                _ => Ok(read_stream(&tar[..], watch)?.changeset),
            });
            if *way == 2 {
                // Another function of the content: equal contents have equal hashes, and no other layer's are like it.
                let table = Arc::make_mut(&mut changeset.entries);
                table.hashed_by = ContentHash::Crc64;
                table.hashes.iter_mut().for_each(|hash| *hash = !*hash);
            }
            Arc::new(changeset)
        });
        let mut tree = Tree::merge(&read.collect::<Vec<_>>());
        let asked = tree.undecided();
        let offset = |entry: &capas::tree::EntryRef| (entry.layer, tree.entries(entry.layer).get(entry.entry).offset);
        prop_assert!(asked.is_sorted_by_key(offset));
        let ways: BTreeSet<i32> = ways.into_iter().cycle().take(layers.len()).collect();
        prop_assert!(asked.is_empty() || ways.len() > 1 || ways.contains(&0), "one kind of hash is enough");
        let known = |entry: &capas::tree::EntryRef| hashed.entries(entry.layer).hash(entry.entry).unwrap();
        let hashes = asked.iter().map(|entry| (*entry, known(entry))).collect();
        tree.decide(hashes);
        prop_assert_eq!(tree.undecided(), []);
        for view in views(layers.len() as u16) {
            let (one, other) = (tree.totals(view), hashed.totals(view));
            for node in nodes(&tree) {
                prop_assert_eq!(tree.change(node, view), hashed.change(node, view));
                prop_assert_eq!(one.counts(node), other.counts(node));
            }
        }
    }

    #[test]
    fn a_path_lives_by_its_events(layers in any_layers()) {
        let tree = tree_of(&layers);
        for node in nodes(&tree) {
            let mut is_there = false;
            for event in tree.events(node) {
                match event.what {
                    What::Hidden => {
                        prop_assert!(is_there, "only what is there can be hidden");
                        is_there = false;
                    }
                    What::Whiteout => is_there = false,
                    What::Opaque | What::Repeated => {}
                    What::Implied => {
                        prop_assert!(!is_there || tree.facts(node, event.layer.below()).unwrap().kind != EntryKind::Dir);
                        is_there = true;
                    }
                    What::Stated => is_there = true,
                }
            }
            let last = LayerIndex(tree.layer_count() as u16);
            prop_assert_eq!(tree.facts(node, last).is_some(), is_there);
        }
    }
}
