//! Windows over the screen, on a stack: the top one has the keys.

pub mod gallery;
pub mod menu;
pub mod pages;
pub mod picker;
pub mod why;

use crate::tui::input::Input;
use gallery::Gallery;
use menu::Menu;
use pages::Pages;
use picker::Picker;
use why::Why;

/// A window.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// All keys, or all commands.
    Menu(Menu),
    /// The line of the filter, and the filter that Esc brings back.
    Filter(Input),
    /// Which folder to extract into.
    Extract(Input),
    /// Several images.
    Picker(Picker),
    /// The images of this machine.
    Gallery(Gallery),
    /// A text to read.
    Pages(Pages),
    /// Sentences that explain.
    Why(Why),
}
