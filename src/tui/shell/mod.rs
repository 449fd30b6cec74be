//! The shell around state and drawing: threads, the terminal, the clipboard, files. It performs effects and feeds their
//! answers back as events; may use everything.

mod clipboard;
mod contents;
mod headless;
mod jobs;
mod listen;
mod page;
mod runtime;
mod session;
mod setup;
mod terminal;

pub use headless::Headless;
pub use runtime::run;
pub use setup::Setup;
