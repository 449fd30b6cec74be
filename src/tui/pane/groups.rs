//! Dead files in groups: by who wastes whom, by cause, by folder, by file. Made once by a worker, largest first and in
//! order, so that a pane at a million files only slices.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::layer::LayerIndex;
use crate::ledger::{Cause, Causes, DeadFile, Ledger};
use crate::tree::{EntryRef, Filter, Matches, NodeId, Tree, View};

/// Levels of a folder that files are grouped by, as `capas waste` does.
const LEVELS: usize = 3;

/// What files are grouped by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// The layer that bore them and the layer that killed them.
    #[default]
    Pair,
    /// Why they died.
    Cause,
    /// The folder.
    Folder,
    /// The path.
    File,
}

impl Grouping {
    /// All.
    pub const ALL: [Self; 4] = [Self::Pair, Self::Cause, Self::Folder, Self::File];

    /// Its name in titles.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pair => "pair",
            Self::Cause => "cause",
            Self::Folder => "folder",
            Self::File => "file",
        }
    }
}

/// What the files of a group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Born in the first, killed by the second.
    Pair(LayerIndex, LayerIndex),
    /// The cause.
    Cause(Cause),
    /// The folder.
    Folder(NodeId),
    /// The path.
    File(NodeId),
}

/// Files with something in common.
#[derive(Clone, Debug)]
pub struct Group {
    /// What they have in common.
    pub key: Key,
    /// Their bytes.
    pub bytes: u64,
    /// The cause of most of the bytes.
    pub cause: Option<Cause>,
    /// Whether there are other causes.
    pub mixed: bool,
    start: u32,
    end: u32,
}

impl Group {
    /// How many files.
    pub fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether there is none, which does not happen.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }
}

/// The files in one grouping.
#[derive(Clone, Debug, Default)]
struct Part {
    /// In order of their keys.
    groups: Vec<Group>,
    /// Places of the files, group by group, most bytes first.
    files: Vec<u32>,
    /// Places of the groups, largest first.
    largest: Vec<u32>,
}

/// All dead files in all groupings.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    files: Vec<DeadFile>,
    parts: [Part; 4],
    bytes: u64,
}

impl Groups {
    /// Groups all dead files of an image, or those that a filter matches in the layer that ships them. None where no byte
    /// is dead.
    pub fn new(tree: &Tree, ledger: &Ledger, filter: Option<&Filter>) -> Self {
        let mut files: Vec<DeadFile> = ledger.dead_files(tree).collect();
        if let Some(filter) = filter {
            let mut matches: HashMap<LayerIndex, Matches> = HashMap::new();
            files.retain(|file| {
                let of_layer = matches
                    .entry(file.born())
                    .or_insert_with(|| tree.matches(filter, View::Changeset(file.born())));
                of_layer.has(file.node)
            });
        }
        let bytes: u64 = files.iter().map(|file| file.bytes).sum();
        if bytes == 0 {
            return Self::default();
        }
        files.sort_unstable_by_key(|file| {
            (Reverse(file.bytes), file.node, file.entry.layer, file.entry.entry)
        });
        let mut folders = HashMap::new();
        let folders: Vec<NodeId> =
            files.iter().map(|file| folder(tree, tree.parent(file.node), &mut folders)).collect();
        let parts = Grouping::ALL.map(|grouping| {
            let key = |at: u32| {
                let file = &files[at as usize];
                match grouping {
                    Grouping::Pair => Key::Pair(file.born(), file.killed),
                    Grouping::Cause => Key::Cause(file.cause),
                    Grouping::Folder => Key::Folder(folders[at as usize]),
                    Grouping::File => Key::File(file.node),
                }
            };
            Part::new(&files, key)
        });
        Self { files, parts, bytes }
    }

    /// The groups of a grouping, in order of their keys.
    pub fn of(&self, grouping: Grouping) -> &[Group] {
        &self.parts[grouping as usize].groups
    }

    /// The group of a row: largest first, or in order.
    pub fn at(&self, grouping: Grouping, row: usize, in_order: bool) -> Option<&Group> {
        let part = &self.parts[grouping as usize];
        let at = if in_order { row } else { *part.largest.get(row)? as usize };
        part.groups.get(at)
    }

    /// The row of a group.
    pub fn position(&self, grouping: Grouping, key: Key, in_order: bool) -> Option<usize> {
        let part = &self.parts[grouping as usize];
        let at = part.groups.binary_search_by_key(&key, |group| group.key).ok()?;
        if in_order { Some(at) } else { part.largest.iter().position(|&group| group as usize == at) }
    }

    /// A file of a group, most bytes first.
    pub fn file(&self, grouping: Grouping, group: &Group, row: usize) -> Option<&DeadFile> {
        let files = self.parts[grouping as usize].files.get(group.start as usize..group.end as usize)?;
        self.files.get(*files.get(row)? as usize)
    }

    /// The row of a file in a group.
    pub fn file_row(&self, grouping: Grouping, group: &Group, entry: EntryRef) -> Option<usize> {
        let files = self.parts[grouping as usize].files.get(group.start as usize..group.end as usize)?;
        files.iter().position(|&at| self.files[at as usize].entry == entry)
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many files there are.
    pub fn file_count(&self) -> usize {
        self.files.len()
    }
}

impl Part {
    /// Groups files that stand in order of their bytes.
    fn new(files: &[DeadFile], key: impl Fn(u32) -> Key) -> Self {
        let mut order: Vec<u32> = (0..files.len() as u32).collect();
        order.sort_by_cached_key(|&at| key(at));
        let mut groups: Vec<Group> = Vec::new();
        let mut start = 0;
        for chunk in order.chunk_by(|&a, &b| key(a) == key(b)) {
            let end = start + chunk.len() as u32;
            let mut causes = Causes::default();
            for file in chunk.iter().map(|&at| &files[at as usize]) {
                causes.add(file.cause, file.bytes);
            }
            // Files without bytes have a cause all the same.
            let cause = causes.main().or(Some(files[chunk[0] as usize].cause));
            let mixed = causes.iter().count() > 1;
            groups.push(Group { key: key(chunk[0]), bytes: causes.total(), cause, mixed, start, end });
            start = end;
        }
        let mut largest: Vec<u32> = (0..groups.len() as u32).collect();
        largest.sort_by_key(|&at| Reverse(groups[at as usize].bytes));
        Self { groups, files: order, largest }
    }
}

/// A folder, cut to so many levels.
fn folder(tree: &Tree, node: NodeId, known: &mut HashMap<NodeId, NodeId>) -> NodeId {
    if let Some(&folder) = known.get(&node) {
        return folder;
    }
    let mut at = node;
    for _ in LEVELS..tree.depth(node) {
        at = tree.parent(at);
    }
    known.insert(node, at);
    at
}
