//! A layer's tree when its paths come in no order, or lead through symlinks: found by hash, sorted at the end.
//!
//! The layer is unpacked here as engines unpack it, entry by entry into an empty folder: what counts is what stands in
//! the way at that moment.

use std::hash::{BuildHasher, RandomState};

use super::paths::{DIR, LINK, Paths};
use super::{EntryTable, LayerTree, Mark, NO_ENTRY, Node, NoteKind, name};

/// No node.
const NONE: u32 = u32::MAX;
/// How many symlinks one path may lead through, as in Linux.
const MAX_LINKS: u32 = 40;
/// A longer link target cannot exist on a disk (`PATH_MAX`), so no path leads through it.
const MAX_TARGET: usize = 4096;
/// A node with one of these is in its directory's list of children.
const LISTED: u8 = Mark::PRESENT | Mark::WHITEOUT | Mark::OPAQUE;

/// What a [`Paths`] needs besides its nodes when they are in no order.
pub(super) struct Foreign {
    parent: Vec<u32>,
    /// The first child and the next sibling, in no order, of what has not given way.
    first: Vec<u32>,
    next: Vec<u32>,
    /// Nodes by parent and name: open addressing, a power of two, at most half full.
    slots: Vec<u32>,
    /// Keyed at random: names that collide on purpose cannot be made.
    state: RandomState,
    /// The directory of the path placed last and its node, when no symlink led there: then nothing that is written into
    /// it can change the way to it.
    last: Option<(Vec<u8>, u32)>,
}

impl Foreign {
    /// Of a tree whose nodes are still in order.
    pub(super) fn of(paths: &Paths) -> Self {
        let count = paths.nodes.len();
        let mut this = Self {
            parent: vec![0; count],
            first: vec![NONE; count],
            next: vec![NONE; count],
            slots: Vec::new(),
            state: RandomState::new(),
            last: None,
        };
        let mut open: Vec<u32> = vec![0];
        for node in 1..count as u32 {
            while let Some(&last) = open.last()
                && paths.nodes[last as usize].end <= node
            {
                open.pop();
            }
            this.parent[node as usize] = open.last().copied().unwrap_or(0);
            if paths.nodes[node as usize].mark.0 & LISTED != 0 {
                this.list(node);
            }
            open.push(node);
        }
        this.rehash(paths);
        this
    }

    fn list(&mut self, node: u32) {
        let parent = self.parent[node as usize] as usize;
        self.next[node as usize] = self.first[parent];
        self.first[parent] = node;
    }

    fn rehash(&mut self, paths: &Paths) {
        self.slots = vec![NONE; (paths.nodes.len() * 4).next_power_of_two()];
        for node in 1..paths.nodes.len() as u32 {
            let slot = self.slot(paths, self.parent[node as usize], name_of(paths, node));
            self.slots[slot] = node;
        }
    }

    /// Where the child is, or would be.
    fn slot(&self, paths: &Paths, parent: u32, name: &[u8]) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = self.state.hash_one((parent, name)) as usize & mask;
        loop {
            match self.slots[slot] {
                NONE => return slot,
                node if self.parent[node as usize] == parent && name_of(paths, node) == name => return slot,
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    /// The child of that name, made if need be. The caller states it, implies it or marks it.
    fn child(&mut self, paths: &mut Paths, parent: u32, name: &[u8]) -> u32 {
        let mut slot = self.slot(paths, parent, name);
        let known = self.slots[slot];
        if known != NONE {
            if paths.nodes[known as usize].mark.0 & LISTED == 0 {
                self.list(known);
            }
            return known;
        }
        if paths.nodes.len() * 2 >= self.slots.len() {
            self.rehash(paths);
            slot = self.slot(paths, parent, name);
        }
        let node = paths.push(name);
        self.slots[slot] = node;
        self.parent.push(parent);
        self.first.push(NONE);
        self.next.push(NONE);
        self.list(node);
        node
    }

    /// The node of a normalised path, as [`Paths::place`].
    pub(super) fn place(
        &mut self,
        paths: &mut Paths,
        path: &[u8],
        table: &EntryTable,
        odd: &mut Vec<NoteKind>,
    ) -> u32 {
        if path.is_empty() {
            return 0;
        }
        let (dir, base) = name::split(path);
        let node = match &self.last {
            Some((last, node)) if last == dir => *node,
            _ => self.directory(paths, dir, table, odd),
        };
        self.child(paths, node, base)
    }

    /// Walks to a directory, through symlinks of this layer, and makes what is missing.
    pub(super) fn directory(
        &mut self,
        paths: &mut Paths,
        path: &[u8],
        table: &EntryTable,
        odd: &mut Vec<NoteKind>,
    ) -> u32 {
        self.last = None;
        let mut rest = std::borrow::Cow::Borrowed(path);
        let mut from = 0;
        let mut links = 0;
        let mut at = 0;
        while from < rest.len() {
            let end =
                rest[from..].iter().position(|&byte| byte == b'/').map_or(rest.len(), |slash| from + slash);
            let part = &rest[from..end];
            from = end + 1;
            match part {
                b"" | b"." => continue,
                b".." => {
                    at = self.parent[at as usize];
                    continue;
                }
                _ => {}
            }
            let child = self.child(paths, at, part);
            let node = paths.nodes[child as usize];
            if node.mark.has(LINK) && node.entry != NO_ENTRY {
                let target = table.link(node.entry).unwrap_or_default();
                if links < MAX_LINKS && target.len() <= MAX_TARGET {
                    if links == 0 {
                        odd.push(NoteKind::ThroughSymlink);
                    }
                    links += 1;
                    if target.first() == Some(&b'/') {
                        at = 0;
                    }
                    let after = rest.get(from..).unwrap_or_default();
                    rest = [target, after].join(&b'/').into();
                    from = 0;
                    continue;
                }
            }
            if node.mark.has(Mark::PRESENT) && !node.mark.has(DIR) {
                // A file, or a symlink that leads nowhere: it gives way to the directory.
                odd.push(NoteKind::FileAsParent);
                paths.bury(child);
                paths.nodes[child as usize].mark.0 &= !LINK;
            }
            if !node.mark.has(DIR) {
                paths.imply(child);
            }
            at = child;
        }
        if links == 0 {
            self.last = Some((path.to_vec(), at));
        }
        at
    }

    /// All below a node gives way. Each node is met once for each time that it was written.
    pub(super) fn clear_below(&mut self, paths: &mut Paths, node: u32) -> bool {
        let mut replaced = false;
        let mut dirs = vec![node];
        while let Some(dir) = dirs.pop() {
            let mut child = std::mem::replace(&mut self.first[dir as usize], NONE);
            while child != NONE {
                replaced |= paths.bury(child);
                paths.nodes[child as usize].mark.0 &= Mark::REPEATED;
                dirs.push(child);
                child = std::mem::replace(&mut self.next[child as usize], NONE);
            }
        }
        replaced
    }

    /// All nodes but the root, by their parents and names; and where the children of each node begin among them.
    fn by_parent(&self, paths: &Paths) -> (Vec<u32>, Vec<u32>) {
        let count = self.parent.len();
        let mut begin = vec![0_u32; count + 1];
        for &parent in &self.parent[1..] {
            begin[parent as usize + 1] += 1;
        }
        for at in 0..count {
            begin[at + 1] += begin[at];
        }
        let mut order = vec![0; count - 1];
        let mut next = begin.clone();
        for node in 1..count {
            let place = &mut next[self.parent[node] as usize];
            order[*place as usize] = node as u32;
            *place += 1;
        }
        // Most directories are in order already: each is sorted on its own, which notices.
        for children in begin.windows(2) {
            order[children[0] as usize..children[1] as usize]
                .sort_unstable_by(|&a, &b| name_of(paths, a).cmp(name_of(paths, b)));
        }
        (begin, order)
    }

    /// Puts the nodes into depth-first order, siblings by name.
    pub(super) fn sort(self, paths: &Paths) -> LayerTree {
        let count = paths.nodes.len();
        let (begin, order) = self.by_parent(paths);
        let mut tree = LayerTree {
            nodes: Vec::with_capacity(count),
            names: Vec::with_capacity(paths.names.len()),
            repeated: Vec::new(),
        };
        let mut place = vec![0_u32; count];
        // Nodes whose children are being laid out, with the next child's place in `order`.
        let mut open: Vec<(u32, u32)> = Vec::new();
        let mut node = 0_u32;
        loop {
            place[node as usize] = tree.nodes.len() as u32;
            tree.names.extend_from_slice(name_of(paths, node));
            let Node { entry, mark, .. } = paths.nodes[node as usize];
            tree.nodes.push(Node { name_end: tree.names.len() as u32, end: 0, entry, mark });
            open.push((node, begin[node as usize]));
            let next = loop {
                let Some((parent, child)) = open.last_mut() else {
                    break None;
                };
                if *child < begin[*parent as usize + 1] {
                    *child += 1;
                    break Some(order[*child as usize - 1]);
                }
                tree.nodes[place[*parent as usize] as usize].end = tree.nodes.len() as u32;
                open.pop();
            };
            match next {
                Some(next) => node = next,
                None => break,
            }
        }
        tree.repeated = paths.repeated.iter().map(|&(node, entry)| (place[node as usize], entry)).collect();
        tree
    }
}

fn name_of(paths: &Paths, node: u32) -> &[u8] {
    let node = node as usize;
    let start = node.checked_sub(1).map_or(0, |before| paths.nodes[before].name_end);
    &paths.names[start as usize..paths.nodes[node].name_end as usize]
}
