//! Files of a finding, summed by path: how many paths, which are the largest, where they meet.

use super::{Paths, Subject};
use crate::text;
use crate::tree::{EntryRef, NodeId, Tree};

/// Paths shown of a finding.
const SHOWN: usize = 20;

impl Paths {
    /// The paths of files with their bytes; of several files of one path the sum counts.
    pub fn of(files: impl IntoIterator<Item = (NodeId, u64)>) -> Self {
        let mut files: Vec<(NodeId, u64)> = files.into_iter().collect();
        files.sort_unstable();
        files.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                kept.1 += next.1;
            }
            is_same
        });
        let count = files.len() as u64;
        let largest_first = |&(node, bytes): &(NodeId, u64)| (std::cmp::Reverse(bytes), node);
        if files.len() > SHOWN {
            files.select_nth_unstable_by_key(SHOWN, largest_first);
            files.truncate(SHOWN);
        }
        files.sort_unstable_by_key(largest_first);
        Self { count, sample: files.into_iter().map(|(node, _)| node).collect() }
    }
}

/// The lowest and the highest of some paths: nodes are numbered depth first, so that all lie under the directory in
/// which these two meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    first: NodeId,
    last: NodeId,
}

impl Reach {
    /// Of one path.
    pub fn of(node: NodeId) -> Self {
        Self { first: node, last: node }
    }

    /// With one path more.
    pub fn and(self, node: NodeId) -> Self {
        Self { first: self.first.min(node), last: self.last.max(node) }
    }

    /// The lowest directory of all the paths, or the path if it is one.
    pub fn home(self, tree: &Tree) -> NodeId {
        let mut at = self.first;
        while !tree.subtree(at).contains(&self.last.0) {
            at = tree.parent(at);
        }
        at
    }

    /// That directory or path for people: `/var/cache/apt`.
    pub fn shown(self, tree: &Tree) -> String {
        shown(tree, self.home(tree))
    }
}

/// A path for people.
pub fn shown(tree: &Tree, node: NodeId) -> String {
    format!("/{}", text::display(&tree.path(node)))
}

impl Subject<'_> {
    /// Bytes of the file that an entry ships.
    pub fn bytes(&self, entry: EntryRef) -> u64 {
        self.image.tree.entries(entry.layer).get(entry.entry).size
    }
}
