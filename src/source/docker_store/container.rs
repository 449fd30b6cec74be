//! A container of the store: its image, and on top what it has written so far.

use std::sync::Arc;

use serde::Deserialize;

use super::DockerStore;
use crate::oci::Digest;
use crate::source::blob::Blob;
use crate::source::draft::{DraftLayer, Found, Writable};
use crate::source::unpacked::{List, Unpacked};
use crate::source::{SourceError, disk};

/// A container's settings may hold a long environment.
const MAX_SETTINGS: u64 = 16 << 20;

/// `config.v2.json`, as much of it as is needed.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Settings {
    #[serde(default)]
    name: String,
    image: Digest,
    #[serde(default)]
    driver: String,
    #[serde(default)]
    created: String,
    #[serde(default)]
    path: String,
    #[serde(default)]
    args: Option<Vec<String>>,
}

impl DockerStore {
    /// The container that is meant: by its ID, else by its name, else by the beginning of its ID.
    pub fn container(&self, wanted: &str, strict: bool) -> Result<Found, SourceError> {
        let folder = self.root.join("containers");
        let ids = disk::names(&folder)?.unwrap_or_default();
        let settings =
            |id: &str| disk::json::<Settings>(&folder.join(id).join("config.v2.json"), MAX_SETTINGS);
        let (id, settings) = if ids.iter().any(|id| id == wanted) {
            (wanted.to_owned(), settings(wanted)?)
        } else {
            let mut by_name = None;
            for id in &ids {
                // One that is being made or removed is none yet, or none any more.
                let Ok(Some(settings)) = settings(id) else { continue };
                if settings.name.trim_start_matches('/') == wanted.trim_start_matches('/') {
                    by_name = Some((id.clone(), Some(settings)));
                }
            }
            let begins: Vec<&String> = ids.iter().filter(|id| id.starts_with(wanted)).collect();
            match (by_name, &begins[..]) {
                (Some(found), _) => found,
                (None, [id]) => ((*id).clone(), settings(id)?),
                (None, []) => return Err(self.not_here("container", wanted)),
                (None, _) => {
                    let names = begins.iter().map(|id| id.chars().take(12).collect()).collect();
                    return Err(SourceError::Ambiguous {
                        path: self.label(),
                        wanted: wanted.to_owned(),
                        names,
                    });
                }
            }
        };
        let Some(settings) = settings.filter(|it| it.driver.is_empty() || it.driver == self.driver) else {
            return Err(self.not_here("container", wanted));
        };
        let Some(mut found) = self.image_of(&settings.image, strict)? else {
            return Err(self.not_here("image", settings.image.as_str()));
        };
        let name = settings.name.trim_start_matches('/').to_owned();
        let command = std::iter::once(settings.path).chain(settings.args.unwrap_or_default());
        let command = command.collect::<Vec<_>>().join(" ");
        let layer = self.writable(&id)?;
        found.draft.writable = Some(Writable { layer, container: name, created: settings.created, command });
        Ok(found)
    }

    fn writable(&self, container: &str) -> Result<DraftLayer, SourceError> {
        let mount = self.meta().join("layerdb/mounts").join(container);
        let named = |name: &str| {
            let path = mount.join(name);
            let id = disk::line(&path)?.ok_or_else(|| disk::broken(&path, "it is not there"))?;
            self.folder(&id)
                .ok_or_else(|| disk::broken(&path, format!("`{}` is no name of a layer", id.escape_debug())))
        };
        let folder = named("mount-id")?;
        let list = if self.driver == "vfs" { List::Changes(named("init-id")?) } else { List::Folder };
        let unpacked = Unpacked::new(list, folder.clone(), 0, None);
        Ok(DraftLayer {
            blob: Some(Blob::Unpacked(Arc::new(unpacked))),
            folder: Some(folder),
            writable: true,
            ..DraftLayer::default()
        })
    }
}
