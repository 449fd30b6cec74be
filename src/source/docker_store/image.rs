//! An image of the store: config, layers, and what only the engine knows of it.

use std::collections::BTreeMap;
use std::path::Path;

use super::{DockerStore, STORE};
use crate::image::EngineInfo;
use crate::oci::{Digest, ImageConfig};
use crate::source::draft::{Draft, DraftLayer, Found, MAX_LAYERS};
use crate::source::names::familiar;
use crate::source::store::MAX_CONFIG;
use crate::source::{Check, SourceError, disk};

impl DockerStore {
    /// The image that is meant.
    pub fn image(&self, wanted: &str, strict: bool) -> Result<Found, SourceError> {
        let id = self.find(wanted)?;
        self.image_of(&id, strict)?.ok_or_else(|| self.not_here("image", wanted))
    }

    /// The image with this ID; `None` where its config is gone.
    pub fn image_of(&self, id: &Digest, strict: bool) -> Result<Option<Found>, SourceError> {
        let path = self.imagedb("content", id);
        let Some(config_json) = disk::read(&path, MAX_CONFIG)? else { return Ok(None) };
        let found = Digest::of(&config_json);
        let ok = found == *id;
        if !ok && strict {
            return Err(disk::broken(
                &path,
                format!("the config should have the digest {id} and has {found}"),
            ));
        }
        let message = if ok {
            "its bytes have this digest".to_owned()
        } else {
            format!("its bytes have the digest {found}")
        };
        let checks = vec![Check { subject: format!("config {id}"), ok, message }];
        let config: ImageConfig = serde_json::from_slice(&config_json)
            .map_err(|error| disk::broken(&path, format!("the config is no valid JSON: {error}")))?;
        if config.rootfs.diff_ids.len() > MAX_LAYERS {
            let why = format!("the image has more than {MAX_LAYERS} layers");
            return Err(SourceError::Limit { path: disk::shown(&path), why });
        }
        let layers = self.layers(&config.rootfs.diff_ids)?;
        let named = |(name, other): (String, Digest)| (other == *id).then_some(name);
        let names: Vec<String> = self.names()?.into_iter().filter_map(named).collect();
        let ancestors = self.ancestors(id, config.history.len())?;
        let engine = EngineInfo {
            repo_digests: names.iter().filter(|name| name.contains('@')).map(|name| familiar(name)).collect(),
            graph_driver: Some((self.driver.clone(), self.graph_driver(&layers))),
            last_tag_time: disk::line(&self.imagedb("metadata", id).join("lastUpdated"))?,
            ancestors: ancestors.iter().cloned().map(Some).collect(),
            ..EngineInfo::default()
        };
        let draft = Draft {
            source: STORE,
            names,
            id: Some(id.clone()),
            parent: ancestors.into_iter().next(),
            platform: config.platform(),
            config,
            config_json,
            layers,
            engine,
            ..Draft::default()
        };
        Ok(Some(Found { draft, path: self.label(), checks }))
    }

    /// The images that this one was made from, step by step, as far as they are still there.
    fn ancestors(&self, id: &Digest, most: usize) -> Result<Vec<Digest>, SourceError> {
        let mut ancestors = Vec::new();
        let mut id = id.clone();
        // An image that is its own ancestor would go on forever.
        while ancestors.len() < most {
            let Some(parent) = disk::line(&self.imagedb("metadata", &id).join("parent"))? else { break };
            let Ok(parent) = parent.parse::<Digest>() else { break };
            if !self.imagedb("content", &parent).exists() {
                break;
            }
            ancestors.push(parent.clone());
            id = parent;
        }
        Ok(ancestors)
    }

    /// What the engine's `inspect` says of the driver's folders: of overlay2 where a container would find its layers.
    fn graph_driver(&self, layers: &[DraftLayer]) -> BTreeMap<String, String> {
        let folders: Option<Vec<&Path>> = layers.iter().map(|layer| layer.folder.as_deref()).collect();
        let (Some([lower @ .., upper]), "overlay2" | "fuse-overlayfs") =
            (folders.as_deref(), self.driver.as_str())
        else {
            return BTreeMap::new();
        };
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let own = |name: &str| text(&upper.with_file_name(name));
        let mut data = BTreeMap::from([
            ("MergedDir".to_owned(), own("merged")),
            ("UpperDir".to_owned(), text(upper)),
            ("WorkDir".to_owned(), own("work")),
        ]);
        if !lower.is_empty() {
            let lower: Vec<String> = lower.iter().rev().map(|path| text(path)).collect();
            data.insert("LowerDir".to_owned(), lower.join(":"));
        }
        data
    }
}
