//! Writes stores of containerd: `meta.db`, the snapshotter's database, blobs and folders of snapshots.

use std::path::{Path, PathBuf};

use capas::oci::Digest;
use serde_json::{Value, json};

use super::bolt::{Keys, database, insert};
use super::{Image, gzip};

const CONTENT: &str = "io.containerd.content.v1.content";
const META: &str = "io.containerd.metadata.v1.bolt";
const OVERLAY: &str = "io.containerd.snapshotter.v1.overlayfs";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A store in the making; [`Store::write`] puts it there.
pub struct Store {
    pub root: PathBuf,
    meta: Keys,
    overlay: Keys,
    snapshots: u64,
}

/// A blob that is referred to.
#[derive(Clone, Debug)]
pub struct Blob {
    pub digest: Digest,
    pub media_type: &'static str,
    pub size: usize,
}

impl Blob {
    pub fn descriptor(&self) -> Value {
        json!({"mediaType": self.media_type, "digest": self.digest.as_str(), "size": self.size})
    }
}

/// An image in the store.
pub struct Stored {
    pub manifest: Blob,
    pub config: Blob,
    pub layers: Vec<Blob>,
    /// `ChainIDs` of its layers.
    pub chain: Vec<Digest>,
}

impl Store {
    pub fn new(root: &Path) -> Self {
        for folder in [&format!("{CONTENT}/blobs/sha256"), META, &format!("{OVERLAY}/snapshots")] {
            std::fs::create_dir_all(root.join(folder)).unwrap();
        }
        let mut meta = Keys::new();
        insert(&mut meta, &["v1", "version"], &[8]);
        Self { root: root.to_owned(), meta, overlay: Keys::new(), snapshots: 0 }
    }

    pub fn blob_path(&self, digest: &Digest) -> PathBuf {
        self.root.join(CONTENT).join("blobs/sha256").join(digest.hex())
    }

    /// A blob with labels.
    pub fn blob(
        &mut self,
        namespace: &str,
        bytes: &[u8],
        media_type: &'static str,
        labels: &[(String, String)],
    ) -> Blob {
        let digest = Digest::of(bytes);
        std::fs::write(self.blob_path(&digest), bytes).unwrap();
        let blob = ["v1", namespace, "content", "blob", digest.as_str()];
        self.put(&[&blob[..], &["size"]].concat(), &varint(bytes.len() as u64));
        for (name, value) in labels {
            self.put(&[&blob[..], &["labels", name]].concat(), value.as_bytes());
        }
        Blob { digest, media_type, size: bytes.len() }
    }

    /// The blobs and snapshots of an image, with gzip layers; a snapshot takes what its tar has, and 4096 bytes.
    pub fn image(&mut self, namespace: &str, image: &Image) -> Stored {
        let layers: Vec<Blob> =
            image.layers.iter().map(|tar| self.blob(namespace, &gzip(tar), LAYER, &[])).collect();
        let diff_ids: Vec<Digest> = image.layers.iter().map(|tar| Digest::of(tar)).collect();
        let chain = Digest::chain(&diff_ids);
        for (at, id) in chain.iter().enumerate() {
            let parent = at.checked_sub(1).map(|below| chain[below].as_str());
            self.snapshot(namespace, id.as_str(), parent, image.layers[at].len() as u64 + 4096);
        }
        let holds =
            chain.last().map(|id| ("containerd.io/gc.ref.snapshot.overlayfs".to_owned(), id.to_string()));
        let config_type = "application/vnd.oci.image.config.v1+json";
        let config = self.blob(namespace, &image.config_json(), config_type, holds.as_slice());
        let descriptors: Vec<Value> = layers.iter().map(Blob::descriptor).collect();
        let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config.descriptor(), "layers": descriptors});
        let label = |name: &str, blob: &Blob| {
            (format!("containerd.io/gc.ref.content.{name}"), blob.digest.to_string())
        };
        let mut labels = vec![label("config", &config)];
        labels.extend(layers.iter().enumerate().map(|(at, layer)| label(&format!("l.{at}"), layer)));
        let manifest = self.blob(namespace, &serde_json::to_vec(&manifest).unwrap(), MANIFEST, &labels);
        Stored { manifest, config, layers, chain }
    }

    /// An index of manifests with platforms.
    pub fn index(&mut self, namespace: &str, manifests: &[(Value, &str)]) -> Blob {
        let with_platform = |(manifest, platform): &(Value, &str)| {
            let (os, architecture) = platform.split_once('/').unwrap();
            let mut manifest = manifest.clone();
            manifest["platform"] = json!({"os": os, "architecture": architecture});
            manifest
        };
        let list: Vec<Value> = manifests.iter().map(with_platform).collect();
        let labels: Vec<(String, String)> = list
            .iter()
            .enumerate()
            .map(|(at, it)| {
                (format!("containerd.io/gc.ref.content.m.{at}"), it["digest"].as_str().unwrap().to_owned())
            })
            .collect();
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": list});
        self.blob(namespace, &serde_json::to_vec(&index).unwrap(), INDEX, &labels)
    }

    /// A name for a manifest or an index.
    pub fn name(&mut self, namespace: &str, name: &str, target: &Blob) {
        let image = ["v1", namespace, "images", name];
        self.put(&[&image[..], &["target", "digest"]].concat(), target.digest.as_str().as_bytes());
        self.put(&[&image[..], &["target", "mediatype"]].concat(), target.media_type.as_bytes());
        self.put(&[&image[..], &["target", "size"]].concat(), &varint(target.size as u64));
        // 2026-01-02T03:04:05Z.
        let time =
            [&[1][..], &(62_135_596_800u64 + super::TIME).to_be_bytes(), &[0; 4], &[0xff, 0xff]].concat();
        self.put(&[&image[..], &["updatedat"]].concat(), &time);
    }

    pub fn label(&mut self, namespace: &str, name: &str, label: &str, value: &str) {
        self.put(&["v1", namespace, "images", name, "labels", label], value.as_bytes());
    }

    /// A snapshot of the overlay snapshotter, its folder included.
    pub fn snapshot(&mut self, namespace: &str, key: &str, parent: Option<&str>, bytes: u64) -> PathBuf {
        let path = ["v1", namespace, "snapshots", "overlayfs", key];
        self.snapshots += 1;
        let id = self.snapshots;
        let name = format!("{namespace}/{id}/{key}");
        self.put(&[&path[..], &["name"]].concat(), name.as_bytes());
        if let Some(parent) = parent {
            self.put(&[&path[..], &["parent"]].concat(), parent.as_bytes());
        }
        insert(&mut self.overlay, &["v1", "snapshots", &name, "id"], &uvarint(id));
        insert(&mut self.overlay, &["v1", "snapshots", &name, "size"], &varint(bytes));
        let folder = self.root.join(OVERLAY).join(format!("snapshots/{id}/fs"));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    /// A container and its writable snapshot.
    pub fn container(&mut self, namespace: &str, id: &str, image: &str, top: &Digest, bytes: u64) {
        self.snapshot(namespace, id, Some(top.as_str()), bytes);
        let path = ["v1", namespace, "containers", id];
        for (name, value) in [("image", image), ("snapshotter", "overlayfs"), ("snapshotKey", id)] {
            self.put(&[&path[..], &[name]].concat(), value.as_bytes());
        }
    }

    /// A lease on a blob.
    pub fn lease(&mut self, namespace: &str, id: &str, digest: &Digest, expires: Option<&str>) {
        self.put(&["v1", namespace, "leases", id, "content", digest.as_str()], b"");
        if let Some(time) = expires {
            self.put(&["v1", namespace, "leases", id, "labels", "containerd.io/gc.expire"], time.as_bytes());
        }
    }

    pub fn put(&mut self, path: &[&str], value: &[u8]) {
        insert(&mut self.meta, path, value);
    }

    /// Writes the databases.
    pub fn write(&self) {
        std::fs::write(self.root.join(META).join("meta.db"), database(4096, &self.meta)).unwrap();
        std::fs::write(self.root.join(OVERLAY).join("metadata.db"), database(4096, &self.overlay)).unwrap();
    }
}

fn uvarint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn varint(value: u64) -> Vec<u8> {
    uvarint(value << 1)
}
