//! An image of the store: manifest and config from its big data, layers below its top layer.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::layer::Layers;
use super::{ContainersStorage, STORE, Tree, big_data, is_id};
use crate::image::EngineInfo;
use crate::oci::{Digest, ImageConfig, Index, Manifest, Platform};
use crate::source::draft::{Draft, Found, MAX_LAYERS, overlay_data};
use crate::source::open::Opening;
use crate::source::store::{MAX_CONFIG, MAX_MANIFEST};
use crate::source::{Check, SourceError, disk};

/// One image of `images.json`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Record {
    /// Its ID: the hex of the config's digest.
    pub id: String,
    /// The digest of its manifest, or of the index that it was pulled by.
    pub digest: Option<Digest>,
    /// Its names, with tags or digests.
    pub names: Vec<String>,
    /// The ID of its topmost layer.
    pub layer: String,
    /// What is kept for it: manifests, config, signatures.
    pub big_data_names: Vec<String>,
    big_data_sizes: BTreeMap<String, i64>,
    /// Which tree has it.
    #[serde(skip)]
    tree: usize,
}

impl ContainersStorage {
    /// All images of all trees. Two trees may have one image under different names.
    pub(super) fn images(&self) -> Result<Vec<Record>, SourceError> {
        let mut images: Vec<Record> = Vec::new();
        for (at, tree) in self.trees.iter().enumerate() {
            let records = tree.list::<Record>("images")?;
            images.extend(records.into_iter().map(|record| Record { tree: at, ..record }));
        }
        Ok(images)
    }

    /// The image that is meant.
    pub(super) fn image(&self, wanted: &str, opening: &Opening<'_>) -> Result<Found, SourceError> {
        let images = self.images()?;
        let image = self.find_image(&images, wanted)?;
        self.image_of(&images, image, opening)
    }

    /// An image; of a list of images, the one for the platform that is asked for.
    pub(super) fn image_of(
        &self,
        images: &[Record],
        image: &Record,
        opening: &Opening<'_>,
    ) -> Result<Found, SourceError> {
        let tree = &self.trees[image.tree];
        let (key, manifest_json) = manifest(tree, image)?;
        let path = file(tree, image, &key)?;
        let parse = |error| disk::broken(&path, format!("the manifest is no valid JSON: {error}"));
        let index: Index = serde_json::from_slice(&manifest_json).unwrap_or_default();
        if !index.manifests.is_empty() {
            let single = self.of_platform(images, image, &index, &path, opening.options.platform.as_ref())?;
            // A list of lists ends here: a list has no digest that another one names and a config as well.
            return self.single(images, single, opening.strict, image);
        }
        let _: Manifest = serde_json::from_slice(&manifest_json).map_err(parse)?;
        self.single(images, image, opening.strict, image)
    }

    /// The image of a list for a platform, this machine's where none is asked for. The only one that the store has does
    /// for any.
    fn of_platform<'a>(
        &self,
        images: &'a [Record],
        list: &Record,
        index: &Index,
        path: &Path,
        platform: Option<&Platform>,
    ) -> Result<&'a Record, SourceError> {
        let host = Platform::host();
        let wanted = platform.unwrap_or(&host);
        let here = |digest: &Digest| {
            images.iter().find(|other| other.id != list.id && other.digests().any(|it| it == *digest))
        };
        let listed: Vec<(&Platform, &Record)> = index
            .manifests
            .iter()
            .filter_map(|it| Some((it.platform.as_ref().filter(|it| !it.is_unknown())?, here(&it.digest)?)))
            .collect();
        match (listed.iter().find(|(platform, _)| platform.serves(wanted)), &listed[..]) {
            (Some((_, image)), _) | (None, [(_, image)]) => Ok(image),
            (None, []) => Err(disk::broken(path, "it is a list of images, none of which is in the store")),
            (None, _) => Err(SourceError::Platform {
                path: self.label(),
                wanted: wanted.to_string(),
                available: listed.iter().map(|(platform, _)| platform.to_string()).collect(),
            }),
        }
    }

    /// The tree that has an image.
    pub(super) fn tree_of(&self, image: &Record) -> &Tree {
        &self.trees[image.tree]
    }

    fn single(
        &self,
        images: &[Record],
        image: &Record,
        strict: bool,
        named: &Record,
    ) -> Result<Found, SourceError> {
        let tree = &self.trees[image.tree];
        let (key, manifest_json) = manifest(tree, image)?;
        let mut checks = Vec::new();
        let mut check = |what: &str, digest: &Digest, key: &str, bytes: &[u8]| {
            let found = Digest::of(bytes);
            let ok = found == *digest;
            if !ok && strict {
                let why = format!("the {what} should have the digest {digest} and has {found}");
                return Err(disk::broken(&file(tree, image, key)?, why));
            }
            let is = "its bytes have this digest".to_owned();
            let message = if ok { is } else { format!("its bytes have the digest {found}") };
            checks.push(Check { subject: format!("{what} {digest}"), ok, message });
            Ok(())
        };
        if let Some(digest) = key.strip_prefix("manifest-").and_then(|digest| digest.parse().ok()) {
            check("manifest", &digest, &key, &manifest_json)?;
        }
        let path = file(tree, image, &key)?;
        let manifest: Manifest = serde_json::from_slice(&manifest_json)
            .map_err(|error| disk::broken(&path, format!("the manifest is no valid JSON: {error}")))?;
        let config = manifest.config.ok_or_else(|| disk::broken(&path, "the manifest names no config"))?;
        let key = config.digest.as_str();
        let path = file(tree, image, key)?;
        let config_json =
            disk::read(&path, MAX_CONFIG)?.ok_or_else(|| disk::broken(&path, "the config is not there"))?;
        check("config", &config.digest, key, &config_json)?;
        let id = config.digest.clone();
        let config: ImageConfig = serde_json::from_slice(&config_json)
            .map_err(|error| disk::broken(&path, format!("the config is no valid JSON: {error}")))?;
        let count = config.rootfs.diff_ids.len();
        if count > MAX_LAYERS {
            let why = format!("the image has more than {MAX_LAYERS} layers");
            return Err(SourceError::Limit { path: disk::shown(&path), why });
        }
        let all = Layers::read(self)?;
        let ancestors = self.ancestors(images, image, &config, &all);
        let mut layers = all.chain(&image.layer, count)?;
        for (layer, descriptor) in layers.iter_mut().zip(&manifest.layers) {
            layer.digest = Some(descriptor.digest.clone());
            layer.media_type.clone_from(&descriptor.media_type);
        }
        let sizes = layers.iter().map(|layer| layer.engine_bytes).sum::<Option<u64>>();
        let big_data: u64 = image.big_data_sizes.values().filter_map(|size| u64::try_from(*size).ok()).sum();
        let data = if tree.driver == "overlay" { overlay_data(&layers, false) } else { BTreeMap::new() };
        let engine = EngineInfo {
            graph_driver: Some((tree.driver.clone(), data)),
            repo_digests: repo_digests(named),
            ancestors: ancestors.clone(),
            size: sizes.map(|layers| layers.saturating_add(big_data)),
            ..EngineInfo::default()
        };
        let draft = Draft {
            source: STORE,
            names: named.names.clone(),
            id: Some(id),
            parent: ancestors.into_iter().next().flatten(),
            manifest_digest: Some(Digest::of(&manifest_json)),
            target_digest: named.digest.clone(),
            platform: config.platform(),
            config,
            config_json,
            manifest_json,
            layers,
            engine,
            ..Draft::default()
        };
        Ok(Found { draft, path: self.label(), checks })
    }
}

/// The manifest and its key: that of the image's digest, else the one that counts.
fn manifest(tree: &Tree, image: &Record) -> Result<(String, Vec<u8>), SourceError> {
    let by_digest = image.digest.iter().map(|digest| format!("manifest-{digest}"));
    for key in std::iter::once("manifest".to_owned()).chain(by_digest) {
        if let Some(bytes) = disk::read(&file(tree, image, &key)?, MAX_MANIFEST)? {
            return Ok((key, bytes));
        }
    }
    Err(disk::broken(&file(tree, image, "manifest")?, "the manifest is not there"))
}

/// The file of a key of an image's big data.
pub(super) fn file(tree: &Tree, image: &Record, key: &str) -> Result<std::path::PathBuf, SourceError> {
    let lists = tree.lists("images");
    if is_id(&image.id) {
        return Ok(big_data(&lists.join(&image.id), key));
    }
    let why = format!("`{}` is no ID of an image", image.id.escape_debug());
    Err(disk::broken(&lists.join("images.json"), why))
}

/// Each name without its tag, with each digest of the image, as podman lists them.
fn repo_digests(image: &Record) -> Vec<String> {
    let mut digests: Vec<String> = Vec::new();
    for name in &image.names {
        let name = name.split_once('@').map_or(name.as_str(), |(name, _)| name);
        let last = name.rfind('/').map_or(0, |at| at + 1);
        let name = name[last..].find(':').map_or(name, |at| &name[..last + at]);
        for digest in image.digests() {
            let digest = format!("{name}@{digest}");
            if !digests.contains(&digest) {
                digests.push(digest);
            }
        }
    }
    digests
}
