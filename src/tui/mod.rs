//! The terminal UI in three storeys.
//!
//! * State and update: [`action`], [`keymap`], [`event`], [`effect`], [`app`], [`layout`], `pane`, `overlay`. Pure values;
//!   no ratatui, no files, threads or clock. [`app::update`] turns an [`event::Event`] into [`effect::Effect`]s.
//! * Drawing: [`view`], `widget`, [`theme`]. The only code that knows ratatui. [`view::view`] reads the state, never
//!   changes it, and returns the [`layout::Layout`] that it drew.
//! * [`shell`]: threads, the terminal, the clipboard, files; it performs effects and feeds their answers back as events.

mod act;
pub mod action;
mod answers;
pub mod app;
mod availability;
pub mod diff;
pub mod doc;
pub mod effect;
pub mod event;
mod files;
mod gallery;
mod home;
pub mod input;
pub mod insight;
mod jump;
pub mod keymap;
mod keys;
pub mod layout;
pub mod loading;
mod mouse;
pub mod overlay;
pub mod pane;
pub mod scroll;
pub mod shell;
mod take;
pub mod theme;
pub mod view;
mod widget;

pub use shell::{Headless, Setup, run};
