//! What each layer did, by layer: which nodes it touched, what was there after it, what it modified, how many bytes
//! it brought. Views are put together from these instead of asking a million paths for their lives.

use super::{EntryRef, Event, What, arena::Arena, bits::Bits, links::Links};
use crate::layer::EntryKind;

/// Nodes per block of [`Bytes`].
pub(super) const BLOCK: u32 = 64;

/// How many layers have their rootfs at hand, at most.
const CHECKPOINTS: usize = 16;

/// The layers' doings.
#[derive(Debug, Default)]
pub(super) struct Past {
    touched: Touched,
    /// Rootfs of every `stride`th layer, the first of them empty.
    checkpoints: Vec<Bits>,
    stride: usize,
    bytes: Vec<Vec<Bytes>>,
}

/// The nodes with events of each layer, ascending.
#[derive(Debug, Default)]
pub(super) struct Touched {
    nodes: Vec<u32>,
    /// Where each layer's begin; one more at the end.
    starts: Vec<usize>,
}

/// What a layer changed in a block of nodes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes {
    /// Nodes from `block * BLOCK`.
    pub(super) block: u32,
    /// Growth of the bytes that are there, each name of a file counted; modulo 2^64, so that no sum overflows.
    pub(super) growth: u64,
    /// Payload that the layer ships.
    pub(super) payload: u64,
}

impl Touched {
    pub(super) fn new(arena: &Arena) -> Self {
        let layers = arena.layers.len();
        let mut starts = vec![0; layers + 2];
        // Twice over all events: count, then place. Each node counts once per layer.
        let each = |visit: &mut dyn FnMut(usize, u32)| {
            for node in 0..arena.len() as u32 {
                let mut last = 0;
                for event in arena.events(node) {
                    if event.layer.0 != last {
                        last = event.layer.0;
                        visit(usize::from(last), node);
                    }
                }
            }
        };
        each(&mut |layer, _| starts[layer + 1] += 1);
        for layer in 1..starts.len() {
            starts[layer] += starts[layer - 1];
        }
        let mut nodes = vec![0; starts[layers + 1]];
        let mut next = starts.clone();
        each(&mut |layer, node| {
            nodes[next[layer]] = node;
            next[layer] += 1;
        });
        Self { nodes, starts }
    }

    /// The nodes with events of a layer, ascending.
    pub(super) fn of(&self, layer: u16) -> &[u32] {
        let layer = usize::from(layer);
        match self.starts.get(layer + 1) {
            Some(&end) => &self.nodes[self.starts[layer]..end],
            None => &[],
        }
    }
}

impl Past {
    pub(super) fn new(arena: &Arena, links: &Links, touched: Touched) -> Self {
        let layers = arena.layers.len();
        let stride = layers.div_ceil(CHECKPOINTS).max(1);
        let mut there = Bits::new(arena.len());
        let mut past = Self { touched, checkpoints: vec![there.clone()], stride, bytes: Vec::new() };
        for layer in 1..=layers as u16 {
            let mut bytes: Vec<Bytes> = Vec::new();
            for &node in past.touched.of(layer) {
                let (growth, payload) = step(arena, links, &mut there, node, layer);
                if growth == 0 && payload == 0 {
                    continue;
                }
                let block = node / BLOCK;
                match bytes.last_mut() {
                    Some(last) if last.block == block => {
                        last.growth = last.growth.wrapping_add(growth);
                        last.payload = last.payload.wrapping_add(payload);
                    }
                    _ => bytes.push(Bytes { block, growth, payload }),
                }
            }
            bytes.shrink_to_fit();
            past.bytes.push(bytes);
            if usize::from(layer).is_multiple_of(stride) {
                past.checkpoints.push(there.clone());
            }
        }
        past
    }

    /// The nodes with events of a layer, ascending.
    pub(super) fn touched(&self, layer: u16) -> &[u32] {
        self.touched.of(layer)
    }

    /// What a layer changed in bytes, blocks ascending.
    pub(super) fn bytes(&self, layer: u16) -> &[Bytes] {
        usize::from(layer).checked_sub(1).and_then(|at| self.bytes.get(at)).map_or(&[], Vec::as_slice)
    }

    /// The nodes that are there after a layer.
    pub(super) fn there(&self, arena: &Arena, at: u16) -> Bits {
        let at = usize::from(at).min(arena.layers.len());
        let checkpoint = at / self.stride.max(1);
        let Some(mut there) = self.checkpoints.get(checkpoint).cloned() else { return Bits::default() };
        for layer in checkpoint * self.stride + 1..=at {
            for &node in self.touched.of(layer as u16) {
                if arena.standing(node, layer as u16).is_some() {
                    there.insert(node);
                } else {
                    there.remove(node);
                }
            }
        }
        there
    }
}

/// Takes a node from one layer to the next in `there`. How many bytes more are there, and how many the layer ships.
fn step(arena: &Arena, links: &Links, there: &mut Bits, node: u32, layer: u16) -> (u64, u64) {
    // Most paths are stated once and stay.
    if let [event] = arena.events(node)
        && event.what == What::Stated
    {
        there.insert(node);
        let payload = arena.layers[event.layer.offset()].get(event.entry).size;
        // Only regular files have bytes of their own; a hard link brings those of its file.
        let growth = if payload > 0 || links.is_empty() { payload } else { size(arena, links, Some(*event)) };
        return (growth, payload);
    }
    let (before, after) = (arena.standing(node, layer - 1), arena.standing(node, layer));
    match (before, after) {
        (None, Some(_)) => there.insert(node),
        (Some(_), None) => there.remove(node),
        _ => {}
    }
    let growth = size(arena, links, after).wrapping_sub(size(arena, links, before));
    (growth, payload(arena, node, layer))
}

/// The entry whose attributes and content an event gives its path: of a hard link, what it binds, or itself where
/// that is nothing.
pub(super) fn inode(arena: &Arena, links: &Links, event: Event) -> Option<EntryRef> {
    if event.what != What::Stated {
        return None;
    }
    let entry = EntryRef { layer: event.layer, entry: event.entry };
    if arena.layers[event.layer.offset()].kind(event.entry) == EntryKind::HardLink {
        return Some(links.bound(entry).unwrap_or(entry));
    }
    Some(entry)
}

/// Stored bytes of what an event put at its path.
pub(super) fn size(arena: &Arena, links: &Links, event: Option<Event>) -> u64 {
    let Some(entry) = event.and_then(|event| inode(arena, links, event)) else { return 0 };
    let entries = &arena.layers[entry.layer.offset()];
    if entries.kind(entry.entry) == EntryKind::File { entries.get(entry.entry).size } else { 0 }
}

/// Bytes that a layer ships for a path, repeated entries included.
pub(super) fn payload(arena: &Arena, node: u32, layer: u16) -> u64 {
    let events = arena.events_in(node, layer);
    events
        .iter()
        .filter(|event| matches!(event.what, What::Stated | What::Repeated))
        .map(|event| arena.layers[event.layer.offset()].get(event.entry).size)
        .fold(0, u64::wrapping_add)
}
