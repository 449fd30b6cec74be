//! Questions about files themselves rather than their names: which file a path is, all names that a file ever had,
//! whether two files hold the same bytes.

use super::{Core, EntryRef, Event, Families, NodeId, Tree, What, past};
use crate::layer::{ContentHash, EntryKind, LayerIndex};

impl Tree {
    /// What stands at a path after layer `at`: its [`What::Stated`] or [`What::Implied`] event; `None` where it is not
    /// there.
    pub fn standing(&self, node: NodeId, at: LayerIndex) -> Option<Event> {
        self.core.arena.standing(node.0, at.0)
    }

    /// The entry whose attributes and content an event gives its path: of a hard link, what it binds. `None` for
    /// events that no entry makes.
    pub fn inode(&self, event: Event) -> Option<EntryRef> {
        let Core { arena, links, .. } = &*self.core;
        past::inode(arena, links, event)
    }

    /// The files that hard links ever bound, with each name that such a file ever had as the node and the place in its
    /// [`Tree::events`] of the event that bound it; nodes ascend.
    pub fn linked(
        &self,
    ) -> impl Iterator<Item = (EntryRef, impl Iterator<Item = (NodeId, usize)> + '_)> + '_ {
        let Core { arena, links, .. } = &*self.core;
        links.groups().map(|(inode, names)| {
            let place =
                |&(node, event): &(u32, u32)| (NodeId(node), (event - arena.firsts[node as usize]) as usize);
            (inode, names.iter().map(place))
        })
    }

    /// The other names that share a file's inode after layer `at`, this one included, in order; empty for a file of
    /// one name.
    pub fn link_group(&self, node: NodeId, at: LayerIndex) -> Vec<NodeId> {
        let inode = self.standing(node, at).and_then(|event| self.inode(event));
        let group = inode.map(|inode| self.linked_names(inode, at)).unwrap_or_default();
        if group.len() > 1 { group } else { Vec::new() }
    }

    /// The names that a file has after layer `at`, in order; empty for a file that no hard link ever bound.
    pub fn linked_names(&self, inode: EntryRef, at: LayerIndex) -> Vec<NodeId> {
        let Core { arena, links, .. } = &*self.core;
        let names = links.names(inode).iter().filter(|name| arena.is_standing(**name, at.0));
        names.map(|&(node, _)| NodeId(node)).collect()
    }

    /// Whether only a hash can tell two regular entries apart: same sizes, and the same holes.
    fn is_tie(&self, one: EntryRef, other: EntryRef) -> bool {
        let (a, b) = (self.entries(one.layer), self.entries(other.layer));
        a.get(one.entry).size == b.get(other.entry).size && a.sparse(one.entry) == b.sparse(other.entry)
    }

    /// Whether two regular entries hold the same bytes. Equal sizes of which no hash is known count as equal: see
    /// [`Tree::undecided`].
    pub fn is_equal_content(&self, one: EntryRef, other: EntryRef) -> bool {
        if one == other {
            return true;
        }
        self.is_tie(one, other)
            && [ContentHash::Xxh3, ContentHash::Crc64]
                .into_iter()
                .find_map(|by| Some(self.hash(one, by)? == self.hash(other, by)?))
                .unwrap_or(true)
    }

    /// The hash of one kind of a regular entry's stored bytes, where reading or deciding brought it.
    pub fn hash(&self, entry: EntryRef, by: ContentHash) -> Option<u64> {
        let entries = self.entries(entry.layer);
        let read = entries.hash(entry.entry).filter(|_| entries.hashed_by == by);
        // What is read to decide is hashed in one way only.
        read.or_else(|| self.decided.get(&entry).copied().filter(|_| by == ContentHash::Xxh3))
    }

    /// Regular entries whose content decides whether a path changed, or whether names that were one file hold the same
    /// bytes still (equal size at two versions), and which no hash of one kind tells apart. In layer and offset order, so
    /// that they can be read in one sweep.
    pub fn undecided(&self) -> Vec<EntryRef> {
        let arena = &self.core.arena;
        let mut undecided: Vec<EntryRef> = Vec::new();
        let is_hashed = |by| {
            let mut layers = arena.layers.iter().filter(|layer| !layer.entries.is_empty());
            layers.all(|layer| layer.hashed_by == by && layer.hashes.len() == layer.entries.len())
        };
        if is_hashed(ContentHash::Xxh3) || is_hashed(ContentHash::Crc64) {
            return undecided;
        }
        let mut versions: Vec<EntryRef> = Vec::new();
        for node in 0..arena.len() as u32 {
            let events = arena.events(node);
            if events.len() > 1 {
                versions.extend(events.iter().filter_map(|&event| self.version(event)));
                self.take_ties(&mut versions, &mut undecided);
            }
        }
        let mut families = Families::default();
        for (_, mut names) in self.linked() {
            if let Some((first, _)) = names.next() {
                names.for_each(|(node, _)| families.tie(first, node));
            }
        }
        for family in families.into_groups() {
            for node in family {
                versions.extend(arena.events(node.0).iter().filter_map(|&event| self.version(event)));
            }
            self.take_ties(&mut versions, &mut undecided);
        }
        undecided
            .sort_unstable_by_key(|entry| (entry.layer, self.entries(entry.layer).get(entry.entry).offset));
        undecided.dedup();
        undecided
    }

    /// The regular file with bytes that an event, repeated ones included, put at its path.
    fn version(&self, event: Event) -> Option<EntryRef> {
        let event =
            Event { what: if event.what == What::Repeated { What::Stated } else { event.what }, ..event };
        self.inode(event).filter(|inode| {
            let entries = self.entries(inode.layer);
            entries.kind(inode.entry) == EntryKind::File && entries.get(inode.entry).size > 0
        })
    }

    /// Moves those of `versions` that tie with another one to `undecided`, and drops the rest.
    fn take_ties(&self, versions: &mut Vec<EntryRef>, undecided: &mut Vec<EntryRef>) {
        let size = |entry: &EntryRef| self.entries(entry.layer).get(entry.entry).size;
        versions.sort_unstable_by_key(|entry| (size(entry), *entry));
        versions.dedup();
        for ties in versions.chunk_by(|one, other| self.is_tie(*one, *other)).filter(|ties| ties.len() > 1) {
            // One kind of hash tells them apart where all have it; a mixture is read.
            if ties.iter().any(|entry| self.hash(*entry, ContentHash::Crc64).is_none()) {
                undecided.extend(ties.iter().filter(|entry| self.hash(**entry, ContentHash::Xxh3).is_none()));
            }
        }
        versions.clear();
    }
}
