//! `docker image inspect` of CLI and engine 28.5, from what an image carries.
//!
//! What only an engine knows (`GraphDriver`, `Metadata`, `RepoDigests`) is there when the source knows it. Added is what engines
//! before 28.2 print too, where an image says it: `Hostname`, `Image` and the like in `Config`.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::Value as Json;

use super::gojson::{self, Html, Layout};
use super::template::{Missing, Template, TemplateError};
use super::value::{Element, Field, Value};
use super::{PrintError, Reader, gotime, shown};
use crate::image::Image;
use crate::oci::RunConfig;

/// Members of `Config` that 28.2 and later print even when they are not there.
const ALWAYS: [&str; 8] = ["Cmd", "Entrypoint", "Env", "Labels", "OnBuild", "User", "Volumes", "WorkingDir"];

/// Members of `Config` that belong to a container; builders before BuildKit wrote them into images all the same.
const OF_CONTAINERS: [&str; 12] = [
    "Hostname",
    "Domainname",
    "AttachStdin",
    "AttachStdout",
    "AttachStderr",
    "Tty",
    "OpenStdin",
    "StdinOnce",
    "Image",
    "NetworkDisabled",
    "MacAddress",
    "StopTimeout",
];

/// Prints the images as one JSON array, as a line with `json` for a format, or by a template.
///
/// # Errors
/// When the template is refused or finds no such field (what it made of other images is printed), or writing fails.
pub fn write(
    out: &mut dyn Write,
    images: &[&Image],
    format: Option<&str>,
    reader: Reader,
) -> Result<(), PrintError> {
    match format {
        None | Some("" | "json") => {
            let items: Vec<String> = images.iter().map(|image| json(image)).collect();
            let layout = if format == Some("json") { Layout::Line } else { Layout::Indented };
            writeln!(out, "{}", gojson::relaid(&format!("[{}]", items.join(",")), layout, reader))?;
            Ok(())
        }
        Some(template) => {
            let template = Template::parse(template)?;
            let mut failed = Ok(());
            for image in images {
                match by_template(&template, image) {
                    Ok(text) => writeln!(out, "{}", shown(&text, reader))?,
                    Err(error) => failed = failed.and(Err(error)),
                }
            }
            Ok(failed?)
        }
    }
}

/// Docker executes a template over its types first and, if that fails, over the raw document, which is why both `.ID`
/// and `.Id` work.
fn by_template(template: &Template, image: &Image) -> Result<String, TemplateError> {
    let response = response(image);
    template.execute(&response, Missing::NoValue).or_else(|_| {
        let raw = engines_own(image).and_then(|json| serde_json::from_str::<Json>(json).ok());
        let raw = raw.map_or_else(|| document(&response).decoded(), Value::from);
        template.execute(&raw, Missing::Error)
    })
}

/// What the engine itself answered, where its API is the source.
fn engines_own(image: &Image) -> Option<&str> {
    std::str::from_utf8(image.info.engine.inspect_json.as_deref()?).ok()
}

/// The document on one line.
fn json(image: &Image) -> String {
    match engines_own(image) {
        Some(json) => json.to_owned(),
        None => gojson::encode(&document(&response(image)), Html::Escaped, Layout::Line, Reader::Program),
    }
}

/// The document as the engine sends it: `Config` comes last, sorted.
fn document(response: &Value) -> Value {
    let Value::Struct(fields) = response else { return response.clone() };
    let mut fields = fields.clone();
    if let Some(at) = fields.iter().position(|field| field.name == "Config") {
        let config = fields.remove(at);
        let mut entries: BTreeMap<String, Value> =
            ALWAYS.iter().map(|&key| (key.to_owned(), zero(key))).collect();
        // It goes through a map there, which sorts what is inside too.
        let members = config.value.members().into_iter();
        entries.extend(members.map(|(key, value)| (key.to_owned(), value.decoded())));
        fields.push(Field { value: Value::Map { entries, element: Element::Any, nil: false }, ..config });
    }
    Value::Struct(fields)
}

fn zero(key: &str) -> Value {
    if matches!(key, "User" | "WorkingDir") { "".into() } else { Value::Nothing }
}

/// `image.InspectResponse`, in its own order.
fn response(image: &Image) -> Value {
    let info = &image.info;
    let config = &info.config;
    let comment = match config.history.last() {
        Some(last) if config.comment.is_empty() => &last.comment,
        _ => &config.comment,
    };
    let or = |text: &str, other: &str| Value::from(if text.is_empty() { other } else { text });
    let digest = |digest: Option<&crate::oci::Digest>| Value::from(digest.map_or("", |d| d.as_str()));
    let diff_ids: Vec<String> = config.rootfs.diff_ids.iter().map(ToString::to_string).collect();
    let root_fs = Value::Struct(vec![
        omitted("Type", or(&config.rootfs.kind, "layers")),
        omitted("Layers", Value::texts(&diff_ids)),
    ]);
    let list = |items: &[String]| Value::List {
        items: items.iter().map(|t| t.as_str().into()).collect(),
        nil: false,
    };
    let mut fields = vec![
        Field {
            name: "ID",
            json: "Id",
            omit_empty: false,
            value: digest(info.engine.id.as_ref().or(info.id.as_ref())),
        },
        plain("RepoTags", list(&info.tags)),
        plain("RepoDigests", list(&info.engine.repo_digests)),
        plain("Parent", digest(info.parent.as_ref())),
        plain("Comment", comment.as_str().into()),
        omitted("Created", gotime::rfc3339_nano(&config.created).into()),
        plain("DockerVersion", config.docker_version.as_str().into()),
        plain("Author", config.author.as_str().into()),
        plain("Config", run_config(&config.config, &info.config_json)),
        plain("Architecture", or(&config.architecture, &info.platform.architecture)),
        omitted("Variant", config.variant.as_str().into()),
        plain("Os", or(&config.os, "linux")),
        omitted("OsVersion", config.os_version.as_str().into()),
    ];
    fields.extend(size(image).map(|bytes| plain("Size", Value::Integer(bytes))));
    if let Some((name, data)) = &info.engine.graph_driver {
        let entries = data.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect();
        let data = Value::Map { entries, element: Element::Text, nil: data.is_empty() };
        let driver = Value::Struct(vec![plain("Data", data), plain("Name", name.as_str().into())]);
        fields.push(plain("GraphDriver", driver));
    }
    fields.push(plain("RootFS", root_fs));
    if let Some(time) = &info.engine.last_tag_time {
        let time = Value::Struct(vec![omitted("LastTagTime", time.as_str().into())]);
        fields.push(plain("Metadata", time));
    }
    Value::Struct(fields)
}

/// The sum of docker's figures of the layers, if all of them are known.
fn size(image: &Image) -> Option<i64> {
    if let Some(bytes) = image.info.engine.size {
        return i64::try_from(bytes).ok();
    }
    let layers = image.info.layers.iter().filter(|layer| !layer.writable);
    let bytes = layers.map(|layer| image.docker_bytes(layer.index)).sum::<Option<u64>>()?;
    Some(i64::try_from(bytes).unwrap_or(i64::MAX))
}

/// `DockerOCIImageConfig`: OCI's fields, Docker's, and those of containers where they are set.
fn run_config(config: &RunConfig, config_json: &[u8]) -> Value {
    let raw: Json = serde_json::from_slice(config_json).unwrap_or_default();
    let raw = &raw["config"];
    let set = |keys: &BTreeMap<String, Json>| Value::Map {
        entries: keys.keys().map(|key| (key.clone(), Value::Struct(Vec::new()))).collect(),
        element: Element::Unit,
        nil: keys.is_empty(),
    };
    let command = |words: &Option<Vec<String>>| Value::texts(words.as_deref().unwrap_or_default());
    let labels = Value::Map {
        entries: config.labels.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect(),
        element: Element::Text,
        nil: config.labels.is_empty(),
    };
    let oci = Value::Struct(vec![
        omitted("User", config.user.as_str().into()),
        omitted("ExposedPorts", set(&config.exposed_ports)),
        omitted("Env", Value::texts(&config.env)),
        omitted("Entrypoint", command(&config.entrypoint)),
        omitted("Cmd", command(&config.cmd)),
        omitted("Volumes", set(&config.volumes)),
        omitted("WorkingDir", config.working_dir.as_str().into()),
        omitted("Labels", labels),
        omitted("StopSignal", config.stop_signal.as_str().into()),
        omitted("ArgsEscaped", Value::Bool(raw["ArgsEscaped"].as_bool().unwrap_or_default())),
    ]);
    let docker = Value::Struct(vec![
        omitted("Healthcheck", healthcheck(config.healthcheck.as_ref())),
        omitted("OnBuild", Value::texts(&config.on_build)),
        omitted("Shell", Value::texts(&config.shell)),
    ]);
    let of_containers = OF_CONTAINERS.iter().filter_map(|&name| {
        let value = raw.get(name).filter(|value| !value.is_array() && !value.is_object())?;
        let value = match value.as_i64() {
            Some(number) => Value::Integer(number),
            None => value.clone().into(),
        };
        (!value.is_empty()).then(|| plain(name, value))
    });
    let of_containers: Vec<Field> = of_containers.collect();
    let mut parts = vec![embedded(oci), embedded(docker)];
    if !of_containers.is_empty() {
        parts.push(embedded(Value::Struct(of_containers)));
    }
    Value::Struct(parts)
}

/// `HealthcheckConfig`, whose durations are nanoseconds.
fn healthcheck(check: Option<&Json>) -> Value {
    let Some(check) = check.filter(|check| check.is_object()) else { return Value::NilPointer };
    let words: Vec<String> = check["Test"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|word| word.as_str().map(str::to_owned))
        .collect();
    let number = |name: &str| check[name].as_i64().unwrap_or_default();
    Value::Struct(vec![
        omitted("Test", Value::texts(&words)),
        omitted("Interval", Value::Duration(number("Interval"))),
        omitted("Timeout", Value::Duration(number("Timeout"))),
        omitted("StartPeriod", Value::Duration(number("StartPeriod"))),
        omitted("StartInterval", Value::Duration(number("StartInterval"))),
        omitted("Retries", Value::Integer(number("Retries"))),
    ])
}

fn plain(name: &'static str, value: Value) -> Field {
    Field { name, json: name, omit_empty: false, value }
}

fn omitted(name: &'static str, value: Value) -> Field {
    Field { name, json: name, omit_empty: true, value }
}

fn embedded(value: Value) -> Field {
    Field { name: "", json: "", omit_empty: false, value }
}
