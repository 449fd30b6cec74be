//! An image of an engine: what it says of it, and the export of it, spooled and opened as an archive.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use super::client::{Client, Version, escaped};
use super::failure::Failure;
use super::known::known;
use crate::image::{EngineInfo, ImageInfo};
use crate::oci::{Digest, Platform, list, nullable};
use crate::source::names::familiar;
use crate::source::open::Opening;
use crate::source::{Opened, Progress, SourceError};

/// Since when an export, an inspection or a history can be asked for by platform.
const PLATFORM_OF_EXPORT: Version = Version(1, 48);
const PLATFORM_OF_INSPECT: Version = Version(1, 49);

/// As much of `GET /images/{name}/json` as the model holds.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Inspect {
    #[serde(deserialize_with = "nullable")]
    id: String,
    #[serde(deserialize_with = "list")]
    repo_tags: Vec<String>,
    #[serde(deserialize_with = "list")]
    repo_digests: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    parent: String,
    size: Option<u64>,
    #[serde(deserialize_with = "nullable")]
    graph_driver: GraphDriver,
    #[serde(deserialize_with = "nullable")]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct GraphDriver {
    #[serde(deserialize_with = "nullable")]
    name: String,
    #[serde(deserialize_with = "nullable")]
    data: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Metadata {
    last_tag_time: Option<String>,
}

/// A row of `GET /images/{name}/history`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Row {
    /// An ID, or `<missing>`.
    #[serde(deserialize_with = "nullable")]
    pub id: String,
    /// Bytes, as the engine counts.
    #[serde(deserialize_with = "nullable")]
    pub size: i64,
    /// Seconds since 1970.
    #[serde(deserialize_with = "nullable")]
    pub created: i64,
    /// The command.
    #[serde(deserialize_with = "nullable")]
    pub created_by: String,
    /// The builder's comment.
    #[serde(deserialize_with = "nullable")]
    pub comment: String,
}

/// A row of `GET /images/json`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Listed {
    #[serde(deserialize_with = "nullable")]
    id: String,
    #[serde(deserialize_with = "list")]
    repo_tags: Vec<String>,
}

/// Opens the image of that name, digest or beginning of an ID.
///
/// # Errors
///
/// The engine does not answer or has no such image; its export cannot be opened.
pub fn open(opening: &Opening<'_>, client: &Client, name: &str) -> Result<Opened, SourceError> {
    let inspect_json = find(opening, client, name)?;
    let inspect: Inspect =
        serde_json::from_slice(&inspect_json).map_err(|error| odd(client, "inspect", &error))?;
    let history = history(opening, client, &inspect.id);
    if let (Some(rows), Ok(raw)) = (&history, serde_json::from_slice::<Json>(&inspect_json))
        && let Some(mut info) = known(&raw, rows, digest(&inspect.id), opening.reference)
    {
        info.source = format!("{} engine", client.engine.command());
        (opening.progress)(Progress::Known(Arc::new(info)));
    }
    let mut opened = export(opening, client, &inspect.id)?;
    let info = Arc::make_mut(&mut opened.info);
    info.source = format!("{} engine", client.engine.command());
    info.tags = inspect.repo_tags.iter().map(|tag| familiar(tag)).collect();
    info.parent = digest(&inspect.parent).or(info.parent.take());
    let id = digest(&inspect.id);
    info.engine = EngineInfo {
        id: id.filter(|id| info.id.as_ref() != Some(id)),
        repo_digests: inspect.repo_digests,
        inspect_json: Some(Arc::from(inspect_json)),
        size: inspect.size,
        graph_driver: Some((inspect.graph_driver.name, inspect.graph_driver.data))
            .filter(|(name, _)| !name.is_empty()),
        last_tag_time: inspect.metadata.last_tag_time,
        ..EngineInfo::default()
    };
    // An engine that cannot tell the history has been passed an odd image; its config tells.
    if let Some(rows) = history {
        tell(info, &rows);
    }
    Ok(opened)
}

/// What the engine says of the image.
fn find(opening: &Opening<'_>, client: &Client, name: &str) -> Result<Vec<u8>, SourceError> {
    let platform = platform(opening, client, PLATFORM_OF_INSPECT);
    let failure = match client.get(&format!("/images/{}/json{platform}", escaped(name)), opening.cancel) {
        Ok(answer) => return Ok(answer),
        Err(failure) => failure,
    };
    let Failure::Status { message, .. } = &failure else { return Err(client.error(failure)) };
    // Engines differ in how they tell an ambiguous ID from none, and some do not.
    let ids = ids(opening, client, name);
    if ids.len() > 1 {
        return Err(SourceError::Ambiguous { path: client.label(), wanted: name.to_owned(), names: ids });
    }
    match &failure {
        Failure::Status { code: 404, .. } if message.contains("platform") => {
            let wanted = opening.options.platform.as_ref().map_or_else(String::new, Platform::to_string);
            Err(SourceError::Platform { path: client.label(), wanted, available: Vec::new() })
        }
        Failure::Status { code: 400 | 404, .. } => Err(client.not_here("image", name)),
        _ => Err(client.error(failure)),
    }
}

/// The images whose IDs begin so: ID and name.
fn ids(opening: &Opening<'_>, client: &Client, prefix: &str) -> Vec<String> {
    let Ok(answer) = client.get("/images/json?all=1", opening.cancel) else { return Vec::new() };
    let listed: Vec<Listed> = serde_json::from_slice(&answer).unwrap_or_default();
    let matches = listed.iter().filter_map(|image| {
        let id = digest(&image.id)?;
        let shown = image.repo_tags.iter().find(|tag| !tag.contains("<none>"));
        // dockerd knows nothing of an ID of two images, of whatever length; what is shorter is a name more likely.
        let hex = prefix.strip_prefix("sha256:").unwrap_or(prefix);
        (hex.len() >= 3 && id.hex().starts_with(hex)).then(|| match shown {
            Some(name) => format!("{} ({name})", id.short()),
            None => id.short().to_owned(),
        })
    });
    let mut matches: Vec<String> = matches.collect();
    matches.sort();
    matches.dedup();
    matches
}

fn history(opening: &Opening<'_>, client: &Client, id: &str) -> Option<Vec<Row>> {
    let platform = platform(opening, client, PLATFORM_OF_EXPORT);
    let answer = client.get(&format!("/images/{}/history{platform}", escaped(id)), opening.cancel).ok()?;
    serde_json::from_slice(&answer).ok()
}

/// Sizes and IDs of the rows, newest first, to layers and steps, oldest first.
fn tell(info: &mut ImageInfo, rows: &[Row]) {
    let steps = info.steps.iter().filter(|step| !step.synthetic);
    if steps.clone().count() != rows.len() {
        return;
    }
    let sizes: Vec<_> = steps.zip(rows.iter().rev()).map(|(step, row)| (step.layer, row.size)).collect();
    for (layer, size) in sizes {
        if let Some(layer) = layer.and_then(|layer| info.layers.get_mut(layer.offset())) {
            layer.engine_bytes = u64::try_from(size).ok();
        }
    }
    info.engine.ancestors = rows.iter().skip(1).map(|row| digest(&row.id)).collect();
}

/// An ID; podman leaves its algorithm out.
pub fn digest(id: &str) -> Option<Digest> {
    id.parse().or_else(|_| format!("sha256:{id}").parse()).ok()
}

fn export(opening: &Opening<'_>, client: &Client, id: &str) -> Result<Opened, SourceError> {
    let platform = platform(opening, client, PLATFORM_OF_EXPORT);
    (opening.progress)(Progress::Preparing);
    let stream = client
        .stream(&format!("/images/{}/get{platform}", escaped(id)), opening.cancel)
        .map_err(|failure| client.error(failure))?;
    let label = format!("the export of {}", client.label());
    let spooled = opening.spool(stream, &label)?;
    // An engine that fails in the middle says so in place of the rest, and ends as if all were well.
    let len = spooled.bytes.len();
    let mut tail = Vec::new();
    let _ = spooled.bytes.part(len.saturating_sub(4096), 4096).reader().read_to_end(&mut tail);
    if let Some(message) = error_at_the_end(&tail) {
        return Err(SourceError::Broken { path: label, why: format!("the engine stops with `{message}`") });
    }
    opening.plain(spooled, &label)
}

/// `{"errorDetail":{"message":"..."},"error":"..."}` behind what was sent until then.
fn error_at_the_end(tail: &[u8]) -> Option<String> {
    let marker = b"{\"errorDetail\":";
    let at = tail.windows(marker.len()).rposition(|window| window == marker)?;
    let line = tail[at..].split(|&byte| byte == b'\n' || byte == b'\r').next()?;
    let answer: Json = serde_json::from_slice(line).ok()?;
    Some(answer["errorDetail"]["message"].as_str()?.escape_debug().to_string())
}

/// `?platform=`, where one was asked for and the engine understands it.
fn platform(opening: &Opening<'_>, client: &Client, since: Version) -> String {
    let Some(platform) = opening.options.platform.as_ref().filter(|_| client.version >= since) else {
        return String::new();
    };
    let mut json = serde_json::json!({ "os": platform.os, "architecture": platform.architecture });
    if !platform.variant.is_empty() {
        json["variant"] = platform.variant.as_str().into();
    }
    format!("?platform={}", escaped(&json.to_string()))
}

/// An answer that cannot be read.
pub fn odd(client: &Client, what: &str, error: &serde_json::Error) -> SourceError {
    client.error(Failure::Other(format!("its answer to `{what}` is not what it should be: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_an_engine_that_stops_are_found() {
        let mut tail = vec![0; 512];
        assert_eq!(error_at_the_end(&tail), None);
        tail.extend_from_slice(
            b"{\"errorDetail\":{\"message\":\"file integrity checksum failed\"},\"error\":\"x\"}\r\n",
        );
        assert_eq!(error_at_the_end(&tail).as_deref(), Some("file integrity checksum failed"));
    }
}
