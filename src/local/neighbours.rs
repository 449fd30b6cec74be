//! Which other images of its store hold the layers of an image.

use std::collections::{HashMap, HashSet};

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
    let mut holders: HashMap<&str, Vec<String>> = own.iter().map(|layer| (*layer, Vec::new())).collect();
    for (image, state) in store.images.iter().zip(store.states()) {
        if is_it(image) || state == State::Intermediate {
            continue;
        }
        // A layer may stand in an image twice.
        for layer in unpacked(image).collect::<HashSet<_>>() {
            if let Some(names) = holders.get_mut(layer) {
                names.push(name(image));
            }
        }
    }
    Some(own.iter().map(|layer| holders.get(layer).cloned().unwrap_or_default()).collect())
}

/// What a store knows the layers of an image by, base first.
fn unpacked(image: &LocalImage) -> impl Iterator<Item = &str> {
    image.pieces.iter().filter(|piece| piece.kind != PieceKind::Blob).map(|piece| piece.id.as_str())
}

fn name(image: &LocalImage) -> String {
    let id = || image.id.as_ref().map_or_else(|| "<none>".to_owned(), |id| id.short().to_owned());
    image.names.first().cloned().unwrap_or_else(id)
}
