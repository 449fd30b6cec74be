//! The images of an engine whose store may not be read: what it tells through its API.
//!
//! It tells what each image shares with others, and not which layers those are. So own bytes are exact, and what several
//! images free together is at least the sum.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::AtomicBool;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::local::{
    Access, Engine as Kept, LocalContainer, LocalImage, LocalStore, Piece, PieceKind, Unread,
};
use crate::oci::{list as items, nullable};
use crate::source::engine::{Client, Failure, connect_in};
use crate::source::{Engine, SourceError, Surroundings};

/// An image of `GET /images/json` or `GET /system/df`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Image {
    #[serde(deserialize_with = "nullable")]
    id: String,
    #[serde(deserialize_with = "nullable")]
    parent_id: String,
    #[serde(deserialize_with = "items")]
    repo_tags: Vec<String>,
    #[serde(deserialize_with = "items")]
    repo_digests: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    created: i64,
    #[serde(deserialize_with = "nullable")]
    size: i64,
    shared_size: Option<i64>,
    #[serde(deserialize_with = "nullable")]
    labels: BTreeMap<String, String>,
}

/// `GET /system/df`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Usage {
    layers_size: Option<i64>,
    #[serde(deserialize_with = "items")]
    images: Vec<Image>,
}

/// A container of `GET /containers/json`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Container {
    #[serde(deserialize_with = "nullable")]
    id: String,
    #[serde(deserialize_with = "items")]
    names: Vec<String>,
    #[serde(rename = "ImageID", deserialize_with = "nullable")]
    image: String,
    #[serde(deserialize_with = "nullable")]
    state: String,
}

/// As much of `GET /info` as says how images are kept.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Info {
    #[serde(deserialize_with = "nullable")]
    driver: String,
    #[serde(deserialize_with = "items")]
    driver_status: Vec<Vec<String>>,
}

/// Lists what an engine tells.
///
/// # Errors
///
/// It does not answer.
pub fn list(surroundings: &Surroundings, engine: Engine) -> Result<LocalStore, SourceError> {
    let never = AtomicBool::new(false);
    let client = connect_in(surroundings, engine, &never)?;
    let images: Vec<Image> = get(&client, "/images/json?all=1").map_err(|failure| client.error(failure))?;
    let mut store = LocalStore {
        name: client.engine.command().to_owned(),
        engine: if client.engine == Engine::Podman { Kept::Podman } else { Kept::Docker },
        access: Access::Api(client.at.clone()),
        ..LocalStore::default()
    };
    let mut unread = |what: &str, failure: &Failure| {
        store.unread.push(Unread { what: format!("{}: {what}", client.label()), why: failure.to_string() });
    };
    let info = get(&client, "/info").unwrap_or_else(|failure| {
        unread("how it keeps images", &failure);
        Info::default()
    });
    let usage = get(&client, "/system/df?type=image").unwrap_or_else(|failure| {
        unread("what images share", &failure);
        Usage::default()
    });
    let containers: Vec<Container> = get(&client, "/containers/json?all=1").unwrap_or_else(|failure| {
        unread("its containers", &failure);
        Vec::new()
    });
    if info.driver_status.iter().any(|pair| pair.iter().any(|word| word.contains("containerd.snapshotter"))) {
        store.engine = Kept::DockerContainerd;
    }
    store.driver = info.driver;
    store.bytes = usage.layers_size.and_then(|bytes| u64::try_from(bytes).ok());
    let shared: HashMap<&str, u64> = usage
        .images
        .iter()
        .filter_map(|image| Some((image.id.as_str(), u64::try_from(image.shared_size?).ok()?)))
        .collect();
    store.images = images.iter().map(|image| local(image, shared.get(image.id.as_str()).copied())).collect();
    store.containers = containers.into_iter().map(container).collect();
    Ok(store)
}

fn get<T: DeserializeOwned>(client: &Client, path: &str) -> Result<T, Failure> {
    let answer = client.get(path, &AtomicBool::new(false))?;
    serde_json::from_slice(&answer)
        .map_err(|error| Failure::Other(format!("its answer is not understood: {error}")))
}

fn local(image: &Image, shared: Option<u64>) -> LocalImage {
    let size = u64::try_from(image.size).ok();
    let own = size.zip(shared).map(|(size, shared)| size.saturating_sub(shared));
    let real = |names: &[String]| names.iter().filter(|name| !name.starts_with("<none>")).cloned().collect();
    LocalImage {
        id: image.id.parse().ok(),
        names: real(&image.repo_tags),
        repo_digests: real(&image.repo_digests),
        created: Some(image.created),
        size,
        labels: image.labels.clone(),
        parent: image.parent_id.parse().ok(),
        shared_bytes: shared,
        pieces: vec![Piece { kind: PieceKind::Blob, id: image.id.clone(), diff_id: None, bytes: own }],
        ..LocalImage::default()
    }
}

fn container(container: Container) -> LocalContainer {
    let name = container.names.first().map_or(container.id.as_str(), |name| name.trim_start_matches('/'));
    LocalContainer {
        name: name.to_owned(),
        image: container.image.parse().ok(),
        running: matches!(container.state.as_str(), "running" | "paused" | "restarting"),
        writable_bytes: None,
        layers: Vec::new(),
        id: container.id,
    }
}
