//! The rows of a tree pane: a projection of a view, sliced to the screen.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use super::bits::{Bits, Ranked};
use super::{Core, Kinds, Matches, NodeId, Totals, Tree, View};

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
    /// Heaviest first ([`Weigh`]: directories with all that is in them), then by name.
    Size,
}

/// What decides the order by size.
pub trait Weigh {
    /// How heavy a path is, with all below it.
    fn weight(&self, tree: &Tree, node: NodeId) -> u64;
}

impl Weigh for Totals {
    fn weight(&self, _tree: &Tree, node: NodeId) -> u64 {
        self.bytes(node)
    }
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
pub struct Rows {
    /// The nodes that have a row.
    visible: Ranked,
    sort: Sort,
    /// Children by size, of the directories on the way to the rows asked for so far.
    orders: Arc<Mutex<HashMap<u32, Arc<Order>>>>,
}

/// The visible children of a directory, largest first.
#[derive(Debug)]
struct Order {
    children: Vec<u32>,
    /// Rows of the directory before each child.
    before: Vec<u32>,
}

impl Rows {
    /// Rows of these nodes.
    pub(super) fn new(visible: Bits, sort: Sort) -> Self {
        Self { visible: Ranked::new(visible), sort, orders: Arc::default() }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.visible.count() as usize
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The nodes of rows `start..start + count`. `weights` are of the same view, and the same for each question.
    pub fn slice(&self, tree: &Tree, weights: &dyn Weigh, start: usize, count: usize) -> Vec<NodeId> {
        let Ok(skip) = u32::try_from(start) else { return Vec::new() };
        if start >= self.len() {
            return Vec::new();
        }
        match self.sort {
            Sort::Name => {
                let bits = self.visible.bits();
                std::iter::successors(self.visible.select(skip), |&node| bits.next(node + 1))
                    .take(count)
                    .map(NodeId)
                    .collect()
            }
            Sort::Size => self.slice_by_size(tree, weights, skip, count),
        }
    }

    fn slice_by_size(&self, tree: &Tree, weights: &dyn Weigh, mut skip: u32, count: usize) -> Vec<NodeId> {
        let mut rows = Vec::with_capacity(count.min(self.len()));
        let order = self.order(tree, weights, 0);
        let mut at = order.at(skip);
        skip -= order.before.get(at).copied().unwrap_or(0);
        let mut open = vec![(order, at)];
        while let Some((order, next)) = open.last_mut() {
            if rows.len() == count {
                break;
            }
            let Some(&node) = order.children.get(*next) else {
                open.pop();
                continue;
            };
            *next += 1;
            if skip > 0 {
                skip -= 1;
            } else {
                rows.push(NodeId(node));
            }
            if self.rows_below(tree, node) > 0 {
                let order = self.order(tree, weights, node);
                at = order.at(skip);
                skip -= order.before.get(at).copied().unwrap_or(0);
                open.push((order, at));
            }
        }
        rows
    }

    /// How many rows stand below a node.
    fn rows_below(&self, tree: &Tree, node: u32) -> u32 {
        self.visible.count_in(node + 1..tree.core.arena.end(node))
    }

    fn order(&self, tree: &Tree, weights: &dyn Weigh, dir: u32) -> Arc<Order> {
        let mut orders = self.orders.lock().unwrap_or_else(PoisonError::into_inner);
        let order = orders.entry(dir).or_insert_with(|| {
            let arena = &tree.core.arena;
            let bits = self.visible.bits();
            let end = arena.end(dir);
            let mut sized: Vec<_> =
                std::iter::successors(bits.next(dir + 1), |&child| bits.next(arena.end(child)))
                    .take_while(|&child| child < end)
                    .map(|child| (Reverse(weights.weight(tree, NodeId(child))), child))
                    .collect();
            sized.sort_unstable();
            let mut sum = 0;
            let before = sized
                .iter()
                .map(|&(_, child)| {
                    let before = sum;
                    sum += 1 + self.rows_below(tree, child);
                    before
                })
                .collect();
            Arc::new(Order { children: sized.into_iter().map(|(_, child)| child).collect(), before })
        });
        Arc::clone(order)
    }

    /// The row of a node, or of its nearest ancestor that has one.
    pub fn position(&self, tree: &Tree, weights: &dyn Weigh, node: NodeId) -> Option<usize> {
        let arena = &tree.core.arena;
        let mut node = node.0;
        while !self.visible.bits().has(node) {
            if node == 0 {
                return None;
            }
            node = arena.parent(node);
        }
        if self.sort == Sort::Name {
            return Some(self.visible.rank(node) as usize);
        }
        let mut row = 0;
        loop {
            let dir = arena.parent(node);
            let order = self.order(tree, weights, dir);
            let at = order.children.iter().position(|&child| child == node)?;
            row += order.before[at] as usize;
            if dir == 0 {
                return Some(row);
            }
            // The directory's own row.
            row += 1;
            node = dir;
        }
    }
}

impl Order {
    /// The child in whose rows the directory's row `skip` is.
    fn at(&self, skip: u32) -> usize {
        self.before.partition_point(|&before| before <= skip).saturating_sub(1)
    }
}

impl Tree {
    /// The rows of a view. A key press at a million paths must get here and back within a few milliseconds.
    pub fn rows(&self, query: &RowQuery<'_>) -> Rows {
        self.listed(query).rows(self, query.expanded, query.sort)
    }

    /// Adds the directories above each node of a set.
    pub(super) fn with_ancestors(&self, nodes: Bits) -> Bits {
        let Core { arena, dirs, .. } = &*self.core;
        let mut missing = dirs.clone();
        missing.drop_all(&nodes);
        let below = Ranked::new(nodes);
        let mut all = below.bits().clone();
        for dir in missing.iter() {
            if below.count_in(dir + 1..arena.end(dir)) > 0 {
                all.insert(dir);
            }
        }
        all
    }

    /// Takes out what is below closed directories.
    pub(super) fn close(&self, nodes: &mut Bits, expanded: &Expanded) {
        let Core { arena, dirs, .. } = &*self.core;
        let mut flipped = Bits::new(self.len());
        for node in expanded.flipped.iter().filter(|node| dirs.has(node.0)) {
            flipped.insert(node.0);
        }
        // The directories that may be closed: those named, or all but those named.
        let mut closed = flipped;
        if !expanded.open_by_default {
            closed.invert();
            closed.keep(dirs);
        }
        closed.remove(0);
        let mut at = 0;
        while let Some(dir) = closed.next(at) {
            at = arena.end(dir);
            nodes.remove_range(dir + 1..at);
        }
    }
}
