//! An image as its documents describe it, before its layers meet the history.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::SourceError;
use super::blob::Blob;
use super::documents::Check;
use super::history::steps;
use super::names::familiar;
use crate::image::{EngineInfo, ImageInfo, LayerInfo, Presence, SetAside, Step};
use crate::layer::{LayerIndex, NoteKind, Notes};
use crate::oci::{Descriptor, Digest, ImageConfig, Platform};
use crate::text::counted;

/// An image with more layers is refused: no engine makes more than 127.
pub const MAX_LAYERS: usize = 1000;

/// What the documents say.
#[derive(Default)]
pub struct Draft {
    /// `docker archive`, `OCI layout` and so on.
    pub source: &'static str,
    /// Names as the archive spells them.
    pub names: Vec<String>,
    /// Digest of the config.
    pub id: Option<Digest>,
    /// Digest of the manifest.
    pub manifest_digest: Option<Digest>,
    /// Digest of what a name refers to.
    pub target_digest: Option<Digest>,
    /// `Parent` of `manifest.json`.
    pub parent: Option<Digest>,
    /// The config.
    pub config: ImageConfig,
    /// Its bytes.
    pub config_json: Vec<u8>,
    /// The manifest's bytes.
    pub manifest_json: Vec<u8>,
    /// The platform.
    pub platform: Platform,
    /// Base first.
    pub layers: Vec<DraftLayer>,
    /// What was set aside.
    pub set_aside: Vec<SetAside>,
    /// What only an engine knows.
    pub engine: EngineInfo,
    /// The writable layer of a container, on top of the image.
    pub writable: Option<Writable>,
    /// What was odd.
    pub notes: Notes,
}

/// A layer as the manifest describes it.
#[derive(Default)]
pub struct DraftLayer {
    /// Digest of the blob, where it is stated.
    pub digest: Option<Digest>,
    /// As stated, or empty.
    pub media_type: String,
    /// As stated.
    pub descriptor: Option<Descriptor>,
    /// Its bytes.
    pub blob: Option<Blob>,
    /// Whether they can be read.
    pub presence: Presence,
    /// See [`LayerInfo::writable`].
    pub writable: bool,
    /// See [`LayerInfo::folder`].
    pub folder: Option<PathBuf>,
    /// See [`LayerInfo::engine_bytes`].
    pub engine_bytes: Option<u64>,
}

/// An image that a store was found to have.
pub struct Found {
    /// The image.
    pub draft: Draft,
    /// The store, for messages.
    pub path: String,
    /// What was checked on the way.
    pub checks: Vec<Check>,
}

/// What the `inspect` of engines says of an overlay driver's folders: where a container would find its layers.
/// `merged`: whether the folder of the mount is told before there is a mount.
pub fn overlay_data(layers: &[DraftLayer], merged: bool) -> BTreeMap<String, String> {
    let folders: Option<Vec<&Path>> = layers.iter().map(|layer| layer.folder.as_deref()).collect();
    let Some([lower @ .., upper]) = folders.as_deref() else { return BTreeMap::new() };
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let mut data = BTreeMap::from([
        ("UpperDir".to_owned(), text(upper)),
        ("WorkDir".to_owned(), text(&upper.with_file_name("work"))),
    ]);
    if merged {
        data.insert("MergedDir".to_owned(), text(&upper.with_file_name("merged")));
    }
    if !lower.is_empty() {
        let lower: Vec<String> = lower.iter().rev().map(|path| text(path)).collect();
        data.insert("LowerDir".to_owned(), lower.join(":"));
    }
    data
}

/// What a container has written so far.
pub struct Writable {
    /// Its layer.
    pub layer: DraftLayer,
    /// The container's name.
    pub container: String,
    /// When the container was made.
    pub created: String,
    /// What it runs.
    pub command: String,
}

/// What stands for a step of the build behind the writable layer, which is at `offset`.
pub fn writable_step(index: usize, offset: usize, container: &str, created: String, command: &str) -> Step {
    Step {
        index,
        created,
        created_by: format!("container {container}, not part of the image: {command}"),
        author: String::new(),
        comment: String::new(),
        empty_layer: false,
        layer: Some(LayerIndex::from_offset(offset)),
        synthetic: false,
    }
}

/// Joins layers, `DiffIDs` and history. `path` is for messages, `reference` is what was typed.
///
/// # Errors
///
/// More than [`MAX_LAYERS`] layers.
pub fn finish(
    draft: Draft,
    reference: &str,
    path: &str,
) -> Result<(ImageInfo, Vec<Option<Blob>>), SourceError> {
    let Draft { mut notes, mut layers, mut engine, config, .. } = draft;
    if layers.len() > MAX_LAYERS {
        let why = format!("the image has more than {MAX_LAYERS} layers");
        return Err(SourceError::Limit { path: path.to_owned(), why });
    }
    let diff_ids = &config.rootfs.diff_ids;
    if diff_ids.len() != layers.len() && !(diff_ids.is_empty() && draft.config_json.is_empty()) {
        let place = format!(
            "{}, {}",
            counted(layers.len() as u64, "layer"),
            counted(diff_ids.len() as u64, "DiffID")
        );
        notes.add(NoteKind::DiffIdCount, None, place.as_bytes());
    }
    let mut source = draft.source.to_owned();
    let (mut steps, mut step_of) = steps(&config.history, layers.len(), &mut notes);
    if let Some(Writable { layer, container, created, command }) = draft.writable {
        let step = writable_step(steps.len() + 1, layers.len(), &container, created, &command);
        step_of.push(step.index);
        steps.push(step);
        source = format!("{source}, container {container}");
        layers.push(DraftLayer { writable: true, ..layer });
        engine.container = Some(container);
    }
    let mut blobs = Vec::with_capacity(layers.len());
    let mut infos = Vec::with_capacity(layers.len());
    for (at, layer) in layers.into_iter().enumerate() {
        let index = LayerIndex::from_offset(at);
        let claimed = layer.descriptor.as_ref().map_or(0, |descriptor| descriptor.size);
        let stored_bytes = layer.blob.as_ref().map_or(claimed, Blob::len);
        let place = layer.digest.as_ref().map_or("", Digest::as_str).as_bytes().to_vec();
        match &layer.presence {
            Presence::Here => {}
            Presence::Absent(_) => notes.add(NoteKind::LayerAbsent, Some(index), &place),
            Presence::Encrypted => notes.add(NoteKind::LayerEncrypted, Some(index), &place),
        }
        if claimed != 0 && claimed != stored_bytes {
            let place = format!("{claimed} bytes stated, {stored_bytes} stored");
            notes.add(NoteKind::WrongDescriptor, Some(index), place.as_bytes());
        }
        infos.push(LayerInfo {
            index,
            digest: layer.digest,
            diff_id: diff_ids.get(at).cloned(),
            media_type: layer.media_type,
            stored_bytes,
            presence: layer.presence,
            step: step_of[at],
            descriptor: layer.descriptor,
            writable: layer.writable,
            folder: layer.folder,
            engine_bytes: layer.engine_bytes,
        });
        blobs.push(layer.blob);
    }
    // A name by digest is no tag.
    let mut tags: Vec<String> = Vec::new();
    for name in draft.names.iter().filter(|name| !name.contains('@')).map(|name| familiar(name)) {
        if !tags.contains(&name) {
            tags.push(name);
        }
    }
    let info = ImageInfo {
        reference: reference.to_owned(),
        source,
        id: draft.id,
        manifest_digest: draft.manifest_digest,
        target_digest: draft.target_digest,
        tags,
        parent: draft.parent,
        platform: draft.platform,
        config,
        config_json: Arc::from(draft.config_json),
        manifest_json: Arc::from(draft.manifest_json),
        layers: infos,
        steps,
        set_aside: draft.set_aside,
        engine,
        notes,
    };
    Ok((info, blobs))
}
