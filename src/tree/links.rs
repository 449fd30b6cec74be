//! Hard links: which file each link entry binds to, and all names of each linked file.

use super::{EntryRef, What, arena::Arena, notes::LayerNotes};
use crate::layer::{EntryKind, LayerIndex, NoteKind};

/// What links and their files are to each other. Only linked files have a place here.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// Link entry to the entry that it binds, sorted by link.
    bound: Vec<(EntryRef, EntryRef)>,
    /// Linked entries, sorted, with where their names begin in `names`.
    inodes: Vec<(EntryRef, u32)>,
    /// `(node, event)` of each name that a linked entry ever had, nodes ascending for each entry.
    names: Vec<(u32, u32)>,
}

/// A hard-link entry on the way to its file.
struct Pending {
    link: EntryRef,
    /// Its node, and its event when the link is what stays of it in its layer.
    node: u32,
    event: Option<u32>,
    /// The entry that it names, and that one's node.
    next: Option<(EntryRef, u32)>,
}

impl Links {
    /// The entry that a hard link binds; `None` for one that binds nothing.
    pub(super) fn bound(&self, entry: EntryRef) -> Option<EntryRef> {
        self.bound.binary_search_by_key(&entry, |&(link, _)| link).ok().map(|at| self.bound[at].1)
    }

    /// Whether nothing is linked.
    pub(super) fn is_empty(&self) -> bool {
        self.bound.is_empty()
    }

    /// `(node, event)` of each name that a linked entry ever had.
    pub(super) fn names(&self, inode: EntryRef) -> &[(u32, u32)] {
        match self.inodes.binary_search_by_key(&inode, |&(inode, _)| inode) {
            Ok(at) => self.group(at),
            Err(_) => &[],
        }
    }

    fn group(&self, at: usize) -> &[(u32, u32)] {
        let end = self.inodes.get(at + 1).map_or(self.names.len(), |&(_, next)| next as usize);
        &self.names[self.inodes[at].1 as usize..end]
    }

    /// All linked entries with their names.
    pub(super) fn groups(&self) -> impl Iterator<Item = (EntryRef, &[(u32, u32)])> {
        self.inodes.iter().enumerate().map(|(at, &(inode, _))| (inode, self.group(at)))
    }

    /// Resolves the links of all layers. `touched` gives the nodes with events of a layer.
    pub(super) fn new<'a>(arena: &Arena, touched: impl Fn(u16) -> &'a [u32], notes: &mut LayerNotes) -> Self {
        let mut pending = Vec::new();
        for (number, entries) in (1..).zip(&arena.layers) {
            if entries.attrs.iter().all(|attrs| attrs.kind != EntryKind::HardLink) {
                continue;
            }
            for &node in touched(number) {
                for at in arena.numbers_in(node, number) {
                    let event = arena.events[at as usize];
                    let is_entry = matches!(event.what, What::Stated | What::Repeated);
                    if is_entry && entries.kind(event.entry) == EntryKind::HardLink {
                        let link = EntryRef { layer: event.layer, entry: event.entry };
                        let event = (event.what == What::Stated).then_some(at);
                        pending.push(Pending { link, node, event, next: None });
                    }
                }
            }
        }
        if pending.is_empty() {
            return Self::default();
        }
        pending.sort_unstable_by_key(|pending| pending.link);
        for pending in &mut pending {
            pending.next = link_target(arena, pending.link);
            if let Some((target, _)) = pending.next
                && (target.layer != pending.link.layer || target.entry > pending.link.entry)
            {
                notes.add(NoteKind::HardLinkOutsideLayer, pending.link.layer, || arena.path(pending.node));
            }
        }
        let mut links = Self::default();
        let mut names = Vec::new();
        for (pending, end) in pending.iter().zip(follow(arena, &pending)) {
            let Some((inode, home)) = end else {
                notes.add(NoteKind::UnresolvedHardLink, pending.link.layer, || arena.path(pending.node));
                continue;
            };
            links.bound.push((pending.link, inode));
            names.extend(pending.event.map(|event| (inode, pending.node, event)));
            names.extend(stated(arena, home, inode).map(|event| (inode, home, event)));
        }
        names.sort_unstable();
        names.dedup();
        for (inode, node, event) in names {
            if links.inodes.last().is_none_or(|&(last, _)| last != inode) {
                links.inodes.push((inode, links.names.len() as u32));
            }
            links.names.push((node, event));
        }
        links
    }
}

/// The event with which `entry` states `node`: the last one of its layer there.
fn stated(arena: &Arena, node: u32, entry: EntryRef) -> Option<u32> {
    let last = arena.numbers_in(node, entry.layer.0).next_back()?;
    let event = arena.events[last as usize];
    (event.what == What::Stated && event.entry == entry.entry).then_some(last)
}

/// The entry that a hard link names, with its node: of the same layer, the last one before the link or else the one
/// that stays; else the one of the lower layers that the layer has not hidden. Directories cannot be linked to.
fn link_target(arena: &Arena, link: EntryRef) -> Option<(EntryRef, u32)> {
    let text = arena.layers[link.layer.offset()].link(link.entry)?;
    let node = walk(arena, text, link.layer)?;
    let here = arena.events_in(node, link.layer.0);
    // The entries come last, in archive order. There may be a million of each: of entries of one path, and of links to
    // it.
    let first = here.iter().position(|event| matches!(event.what, What::Stated | What::Repeated));
    let entries = first.map_or(&[][..], |first| &here[first..]);
    let before = entries.partition_point(|event| event.entry < link.entry);
    let same = match before.checked_sub(1) {
        Some(last) => Some(entries[last].entry),
        None => entries.last().map(|event| event.entry).filter(|&entry| entry != link.entry),
    };
    let target = if let Some(entry) = same {
        EntryRef { layer: link.layer, entry }
    } else {
        if here.iter().any(|event| matches!(event.what, What::Hidden | What::Whiteout | What::Implied)) {
            return None;
        }
        let event = arena.standing(node, link.layer.below().0)?;
        (event.what == What::Stated).then_some(EntryRef { layer: event.layer, entry: event.entry })?
    };
    (arena.layers[target.layer.offset()].kind(target.entry) != EntryKind::Dir).then_some((target, node))
}

/// The node that a link target names in the rootfs of a layer: symlinks on the way are followed, the last component
/// is not. `..` stops at the root.
fn walk(arena: &Arena, text: &[u8], layer: LayerIndex) -> Option<u32> {
    /// As many symlinks as Linux follows.
    const HOPS: usize = 40;
    fn parts(text: &[u8]) -> impl Iterator<Item = &[u8]> {
        text.split(|&b| b == b'/').rev().filter(|part| !matches!(*part, b"" | b"."))
    }
    let mut rest: Vec<&[u8]> = parts(text).collect();
    let (mut node, mut hops) = (0, 0);
    while let Some(part) = rest.pop() {
        if part == b".." {
            node = arena.parent(node);
            continue;
        }
        let child = arena.child(node, part)?;
        let event = arena.standing(child, layer.0).filter(|event| event.what == What::Stated);
        if let (false, Some(event)) = (rest.is_empty(), event) {
            let entries = &arena.layers[event.layer.offset()];
            if entries.kind(event.entry) == EntryKind::Symlink
                && let Some(target) = entries.link(event.entry)
            {
                hops += 1;
                if hops > HOPS {
                    return None;
                }
                if target.starts_with(b"/") {
                    node = 0;
                }
                rest.extend(parts(target));
                continue;
            }
        }
        node = child;
    }
    Some(node)
}

/// Follows links to links. The entry at the end of each chain and its node; `None` for links to nothing and for
/// links in a circle.
fn follow(arena: &Arena, pending: &[Pending]) -> Vec<Option<(EntryRef, u32)>> {
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut states = vec![State::New; pending.len()];
    let mut ends = vec![None; pending.len()];
    let mut chain = Vec::new();
    for first in 0..pending.len() {
        let mut at = first;
        let end = loop {
            match states[at] {
                State::Done => break ends[at],
                State::Open => break None,
                State::New => {}
            }
            states[at] = State::Open;
            chain.push(at);
            let Some((target, node)) = pending[at].next else { break None };
            if arena.layers[target.layer.offset()].kind(target.entry) != EntryKind::HardLink {
                break Some((target, node));
            }
            match pending.binary_search_by_key(&target, |pending| pending.link) {
                Ok(next) => at = next,
                Err(_) => break None,
            }
        };
        for at in chain.drain(..) {
            states[at] = State::Done;
            ends[at] = end;
        }
    }
    ends
}
