//! The images of docker's store of the graph drivers, from its files.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use serde::Deserialize;

use super::config::Facts;
use crate::local::{
    Access, Engine, Holder, LocalContainer, LocalImage, LocalStore, Piece, PieceKind, Unread,
};
use crate::oci::{Digest, nullable};
use crate::source::bolt;
use crate::source::draft::MAX_LAYERS;
use crate::source::names::familiar;
use crate::source::store::MAX_CONFIG;
use crate::source::{SourceError, disk, parallel};

/// Documents of the store; names of thousands of images are some hundred kB.
const MAX_DOCUMENT: u64 = 64 << 20;

/// `repositories.json`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Repositories {
    #[serde(deserialize_with = "nullable")]
    repositories: BTreeMap<String, BTreeMap<String, String>>,
}

/// `config.v2.json` of a container.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Container {
    #[serde(deserialize_with = "nullable")]
    name: String,
    #[serde(deserialize_with = "nullable")]
    image: String,
    #[serde(deserialize_with = "nullable")]
    state: State,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct State {
    #[serde(deserialize_with = "nullable")]
    running: bool,
    #[serde(deserialize_with = "nullable")]
    paused: bool,
    #[serde(deserialize_with = "nullable")]
    restarting: bool,
}

/// Lists the store of a driver.
///
/// # Errors
///
/// Its names or images may not be read. What concerns a single image is in [`LocalStore::unread`].
pub fn list(root: &Path, driver: &str) -> Result<LocalStore, SourceError> {
    let meta = root.join("image").join(driver);
    let images = meta.join("imagedb/content/sha256");
    let ids: Vec<Digest> = disk::names(&images)?
        .unwrap_or_default()
        .iter()
        .filter_map(|hex| format!("sha256:{hex}").parse().ok())
        .collect();
    let names = names(&meta)?;
    let mut store = LocalStore {
        name: "docker".to_owned(),
        engine: Engine::Docker,
        driver: driver.to_owned(),
        root: root.to_owned(),
        access: Access::Direct,
        ..LocalStore::default()
    };
    let read = parallel::each(&ids, |id| (id.clone(), image(&meta, id)));
    for (id, image) in read {
        match image {
            Ok((mut image, facts)) => {
                image.names = names.get(&id).cloned().unwrap_or_default();
                image.repo_digests = image.names.extract_if(.., |name| name.contains('@')).collect();
                image.id = Some(id);
                image.pieces = layers(&facts.diff_ids);
                store.images.push(image);
            }
            Err(error) => store.unread.push(Unread { what: id.to_string(), why: error.to_string() }),
        }
    }
    // `docker images` has the same order for images of the same time.
    store.images.sort_by(|a, b| a.id.cmp(&b.id));
    let sizes = sizes(&meta, &store);
    for image in &mut store.images {
        for piece in &mut image.pieces {
            piece.bytes = sizes.get(&piece.id).copied();
        }
        let bytes: Option<Vec<u64>> = image.pieces.iter().map(|piece| piece.bytes).collect();
        image.size = bytes.map(|bytes| bytes.into_iter().fold(0, u64::saturating_add));
    }
    let (containers, unread) = containers(&root.join("containers"));
    store.containers = containers;
    store.unread.extend(unread);
    for container in &mut store.containers {
        container.layers = layers_of_mount(&meta, &container.id);
    }
    match build_cache(&meta, &root.join("buildkit")) {
        Ok(held) => store.holders.extend(held),
        Err(error) => {
            store.unread.push(Unread { what: "the build cache".to_owned(), why: error.to_string() });
        }
    }
    Ok(store)
}

/// Names with tags and with digests, by the ID that they stand for.
fn names(meta: &Path) -> Result<HashMap<Digest, Vec<String>>, SourceError> {
    let path = meta.join("repositories.json");
    let all: Repositories = disk::json(&path, MAX_DOCUMENT)?.unwrap_or_default();
    let mut names: HashMap<Digest, Vec<String>> = HashMap::new();
    for (name, id) in all.repositories.into_values().flatten() {
        if let Ok(id) = id.parse() {
            names.entry(id).or_default().push(familiar(&name));
        }
    }
    Ok(names)
}

fn image(meta: &Path, id: &Digest) -> Result<(LocalImage, Facts), SourceError> {
    let path = meta.join("imagedb/content/sha256").join(id.hex());
    let bytes = disk::read(&path, MAX_CONFIG)?.ok_or_else(|| disk::broken(&path, "it has just gone"))?;
    let facts =
        Facts::parse(&bytes).map_err(|error| disk::broken(&path, format!("it is no config: {error}")))?;
    let parent = disk::line(&meta.join("imagedb/metadata/sha256").join(id.hex()).join("parent"))?;
    let image = LocalImage {
        created: facts.created,
        platform: facts.platform.clone(),
        labels: facts.labels.clone(),
        parent: parent.and_then(|parent| parent.parse().ok()),
        ..LocalImage::default()
    };
    Ok((image, facts))
}

fn layers(diff_ids: &[Digest]) -> Vec<Piece> {
    let chain = Digest::chain(diff_ids);
    let piece = |(id, diff_id): (Digest, &Digest)| Piece {
        kind: PieceKind::Layer,
        id: id.to_string(),
        diff_id: Some(diff_id.clone()),
        bytes: None,
    };
    chain.into_iter().zip(diff_ids).map(piece).collect()
}

/// What each layer takes: `size` of `layerdb`, each read once. A layer that is not there has none.
fn sizes(meta: &Path, store: &LocalStore) -> HashMap<String, u64> {
    let mut ids: Vec<&str> =
        store.images.iter().flat_map(|image| &image.pieces).map(|piece| piece.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let folder = meta.join("layerdb/sha256");
    let size = |id: &&str| {
        let (_, hex) = id.split_once(':')?;
        // IDs are digests: their digits lead nowhere else.
        let text = disk::line(&folder.join(hex).join("size")).ok()??;
        Some(((*id).to_owned(), text.parse().ok()?))
    };
    parallel::each(&ids, size).into_iter().flatten().collect()
}

/// The containers in a folder of dockerd's, and those that could not be read.
pub fn containers(folder: &Path) -> (Vec<LocalContainer>, Vec<Unread>) {
    let unread = |what: &Path, why: &SourceError| Unread { what: disk::shown(what), why: why.to_string() };
    let ids = match disk::names(folder) {
        Ok(ids) => ids.unwrap_or_default(),
        Err(error) => return (Vec::new(), vec![unread(folder, &error)]),
    };
    let (mut found, mut failed) = (Vec::new(), Vec::new());
    for (id, path, read) in parallel::each(&ids, |id| {
        let path = folder.join(id).join("config.v2.json");
        let read = disk::json::<Container>(&path, MAX_DOCUMENT);
        (id.clone(), path, read)
    }) {
        match read {
            Ok(None) => {}
            Ok(Some(container)) => found.push(LocalContainer {
                name: container.name.trim_start_matches('/').to_owned(),
                id,
                image: container.image.parse().ok(),
                running: container.state.running || container.state.paused || container.state.restarting,
                writable_bytes: None,
                layers: Vec::new(),
            }),
            Err(error) => failed.push(unread(&path, &error)),
        }
    }
    found.sort_by(|a, b| a.id.cmp(&b.id));
    (found, failed)
}

/// The layers that a container stands on: those of its image, also when that has gone.
fn layers_of_mount(meta: &Path, container: &str) -> Vec<String> {
    let parent = meta.join("layerdb/mounts").join(container).join("parent");
    let top = disk::line(&parent).ok().flatten();
    chain(meta, top.and_then(|top| top.parse().ok()))
}

/// A layer and those below it, each by its ChainID.
fn chain(meta: &Path, top: Option<Digest>) -> Vec<String> {
    let mut chain = Vec::new();
    let mut next = top;
    while let Some(id) = next.filter(|_| chain.len() < MAX_LAYERS) {
        let parent = disk::line(&meta.join("layerdb/sha256").join(id.hex()).join("parent"));
        next = parent.ok().flatten().and_then(|parent| parent.parse().ok());
        chain.push(id.to_string());
    }
    chain
}

/// The layers that BuildKit's cache holds: its snapshots that have become layers of the store, with all below them.
/// Snapshots stay on its list when their records have been pruned; only those with a record hold anything.
fn build_cache(meta: &Path, folder: &Path) -> Result<Option<Holder>, SourceError> {
    let (snapshots, records) = (folder.join("snapshots.db"), folder.join("metadata_v2.db"));
    if disk::open(&snapshots)?.is_none() || disk::open(&records)?.is_none() {
        return Ok(None);
    }
    let records: HashSet<String> = bolt::read(&records, |root| {
        let main = root.at(&["_main"])?.map_or(Ok(Vec::new()), |main| main.buckets())?;
        Ok(main.into_iter().map(|(id, _)| id).collect())
    })?;
    let held = bolt::read(&snapshots, |root| {
        let mut held = Vec::new();
        for (id, snapshot) in root.buckets()? {
            let chain_id = snapshot.text("chainid")?.filter(|_| records.contains(&id));
            held.extend(chain_id.and_then(|id| id.parse::<Digest>().ok()));
        }
        Ok(held)
    })?;
    let mut pieces: Vec<String> = held.into_iter().flat_map(|id| chain(meta, Some(id))).collect();
    pieces.sort();
    pieces.dedup();
    let pieces: Vec<_> = pieces.into_iter().map(|id| (PieceKind::Layer, id)).collect();
    Ok((!pieces.is_empty()).then(|| Holder { what: "the build cache".to_owned(), pieces }))
}
