//! `manifest.json` of `docker save`, and of all who write it: podman, buildx, crane, kaniko, bazel.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::SourceError;
use super::candidate::{Candidate, Leaf, LeafKind, Recipe};
use super::documents::Documents;
use super::draft::{Draft, DraftLayer};
use super::names::stated_digest;
use super::store::{Files, MAX_CONFIG};
use super::version1::layer_of;
use crate::image::Presence;
use crate::oci::{Descriptor, Digest, ImageConfig, Platform, list, nullable};

/// One image of the archive.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Entry {
    /// The config's file.
    #[serde(deserialize_with = "nullable")]
    pub config: String,
    /// Names; `null` for an image saved by ID.
    #[serde(deserialize_with = "list")]
    pub repo_tags: Vec<String>,
    /// Files of the layers, base first.
    #[serde(deserialize_with = "list")]
    pub layers: Vec<String>,
    /// The image that the archive names as this one's parent.
    #[serde(deserialize_with = "nullable")]
    parent: String,
    /// Descriptors by `DiffID`: of all layers since Docker 28, of foreign ones before.
    #[serde(deserialize_with = "nullable")]
    layer_sources: BTreeMap<String, Descriptor>,
    /// Digest of the config, once it is known.
    #[serde(skip)]
    pub id: Option<Digest>,
}

/// The whole of `manifest.json`.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub struct Entries(#[serde(deserialize_with = "list")] pub Vec<Entry>);

impl Entry {
    fn parent(&self) -> Option<Digest> {
        self.parent.parse().ok()
    }
}

/// Adds the entries of `manifest.json` to what `index.json` listed. The index wins where both know an image, since
/// `manifest.json` has the platform of one machine only; an entry counts where the index does not list the image, or
/// lists it with another number of layers (Docker 25.0.0 wrote manifests without any).
///
/// # Errors
///
/// A config cannot be read.
pub fn join(
    documents: &Documents<'_>,
    entries: &mut [Entry],
    candidates: &mut Vec<Candidate>,
) -> Result<(), SourceError> {
    for (at, entry) in entries.iter_mut().enumerate() {
        let (id, platform) = config_of(documents, entry)?;
        entry.id.clone_from(&id);
        let recipe = Recipe::DockerSave(at);
        let known = candidates.iter().enumerate().find_map(|(of, candidate)| {
            let leaf = candidate.leaves.iter().position(|leaf| match &leaf.kind {
                LeafKind::Image { config, .. } => *config == id && id.is_some(),
                _ => false,
            })?;
            Some((of, leaf))
        });
        let Some((of, leaf)) = known else {
            let layers = entry.layers.len();
            let kind = LeafKind::Image { recipe, config: id, platform, layers };
            let leaves = vec![Leaf { descriptor: None, kind }];
            candidates.push(Candidate { names: entry.repo_tags.clone(), target: None, leaves });
            continue;
        };
        // Some write an entry for each tag of an image: all of them name it, unless they name another one.
        for tag in &entry.repo_tags {
            if !candidates.iter().any(|candidate| candidate.is_called(tag)) {
                candidates[of].names.push(tag.clone());
            }
        }
        if let LeafKind::Image { recipe: listed, layers, .. } = &mut candidates[of].leaves[leaf].kind
            && *layers != entry.layers.len()
        {
            (*listed, *layers) = (recipe, entry.layers.len());
        }
    }
    Ok(())
}

/// `Parent` of the entry with this config.
pub fn parent_of(entries: &[Entry], id: Option<&Digest>) -> Option<Digest> {
    entries.iter().find(|entry| id.is_some() && entry.id.as_ref() == id)?.parent()
}

/// Digest and platform of an entry's config. What is wrong with the config is said when it is opened.
fn config_of(documents: &Documents<'_>, entry: &Entry) -> Result<(Option<Digest>, Platform), SourceError> {
    let stated = stated_digest(&entry.config);
    let Ok(bytes) = documents.glance(&entry.config, MAX_CONFIG)? else {
        return Ok((stated, Platform::default()));
    };
    let id = stated.unwrap_or_else(|| Digest::of(&bytes));
    Ok((Some(id), serde_json::from_slice(&bytes).unwrap_or_default()))
}

/// The image of an entry.
///
/// # Errors
///
/// The config is missing, broken or (when strict) not the one that its name states.
pub fn draft(documents: &Documents<'_>, entry: &Entry) -> Result<Draft, SourceError> {
    let files = documents.files;
    let config_json = documents.named("config", &entry.config, MAX_CONFIG)?.map_err(|missing| {
        files.broken(&entry.config, format!("the config cannot be read: {}", missing.why()))
    })?;
    let config: ImageConfig = files.parse(&entry.config, &config_json)?;
    let mut layers = Vec::with_capacity(entry.layers.len().min(super::draft::MAX_LAYERS + 1));
    for (at, name) in entry.layers.iter().take(super::draft::MAX_LAYERS + 1).enumerate() {
        let diff_id = config.rootfs.diff_ids.get(at);
        let source = diff_id.and_then(|diff_id| entry.layer_sources.get(diff_id.as_str()));
        layers.push(layer(files, name, source)?);
    }
    Ok(Draft {
        id: Some(Digest::of(&config_json)),
        parent: entry.parent(),
        platform: config.platform(),
        config,
        config_json,
        layers,
        ..Draft::default()
    })
}

fn layer(files: &Files, name: &str, source: Option<&Descriptor>) -> Result<DraftLayer, SourceError> {
    let mut layer = layer_of(files, name, stated_digest(name))?;
    if let Some(source) = source {
        layer.media_type.clone_from(&source.media_type);
        if let (Presence::Absent(_), [url, ..]) = (&layer.presence, &source.urls[..]) {
            layer.presence =
                Presence::Absent(format!("a foreign layer, to be had from {}", url.escape_debug()));
        }
        // The descriptor is of the blob in the registry; it is this file's only when that is what lies here.
        if layer.digest.is_none() || layer.digest.as_ref() == Some(&source.digest) {
            layer.descriptor = Some(source.clone())
                .filter(|it| layer.blob.as_ref().is_none_or(|blob| blob.len() == it.size));
        }
    }
    Ok(layer)
}
