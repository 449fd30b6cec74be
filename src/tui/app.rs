//! The application's state, and what events do to it.

use std::sync::Arc;

use crossterm::event::KeyEventKind;

use super::effect::{Effect, Generation, PREVIEW_BYTES};
use super::event::{Event, Failure};
use super::insight::Insight;
use super::keymap::Keymap;
use super::layout::{self, Arrange, Layout, Pane, Plan, Screen};
use super::loading::Loading;
use super::overlay::Overlay;
use super::overlay::gallery::Gallery;
use super::pane::advice::AdvicePane;
use super::pane::detail::Counts;
use super::pane::file::{self, Asked, Body, FilePane};
use super::pane::image::ItemsPane;
use super::pane::layers::LayersPane;
use super::pane::tree::{Matching, Stale, TreePane};
use super::pane::waste::WastePane;
use super::{answers, keys, mouse};
use crate::build::Instruction;
use crate::image::{Image, ImageInfo};
use crate::local::Listing;
use crate::role::Role;
use crate::text::Manner;
use crate::tree::{NodeId, View};

/// Paths from which on a filter is matched by a worker.
const LARGE: usize = 100_000;

/// What the application starts with.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// What the user asked for, as typed.
    pub reference: String,
    /// Which key means what.
    pub keymap: Keymap,
    /// The terminal's width and height.
    pub size: (u16, u16),
    /// How sizes and times are worded.
    pub manner: Manner,
    /// Whether texts are drawn with ASCII only.
    pub ascii: bool,
    /// The images to choose from first.
    pub listing: Option<Arc<Listing>>,
}

/// A sentence in the last line of the screen, until the next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The sentence.
    pub text: String,
    /// How it is meant.
    pub role: Role,
}

/// All that the terminal UI knows. `None` of image and failure: it is being opened.
#[derive(Debug)]
pub struct App {
    /// What the user asked for.
    pub reference: String,
    /// Which key means what.
    pub keymap: Keymap,
    /// How sizes and times are worded.
    pub manner: Manner,
    /// Whether texts are drawn with ASCII only.
    pub ascii: bool,
    /// What was drawn last.
    pub layout: Layout,
    /// What is being read.
    pub loading: Loading,
    /// Why there is no image.
    pub failure: Option<Failure>,
    /// The screen.
    pub screen: Screen,
    /// The pane with the keys, for each screen.
    pub(super) focused: [Pane; 4],
    /// Whether that pane has the whole body.
    pub zoom: bool,
    /// Where the splitter was dragged to, in thousandths.
    pub split: Option<u16>,
    /// Whether it is being dragged.
    pub(super) dragging: bool,
    /// The steps.
    pub layers: LayersPane,
    /// The files.
    pub tree: TreePane,
    /// The first row of the step's details on screen.
    pub detail_offset: usize,
    /// The selected path.
    pub file: FilePane,
    /// What ships and is never seen.
    pub waste: WastePane,
    /// What need not ship.
    pub advice: AdvicePane,
    /// What runs.
    pub runs: ItemsPane,
    /// What the image is.
    pub facts: ItemsPane,
    /// Windows, the top one last.
    pub overlays: Vec<Overlay>,
    /// The list that the image was chosen from: Esc goes back to it.
    pub(super) home: Option<Overlay>,
    /// A sentence in the footer.
    pub message: Option<Message>,
    /// The steps as their author wrote them.
    pub instructions: Vec<Instruction>,
    /// The same, one line each, safe for a terminal.
    pub steps: Vec<String>,
    /// The other local images that hold each layer, once the stores were looked into.
    pub neighbours: Option<Vec<Vec<String>>>,
    pub(super) counts: Vec<Option<Counts>>,
    pub(super) matching: Generation,
    pub(super) accounting: Generation,
    pub(super) sifting: Generation,
    pub(super) finding: Generation,
    /// The screen that Esc goes back to after a jump.
    pub(super) origin: Option<Screen>,
    pub(super) insight: Option<Arc<Insight>>,
    pub(super) info: Option<Arc<ImageInfo>>,
    pub(super) image: Option<Arc<Image>>,
}

impl App {
    /// The state before anything is known of the image.
    pub fn new(start: Start) -> Self {
        Self {
            reference: start.reference,
            keymap: start.keymap,
            manner: start.manner,
            ascii: start.ascii,
            layout: Layout { size: start.size, ..Layout::default() },
            loading: Loading::default(),
            failure: None,
            screen: Screen::Layers,
            focused: [Pane::Layers, Pane::Waste, Pane::Findings, Pane::Runs],
            zoom: false,
            split: None,
            dragging: false,
            layers: LayersPane::default(),
            tree: TreePane::default(),
            detail_offset: 0,
            file: FilePane::default(),
            waste: WastePane::default(),
            advice: AdvicePane::default(),
            runs: ItemsPane::default(),
            facts: ItemsPane::default(),
            overlays: start
                .listing
                .map(|listing| Overlay::Gallery(Gallery::new(listing)))
                .into_iter()
                .collect(),
            home: None,
            message: None,
            instructions: Vec::new(),
            steps: Vec::new(),
            neighbours: None,
            counts: Vec::new(),
            matching: Generation::default(),
            accounting: Generation::default(),
            sifting: Generation::default(),
            finding: Generation::default(),
            origin: None,
            insight: None,
            info: None,
            image: None,
        }
    }

    /// What is known of the image at once.
    pub fn info(&self) -> Option<&Arc<ImageInfo>> {
        self.info.as_ref()
    }

    /// The image with the layers read so far.
    pub fn image(&self) -> Option<&Arc<Image>> {
        self.image.as_ref()
    }

    /// What all layers together tell, once they are read and thought about.
    pub fn insight(&self) -> Option<&Insight> {
        self.insight.as_deref()
    }

    /// The pane with the keys.
    pub fn focus(&self) -> Pane {
        self.focused[self.screen as usize]
    }

    pub(super) fn set_focus(&mut self, pane: Pane) {
        self.focused[self.screen as usize] = pane;
    }

    /// Where the panes go.
    pub fn plan(&self) -> Plan {
        self.plan_for(self.layout.size)
    }

    /// Where the panes go on a terminal of another size.
    pub fn plan_for(&self, size: (u16, u16)) -> Plan {
        layout::plan(&Arrange {
            size,
            screen: self.screen,
            focus: self.focus(),
            zoom: self.zoom,
            split: self.split,
        })
    }

    /// Takes what was drawn: page sizes, scroll offsets and mouse regions come from it.
    pub fn set_layout(&mut self, layout: Layout) {
        for drawn in &layout.panes {
            match drawn.pane {
                Pane::Layers => self.layers.offset = drawn.offset,
                Pane::Tree => self.tree.offset = drawn.offset,
                Pane::Detail => self.detail_offset = drawn.offset,
                Pane::File => self.file.offset = drawn.offset,
                Pane::Waste => self.waste.offset = drawn.offset,
                Pane::Victims => self.waste.file_offset = drawn.offset,
                Pane::Findings => self.advice.offset = drawn.offset,
                Pane::Finding => self.advice.detail_offset = drawn.offset,
                Pane::Runs => self.runs.offset = drawn.offset,
                Pane::Facts => self.facts.offset = drawn.offset,
            }
        }
        self.layout = layout;
    }

    /// Rows of a pane on screen; a guess before it was drawn.
    pub(super) fn height(&self, pane: Pane) -> usize {
        match self.layout.pane(pane) {
            Some(drawn) => usize::from(drawn.inner.height),
            None => usize::from(self.layout.size.1).saturating_sub(4),
        }
        .max(1)
    }

    /// Whether something on screen moves by itself, so that [`Event::Tick`]s are wanted.
    pub fn is_moving(&self) -> bool {
        let chooses = matches!(self.overlays.first(), Some(Overlay::Gallery(_) | Overlay::Picker(_)));
        self.failure.is_none() && !self.loading.is_over() && !chooses
    }

    /// What the tree shows.
    pub fn view(&self) -> Option<View> {
        self.layers.view(self.info.as_ref()?, self.tree.mode)
    }

    /// The path under the cursor.
    pub fn node(&self) -> Option<NodeId> {
        self.tree.current(&self.image.as_ref()?.tree)
    }

    /// Paths that the layer of the selected step adds, changes and removes, once known.
    pub fn counts(&self) -> Option<Counts> {
        let layer = self.layers.step(self.info.as_ref()?)?.layer?;
        self.counts.get(layer.offset()).copied().flatten()
    }

    pub(super) fn say(&mut self, role: Role, text: impl Into<String>) {
        self.message = Some(Message { text: text.into(), role });
    }

    /// Brings the rows up to date, and asks for the content of the path under the cursor.
    pub(super) fn refresh(&mut self, stale: Stale) -> Vec<Effect> {
        let Some(image) = self.image.clone() else { return Vec::new() };
        let (view, height) = (self.view(), self.height(Pane::Tree));
        let mut effects = Vec::new();
        let later = self.tree.is_filtered() && stale >= Stale::Filter && image.tree.len() > LARGE;
        if let (true, Some(view)) = (later, view) {
            let (generation, filter) = (self.matching.advance(), self.tree.filter.clone());
            effects.push(Effect::Match { generation, filter, view });
        }
        let matching = if later { Matching::Later } else { Matching::Now };
        self.tree.refresh(&image.tree, view, stale, height, matching);
        if stale == Stale::View {
            self.count(&image);
        }
        effects.extend(self.want_content());
        effects
    }

    /// Counts the changes of the selected layer, once for each layer.
    fn count(&mut self, image: &Image) {
        let Some(step) = self.info.as_ref().and_then(|info| self.layers.step(info)) else { return };
        let Some(layer) = step.layer else { return };
        let read = image.figures.get(layer.offset()).is_some_and(|figures| figures.loaded);
        let Some(slot) = self.counts.get_mut(layer.offset()).filter(|slot| slot.is_none() && read) else {
            return;
        };
        let view = View::Changeset(layer);
        *slot = Some(match self.tree.shown().filter(|shown| shown.view == view) {
            Some(shown) => shown.sizes.counts(NodeId::ROOT),
            None => image.tree.totals(view).counts(NodeId::ROOT),
        });
    }

    /// Asks for the content of the path under the cursor, unless it is here or on its way.
    pub(super) fn want_content(&mut self) -> Vec<Effect> {
        let (Some(image), Some(view)) = (self.image.clone(), self.view()) else {
            self.forget_content();
            return Vec::new();
        };
        let facts = self.node().and_then(|node| file::facts_in(&image.tree, node, view));
        let Some(entry) = facts.and_then(|facts| facts.content) else {
            self.forget_content();
            return Vec::new();
        };
        let on_screen = self.plan().panes.iter().any(|(pane, _)| *pane == Pane::File);
        if !on_screen || self.file.asked == Some(Asked::Preview(entry)) {
            return Vec::new();
        }
        let generation = self.file.ask(Asked::Preview(entry));
        vec![Effect::LoadPreview { generation, entry, limit: PREVIEW_BYTES }]
    }

    fn forget_content(&mut self) {
        if self.file.asked.is_some() {
            let _ = self.file.generation.advance();
        }
        self.file.asked = None;
        self.file.content = Body::None;
        self.file.offset = 0;
    }
}

/// Takes an event; returns what the shell shall do.
pub fn update(app: &mut App, event: Event) -> Vec<Effect> {
    match event {
        Event::Key(key) if key.kind == KeyEventKind::Release => Vec::new(),
        Event::Key(key) => {
            app.message = None;
            keys::key(app, &key)
        }
        Event::Mouse(event) => mouse::mouse(app, event),
        Event::Resize(width, height) => {
            app.layout.size = (width, height);
            app.want_content()
        }
        Event::Paste(text) => keys::paste(app, &text),
        Event::Tick => {
            app.loading.tick();
            Vec::new()
        }
        answer => answers::answer(app, answer),
    }
}
