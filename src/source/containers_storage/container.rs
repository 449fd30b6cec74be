//! A container of the store: its image, and on top what it has written so far.

use serde::Deserialize;

use super::ContainersStorage;
use super::layer::Layers;
use crate::source::SourceError;
use crate::source::draft::{Found, Writable};
use crate::source::open::Opening;

/// One container of `containers.json`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Record {
    id: String,
    names: Vec<String>,
    image: String,
    layer: String,
    created: String,
}

impl ContainersStorage {
    /// The container that is meant: by its ID, else by its name, else by the beginning of its ID.
    pub(super) fn container(&self, wanted: &str, opening: &Opening<'_>) -> Result<Found, SourceError> {
        let mut containers: Vec<Record> = Vec::new();
        for tree in &self.trees {
            containers.extend(tree.list::<Record>("containers")?);
        }
        let by_name = |it: &&Record| it.id == wanted || it.names.iter().any(|name| name == wanted);
        let begins: Vec<&Record> = containers.iter().filter(|it| it.id.starts_with(wanted)).collect();
        let container = match (containers.iter().find(by_name), &begins[..]) {
            (Some(container), _) => container,
            (None, [container]) => *container,
            (None, []) => return Err(self.not_here("container", wanted)),
            (None, _) => {
                let names = begins.iter().map(|it| it.id.chars().take(12).collect()).collect();
                return Err(SourceError::Ambiguous { path: self.label(), wanted: wanted.to_owned(), names });
            }
        };
        let images = self.images()?;
        let image = images.iter().find(|image| image.id == container.image);
        let image = image.ok_or_else(|| self.not_here("image", &container.image))?;
        let mut found = self.image_of(&images, image, opening)?;
        let layer = Layers::read(self)?.writable(&container.layer);
        let layer = layer.ok_or_else(|| SourceError::Broken {
            path: self.label(),
            why: format!(
                "the layer `{}` of the container {} is not there",
                container.layer.escape_debug(),
                container.id.escape_debug()
            ),
        })?;
        let name = container.names.first().unwrap_or(&container.id).clone();
        found.draft.writable = Some(Writable {
            layer,
            container: name,
            created: container.created.clone(),
            command: String::new(),
        });
        Ok(found)
    }
}
