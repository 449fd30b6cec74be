//! Dead bytes of paths and folders, layer by layer: sums over ranges of nodes, so that any row asks for its own.

use crate::layer::LayerIndex;
use crate::ledger::Ledger;
use crate::tree::{NodeId, Tree, View, Weigh};

/// Dead bytes of all layers.
#[derive(Clone, Debug, Default)]
pub struct DeadBytes {
    /// For each layer the nodes whose bytes are dead, ascending, each with the sum up to and with it.
    layers: Vec<Vec<(u32, u64)>>,
}

/// Dead bytes of one view, for the order of rows.
#[derive(Clone, Copy, Debug)]
pub struct DeadIn<'a> {
    /// Of all layers.
    pub dead: &'a DeadBytes,
    /// The view.
    pub view: View,
}

impl DeadBytes {
    /// Gathers them.
    pub fn new(tree: &Tree, ledger: &Ledger) -> Self {
        let layer = |at: usize| {
            let layer = LayerIndex::from_offset(at);
            let entries = &tree.entries(layer).entries;
            let dead = ledger.fates(layer).iter().zip(entries).filter(|(fate, _)| fate.death.is_some());
            let mut dead: Vec<(u32, u64)> =
                dead.map(|(fate, entry)| (fate.node.0, entry.size)).filter(|(_, size)| *size > 0).collect();
            dead.sort_unstable();
            let mut sum = 0_u64;
            for (_, bytes) in &mut dead {
                sum = sum.saturating_add(*bytes);
                *bytes = sum;
            }
            dead
        };
        Self { layers: (0..usize::from(ledger.layer_count())).map(layer).collect() }
    }

    /// The layers whose bytes a view speaks of. A root filesystem has none: what is there is seen.
    fn of(&self, view: View) -> &[Vec<(u32, u64)>] {
        let (from, to) = match view {
            View::Changeset(layer) => (layer, layer),
            View::Range(from, to) => (from, to),
            View::Rootfs(_) => return &[],
        };
        let from = usize::from(from.0.max(1)) - 1;
        self.layers.get(from..usize::from(to.0).min(self.layers.len())).unwrap_or_default()
    }

    /// Bytes that a view's layers ship for a path and all below it, and that no container sees.
    pub fn bytes(&self, tree: &Tree, node: NodeId, view: View) -> u64 {
        let nodes = tree.subtree(node);
        let before = |dead: &[(u32, u64)], node: u32| {
            let at = dead.partition_point(|&(other, _)| other < node);
            at.checked_sub(1).map_or(0, |at| dead[at].1)
        };
        let sum = |dead: &Vec<(u32, u64)>| before(dead, nodes.end) - before(dead, nodes.start);
        self.of(view).iter().map(sum).fold(0, u64::saturating_add)
    }

    /// The first path after a node whose bytes are dead in a view.
    pub fn next(&self, after: NodeId, view: View) -> Option<NodeId> {
        let next = |dead: &Vec<(u32, u64)>| {
            dead.get(dead.partition_point(|&(other, _)| other <= after.0)).map(|&(node, _)| node)
        };
        self.of(view).iter().filter_map(next).min().map(NodeId)
    }
}

impl Weigh for DeadIn<'_> {
    fn weight(&self, tree: &Tree, node: NodeId) -> u64 {
        self.dead.bytes(tree, node, self.view)
    }
}
