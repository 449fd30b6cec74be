//! The rows of a tree pane: a projection of a view, sliced to the screen.

use std::collections::HashSet;

use super::{Kinds, Matches, NodeId, Totals, Tree, View};

/// Which directories are open.
#[derive(Clone, Debug, Default)]
pub struct Expanded {
    /// What holds for a directory that was not touched.
    pub open_by_default: bool,
    /// Directories that differ from the default.
    pub flipped: HashSet<NodeId>,
}

impl Expanded {
    /// Whether a directory is open. The root always is.
    pub fn is_open(&self, node: NodeId) -> bool {
        node == NodeId::ROOT || self.open_by_default != self.flipped.contains(&node)
    }

    /// Opens or closes a directory.
    pub fn set(&mut self, node: NodeId, open: bool) {
        if open == self.open_by_default {
            self.flipped.remove(&node);
        } else {
            self.flipped.insert(node);
        }
    }
}

/// The order of siblings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// By the bytes of the name.
    #[default]
    Name,
    /// Largest first (totals of directories), then by name.
    Size,
}

/// What decides which rows there are.
#[derive(Clone, Copy, Debug)]
pub struct RowQuery<'a> {
    /// The view.
    pub view: View,
    /// Kinds shown. A directory stays while something below it is shown.
    pub kinds: Kinds,
    /// Whether paths of which only the time changed count as unchanged.
    pub ignore_time: bool,
    /// Only these and their ancestors; a matching directory shows all that is below it.
    pub matches: Option<&'a Matches>,
    /// Open directories.
    pub expanded: &'a Expanded,
    /// Order.
    pub sort: Sort,
}

/// The rows, top to bottom, without the root. Any row is found in logarithmic time, so a pane asks only for
/// those on screen.
#[derive(Clone, Debug, Default)]
pub struct Rows {}

impl Rows {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The nodes of rows `start..start + count`.
    pub fn slice(&self, tree: &Tree, totals: &Totals, start: usize, count: usize) -> Vec<NodeId> {
        let _ = (tree, totals, start, count);
        Vec::new()
    }

    /// The row of a node, or of its nearest ancestor that has one.
    pub fn position(&self, tree: &Tree, totals: &Totals, node: NodeId) -> Option<usize> {
        let _ = (tree, totals, node);
        None
    }
}

impl Tree {
    /// The rows of a view. A key press at a million paths must get here and back within a few milliseconds.
    pub fn rows(&self, query: &RowQuery<'_>) -> Rows {
        let _ = query;
        Rows::default()
    }
}
