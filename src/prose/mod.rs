//! What capas says in whole sentences, by id: a text table, so that another language is another table. May use `layer`
//! and `text`.

mod notes;
pub mod why;
pub mod why_step;

pub use notes::{note, note_id};
