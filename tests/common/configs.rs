//! Images from a config alone, with figures for their layers: enough for everything that needs no files.
#![allow(clippy::allow_attributes, dead_code, reason = "each test binary uses its own part")]

use std::path::Path;
use std::sync::Arc;

use capas::image::{Image, ImageInfo, LayerFigures, LayerInfo, Presence, Step};
use capas::layer::{LayerIndex, Notes};
use capas::oci::{Digest, ImageConfig};
use capas::tree::Tree;

/// A file of `tests/data`.
pub fn data(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A config of `tests/data/history`.
pub fn sample(name: &str) -> Vec<u8> {
    data(&format!("history/{name}"))
}

/// An image of a config whose layers have these docker sizes, base first; a layer without one was not read.
pub fn image(config_json: &[u8], sizes: &[u64]) -> Image {
    let config: ImageConfig = serde_json::from_slice(config_json).unwrap();
    let mut layers = Vec::new();
    let mut steps = Vec::new();
    for (at, entry) in config.history.iter().enumerate() {
        let layer = (!entry.empty_layer).then(|| LayerIndex::from_offset(layers.len()));
        if let Some(index) = layer {
            let diff_id = config.rootfs.diff_ids.get(layers.len()).cloned();
            layers.push(LayerInfo {
                index,
                digest: diff_id.clone(),
                diff_id,
                media_type: String::new(),
                stored_bytes: 1000 + layers.len() as u64,
                presence: Presence::Here,
                step: at + 1,
                ..LayerInfo::default()
            });
        }
        steps.push(Step {
            index: at + 1,
            created: entry.created.clone(),
            created_by: entry.created_by.clone(),
            author: entry.author.clone(),
            comment: entry.comment.clone(),
            empty_layer: entry.empty_layer,
            layer,
            synthetic: false,
        });
    }
    let figures = (0..layers.len())
        .map(|at| LayerFigures {
            loaded: at < sizes.len(),
            docker_bytes: sizes.get(at).copied().unwrap_or_default(),
            ..LayerFigures::default()
        })
        .collect();
    let info = ImageInfo {
        reference: "shop.tar".into(),
        source: "docker archive".into(),
        id: Some(Digest::of(config_json)),
        manifest_digest: None,
        target_digest: None,
        tags: vec!["shop/web:2.4".into()],
        parent: None,
        platform: config.platform(),
        config,
        config_json: config_json.into(),
        manifest_json: [].into(),
        layers,
        steps,
        set_aside: Vec::new(),
        ..ImageInfo::default()
    };
    Image { info: Arc::new(info), figures, tree: Tree::default(), notes: Notes::default() }
}
