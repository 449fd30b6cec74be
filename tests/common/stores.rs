//! Writes stores of graph drivers for tests: tar-split as the inverse of what capas reads, folders as engines unpack
//! them, and the JSON around.
#![allow(clippy::allow_attributes, dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, missing_docs, clippy::missing_panics_doc, reason = "test support")]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use capas::oci::Digest;
use serde_json::{Map, Value, json};

use super::common::{Image, gzip};

/// One member of a tar: where its headers begin, its name, the type, where its data are.
pub struct Member {
    pub start: usize,
    pub name: Vec<u8>,
    pub kind: u8,
    pub link: Vec<u8>,
    pub data: std::ops::Range<usize>,
}

/// The members of a tar that the builder of these tests wrote: ustar headers, PAX records before them.
pub fn members(tar: &[u8]) -> Vec<Member> {
    let mut members = Vec::new();
    let (mut at, mut start, mut pax) = (0, 0, Vec::new());
    while at + 512 <= tar.len() && tar[at] != 0 {
        let text = |from: usize, len: usize| {
            let field = &tar[at + from..at + from + len];
            field.split(|&byte| byte == 0).next().unwrap().to_vec()
        };
        let size = usize::from_str_radix(std::str::from_utf8(&text(124, 11)).unwrap(), 8).unwrap();
        let data = at + 512..at + 512 + size;
        let kind = tar[at + 156];
        if kind == b'x' {
            pax = tar[data.clone()].to_vec();
        } else {
            let record = |key: &str| {
                let key = format!(" {key}=").into_bytes();
                let at = pax.windows(key.len()).position(|window| window == key)?;
                let rest = &pax[at + key.len()..];
                Some(rest.split(|&byte| byte == b'\n').next().unwrap().to_vec())
            };
            let name = record("path").unwrap_or(text(0, 100));
            let link = record("linkpath").unwrap_or(text(157, 100));
            members.push(Member { start, name, kind, link, data: data.clone() });
            pax.clear();
            start = data.end;
        }
        at = data.end.next_multiple_of(512);
    }
    members
}

/// CRC-64 of ISO 3309, bit by bit.
pub fn crc64(bytes: &[u8]) -> u64 {
    let mut crc = u64::MAX;
    for &byte in bytes {
        crc ^= u64::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xd800_0000_0000_0000 } else { crc >> 1 };
        }
    }
    !crc
}

/// The lines of the tar-split of a tar.
pub fn tar_split_lines(tar: &[u8]) -> String {
    let mut lines = String::new();
    let mut position = 0;
    let mut end = 0;
    let mut push = |row: Value| {
        let mut row = row;
        row["position"] = position.into();
        position += 1;
        lines.push_str(&row.to_string());
        lines.push('\n');
    };
    let segment = |bytes: &[u8]| json!({"type": 2, "payload": BASE64.encode(bytes)});
    for member in members(tar) {
        push(segment(&tar[end..member.data.start]));
        let mut row = Map::new();
        row.insert("type".into(), 1.into());
        match std::str::from_utf8(&member.name) {
            Ok(name) => row.insert("name".into(), name.into()),
            Err(_) => row.insert("name_raw".into(), BASE64.encode(&member.name).into()),
        };
        let data = &tar[member.data.clone()];
        if data.is_empty() {
            row.insert("payload".into(), Value::Null);
        } else {
            row.insert("size".into(), data.len().into());
            row.insert("payload".into(), BASE64.encode(crc64(data).to_be_bytes()).into());
        }
        push(row.into());
        end = member.data.end;
    }
    push(segment(&tar[end..]));
    lines
}

/// The tar-split file of a tar.
pub fn tar_split(tar: &[u8]) -> Vec<u8> {
    gzip(tar_split_lines(tar).as_bytes())
}

/// Unpacks a layer over a folder: files, directories, symlinks and hard links; whiteouts remove, devices are left out.
pub fn unpack(tar: &[u8], folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for member in members(tar) {
        let name = member.name.strip_suffix(b"/").unwrap_or(&member.name);
        let path = folder.join(OsStr::from_bytes(name.strip_prefix(b"./").unwrap_or(name)));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if let Some(hidden) = path.file_name().and_then(|name| name.as_bytes().strip_prefix(b".wh.")) {
            remove(&path.with_file_name(OsStr::from_bytes(hidden)));
            continue;
        }
        if member.kind != b'5' {
            remove(&path);
        }
        match member.kind {
            b'0' => fs::write(&path, &tar[member.data.clone()]).unwrap(),
            b'5' => fs::create_dir_all(&path).unwrap(),
            b'2' => std::os::unix::fs::symlink(OsStr::from_bytes(&member.link), &path).unwrap(),
            b'1' => fs::hard_link(folder.join(OsStr::from_bytes(&member.link)), &path).unwrap(),
            _ => {}
        }
    }
}

fn remove(path: &Path) {
    if path.symlink_metadata().is_ok_and(|it| it.is_dir()) {
        fs::remove_dir_all(path).unwrap();
    } else if path.symlink_metadata().is_ok() {
        fs::remove_file(path).unwrap();
    }
}

/// Writes a file; its folders come into being.
pub fn write(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.as_ref().parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Docker's store.
pub struct Docker {
    pub root: PathBuf,
    pub driver: &'static str,
    names: Map<String, Value>,
}

impl Docker {
    pub fn new(root: &Path, driver: &'static str) -> Self {
        Self { root: root.to_owned(), driver, names: Map::new() }
    }

    pub fn meta(&self) -> PathBuf {
        self.root.join("image").join(self.driver)
    }

    /// The folder of what is known of a layer.
    pub fn layer(&self, chain: &Digest) -> PathBuf {
        self.meta().join("layerdb/sha256").join(chain.hex())
    }

    /// The folder of a layer's files.
    pub fn files(&self, cache_id: &str) -> PathBuf {
        match self.driver {
            "vfs" => self.root.join("vfs/dir").join(cache_id),
            driver => self.root.join(driver).join(cache_id).join("diff"),
        }
    }

    /// Adds an image under these names; its ID.
    pub fn add(&mut self, image: &Image, names: &[&str]) -> Digest {
        let config = image.config_json();
        let id = Digest::of(&config);
        write(self.meta().join("imagedb/content/sha256").join(id.hex()), &config);
        let diff_ids: Vec<Digest> = image.layers.iter().map(|tar| Digest::of(tar)).collect();
        for (at, chain) in Digest::chain(&diff_ids).iter().enumerate() {
            let (meta, cache_id) = (self.layer(chain), format!("cache{}", &chain.hex()[..20]));
            write(meta.join("cache-id"), &cache_id);
            write(meta.join("diff"), diff_ids[at].as_str());
            let sizes = members(&image.layers[at]).into_iter().filter(|it| it.kind == b'0');
            write(meta.join("size"), sizes.map(|it| it.data.len()).sum::<usize>().to_string());
            write(meta.join("tar-split.json.gz"), tar_split(&image.layers[at]));
            let whole = if self.driver == "vfs" { 0..=at } else { at..=at };
            for below in whole {
                unpack(&image.layers[below], &self.files(&cache_id));
            }
        }
        for name in names {
            let last = name.rfind('/').map_or(0, |at| at + 1);
            let repository = &name[..name.find('@').or(name[last..].find(':').map(|at| last + at)).unwrap()];
            let tags = self.names.entry(repository.to_owned()).or_insert_with(|| json!({}));
            tags[name] = id.as_str().into();
        }
        self.write_names();
        id
    }

    pub fn write_names(&self) {
        write(self.meta().join("repositories.json"), json!({"Repositories": self.names}).to_string());
    }

    /// What the engine notes about an image: `parent`, `lastUpdated`.
    pub fn note(&self, id: &Digest, what: &str, text: &str) {
        write(self.meta().join("imagedb/metadata/sha256").join(id.hex()).join(what), text);
    }

    /// A container of an image; its folder of written files.
    pub fn container(&self, id: &str, name: &str, image: &Digest) -> PathBuf {
        let settings = json!({
            "ID": id, "Name": format!("/{name}"), "Image": image.as_str(), "Driver": self.driver,
            "Created": "2026-01-02T03:04:05Z", "Path": "sh", "Args": ["-c", "true"],
        });
        write(self.root.join("containers").join(id).join("config.v2.json"), settings.to_string());
        let mounts = self.meta().join("layerdb/mounts").join(id);
        write(mounts.join("mount-id"), format!("rw{id}"));
        write(mounts.join("init-id"), format!("rw{id}-init"));
        let files = self.files(&format!("rw{id}"));
        fs::create_dir_all(&files).unwrap();
        files
    }

    /// `docker-store:[ROOT]NAME`.
    pub fn reference(&self, name: &str) -> String {
        format!("docker-store:[{}@{}]{name}", self.driver, self.root.display())
    }
}

/// containers/storage.
pub struct Storage {
    pub root: PathBuf,
    pub driver: &'static str,
    pub images: Vec<Value>,
    pub layers: Vec<Value>,
}

impl Storage {
    pub fn new(root: &Path, driver: &'static str) -> Self {
        Self { root: root.to_owned(), driver, images: Vec::new(), layers: Vec::new() }
    }

    pub fn lists(&self, what: &str) -> PathBuf {
        self.root.join(format!("{}-{what}", self.driver))
    }

    pub fn files(&self, layer: &str) -> PathBuf {
        match self.driver {
            "vfs" => self.root.join("vfs/dir").join(layer),
            driver => self.root.join(driver).join(layer).join("diff"),
        }
    }

    /// The ID that the store gives a layer.
    pub fn layer_id(parent: Option<&str>, diff_id: &Digest) -> String {
        match parent {
            None => diff_id.hex().to_owned(),
            Some(parent) => Digest::of(format!("{parent}+{}", diff_id.hex()).as_bytes()).hex().to_owned(),
        }
    }

    /// Adds an image under these names; its ID.
    pub fn add(&mut self, image: &Image, names: &[&str]) -> String {
        let config = image.config_json();
        let id = Digest::of(&config);
        let mut parent: Option<String> = None;
        let mut descriptors = Vec::new();
        for (at, tar) in image.layers.iter().enumerate() {
            let diff_id = Digest::of(tar);
            let layer = Self::layer_id(parent.as_deref(), &diff_id);
            if !self.layers.iter().any(|other| other["id"] == layer) {
                let mut record = json!({"id": layer, "diff-digest": diff_id.as_str(), "diff-size": tar.len(), "created": ""});
                if let Some(parent) = &parent {
                    record["parent"] = parent.as_str().into();
                }
                self.layers.push(record);
                write(self.lists("layers").join(format!("{layer}.tar-split.gz")), tar_split(tar));
                let whole = if self.driver == "vfs" { 0..=at } else { at..=at };
                for below in whole {
                    unpack(&image.layers[below], &self.files(&layer));
                }
            }
            let media_type = "application/vnd.oci.image.layer.v1.tar";
            descriptors.push(json!({"mediaType": media_type, "digest": diff_id.as_str(), "size": tar.len()}));
            parent = Some(layer);
        }
        let config_type = "application/vnd.oci.image.config.v1+json";
        let manifest = json!({
            "schemaVersion": 2,
            "config": {"mediaType": config_type, "digest": id.as_str(), "size": config.len()},
            "layers": descriptors,
        })
        .to_string();
        let digest = Digest::of(manifest.as_bytes());
        let folder = self.lists("images").join(id.hex());
        let encoded = |key: &str| format!("={}", BASE64.encode(key));
        write(folder.join("manifest"), &manifest);
        write(folder.join(encoded(&format!("manifest-{digest}"))), &manifest);
        write(folder.join(encoded(id.as_str())), &config);
        self.images.push(json!({
            "id": id.hex(), "digest": digest.as_str(), "names": names, "layer": parent.unwrap_or_default(),
            "big-data-names": ["manifest", format!("manifest-{digest}"), id.as_str()],
            "big-data-sizes": {"manifest": manifest.len(), id.as_str(): config.len()},
        }));
        self.write_lists();
        id.hex().to_owned()
    }

    pub fn write_lists(&self) {
        write(self.lists("images").join("images.json"), json!(self.images).to_string());
        write(self.lists("layers").join("layers.json"), json!(self.layers).to_string());
    }

    /// `containers-storage:[DRIVER@ROOT]NAME`.
    pub fn reference(&self, name: &str) -> String {
        format!("containers-storage:[{}@{}]{name}", self.driver, self.root.display())
    }
}
