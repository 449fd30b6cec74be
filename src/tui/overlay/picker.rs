//! Several images and none was named: choose one.

use crate::tui::scroll::{self, Step};

/// The list.
#[derive(Clone, Debug)]
pub struct Picker {
    /// What `--image` would take.
    pub names: Vec<String>,
    /// The selected row.
    pub selected: usize,
    /// The first row on screen.
    pub offset: usize,
}

impl Picker {
    /// The list with its first row selected.
    pub fn new(names: Vec<String>) -> Self {
        Self { names, selected: 0, offset: 0 }
    }

    /// Moves the selection.
    pub fn go(&mut self, step: Step, height: usize) {
        self.selected = scroll::step(self.selected, step, self.names.len());
        self.offset = scroll::fit(self.offset, self.selected, height, self.names.len());
    }
}
