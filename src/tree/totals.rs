//! Sizes and counts of whole subtrees.

use std::sync::Arc;

use super::{Core, NodeId, Tree, View, bits::Ranked, past};
use crate::layer::LayerIndex;

/// Sizes and counts of whole subtrees in one view, computed once per view and asked per row in logarithmic time.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    core: Arc<Core>,
    what: What,
    /// Bytes before each block of nodes, each name of a file counted; modulo 2^64.
    before: Vec<u64>,
    /// Nodes above which names of one file come together, ascending, and the bytes counted twice there and in those
    /// before.
    twice: Vec<(u32, u64)>,
    added: Ranked,
    modified: Ranked,
    removed: Ranked,
}

/// Which bytes are summed.
#[derive(Clone, Copy, Debug)]
enum What {
    /// Those that a layer ships.
    Payload(u16),
    /// Those that are there after a layer.
    There(u16),
}

impl Default for What {
    fn default() -> Self {
        Self::There(0)
    }
}

impl Totals {
    /// Bytes at and under a node, as stored (holes of sparse files not counted). Changeset: payload that the layer
    /// ships there. Rootfs and range: distinct inodes at the later point, each counted once however many names it
    /// has there.
    pub fn bytes(&self, node: NodeId) -> u64 {
        let Some(&end) = self.core.arena.ends.get(node.0 as usize) else { return 0 };
        let start = node.0;
        let (first, last) = (start.div_ceil(past::BLOCK), end / past::BLOCK);
        let sum = if first < last {
            let blocks = self.before[last as usize].wrapping_sub(self.before[first as usize]);
            blocks
                .wrapping_add(self.sum(start..first * past::BLOCK))
                .wrapping_add(self.sum(last * past::BLOCK..end))
        } else {
            self.sum(start..end)
        };
        sum.wrapping_sub(self.twice_before(end).wrapping_sub(self.twice_before(start)))
    }

    /// The bytes of some nodes, each name of a file counted.
    fn sum(&self, nodes: std::ops::Range<u32>) -> u64 {
        let Core { arena, links, .. } = &*self.core;
        nodes
            .map(|node| match self.what {
                What::Payload(layer) => past::payload(arena, node, layer),
                What::There(at) => past::size(arena, links, arena.standing(node, at)),
            })
            .fold(0, u64::wrapping_add)
    }

    fn twice_before(&self, node: u32) -> u64 {
        let at = self.twice.partition_point(|&(other, _)| other < node);
        at.checked_sub(1).map_or(0, |at| self.twice[at].1)
    }

    /// Number of `(added, modified, removed)` paths of the view at and under a node (directories whose own metadata
    /// did not change do not count, nor does the root itself).
    pub fn counts(&self, node: NodeId) -> (u64, u64, u64) {
        let Some(&end) = self.core.arena.ends.get(node.0 as usize) else { return (0, 0, 0) };
        let count = |part: &Ranked| u64::from(part.count_in(node.0.max(1)..end.max(1)));
        (count(&self.added), count(&self.modified), count(&self.removed))
    }
}

impl Tree {
    /// Sizes and counts of a view.
    pub fn totals(&self, view: View) -> Totals {
        let parts = self.parts(view, false);
        Totals {
            added: Ranked::new(parts.added),
            modified: Ranked::new(parts.modified),
            removed: Ranked::new(parts.removed),
            ..self.sums(view)
        }
    }

    /// Sizes of what is there after a layer; nothing is counted.
    pub fn sizes(&self, at: LayerIndex) -> Totals {
        self.sums(View::Rootfs(at))
    }

    fn sums(&self, view: View) -> Totals {
        let past = &self.core.past;
        let mut blocks = vec![0_u64; self.len() / past::BLOCK as usize + 2];
        // One place after its block: the running sum then stands before each block.
        let (what, twice) = match view {
            View::Changeset(layer) => {
                for bytes in past.bytes(layer.0) {
                    blocks[bytes.block as usize + 1] = bytes.payload;
                }
                (What::Payload(layer.0), Vec::new())
            }
            View::Rootfs(at) | View::Range(_, at) => {
                for layer in 1..=at.0.min(self.layer_count() as u16) {
                    for bytes in past.bytes(layer) {
                        let sum = &mut blocks[bytes.block as usize + 1];
                        *sum = sum.wrapping_add(bytes.growth);
                    }
                }
                (What::There(at.0), self.counted_twice(at.0))
            }
        };
        let mut sum = 0_u64;
        for block in &mut blocks {
            sum = sum.wrapping_add(*block);
            *block = sum;
        }
        Totals { core: Arc::clone(&self.core), what, before: blocks, twice, ..Totals::default() }
    }

    /// Where names of one file come together after layer `at`: neighbouring names of a file, in order, both count
    /// their bytes under every directory at or above their nearest common one, and only there. Nodes ascending, with
    /// running sums.
    fn counted_twice(&self, at: u16) -> Vec<(u32, u64)> {
        let Core { arena, links, .. } = &*self.core;
        let mut pairs = Vec::new();
        for (inode, names) in links.groups() {
            let size = arena.layers[inode.layer.offset()].get(inode.entry).size;
            if size == 0 {
                continue;
            }
            let mut last = None;
            for &name in names.iter().filter(|name| arena.is_standing(**name, at)) {
                pairs.extend(last.map(|last| (name.0, last, size)));
                last = Some(name.0);
            }
        }
        pairs.sort_unstable();
        // The directories above the second name of each pair, from the root down. Second names ascend, so each
        // directory enters once, however deep it is.
        let mut above: Vec<u32> = Vec::new();
        let mut climb = Vec::new();
        let mut twice = Vec::with_capacity(pairs.len());
        for (second, first, size) in pairs {
            while above.last().is_some_and(|&dir| arena.end(dir) <= second) {
                above.pop();
            }
            let mut dir = arena.parent(second);
            while above.last() != Some(&dir) {
                climb.push(dir);
                if dir == 0 {
                    break;
                }
                dir = arena.parent(dir);
            }
            above.extend(climb.drain(..).rev());
            let common = above.partition_point(|&dir| dir < first) - 1;
            twice.push((above[common], size));
        }
        twice.sort_unstable();
        let mut sum = 0_u64;
        for (_, bytes) in &mut twice {
            sum = sum.wrapping_add(*bytes);
            *bytes = sum;
        }
        twice
    }
}
