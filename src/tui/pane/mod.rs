//! The state of the panes.

pub mod account;
pub mod advice;
pub mod bracket;
pub mod dead;
pub mod detail;
pub mod empty;
pub mod facts;
pub mod file;
pub mod finding;
pub mod groups;
pub mod image;
pub mod layers;
pub mod life;
pub mod preview;
pub mod runs;
pub mod sizes;
pub mod tree;
pub mod waste;
