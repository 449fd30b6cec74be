//! Files of a store on disk: read within bounds, never waited for, and every way of not getting them told apart.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, openat};
use serde::de::DeserializeOwned;

use super::SourceError;
use super::region::Region;

/// A regular file; `None` where there is none. A store's files may lie behind symlinks that its owner made.
///
/// # Errors
///
/// It is there and cannot be opened.
pub fn open(path: &Path) -> Result<Option<Region>, SourceError> {
    // A named pipe in its place must not hold us up.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened = openat(CWD, path, flags, Mode::empty()).map_err(io::Error::from).and_then(|file| {
        let file = File::from(file);
        if file.metadata()?.is_file() { Region::of_file(file).map(Some) } else { Ok(None) }
    });
    absent(opened, path)
}

/// The bytes of a small file; `None` where there is none.
///
/// # Errors
///
/// It cannot be read, or is longer than `limit`.
pub fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, SourceError> {
    let Some(region) = open(path)? else { return Ok(None) };
    let mut bytes = Vec::new();
    region.reader().take(limit + 1).read_to_end(&mut bytes).map_err(|error| failed(path, error))?;
    if bytes.len() as u64 > limit {
        let why = format!("it is longer than the limit of {limit} bytes");
        return Err(SourceError::Limit { path: shown(path), why });
    }
    Ok(Some(bytes))
}

/// The text of a file of one line, without its end; `None` where there is none.
///
/// # Errors
///
/// As for [`read`]; it is no text.
pub fn line(path: &Path) -> Result<Option<String>, SourceError> {
    let Some(bytes) = read(path, 64 << 10)? else { return Ok(None) };
    let text = String::from_utf8(bytes).map_err(|_| broken(path, "it is no text"))?;
    Ok(Some(text.trim_end().to_owned()))
}

/// A JSON document; `None` where there is none.
///
/// # Errors
///
/// As for [`read`]; it is not the JSON that it should be.
pub fn json<T: DeserializeOwned>(path: &Path, limit: u64) -> Result<Option<T>, SourceError> {
    let Some(bytes) = read(path, limit)? else { return Ok(None) };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| broken(path, format!("it is no valid JSON of its kind: {error}")))
}

/// The names in a folder, sorted; `None` where there is none. Names that are no UTF-8 are no names of a store.
///
/// # Errors
///
/// It is there and cannot be read.
pub fn names(path: &Path) -> Result<Option<Vec<String>>, SourceError> {
    let listed = std::fs::read_dir(path).and_then(|entries| {
        let names = entries.map(|entry| Ok(entry?.file_name().into_string().ok()));
        names.filter_map(Result::transpose).collect::<io::Result<Vec<String>>>().map(Some)
    });
    let mut names = absent(listed, path)?;
    if let Some(names) = &mut names {
        names.sort();
    }
    Ok(names)
}

/// A path for people.
pub fn shown(path: &Path) -> String {
    path.to_string_lossy().escape_debug().to_string()
}

/// A file that is not what it should be.
pub fn broken(path: &Path, why: impl Into<String>) -> SourceError {
    SourceError::Broken { path: shown(path), why: why.into() }
}

fn absent<T>(result: io::Result<Option<T>>, path: &Path) -> Result<Option<T>, SourceError> {
    use io::ErrorKind::{NotADirectory, NotFound};
    match result {
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(None),
        result => result.map_err(|error| failed(path, error)),
    }
}

fn failed(path: &Path, error: io::Error) -> SourceError {
    let path = shown(path);
    match error.kind() {
        io::ErrorKind::PermissionDenied => SourceError::NotPermitted { path, hint: String::new() },
        _ => SourceError::Io { path, error },
    }
}
