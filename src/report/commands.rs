//! The steps of an image in their authors' words, one line each.

use crate::build;
use crate::image::{ImageInfo, LayerInfo};
use crate::text;

/// All commands of an image, safe on a terminal.
pub struct Commands(Vec<String>);

impl Commands {
    /// Reads the history.
    pub fn new(info: &ImageInfo) -> Self {
        let instructions = build::instructions(info);
        let one_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let lines = instructions
            .iter()
            .map(|instruction| text::display(one_line(instruction.to_string()).as_bytes()));
        Self(lines.collect())
    }

    /// The command of a step, by its number from 1; empty where the history says nothing.
    pub fn at(&self, step: usize) -> String {
        step.checked_sub(1).and_then(|at| self.0.get(at)).cloned().unwrap_or_default()
    }

    /// The command that made a layer.
    pub fn of(&self, layer: &LayerInfo) -> String {
        self.at(layer.step)
    }
}
