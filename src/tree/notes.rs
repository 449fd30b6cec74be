//! Notes about what layers make of each other, while they are gathered.

use crate::layer::{LayerIndex, NoteKind, Notes};

/// The notes of each layer.
pub(super) struct LayerNotes(Vec<Notes>);

impl LayerNotes {
    /// No notes of so many layers.
    pub(super) fn new(layers: usize) -> Self {
        Self(vec![Notes::default(); layers])
    }

    /// Counts a note. The place is worked out only while there is room for it.
    pub(super) fn add(&mut self, kind: NoteKind, layer: LayerIndex, place: impl FnOnce() -> Vec<u8>) {
        let notes = &mut self.0[layer.offset()];
        let is_full = notes.iter().any(|note| note.kind == kind && note.places.len() >= Notes::PLACES);
        notes.add(kind, None, &if is_full { Vec::new() } else { place() });
    }

    /// All of them, with their layers.
    pub(super) fn join(&self) -> Notes {
        let mut all = Notes::default();
        for (offset, notes) in self.0.iter().enumerate() {
            all.adopt(notes, LayerIndex::from_offset(offset));
        }
        all
    }
}
