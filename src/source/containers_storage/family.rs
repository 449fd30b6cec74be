//! The images that an image was made from, as far as the store still has them: builders keep one for each step.

use std::collections::HashSet;

use super::ContainersStorage;
use super::image::{Record, file};
use super::layer::Layers;
use crate::oci::{Digest, ImageConfig};
use crate::source::disk;
use crate::source::store::MAX_CONFIG;

/// Configs that are looked into. A builder makes one for each step.
const MAX_RELATIVES: usize = 1000;

impl ContainersStorage {
    /// The ancestors of an image, one for each of its steps but the newest, newest first: images whose history and
    /// layers are the beginning of its own. What cannot be read is none.
    pub(super) fn ancestors(
        &self,
        images: &[Record],
        image: &Record,
        config: &ImageConfig,
        layers: &Layers<'_>,
    ) -> Vec<Option<Digest>> {
        let below: HashSet<&str> = layers.ids(&image.layer, config.rootfs.diff_ids.len()).collect();
        let is_related = |other: &&Record| {
            other.id != image.id && (other.layer.is_empty() || below.contains(other.layer.as_str()))
        };
        let steps = config.history.len();
        let mut ancestors = vec![None; steps.saturating_sub(1)];
        for other in images.iter().filter(is_related).take(MAX_RELATIVES) {
            let Some((id, other)) = self.config_of(other) else { continue };
            let is_beginning = other.history.len() < steps
                && config.history.starts_with(&other.history)
                && config.rootfs.diff_ids.starts_with(&other.rootfs.diff_ids);
            // An image without history could be the beginning of anything.
            if is_beginning && !other.history.is_empty() {
                ancestors[steps - other.history.len() - 1].get_or_insert(id);
            }
        }
        ancestors
    }

    fn config_of(&self, image: &Record) -> Option<(Digest, ImageConfig)> {
        let id = format!("sha256:{}", image.id);
        let path = file(self.tree_of(image), image, &id).ok()?;
        let bytes = disk::read(&path, MAX_CONFIG).ok()??;
        Some((id.parse().ok()?, serde_json::from_slice(&bytes).ok()?))
    }
}
