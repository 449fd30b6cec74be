//! The layers read so far as one image.

use std::sync::Arc;

use super::Opened;
use crate::image::{Image, LayerFigures};
use crate::layer::{Changeset, EntryKind, LayerIndex, Media, NO_ENTRY, NoteKind};
use crate::tree::Tree;

/// A layer that has been read.
#[derive(Clone)]
pub struct ReadLayer {
    /// Its compression.
    pub media: Media,
    /// What it says.
    pub changeset: Arc<Changeset>,
}

/// Merges the layers that are there; the others are empty.
pub fn assemble(opened: &Opened, read: &[Option<ReadLayer>]) -> Image {
    let empty = Arc::new(Changeset::default());
    let changesets: Vec<Arc<Changeset>> = read
        .iter()
        .map(|layer| Arc::clone(layer.as_ref().map_or(&empty, |layer| &layer.changeset)))
        .collect();
    let mut notes = opened.info.notes.clone();
    for (at, layer) in read.iter().enumerate() {
        let index = LayerIndex::from_offset(at);
        if let Some(layer) = layer {
            notes.adopt(&layer.changeset.notes, index);
            if let Some(fault) = &layer.changeset.fault {
                notes.add(NoteKind::LayerFaulty, Some(index), fault.to_string().as_bytes());
            }
        }
    }
    Image {
        info: Arc::clone(&opened.info),
        figures: read
            .iter()
            .map(|layer| layer.as_ref().map_or_else(LayerFigures::default, figures))
            .collect(),
        tree: Tree::merge(&changesets),
        notes,
    }
}

fn figures(layer: &ReadLayer) -> LayerFigures {
    let changeset = &layer.changeset;
    LayerFigures {
        loaded: true,
        compression: layer.media.label(),
        tar_bytes: changeset.tar_bytes,
        payload_bytes: changeset.payload_bytes,
        entries: changeset.entries.entries.len() as u64,
        docker_bytes: docker_bytes(changeset),
        fault: changeset.fault.clone(),
    }
}

/// Docker's figure of a layer (`directory.Size` of what the layer unpacks to): logical sizes of regular files, once for
/// each inode, and lengths of symlink targets.
fn docker_bytes(changeset: &Changeset) -> u64 {
    let table = &changeset.entries;
    let nodes = changeset.paths.nodes.iter().filter(|node| node.entry != NO_ENTRY);
    nodes
        .map(|node| match table.kind(node.entry) {
            EntryKind::File => table.apparent_size(node.entry),
            EntryKind::Symlink => table.link(node.entry).map_or(0, |target| target.len() as u64),
            _ => 0,
        })
        .fold(0, u64::saturating_add)
}
