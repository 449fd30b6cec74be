//! The terminal UI in three storeys.
//!
//! * State and update: [`action`], [`keymap`], [`event`], [`effect`], [`app`], [`layout`], `pane`, `overlay`. Pure values;
//!   no ratatui, no files, threads or clock. [`app::update`] turns an [`event::Event`] into [`effect::Effect`]s.
//! * Drawing: [`view`], `widget`, [`theme`]. The only code that knows ratatui. [`view::view`] reads the state, never
//!   changes it, and returns the [`layout::Layout`] that it drew.
//! * [`shell`]: threads, the terminal, the clipboard, files; it performs effects and feeds their answers back as events.

pub mod action;
pub mod app;
pub mod doc;
pub mod effect;
pub mod event;
pub mod input;
pub mod keymap;
pub mod layout;
pub mod scroll;
pub mod shell;
pub mod theme;
pub mod view;

pub use shell::{Headless, Setup, run};
