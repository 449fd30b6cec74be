//! The application's state, and what events do to it.

use std::sync::Arc;

use super::effect::Effect;
use super::event::Event;
use super::keymap::Keymap;
use super::layout::Layout;
use crate::image::{Image, ImageInfo};

/// What the application starts with.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// What the user asked for, as typed.
    pub reference: String,
    /// Which key means what.
    pub keymap: Keymap,
    /// The terminal's width and height.
    pub size: (u16, u16),
}

/// All that the terminal UI knows.
#[derive(Debug)]
pub struct App {
    /// What the user asked for.
    pub reference: String,
    /// Which key means what.
    pub keymap: Keymap,
    /// What was drawn last.
    pub layout: Layout,
    info: Option<Arc<ImageInfo>>,
    image: Option<Arc<Image>>,
}

impl App {
    /// The state before anything is known of the image.
    pub fn new(start: Start) -> Self {
        let layout = Layout { size: start.size, ..Layout::default() };
        Self { reference: start.reference, keymap: start.keymap, layout, info: None, image: None }
    }

    /// What is known of the image at once.
    pub fn info(&self) -> Option<&Arc<ImageInfo>> {
        self.info.as_ref()
    }

    /// The image with the layers read so far.
    pub fn image(&self) -> Option<&Arc<Image>> {
        self.image.as_ref()
    }

    /// Takes what was drawn: page sizes, scroll offsets and mouse regions come from it.
    pub fn set_layout(&mut self, layout: Layout) {
        self.layout = layout;
    }

    /// Whether something on screen moves by itself, so that [`Event::Tick`]s are wanted.
    pub fn is_moving(&self) -> bool {
        self.image.is_none()
    }
}

/// Takes an event; returns what the shell shall do.
pub fn update(app: &mut App, event: Event) -> Vec<Effect> {
    match event {
        Event::Key(_) => return vec![Effect::Quit],
        Event::Opened(info) => app.info = Some(info),
        Event::Merged(image) => app.image = Some(image),
        _ => {}
    }
    Vec::new()
}
