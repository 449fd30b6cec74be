//! A container of an engine: its image, and on top what the container has written.
//!
//! No API gives the writable layer itself. `changes` names the paths, `export` has the whole filesystem with every header
//! as it is: the members of the export that `changes` names, and whiteouts for what it calls deleted, are the layer that
//! `commit` would ship. What stands in volumes is in neither.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::sync::Arc;

use serde::Deserialize;

use super::client::{Client, escaped};
use super::failure::Failure;
use super::image;
use crate::image::LayerInfo;
use crate::layer::{self, Changeset, LayerIndex, Watch};
use crate::oci::{list, nullable};
use crate::source::blob::Blob;
use crate::source::draft::writable_step;
use crate::source::header::Header;
use crate::source::open::Opening;
use crate::source::region::Region;
use crate::source::{Opened, Progress, SourceError};

/// As much of `GET /containers/{name}/json` as is needed.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Container {
    #[serde(deserialize_with = "nullable")]
    id: String,
    #[serde(deserialize_with = "nullable")]
    name: String,
    #[serde(deserialize_with = "nullable")]
    created: String,
    #[serde(deserialize_with = "nullable")]
    path: String,
    #[serde(deserialize_with = "list")]
    args: Vec<String>,
    /// The ID of its image.
    #[serde(deserialize_with = "nullable")]
    image: String,
}

/// A row of `GET /containers/{id}/changes`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Change {
    /// With a slash at its start; bytes that are not UTF-8 are lost.
    path: String,
    /// 0 changed, 1 added, 2 deleted.
    kind: u8,
}

const DELETED: u8 = 2;

/// Opens the container of that name, ID or beginning of an ID.
///
/// # Errors
///
/// The engine does not answer or has no such container; what it sends cannot be opened.
pub fn open(opening: &Opening<'_>, client: &Client, name: &str) -> Result<Opened, SourceError> {
    let get = |path: &str| client.get(path, opening.cancel);
    let container = match get(&format!("/containers/{}/json", escaped(name))) {
        Ok(answer) => parse::<Container>(client, "inspect", &answer)?,
        Err(Failure::Status { code: 400 | 404, .. }) => {
            return Err(client.not_here("container", name));
        }
        Err(failure) => return Err(client.error(failure)),
    };
    let id = escaped(&container.id);
    let changes = get(&format!("/containers/{id}/changes")).map_err(|failure| client.error(failure))?;
    let changes: Option<Vec<Change>> = parse(client, "changes", &changes)?;
    let mut opened = image::open(opening, client, &container.image)?;
    let layer = writable(opening, client, &id, &changes.unwrap_or_default())?;
    put_on_top(&mut opened, &container, layer);
    Ok(opened)
}

fn parse<'a, T: Deserialize<'a>>(client: &Client, what: &str, answer: &'a [u8]) -> Result<T, SourceError> {
    serde_json::from_slice(answer).map_err(|error| image::odd(client, what, &error))
}

fn writable(
    opening: &Opening<'_>,
    client: &Client,
    id: &str,
    changes: &[Change],
) -> Result<Region, SourceError> {
    let label = format!("the export of the container, {}", client.label());
    let failed = |error| SourceError::Io { path: label.clone(), error };
    let mut file = tempfile::tempfile().map_err(failed)?;
    if !changes.is_empty() {
        (opening.progress)(Progress::Preparing);
        let stream = client
            .stream(&format!("/containers/{id}/export"), opening.cancel)
            .map_err(|failure| client.error(failure))?;
        let export = opening.spool(stream, &label)?;
        if let Some(why) = export.cut {
            return Err(SourceError::Broken { path: label, why });
        }
        let limits = opening.options.layer_limits();
        let watch = Watch { limits, windows: false, progress: &|_| {}, cancel: opening.cancel };
        let region = layer::Region::new(&export.bytes, 0, export.bytes.len());
        let read = layer::read(region, &watch).map_err(|_| SourceError::Cancelled)?;
        if let Some(fault) = &read.changeset.fault {
            return Err(SourceError::Broken { path: label, why: fault.to_string() });
        }
        pick(&export.bytes, &read.changeset, changes, &mut file).map_err(failed)?;
    }
    file.write_all(&[0; 1024]).map_err(failed)?;
    Region::of_file(file).map_err(failed)
}

/// Writes the members that `changes` names, and whiteouts, as a layer's tar.
fn pick(export: &Region, all: &Changeset, changes: &[Change], to: &mut File) -> io::Result<()> {
    let kinds: HashMap<&str, u8> =
        changes.iter().map(|change| (change.path.trim_start_matches('/'), change.kind)).collect();
    let paths = paths(all);
    let mut out = io::BufWriter::new(to);
    for (path, _) in kinds.iter().filter(|(_, kind)| **kind == DELETED) {
        // A deleted folder that is there is a new one in place of the old: its former content is hidden.
        let marker = if paths.contains_key(*path) {
            format!("{path}/.wh..wh..opq")
        } else {
            let (folder, name) = path.rsplit_once('/').map_or(("", *path), |(folder, name)| (folder, name));
            let slash = if folder.is_empty() { "" } else { "/" };
            format!("{folder}{slash}.wh.{name}")
        };
        out.write_all(&Header::new(marker.as_bytes()).bytes())?;
    }
    let wanted: std::collections::HashSet<u32> =
        paths.iter().filter(|(path, _)| kinds.contains_key(path.as_str())).map(|(_, entry)| *entry).collect();
    let mut start = 0;
    for (at, entry) in (0_u32..).zip(&all.entries.entries) {
        // What stands between two members belongs to the second: its records and its header.
        let end = entry.offset.saturating_add(entry.size).next_multiple_of(512);
        if wanted.contains(&at) {
            io::copy(&mut export.part(start, end.saturating_sub(start)).reader(), &mut out)?;
        }
        start = end;
    }
    out.flush()
}

/// The entry of each path, with what is not UTF-8 replaced as the engine replaces it.
fn paths(all: &Changeset) -> HashMap<String, u32> {
    let tree = &all.paths;
    let mut found = HashMap::new();
    let mut above: Vec<(u32, String)> = Vec::new();
    for (node, details) in (0_u32..).zip(&tree.nodes) {
        while above.last().is_some_and(|(end, _)| *end <= node) {
            above.pop();
        }
        let name = String::from_utf8_lossy(tree.name(node));
        let path = match above.last() {
            Some((_, folder)) if !folder.is_empty() => format!("{folder}/{name}"),
            _ => name.into_owned(),
        };
        if details.entry != layer::NO_ENTRY {
            found.insert(path.clone(), details.entry);
        }
        above.push((details.end, path));
    }
    found
}

fn put_on_top(opened: &mut Opened, container: &Container, layer: Region) {
    let name = container.name.trim_start_matches('/').to_owned();
    let info = Arc::make_mut(&mut opened.info);
    let index = LayerIndex::from_offset(info.layers.len());
    let words = std::iter::once(&container.path).chain(&container.args);
    let command = words.map(String::as_str).collect::<Vec<_>>().join(" ");
    let created = container.created.clone();
    let step = writable_step(info.steps.len() + 1, info.layers.len(), &name, created, &command);
    let stored_bytes = layer.len();
    let of_step = step.index;
    info.steps.push(step);
    info.layers.push(LayerInfo {
        index,
        stored_bytes,
        step: of_step,
        writable: true,
        ..LayerInfo::default()
    });
    info.source = format!("{}, container {name}", info.source);
    info.engine.container = Some(name);
    let blobs = opened.blobs.iter().cloned().chain([Some(Blob::Stored(layer))]);
    opened.blobs = blobs.collect();
}
