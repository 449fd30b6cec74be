//! The pane of build steps: its rows, which step is selected, which view of the files follows from it.

use crate::build::{Base, BaseEvidence, Trust};
use crate::image::{Image, ImageInfo, Step};
use crate::layer::LayerIndex;
use crate::text::{self, Manner};
use crate::tree::View;
use crate::tui::insight::Insight;
use crate::tui::pane::bracket::{Bracket, Part, brackets};
use crate::tui::pane::tree::Mode;
use crate::tui::scroll;

/// The steps, oldest first, and the lines between them.
#[derive(Clone, Debug, Default)]
pub struct LayersPane {
    /// The selected step, from 0.
    pub selected: usize,
    /// The first row on screen.
    pub offset: usize,
    /// Where a range starts, once it is marked.
    pub mark: Option<LayerIndex>,
    /// The brackets beside the steps.
    pub brackets: Vec<Bracket>,
    /// Where the base ends, the longest way to say it first; empty where nothing says so.
    pub base: Vec<String>,
    rows: Vec<Row>,
}

/// A row of the pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// A step, from 0.
    Step(usize),
    /// The line between the steps of the base and the user's own.
    Base,
    /// What the bracket above it is worth.
    Bracket(usize),
}

impl LayersPane {
    /// The steps of an image of which nothing else is known yet.
    pub fn new(info: &ImageInfo) -> Self {
        let selected = info.steps.iter().position(|step| step.layer.is_some()).unwrap_or(0);
        Self { selected, rows: (0..info.steps.len()).map(Row::Step).collect(), ..Self::default() }
    }

    /// Takes what all layers together tell. The selected step stays where it is on screen.
    pub fn account(&mut self, image: &Image, insight: &Insight, manner: &Manner, height: usize) {
        let on_screen = self.row().saturating_sub(self.offset);
        let info = &image.info;
        let base = Some(&insight.story.base).filter(|base| base.evidence != BaseEvidence::None);
        self.brackets = brackets(image, insight, manner);
        self.base = base.map_or_else(Vec::new, boundary);
        let after = base.map_or(0, |base| base.steps);
        self.rows.clear();
        for step in 0..info.steps.len() {
            if step == after && step > 0 {
                self.rows.push(Row::Base);
            }
            self.rows.push(Row::Step(step));
            let below = self.brackets.iter().enumerate().filter(|(_, bracket)| bracket.last == step);
            self.rows.extend(below.map(|(at, _)| Row::Bracket(at)));
        }
        self.offset = self.row().saturating_sub(on_screen);
        self.offset = self.fit(height);
    }

    /// Selects a step.
    pub fn select(&mut self, step: usize, height: usize) {
        self.selected = step;
        self.offset = self.fit(height);
    }

    /// The first row of a screen of this height: the selected step is on it, with what its bracket says.
    pub fn fit(&self, height: usize) -> usize {
        let row = self.row();
        let below = self.rows.iter().skip(row + 1).take_while(|row| matches!(row, Row::Bracket(_))).count();
        let with_below = scroll::fit(self.offset, row + below, height, self.rows.len());
        scroll::fit(with_below, row, height, self.rows.len())
    }

    /// All rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row of the selected step.
    pub fn row(&self) -> usize {
        self.rows.iter().position(|row| *row == Row::Step(self.selected)).unwrap_or(self.selected)
    }

    /// The bracket beside a step, and where in it the step stands.
    pub fn bracket(&self, step: usize) -> Option<(&Bracket, Part)> {
        self.brackets.iter().find_map(|bracket| Some((bracket, bracket.part(step)?)))
    }

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

/// What the line between base and own steps says.
fn boundary(base: &Base) -> Vec<String> {
    let name = base.name.as_ref().map_or_else(|| "base".to_owned(), |name| text::display(name.as_bytes()));
    let because = match base.evidence {
        BaseEvidence::Told => "as you said",
        BaseEvidence::Given => "the layers are those of --base",
        BaseEvidence::Local => "an image here has the same layers",
        BaseEvidence::Comment => "the history has its FROM",
        BaseEvidence::Provenance => "the builder attests it",
        BaseEvidence::Dockerfile => "the Dockerfile matches",
        BaseEvidence::Cmd => "a guess from its CMD",
        BaseEvidence::Pause => "a guess from a pause in the build",
        BaseEvidence::FirstLayer | BaseEvidence::None => "a guess",
    };
    if base.trust() == Trust::Guess {
        return vec![
            format!("{name} above? {because}"),
            format!("base above? {because}"),
            "base above? a guess".to_owned(),
            "base? a guess".to_owned(),
        ];
    }
    vec![
        format!("{name} above · yours below: {because}"),
        format!("{name} above · yours below"),
        "base above · yours below".to_owned(),
        "base above".to_owned(),
    ]
}
