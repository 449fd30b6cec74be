//! The unpacked layers of containerd: which folder of which snapshotter a ChainID is, and what it takes.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use super::database::{SnapshotKey, uvarint, varint};
use super::{Containerd, is_folder, permitted};
use crate::oci::Digest;
use crate::source::{SourceError, bolt};

/// A snapshot of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// What its snapshotter counted when it was made: blocks on the disk, folders included.
    pub bytes: Option<u64>,
    /// Its files, where they lie in a folder that is there.
    pub folder: Option<PathBuf>,
    /// Whether they have the form of overlayfs: what a layer changed, with devices for whiteouts.
    pub is_overlay: bool,
}

/// All snapshots that a snapshotter knows, by their names in it.
pub struct Snapshots(HashMap<String, Snapshot>);

impl Snapshots {
    /// Reads the database of a snapshotter; nothing is known where it has none.
    ///
    /// # Errors
    ///
    /// It may not be read, or is damaged.
    pub fn of_snapshotter(store: &Containerd, snapshotter: &str) -> Result<Self, SourceError> {
        let Some(root) = folder(store, snapshotter) else { return Ok(Self(HashMap::new())) };
        let path = root.join("metadata.db");
        if !path.exists() {
            return Ok(Self(HashMap::new()));
        }
        let read = bolt::read(&path, |bucket| {
            let mut found = HashMap::new();
            let Some(snapshots) = bucket.at(&["v1", "snapshots"])? else { return Ok(found) };
            for (name, snapshot) in snapshots.buckets()? {
                let id = snapshot.value("id")?.map(|bytes| uvarint(&bytes));
                let bytes = snapshot.value("size")?.map(|bytes| varint(&bytes));
                let folder = id.map(|id| root.join(format!("snapshots/{id}/fs")));
                found.insert(name, Snapshot { bytes, folder, is_overlay: snapshotter.contains("overlay") });
            }
            Ok(found)
        });
        read.map(Self).map_err(permitted)
    }

    /// A snapshot by its name.
    pub fn get(&self, name: &str) -> Option<&Snapshot> {
        self.0.get(name)
    }

    /// The snapshots of an image's layers, base first; `None` for one that is not unpacked.
    ///
    /// # Errors
    ///
    /// A database may not be read, or is damaged.
    pub fn of_layers(
        store: &Containerd,
        namespace: &str,
        diff_ids: &[Digest],
    ) -> Result<Vec<Option<Snapshot>>, SourceError> {
        let chain = Digest::chain(diff_ids);
        let names = store.read(|v1| {
            let Some(snapshotters) = v1.at(&[namespace, "snapshots"])? else { return Ok(BTreeMap::new()) };
            let mut names = BTreeMap::new();
            for (snapshotter, keys) in snapshotters.buckets()? {
                for id in &chain {
                    let snapshot = keys.at(&[id.as_str()])?;
                    if let Some(name) = snapshot.map(|snapshot| snapshot.text("name")).transpose()?.flatten()
                    {
                        let key =
                            SnapshotKey { snapshotter: snapshotter.clone(), key: id.as_str().to_owned() };
                        names.insert(key, name);
                    }
                }
            }
            Ok(names)
        })?;
        let mut known: BTreeMap<&str, Self> = BTreeMap::new();
        for key in names.keys() {
            if !known.contains_key(key.snapshotter.as_str()) {
                known.insert(&key.snapshotter, Self::of_snapshotter(store, &key.snapshotter)?);
            }
        }
        let find = |id: &Digest| {
            let of_layer = names.iter().filter(|(key, _)| key.key == id.as_str());
            let mut found = of_layer.filter_map(|(key, name)| known.get(key.snapshotter.as_str())?.get(name));
            let mut snapshot = found.next()?.clone();
            snapshot.folder = snapshot.folder.filter(|folder| is_folder(folder));
            Some(snapshot)
        };
        Ok(chain.iter().map(find).collect())
    }
}

/// The folder of a snapshotter. Its name comes from the database: what is no single name leads nowhere.
fn folder(store: &Containerd, snapshotter: &str) -> Option<PathBuf> {
    let plain =
        !snapshotter.is_empty() && !snapshotter.contains(['/', '\0']) && !snapshotter.starts_with('.');
    plain.then(|| store.root.join(format!("io.containerd.snapshotter.v1.{snapshotter}")))
}
