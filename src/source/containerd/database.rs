//! What `meta.db` says of images. The buckets are those of containerd's `core/metadata/buckets.go`.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Containerd, permitted};
use crate::oci::{Descriptor, Digest};
use crate::source::bolt::{self, Bucket, Item};
use crate::source::{SourceError, disk};

/// Labels of anything.
pub type Labels = BTreeMap<String, String>;

/// A name of an image, and what it stands for.
#[derive(Clone, Debug)]
pub struct Target {
    /// As stored: `docker.io/library/x:1`, `moby-dangling@sha256:...`, Kubernetes' `sha256:...`.
    pub name: String,
    /// An index or a manifest.
    pub descriptor: Descriptor,
    /// When it was last written, RFC 3339.
    pub updated: Option<String>,
    /// Its labels.
    pub labels: Labels,
}

/// A snapshot as `meta.db` knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SnapshotKey {
    /// `overlayfs` in most cases.
    pub snapshotter: String,
    /// The ChainID of a layer; an ID of the engine's own for a container.
    pub key: String,
}

impl Containerd {
    /// What `read` makes of the bucket of all namespaces.
    pub fn read<T>(&self, read: impl Fn(&Bucket<'_>) -> Result<T, SourceError>) -> Result<T, SourceError> {
        let path = self.meta();
        let v1 = |root: &Bucket<'_>| match root.at(&["v1"])? {
            Some(bucket) => read(&bucket),
            None => Err(disk::broken(&path, "it is no database of containerd: it has no bucket `v1`")),
        };
        bolt::read(&path, v1).map_err(permitted)
    }

    /// The namespaces and the names in each.
    pub fn targets(&self) -> Result<Vec<(String, Vec<Target>)>, SourceError> {
        self.read(|v1| {
            let mut found = Vec::new();
            for (name, namespace) in v1.buckets()? {
                found.push((name, targets(&namespace)?));
            }
            Ok(found)
        })
    }
}

/// The names of images in a namespace.
pub fn targets(namespace: &Bucket<'_>) -> Result<Vec<Target>, SourceError> {
    let mut found = Vec::new();
    for (name, image) in children(namespace, "images")? {
        let Some(target) = image.at(&["target"])? else { continue };
        // What has no digest is nothing that could be opened or counted.
        let Some(digest) = target.text("digest")?.and_then(|digest| digest.parse().ok()) else { continue };
        let size = target.value("size")?.map_or(0, |bytes| varint(&bytes));
        let media_type = target.text("mediatype")?.unwrap_or_default();
        found.push(Target {
            name,
            descriptor: descriptor(digest, size, media_type),
            updated: image.value("updatedat")?.and_then(|bytes| Some(go_time(&bytes)?.to_string())),
            labels: labels(&image)?,
        });
    }
    Ok(found)
}

fn descriptor(digest: Digest, size: u64, media_type: String) -> Descriptor {
    Descriptor {
        media_type,
        digest,
        size,
        urls: Vec::new(),
        annotations: Labels::new(),
        platform: None,
        artifact_type: None,
    }
}

/// The buckets in the bucket of that name.
pub fn children<'a>(bucket: &Bucket<'a>, name: &str) -> Result<Vec<(String, Bucket<'a>)>, SourceError> {
    bucket.at(&[name])?.map_or_else(|| Ok(Vec::new()), |bucket| bucket.buckets())
}

/// The labels of a thing.
pub fn labels(bucket: &Bucket<'_>) -> Result<Labels, SourceError> {
    let Some(labels) = bucket.at(&["labels"])? else { return Ok(Labels::new()) };
    let mut found = Labels::new();
    for (name, item) in labels.items()? {
        if let (Ok(name), Item::Value(value)) = (std::str::from_utf8(&name), item)
            && let Ok(value) = std::str::from_utf8(&value)
        {
            found.insert(name.to_owned(), value.to_owned());
        }
    }
    Ok(found)
}

/// Go's `binary.Varint` of a size: zigzag, seven bits a byte, lowest first. What is negative or too long is nothing.
pub fn varint(bytes: &[u8]) -> u64 {
    let value = uvarint(bytes);
    if value & 1 == 0 { value >> 1 } else { 0 }
}

/// Go's `binary.Uvarint`.
pub fn uvarint(bytes: &[u8]) -> u64 {
    let mut value = 0u64;
    for (at, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f).checked_shl(7 * at as u32).unwrap_or(0);
        if byte & 0x80 == 0 {
            return value;
        }
    }
    0
}

/// Go's `Time.MarshalBinary`: a version, seconds since year 1, nanoseconds, minutes of the zone.
fn go_time(bytes: &[u8]) -> Option<Timestamp> {
    const YEAR_1_TO_1970: i64 = 62_135_596_800;
    if !matches!(bytes.first()?, 1 | 2) {
        return None;
    }
    let seconds = i64::from_be_bytes(bytes.get(1..9)?.try_into().ok()?);
    let nanoseconds = i32::from_be_bytes(bytes.get(9..13)?.try_into().ok()?);
    Timestamp::new(seconds.checked_sub(YEAR_1_TO_1970)?, nanoseconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_gos() {
        assert_eq!(
            (varint(b"\xd4\x0b"), varint(b"\xd0\x01"), varint(b"\x01"), varint(b"")),
            (746, 104, 0, 0)
        );
        assert_eq!((uvarint(b"\x92\x05"), uvarint(&[0xff; 12])), (658, 0));
        let time = go_time(b"\x01\x00\x00\x00\x0e\xe2\x93b}\x1a\xa7=D\xff\xff").expect("a time");
        assert_eq!(time.to_string(), "2026-11-21T09:59:25.447167812Z");
        assert!(go_time(b"\x03").is_none() && go_time(b"\x01\0\0").is_none() && go_time(b"").is_none());
    }
}
