//! What capas says in whole sentences, by id: a text table, so that another language is another table. May use `layer`,
//! `ledger` and `text`.

pub mod advice;
pub mod death;
pub mod figures;
pub mod lots;
mod notes;
pub mod removal;
pub mod rules;
pub mod story;
pub mod why;
pub mod why_step;

pub use notes::{damaged, note, note_id};
