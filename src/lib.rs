//! capas opens a container image and shows what every byte in it is for: which build step wrote it, and
//! whether it still reaches the final filesystem.
//!
//! The map of the house, lowest storey first; a module uses what stands above it in this list, never what
//! stands below (`tests/architecture.rs` holds the exact table):
//!
//! * [`oci`]: the image specification as types. No I/O.
//! * [`local`]: the images of this machine as its stores keep them, and whose bytes they are.
//! * [`text`], [`role`]: bytes to display text, sizes, times; what a span of text means.
//! * [`layer`]: one layer blob to a [`layer::Changeset`]: media, tar reader, entries, whiteouts.
//! * [`tree`]: all layers as one filesystem with a timeline per path; queries become rows.
//! * [`image`]: manifest, config and history joined to the layers and the tree.
//! * [`ledger`]: the account of every byte, who wastes whom, and what grouping steps would save.
//! * [`build`]: history entries as the instructions that their authors wrote.
//! * [`advice`]: rules over account and history; findings with exact bytes and a fix.
//! * [`prose`]: whole sentences for people, by id.
//! * [`source`]: where images come from. The only code that opens files, sockets and stores.
//! * [`extract`]: files of an image to disk, never outside their folder.
//! * [`report`]: one module per command output, each writing into `impl Write`.
//! * [`tui`]: state and update (no ratatui), drawing (only ratatui), and the shell around both.
//! * [`args`], [`settings`], [`error`], [`cli`]: what can be typed, what it means, how it fails, what runs.

pub mod advice;
pub mod args;
pub mod build;
pub mod cli;
pub mod error;
pub mod extract;
pub mod image;
pub mod layer;
pub mod ledger;
pub mod local;
pub mod oci;
pub mod prose;
pub mod report;
pub mod role;
pub mod settings;
pub mod source;
pub mod text;
pub mod tree;
pub mod tui;
