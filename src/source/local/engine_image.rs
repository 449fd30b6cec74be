//! One image of an engine, asked about alone: its platform, its parent, and its layers with what each takes.
//!
//! The list of images tells how much an image shares and not what, and podman's not even that. The DiffIDs of
//! `inspect` are the layers, and the rows of `history` say their sizes.

use serde::Deserialize;

use super::engine_api::get;
use crate::local::{Piece, PieceKind};
use crate::oci::{Digest, Platform, list, nullable};
use crate::source::engine::{Client, Failure, Row, digest, layer_sizes};

/// As much of `GET /images/{id}/json` as is needed.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Inspect {
    #[serde(deserialize_with = "nullable")]
    architecture: String,
    #[serde(deserialize_with = "nullable")]
    os: String,
    #[serde(deserialize_with = "nullable")]
    variant: String,
    #[serde(deserialize_with = "nullable")]
    parent: String,
    #[serde(rename = "RootFS", deserialize_with = "nullable")]
    rootfs: RootFs,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct RootFs {
    #[serde(deserialize_with = "list")]
    layers: Vec<Digest>,
}

/// What was told of one image.
pub struct Details {
    /// Its platform.
    pub platform: Platform,
    /// The image it was made from.
    pub parent: Option<Digest>,
    /// Its layers, base first. A size that the history leaves open is not known.
    pub layers: Vec<Piece>,
}

/// Asks about an image. `kind` is what the engine keeps a layer as.
///
/// # Errors
///
/// It does not answer, or the image has just gone.
pub fn ask(client: &Client, id: &Digest, kind: PieceKind) -> Result<Details, Failure> {
    let inspect: Inspect = get(client, &format!("/images/{id}/json"))?;
    // What cannot be told is not known.
    let rows: Vec<Row> = get(client, &format!("/images/{id}/history")).unwrap_or_default();
    let Inspect { architecture, os, variant, parent, rootfs } = inspect;
    let sizes = layer_sizes(&rows, rootfs.layers.len()).unwrap_or_default();
    let mut sizes = sizes.into_iter();
    let chain = Digest::chain(&rootfs.layers).into_iter().zip(rootfs.layers);
    let piece = |(id, diff_id): (Digest, Digest)| Piece {
        kind,
        id: id.to_string(),
        diff_id: Some(diff_id),
        bytes: sizes.next(),
    };
    Ok(Details {
        layers: chain.map(piece).collect(),
        platform: Platform { architecture, os, variant, ..Platform::default() },
        parent: digest(&parent),
    })
}
