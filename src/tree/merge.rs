//! The merge of all layers into one tree: one depth-first walk over their sorted path trees at once.
//!
//! Each directory that several layers have is a frame with one cursor for each of them; a heap brings their
//! children together by name. What only one layer has is copied in one run. Nothing is applied twice: a directory
//! carries down the set of layers in which it or an ancestor lost its lower children, so that a path finds the
//! layer that hid it by looking up the next one in that set. No recursion: paths may be ten thousand deep.

use std::sync::Arc;

use super::{Event, What, arena::Arena, notes::LayerNotes};
use crate::layer::{Changeset, EntryId, EntryKind, LayerIndex, LayerTree, Mark, NO_ENTRY, NoteKind};

/// The layers whose paths and events can be counted in 32 bits together, the others replaced by empty ones; and the
/// numbers of those.
pub(super) fn fitting(layers: &[Arc<Changeset>]) -> (Vec<Arc<Changeset>>, Vec<LayerIndex>) {
    let (mut names, mut events) = (0_u64, 0_u64);
    let mut left_out = Vec::new();
    let fitting = (0..).zip(layers).map(|(offset, layer)| {
        let more_names = names + layer.paths.names.len() as u64;
        // Whiteout, opaque, implied, stated and hidden: no path has more in one layer, repeated entries aside.
        let more_events = events + 5 * layer.paths.nodes.len() as u64 + layer.paths.repeated.len() as u64;
        if more_names.max(more_events) > u64::from(u32::MAX) {
            left_out.push(LayerIndex::from_offset(offset));
            return Arc::default();
        }
        (names, events) = (more_names, more_events);
        Arc::clone(layer)
    });
    (fitting.collect(), left_out)
}

/// Merges the layers, base first, and says what was odd between them.
pub(super) fn merge(layers: &[Arc<Changeset>]) -> (Arena, LayerNotes) {
    let mut merge = Merge {
        layers,
        out: Arena::default(),
        cursors: Vec::new(),
        frames: Vec::new(),
        kills: vec![0; layers.len() / 64 + 1],
        words: layers.len() / 64 + 1,
        own: vec![0; layers.len() / 64 + 1],
        group: Vec::new(),
        notes: LayerNotes::new(layers.len()),
    };
    merge.run();
    let Merge { mut out, notes, .. } = merge;
    out.firsts.push(out.events.len() as u32);
    out.names.shrink_to_fit();
    out.name_ends.shrink_to_fit();
    out.parents.shrink_to_fit();
    out.ends.shrink_to_fit();
    out.firsts.shrink_to_fit();
    out.events.shrink_to_fit();
    out.layers = layers.iter().map(|layer| Arc::clone(&layer.entries)).collect();
    (out, notes)
}

struct Merge<'a> {
    layers: &'a [Arc<Changeset>],
    out: Arena,
    /// The cursors of all open frames, one frame's after the other's; each frame's are a heap.
    cursors: Vec<Cursor>,
    frames: Vec<Frame>,
    /// Sets of layers as bits (bit = layer number), `words` words each; the first set is empty.
    kills: Vec<u64>,
    words: usize,
    /// The layers in which the node at hand loses its lower children.
    own: Vec<u64>,
    /// The layers that have the path at hand, ascending, with their nodes.
    group: Vec<(u16, u32)>,
    notes: LayerNotes,
}

/// A directory that is being merged.
struct Frame {
    /// Its node in the output.
    out: u32,
    /// Where its cursors begin; they reach to the end of the list.
    cursors: usize,
    /// The layers in which its lower children went: offset of the set in `kills`.
    kills: usize,
    /// Length of `kills` before this frame.
    kills_before: usize,
}

/// The next child of a directory in one layer.
#[derive(Clone, Copy)]
struct Cursor {
    /// The first eight bytes of its name, for comparing fast.
    key: u64,
    node: u32,
    end: u32,
    layer: u16,
}

/// What stands at a path while its layers are gone through.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Nothing,
    Directory,
    Symlink,
    Other,
}

impl<'a> Merge<'a> {
    fn run(&mut self) {
        let paths: usize = self.layers.iter().map(|layer| layer.paths.nodes.len()).sum::<usize>().max(1);
        let names = self.layers.iter().map(|layer| layer.paths.names.len()).sum();
        self.out.names.reserve_exact(names);
        self.out.name_ends.reserve_exact(paths);
        self.out.parents.reserve_exact(paths);
        self.out.ends.reserve_exact(paths);
        self.out.firsts.reserve_exact(paths + 1);
        self.out.events.reserve_exact(paths);
        self.group.extend(
            (1..).zip(self.layers).filter(|(_, layer)| !layer.paths.nodes.is_empty()).map(|(at, _)| (at, 0)),
        );
        self.unite(0, 0);
        while let Some(frame) = self.frames.last() {
            let (out, kills) = (frame.out, frame.kills);
            match self.cursors.len() - frame.cursors {
                0 => self.close(),
                1 => {
                    let rest = self.cursors[frame.cursors];
                    self.cursors.pop();
                    self.copy(rest.layer, rest.node..rest.end, out, kills);
                }
                _ => {
                    self.take_group(frame.cursors);
                    if let [(layer, node)] = self.group[..] {
                        let end = self.paths(layer).nodes[node as usize].end;
                        self.copy(layer, node..end, out, kills);
                    } else {
                        self.unite(out, kills);
                    }
                }
            }
        }
    }

    fn paths(&self, layer: u16) -> &'a LayerTree {
        &self.layers[usize::from(layer) - 1].paths
    }

    fn close(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.out.ends[frame.out as usize] = self.out.ends.len() as u32;
            self.kills.truncate(frame.kills_before);
        }
    }

    fn cursor(&self, layer: u16, node: u32, end: u32) -> Cursor {
        let name = self.paths(layer).name(node);
        let mut key = [0; 8];
        let length = name.len().min(8);
        key[..length].copy_from_slice(&name[..length]);
        Cursor { key: u64::from_be_bytes(key), node, end, layer }
    }

    fn is_before(&self, a: &Cursor, b: &Cursor) -> bool {
        if a.key != b.key {
            return a.key < b.key;
        }
        let (one, other) = (self.paths(a.layer).name(a.node), self.paths(b.layer).name(b.node));
        (one, a.layer) < (other, b.layer)
    }

    /// Restores the heap of the cursors from `start` on, of which the one at `at` may be too late for its place.
    fn sift(&mut self, start: usize, mut at: usize) {
        let length = self.cursors.len() - start;
        loop {
            let mut least = at;
            for child in [2 * at + 1, 2 * at + 2] {
                if child < length
                    && self.is_before(&self.cursors[start + child], &self.cursors[start + least])
                {
                    least = child;
                }
            }
            if least == at {
                return;
            }
            self.cursors.swap(start + at, start + least);
            at = least;
        }
    }

    /// Takes the least name of a frame's cursors, from all layers that have it.
    fn take_group(&mut self, start: usize) {
        self.group.clear();
        while let Some(&top) = self.cursors.get(start) {
            if let Some(&(layer, node)) = self.group.first()
                && self.paths(layer).name(node) != self.paths(top.layer).name(top.node)
            {
                return;
            }
            self.group.push((top.layer, top.node));
            let next = self.paths(top.layer).nodes[top.node as usize].end;
            if next < top.end {
                self.cursors[start] = self.cursor(top.layer, next, top.end);
            } else {
                self.cursors.swap_remove(start);
            }
            if start < self.cursors.len() {
                self.sift(start, 0);
            }
        }
    }

    /// Adds a node of `name` under `parent`; its end follows when it is known.
    fn push(&mut self, layer: u16, node: u32, parent: u32) -> u32 {
        let out = self.out.ends.len() as u32;
        let name = self.paths(layer).name(node);
        self.out.names.extend_from_slice(name);
        self.out.name_ends.push(self.out.names.len() as u32);
        self.out.parents.push(parent);
        self.out.ends.push(out + 1);
        self.out.firsts.push(self.out.events.len() as u32);
        out
    }

    /// Adds the path of the group under `parent`, with the life that its layers give it, and opens it when it has
    /// children. `kills` are the layers in which the parent's lower children went.
    fn unite(&mut self, parent: u32, kills: usize) {
        let group = std::mem::take(&mut self.group);
        let is_root = self.frames.is_empty();
        let Some(&(layer, node)) = group.first() else {
            // No layer at all: a root of which nothing is said.
            self.out.name_ends.push(0);
            self.out.parents.push(0);
            self.out.ends.push(1);
            self.out.firsts.push(0);
            return;
        };
        let out = self.push(layer, node, parent);
        self.own.fill(0);
        let mut standing = Standing::Nothing;
        let mut since = 0;
        for &(layer, node) in &group {
            let mut hidden = false;
            if standing != Standing::Nothing
                && let Some(kill) = self.next_kill(kills, since)
                && kill <= layer
            {
                self.event(kill, What::Hidden, NO_ENTRY);
                standing = Standing::Nothing;
                hidden = kill == layer;
            }
            let mark = self.paths(layer).nodes[node as usize].mark;
            standing = self.apply(layer, node, standing, hidden);
            if standing != Standing::Directory || mark.has(Mark::OPAQUE) && !is_root {
                self.own[usize::from(layer) / 64] |= 1 << (layer % 64);
            }
            since = layer;
        }
        if standing != Standing::Nothing
            && let Some(kill) = self.next_kill(kills, since)
        {
            self.event(kill, What::Hidden, NO_ENTRY);
        }

        let cursors = self.cursors.len();
        for &(layer, node) in &group {
            let end = self.paths(layer).nodes[node as usize].end;
            if node + 1 < end {
                let cursor = self.cursor(layer, node + 1, end);
                self.cursors.push(cursor);
            }
        }
        self.group = group;
        let length = self.cursors.len() - cursors;
        if length == 0 {
            return;
        }
        for at in (0..length / 2).rev() {
            self.sift(cursors, at);
        }
        let kills_before = self.kills.len();
        let mut below = kills;
        if self.own.iter().any(|&word| word != 0) {
            below = kills_before;
            for word in 0..self.words {
                self.kills.push(self.kills[kills + word] | self.own[word]);
            }
        }
        self.frames.push(Frame { out, cursors, kills: below, kills_before });
    }

    /// The first layer after `after` in the set at `kills`.
    fn next_kill(&self, kills: usize, after: u16) -> Option<u16> {
        let set = &self.kills[kills..kills + self.words];
        let from = usize::from(after) + 1;
        let mut at = from / 64;
        let mut word = *set.get(at)? & u64::MAX << (from % 64);
        while word == 0 {
            at += 1;
            word = *set.get(at)?;
        }
        Some(at as u16 * 64 + word.trailing_zeros() as u16)
    }

    fn event(&mut self, layer: u16, what: What, entry: EntryId) {
        self.out.events.push(Event { layer: LayerIndex(layer), what, entry });
    }

    /// Counts a note about the node that was added last.
    fn note(&mut self, kind: NoteKind, layer: u16) {
        let node = self.out.ends.len() as u32 - 1;
        self.notes.add(kind, LayerIndex(layer), || self.out.path(node));
    }

    /// Writes down what one layer says of the node that was added last, and returns what stands there afterwards.
    /// `hidden`: an ancestor took away in this layer what stood there.
    fn apply(&mut self, layer: u16, node: u32, before: Standing, hidden: bool) -> Standing {
        let layers = self.layers;
        let changeset = &layers[usize::from(layer) - 1];
        let from = changeset.paths.nodes[node as usize];
        let (whiteout, opaque) = (from.mark.has(Mark::WHITEOUT), from.mark.has(Mark::OPAQUE));
        // The root is there in every layer, and what has an entry or a marker of its own is no bare whiteout.
        let present = from.mark.has(Mark::PRESENT) || node == 0;
        let is_implied = present && from.entry == NO_ENTRY;
        if whiteout {
            self.event(layer, What::Whiteout, NO_ENTRY);
            if before == Standing::Nothing && !hidden {
                self.note(NoteKind::WhiteoutOfNothing, layer);
            }
        }
        if opaque {
            self.event(layer, What::Opaque, NO_ENTRY);
            if node == 0 {
                self.note(NoteKind::OpaqueRoot, layer);
            }
        }
        if is_implied && (whiteout || before != Standing::Directory) {
            self.event(layer, What::Implied, NO_ENTRY);
        }
        if from.mark.has(Mark::REPEATED) {
            let repeated = &changeset.paths.repeated;
            let start = repeated.partition_point(|&(other, _)| other < node);
            for &(_, entry) in repeated[start..].iter().take_while(|&&(other, _)| other == node) {
                self.event(layer, What::Repeated, entry);
            }
        }
        if !present {
            return if whiteout { Standing::Nothing } else { before };
        }
        let after = if is_implied {
            Standing::Directory
        } else {
            self.event(layer, What::Stated, from.entry);
            match changeset.entries.kind(from.entry) {
                EntryKind::Dir => Standing::Directory,
                EntryKind::Symlink => Standing::Symlink,
                _ => Standing::Other,
            }
        };
        if after == Standing::Directory {
            if before == Standing::Symlink && !whiteout {
                self.note(NoteKind::SymlinkReplacedByDirectory, layer);
            }
            if before == Standing::Directory && whiteout && !opaque {
                self.note(NoteKind::RevivedDirectory, layer);
            }
        }
        after
    }

    /// Copies siblings with all below them that only one layer has.
    fn copy(&mut self, layer: u16, run: std::ops::Range<u32>, parent: u32, kills: usize) {
        let kill = self.next_kill(kills, layer);
        let paths = self.paths(layer);
        let name_start = paths.nodes[run.start as usize - 1].name_end;
        let name_delta = self.out.names.len() as u32;
        let node_delta = self.out.ends.len() as u32;
        let name_end = paths.nodes[run.end as usize - 1].name_end;
        self.out.names.extend_from_slice(&paths.names[name_start as usize..name_end as usize]);
        let mut dir = parent;
        let mut dir_end = u32::MAX;
        for (node, from) in (run.start..).zip(&paths.nodes[run.start as usize..run.end as usize]) {
            let out = self.out.ends.len() as u32;
            while out >= dir_end {
                dir = self.out.parents[dir as usize];
                dir_end = if dir == parent { u32::MAX } else { self.out.ends[dir as usize] };
            }
            self.out.name_ends.push(from.name_end - name_start + name_delta);
            self.out.parents.push(dir);
            let end = from.end - run.start + node_delta;
            self.out.ends.push(end);
            self.out.firsts.push(self.out.events.len() as u32);
            if end > out + 1 {
                (dir, dir_end) = (out, end);
            }
            let is_there = if from.mark == Mark(Mark::PRESENT) {
                let what = if from.entry == NO_ENTRY { What::Implied } else { What::Stated };
                self.event(layer, what, from.entry);
                true
            } else {
                self.apply(layer, node, Standing::Nothing, false) != Standing::Nothing
            };
            if let (true, Some(kill)) = (is_there, kill) {
                self.event(kill, What::Hidden, NO_ENTRY);
            }
        }
    }
}
