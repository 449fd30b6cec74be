//! Builds layers and images for tests: a few words for what a Dockerfile step leaves behind.
//!
//! Everything is deterministic (times, owners, order), so that digests can stand in snapshots.
#![allow(clippy::allow_attributes, dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, missing_docs, clippy::missing_panics_doc, reason = "test support")]

pub mod bolt;
pub mod changeset;
pub mod containerd;
pub mod docker_store;
pub mod model;
pub mod trees;

use std::io::Write as _;

use capas::oci::Digest;
use serde_json::{Value, json};

/// 2026-01-02T03:04:05Z, the time of every entry and step.
pub const TIME: u64 = 1_767_323_045;

/// A layer's tar in the making.
#[derive(Default)]
pub struct Layer {
    tar: Vec<u8>,
    mode: Option<u32>,
    owner: (u64, u64),
    mtime: Option<u64>,
    pax: Vec<(String, Vec<u8>)>,
}

impl Layer {
    pub fn new() -> Self {
        Self::default()
    }

    /// Mode of the next entry.
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Owner and group of the next entry.
    pub fn owner(mut self, uid: u64, gid: u64) -> Self {
        self.owner = (uid, gid);
        self
    }

    /// Modification time of the next entry.
    pub fn mtime(mut self, seconds: u64) -> Self {
        self.mtime = Some(seconds);
        self
    }

    /// A PAX record for the next entry.
    pub fn pax(mut self, key: &str, value: impl AsRef<[u8]>) -> Self {
        self.pax.push((key.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// An extended attribute for the next entry.
    pub fn xattr(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.pax(&format!("SCHILY.xattr.{name}"), value)
    }

    pub fn file(self, path: impl AsRef<[u8]>, content: impl AsRef<[u8]>) -> Self {
        let content = content.as_ref();
        self.entry(b'0', path, b"", content.len() as u64, (0, 0)).data(content)
    }

    /// A file of `size` bytes that no other seed has.
    pub fn big(self, path: impl AsRef<[u8]>, size: usize, seed: u8) -> Self {
        let content: Vec<u8> = (0..size).map(|i| (i as u8).wrapping_mul(31).wrapping_add(seed)).collect();
        self.file(path, content)
    }

    pub fn dir(self, path: impl AsRef<[u8]>) -> Self {
        let mut path = path.as_ref().to_owned();
        if !path.ends_with(b"/") {
            path.push(b'/');
        }
        self.entry(b'5', path, b"", 0, (0, 0))
    }

    pub fn symlink(self, path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        self.entry(b'2', path, target.as_ref(), 0, (0, 0))
    }

    pub fn hardlink(self, path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        self.entry(b'1', path, target.as_ref(), 0, (0, 0))
    }

    pub fn device(self, path: impl AsRef<[u8]>, kind: u8, major: u32, minor: u32) -> Self {
        self.entry(kind, path, b"", 0, (major, minor))
    }

    pub fn fifo(self, path: impl AsRef<[u8]>) -> Self {
        self.entry(b'6', path, b"", 0, (0, 0))
    }

    /// `.wh.` for the path.
    pub fn whiteout(self, path: &str) -> Self {
        let (dir, name) = path.rsplit_once('/').map_or(("", path), |(dir, name)| (dir, name));
        let slash = if dir.is_empty() { "" } else { "/" };
        self.mode(0).file(format!("{dir}{slash}.wh.{name}"), b"")
    }

    /// `.wh..wh..opq` in the directory.
    pub fn opaque(self, dir: &str) -> Self {
        self.mode(0).file(format!("{dir}/.wh..wh..opq"), b"")
    }

    /// A header with any type and size, and no data: follow with [`Self::data`] or [`Self::raw`]. Names that a ustar
    /// header cannot hold go into PAX records.
    pub fn entry(
        mut self,
        kind: u8,
        path: impl AsRef<[u8]>,
        target: &[u8],
        size: u64,
        device: (u32, u32),
    ) -> Self {
        let path = path.as_ref();
        let mut pax = std::mem::take(&mut self.pax);
        if path.len() > 100 {
            pax.insert(0, ("path".into(), path.to_owned()));
        }
        if target.len() > 100 {
            pax.insert(0, ("linkpath".into(), target.to_owned()));
        }
        if !pax.is_empty() {
            let mut records = Vec::new();
            for (key, value) in pax {
                let rest = key.len() + value.len() + 3;
                let mut length = rest + 1;
                while length != rest + length.to_string().len() {
                    length = rest + length.to_string().len();
                }
                write!(records, "{length} {key}=").unwrap();
                records.extend_from_slice(&value);
                records.push(b'\n');
            }
            let mut header = header(b'x', b"PaxHeaders/x", b"", records.len() as u64, (0, 0));
            finish(&mut header, 0o644, (0, 0), 0);
            self.tar.extend_from_slice(&header);
            self = self.data(&records);
        }
        let default = match kind {
            b'5' => 0o755,
            b'2' => 0o777,
            _ => 0o644,
        };
        let mut header = header(kind, path, target, size, device);
        finish(
            &mut header,
            self.mode.take().unwrap_or(default),
            std::mem::take(&mut self.owner),
            self.mtime.take().unwrap_or(TIME),
        );
        self.tar.extend_from_slice(&header);
        self
    }

    /// Data with padding to the next block.
    pub fn data(mut self, content: &[u8]) -> Self {
        self.tar.extend_from_slice(content);
        let padding = content.len().next_multiple_of(512) - content.len();
        self.tar.resize(self.tar.len() + padding, 0);
        self
    }

    /// Any bytes.
    pub fn raw(mut self, bytes: &[u8]) -> Self {
        self.tar.extend_from_slice(bytes);
        self
    }

    /// The tar with its two end blocks.
    pub fn tar(mut self) -> Vec<u8> {
        self.tar.resize(self.tar.len() + 1024, 0);
        self.tar
    }

    /// The tar as it stands, without end blocks.
    pub fn unfinished(self) -> Vec<u8> {
        self.tar
    }
}

fn header(kind: u8, path: &[u8], target: &[u8], size: u64, device: (u32, u32)) -> [u8; 512] {
    let mut header = [0; 512];
    let put = |header: &mut [u8; 512], at: usize, bytes: &[u8]| {
        header[at..at + bytes.len()].copy_from_slice(bytes);
    };
    put(&mut header, 0, &path[..path.len().min(100)]);
    put(&mut header, 124, octal(size, 11).as_bytes());
    header[156] = kind;
    put(&mut header, 157, &target[..target.len().min(100)]);
    put(&mut header, 257, b"ustar\x0000");
    put(&mut header, 329, octal(device.0.into(), 7).as_bytes());
    put(&mut header, 337, octal(device.1.into(), 7).as_bytes());
    header
}

fn finish(header: &mut [u8; 512], mode: u32, owner: (u64, u64), mtime: u64) {
    for (at, width, value) in
        [(100, 7, u64::from(mode)), (108, 7, owner.0), (116, 7, owner.1), (136, 11, mtime)]
    {
        header[at..at + width].copy_from_slice(octal(value, width).as_bytes());
    }
    header[148..156].fill(b' ');
    let sum: u64 = header.iter().map(|&b| u64::from(b)).sum();
    header[148..154].copy_from_slice(octal(sum, 6).as_bytes());
    header[154] = 0;
}

fn octal(value: u64, width: usize) -> String {
    format!("{value:0width$o}")
}

/// An image in the making: steps in the order of the Dockerfile.
pub struct Image {
    pub name: String,
    pub layers: Vec<Vec<u8>>,
    pub history: Vec<Value>,
    pub config: Value,
    pub architecture: String,
    pub created: String,
}

impl Image {
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            layers: Vec::new(),
            history: Vec::new(),
            config: json!({}),
            architecture: "amd64".to_owned(),
            created: "2026-01-02T03:04:05Z".to_owned(),
        }
    }

    /// A step with a layer.
    pub fn step(self, created_by: &str, layer: Layer) -> Self {
        self.step_tar(created_by, layer.tar())
    }

    /// A step with a layer of any bytes.
    pub fn step_tar(mut self, created_by: &str, tar: Vec<u8>) -> Self {
        self.layers.push(tar);
        self.history.push(json!({"created": "2026-01-02T03:04:05Z", "created_by": created_by}));
        self
    }

    /// A step without a layer.
    pub fn empty(mut self, created_by: &str) -> Self {
        let entry = json!({"created": "2026-01-02T03:04:05Z", "created_by": created_by, "empty_layer": true});
        self.history.push(entry);
        self
    }

    /// The `config` member: Env, Cmd and so on.
    pub fn config(mut self, config: Value) -> Self {
        self.config = config;
        self
    }

    pub fn config_json(&self) -> Vec<u8> {
        let diff_ids: Vec<String> = self.layers.iter().map(|tar| Digest::of(tar).to_string()).collect();
        serde_json::to_vec(&json!({
            "architecture": self.architecture,
            "config": self.config,
            "created": self.created,
            "history": self.history,
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        }))
        .unwrap()
    }

    /// As `docker save` of Docker 24 and before writes it.
    pub fn docker_archive(&self) -> Vec<u8> {
        let config = self.config_json();
        let config_name = format!("{}.json", Digest::of(&config).hex());
        let mut outer = Layer::new();
        let mut names = Vec::new();
        for (at, tar) in self.layers.iter().enumerate() {
            let id = Digest::of(format!("{at}{}", Digest::of(tar)).as_bytes()).hex().to_owned();
            outer = outer
                .dir(id.as_str())
                .file(format!("{id}/VERSION"), "1.0")
                .file(format!("{id}/json"), "{}")
                .file(format!("{id}/layer.tar"), tar);
            names.push(format!("{id}/layer.tar"));
        }
        let manifest = json!([{"Config": config_name, "RepoTags": [self.name], "Layers": names}]);
        outer.file(&config_name, &config).file("manifest.json", serde_json::to_vec(&manifest).unwrap()).tar()
    }

    /// The files of an OCI layout: `(path, content)`. `pack` compresses a layer.
    pub fn oci_files(&self, media_type: &str, pack: impl Fn(&[u8]) -> Vec<u8>) -> Vec<(String, Vec<u8>)> {
        let mut files = vec![("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec())];
        let mut add = |bytes: Vec<u8>, media_type: &str| {
            let digest = Digest::of(&bytes);
            let descriptor = json!({"mediaType": media_type, "digest": digest.as_str(), "size": bytes.len()});
            let path = format!("blobs/sha256/{}", digest.hex());
            if !files.iter().any(|(other, _)| *other == path) {
                files.push((path, bytes));
            }
            descriptor
        };
        let layers: Vec<Value> = self.layers.iter().map(|tar| add(pack(tar), media_type)).collect();
        let config = add(self.config_json(), "application/vnd.oci.image.config.v1+json");
        let manifest_type = "application/vnd.oci.image.manifest.v1+json";
        let manifest =
            json!({"schemaVersion": 2, "mediaType": manifest_type, "config": config, "layers": layers});
        let mut descriptor = add(serde_json::to_vec(&manifest).unwrap(), manifest_type);
        descriptor["annotations"] = json!({"org.opencontainers.image.ref.name": self.name});
        let index = json!({"schemaVersion": 2, "manifests": [descriptor]});
        files.push(("index.json".to_owned(), serde_json::to_vec(&index).unwrap()));
        files
    }

    /// As `skopeo copy ... oci-archive:` writes it, with gzip layers.
    pub fn oci_archive(&self) -> Vec<u8> {
        self.oci_files("application/vnd.oci.image.layer.v1.tar+gzip", gzip)
            .into_iter()
            .fold(Layer::new(), |outer, (path, content)| outer.file(path, content))
            .tar()
    }
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}
