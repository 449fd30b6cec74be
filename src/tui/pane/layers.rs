//! The pane of build steps: which is selected, which view of the files follows from it.

use crate::image::{ImageInfo, Step};
use crate::layer::LayerIndex;
use crate::tree::View;
use crate::tui::pane::tree::Mode;

/// The steps, oldest first; a row is a step.
#[derive(Clone, Debug, Default)]
pub struct LayersPane {
    /// The selected step, from 0.
    pub selected: usize,
    /// The first row on screen.
    pub offset: usize,
    /// Where a range starts, once it is marked.
    pub mark: Option<LayerIndex>,
}

impl LayersPane {
    /// The selected step.
    pub fn step<'a>(&self, info: &'a ImageInfo) -> Option<&'a Step> {
        info.steps.get(self.selected)
    }

    /// The layer of the selected step, or the one that was there when an empty step ran.
    pub fn layer_at(&self, info: &ImageInfo) -> LayerIndex {
        let until = info.steps.len().min(self.selected + 1);
        info.steps[..until].iter().rev().find_map(|step| step.layer).unwrap_or(LayerIndex::EMPTY)
    }

    /// What the tree shows: `None` where the step made no layer, or before the first one.
    pub fn view(&self, info: &ImageInfo, mode: Mode) -> Option<View> {
        let at = self.layer_at(info);
        let there = at != LayerIndex::EMPTY;
        match (self.mark, mode) {
            (Some(mark), Mode::Changes) => there.then(|| View::Range(mark.min(at), mark.max(at))),
            (None, Mode::Changes) => self.step(info)?.layer.map(View::Changeset),
            (_, Mode::Rootfs) => there.then_some(View::Rootfs(at)),
        }
    }

    /// Whether a step lies in the marked range.
    pub fn in_range(&self, info: &ImageInfo, step: &Step) -> bool {
        let (Some(mark), Some(layer)) = (self.mark, step.layer) else { return false };
        let at = self.layer_at(info);
        (mark.min(at)..=mark.max(at)).contains(&layer)
    }
}
