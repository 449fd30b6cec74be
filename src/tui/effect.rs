//! What the application asks the shell to do. Values, so that tests read them.

use crate::layer::LayerIndex;
use crate::tree::{EntryRef, View};

/// The number of a background request. Only the answer to the newest of its kind counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

impl Generation {
    /// Counts one up and returns the new number.
    #[must_use]
    pub fn advance(&mut self) -> Self {
        self.0 += 1;
        *self
    }
}

/// How many bytes a preview reads.
pub const PREVIEW_BYTES: u64 = 256 * 1024;

/// Something for the shell to do. Entries are those of [`crate::tui::app::App::image`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Leave.
    Quit,
    /// Stop the process as Ctrl-Z does elsewhere; draw anew when it continues.
    Suspend,
    /// Open one of several images, by the name that the picker showed.
    Open(String),
    /// Open another image, by this reference.
    OpenReference(String),
    /// Let go of the image, and of what is still being read of it.
    CloseImage,
    /// Stop reading layers; what was read stays.
    CancelLoad,
    /// Read the beginning of a file; answered by [`crate::tui::event::Event::Preview`].
    LoadPreview {
        /// Comes back with the answer. A newer request cancels this one.
        generation: Generation,
        /// The regular entry.
        entry: EntryRef,
        /// At most so many bytes.
        limit: u64,
    },
    /// Read two versions of a file; answered by [`crate::tui::event::Event::Diff`].
    LoadDiff {
        /// Comes back with the answer. A newer request cancels this one.
        generation: Generation,
        /// The older version; nothing where the file was not there.
        old: Option<EntryRef>,
        /// The newer version; nothing where the file is gone.
        new: Option<EntryRef>,
        /// At most so many bytes of each.
        limit: u64,
    },
    /// Match a filter against a large tree ([`crate::tree::Tree::matches`]); answered by
    /// [`crate::tui::event::Event::Matched`].
    Match {
        /// Comes back with the answer. A newer request cancels this one.
        generation: Generation,
        /// The filter as typed; it parses.
        filter: String,
        /// The view.
        view: View,
    },
    /// Draw up the account of the image, whose layers are all read; answered by [`crate::tui::event::Event::Accounted`].
    Account {
        /// Comes back with the answer. A newer request cancels this one.
        generation: Generation,
        /// Whether to read the contents that tell moved files from deleted ones, which may take as long as loading.
        thorough: bool,
    },
    /// Group the dead files that a filter matches; answered by [`crate::tui::event::Event::Sifted`].
    Sift {
        /// Comes back with the answer. A newer request cancels this one.
        generation: Generation,
        /// The filter as typed; it parses.
        filter: String,
    },
    /// Look which other local images hold the layers; answered by [`crate::tui::event::Event::Neighbours`].
    FindNeighbours {
        /// Comes back with the answer.
        generation: Generation,
    },
    /// Put a text on the clipboard; `what` it is, in a few words.
    Copy {
        /// For the message afterwards.
        what: String,
        /// The text.
        text: String,
    },
    /// Put a file's content on the clipboard.
    CopyContent {
        /// For the message afterwards.
        what: String,
        /// The regular entry.
        entry: EntryRef,
    },
    /// Write a path and all below it, as the rootfs after a layer has it, into a folder of the user.
    Extract {
        /// The rootfs.
        at: LayerIndex,
        /// The path, without a leading slash; empty for everything.
        path: Vec<u8>,
        /// The folder as typed.
        target: String,
    },
    /// Show a file in `$PAGER`.
    OpenPager {
        /// The regular entry.
        entry: EntryRef,
        /// The file's name, for the pager's prompt and the temporary file's suffix.
        name: String,
    },
    /// Show a text in `$PAGER` (JSON, a diff).
    PageText {
        /// A file name with a suffix.
        name: String,
        /// The text.
        text: String,
    },
}
