//! The merged filesystem: one arena of paths for all layers, with a timeline for each path.
//!
//! Layers are merged by one depth-first walk over their sorted path trees at once ([`Tree::merge`]); nothing is
//! stacked twice, and a whiteout costs what it hides. Nodes are numbered depth first, siblings sorted by the bytes
//! of their names, so that a subtree is a range of numbers. Every question (a changeset, a rootfs, a range, what
//! changed, sizes, rows on screen) is a query over that one arena. May use `layer` and `text`.

mod query;
mod rows;

use std::sync::Arc;

use crate::layer::{Changeset, EntryId, EntryTable, LayerIndex};

pub use query::{Change, ChangeKind, Changed, Facts, Filter, FilterError, Kinds, Matches, Totals, View};
pub use rows::{Expanded, RowQuery, Rows, Sort};

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
    /// It is a directory that this layer names without stating it, and no lower layer has it as a directory.
    Implied,
    /// An earlier entry of the same layer for the same path, dead in its own layer.
    Repeated,
    /// An entry states it.
    Stated,
}

/// All layers as one filesystem.
#[derive(Debug, Default)]
pub struct Tree {
    layers: Vec<Arc<EntryTable>>,
}

impl Tree {
    /// Merges the layers, base first. A layer that could not be had is an empty changeset.
    pub fn merge(layers: &[Arc<Changeset>]) -> Self {
        let _ = layers;
        Self::default()
    }

    /// How many layers were merged.
    pub fn layer_count(&self) -> usize {
        self.layers.len()
    }

    /// The entries of a layer.
    pub fn entries(&self, layer: LayerIndex) -> &EntryTable {
        &self.layers[layer.offset()]
    }

    /// How many paths there are, the root included.
    pub fn len(&self) -> usize {
        0
    }

    /// Whether there is no path but the root.
    pub fn is_empty(&self) -> bool {
        self.len() <= 1
    }

    /// The directory of a path; the root is its own.
    pub fn parent(&self, node: NodeId) -> NodeId {
        let _ = node;
        NodeId::ROOT
    }

    /// The last component of a path; empty for the root.
    pub fn name(&self, node: NodeId) -> &[u8] {
        let _ = node;
        b""
    }

    /// The whole path, without a leading slash; empty for the root.
    pub fn path(&self, node: NodeId) -> Vec<u8> {
        let _ = node;
        Vec::new()
    }

    /// The number of components of a path; 0 for the root.
    pub fn depth(&self, node: NodeId) -> usize {
        let _ = node;
        0
    }

    /// The direct children, in order, of all layers.
    pub fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let _ = node;
        std::iter::empty()
    }

    /// The node and all below it, depth first.
    pub fn subtree(&self, node: NodeId) -> std::ops::Range<u32> {
        node.0..node.0 + 1
    }

    /// The node of a path (leading and trailing slashes and `.` components are ignored; `..` never matches).
    pub fn find(&self, path: &[u8]) -> Option<NodeId> {
        let _ = path;
        None
    }

    /// The life of a path: layers ascending, and within a layer in the order of [`What`].
    pub fn events(&self, node: NodeId) -> &[Event] {
        let _ = node;
        &[]
    }
}
