//! What the commands print: one module per answer, each writing into `impl Write`. May use everything above it, and
//! neither terminal nor environment: how an answer looks is handed in as a [`Look`].

pub mod advise;
mod commands;
pub mod docker;
pub mod document;
pub mod entries;
pub mod images;
pub mod images_tree;
pub mod layers;
mod look;
pub mod lookup;
pub mod ls;
pub mod reclaim;
pub mod summary;
mod table;
pub mod tree;
pub mod verify;
pub mod walk;
pub mod waste;

pub use commands::Commands;
pub use look::Look;
pub use table::{Align, Cell, Table};
