//! What the command line hands to the terminal UI.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::build::Evidence;
use crate::local::Listing;
use crate::source::Options;

/// What the command line hands to the terminal UI.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four independent switches of the command line")]
pub struct Setup {
    /// The image, as typed.
    pub reference: String,
    /// The images to choose from first; then no image was named.
    pub listing: Option<Arc<Listing>>,
    /// How it is opened.
    pub options: Options,
    /// What else is known of how it was built.
    pub evidence: Evidence,
    /// Name of the theme.
    pub theme: String,
    /// Name of the key map.
    pub keymap: String,
    /// Keys of the user: action to keys.
    pub keys: BTreeMap<String, Vec<String>>,
    /// Whether the mouse is listened to.
    pub mouse: bool,
    /// Whether to draw with ASCII only.
    pub ascii: bool,
    /// Whether to use colours.
    pub color: bool,
    /// Sizes in powers of 1024.
    pub iec: bool,
}
