//! Which other images of its store hold the layers of an image.

use super::{Listing, LocalImage, LocalStore, PieceKind, State};
use crate::oci::Digest;

impl Listing {
    /// For each layer of an image, base first, the other images that hold it, by name or short ID. `ids` are what its
    /// store may know it by. `None` where no store has the image, or does not say what its layers are.
    pub fn neighbours(&self, ids: &[&Digest], layers: usize) -> Option<Vec<Vec<String>>> {
        self.stores.iter().find_map(|store| neighbours(store, ids, layers))
    }
}

fn neighbours(store: &LocalStore, ids: &[&Digest], layers: usize) -> Option<Vec<Vec<String>>> {
    let is_it = |image: &LocalImage| {
        let known = image.id.iter().chain(&image.config_id);
        known.into_iter().any(|id| ids.contains(&id))
    };
    let itself = store.images.iter().find(|image| is_it(image))?;
    let own: Vec<_> = unpacked(itself).collect();
    // A container has its writable layer on top.
    if own.is_empty() || own.len() > layers {
        return None;
    }
    let others: Vec<_> = store
        .images
        .iter()
        .zip(store.states())
        .filter(|(image, state)| !is_it(image) && *state != State::Intermediate)
        .map(|(image, _)| (name(image), unpacked(image).collect::<Vec<_>>()))
        .collect();
    let holders = |layer| {
        let holds = others.iter().filter(|(_, theirs)| theirs.contains(layer));
        holds.map(|(name, _)| name.clone()).collect()
    };
    Some(own.iter().map(holders).collect())
}

/// What a store knows the layers of an image by, base first.
fn unpacked(image: &LocalImage) -> impl Iterator<Item = &str> {
    image.pieces.iter().filter(|piece| piece.kind != PieceKind::Blob).map(|piece| piece.id.as_str())
}

fn name(image: &LocalImage) -> String {
    let id = || image.id.as_ref().map_or_else(|| "<none>".to_owned(), |id| id.short().to_owned());
    image.names.first().cloned().unwrap_or_else(id)
}
