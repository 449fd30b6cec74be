//! The paths of a view that may have rows: what is listed before closed folders hide a part of it.

use super::bits::Bits;
use super::{Expanded, NodeId, RowQuery, Rows, Sort, Tree};

/// Paths of the wanted kinds that match, with the directories above them. Opening and closing folders only takes
/// rows out of it, so a pane keeps it from one key press to the next.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    nodes: Bits,
}

impl Listed {
    /// Whether anything is listed below a node: whether there is something to open.
    pub fn opens(&self, tree: &Tree, node: NodeId) -> bool {
        self.nodes.next(node.0 + 1).is_some_and(|below| below < tree.core.arena.end(node.0))
    }

    /// The direct children that are listed, in order.
    pub fn children<'a>(&'a self, tree: &'a Tree, node: NodeId) -> impl Iterator<Item = NodeId> + 'a {
        let arena = &tree.core.arena;
        let end = arena.end(node.0);
        std::iter::successors(self.nodes.next(node.0 + 1), |&child| self.nodes.next(arena.end(child)))
            .take_while(move |&child| child < end)
            .map(NodeId)
    }

    /// The rows, with what is below closed folders taken out.
    pub fn rows(&self, tree: &Tree, expanded: &Expanded, sort: Sort) -> Rows {
        let mut shown = self.nodes.clone();
        tree.close(&mut shown, expanded);
        Rows::new(shown, sort)
    }
}

impl Tree {
    /// What a view lists; `expanded` and `sort` of the query do not matter.
    pub fn listed(&self, query: &RowQuery<'_>) -> Listed {
        let mut shown = self.parts(query.view, query.ignore_time).of(query.kinds);
        if let Some(matches) = query.matches {
            // A matching directory brings all that is below it.
            let mut wanted = matches.nodes.bits().clone();
            let mut opened = wanted.clone();
            opened.keep(&self.core.dirs);
            let mut at = 0;
            while let Some(dir) = opened.next(at) {
                at = self.core.arena.end(dir);
                wanted.insert_range(dir..at);
            }
            shown.keep(&wanted);
        }
        let mut nodes = self.with_ancestors(shown);
        nodes.remove(0);
        Listed { nodes }
    }
}
