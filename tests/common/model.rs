//! Layers replayed the naive way, path by path over a map: the oracle for the merged tree.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{Layer, TIME};

/// What a layer says of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    File { size: usize, seed: u8, mode: u32, time: u64 },
    Dir { mode: u32 },
    Symlink { target: String },
    Hardlink { target: String },
    Fifo,
}

/// One layer: entries, whiteouts and opaque directories by path.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub entries: BTreeMap<String, Thing>,
    pub whiteouts: BTreeSet<String>,
    pub opaque: BTreeSet<String>,
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// `None` for an implied directory.
    pub thing: Option<Thing>,
    /// The layer and path that made what stands here: of a hard link, its file's.
    pub inode: (u16, String),
    /// The layer that put it here.
    pub layer: u16,
}

pub type Rootfs = BTreeMap<String, State>;

impl State {
    pub fn is_dir(&self) -> bool {
        matches!(self.thing, None | Some(Thing::Dir { .. }))
    }

    pub fn size(&self) -> usize {
        if let Some(Thing::File { size, .. }) = self.thing { size } else { 0 }
    }
}

/// The directories above a path, nearest last.
pub fn above(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

impl Changes {
    /// Drops what one tar could not say plainly: paths below what is no directory, opaque markers in it.
    pub fn tidy(mut self) -> Self {
        let paths: Vec<String> = self.entries.keys().cloned().collect();
        for path in paths {
            let blocked = above(&path).any(|dir| self.is_other(dir));
            if blocked {
                self.entries.remove(&path);
            }
        }
        let entries = self.clone();
        self.whiteouts.retain(|path| !above(path).any(|dir| entries.is_other(dir)));
        self.opaque.retain(|path| !entries.is_other(path) && !above(path).any(|dir| entries.is_other(dir)));
        self
    }

    pub fn is_other(&self, path: &str) -> bool {
        !matches!(self.entries.get(path), None | Some(Thing::Dir { .. }))
    }

    /// All directories that the layer names or implies.
    pub fn dirs(&self) -> BTreeSet<String> {
        let mut dirs = self.opaque.clone();
        for path in self.entries.keys().chain(&self.whiteouts).chain(&self.opaque) {
            dirs.extend(above(path).map(str::to_owned));
        }
        dirs.extend(self.entries.keys().filter(|path| !self.is_other(path)).cloned());
        dirs
    }

    pub fn tar(&self) -> Layer {
        let mut layer = Layer::new();
        for path in &self.whiteouts {
            layer = layer.whiteout(path);
        }
        for path in &self.opaque {
            layer = layer.opaque(path);
        }
        for (path, thing) in &self.entries {
            layer = match thing {
                Thing::File { size, seed, mode, time } => {
                    layer.mode(*mode).mtime(*time).big(path, *size, *seed)
                }
                Thing::Dir { mode } => layer.mode(*mode).dir(path),
                Thing::Symlink { target } => layer.symlink(path, target),
                Thing::Hardlink { target } => layer.hardlink(path, target),
                Thing::Fifo => layer.fifo(path),
            };
        }
        layer
    }
}

/// Whether a layer takes away what the layers below have at a path.
pub fn is_hidden(changes: &Changes, path: &str) -> bool {
    let dirs = changes.dirs();
    let comes_back = |dir: &str| dirs.contains(dir) && !changes.opaque.contains(dir);
    changes.whiteouts.contains(path)
        || above(path).any(|dir| {
            changes.opaque.contains(dir)
                || changes.whiteouts.contains(dir) && !comes_back(dir)
                || changes.is_other(dir)
        })
}

/// The rootfs after a layer.
pub fn apply(lower: &Rootfs, changes: &Changes, layer: u16) -> Rootfs {
    let mut rootfs: Rootfs = lower
        .iter()
        .filter(|(path, _)| !is_hidden(changes, path))
        .map(|(path, state)| (path.clone(), state.clone()))
        .collect();
    let seen = rootfs.clone();
    let dirs = changes.dirs();
    for dir in &dirs {
        if !rootfs.get(dir).is_some_and(State::is_dir) {
            rootfs.insert(dir.clone(), State { thing: None, inode: (layer, dir.clone()), layer });
        }
    }
    for (path, thing) in &changes.entries {
        let bound = match thing {
            Thing::Hardlink { .. } => bound(&seen, changes, &dirs, path, layer, &mut BTreeSet::new()),
            _ => None,
        };
        let (thing, inode) = bound.unwrap_or_else(|| (thing.clone(), (layer, path.clone())));
        rootfs.insert(path.clone(), State { thing: Some(thing), inode, layer });
    }
    rootfs
}

/// What a hard link of a layer binds.
fn bound(
    seen: &Rootfs,
    changes: &Changes,
    dirs: &BTreeSet<String>,
    path: &str,
    layer: u16,
    on_the_way: &mut BTreeSet<String>,
) -> Option<(Thing, (u16, String))> {
    let Some(Thing::Hardlink { target }) = changes.entries.get(path) else { return None };
    if !on_the_way.insert(path.to_owned()) {
        return None;
    }
    match changes.entries.get(target).filter(|_| target != path) {
        Some(Thing::Dir { .. }) => None,
        Some(Thing::Hardlink { .. }) => bound(seen, changes, dirs, target, layer, on_the_way),
        Some(thing) => Some((thing.clone(), (layer, target.clone()))),
        None if dirs.contains(target) => None,
        None => {
            let state = seen.get(target)?;
            let thing = state.thing.clone()?;
            let links = matches!(thing, Thing::Dir { .. } | Thing::Hardlink { .. });
            (!links).then(|| (thing, state.inode.clone()))
        }
    }
}

/// The rootfs before and after each layer.
pub fn replay(layers: &[Changes]) -> Vec<Rootfs> {
    let mut all = vec![Rootfs::new()];
    for (at, changes) in layers.iter().enumerate() {
        all.push(apply(&all[at], changes, at as u16 + 1));
    }
    all
}

pub fn any_path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "B", "ab", "c.d"]), 1..4)
        .prop_map(|parts| parts.join("/"))
}

fn any_thing() -> impl Strategy<Value = Thing> {
    let mode = prop::sample::select(vec![0o644, 0o600, 0o755]);
    let file = (0_usize..4, 0_u8..2, mode.clone(), TIME..TIME + 2)
        .prop_map(|(size, seed, mode, time)| Thing::File { size: size * 100, seed, mode, time });
    prop_oneof![
        4 => file,
        3 => mode.prop_map(|mode| Thing::Dir { mode }),
        1 => prop::sample::select(vec!["no", "where"])
            .prop_map(|target| Thing::Symlink { target: target.to_owned() }),
        3 => any_path().prop_map(|target| Thing::Hardlink { target }),
        1 => Just(Thing::Fifo),
    ]
}

/// One layer.
pub fn any_changes() -> impl Strategy<Value = Changes> {
    (
        prop::collection::btree_map(any_path(), any_thing(), 0..10),
        prop::collection::btree_set(any_path(), 0..3),
        prop::collection::btree_set(any_path(), 0..2),
    )
        .prop_map(|(entries, whiteouts, opaque)| Changes { entries, whiteouts, opaque }.tidy())
}

pub fn any_layers() -> impl Strategy<Value = Vec<Changes>> {
    prop::collection::vec(any_changes(), 1..6)
}
