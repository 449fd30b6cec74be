//! The images of an engine whose store may not be read: what it tells through its API.
//!
//! Its list tells how much each image shares with others and not what, so each image is asked about alone, too. Where
//! that takes too long the list must do: then own bytes are exact, and what several images free together is at least the
//! sum. What the build cache holds of images is told as a sum only.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::engine_image::{Details, ask};
use crate::local::{
    Access, Engine as Kept, LocalContainer, LocalImage, LocalStore, Piece, PieceKind, State, Unread,
};
use crate::oci::{list as items, nullable};
use crate::source::engine::{Client, Failure, connect_in};
use crate::source::{Engine, SourceError, Surroundings};

/// How long it may take to ask about all images one by one: some milliseconds each on one machine, longer behind ssh.
const DETAILS: Duration = Duration::from_secs(5);

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
    #[serde(deserialize_with = "items")]
    build_cache: Vec<Cached>,
}

/// A record of the build cache.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Cached {
    /// Whether an image has the layer, too.
    #[serde(deserialize_with = "nullable")]
    shared: bool,
    #[serde(deserialize_with = "nullable")]
    size: i64,
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
    let usage = get(&client, "/system/df?type=image&type=build-cache").unwrap_or_else(|failure| {
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
    store.containers.sort_by(|a, b| a.id.cmp(&b.id));
    let cached = usage.build_cache.iter().filter(|record| record.shared);
    let bytes = cached.filter_map(|record| u64::try_from(record.size).ok());
    store.uncertain_bytes = bytes.fold(0, u64::saturating_add);
    ask_about_all(&client, &mut store);
    Ok(store)
}

/// Asks about each image that is more than a step of another.
fn ask_about_all(client: &Client, store: &mut LocalStore) {
    let (kind, begin) = (store.engine.layer_kind(), Instant::now());
    let in_time = || begin.elapsed() < DETAILS;
    let details = |(image, state): (&LocalImage, &State)| match &image.id {
        // One that has just gone is no image any more.
        Some(id) if *state != State::Intermediate && in_time() => ask(client, id, kind).ok(),
        _ => None,
    };
    let states = store.states();
    let mut details: Vec<Option<Details>> = store.images.iter().zip(&states).map(details).collect();
    for (image, details) in store.images.iter_mut().zip(&mut details) {
        if let Some(details) = details {
            image.platform = std::mem::take(&mut details.platform);
            image.parent = image.parent.take().or(details.parent.take());
        }
    }
    if !in_time() {
        return;
    }
    // Counted rather than told, since podman tells nothing of it.
    store.bytes = None;
    let layers = details.iter().flatten().flat_map(|details| &details.layers);
    let known = layers.filter_map(|layer| Some((layer.id.clone(), layer.bytes?)));
    let known: HashMap<String, u64> = known.collect();
    for ((image, details), state) in store.images.iter_mut().zip(details).zip(states) {
        match details {
            Some(details) => {
                take_apart(image, details.layers, &known);
                // Blobs of containerd may be another image's, too.
                if store.engine == Kept::DockerContainerd {
                    let blobs = image.pieces.iter().filter(|piece| piece.kind == PieceKind::Blob);
                    let bytes = blobs.filter_map(|piece| piece.bytes);
                    store.uncertain_bytes = bytes.fold(store.uncertain_bytes, u64::saturating_add);
                }
            }
            // Its children hold all that it is.
            None if state == State::Intermediate => {
                (image.pieces, image.shared_bytes) = (Vec::new(), image.size);
            }
            None => {}
        }
    }
}

/// Puts layers in place of the one piece, and what else the image takes beside them.
fn take_apart(image: &mut LocalImage, mut layers: Vec<Piece>, known: &HashMap<String, u64>) {
    for layer in &mut layers {
        layer.bytes = layer.bytes.or_else(|| known.get(&layer.id).copied());
    }
    let bytes = layers.iter().try_fold(0_u64, |sum, layer| Some(sum.saturating_add(layer.bytes?)));
    let rest = image.size.zip(bytes).map_or(0, |(size, bytes)| size.saturating_sub(bytes));
    image.shared_bytes = None;
    let whole = std::mem::replace(&mut image.pieces, layers);
    if rest > 0 {
        image.pieces.extend(whole.into_iter().map(|piece| Piece { bytes: Some(rest), ..piece }));
    }
}

/// The answer to a question.
///
/// # Errors
///
/// There is none, or none that is understood.
pub fn get<T: DeserializeOwned>(client: &Client, path: &str) -> Result<T, Failure> {
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
