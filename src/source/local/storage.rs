//! The images of containers/storage (podman, buildah, CRI-O), from its files.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;

use super::config::Facts;
use crate::local::{Access, Engine, LocalContainer, LocalImage, LocalStore, Piece, PieceKind, Unread};
use crate::oci::{Digest, nullable};
use crate::source::containers_storage::{Tree, big_data, is_id};
use crate::source::draft::MAX_LAYERS;
use crate::source::store::MAX_CONFIG;
use crate::source::{SourceError, disk, parallel};

/// An entry of `images.json`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Image {
    #[serde(deserialize_with = "nullable")]
    id: String,
    digest: Option<Digest>,
    #[serde(deserialize_with = "nullable")]
    names: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    layer: String,
    #[serde(deserialize_with = "nullable")]
    created: String,
    #[serde(deserialize_with = "nullable")]
    big_data_sizes: BTreeMap<String, i64>,
}

/// An entry of `layers.json`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Layer {
    #[serde(deserialize_with = "nullable")]
    id: String,
    #[serde(deserialize_with = "nullable")]
    parent: String,
    diff_digest: Option<Digest>,
    #[serde(deserialize_with = "nullable")]
    diff_size: i64,
}

/// An entry of `containers.json`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Container {
    #[serde(deserialize_with = "nullable")]
    id: String,
    #[serde(deserialize_with = "nullable")]
    names: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    image: String,
    #[serde(deserialize_with = "nullable")]
    layer: String,
}

/// Lists a tree of a store.
///
/// # Errors
///
/// Its documents may not be read, or are broken.
pub fn list(tree: &Tree) -> Result<LocalStore, SourceError> {
    let images: Vec<Image> = tree.list("images")?;
    let layers: Vec<Layer> = tree.list("layers")?;
    let containers: Vec<Container> = tree.list("containers")?;
    let layers: HashMap<&str, &Layer> = layers.iter().map(|layer| (layer.id.as_str(), layer)).collect();
    let mut store = LocalStore {
        name: "podman".to_owned(),
        engine: Engine::Podman,
        driver: tree.driver.clone(),
        root: tree.root.clone(),
        access: Access::Direct,
        ..LocalStore::default()
    };
    let folder = tree.lists("images");
    let mut read = parallel::each(&images, |image| (local(image, &layers), config(&folder, image)));
    read.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
    let mut facts = Vec::new();
    for (mut image, config) in read {
        match config {
            Ok(config) => {
                image.created = config.created.or(image.created);
                image.platform = config.platform.clone();
                image.labels = config.labels.clone();
                facts.push(config);
            }
            Err(error) => {
                let what = image.id.as_ref().map_or(String::new(), Digest::to_string);
                store.unread.push(Unread { what, why: error.to_string() });
                facts.push(Facts::default());
            }
        }
        store.images.push(image);
    }
    add_parents(&mut store.images, &facts);
    store.containers = containers
        .into_iter()
        .map(|container| LocalContainer {
            name: container.names.first().unwrap_or(&container.id).clone(),
            image: format!("sha256:{}", container.image).parse().ok(),
            running: false,
            writable_bytes: None,
            layers: chain(&layers, &container.layer)
                .into_iter()
                .skip(1)
                .map(|layer| layer.id.clone())
                .collect(),
            id: container.id,
        })
        .collect();
    Ok(store)
}

/// What the lists of the store say of an image.
fn local(image: &Image, layers: &HashMap<&str, &Layer>) -> LocalImage {
    let mut pieces: Vec<Piece> = chain(layers, &image.layer)
        .into_iter()
        .rev()
        .map(|layer| Piece {
            kind: PieceKind::Layer,
            id: layer.id.clone(),
            diff_id: layer.diff_digest.clone(),
            bytes: u64::try_from(layer.diff_size).ok(),
        })
        .collect();
    // Manifests, config and signatures belong to the image alone, and podman counts them.
    let documents = image.big_data_sizes.values().filter_map(|&size| u64::try_from(size).ok());
    pieces.push(Piece {
        kind: PieceKind::Blob,
        id: image.id.clone(),
        diff_id: None,
        bytes: Some(documents.fold(0, u64::saturating_add)),
    });
    let digest = image.digest.as_ref();
    let repositories = image.names.iter().filter(|name| !name.contains('@')).map(|name| repository(name));
    let mut repo_digests: Vec<String> = digest
        .into_iter()
        .flat_map(|digest| repositories.clone().map(move |name| format!("{name}@{digest}")))
        .collect();
    repo_digests.extend(image.names.iter().filter(|name| name.contains('@')).cloned());
    repo_digests.sort();
    repo_digests.dedup();
    LocalImage {
        id: format!("sha256:{}", image.id).parse().ok(),
        config_id: None,
        names: image.names.iter().filter(|name| !name.contains('@')).cloned().collect(),
        repo_digests,
        created: image.created.parse::<Timestamp>().ok().map(Timestamp::as_second),
        size: Some(pieces.iter().filter_map(|piece| piece.bytes).fold(0, u64::saturating_add)),
        pieces,
        ..LocalImage::default()
    }
}

fn repository(name: &str) -> &str {
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    }
}

/// A layer and those below it.
fn chain<'a>(layers: &HashMap<&str, &'a Layer>, top: &str) -> Vec<&'a Layer> {
    let mut chain: Vec<&Layer> = Vec::new();
    let mut next = layers.get(top);
    while let Some(layer) = next.filter(|_| chain.len() < MAX_LAYERS) {
        chain.push(layer);
        next = layers.get(layer.parent.as_str());
    }
    chain
}

fn config(folder: &Path, image: &Image) -> Result<Facts, SourceError> {
    if !is_id(&image.id) {
        let why = format!("`{}` is no ID of an image", image.id.escape_debug());
        return Err(disk::broken(&folder.join("images.json"), why));
    }
    let key = format!("sha256:{}", image.id);
    let path = big_data(&folder.join(&image.id), &key);
    let Some(bytes) = disk::read(&path, MAX_CONFIG)? else {
        // A list of images has no config, and does not say that it has one.
        let is_lost = image.big_data_sizes.contains_key(&key);
        return if is_lost { Err(disk::broken(&path, "it is not there")) } else { Ok(Facts::default()) };
    };
    Facts::parse(&bytes).map_err(|error| disk::broken(&path, format!("it is no config: {error}")))
}

/// The parents as podman finds them: the image whose layers are the first of the child's, and whose history is the
/// child's without its last step.
fn add_parents(images: &mut [LocalImage], facts: &[Facts]) {
    let mut by_history: HashMap<(&[Digest], &[String]), usize> = HashMap::new();
    for (at, facts) in facts.iter().enumerate().filter(|(_, facts)| !facts.history.is_empty()) {
        by_history.entry((&facts.diff_ids, &facts.history)).or_insert(at);
    }
    let parent = |child: &Facts| {
        let history = child.history.split_last()?.1;
        let layers = [child.diff_ids.len(), child.diff_ids.len().saturating_sub(1)];
        layers.iter().find_map(|&count| by_history.get(&(&child.diff_ids[..count], history))).copied()
    };
    let parents: Vec<Option<usize>> = facts.iter().map(parent).collect();
    for (at, parent) in parents.into_iter().enumerate() {
        images[at].parent = parent.and_then(|parent| images[parent].id.clone());
    }
}
