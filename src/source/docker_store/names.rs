//! Names and IDs of the store's images, matched as the engine matches them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::DockerStore;
use crate::oci::Digest;
use crate::source::names::{canonical, familiar, tagged};
use crate::source::{Engine, SourceError, disk};

/// Names of all images together.
const MAX_NAMES: u64 = 64 << 20;

/// `repositories.json`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Repositories {
    repositories: BTreeMap<String, BTreeMap<String, String>>,
}

impl DockerStore {
    /// All names with tags and with digests, in the order in which the engine lists them, and what they stand for.
    pub fn names(&self) -> Result<Vec<(String, Digest)>, SourceError> {
        let path = self.meta().join("repositories.json");
        let all: Repositories = disk::json(&path, MAX_NAMES)?.unwrap_or_default();
        let mut names = Vec::new();
        for (name, id) in all.repositories.into_values().flatten() {
            let id = id.parse().map_err(|_| {
                let why =
                    format!("`{}` stands for `{}`, which is no ID", name.escape_debug(), id.escape_debug());
                disk::broken(&path, why)
            })?;
            names.push((name, id));
        }
        names.sort_by_cached_key(|(name, _)| canonical(name));
        Ok(names)
    }

    /// The IDs of all images, those without a name included.
    pub fn ids(&self) -> Result<Vec<Digest>, SourceError> {
        let names = disk::names(&self.meta().join("imagedb/content/sha256"))?.unwrap_or_default();
        Ok(names.iter().filter_map(|hex| format!("sha256:{hex}").parse().ok()).collect())
    }

    /// The image that is meant: by its whole ID, else by a name, else by the beginning of its ID.
    pub fn find(&self, wanted: &str) -> Result<Digest, SourceError> {
        let ids = self.ids()?;
        let hex = wanted.strip_prefix("sha256:").unwrap_or(wanted);
        if let Some(id) = ids.iter().find(|id| id.hex() == hex) {
            return Ok(id.clone());
        }
        let names = self.names()?;
        let full = canonical(&tagged(wanted));
        if let Some((_, id)) = names.iter().find(|(name, _)| canonical(name) == full) {
            return Ok(id.clone());
        }
        let begins = |id: &&Digest| !hex.is_empty() && id.hex().starts_with(hex);
        let mut found = ids.iter().filter(begins);
        match (found.next(), found.next()) {
            (Some(id), None) => Ok(id.clone()),
            (None, _) => Err(self.not_here("image", wanted)),
            _ => {
                let shown = |id: &Digest| {
                    let name = names.iter().find(|(_, other)| other == id).map(|(name, _)| familiar(name));
                    name.map_or(id.short().to_owned(), |name| format!("{} ({name})", id.short()))
                };
                let names = ids.iter().filter(begins).map(shown).collect();
                Err(SourceError::Ambiguous { path: self.label(), wanted: wanted.to_owned(), names })
            }
        }
    }

    /// There is none.
    pub fn not_here(&self, what: &'static str, wanted: &str) -> SourceError {
        let (engine, wanted) = (Engine::Docker, wanted.escape_debug().to_string());
        SourceError::NotHere { engine, path: self.label(), what, wanted }
    }
}
