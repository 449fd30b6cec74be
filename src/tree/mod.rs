//! The merged filesystem: one arena of paths for all layers, with a timeline for each path.
//!
//! Layers are merged by one depth-first walk over their sorted path trees at once ([`Tree::merge`]); nothing is
//! stacked twice, and a whiteout costs what it hides. Nodes are numbered depth first, siblings sorted by the bytes
//! of their names, so that a subtree is a range of numbers. Every question (a changeset, a rootfs, a range, what
//! changed, sizes, rows on screen) is a query over that one arena. May use `layer` and `text`.

mod arena;
mod bits;
mod families;
mod filter;
mod inodes;
mod links;
mod listed;
mod matches;
mod merge;
mod notes;
mod past;
mod query;
mod rows;
mod totals;
mod view;

use std::collections::HashMap;
use std::sync::Arc;

use crate::layer::{Changeset, EntryId, EntryTable, LayerIndex, NoteKind, Notes};

pub use families::Families;
pub use filter::{Filter, FilterError};
pub use listed::Listed;
pub use matches::Matches;
pub use query::{Change, ChangeKind, Changed, Facts, Kinds, View};
pub use rows::{Expanded, RowQuery, Rows, Sort, Weigh};
pub use totals::Totals;

/// A path of the image, in any layer. The root is 0. Numbers are depth first and hold for one [`Tree`] only: when a
/// larger tree replaces this one while layers load, carry a selection over by path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

impl NodeId {
    /// The root directory.
    pub const ROOT: Self = Self(0);
}

/// An entry of a layer of this image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryRef {
    /// The layer.
    pub layer: LayerIndex,
    /// The entry in that layer's table.
    pub entry: EntryId,
}

/// Something that happened to a path in a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// In which layer.
    pub layer: LayerIndex,
    /// What.
    pub what: What,
    /// The entry of [`What::Stated`] and [`What::Repeated`], else [`crate::layer::NO_ENTRY`].
    pub entry: EntryId,
}

/// What can happen to a path. Within one layer the events of a path stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// It went with an ancestor: whited out, hidden by an opaque directory above, or an ancestor is no directory any
    /// more. Recorded only where the path was there.
    Hidden,
    /// An explicit whiteout stands for it, whether or not it was there.
    Whiteout,
    /// It carries an opaque marker, which hides its lower children.
    Opaque,
    /// It is a directory that this layer names without stating it, and no lower layer has it as a directory (or this
    /// layer whites that out).
    Implied,
    /// An earlier entry of the same layer for the same path, dead in its own layer.
    Repeated,
    /// An entry states it.
    Stated,
}

/// All layers as one filesystem.
#[derive(Debug)]
pub struct Tree {
    core: Arc<Core>,
    /// What each layer modified, nodes ascending.
    modified: Vec<Vec<(u32, Changed)>>,
    /// Hashes of contents that no inflating pass brought.
    decided: HashMap<EntryRef, u64>,
    notes: Notes,
}

/// What never changes after merging; shared with [`Totals`].
#[derive(Debug, Default)]
struct Core {
    arena: arena::Arena,
    links: links::Links,
    past: past::Past,
    /// The nodes with children.
    dirs: bits::Bits,
}

impl Default for Tree {
    fn default() -> Self {
        Self::merge(&[])
    }
}

impl Tree {
    /// Merges the layers, base first. A layer that could not be had is an empty changeset. Layers past 4 GiB of names
    /// or 850 million paths in all (more than memory holds) count as empty, with a note.
    pub fn merge(layers: &[Arc<Changeset>]) -> Self {
        let (fitting, left_out) = merge::fitting(layers);
        let (arena, mut notes) = merge::merge(&fitting);
        for layer in left_out {
            notes.add(NoteKind::LayerFaulty, layer, || b"too many paths in all".to_vec());
        }
        let touched = past::Touched::new(&arena);
        let links = links::Links::new(&arena, |layer| touched.of(layer), &mut notes);
        let past = past::Past::new(&arena, &links, touched);
        let mut dirs = bits::Bits::new(arena.len());
        for (node, &end) in (0..).zip(&arena.ends) {
            if end > node + 1 {
                dirs.insert(node);
            }
        }
        let core = Arc::new(Core { arena, links, past, dirs });
        let mut tree = Self { core, modified: Vec::new(), decided: HashMap::new(), notes: notes.join() };
        tree.find_modified();
        tree
    }

    /// What was odd between the layers: whiteouts of nothing, symlinks replaced by directories, hard links to nothing.
    pub fn notes(&self) -> &Notes {
        &self.notes
    }

    /// How many layers were merged.
    pub fn layer_count(&self) -> usize {
        self.core.arena.layers.len()
    }

    /// The entries of a layer.
    pub fn entries(&self, layer: LayerIndex) -> &EntryTable {
        &self.core.arena.layers[layer.offset()]
    }

    /// How many paths there are, the root included.
    pub fn len(&self) -> usize {
        self.core.arena.len()
    }

    /// Whether there is no path but the root.
    pub fn is_empty(&self) -> bool {
        self.len() <= 1
    }

    /// The directory of a path; the root is its own.
    pub fn parent(&self, node: NodeId) -> NodeId {
        NodeId(self.core.arena.parent(node.0))
    }

    /// The last component of a path; empty for the root.
    pub fn name(&self, node: NodeId) -> &[u8] {
        self.core.arena.name(node.0)
    }

    /// The first and the last byte of the name of each path, in order, zeros for the root's. Who looks for names among
    /// a million rules out nearly all of them by these.
    pub fn letters(&self) -> &[[u8; 2]] {
        self.core.arena.letters()
    }

    /// The whole path, without a leading slash; empty for the root.
    pub fn path(&self, node: NodeId) -> Vec<u8> {
        self.core.arena.path(node.0)
    }

    /// The number of components of a path; 0 for the root.
    pub fn depth(&self, node: NodeId) -> usize {
        std::iter::successors(Some(node), |&node| Some(self.parent(node)))
            .take_while(|&node| node != NodeId::ROOT)
            .count()
    }

    /// The direct children, in order, of all layers.
    pub fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.core.arena.children(node.0).map(NodeId)
    }

    /// The node and all below it, depth first.
    pub fn subtree(&self, node: NodeId) -> std::ops::Range<u32> {
        node.0..self.core.arena.end(node.0)
    }

    /// The node of a path (leading and trailing slashes and `.` components are ignored; `..` never matches).
    pub fn find(&self, path: &[u8]) -> Option<NodeId> {
        self.core.arena.find(path)
    }

    /// The path of that name in a directory.
    pub fn child(&self, dir: NodeId, name: &[u8]) -> Option<NodeId> {
        self.core.arena.child(dir.0, name).map(NodeId)
    }

    /// The life of a path: layers ascending, and within a layer in the order of [`What`].
    pub fn events(&self, node: NodeId) -> &[Event] {
        self.core.arena.events(node.0)
    }

    /// The entry that a hard-link entry binds, whatever its kind; `None` for any other entry, and for a link to
    /// nothing.
    pub fn link_target(&self, link: EntryRef) -> Option<EntryRef> {
        self.core.links.bound(link)
    }
}
