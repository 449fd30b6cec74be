//! Questions about single paths: state at a layer, change between two points, names of one inode.

use super::{EntryRef, Event, NodeId, Tree, past};
use crate::layer::{EntryKind, LayerIndex, Xattr};

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// What one layer's tar says, and what went because of it.
    Changeset(LayerIndex),
    /// The filesystem after a layer.
    Rootfs(LayerIndex),
    /// Rootfs before the first of these layers against rootfs after the second; both included.
    Range(LayerIndex, LayerIndex),
}

impl View {
    /// The two points that are compared: rootfs before, rootfs after.
    pub fn points(self) -> (LayerIndex, LayerIndex) {
        match self {
            Self::Changeset(at) | Self::Rootfs(at) => (at.below(), at),
            Self::Range(from, to) => (from.below(), to),
        }
    }
}

/// How a path differs between two points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// In one word.
    pub kind: ChangeKind,
    /// What differs, for [`ChangeKind::Modified`].
    pub changed: Changed,
}

/// A change in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChangeKind {
    /// There after, not before.
    Added,
    /// There at both points, and different.
    Modified,
    /// There before, not after.
    Removed,
    /// The same at both points, or at neither.
    Unchanged,
}

/// The set of what differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Changed(pub u16);

impl Changed {
    /// The type (file, directory, ...).
    pub const TYPE: Self = Self(1);
    /// The bytes of the file. Where sizes tie and no hash is known, see [`Tree::undecided`].
    pub const CONTENT: Self = Self(2);
    /// Permission bits.
    pub const MODE: Self = Self(4);
    /// Owner or group number.
    pub const OWNER: Self = Self(8);
    /// Target of a symlink.
    pub const LINK: Self = Self(16);
    /// Extended attributes.
    pub const XATTRS: Self = Self(32);
    /// Device numbers.
    pub const DEVICE: Self = Self(64);
    /// Modification time.
    pub const TIME: Self = Self(128);

    /// Whether all of `other` is in this set.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether nothing but the modification time differs.
    pub fn is_time_only(self) -> bool {
        self == Self::TIME
    }

    /// The words of `changed[]` in JSON, in a fixed order.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        const WORDS: [(Changed, &str); 8] = [
            (Changed::CONTENT, "content"),
            (Changed::MODE, "mode"),
            (Changed::OWNER, "owner"),
            (Changed::LINK, "link"),
            (Changed::XATTRS, "xattrs"),
            (Changed::DEVICE, "device"),
            (Changed::TIME, "time"),
            (Changed::TYPE, "type"),
        ];
        WORDS.into_iter().filter(move |(bit, _)| self.has(*bit)).map(|(_, word)| word)
    }
}

impl std::ops::BitOr for Changed {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// All that `stat` and `readlink` would say of a path at some point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts<'a> {
    /// The type that a container sees: a hard-linked name is a [`EntryKind::File`] when its target is known.
    pub kind: EntryKind,
    /// Logical size in bytes: of a file (of every hard-linked name too), or the length of a symlink's target;
    /// 0 otherwise.
    pub size: u64,
    /// `mode & 07777`.
    pub mode: u16,
    /// Owner's number.
    pub uid: u64,
    /// Group's number.
    pub gid: u64,
    /// Owner's name where the tar says it, else empty.
    pub user: &'a [u8],
    /// Group's name where the tar says it, else empty.
    pub group: &'a [u8],
    /// Seconds since 1970 and nanoseconds; `None` for an implied directory.
    pub mtime: Option<(i64, u32)>,
    /// Target of a symlink, or of an unresolved hard link.
    pub link_target: Option<&'a [u8]>,
    /// Major and minor number of a device.
    pub device: Option<(u32, u32)>,
    /// Extended attributes.
    pub xattrs: &'a [Xattr],
    /// A directory that no entry states.
    pub implied: bool,
    /// The layer that stated this path last (of a hard link: the layer of the link).
    pub layer: LayerIndex,
    /// The entry that states this path, unless implied.
    pub entry: Option<EntryRef>,
    /// The regular entry with the bytes: of a hard link, its target's.
    pub content: Option<EntryRef>,
}

/// Which kinds of change are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "four independent switches, named as the keys a m r u")]
pub struct Kinds {
    /// Added.
    pub added: bool,
    /// Modified.
    pub modified: bool,
    /// Removed.
    pub removed: bool,
    /// Unchanged.
    pub unchanged: bool,
}

impl Default for Kinds {
    fn default() -> Self {
        Self { added: true, modified: true, removed: true, unchanged: true }
    }
}

/// What an implied directory is created with.
const IMPLIED_MODE: u16 = 0o755;

impl Tree {
    /// What a path is after layer `at`; `None` where it is not there.
    pub fn facts(&self, node: NodeId, at: LayerIndex) -> Option<Facts<'_>> {
        let event = self.core.arena.standing(node.0, at.0)?;
        Some(self.facts_of(event))
    }

    fn facts_of(&self, event: Event) -> Facts<'_> {
        let Some(inode) = past::inode(&self.core.arena, &self.core.links, event) else {
            return Facts {
                kind: EntryKind::Dir,
                size: 0,
                mode: IMPLIED_MODE,
                uid: 0,
                gid: 0,
                user: b"",
                group: b"",
                mtime: None,
                link_target: None,
                device: None,
                xattrs: &[],
                implied: true,
                layer: event.layer,
                entry: None,
                content: None,
            };
        };
        let entries = self.entries(inode.layer);
        let attrs = entries.attrs(inode.entry);
        let link_target = entries.link(inode.entry);
        Facts {
            kind: attrs.kind,
            size: match attrs.kind {
                EntryKind::File => entries.apparent_size(inode.entry),
                EntryKind::Symlink => link_target.map_or(0, |target| target.len() as u64),
                _ => 0,
            },
            mode: attrs.mode,
            uid: attrs.uid,
            gid: attrs.gid,
            user: &attrs.user,
            group: &attrs.group,
            mtime: Some((entries.get(inode.entry).mtime, entries.nanos(inode.entry))),
            link_target,
            device: entries.device(inode.entry),
            xattrs: &attrs.xattrs,
            implied: false,
            layer: event.layer,
            entry: Some(EntryRef { layer: event.layer, entry: event.entry }),
            content: (attrs.kind == EntryKind::File).then_some(inode),
        }
    }

    /// How a path differs between the two points of a view.
    pub fn change(&self, node: NodeId, view: View) -> Change {
        let (from, to) = view.points();
        let before = self.core.arena.standing(node.0, from.0);
        let after = self.core.arena.standing(node.0, to.0);
        let (kind, changed) = match (before, after) {
            (None, None) => (ChangeKind::Unchanged, Changed::default()),
            (None, Some(_)) => (ChangeKind::Added, Changed::default()),
            (Some(_), None) => (ChangeKind::Removed, Changed::default()),
            (Some(before), Some(after)) => match self.difference(before, after) {
                Changed(0) => (ChangeKind::Unchanged, Changed::default()),
                changed => (ChangeKind::Modified, changed),
            },
        };
        Change { kind, changed }
    }

    /// What differs between two states of a path.
    pub(super) fn difference(&self, before: Event, after: Event) -> Changed {
        if before == after {
            return Changed::default();
        }
        let (before, after) = (self.facts_of(before), self.facts_of(after));
        let content = match (before.content, after.content) {
            (Some(one), Some(other)) => !self.is_equal_content(one, other),
            _ => false,
        };
        [
            (before.kind != after.kind, Changed::TYPE),
            (content, Changed::CONTENT),
            (before.mode != after.mode, Changed::MODE),
            (before.uid != after.uid || before.gid != after.gid, Changed::OWNER),
            (before.kind == after.kind && before.link_target != after.link_target, Changed::LINK),
            (before.xattrs != after.xattrs, Changed::XATTRS),
            (before.kind == after.kind && before.device != after.device, Changed::DEVICE),
            (before.mtime != after.mtime, Changed::TIME),
        ]
        .into_iter()
        .filter(|(differs, _)| *differs)
        .fold(Changed::default(), |all, (_, bit)| all | bit)
    }

    /// Whether a path belongs to a view at all: it has an event in the changeset's layer; it is there after the
    /// rootfs's layer; it is there at either end of a range.
    pub fn is_in(&self, node: NodeId, view: View) -> bool {
        let arena = &self.core.arena;
        match view {
            View::Changeset(at) => !arena.events_in(node.0, at.0).is_empty(),
            View::Rootfs(at) => arena.standing(node.0, at.0).is_some(),
            View::Range(from, to) => {
                arena.standing(node.0, from.below().0).is_some() || arena.standing(node.0, to.0).is_some()
            }
        }
    }

    /// Takes the `xxh3_64` hashes of [`Self::undecided`] entries. Until then equal sizes without hashes count as
    /// equal content.
    pub fn decide(&mut self, hashes: Vec<(EntryRef, u64)>) {
        self.decided.extend(hashes);
        self.find_modified();
    }

    /// Writes down what each layer modified.
    pub(super) fn find_modified(&mut self) {
        let arena = &self.core.arena;
        let mut modified = Vec::with_capacity(self.layer_count());
        for layer in 1..=self.layer_count() as u16 {
            let mut here = Vec::new();
            for &node in self.core.past.touched(layer) {
                if arena.events(node).len() < 2 {
                    continue;
                }
                if let (Some(before), Some(after)) =
                    (arena.standing(node, layer - 1), arena.standing(node, layer))
                {
                    let changed = self.difference(before, after);
                    if changed != Changed::default() {
                        here.push((node, changed));
                    }
                }
            }
            here.shrink_to_fit();
            modified.push(here);
        }
        self.modified = modified;
    }
}
