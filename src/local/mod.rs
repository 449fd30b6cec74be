//! The images of this machine as its stores keep them: plain values that readers of stores fill in and that counting,
//! reports and the picker share. No files here.
//!
//! What decides about bytes is what a store keeps once however many images hold it, a [`Piece`]: a layer by its ChainID
//! in graph drivers, by its own ID in containers/storage; a blob by its digest and a snapshot by its ChainID in
//! containerd. Equal DiffIDs over different parents are two layers, since that is how they are stored.

mod count;
mod names;
mod neighbours;
mod reclaim;
mod reference;
mod rows;
mod shared;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::oci::{Digest, Platform};

pub use count::{PieceKey, Share};
pub use names::{Found, Meant, NotFound};
pub use reclaim::{Outcome, Prune, Reclaim, Removal};
pub use rows::{Filter, Row, Sort, State, Totals};
pub use shared::Branch;

/// What was found on a machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// Its stores, in the order in which they are asked for a name.
    pub stores: Vec<LocalStore>,
    /// Stores that are there and could not be read, and why.
    pub unread: Vec<Unread>,
    /// What helps where an engine does not answer, as sentences.
    pub hints: Vec<String>,
}

/// One store as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LocalStore {
    /// For people and for JSON: `docker`, `podman`, `containerd`; with the namespace of containerd where that is not
    /// the engine's own: `containerd k8s.io`.
    pub name: String,
    /// Whose rules of removal hold.
    pub engine: Engine,
    /// The storage driver: `overlay2`, `vfs`, `overlay`, `overlayfs`; empty where it is not known.
    pub driver: String,
    /// Its folder; empty where only the API knows it.
    pub root: PathBuf,
    /// How it was read.
    pub access: Access,
    /// Its images, in no particular order.
    pub images: Vec<LocalImage>,
    /// Its containers, running or not.
    pub containers: Vec<LocalContainer>,
    /// What all of its images take, where that is told rather than counted.
    pub bytes: Option<u64>,
    /// What else holds layers: the build cache.
    pub holders: Vec<Holder>,
    /// What its build cache and other images hold of its images, too, where it is told how much and not what: removing
    /// images frees so much less at most.
    pub uncertain_bytes: u64,
    /// What of it could not be read, and why. A figure that depends on it is left out, not guessed.
    pub unread: Vec<Unread>,
}

/// Who keeps the store. The engines differ in what removing an image takes along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// dockerd with a graph driver.
    #[default]
    Docker,
    /// dockerd with the containerd store.
    DockerContainerd,
    /// containers/storage: podman, buildah, CRI-O.
    Podman,
    /// containerd without docker: nerdctl, Kubernetes.
    Containerd,
}

/// How a store was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Its files.
    #[default]
    Direct,
    /// The engine's API at this address.
    Api(String),
}

/// An image of a store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LocalImage {
    /// The ID that its engine prints: the config's digest, or the target's in the containerd store.
    pub id: Option<Digest>,
    /// The digest of its config, where that is not the ID.
    pub config_id: Option<Digest>,
    /// Its names with tags, as the engine prints them: `shop/web:2.4`, `localhost/x:latest`.
    pub names: Vec<String>,
    /// Its names with digests: `shop/web@sha256:...`.
    pub repo_digests: Vec<String>,
    /// When it was made, in seconds since 1970.
    pub created: Option<i64>,
    /// What the engine prints as its size; `None` where it cannot be known.
    pub size: Option<u64>,
    /// Its platform; of the containerd store, of the manifest that is there.
    pub platform: Platform,
    /// The labels of its config.
    pub labels: BTreeMap<String, String>,
    /// The image it was made from, where the store knows: the legacy builder and `commit` leave it.
    pub parent: Option<Digest>,
    /// What other images hold of it, too, beside its pieces: where the engine tells how much and not what.
    pub shared_bytes: Option<u64>,
    /// What of it takes room: its layers base first, then the rest.
    pub pieces: Vec<Piece>,
}

/// Something that a store keeps once, however many images hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// What the store knows it by. Two pieces of one kind and ID are one.
    pub id: String,
    /// The DiffID of a layer or snapshot, where it is known.
    pub diff_id: Option<Digest>,
    /// What it takes, as the engine counts it; `None` where that cannot be known.
    pub bytes: Option<u64>,
}

/// The kinds of pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PieceKind {
    /// An unpacked layer of a graph driver or of containers/storage.
    Layer,
    /// An unpacked layer of containerd.
    Snapshot,
    /// A blob as it was pulled: index, manifest, config or layer.
    Blob,
}

/// A container of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalContainer {
    /// Its ID.
    pub id: String,
    /// Its name, without a slash before it.
    pub name: String,
    /// The ID of its image ([`LocalImage::id`]).
    pub image: Option<Digest>,
    /// Whether it runs, or is paused.
    pub running: bool,
    /// What its writable layer takes, where that was counted.
    pub writable_bytes: Option<u64>,
    /// The layers below the writable one ([`Piece::id`]): they stay as long as it does, whatever becomes of the image.
    pub layers: Vec<String>,
}

/// Something else that keeps layers from going.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// What it is: `build cache`.
    pub what: String,
    /// The pieces that it holds, by their kind and [`Piece::id`].
    pub pieces: Vec<(PieceKind, String)>,
}

/// Something that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The file, folder or address.
    pub what: String,
    /// Why, as a clause.
    pub why: String,
}
