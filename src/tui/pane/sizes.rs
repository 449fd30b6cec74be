//! What stands in the column of sizes: what is shipped or there, and of what is removed, what went with it.

use crate::tree::{ChangeKind, NodeId, Totals, Tree, View, Weigh};

/// Sizes and counts of a view.
#[derive(Clone, Debug)]
pub struct Sizes {
    view: View,
    totals: Totals,
    /// What was there before, where the view removes something.
    before: Option<Totals>,
}

impl Sizes {
    /// Of a view.
    pub fn new(tree: &Tree, view: View) -> Self {
        let totals = tree.totals(view);
        let removes = !matches!(view, View::Rootfs(_)) && totals.counts(NodeId::ROOT).2 > 0;
        let before = removes.then(|| tree.sizes(view.points().0));
        Self { view, totals, before }
    }

    /// Bytes of a path with all below it; of a removed one those that went.
    pub fn bytes(&self, tree: &Tree, node: NodeId) -> u64 {
        match &self.before {
            Some(before) if tree.change(node, self.view).kind == ChangeKind::Removed => before.bytes(node),
            _ => self.totals.bytes(node),
        }
    }

    /// Paths added, modified and removed at and below a path.
    pub fn counts(&self, node: NodeId) -> (u64, u64, u64) {
        self.totals.counts(node)
    }
}

impl Weigh for Sizes {
    fn weight(&self, tree: &Tree, node: NodeId) -> u64 {
        self.bytes(tree, node)
    }
}
