//! What became of every entry: the end of its last path.

use super::{Cause, Death, Fate};
use crate::layer::{EntryId, EntryKind, LayerIndex, NO_ENTRY};
use crate::tree::{EntryRef, Event, NodeId, Tree, What};

/// The end of a path's hold on a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct End {
    killer: LayerIndex,
    by: By,
    cause: Cause,
}

/// What ended it, in the order in which a layer does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum By {
    /// A whiteout, or an opaque directory.
    Mark,
    /// A directory that is there for what lies in it.
    Implied,
    /// An entry; they follow each other as in the archive.
    Entry(EntryId),
}

/// The fates of all entries, by layer and in archive order.
pub(super) fn fates(tree: &Tree) -> Vec<Vec<Fate>> {
    let layers = (0..tree.layer_count()).map(LayerIndex::from_offset);
    let mut fates: Vec<Vec<Fate>> =
        layers.map(|layer| vec![Fate::default(); tree.entries(layer).entries.len()]).collect();
    for node in (0..tree.len() as u32).map(NodeId) {
        let events = tree.events(node);
        for (at, event) in events.iter().enumerate() {
            if event.entry == NO_ENTRY {
                continue;
            }
            let is_file = tree.entries(event.layer).kind(event.entry) == EntryKind::File;
            let death = is_file.then(|| end(tree, events, at).map(death)).flatten();
            fates[event.layer.offset()][event.entry as usize] = Fate { node, death };
        }
    }
    // A file of several names dies with the last of them. A name may go and come again.
    for (inode, names) in tree.linked() {
        let mut last = None;
        let mut is_live = false;
        for (node, at) in names {
            match end(tree, tree.events(node), at) {
                None => is_live = true,
                Some(end) => {
                    let by = match end.by {
                        By::Mark => usurper(tree, node, end.killer).map_or(By::Mark, By::Entry),
                        by => by,
                    };
                    last = last.max(Some(End { by, ..end }));
                }
            }
        }
        if tree.entries(inode.layer).kind(inode.entry) == EntryKind::File && (is_live || last.is_some()) {
            let death = if is_live { None } else { last.map(death) };
            fates[inode.layer.offset()][inode.entry as usize].death = death;
        }
    }
    fates
}

fn death(end: End) -> Death {
    Death { killer: end.killer, cause: end.cause }
}

/// How what the event at `at` put at its path lost it; `None` where it holds it to the end.
fn end(tree: &Tree, events: &[Event], at: usize) -> Option<End> {
    let event = events[at];
    if event.what == What::Repeated {
        let by = events.get(at + 1).map_or(event.entry, |next| next.entry);
        return Some(End { killer: event.layer, by: By::Entry(by), cause: Cause::Repeated });
    }
    let next = events[at + 1..].iter().find(|next| next.what != What::Opaque)?;
    let (by, cause) = match next.what {
        What::Hidden | What::Whiteout => (By::Mark, Cause::Deleted),
        What::Implied => (By::Implied, Cause::Overwritten),
        What::Opaque | What::Repeated | What::Stated => (By::Entry(next.entry), cause(tree, event, *next)),
    };
    Some(End { killer: next.layer, by, cause })
}

/// The entry that took a path away with an ancestor, in whose place it came; `None` where a whiteout or an opaque
/// directory took it.
fn usurper(tree: &Tree, node: NodeId, layer: LayerIndex) -> Option<EntryId> {
    let is_dir = |entry| tree.entries(layer).kind(entry) == EntryKind::Dir;
    let mut by = None;
    let mut at = node;
    loop {
        let here = || tree.events(at).iter().filter(|event| event.layer == layer);
        let has = |what| here().any(|event| event.what == what);
        let stays =
            has(What::Implied) || here().any(|event| event.what == What::Stated && is_dir(event.entry));
        // A whiteout of a directory that comes again takes nothing away.
        if has(What::Whiteout) && (at == node || !stays) || has(What::Opaque) && at != node {
            return None;
        }
        if at != node && has(What::Stated) && !stays {
            let entries = here().map(|event| event.entry).filter(|&entry| entry != NO_ENTRY);
            by = entries.filter(|&entry| !is_dir(entry)).chain(by).min();
        }
        at = tree.parent(at);
        if at == NodeId::ROOT {
            return by;
        }
    }
}

/// Why what `event` put at a path went when the entry of `next` came there.
fn cause(tree: &Tree, event: Event, next: Event) -> Cause {
    let new = EntryRef { layer: next.layer, entry: next.entry };
    let entries = tree.entries(new.layer);
    let Some(old) = tree.inode(event) else { return Cause::Overwritten };
    if entries.kind(new.entry) != EntryKind::File || !tree.is_equal_content(old, new) {
        return Cause::Overwritten;
    }
    let (before, after) = (tree.entries(old.layer).attrs(old.entry), entries.attrs(new.entry));
    let metadata = |attrs: &crate::layer::Attrs| (attrs.mode, attrs.uid, attrs.gid);
    if metadata(before) == metadata(after) && before.xattrs == after.xattrs {
        Cause::Rewritten
    } else {
        Cause::Metadata
    }
}
