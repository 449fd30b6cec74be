//! What is being read, for bars and counts while the image fills in.

use crate::layer::LayerIndex;

/// Progress of opening and reading.
#[derive(Clone, Debug, Default)]
pub struct Loading {
    /// Bytes of a stream spooled so far.
    pub spooled: Option<u64>,
    layers: Vec<Progress>,
    ended: bool,
    ticks: usize,
}

/// Progress of a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// Not begun.
    #[default]
    Waiting,
    /// Stored bytes read so far.
    Reading(u64),
    /// Read.
    Done,
}

impl Loading {
    /// Begins with an image of so many layers.
    pub fn begin(&mut self, layers: usize) {
        *self = Self { layers: vec![Progress::Waiting; layers], ticks: self.ticks, ..Self::default() };
    }

    /// Progress of a layer.
    pub fn layer(&self, layer: LayerIndex) -> Progress {
        self.layers.get(layer.offset()).copied().unwrap_or_default()
    }

    /// Bytes of a layer so far. Never counts backwards.
    pub fn read(&mut self, layer: LayerIndex, bytes: u64) {
        match self.layers.get_mut(layer.offset()) {
            Some(Progress::Reading(before)) => *before = bytes.max(*before),
            Some(slot @ Progress::Waiting) => *slot = Progress::Reading(bytes),
            Some(Progress::Done) | None => {}
        }
    }

    /// A layer is read.
    pub fn done(&mut self, layer: LayerIndex) {
        if let Some(slot) = self.layers.get_mut(layer.offset()) {
            *slot = Progress::Done;
        }
    }

    /// How many layers are read.
    pub fn count(&self) -> usize {
        self.layers.iter().filter(|layer| **layer == Progress::Done).count()
    }

    /// Nothing more comes.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// Whether nothing more comes.
    pub fn is_over(&self) -> bool {
        self.ended
    }

    /// Time went by.
    pub fn tick(&mut self) {
        self.ticks = self.ticks.wrapping_add(1);
    }

    /// Counts ticks: a wheel that turns.
    pub fn ticks(&self) -> usize {
        self.ticks
    }
}
