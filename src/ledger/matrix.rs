//! The waste matrix: who wastes whom.

use std::collections::HashMap;

use super::{Causes, Death};
use crate::layer::LayerIndex;

/// What one layer bore and another one killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The layer that ships the bytes.
    pub born: LayerIndex,
    /// The layer since which nobody sees them.
    pub killed: LayerIndex,
    /// How many files.
    pub files: u64,
    /// The bytes, by cause.
    pub causes: Causes,
}

impl Pair {
    /// The bytes of all causes.
    pub fn bytes(&self) -> u64 {
        self.causes.total()
    }
}

/// All pairs of layers of which one killed what the other bore. Files without bytes count as files.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    pairs: Vec<Pair>,
    places: HashMap<(LayerIndex, LayerIndex), usize>,
}

impl Matrix {
    pub(super) fn add(&mut self, born: LayerIndex, death: Death, bytes: u64) {
        let at = *self.places.entry((born, death.killer)).or_insert_with(|| {
            self.pairs.push(Pair { born, killed: death.killer, files: 0, causes: Causes::default() });
            self.pairs.len() - 1
        });
        let pair = &mut self.pairs[at];
        pair.files += 1;
        pair.causes.add(death.cause, bytes);
    }

    /// Brings the pairs in order.
    pub(super) fn sort(&mut self) {
        self.places = HashMap::new();
        self.pairs.sort_unstable_by_key(|pair| (pair.born, pair.killed));
    }

    /// The pairs, by the layer that bore, then by the one that killed.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// Bytes born in layers `from` to `to`, both included, that have no path left after `to`.
    pub fn dead_within(&self, from: LayerIndex, to: LayerIndex) -> u64 {
        self.pairs.iter().filter(|pair| pair.born >= from && pair.killed <= to).map(Pair::bytes).sum()
    }

    /// Bytes that a layer killed, of other layers and of its own.
    pub fn killed_by(&self, layer: LayerIndex) -> u64 {
        self.pairs.iter().filter(|pair| pair.killed == layer).map(Pair::bytes).sum()
    }
}
