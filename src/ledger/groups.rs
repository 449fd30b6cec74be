//! What grouping steps would save, and which steps are worth grouping.
//!
//! One layer in place of several ships what stands after the last of them: a file that was born in one and died in
//! another never ships, and hard links that a later step copied apart stay one file. A file is an interval from the layer
//! that bore it to the layer that killed it; the intervals that cross a boundary between two steps are what that
//! boundary is worth.

use super::Ledger;
use super::hardlinks::Broken;
use crate::layer::LayerIndex;
use crate::tree::Tree;

/// Bytes that one layer instead of several saves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Price {
    /// Files born and dead within.
    pub saved: u64,
    /// Copies of hard-linked files that would stay one file.
    pub relinked: u64,
    /// What may come on top: names of one file that differ by now, of which nobody knows whether they were edited in
    /// place.
    pub ambiguous: u64,
}

impl Price {
    /// The least that is saved; all of it where [`Self::is_exact`].
    pub fn min(&self) -> u64 {
        self.saved + self.relinked
    }

    /// The most that is saved.
    pub fn max(&self) -> u64 {
        self.min() + self.ambiguous
    }

    /// Whether the figure is known to the byte.
    pub fn is_exact(&self) -> bool {
        self.ambiguous == 0
    }
}

/// Layers in a row that could be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// The first layer.
    pub from: LayerIndex,
    /// The last layer.
    pub to: LayerIndex,
    /// What one layer would save.
    pub price: Price,
}

/// A row of layers with what its boundaries are worth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The layers that steps of the row made, ascending.
    pub layers: Vec<LayerIndex>,
    /// What one layer for all would save.
    pub price: Price,
    /// Bytes of the intervals that cross from each layer to the next one; one fewer than layers.
    pub boundaries: Vec<u64>,
    /// The rows whose every boundary is worth the threshold, largest possible.
    pub groups: Vec<Group>,
}

impl Ledger {
    /// What one layer in place of layers `from` to `to`, both included, would save.
    pub fn price(&self, tree: &Tree, from: LayerIndex, to: LayerIndex) -> Price {
        self.priced(from, to, &self.links.broken(tree, from, to))
    }

    fn priced(&self, from: LayerIndex, to: LayerIndex, broken: &Broken) -> Price {
        Price {
            saved: self.matrix.dead_within(from, to),
            relinked: broken.copies.iter().map(|apart| apart.bytes).sum(),
            ambiguous: broken.ambiguous,
        }
    }

    /// Prices a row of layers (ascending, those between that no step of the row made are part of it) and finds the groups
    /// in it whose every boundary is worth `threshold` bytes.
    pub fn span(&self, tree: &Tree, layers: Vec<LayerIndex>, threshold: u64) -> Span {
        let (Some(&from), Some(&to)) = (layers.first(), layers.last()) else { return Span::default() };
        let broken = self.links.broken(tree, from, to);
        let dead = self.matrix.pairs().iter().map(|pair| (pair.born, pair.killed, pair.bytes()));
        let intervals = dead
            .filter(|&(born, killed, _)| born >= from && killed <= to)
            .chain(broken.copies.iter().map(|apart| (apart.first.layer, apart.copy.layer, apart.bytes)));
        let boundaries = worth(&layers, intervals);
        let mut groups = Vec::new();
        let mut at = 0;
        while at < boundaries.len() {
            let length = boundaries[at..].iter().take_while(|&&bytes| bytes >= threshold.max(1)).count();
            if length > 0 {
                let (from, to) = (layers[at], layers[at + length]);
                groups.push(Group { from, to, price: self.price(tree, from, to) });
            }
            at += length.max(1);
        }
        Span { price: self.priced(from, to, &broken), layers, boundaries, groups }
    }
}

/// The bytes of the intervals that cross from each layer to the next one.
fn worth(layers: &[LayerIndex], intervals: impl Iterator<Item = (LayerIndex, LayerIndex, u64)>) -> Vec<u64> {
    // What begins to cross at each boundary, and what no longer does.
    let mut begin = vec![0_u64; layers.len()];
    let mut end = vec![0_u64; layers.len()];
    for (born, killed, bytes) in intervals {
        let first = layers.partition_point(|layer| *layer < born);
        let last = layers.partition_point(|layer| *layer <= killed).saturating_sub(1);
        if first < last {
            begin[first] += bytes;
            end[last] += bytes;
        }
    }
    let mut sum = 0;
    let crossing = begin.iter().zip(&end).map(|(begin, end)| {
        sum = sum + begin - end;
        sum
    });
    crossing.take(layers.len().saturating_sub(1)).collect()
}
