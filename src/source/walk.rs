//! From `index.json` down through nested indexes to manifests: what each of them is.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::SourceError;
use super::candidate::{Candidate, Leaf, LeafKind, Recipe};
use super::documents::Documents;
use super::store::{MAX_CONFIG, MAX_MANIFEST};
use crate::oci::{Descriptor, Digest, Index, Manifest, Platform, media_type};

/// Indexes within indexes: real ones have two storeys.
const MAX_DEPTH: usize = 8;
/// Descriptors in all indexes together.
const MAX_DESCRIPTORS: usize = 10_000;

/// Annotation of buildx and containerd: the full name.
const CONTAINERD_NAME: &str = "io.containerd.image.name";
/// Annotation of the specification: a tag, or a full name.
const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// Annotations of buildx: what an attestation is, and of what.
const REFERENCE_TYPE: &str = "vnd.docker.reference.type";
const REFERENCE_DIGEST: &str = "vnd.docker.reference.digest";
/// Digest of `{}`, the empty descriptor of artifacts.
const EMPTY_CONFIG: &str = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

/// What a document is, by its members.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Shape {
    manifests: Option<IgnoredAny>,
    layers: Option<IgnoredAny>,
    config: Option<IgnoredAny>,
    fs_layers: Option<IgnoredAny>,
}

/// The images that `index.json` lists.
///
/// # Errors
///
/// An index is broken, lists itself or lists too much.
pub fn candidates(documents: &Documents<'_>, index: &Index) -> Result<Vec<Candidate>, SourceError> {
    let mut walk = Walk { documents, count: 0, above: Vec::new() };
    let mut found: Vec<Candidate> = Vec::new();
    for descriptor in &index.manifests {
        let names: Vec<String> = name_of(&descriptor.annotations).into_iter().collect();
        let known = found.iter_mut().find(|candidate| candidate.target.as_ref() == Some(&descriptor.digest));
        if let Some(candidate) = known {
            // Two tags of one image are two descriptors with the same digest.
            candidate.names.extend(names);
            continue;
        }
        let mut leaves = Vec::new();
        walk.descriptor(descriptor, &mut leaves, &mut HashSet::new())?;
        found.push(Candidate { names, target: Some(descriptor.digest.clone()), leaves });
    }
    Ok(gather_platforms(found))
}

/// The image, or images, of a document that stands alone: `manifest.json` of a `dir:` layout.
///
/// # Errors
///
/// As for [`candidates`].
pub fn lone_document(documents: &Documents<'_>, name: &str, bytes: &[u8]) -> Result<Candidate, SourceError> {
    let descriptor = Descriptor {
        media_type: String::new(),
        digest: Digest::of(bytes),
        size: bytes.len() as u64,
        urls: Vec::new(),
        annotations: BTreeMap::new(),
        platform: None,
        artifact_type: None,
    };
    let mut walk = Walk { documents, count: 0, above: Vec::new() };
    let mut leaves = Vec::new();
    walk.document(&descriptor, name, bytes, &mut leaves, &mut HashSet::new())?;
    Ok(Candidate { names: Vec::new(), target: Some(descriptor.digest), leaves })
}

/// Manifests of one name (or of none) that differ in their stated platform are one image: `crane` and others list the
/// platforms in `index.json` itself.
fn gather_platforms(found: Vec<Candidate>) -> Vec<Candidate> {
    let stated = |candidate: &Candidate| match &candidate.leaves[..] {
        [Leaf { descriptor: Some(Descriptor { platform: Some(platform), .. }), .. }] => {
            Some(platform.clone())
        }
        _ => None,
    };
    let mut gathered: Vec<Candidate> = Vec::new();
    for candidate in found {
        if let Some(platform) = stated(&candidate) {
            let other = gathered.iter_mut().find(|other| {
                let platforms = other.leaves.iter().map(|leaf| leaf.descriptor.as_ref()?.platform.as_ref());
                other.names == candidate.names
                    && platforms
                        .clone()
                        .all(|other| other.is_some_and(|other| *other != platform || other.is_unknown()))
            });
            if let Some(other) = other {
                other.target = None;
                other.leaves.extend(candidate.leaves);
                continue;
            }
        }
        gathered.push(candidate);
    }
    gathered
}

struct Walk<'a> {
    documents: &'a Documents<'a>,
    count: usize,
    above: Vec<Digest>,
}

impl Walk<'_> {
    fn descriptor(
        &mut self,
        descriptor: &Descriptor,
        leaves: &mut Vec<Leaf>,
        seen: &mut HashSet<Digest>,
    ) -> Result<(), SourceError> {
        let name = self.documents.manifest_name(&descriptor.digest);
        self.count += 1;
        if self.count > MAX_DESCRIPTORS {
            let why = format!("its indexes list more than {MAX_DESCRIPTORS} manifests");
            return Err(SourceError::Limit { path: self.documents.files.label.clone(), why });
        }
        if self.above.contains(&descriptor.digest) {
            return Err(self.documents.files.broken(&name, "an index that lists itself"));
        }
        if !seen.insert(descriptor.digest.clone()) {
            return Ok(());
        }
        let kind = if is_attestation(descriptor) {
            LeafKind::Attestation(descriptor.annotations.get(REFERENCE_DIGEST).cloned())
        } else if !may_be_manifest(&descriptor.media_type) {
            LeafKind::Artifact(descriptor.media_type.clone())
        } else {
            match self.documents.described("manifest", &name, descriptor, MAX_MANIFEST)? {
                Ok(bytes) => return self.document(descriptor, &name, &bytes, leaves, seen),
                Err(missing) => LeafKind::Absent(missing.why()),
            }
        };
        leaves.push(Leaf { descriptor: Some(descriptor.clone()), kind });
        Ok(())
    }

    fn document(
        &mut self,
        descriptor: &Descriptor,
        name: &str,
        bytes: &[u8],
        leaves: &mut Vec<Leaf>,
        seen: &mut HashSet<Digest>,
    ) -> Result<(), SourceError> {
        let files = self.documents.files;
        let shape: Shape = files.parse(name, bytes)?;
        let kind = if shape.manifests.is_some() {
            if self.above.len() >= MAX_DEPTH {
                let why = format!("indexes within indexes, more than {MAX_DEPTH} deep");
                return Err(SourceError::Limit { path: files.at(name), why });
            }
            let index: Index = files.parse(name, bytes)?;
            self.above.push(descriptor.digest.clone());
            for child in &index.manifests {
                self.descriptor(child, leaves, seen)?;
            }
            self.above.pop();
            return Ok(());
        } else if shape.fs_layers.is_some() {
            let old: super::version1::Schema1 = files.parse(name, bytes)?;
            LeafKind::Image {
                recipe: Recipe::Schema1(name.to_owned()),
                config: None,
                platform: old.platform(),
                layers: old.fs_layers.len(),
            }
        } else if shape.layers.is_some() || shape.config.is_some() {
            self.manifest(descriptor, name, files.parse(name, bytes)?)?
        } else {
            let stated = [&descriptor.media_type, "application/json"].into_iter().find(|it| !it.is_empty());
            LeafKind::Artifact(stated.unwrap_or_default().to_owned())
        };
        leaves.push(Leaf { descriptor: Some(descriptor.clone()), kind });
        Ok(())
    }

    fn manifest(
        &self,
        descriptor: &Descriptor,
        name: &str,
        manifest: Manifest,
    ) -> Result<LeafKind, SourceError> {
        if let Some(what) = artifact(&manifest) {
            return Ok(if what.contains("in-toto") {
                LeafKind::Attestation(None)
            } else {
                LeafKind::Artifact(what)
            });
        }
        let stated = descriptor.platform.clone().filter(|platform| !platform.is_unknown());
        let platform = match (stated, &manifest.config) {
            (Some(platform), _) => platform,
            (None, Some(config)) => self.platform_of(config)?,
            (None, None) => Platform::default(),
        };
        Ok(LeafKind::Image {
            recipe: Recipe::Manifest(name.to_owned()),
            config: manifest.config.map(|config| config.digest),
            platform,
            layers: manifest.layers.len(),
        })
    }

    /// The platform that a config states; what is wrong with the config is said when it is opened.
    fn platform_of(&self, config: &Descriptor) -> Result<Platform, SourceError> {
        let name = self.documents.blob_name(&config.digest);
        let Ok(bytes) = self.documents.glance(&name, MAX_CONFIG)? else { return Ok(Platform::default()) };
        Ok(serde_json::from_slice(&bytes).unwrap_or_default())
    }
}

/// The full name where there is one, else the reference name: a tag, or what skopeo was told.
fn name_of(annotations: &BTreeMap<String, String>) -> Option<String> {
    let known = |key| annotations.get(key).filter(|name| !name.is_empty()).cloned();
    known(CONTAINERD_NAME).or_else(|| known(REF_NAME))
}

fn is_attestation(descriptor: &Descriptor) -> bool {
    let unknown = |platform: &Platform| platform.os == "unknown" && platform.architecture == "unknown";
    descriptor.annotations.contains_key(REFERENCE_TYPE) || descriptor.platform.as_ref().is_some_and(unknown)
}

fn may_be_manifest(stated: &str) -> bool {
    let known =
        [media_type::MANIFEST, media_type::INDEX, media_type::DOCKER_MANIFEST, media_type::DOCKER_LIST];
    stated.is_empty()
        || known.contains(&stated)
        || stated.starts_with("application/vnd.docker.distribution.manifest.v1+")
}

/// What a manifest is that is no image: its artifact type, config type or layer type. The specification forbids to
/// parse a config of unknown type; signatures carry an image config and no layer.
fn artifact(manifest: &Manifest) -> Option<String> {
    let is_config = |config: &Descriptor| {
        let known = ["", media_type::CONFIG, media_type::DOCKER_CONFIG, "application/octet-stream"];
        known.contains(&config.media_type.as_str()) && config.digest.as_str() != EMPTY_CONFIG
    };
    let is_layer = |layer: &Descriptor| {
        let stated = layer.media_type.as_str();
        stated.is_empty()
            || stated == "application/octet-stream"
            || ["tar", "layer", "rootfs"].iter().any(|word| stated.contains(word))
    };
    let first_layer = manifest.layers.first().map(|layer| layer.media_type.clone());
    match &manifest.config {
        Some(config) if !is_config(config) => {
            let stated = manifest.artifact_type.clone().filter(|stated| !stated.is_empty());
            let empty = config.digest.as_str() == EMPTY_CONFIG || config.media_type.contains("empty");
            stated.or(if empty { first_layer } else { None }).or(Some(config.media_type.clone()))
        }
        None => Some(manifest.artifact_type.clone().unwrap_or("without a config".to_owned())),
        Some(_) if !manifest.layers.is_empty() && !manifest.layers.iter().any(is_layer) => first_layer,
        Some(_) => None,
    }
}
