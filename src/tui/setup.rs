//! What the command line hands to the terminal UI.

use std::collections::BTreeMap;

use crate::error::CliError;
use crate::source::Options;

/// What the command line hands to the terminal UI.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The image, as typed.
    pub reference: String,
    /// How it is opened.
    pub options: Options,
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

/// Runs the terminal UI until the user quits.
///
/// # Errors
///
/// The image cannot be opened, or the terminal cannot be used.
pub fn run(setup: Setup) -> Result<(), CliError> {
    Err(CliError::failed(format!("{}: the explorer is not built yet", setup.reference)))
}
