//! What a list needs of an image's config: little of it, since there may be hundreds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::oci::{Digest, Platform, list, nullable};
use crate::source::SourceError;
use crate::source::draft::MAX_LAYERS;
use crate::source::store::{Files, MAX_CONFIG};

/// What a list needs.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// When it was made, in seconds since 1970.
    pub created: Option<i64>,
    /// Its platform.
    pub platform: Platform,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its layers, base first.
    pub diff_ids: Vec<Digest>,
    /// The steps, as one text each, to be compared: what podman goes by to tell an image's parent.
    pub history: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Config {
    #[serde(deserialize_with = "nullable")]
    created: String,
    #[serde(flatten)]
    platform: Platform,
    #[serde(rename = "config", deserialize_with = "nullable")]
    run: Run,
    #[serde(deserialize_with = "nullable")]
    rootfs: RootFs,
    #[serde(deserialize_with = "list")]
    history: Vec<Step>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Run {
    #[serde(deserialize_with = "nullable")]
    labels: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RootFs {
    #[serde(deserialize_with = "list")]
    diff_ids: Vec<Digest>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Step {
    #[serde(deserialize_with = "nullable")]
    created: String,
    #[serde(deserialize_with = "nullable")]
    created_by: String,
    #[serde(deserialize_with = "nullable")]
    author: String,
    #[serde(deserialize_with = "nullable")]
    comment: String,
    #[serde(deserialize_with = "nullable")]
    empty_layer: bool,
}

impl Facts {
    /// Reads a config.
    ///
    /// # Errors
    ///
    /// It is no valid JSON of its kind, or has too many layers.
    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        let config: Config = serde_json::from_slice(bytes)?;
        if config.rootfs.diff_ids.len() > MAX_LAYERS {
            return Err(serde::de::Error::custom(format_args!("it has more than {MAX_LAYERS} layers")));
        }
        let step = |step: Step| {
            let Step { created, created_by, author, comment, empty_layer } = step;
            [created.as_str(), &created_by, &author, &comment, if empty_layer { "empty" } else { "" }]
                .join("\0")
        };
        Ok(Self {
            created: config.created.parse::<Timestamp>().ok().map(Timestamp::as_second),
            platform: config.platform,
            labels: config.run.labels,
            diff_ids: config.rootfs.diff_ids,
            history: config.history.into_iter().map(step).collect(),
        })
    }
}

/// The config in the file of that name; `None` where there is none.
///
/// # Errors
///
/// It cannot be read, or is broken.
pub fn facts(files: &Files, name: &str) -> Result<Option<Facts>, SourceError> {
    let Ok(bytes) = files.document(name, MAX_CONFIG)? else { return Ok(None) };
    let facts =
        Facts::parse(&bytes).map_err(|error| files.broken(name, format!("it is no config: {error}")))?;
    Ok(Some(facts))
}
