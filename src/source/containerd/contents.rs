//! All that a namespace of `meta.db` holds: what refers to what, which is how containerd decides what may go.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Containerd;
use super::database::{Labels, SnapshotKey, Target, children, labels, targets, varint};
use crate::oci::Digest;
use crate::source::SourceError;
use crate::source::bolt::Bucket;

/// A blob.
#[derive(Clone, Debug)]
pub struct Blob {
    /// Its digest.
    pub digest: Digest,
    /// Its length.
    pub size: u64,
    /// Its labels: references to other blobs and to snapshots among them.
    pub labels: Labels,
}

/// A container.
#[derive(Clone, Debug)]
pub struct Container {
    /// Its ID.
    pub id: String,
    /// The name of its image, as it was when the container was made.
    pub image: String,
    /// Its snapshotter.
    pub snapshotter: String,
    /// The key of its writable snapshot.
    pub snapshot: String,
    /// Its labels.
    pub labels: Labels,
}

/// What keeps blobs and snapshots from being collected: one for each container and each record of a build cache.
#[derive(Clone, Debug)]
pub struct Lease {
    /// Its ID: that of the container, or any.
    pub id: String,
    /// Whether what its blobs refer to may go.
    pub is_flat: bool,
    /// Digests of blobs.
    pub content: Vec<String>,
    /// Keys of snapshots.
    pub snapshots: Vec<SnapshotKey>,
}

/// All that a namespace holds.
#[derive(Clone, Debug, Default)]
pub struct Namespace {
    /// Names of images.
    pub targets: Vec<Target>,
    /// Blobs.
    pub blobs: Vec<Blob>,
    /// Snapshots: the name that their snapshotter knows them by, and the key of the one below.
    pub snapshots: BTreeMap<SnapshotKey, (String, Option<String>)>,
    /// Containers.
    pub containers: Vec<Container>,
    /// Leases that have not run out.
    pub leases: Vec<Lease>,
}

impl Containerd {
    /// All namespaces, whole. `now` decides which leases have run out.
    pub fn namespaces(&self, now: Timestamp) -> Result<Vec<(String, Namespace)>, SourceError> {
        self.read(|v1| {
            let mut found = Vec::new();
            for (name, namespace) in v1.buckets()? {
                found.push((name, whole(&namespace, now)?));
            }
            Ok(found)
        })
    }
}

fn whole(namespace: &Bucket<'_>, now: Timestamp) -> Result<Namespace, SourceError> {
    Ok(Namespace {
        targets: targets(namespace)?,
        blobs: blobs(namespace)?,
        snapshots: snapshots(namespace)?,
        containers: containers(namespace)?,
        leases: leases(namespace, now)?,
    })
}

fn blobs(namespace: &Bucket<'_>) -> Result<Vec<Blob>, SourceError> {
    let Some(content) = namespace.at(&["content"])? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for (name, blob) in children(&content, "blob")? {
        let Ok(digest) = name.parse() else { continue };
        let size = blob.value("size")?.map_or(0, |bytes| varint(&bytes));
        found.push(Blob { digest, size, labels: labels(&blob)? });
    }
    Ok(found)
}

fn snapshots(namespace: &Bucket<'_>) -> Result<BTreeMap<SnapshotKey, (String, Option<String>)>, SourceError> {
    let mut found = BTreeMap::new();
    for (snapshotter, snapshots) in children(namespace, "snapshots")? {
        for (key, snapshot) in snapshots.buckets()? {
            let name = snapshot.text("name")?.unwrap_or_default();
            let parent = snapshot.text("parent")?.filter(|parent| !parent.is_empty());
            found.insert(SnapshotKey { snapshotter: snapshotter.clone(), key }, (name, parent));
        }
    }
    Ok(found)
}

fn containers(namespace: &Bucket<'_>) -> Result<Vec<Container>, SourceError> {
    let mut found = Vec::new();
    for (id, container) in children(namespace, "containers")? {
        found.push(Container {
            id,
            image: container.text("image")?.unwrap_or_default(),
            snapshotter: container.text("snapshotter")?.unwrap_or_default(),
            snapshot: container.text("snapshotKey")?.unwrap_or_default(),
            labels: labels(&container)?,
        });
    }
    Ok(found)
}

/// The leases. One that has run out holds nothing: the next collection takes what it held.
fn leases(namespace: &Bucket<'_>, now: Timestamp) -> Result<Vec<Lease>, SourceError> {
    let mut found = Vec::new();
    for (id, lease) in children(namespace, "leases")? {
        let labels = labels(&lease)?;
        let expires = labels.get("containerd.io/gc.expire").and_then(|text| text.parse::<Timestamp>().ok());
        if expires.is_some_and(|end| end < now) {
            continue;
        }
        let content = lease.at(&["content"])?.map_or(Ok(Vec::new()), |content| keys(&content))?;
        let mut snapshots = Vec::new();
        for (snapshotter, bucket) in children(&lease, "snapshots")? {
            let of = |key| SnapshotKey { snapshotter: snapshotter.clone(), key };
            snapshots.extend(keys(&bucket)?.into_iter().map(of));
        }
        let is_flat = labels.contains_key("containerd.io/gc.flat");
        found.push(Lease { id, is_flat, content, snapshots });
    }
    Ok(found)
}

fn keys(bucket: &Bucket<'_>) -> Result<Vec<String>, SourceError> {
    let text = |name: &[u8]| std::str::from_utf8(name).ok().map(str::to_owned);
    Ok(bucket.items()?.iter().filter_map(|(name, _)| text(name)).collect())
}
