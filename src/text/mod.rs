//! Bytes to text for a terminal: the one gate, and how such text is measured, cut and aligned; sizes, modes and times
//! for people. Pure: no terminal, no clock, no locale, nothing of ours.
//!
//! Names inside images are written by strangers. What [`display`] returns can be printed and measured safely; the
//! functions of `fit` expect such text.

mod display;
mod fit;
mod manner;
mod mode;
mod shell;
mod size;
mod time;

pub use display::{display, display_multiline, display_sentence};
pub use fit::{compact_path, pad_left, pad_right, prefix, truncate, truncate_middle, width};
pub use manner::Manner;
pub use mode::mode_string;
pub use shell::shell_word;
pub use size::{count, counted, one_or_more, size, size_iec};
pub use time::{ago, date_time, rfc3339, seconds};
