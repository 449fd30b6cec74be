//! Questions about paths: state at a layer, change between two points, totals, filters.

use super::{EntryRef, NodeId, Tree};
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

/// A parsed filter: words that must all hold. A word is a substring of the path (case-insensitive unless it has a
/// capital), a glob where it has `*`, `?` or `[`, `re:` and a regular expression, `'` and a fuzzy pattern, `size>10M`
/// (also `<`, `=`), `kind:added|modified|removed|unchanged`, `type:file|dir|symlink|...`, and `!` before any of them
/// negates it.
#[derive(Clone, Debug, Default)]
pub struct Filter {}

/// A filter that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}`: {why}")]
pub struct FilterError {
    /// The word of the filter.
    pub word: String,
    /// One clause.
    pub why: String,
}

impl Filter {
    /// Parses what the user typed. An empty text matches everything.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let _ = text;
        Ok(Self {})
    }

    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        true
    }
}

/// The nodes that match a filter in a view, one bit each.
#[derive(Clone, Debug, Default)]
pub struct Matches {}

impl Matches {
    /// How many.
    pub fn count(&self) -> usize {
        0
    }

    /// Whether a node itself matches (not merely something below it).
    pub fn has(&self, node: NodeId) -> bool {
        let _ = node;
        false
    }

    /// The first match after a node, or before it; wraps around.
    pub fn next(&self, after: NodeId, backwards: bool) -> Option<NodeId> {
        let _ = (after, backwards);
        None
    }
}

/// Sizes and counts of whole subtrees in one view, computed once per view and asked per row in logarithmic time.
#[derive(Clone, Debug, Default)]
pub struct Totals {}

impl Totals {
    /// Bytes at and under a node. Changeset: payload that the layer ships there. Rootfs and range: distinct inodes at
    /// the later point, each counted once however many names it has there.
    pub fn bytes(&self, node: NodeId) -> u64 {
        let _ = node;
        0
    }

    /// Number of `(added, modified, removed)` paths at and under a node (directories whose own metadata did not
    /// change do not count).
    pub fn counts(&self, node: NodeId) -> (u64, u64, u64) {
        let _ = node;
        (0, 0, 0)
    }
}

impl Tree {
    /// What a path is after layer `at`; `None` where it is not there.
    pub fn facts(&self, node: NodeId, at: LayerIndex) -> Option<Facts<'_>> {
        let _ = (node, at);
        None
    }

    /// How a path differs between the two points of a view.
    pub fn change(&self, node: NodeId, view: View) -> Change {
        let _ = (node, view);
        Change { kind: ChangeKind::Unchanged, changed: Changed::default() }
    }

    /// Whether a path belongs to a view at all: it has an event in the changeset's layer; it is there after the
    /// rootfs's layer; it is there at either end of a range.
    pub fn is_in(&self, node: NodeId, view: View) -> bool {
        let _ = (node, view);
        false
    }

    /// Sizes and counts of a view.
    pub fn totals(&self, view: View) -> Totals {
        let _ = view;
        Totals::default()
    }

    /// The other names that share a file's inode after layer `at`, this one included, in order; empty for a file of
    /// one name.
    pub fn link_group(&self, node: NodeId, at: LayerIndex) -> Vec<NodeId> {
        let _ = (node, at);
        Vec::new()
    }

    /// The nodes that match a filter in a view.
    pub fn matches(&self, filter: &Filter, view: View) -> Matches {
        let _ = (filter, view);
        Matches::default()
    }

    /// Regular entries whose content decides whether a path changed (equal size at successive versions of a path) and
    /// whose hash no inflating pass has brought. In layer and offset order, so that they can be read in one sweep.
    pub fn undecided(&self) -> Vec<EntryRef> {
        Vec::new()
    }

    /// Takes the `xxh3_64` hashes of [`Self::undecided`] entries. Until then equal sizes without hashes count as
    /// equal content.
    pub fn decide(&mut self, hashes: Vec<(EntryRef, u64)>) {
        let _ = hashes;
    }
}
