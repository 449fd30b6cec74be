//! The nodes that match a filter.

use super::{NodeId, bits::Ranked};

/// The nodes that match a filter in a view, one bit each.
#[derive(Clone, Debug, Default)]
pub struct Matches {
    pub(super) nodes: Ranked,
}

impl Matches {
    /// How many.
    pub fn count(&self) -> usize {
        self.nodes.count() as usize
    }

    /// Whether a node itself matches (not merely something below it).
    pub fn has(&self, node: NodeId) -> bool {
        self.nodes.bits().has(node.0)
    }

    /// The first match after a node, or before it; wraps around.
    pub fn next(&self, after: NodeId, backwards: bool) -> Option<NodeId> {
        let nodes = self.nodes.bits();
        if backwards {
            nodes.previous(after.0).or_else(|| nodes.previous(u32::MAX))
        } else {
            nodes.next(after.0 + 1).or_else(|| nodes.next(0))
        }
        .map(NodeId)
    }
}
