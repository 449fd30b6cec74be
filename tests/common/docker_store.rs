//! Writes as much of docker's store of a graph driver as a list of it needs: names, configs, sizes, containers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use capas::oci::Digest;
use serde_json::{Value, json};

/// A store in the making; [`Store::write`] puts the names there.
pub struct Store {
    pub root: PathBuf,
    names: BTreeMap<String, BTreeMap<String, String>>,
}

/// An image in the making.
pub struct Image<'a> {
    /// Names with tags or digests.
    pub names: &'a [&'a str],
    /// Layers: what makes their DiffIDs, and their sizes.
    pub layers: &'a [(&'a str, u64)],
    /// RFC 3339.
    pub created: &'a str,
    pub labels: Value,
    pub parent: Option<&'a Digest>,
}

impl Default for Image<'_> {
    fn default() -> Self {
        Self { names: &[], layers: &[], created: "2026-01-02T03:04:05Z", labels: json!({}), parent: None }
    }
}

impl Store {
    /// `root` is `/var/lib/docker`.
    pub fn new(root: &Path) -> Self {
        for folder in
            ["imagedb/content/sha256", "imagedb/metadata/sha256", "layerdb/sha256", "layerdb/mounts"]
        {
            std::fs::create_dir_all(root.join("image/overlay2").join(folder)).unwrap();
        }
        std::fs::create_dir_all(root.join("containers")).unwrap();
        Self { root: root.to_owned(), names: BTreeMap::new() }
    }

    pub fn meta(&self) -> PathBuf {
        self.root.join("image/overlay2")
    }

    /// Adds an image, returns its ID.
    pub fn image(&mut self, image: &Image<'_>) -> Digest {
        let diff_ids: Vec<Digest> =
            image.layers.iter().map(|(seed, _)| Digest::of(seed.as_bytes())).collect();
        let config = json!({
            "architecture": "amd64", "os": "linux", "created": image.created,
            "config": {"Labels": image.labels},
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
            "history": [{"created_by": format!("{:?}", image.names)}],
        });
        let config = serde_json::to_vec(&config).unwrap();
        let id = Digest::of(&config);
        let imagedb = self.meta().join("imagedb");
        std::fs::write(imagedb.join("content/sha256").join(id.hex()), config).unwrap();
        if let Some(parent) = image.parent {
            let folder = imagedb.join("metadata/sha256").join(id.hex());
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("parent"), parent.as_str()).unwrap();
        }
        let chain = Digest::chain(&diff_ids);
        for (at, (_, size)) in image.layers.iter().enumerate() {
            let folder = self.meta().join("layerdb/sha256").join(chain[at].hex());
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("size"), size.to_string()).unwrap();
            if at > 0 {
                std::fs::write(folder.join("parent"), chain[at - 1].as_str()).unwrap();
            }
        }
        for name in image.names {
            let at = name.find('@').or(name.rfind(':')).unwrap();
            self.names.entry(name[..at].to_owned()).or_default().insert((*name).to_owned(), id.to_string());
        }
        id
    }

    /// Adds a container of an image with these layers.
    pub fn container(&self, name: &str, image: &Digest, layers: &[(&str, u64)], running: bool) {
        let id = Digest::of(name.as_bytes()).hex().to_owned();
        let folder = self.root.join("containers").join(&id);
        std::fs::create_dir_all(&folder).unwrap();
        let config = json!({"ID": id, "Name": format!("/{name}"), "Image": image.as_str(),
            "State": {"Running": running, "Paused": false}});
        std::fs::write(folder.join("config.v2.json"), config.to_string()).unwrap();
        let diff_ids: Vec<Digest> = layers.iter().map(|(seed, _)| Digest::of(seed.as_bytes())).collect();
        let mount = self.meta().join("layerdb/mounts").join(&id);
        std::fs::create_dir_all(&mount).unwrap();
        std::fs::write(mount.join("parent"), Digest::chain(&diff_ids).last().unwrap().as_str()).unwrap();
    }

    /// Writes the names.
    pub fn write(&self) {
        let names = json!({"Repositories": self.names});
        std::fs::write(self.meta().join("repositories.json"), names.to_string()).unwrap();
    }
}
