//! The image config (`config.md`) with the fields that Docker added to it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::manifest::{list, nullable};
use super::{Digest, Platform};

/// An image config. What capas does not interpret is read from the raw JSON beside it
/// ([`crate::image::ImageInfo::config_json`]).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageConfig {
    /// RFC 3339; kept as text, since inspect prints it as it stands.
    #[serde(deserialize_with = "nullable")]
    pub created: String,
    /// Who made the image.
    #[serde(deserialize_with = "nullable")]
    pub author: String,
    /// CPU architecture.
    #[serde(deserialize_with = "nullable")]
    pub architecture: String,
    /// CPU variant.
    #[serde(deserialize_with = "nullable")]
    pub variant: String,
    /// Operating system.
    #[serde(deserialize_with = "nullable")]
    pub os: String,
    /// Operating system version.
    #[serde(rename = "os.version", deserialize_with = "nullable")]
    pub os_version: String,
    /// How a container of this image runs.
    #[serde(deserialize_with = "nullable")]
    pub config: RunConfig,
    /// The layers' `DiffIDs`.
    #[serde(deserialize_with = "nullable")]
    pub rootfs: RootFs,
    /// The build steps, oldest first. Optional, and not always true.
    #[serde(deserialize_with = "list")]
    pub history: Vec<HistoryEntry>,
    /// `docker commit -m`, old daemons.
    #[serde(deserialize_with = "nullable")]
    pub comment: String,
    /// The engine that wrote it, old daemons.
    #[serde(deserialize_with = "nullable")]
    pub docker_version: String,
}

impl ImageConfig {
    /// The platform that the config states.
    pub fn platform(&self) -> Platform {
        Platform {
            architecture: self.architecture.clone(),
            os: self.os.clone(),
            os_version: self.os_version.clone(),
            variant: self.variant.clone(),
        }
    }
}

/// The layers of an image, base first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RootFs {
    /// `layers`.
    #[serde(rename = "type", deserialize_with = "nullable")]
    pub kind: String,
    /// Digests of the uncompressed layer tars.
    #[serde(deserialize_with = "list")]
    pub diff_ids: Vec<Digest>,
}

/// One build step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HistoryEntry {
    /// RFC 3339.
    #[serde(deserialize_with = "nullable")]
    pub created: String,
    /// The command, in the builder's own words.
    #[serde(deserialize_with = "nullable")]
    pub created_by: String,
    /// Who made the step.
    #[serde(deserialize_with = "nullable")]
    pub author: String,
    /// Builders mark themselves here.
    #[serde(deserialize_with = "nullable")]
    pub comment: String,
    /// Whether the step made no layer.
    #[serde(deserialize_with = "nullable")]
    pub empty_layer: bool,
}

/// How a container runs: Docker's `Config`, of which OCI standardised a part.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct RunConfig {
    /// User and group, or empty for root.
    #[serde(deserialize_with = "nullable")]
    pub user: String,
    /// `80/tcp` and the like.
    #[serde(deserialize_with = "nullable")]
    pub exposed_ports: BTreeMap<String, Value>,
    /// `NAME=value`.
    #[serde(deserialize_with = "nullable")]
    pub env: Vec<String>,
    /// `None` is no ENTRYPOINT.
    pub entrypoint: Option<Vec<String>>,
    /// `None` is no CMD.
    pub cmd: Option<Vec<String>>,
    /// Mount points that get a volume.
    #[serde(deserialize_with = "nullable")]
    pub volumes: BTreeMap<String, Value>,
    /// Working directory, or empty for `/`.
    #[serde(deserialize_with = "nullable")]
    pub working_dir: String,
    /// Labels.
    #[serde(deserialize_with = "nullable")]
    pub labels: BTreeMap<String, String>,
    /// The signal that stops it, or empty for SIGTERM.
    #[serde(deserialize_with = "nullable")]
    pub stop_signal: String,
    /// Docker's health check, as written.
    pub healthcheck: Option<Value>,
    /// Triggers for images built on this one.
    #[serde(deserialize_with = "nullable")]
    pub on_build: Vec<String>,
    /// The SHELL in force.
    #[serde(deserialize_with = "nullable")]
    pub shell: Vec<String>,
}
