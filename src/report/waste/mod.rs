//! `capas waste`: what ships and is never seen.

mod json;
mod table;

use std::collections::HashMap;

use crate::build::{Owner, Story};
use crate::image::Image;
use crate::layer::LayerIndex;
use crate::ledger::{DeadFile, Ledger};
use crate::tree::{NodeId, Tree};

pub use json::{json, ndjson};
pub use table::{plain, table};

/// What is summed, by what, and how much of it is shown.
#[derive(Clone, Debug)]
pub struct Options {
    /// One table for each.
    pub by: Vec<By>,
    /// Rows of each table; `None` for all.
    pub top: Option<usize>,
    /// Only what this layer bore or killed.
    pub layer: Option<LayerIndex>,
    /// Only files born at or under this node.
    pub under: NodeId,
}

/// What dead bytes are summed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The step that bore and the step that killed.
    Pair,
    /// The step that bore.
    Born,
    /// The step that killed.
    Killed,
    /// The cause.
    Cause,
    /// The directory, so many levels deep.
    Directory(usize),
    /// The file.
    File,
    /// The extension of the file's name.
    Extension,
}

/// What the command answers about.
#[derive(Clone, Copy)]
pub struct Waste<'a> {
    /// The image.
    pub image: &'a Image,
    /// Its account.
    pub ledger: &'a Ledger,
    /// Its history, for the owners of layers.
    pub story: &'a Story,
    /// Bytes of the copies of files that ship more than once and show each time; `None` where contents were not read.
    pub duplicates: Option<u64>,
}

/// Dead bytes by whose layers bore and killed them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    /// Born in the user's own layers (or in layers of which nobody knows whose they are): these can be avoided.
    pub own: u64,
    /// Born in the base image and killed by the user's layers.
    pub inherited: u64,
    /// Born and killed in the base image.
    pub base: u64,
}

impl Waste<'_> {
    /// The dead files that are asked for.
    fn files(&self, options: &Options) -> Vec<DeadFile> {
        let tree = &self.image.tree;
        let under = tree.subtree(options.under);
        let is_asked = |file: &DeadFile| {
            let of_layer = options.layer.is_none_or(|layer| file.born() == layer || file.killed == layer);
            of_layer && under.contains(&file.node.0)
        };
        self.ledger.dead_files(tree).filter(is_asked).collect()
    }

    /// Whose the dead bytes are.
    pub fn owners(&self) -> Owners {
        let is_base = |layer| self.story.owner(layer) == Owner::Base;
        let mut owners = Owners::default();
        for pair in self.ledger.matrix().pairs() {
            let bytes = match (is_base(pair.born), is_base(pair.killed)) {
                (false, _) => &mut owners.own,
                (true, false) => &mut owners.inherited,
                (true, true) => &mut owners.base,
            };
            *bytes += pair.bytes();
        }
        owners
    }
}

/// Dead files, most bytes first, then in the order of their paths.
fn by_bytes(mut files: Vec<DeadFile>) -> Vec<DeadFile> {
    files.sort_by_key(|file| (std::cmp::Reverse(file.bytes), file.node, file.entry));
    files
}

/// The directory of a file, cut to so many levels; the root where it lies there.
fn directory(tree: &Tree, file: NodeId, depth: usize, known: &mut HashMap<NodeId, NodeId>) -> NodeId {
    let parent = tree.parent(file);
    *known.entry(parent).or_insert_with(|| {
        let above: Vec<NodeId> = std::iter::successors(Some(parent), |&node| Some(tree.parent(node)))
            .take_while(|&node| node != NodeId::ROOT)
            .collect();
        above.iter().rev().take(depth).next_back().copied().unwrap_or(NodeId::ROOT)
    })
}

/// What follows the last dot of a file's name, in small letters; empty where there is none.
fn extension(name: &[u8]) -> Vec<u8> {
    match name.iter().rposition(|&byte| byte == b'.') {
        Some(at) if at > 0 => name[at + 1..].to_ascii_lowercase(),
        _ => Vec::new(),
    }
}
