//! The nodes of a view in the order in which they are printed: depth first, folders that lead to something included.

use crate::layer::EntryKind;
use crate::tree::{ChangeKind, NodeId, Tree, View};

/// What is walked.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many levels below the start; all when `None`.
    pub depth: Option<usize>,
    /// Only directories.
    pub dirs_only: bool,
}

impl Limits {
    /// Everything.
    pub const NONE: Self = Self { depth: None, dirs_only: false };
}

/// A node on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The node.
    pub node: NodeId,
    /// Levels below the start; the start's children have 1.
    pub depth: usize,
    /// No later sibling is shown.
    pub is_last: bool,
    /// Here only because it leads to something.
    pub is_context: bool,
}

/// The nodes of a view at and below a start.
pub struct Walk<'a> {
    tree: &'a Tree,
    view: View,
    start: NodeId,
    limits: Limits,
    /// Whether the start is left out.
    below: bool,
    /// For each node from the start on: whether the view has it, whether it leads to one that the view has, and
    /// whether it is the last such sibling.
    flags: Vec<u8>,
}

const MEMBER: u8 = 1;
const SHOWN: u8 = 2;
const LAST: u8 = 4;
/// Of a directory: a later child is shown.
const HAS_SHOWN: u8 = 8;

impl<'a> Walk<'a> {
    /// Finds out which nodes at and below `start` a view shows: of a range those that differ, of a changeset what the
    /// layer says, of a rootfs what is there.
    pub fn new(tree: &'a Tree, view: View, start: NodeId, limits: Limits) -> Self {
        let range = tree.subtree(start);
        let mut flags = vec![0; range.len()];
        // Backwards, children come before their parents and later siblings before earlier ones.
        for at in (0..flags.len()).rev() {
            let node = NodeId(range.start + at as u32);
            if is_member(tree, view, node) && (!limits.dirs_only || is_dir(tree, view, node)) {
                flags[at] |= MEMBER | SHOWN;
            }
            if flags[at] & HAS_SHOWN != 0 {
                flags[at] |= SHOWN;
            }
            if at > 0 && flags[at] & SHOWN != 0 {
                let parent = (tree.parent(node).0 - range.start) as usize;
                if flags[parent] & HAS_SHOWN == 0 {
                    flags[at] |= LAST;
                    flags[parent] |= HAS_SHOWN;
                }
            }
        }
        Self { tree, view, start, limits, below: false, flags }
    }

    /// Without the start itself, if that is a folder.
    #[must_use]
    pub fn below(mut self) -> Self {
        self.below = is_dir(self.tree, self.view, self.start);
        self
    }

    /// The tree.
    pub fn tree(&self) -> &'a Tree {
        self.tree
    }

    /// The view.
    pub fn view(&self) -> View {
        self.view
    }

    /// Where the walk starts.
    pub fn start(&self) -> NodeId {
        self.start
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.flags.iter().all(|flags| flags & MEMBER == 0)
    }

    /// Visits the start, if it belongs to the view or leads to something, and what is below it, in order. The root has
    /// no name and is visited only where an entry for it makes a changeset or range say something of it.
    ///
    /// # Errors
    ///
    /// The first error of `visit` ends the walk.
    pub fn each<E>(&self, mut visit: impl FnMut(Step) -> Result<(), E>) -> Result<(), E> {
        let base = self.start.0;
        let mut at = 0;
        // Ends of the subtrees that we are in: the depth.
        let mut open: Vec<u32> = Vec::new();
        while at < self.flags.len() {
            let node = NodeId(base + at as u32);
            while open.last().is_some_and(|&end| node.0 >= end) {
                open.pop();
            }
            let end = self.tree.subtree(node).end;
            let flags = self.flags[at];
            let hidden_root = node == NodeId::ROOT && !self.says_of_root();
            if flags & SHOWN != 0 && !hidden_root && !(self.below && at == 0) {
                visit(Step {
                    node,
                    depth: open.len(),
                    is_last: flags & LAST != 0 || at == 0,
                    is_context: flags & MEMBER == 0,
                })?;
            }
            let deeper = self.limits.depth.is_none_or(|depth| open.len() < depth);
            if deeper && flags & HAS_SHOWN != 0 {
                open.push(end);
                at += 1;
            } else {
                at = (end - base) as usize;
            }
        }
        Ok(())
    }

    fn says_of_root(&self) -> bool {
        let (_, after) = self.view.points();
        let is_stated = || self.tree.facts(NodeId::ROOT, after).is_some_and(|facts| !facts.implied);
        !matches!(self.view, View::Rootfs(_)) && is_stated()
    }
}

fn is_member(tree: &Tree, view: View, node: NodeId) -> bool {
    match view {
        View::Range(..) => tree.change(node, view).kind != ChangeKind::Unchanged,
        View::Changeset(_) | View::Rootfs(_) => tree.is_in(node, view),
    }
}

fn is_dir(tree: &Tree, view: View, node: NodeId) -> bool {
    let (before, after) = view.points();
    tree.facts(node, after)
        .or_else(|| tree.facts(node, before))
        .is_some_and(|facts| facts.kind == EntryKind::Dir)
}
