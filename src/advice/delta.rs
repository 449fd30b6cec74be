//! How a file differs from the copy that took its place.

use crate::layer::{EntryKind, LayerIndex};
use crate::tree::{EntryRef, NodeId, Tree};

/// What a later step changed of a file that has the same bytes after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts about two files")]
pub struct Delta {
    /// The owner or the group.
    pub owner: bool,
    /// The mode.
    pub mode: bool,
    /// Extended attributes.
    pub xattrs: bool,
    /// The modification time.
    pub time: bool,
}

/// Owner, group and mode of a file, before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// What differs.
    pub delta: Delta,
    /// Owner and group before.
    pub owner: (u64, u64),
    /// Owner and group after.
    pub new_owner: (u64, u64),
    /// Mode before.
    pub mode: u16,
    /// Mode after.
    pub new_mode: u16,
}

/// How `old` differs from the file that stands at its path after the layer that took it away; `None` where there is none.
pub fn change(tree: &Tree, old: EntryRef, node: NodeId, killer: LayerIndex) -> Option<Change> {
    let new = tree.inode(tree.standing(node, killer)?)?;
    let (before, after) = (tree.entries(old.layer), tree.entries(new.layer));
    let (was, is) = (before.attrs(old.entry), after.attrs(new.entry));
    let time = |entry: EntryRef| {
        let entries = tree.entries(entry.layer);
        (entries.get(entry.entry).mtime, entries.nanos(entry.entry))
    };
    Some(Change {
        delta: Delta {
            owner: (was.uid, was.gid) != (is.uid, is.gid),
            mode: was.mode != is.mode,
            xattrs: was.xattrs != is.xattrs,
            time: time(old) != time(new),
        },
        owner: (was.uid, was.gid),
        new_owner: (is.uid, is.gid),
        mode: was.mode,
        new_mode: is.mode,
    })
}

/// Whether a layer ships a directory again with the owner and mode that it had: engines do so with what it lost.
pub fn is_same_folder(tree: &Tree, node: NodeId, layer: LayerIndex) -> bool {
    let folder = |at| tree.facts(node, at).filter(|facts| facts.kind == EntryKind::Dir);
    folder(layer.below()).zip(folder(layer)).is_some_and(|(before, after)| {
        (before.mode, before.uid, before.gid) == (after.mode, after.uid, after.gid)
    })
}
