//! The tree of a layer's paths while it grows.
//!
//! Engines write layers depth first and sorted, so the tree is built by a cursor: what a path shares with the one before
//! it is open, what follows is new. A path out of that order, or one that leads through a symlink or a file of the same
//! layer, turns the tree into a [`Foreign`] one, where paths are found by hashing and sorted at the end.

use super::foreign::Foreign;
use super::{EntryId, EntryKind, EntryTable, LayerTree, Mark, NO_ENTRY, Node, NoteKind};

/// Marks used only while a tree grows. What the path is at present:
pub(super) const DIR: u8 = 0x10;
pub(super) const LINK: u8 = 0x20;
/// The marks that stay.
const LASTING: u8 = Mark::WHITEOUT | Mark::OPAQUE | Mark::REPEATED | Mark::PRESENT;

/// The growing tree.
pub(super) struct Paths {
    pub(super) nodes: Vec<Node>,
    pub(super) names: Vec<u8>,
    pub(super) repeated: Vec<(u32, EntryId)>,
    /// The path that was placed last, and the open nodes along it with the ends of their names in it; the root first.
    last: Vec<u8>,
    open: Vec<(u32, usize)>,
    foreign: Option<Box<Foreign>>,
}

impl Paths {
    pub(super) fn new() -> Self {
        let root = Node { name_end: 0, end: 0, entry: NO_ENTRY, mark: Mark(Mark::PRESENT | DIR) };
        Self {
            nodes: vec![root],
            names: Vec::new(),
            repeated: Vec::new(),
            last: Vec::new(),
            open: vec![(0, 0)],
            foreign: None,
        }
    }

    /// How many paths there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The node of a normalised path; its directories come into being. `odd` hears what is met on the way.
    pub(super) fn place(&mut self, path: &[u8], table: &EntryTable, odd: &mut Vec<NoteKind>) -> u32 {
        if self.foreign.is_none() {
            if let Some(node) = self.place_sorted(path) {
                return node;
            }
            self.turn_foreign();
        }
        let Some(mut foreign) = self.foreign.take() else {
            return 0;
        };
        let node = foreign.place(self, path, table, odd);
        self.foreign = Some(foreign);
        node
    }

    /// The node of a normalised path that names a directory: symlinks are followed to its end.
    pub(super) fn place_dir(&mut self, path: &[u8], table: &EntryTable, odd: &mut Vec<NoteKind>) -> u32 {
        if self.foreign.is_none() {
            if let Some(node) = self.place_sorted(path) {
                let mark = self.nodes[node as usize].mark;
                if mark.has(DIR) || !mark.has(Mark::PRESENT) {
                    self.imply(node);
                    return node;
                }
            }
            self.turn_foreign();
        }
        let Some(mut foreign) = self.foreign.take() else {
            return 0;
        };
        let node = foreign.directory(self, path, table, odd);
        self.foreign = Some(foreign);
        node
    }

    /// `None` when the path is not next in order.
    fn place_sorted(&mut self, path: &[u8]) -> Option<u32> {
        if path.is_empty() {
            return Some(0);
        }
        let same = common(&self.last, path);
        // The deepest open node whose whole name is shared.
        let mut depth = self.open.len() - 1;
        while depth > 0 {
            let end = self.open[depth].1;
            if end <= same && (path.len() == end || path[end] == b'/') {
                break;
            }
            depth -= 1;
        }
        let (node, end) = self.open[depth];
        if path.len() == end {
            return Some(node);
        }
        let start = if depth == 0 { 0 } else { end + 1 };
        let rest = &path[start..];
        let name = first(rest);
        match self.open.get(depth + 1) {
            Some(&(_, end)) if name <= &self.last[start..end] => return None,
            _ => {}
        }
        if self.nodes[node as usize].mark.has(Mark::PRESENT) {
            if !self.nodes[node as usize].mark.has(DIR) {
                return None;
            }
        } else {
            self.imply(node);
        }
        self.close(depth + 1);
        self.last.truncate(end);
        let mut made = node;
        for name in rest.split(|&byte| byte == b'/') {
            if self.open.len() > depth + 1 {
                self.imply(made);
            }
            made = self.push(name);
            if !self.last.is_empty() {
                self.last.push(b'/');
            }
            self.last.extend_from_slice(name);
            self.open.push((made, self.last.len()));
        }
        Some(made)
    }

    /// Ends the open nodes from `depth` on.
    fn close(&mut self, depth: usize) {
        let end = self.nodes.len() as u32;
        for (node, _) in self.open.drain(depth..) {
            self.nodes[node as usize].end = end;
        }
    }

    /// A new node at the end, of which nothing is said yet.
    pub(super) fn push(&mut self, name: &[u8]) -> u32 {
        self.names.extend_from_slice(name);
        let node = self.nodes.len() as u32;
        self.nodes.push(Node {
            name_end: self.names.len() as u32,
            end: node + 1,
            entry: NO_ENTRY,
            mark: Mark(0),
        });
        node
    }

    /// Makes a node a directory that no entry states.
    pub(super) fn imply(&mut self, node: u32) {
        self.nodes[node as usize].mark.0 |= Mark::PRESENT | DIR;
    }

    /// An entry states the path. Whether something of this layer gave way.
    pub(super) fn state(&mut self, node: u32, entry: EntryId, kind: EntryKind) -> bool {
        let mark = self.nodes[node as usize].mark;
        let keeps_children = mark.has(DIR) && kind == EntryKind::Dir;
        let mut replaced = self.bury(node);
        if mark.has(Mark::PRESENT) && !keeps_children {
            replaced |= self.clear_below(node);
        }
        let node = &mut self.nodes[node as usize];
        node.entry = entry;
        node.mark.0 &= !(DIR | LINK);
        if kind != EntryKind::Dir {
            node.mark.0 &= !Mark::OPAQUE;
        }
        node.mark.0 |= Mark::PRESENT
            | match kind {
                EntryKind::Dir => DIR,
                EntryKind::Symlink => LINK,
                _ => 0,
            };
        replaced
    }

    /// `.wh.name` stands for the path. Whether the path was there already; it stays.
    pub(super) fn white_out(&mut self, node: u32) -> bool {
        let mark = &mut self.nodes[node as usize].mark;
        let late = mark.has(Mark::PRESENT);
        mark.0 |= Mark::WHITEOUT;
        late
    }

    /// A device that stands for a whiteout: unlike `.wh.name` it takes the place of what this layer wrote before.
    pub(super) fn white_out_by_device(&mut self, node: u32) -> bool {
        let replaced = self.bury(node) | self.clear_below(node);
        let mark = &mut self.nodes[node as usize].mark;
        mark.0 &= !(Mark::PRESENT | Mark::OPAQUE | DIR | LINK);
        mark.0 |= Mark::WHITEOUT;
        replaced
    }

    /// `.wh..wh..opq` stands in the directory.
    pub(super) fn make_opaque(&mut self, node: u32) {
        self.nodes[node as usize].mark.0 |= Mark::OPAQUE;
    }

    /// Puts a node's entry among the repeated ones, if it has one.
    pub(super) fn bury(&mut self, node: u32) -> bool {
        let at = &mut self.nodes[node as usize];
        let entry = std::mem::replace(&mut at.entry, NO_ENTRY);
        if entry == NO_ENTRY {
            return false;
        }
        at.mark.0 |= Mark::REPEATED;
        self.repeated.push((node, entry));
        true
    }

    /// All that this layer wrote below a node gives way.
    fn clear_below(&mut self, node: u32) -> bool {
        if self.foreign.is_none() {
            if node as usize + 1 == self.nodes.len() {
                return false;
            }
            self.turn_foreign();
        }
        let Some(mut foreign) = self.foreign.take() else {
            return false;
        };
        let replaced = foreign.clear_below(self, node);
        self.foreign = Some(foreign);
        replaced
    }

    fn turn_foreign(&mut self) {
        self.close(0);
        self.last = Vec::new();
        self.foreign = Some(Box::new(Foreign::of(self)));
    }

    /// The finished tree.
    pub(super) fn finish(mut self) -> LayerTree {
        self.close(0);
        let mut tree = match self.foreign.take() {
            None => LayerTree { nodes: self.nodes, names: self.names, repeated: self.repeated },
            Some(foreign) => foreign.sort(&self),
        };
        tree.repeated.sort_unstable();
        for node in &mut tree.nodes {
            node.mark.0 &= LASTING;
        }
        tree
    }
}

/// The first component.
fn first(path: &[u8]) -> &[u8] {
    &path[..path.iter().position(|&byte| byte == b'/').unwrap_or(path.len())]
}

/// How many bytes two paths have in common.
fn common(a: &[u8], b: &[u8]) -> usize {
    let (eights, _) = a.as_chunks::<8>();
    let (others, _) = b.as_chunks::<8>();
    let whole = 8 * eights.iter().zip(others).take_while(|(a, b)| a == b).count();
    whole + a[whole..].iter().zip(&b[whole..]).take_while(|(a, b)| a == b).count()
}
