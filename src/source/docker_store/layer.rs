//! Layers of the store: figures and tar-split by `ChainID`, files in the driver's folder.

use std::path::PathBuf;
use std::sync::Arc;

use super::DockerStore;
use crate::image::Presence;
use crate::oci::Digest;
use crate::source::blob::Blob;
use crate::source::draft::DraftLayer;
use crate::source::unpacked::{List, Unpacked};
use crate::source::{SourceError, disk};

impl DockerStore {
    /// The layers of these `DiffIDs`, base first. One that the store has lost is absent; the others can be read all the
    /// same.
    pub fn layers(&self, diff_ids: &[Digest]) -> Result<Vec<DraftLayer>, SourceError> {
        Digest::chain(diff_ids).iter().map(|chain| self.layer(chain)).collect()
    }

    fn layer(&self, chain: &Digest) -> Result<DraftLayer, SourceError> {
        let meta = self.meta().join("layerdb").join(chain.algorithm()).join(chain.hex());
        let Some(cache_id) = disk::line(&meta.join("cache-id"))? else {
            let presence = Presence::Absent(format!("{} is not there", disk::shown(&meta)));
            return Ok(DraftLayer { presence, ..DraftLayer::default() });
        };
        let Some(folder) = self.folder(&cache_id) else {
            let why = format!("`{}` is no name of a layer", cache_id.escape_debug());
            return Err(disk::broken(&meta.join("cache-id"), why));
        };
        let bytes = disk::line(&meta.join("size"))?.and_then(|size| size.parse().ok());
        let list = match disk::open(&meta.join("tar-split.json.gz"))? {
            Some(file) => List::TarSplit(file),
            // Without it the files are all that is known of the layer.
            None => List::Folder,
        };
        let unpacked = Unpacked::new(list, folder.clone(), bytes.unwrap_or(0), None);
        Ok(DraftLayer {
            blob: Some(Blob::Unpacked(Arc::new(unpacked))),
            folder: Some(folder),
            engine_bytes: bytes,
            ..DraftLayer::default()
        })
    }

    /// Where the driver has the files of a layer, by its own name for it; `None` if that is no name.
    pub fn folder(&self, cache_id: &str) -> Option<PathBuf> {
        let is_name = !cache_id.is_empty()
            && cache_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        let driver = self.root.join(&self.driver);
        is_name.then(|| match self.driver.as_str() {
            "vfs" => driver.join("dir").join(cache_id),
            _ => driver.join(cache_id).join("diff"),
        })
    }
}
