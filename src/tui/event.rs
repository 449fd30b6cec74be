//! What can happen to the application: keys, mouse and answers of the shell, all through one door.

use std::sync::Arc;

use crossterm::event::{KeyEvent, MouseEvent};

use crate::image::{Image, ImageInfo};
use crate::layer::LayerIndex;
use crate::tree::Matches;
use crate::tui::effect::Generation;
use crate::tui::insight::Insight;
use crate::tui::pane::groups::Groups;

/// Something happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A key. Releases are ignored.
    Key(KeyEvent),
    /// The mouse.
    Mouse(MouseEvent),
    /// The terminal's new width and height in cells.
    Resize(u16, u16),
    /// Bracketed paste.
    Paste(String),
    /// Comes four times a second while something moves on screen ([`crate::tui::app::App::is_moving`]).
    Tick,
    /// A stream is being spooled: bytes so far.
    Spooled(u64),
    /// Several images and none was named: what [`crate::tui::effect::Effect::Open`] takes.
    Several(Vec<String>),
    /// Manifest and config are read.
    Opened(Arc<ImageInfo>),
    /// Stored bytes of a layer read so far.
    Layer(LayerIndex, u64),
    /// A layer is read.
    LayerDone(LayerIndex),
    /// A larger model: all layers read so far.
    Merged(Arc<Image>),
    /// Loading ended: the last model has come before this, or the user cancelled.
    Loaded,
    /// The image cannot be opened or read.
    Failed(Failure),
    /// The answer to [`crate::tui::effect::Effect::LoadPreview`].
    Preview {
        /// Of the request; an older one than the last asked for is dropped.
        generation: Generation,
        /// The bytes, or why they cannot be had (one sentence).
        result: Result<Content, String>,
    },
    /// Bytes read so far for the preview, where it takes long (a file far inside a compressed layer).
    PreviewProgress {
        /// Of the request.
        generation: Generation,
        /// Bytes of the layer passed so far.
        bytes: u64,
    },
    /// The answer to [`crate::tui::effect::Effect::LoadDiff`].
    Diff {
        /// Of the request.
        generation: Generation,
        /// Old and new content, or why one of them cannot be had.
        result: Result<(Content, Content), String>,
    },
    /// The answer to [`crate::tui::effect::Effect::Match`].
    Matched {
        /// Of the request.
        generation: Generation,
        /// What matches.
        matches: Matches,
    },
    /// The answer to [`crate::tui::effect::Effect::Account`].
    Accounted {
        /// Of the request.
        generation: Generation,
        /// What all layers together tell.
        insight: Arc<Insight>,
    },
    /// The answer to [`crate::tui::effect::Effect::Sift`].
    Sifted {
        /// Of the request.
        generation: Generation,
        /// The dead files that match.
        groups: Arc<Groups>,
    },
    /// The answer to [`crate::tui::effect::Effect::FindNeighbours`].
    Neighbours {
        /// Of the request.
        generation: Generation,
        /// The other local images that hold each layer, base first; `None` where no store knows.
        neighbours: Option<Vec<Vec<String>>>,
    },
    /// Something is on the clipboard: what, in a few words, and how many bytes.
    Copied(String, usize),
    /// Files were written: a sentence for the user.
    Extracted(String),
    /// Something failed: a sentence for the user.
    Error(String),
}

/// Content of a file, or its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// The first bytes.
    pub bytes: Vec<u8>,
    /// The whole length.
    pub total: u64,
}

/// Why there is no image to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// One sentence.
    pub message: String,
    /// The chain of causes.
    pub causes: Vec<String>,
    /// What would help.
    pub hints: Vec<String>,
}
