//! The files of an image, whether they lie in an archive or in a folder: found by name, read within bounds.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::SourceError;
use super::outer::{Missing, Outer, normalise};
use super::region::Region;
use crate::oci::Digest;

/// Manifests and indexes are a few kB; engines and registries refuse more than 4 MiB.
pub const MAX_MANIFEST: u64 = 8 << 20;
/// Configs hold the history; crane's `flatten` has put a whole old history into one.
pub const MAX_CONFIG: u64 = 64 << 20;

/// The files of an image.
pub enum Store {
    /// Members of a tar.
    Archive(Outer),
    /// Files below a folder.
    Folder(PathBuf),
}

/// Files, and what they are called in messages.
pub struct Files {
    /// The file or folder, for people.
    pub label: String,
    /// Where they lie.
    pub store: Store,
    /// Why the archive is not all there, as a clause: the stream that it came from broke off.
    pub cut: Option<String>,
}

impl Files {
    /// Whether there is something of this name.
    pub fn has(&self, name: &str) -> bool {
        match &self.store {
            Store::Archive(outer) => outer.has(&normalise(name.as_bytes())),
            Store::Folder(root) => below(root, name).is_some_and(|path| path.exists()),
        }
    }

    /// A file, links followed. `Ok(Err(why))` where there is none.
    ///
    /// # Errors
    ///
    /// The file is there and cannot be opened.
    pub fn find(&self, name: &str) -> Result<Result<Region, Missing>, SourceError> {
        match &self.store {
            Store::Archive(outer) => Ok(outer.find(&normalise(name.as_bytes()))),
            Store::Folder(root) => {
                let Some(path) = below(root, name) else { return Ok(Err(Missing::Absent)) };
                open_file(&path).map_err(|error| self.io(name, error))
            }
        }
    }

    /// A document, whole.
    ///
    /// # Errors
    ///
    /// It is longer than `limit` bytes or cannot be read.
    pub fn document(&self, name: &str, limit: u64) -> Result<Result<Vec<u8>, Missing>, SourceError> {
        let region = match self.find(name)? {
            Ok(region) => region,
            Err(missing) => return Ok(Err(missing)),
        };
        if region.len() > limit {
            let why = format!("a document of {} bytes; the limit is {limit}", region.len());
            return Err(SourceError::Limit { path: self.at(name), why });
        }
        region.read_all().map(Ok).map_err(|error| self.io(name, error))
    }

    /// What is left of a file that the archive ends inside.
    pub fn remains(&self, name: &str) -> Option<Region> {
        match &self.store {
            Store::Archive(outer) => outer.remains(&normalise(name.as_bytes())),
            Store::Folder(_) => None,
        }
    }

    /// Where an archive is damaged, as a clause.
    pub fn damage(&self) -> Option<String> {
        if self.cut.is_some() {
            return self.cut.clone();
        }
        match &self.store {
            Store::Archive(outer) => outer
                .damage
                .as_ref()
                .map(|fault| format!("{} at byte {} of the archive", fault.what, fault.offset)),
            Store::Folder(_) => None,
        }
    }

    /// A place in it, for messages.
    pub fn at(&self, name: &str) -> String {
        format!("{}: {}", self.label, name.escape_debug())
    }

    /// A document that is not what it should be.
    pub fn broken(&self, name: &str, why: impl Into<String>) -> SourceError {
        SourceError::Broken { path: self.at(name), why: why.into() }
    }

    /// A file of a folder is named by its path, so that a command can be told of it.
    fn io(&self, name: &str, error: io::Error) -> SourceError {
        let path = match &self.store {
            Store::Archive(_) => self.at(name),
            Store::Folder(_) => format!("{}/{}", self.label.trim_end_matches('/'), name.escape_debug()),
        };
        SourceError::Io { path, error }
    }

    /// Parses a document.
    pub fn parse<T: DeserializeOwned>(&self, name: &str, bytes: &[u8]) -> Result<T, SourceError> {
        serde_json::from_slice(bytes).map_err(|error| {
            let why =
                if error.is_data() { error.to_string() } else { format!("it is no valid JSON: {error}") };
            self.broken(name, why)
        })
    }
}

/// Where a layout keeps a blob.
pub fn blob_path(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm(), digest.hex())
}

/// A name from a document as a path below `root`: never above it, whatever the name says. Links are followed wherever
/// they lead, since build systems link blobs into their caches.
fn below(root: &Path, name: &str) -> Option<PathBuf> {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let clean = normalise(name.as_bytes());
    (!clean.is_empty() && !clean.contains(&0)).then(|| root.join(OsStr::from_bytes(&clean)))
}

fn open_file(path: &Path) -> io::Result<Result<Region, Missing>> {
    // A named pipe would block the opening, a device is no blob: the type is looked at first.
    match std::fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => return Ok(Err(Missing::NoFile)),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let dangling = std::fs::symlink_metadata(path).is_ok();
            return Ok(Err(if dangling { Missing::Dangling } else { Missing::Absent }));
        }
        Err(error) => {
            // ELOOP, ENOTDIR and ENAMETOOLONG say something about the name, not about the machine.
            let about_name =
                [rustix::io::Errno::LOOP, rustix::io::Errno::NOTDIR, rustix::io::Errno::NAMETOOLONG];
            let errno = error.raw_os_error();
            if errno == Some(rustix::io::Errno::LOOP.raw_os_error()) {
                return Ok(Err(Missing::Loop));
            }
            if about_name.iter().any(|known| errno == Some(known.raw_os_error())) {
                return Ok(Err(Missing::Absent));
            }
            return Err(error);
        }
    }
    Ok(Ok(Region::of_file(File::open(path)?)?))
}
