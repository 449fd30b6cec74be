//! Layers of the store, found by following parents from the top.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;

use super::{ContainersStorage, Tree, is_id};
use crate::image::Presence;
use crate::oci::Digest;
use crate::source::blob::Blob;
use crate::source::draft::{DraftLayer, MAX_LAYERS};
use crate::source::unpacked::{List, Unpacked};
use crate::source::{SourceError, disk};

/// One layer of `layers.json`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Record {
    /// Its ID, which is also the name of its folder.
    pub id: String,
    /// The ID of the layer below.
    pub parent: String,
    /// Its `DiffID`; containers' layers have none.
    pub diff_digest: Option<Digest>,
    /// The length of its tar.
    pub diff_size: Option<i64>,
    flags: HashMap<String, serde_json::Value>,
}

impl Record {
    /// Whether its files are not all there: a pull that was broken off, or still goes on.
    fn is_incomplete(&self) -> bool {
        self.flags.get("incomplete").is_some_and(|flag| flag.as_bool() == Some(true))
    }
}

/// All layers of a store by their IDs, each with the tree that has it.
pub struct Layers<'a> {
    store: &'a ContainersStorage,
    all: HashMap<String, (&'a Tree, Record)>,
}

impl<'a> Layers<'a> {
    /// Reads all lists.
    pub fn read(store: &'a ContainersStorage) -> Result<Self, SourceError> {
        let mut all = HashMap::new();
        for tree in &store.trees {
            for record in tree.list::<Record>("layers")? {
                all.entry(record.id.clone()).or_insert((tree, record));
            }
        }
        Ok(Self { store, all })
    }

    /// A layer with the tree that has it.
    pub fn get(&self, id: &str) -> Option<&(&'a Tree, Record)> {
        self.all.get(id)
    }

    /// The IDs of a layer and of those below it, at most so many.
    pub fn ids(&self, top: &str, count: usize) -> impl Iterator<Item = &str> {
        let get = |id: &str| self.get(id).map(|(_, record)| record);
        let below = move |record: &&Record| get(&record.parent);
        std::iter::successors(get(top), below).take(count).map(|record| record.id.as_str())
    }

    /// The layers of an image, base first, of which the topmost is given and so many there should be. What is missing
    /// is absent; where a parent is missing, all below it is.
    pub fn chain(&self, top: &str, count: usize) -> Result<Vec<DraftLayer>, SourceError> {
        let mut layers = Vec::new();
        let mut next = top;
        // Parents in a circle end here, too.
        while !next.is_empty() && layers.len() < count.min(MAX_LAYERS) {
            let Some((tree, record)) = self.get(next) else { break };
            layers.push(self.layer(tree, record)?);
            next = &record.parent;
        }
        while layers.len() < count {
            let why = match next {
                "" => "the store has no layer for it".to_owned(),
                id => format!("the store has no layer {}", id.escape_debug()),
            };
            layers.push(DraftLayer { presence: Presence::Absent(why), ..DraftLayer::default() });
        }
        layers.reverse();
        Ok(layers)
    }

    fn layer(&self, tree: &Tree, record: &Record) -> Result<DraftLayer, SourceError> {
        let lists = tree.lists("layers");
        if !is_id(&record.id) {
            let why = format!("`{}` is no ID of a layer", record.id.escape_debug());
            return Err(disk::broken(&lists.join("layers.json"), why));
        }
        if record.is_incomplete() {
            let presence = Presence::Absent("it has not been pulled to its end".to_owned());
            return Ok(DraftLayer { presence, ..DraftLayer::default() });
        }
        let folder = tree.folder(&record.id);
        let bytes = record.diff_size.and_then(|size| u64::try_from(size).ok());
        let file = disk::open(&lists.join(format!("{}.tar-split.gz", record.id)))?;
        let list = match file {
            Some(file) => List::TarSplit(file),
            None => self.unlisted(tree, record),
        };
        let unpacked = Unpacked::new(list, folder.clone(), bytes.unwrap_or(0), self.store.hint.clone());
        Ok(DraftLayer {
            blob: Some(Blob::Unpacked(Arc::new(unpacked))),
            folder: Some(folder),
            engine_bytes: bytes,
            ..DraftLayer::default()
        })
    }

    /// A layer without tar-split: only the folder tells what it is. vfs has whole copies.
    fn unlisted(&self, tree: &Tree, record: &Record) -> List {
        match self.get(&record.parent) {
            Some((below, _)) if tree.driver == "vfs" => List::Changes(below.folder(&record.parent)),
            _ => List::Folder,
        }
    }

    /// The writable layer of a container.
    pub fn writable(&self, id: &str) -> Option<DraftLayer> {
        let (tree, record) = self.get(id).filter(|(_, record)| is_id(&record.id))?;
        let folder = tree.folder(&record.id);
        let list = self.unlisted(tree, record);
        let unpacked = Unpacked::new(list, folder.clone(), 0, self.store.hint.clone());
        Some(DraftLayer {
            blob: Some(Blob::Unpacked(Arc::new(unpacked))),
            folder: Some(folder),
            writable: true,
            ..DraftLayer::default()
        })
    }
}
