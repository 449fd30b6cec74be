//! An image: manifest, config and history joined to the layers, and the tree of all of them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::layer::{Changeset, LayerFault, LayerIndex, Loaded, NoteKind, Notes};
use crate::oci::{Descriptor, Digest, ImageConfig, Manifest, Platform};
use crate::tree::Tree;

/// What is known of an image before any layer is read: enough for the first frame, for `history` (sizes aside) and
/// for `inspect`.
#[derive(Clone, Debug, Default)]
pub struct ImageInfo {
    /// What the user asked for, as typed.
    pub reference: String,
    /// Where it came from, for people and for JSON: `docker archive`, `OCI archive`, `OCI layout`, `dir layout`,
    /// `root filesystem`, `docker engine`, `podman engine`, `docker store`.
    pub source: String,
    /// Digest of the config: the image ID of graph drivers and podman. `None` for a bare rootfs or schema 1.
    pub id: Option<Digest>,
    /// Digest of the manifest, where there is one.
    pub manifest_digest: Option<Digest>,
    /// Digest of what a reference names in the containerd store: the index, else the manifest.
    pub target_digest: Option<Digest>,
    /// Full tags as the archive gives them, normalised as engines print them: `shop/web:2.4`.
    pub tags: Vec<String>,
    /// The image that the archive names as this one's parent (`Parent` in `manifest.json`).
    pub parent: Option<Digest>,
    /// The platform.
    pub platform: Platform,
    /// The config.
    pub config: ImageConfig,
    /// The config's own bytes; empty where there is none.
    pub config_json: Arc<[u8]>,
    /// The manifest's own bytes; empty where there is none.
    pub manifest_json: Arc<[u8]>,
    /// The layers, base first.
    pub layers: Vec<LayerInfo>,
    /// The build steps, oldest first; every layer has one.
    pub steps: Vec<Step>,
    /// Manifests that were set aside: attestations, other platforms, artifacts.
    pub set_aside: Vec<SetAside>,
    /// What only an engine knows; nothing where the source is none.
    pub engine: EngineInfo,
    /// What was odd before layers were read.
    pub notes: Notes,
}

/// What an engine or its store knows of an image, and no archive says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EngineInfo {
    /// The ID that the engine prints, where that is not the digest of the config: of the index or manifest in the
    /// containerd store.
    pub id: Option<Digest>,
    /// The engine's own answer to `inspect`, as it came from its API.
    pub inspect_json: Option<Arc<[u8]>>,
    /// `Size`, where the engine counts otherwise than by adding up its layers.
    pub size: Option<u64>,
    /// `RepoDigests`: the names by digest that it was pulled or pushed under.
    pub repo_digests: Vec<String>,
    /// `GraphDriver`: the driver, and its folders by the names that it gives them.
    pub graph_driver: Option<(String, BTreeMap<String, String>)>,
    /// `Metadata.LastTagTime`, RFC 3339.
    pub last_tag_time: Option<String>,
    /// The images that end with the steps below the newest one, newest first: parents of the classic builder. `None`
    /// for a step without an image; steps past the end have none.
    pub ancestors: Vec<Option<Digest>>,
    /// The container whose writable layer is on top.
    pub container: Option<String>,
}

/// A layer as manifest and config describe it.
#[derive(Clone, Debug, Default)]
pub struct LayerInfo {
    /// Its number.
    pub index: LayerIndex,
    /// Digest of the blob as stored, where the manifest or the file name says it.
    pub digest: Option<Digest>,
    /// Digest of the uncompressed tar, from the config.
    pub diff_id: Option<Digest>,
    /// Media type as stated, or empty.
    pub media_type: String,
    /// Bytes of the blob as stored.
    pub stored_bytes: u64,
    /// Whether its bytes are there.
    pub presence: Presence,
    /// The number ([`Step::index`]) of the step that made it.
    pub step: usize,
    /// The descriptor as stated, with its annotations and URLs.
    pub descriptor: Option<Descriptor>,
    /// The writable layer of a container: no part of the image, nothing that is shipped.
    pub writable: bool,
    /// The folder of a local store where the layer's files lie.
    pub folder: Option<PathBuf>,
    /// What the engine says that the layer takes: docker's `SIZE`, which for what it built itself is not always the
    /// figure that its tar gives.
    pub engine_bytes: Option<u64>,
}

/// Whether a layer can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// It can.
    #[default]
    Here,
    /// Its blob is not in what was opened; the reason, as a clause.
    Absent(String),
    /// It is encrypted.
    Encrypted,
}

/// One build step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its number, from 1, oldest first.
    pub index: usize,
    /// RFC 3339, as the config says it; may be empty.
    pub created: String,
    /// The command, verbatim.
    pub created_by: String,
    /// Who made the step.
    pub author: String,
    /// The builder's comment.
    pub comment: String,
    /// What the config claims.
    pub empty_layer: bool,
    /// Its layer; `None` for a step that made none.
    pub layer: Option<LayerIndex>,
    /// Made up here for a layer that the history does not mention.
    pub synthetic: bool,
}

/// Something in the index that is not the image shown.
#[derive(Clone, Debug, PartialEq)]
pub struct SetAside {
    /// Its descriptor.
    pub descriptor: Descriptor,
    /// What it is, in a few words: `attestation of sha256:...`, `linux/arm64`, `artifact application/...`.
    pub what: String,
}

/// A layer after reading.
#[derive(Clone, Debug, Default)]
pub struct LayerFigures {
    /// Whether it has been read (to its end, or to its fault).
    pub loaded: bool,
    /// Compression found in the bytes: `none`, `gzip`, `zstd`, `bzip2`, `xz`, and what they also are
    /// (`gzip (eStargz)`, `zstd (chunked)`).
    pub compression: &'static str,
    /// Length of the uncompressed tar.
    pub tar_bytes: u64,
    /// Bytes of file data in it.
    pub payload_bytes: u64,
    /// Entries, whiteout and opaque markers aside.
    pub entries: u64,
    /// Docker's figure of the layer: regular file sizes once per inode, plus symlink target lengths.
    pub docker_bytes: u64,
    /// Why reading stopped early.
    pub fault: Option<LayerFault>,
}

/// An image with the layers that have been read so far.
#[derive(Debug)]
pub struct Image {
    /// What was known at once.
    pub info: Arc<ImageInfo>,
    /// Figures of the layers, base first.
    pub figures: Vec<LayerFigures>,
    /// The tree of all layers read so far; layers not read yet are empty in it.
    pub tree: Tree,
    /// All notes: of the image, of its layers, of their merging.
    pub notes: Notes,
}

/// A layer that has been read, to its end or to its fault.
#[derive(Clone, Debug)]
pub struct ReadLayer {
    /// What it says.
    changeset: Arc<Changeset>,
    /// Its figures: made by whoever read it, beside the others, and not by whoever merges them.
    figures: LayerFigures,
}

impl ImageInfo {
    /// All digests that a store may know it by.
    pub fn ids(&self) -> Vec<&Digest> {
        let ids = [&self.id, &self.engine.id, &self.target_digest, &self.manifest_digest];
        ids.into_iter().flatten().collect()
    }

    /// The manifest's annotations; none where there is no manifest, or none that can be read.
    pub fn annotations(&self) -> BTreeMap<String, String> {
        serde_json::from_slice::<Manifest>(&self.manifest_json).unwrap_or_default().annotations
    }
}

impl From<Loaded> for ReadLayer {
    fn from(Loaded { media, changeset }: Loaded) -> Self {
        let figures = LayerFigures {
            loaded: true,
            compression: media.label(),
            tar_bytes: changeset.tar_bytes,
            payload_bytes: changeset.payload_bytes,
            entries: changeset.entries.entries.len() as u64,
            docker_bytes: changeset.docker_bytes(),
            fault: changeset.fault.clone(),
        };
        Self { changeset: Arc::new(changeset), figures }
    }
}

impl Image {
    /// Merges the layers that have been read (`None`: not yet, or not there), base first, and gathers all notes. A
    /// layer that is missing at the end of the list counts as not read.
    pub fn assemble(info: Arc<ImageInfo>, layers: &[Option<ReadLayer>]) -> Self {
        let mut notes = info.notes.clone();
        let mut figures = Vec::with_capacity(info.layers.len());
        let mut changesets = Vec::with_capacity(info.layers.len());
        for at in 0..info.layers.len().max(layers.len()) {
            let Some(layer) = layers.get(at).and_then(Option::as_ref) else {
                figures.push(LayerFigures::default());
                changesets.push(Arc::default());
                continue;
            };
            let index = LayerIndex::from_offset(at);
            notes.adopt(&layer.changeset.notes, index);
            if let Some(fault) = &layer.changeset.fault {
                notes.add(NoteKind::LayerFaulty, Some(index), fault.to_string().as_bytes());
            }
            figures.push(layer.figures.clone());
            changesets.push(Arc::clone(&layer.changeset));
        }
        let tree = Tree::merge(&changesets);
        notes.extend(tree.notes());
        Self { info, figures, tree, notes }
    }

    /// Docker's figure of a layer: the engine's own where it is the source, else that of its tar, when that has been
    /// read to its end.
    pub fn docker_bytes(&self, layer: LayerIndex) -> Option<u64> {
        let engine = self.info.layers.get(layer.offset()).and_then(|info| info.engine_bytes);
        let figures = self.figures.get(layer.offset());
        let read = || figures.filter(|figures| figures.loaded && figures.fault.is_none());
        engine.or_else(|| read().map(|figures| figures.docker_bytes))
    }

    /// Whether every layer that is there has been read.
    pub fn is_complete(&self) -> bool {
        self.info
            .layers
            .iter()
            .zip(&self.figures)
            .all(|(layer, figures)| figures.loaded || layer.presence != Presence::Here)
    }
}
