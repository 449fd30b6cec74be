//! Images from before content addressing: registry manifests of schema 1, and archives of Docker 1.9 and before.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

use super::SourceError;
use super::documents::Documents;
use super::draft::{Draft, DraftLayer, MAX_LAYERS};
use super::store::{Files, MAX_CONFIG, MAX_MANIFEST};
use crate::image::Presence;
use crate::oci::{Digest, HistoryEntry, ImageConfig, Platform, list};

/// A manifest of schema 1, top layer first.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Schema1 {
    name: Option<String>,
    tag: Option<String>,
    architecture: Option<String>,
    /// The layers.
    #[serde(deserialize_with = "list")]
    pub fs_layers: Vec<FsLayer>,
    #[serde(deserialize_with = "list")]
    history: Vec<V1History>,
}

/// A layer of [`Schema1`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FsLayer {
    blob_sum: Digest,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct V1History {
    v1_compatibility: String,
}

/// What a version 1 image says beyond its config.
#[derive(Default, Deserialize)]
#[serde(default)]
struct V1Image {
    parent: Option<String>,
    created: Option<String>,
    author: Option<String>,
    comment: Option<String>,
    container_config: Option<ContainerConfig>,
    throwaway: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ContainerConfig {
    cmd: Option<Vec<String>>,
}

impl V1Image {
    fn entry(self) -> HistoryEntry {
        let command = self.container_config.and_then(|config| config.cmd).unwrap_or_default();
        HistoryEntry {
            created: self.created.unwrap_or_default(),
            created_by: command.join(" "),
            author: self.author.unwrap_or_default(),
            comment: self.comment.unwrap_or_default(),
            empty_layer: self.throwaway.unwrap_or_default(),
        }
    }
}

impl Schema1 {
    /// The platform: the manifest knows the architecture only.
    pub fn platform(&self) -> Platform {
        let architecture = self.architecture.clone().unwrap_or_default();
        Platform { architecture, os: "linux".to_owned(), ..Platform::default() }
    }
}

/// The image of a schema 1 manifest in the file `name`.
///
/// # Errors
///
/// A document is broken.
pub fn schema1(documents: &Documents<'_>, name: &str, bytes: Vec<u8>) -> Result<Draft, SourceError> {
    let files = documents.files;
    let manifest: Schema1 = files.parse(name, &bytes)?;
    if manifest.history.len() != manifest.fs_layers.len() {
        let why =
            format!("{} layers, but {} history entries", manifest.fs_layers.len(), manifest.history.len());
        return Err(files.broken(name, why));
    }
    let mut config = match manifest.history.first() {
        Some(top) => files.parse(name, top.v1_compatibility.as_bytes())?,
        None => ImageConfig::default(),
    };
    let mut layers = Vec::new();
    for (layer, old) in manifest.fs_layers.iter().zip(&manifest.history).rev() {
        let entry = files.parse::<V1Image>(name, old.v1_compatibility.as_bytes())?.entry();
        // A step without a layer is listed with the blob of an empty tar.
        if !entry.empty_layer {
            layers.push(layer_of(
                files,
                &documents.blob_name(&layer.blob_sum),
                Some(layer.blob_sum.clone()),
            )?);
        }
        config.history.push(entry);
    }
    let platform = if config.architecture.is_empty() { manifest.platform() } else { config.platform() };
    let name = manifest.name.filter(|name| !name.is_empty());
    let tag = manifest.tag.filter(|tag| !tag.is_empty()).map_or(String::new(), |tag| format!(":{tag}"));
    Ok(Draft {
        names: name.map(|name| name + &tag).into_iter().collect(),
        platform,
        config,
        manifest_json: bytes,
        layers,
        ..Draft::default()
    })
}

/// `repositories`: repository to tag to version 1 image ID.
pub type Repositories = BTreeMap<String, BTreeMap<String, String>>;

/// The names of each image, by its ID.
pub fn repositories(files: &Files) -> Result<BTreeMap<String, Vec<String>>, SourceError> {
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if let Ok(bytes) = files.document("repositories", MAX_MANIFEST)? {
        let repositories: Repositories = files.parse("repositories", &bytes)?;
        for (repository, tags) in repositories {
            for (tag, id) in tags {
                names.entry(id).or_default().push(format!("{repository}:{tag}"));
            }
        }
    }
    Ok(names)
}

/// The image of a version 1 ID: its folder, its parent's folder, and so on to the base.
///
/// # Errors
///
/// A document is broken or missing, the parents lead in a circle, or there are too many.
pub fn parents(files: &Files, top: &str) -> Result<Draft, SourceError> {
    let mut seen = HashSet::new();
    let mut next = Some(top.to_owned());
    let (mut layers, mut history) = (Vec::new(), Vec::new());
    let (mut config_json, mut config) = (Vec::new(), ImageConfig::default());
    while let Some(id) = next.take() {
        let name = format!("{id}/json");
        if !seen.insert(id.clone()) {
            return Err(files.broken(&name, "its parents lead in a circle"));
        }
        if seen.len() > MAX_LAYERS {
            let why = format!("the image has more than {MAX_LAYERS} layers");
            return Err(SourceError::Limit { path: files.at(&name), why });
        }
        let bytes =
            files.document(&name, MAX_CONFIG)?.map_err(|missing| files.broken(&name, missing.why()))?;
        let image: V1Image = files.parse(&name, &bytes)?;
        if config_json.is_empty() {
            config = files.parse(&name, &bytes)?;
            config_json = bytes;
        }
        next = image.parent.clone().filter(|parent| !parent.is_empty());
        layers.push(layer_of(files, &format!("{id}/layer.tar"), None)?);
        history.push(image.entry());
    }
    layers.reverse();
    history.reverse();
    config.history = history;
    let platform = config.platform();
    Ok(Draft { config, config_json, platform, layers, ..Draft::default() })
}

/// A layer in a file of that name, or the reason why it cannot be read.
pub fn layer_of(files: &Files, name: &str, digest: Option<Digest>) -> Result<DraftLayer, SourceError> {
    let (blob, presence) = match files.find(name)? {
        Ok(region) => (Some(region.into()), Presence::Here),
        // What is left of it is still read, and its end is a fault of the layer.
        Err(missing) => match files.remains(name) {
            Some(region) => (Some(region.into()), Presence::Here),
            None => (None, Presence::Absent(format!("{}: {}", name.escape_debug(), missing.why()))),
        },
    };
    Ok(DraftLayer { digest, blob, presence, ..DraftLayer::default() })
}
