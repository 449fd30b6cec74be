//! What the builder attested: SLSA provenance with BuildKit's additions.

use std::ops::RangeInclusive;

use super::remark::Remark;
use crate::image::ImageInfo;
use crate::layer::LayerIndex;
use crate::oci::Digest;

/// An attestation that speaks of this image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// The name and text of the Dockerfile (`mode=max` only).
    pub dockerfile: Option<(String, String)>,
    /// What each layer was made by, as far as it is told, in order.
    pub layers: Vec<Attested>,
    /// Images that the build used: name and digest.
    pub materials: Vec<(String, Option<Digest>)>,
    /// The base: its name, and how many of the image's layers are its.
    pub base: Option<(String, u16)>,
    /// Build arguments, `NAME=value`.
    pub args: Vec<String>,
}

/// How a layer was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attested {
    /// The layer.
    pub layer: LayerIndex,
    /// Its lines in the Dockerfile, from 1.
    pub lines: Option<RangeInclusive<usize>>,
    /// What ran, where something ran.
    pub exec: Option<Exec>,
}

/// A command that ran, exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exec {
    /// Its words.
    pub args: Vec<String>,
    /// Its variables, `NAME=value`.
    pub env: Vec<String>,
    /// Its working directory.
    pub cwd: String,
    /// Its user; empty for root.
    pub user: String,
    /// Its mounts, but the root: `type=cache,target=/root/.cache`.
    pub mounts: Vec<String>,
    /// `host` or `none` where it is not the usual network.
    pub network: Option<String>,
    /// Whether it ran without confinement (`--security=insecure`).
    pub insecure: bool,
}

impl Provenance {
    /// Reads the attestations and takes the one that speaks of this image's layers.
    pub(super) fn find(
        _statements: &[Vec<u8>],
        _info: &ImageInfo,
        _remarks: &mut Vec<Remark>,
    ) -> Option<Self> {
        None
    }

    /// How a layer was made.
    pub fn layer(&self, layer: LayerIndex) -> Option<&Attested> {
        let at = self.layers.binary_search_by_key(&layer, |attested| attested.layer).ok()?;
        self.layers.get(at)
    }
}

impl Exec {
    /// As flags of RUN.
    pub fn flags(&self) -> Vec<String> {
        let mounts = self.mounts.iter().map(|mount| format!("--mount={mount}"));
        let network = self.network.iter().map(|network| format!("--network={network}"));
        let security = self.insecure.then(|| "--security=insecure".to_owned());
        mounts.chain(network).chain(security).collect()
    }
}
