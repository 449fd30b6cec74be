//! Paths that hard links tie together.

use std::collections::HashMap;

use super::NodeId;

/// Sets of paths, grown by tying two at a time.
#[derive(Clone, Debug, Default)]
pub struct Families {
    /// The path through which each one is tied to the rest; the last in a chain is tied to itself.
    through: HashMap<NodeId, NodeId>,
}

impl Families {
    /// Puts two paths, and all that is tied to either, into one family.
    pub fn tie(&mut self, one: NodeId, other: NodeId) {
        let (one, other) = (self.head(one), self.head(other));
        self.through.insert(one.max(other), one.min(other));
    }

    /// The path that stands for a family. Chains are halved on the way.
    fn head(&mut self, node: NodeId) -> NodeId {
        let mut at = node;
        loop {
            let next = *self.through.entry(at).or_insert(at);
            if next == at {
                return at;
            }
            let after = self.through[&next];
            self.through.insert(at, after);
            at = after;
        }
    }

    /// The families, each in order.
    pub fn into_groups(mut self) -> Vec<Vec<NodeId>> {
        let nodes: Vec<NodeId> = self.through.keys().copied().collect();
        let mut headed: Vec<(NodeId, NodeId)> =
            nodes.into_iter().map(|node| (self.head(node), node)).collect();
        headed.sort_unstable();
        headed
            .chunk_by(|one, other| one.0 == other.0)
            .map(|group| group.iter().map(|&(_, node)| node).collect())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_tied_in_a_chain_is_one_family() {
        let mut families = Families::default();
        for (one, other) in [(1, 2), (5, 6), (9, 2), (7, 9), (6, 5), (8, 8)] {
            families.tie(NodeId(one), NodeId(other));
        }
        let groups = families.into_groups();
        let groups: Vec<Vec<u32>> =
            groups.iter().map(|group| group.iter().map(|node| node.0).collect()).collect();
        assert_eq!(groups, [vec![1, 2, 7, 9], vec![5, 6], vec![8]]);
    }
}
