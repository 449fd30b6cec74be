//! The flat arrays of the merged tree, and finding one's way in them.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::{Event, NodeId, What};
use crate::layer::EntryTable;

/// All paths of all layers, depth first, siblings sorted by the bytes of their names; 16 bytes a path, its name,
/// and 8 bytes an event.
#[derive(Debug, Default)]
pub(super) struct Arena {
    pub(super) layers: Vec<Arc<EntryTable>>,
    /// The last components of all paths, one after the other.
    pub(super) names: Vec<u8>,
    /// Where each node's name ends in `names`.
    pub(super) name_ends: Vec<u32>,
    /// The directory of each node.
    pub(super) parents: Vec<u32>,
    /// One past the last node below each node.
    pub(super) ends: Vec<u32>,
    /// Where each node's events begin; one more at the end.
    pub(super) firsts: Vec<u32>,
    pub(super) events: Vec<Event>,
    lower_names: OnceLock<Vec<u8>>,
    letters: OnceLock<Vec<[u8; 2]>>,
}

impl Arena {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn name(&self, node: u32) -> &[u8] {
        &self.names[self.name_start(node) as usize..self.name_ends[node as usize] as usize]
    }

    pub(super) fn name_start(&self, node: u32) -> u32 {
        (node as usize).checked_sub(1).map_or(0, |before| self.name_ends[before])
    }

    /// All names with ASCII letters in lower case, made when first asked for.
    pub(super) fn lower_names(&self) -> &[u8] {
        self.lower_names.get_or_init(|| self.names.to_ascii_lowercase())
    }

    /// The first and the last byte of each node's name, zeros where there is none; made when first asked for.
    pub(super) fn letters(&self) -> &[[u8; 2]] {
        let of = |name: &[u8]| [name.first().copied().unwrap_or(0), name.last().copied().unwrap_or(0)];
        self.letters.get_or_init(|| (0..self.len() as u32).map(|node| of(self.name(node))).collect())
    }

    pub(super) fn parent(&self, node: u32) -> u32 {
        self.parents[node as usize]
    }

    pub(super) fn end(&self, node: u32) -> u32 {
        self.ends[node as usize]
    }

    pub(super) fn events(&self, node: u32) -> &[Event] {
        let node = node as usize;
        &self.events[self.firsts[node] as usize..self.firsts[node + 1] as usize]
    }

    /// The whole path, without a leading slash.
    pub(super) fn path(&self, node: u32) -> Vec<u8> {
        let mut parts = Vec::new();
        let mut at = node;
        while at != 0 {
            parts.push(self.name(at));
            at = self.parent(at);
        }
        parts.reverse();
        parts.join(&b'/')
    }

    pub(super) fn children(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let end = self.ends.get(node as usize).copied().unwrap_or(0);
        let mut next = node + 1;
        std::iter::from_fn(move || {
            let child = (next < end).then_some(next)?;
            next = self.end(child);
            Some(child)
        })
    }

    /// The child of that name, in logarithmic time: directories of a million names are asked for each of them.
    pub(super) fn child(&self, dir: u32, name: &[u8]) -> Option<u32> {
        let (mut low, mut high) = (dir + 1, self.end(dir));
        while low < high {
            // The first of the rest, then the one in the middle: a chain of directories is not climbed at every step.
            for probe in [low, low.midpoint(high)] {
                if !(low..high).contains(&probe) {
                    continue;
                }
                let mut child = probe;
                while self.parent(child) != dir {
                    child = self.parent(child);
                }
                match self.name(child).cmp(name) {
                    std::cmp::Ordering::Equal => return Some(child),
                    std::cmp::Ordering::Less => low = self.end(child),
                    std::cmp::Ordering::Greater => high = child,
                }
            }
        }
        None
    }

    /// The event that made the path what it is after layer `at`: [`What::Stated`] or [`What::Implied`]. `None` where
    /// it is not there.
    pub(super) fn standing(&self, node: u32, at: u16) -> Option<Event> {
        let events = self.events(node);
        let until = match events {
            [] => return None,
            [.., last] if last.layer.0 <= at => events.len(),
            [first, ..] if first.layer.0 > at => return None,
            _ => events.partition_point(|event| event.layer.0 <= at),
        };
        for event in events[..until].iter().rev() {
            match event.what {
                What::Stated | What::Implied => return Some(*event),
                What::Hidden | What::Whiteout => return None,
                What::Opaque | What::Repeated => {}
            }
        }
        None
    }

    /// Whether a node is after layer `at` what its event (by number) made it.
    pub(super) fn is_standing(&self, (node, event): (u32, u32), at: u16) -> bool {
        self.standing(node, at) == Some(self.events[event as usize])
    }

    /// The events of a path in one layer.
    pub(super) fn events_in(&self, node: u32, layer: u16) -> &[Event] {
        let events = self.numbers_in(node, layer);
        &self.events[events.start as usize..events.end as usize]
    }

    /// The numbers of the events of a path in one layer.
    pub(super) fn numbers_in(&self, node: u32, layer: u16) -> Range<u32> {
        let events = self.events(node);
        let start = events.partition_point(|event| event.layer.0 < layer);
        let length = events[start..].partition_point(|event| event.layer.0 == layer);
        let first = self.firsts[node as usize] + start as u32;
        first..first + length as u32
    }

    /// The node of a path; `..` never matches.
    pub(super) fn find(&self, path: &[u8]) -> Option<NodeId> {
        let mut node = 0;
        for part in path.split(|&b| b == b'/').filter(|part| !matches!(*part, b"" | b".")) {
            node = self.child(node, part)?;
        }
        Some(NodeId(node))
    }
}
