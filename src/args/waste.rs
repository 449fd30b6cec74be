//! The arguments of `capas waste`.

use std::ffi::OsString;

use clap::{Args as ClapArgs, ValueEnum};

use super::{BaseArgs, OpenArgs, OutArgs};

/// `capas waste`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "\
Every byte that ships is live (a container sees it) or dead, for one cause: deleted later, shipped again with other \
metadata, rewritten unchanged, overwritten, or repeated in one tar.

Examples:
  capas waste web.tar
  capas waste web.tar --by directory --depth 4
  capas waste web.tar --by file --top 50 --path usr/lib
  capas waste web.tar --layer 4             what layer 4 wastes, and what of it is wasted
  capas waste web.tar --base debian.tar     layers of the base are not yours
  capas waste web.tar --format json | jq '.matrix[0]'")]
pub struct WasteArgs {
    /// The image
    pub image: String,

    /// What the dead bytes are summed by; several times for several tables [default: pair, directory, file]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub by: Vec<WasteBy>,

    /// Rows of each table, 0 for all [default: 10; all in plain, json and ndjson]
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,

    /// Only what this layer bore or killed
    #[arg(long, value_name = "N")]
    pub layer: Option<u16>,

    /// Only files at or under this path
    #[arg(long, value_name = "PATH")]
    pub path: Option<OsString>,

    /// How deep the directories of `--by directory` are
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub depth: usize,

    /// Read contents to find equal files, where nothing has read them yet
    #[arg(long)]
    pub scan: bool,

    /// Base.
    #[command(flatten)]
    pub base: BaseArgs,

    /// Output.
    #[command(flatten)]
    pub out: OutArgs,

    /// Opening.
    #[command(flatten)]
    pub open: OpenArgs,
}

/// What dead bytes are summed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WasteBy {
    /// The step that bore and the step that killed
    Pair,
    /// The step that bore
    Born,
    /// The step that killed
    Killed,
    /// The cause
    Cause,
    /// The directory
    Directory,
    /// The file
    File,
    /// The extension of the file's name
    Extension,
}
