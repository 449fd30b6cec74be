//! An image of the store: config, layers, and what only the engine knows of it.

use std::collections::BTreeMap;

use super::{DockerStore, STORE};
use crate::image::EngineInfo;
use crate::oci::{Digest, ImageConfig};
use crate::source::draft::{Draft, Found, MAX_LAYERS, overlay_data};
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
        let is_its = |(name, other): (String, Digest)| (other == *id).then_some(name);
        let names: Vec<String> = self.names()?.into_iter().filter_map(is_its).collect();
        let ancestors = self.ancestors(id, config.history.len())?;
        let data = match self.driver.as_str() {
            "overlay2" | "fuse-overlayfs" => overlay_data(&layers, true),
            _ => BTreeMap::new(),
        };
        let engine = EngineInfo {
            repo_digests: names.iter().filter(|name| name.contains('@')).map(|name| familiar(name)).collect(),
            graph_driver: Some((self.driver.clone(), data)),
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
}
