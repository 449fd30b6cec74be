//! An engine that is a thread with a socket and canned answers.
#![allow(clippy::allow_attributes, dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, missing_docs, clippy::missing_panics_doc, reason = "test support")]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use capas::oci::Digest;
use serde_json::{Value, json};

use super::common::Image;

/// What the engine does with a request.
#[derive(Clone)]
pub enum Answer {
    /// A status and a document.
    Json(u16, Value),
    /// Bytes without a length, as engines export.
    Chunks(Vec<u8>),
    /// The same, and the connection is closed in the middle.
    Cut(Vec<u8>),
    /// The same, and then nothing more for ever.
    Stall(Vec<u8>),
    /// Nothing, for ever.
    Silence,
}

impl Answer {
    pub fn missing(message: &str) -> Self {
        Self::Json(404, json!({ "message": message }))
    }
}

type Handler = dyn Fn(&str) -> Answer + Send + Sync;

/// The engine. It ends with the test's process.
pub struct Engine {
    /// For `DOCKER_HOST`.
    pub address: String,
    requests: Arc<Mutex<Vec<String>>>,
    _folder: Option<tempfile::TempDir>,
}

impl Engine {
    /// Listens at a socket in a folder of its own. The handler is given the path without the version, and the query.
    pub fn unix(handler: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = Self::unix_at(&folder.path().join("engine.sock"), handler);
        Self { _folder: Some(folder), ..engine }
    }

    /// Listens at this socket.
    pub fn unix_at(path: &Path, handler: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let listener = UnixListener::bind(path).unwrap();
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let (handler, log): (Arc<Handler>, _) = (Arc::new(handler), Arc::clone(&requests));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (handler, log) = (Arc::clone(&handler), Arc::clone(&log));
                thread::spawn(move || serve(stream.unwrap(), &*handler, &log));
            }
        });
        Self { address: format!("unix://{}", path.display()), requests, _folder: None }
    }

    /// Listens at a port of this machine.
    pub fn tcp(handler: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("tcp://{}", listener.local_addr().unwrap());
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let (handler, log): (Arc<Handler>, _) = (Arc::new(handler), Arc::clone(&requests));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (handler, log) = (Arc::clone(&handler), Arc::clone(&log));
                thread::spawn(move || serve(stream.unwrap(), &*handler, &log));
            }
        });
        Self { address, requests, _folder: None }
    }

    /// What was asked, in order, as it stood in the request: `/v1.41/images/x/json`.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(mut stream: impl Read + Write, handler: &Handler, log: &Mutex<Vec<String>>) {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).unwrap_or(0) == 0 {
            return;
        }
        request.push(byte[0]);
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    log.lock().unwrap().push(path.clone());
    let unversioned = match path.strip_prefix("/v").and_then(|rest| rest.split_once('/')) {
        Some((version, rest)) if version.starts_with(|c: char| c.is_ascii_digit()) => format!("/{rest}"),
        _ => path,
    };
    // A client that went away is what some tests are about.
    let _ = answer(&mut stream, handler(&unversioned));
}

fn answer(stream: &mut (impl Read + Write), answer: Answer) -> std::io::Result<()> {
    let (bytes, ending) = match answer {
        Answer::Json(code, document) => {
            let body = document.to_string();
            let head = format!(
                "HTTP/1.1 {code} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            return stream.write_all(head.as_bytes());
        }
        Answer::Silence => return wait(stream),
        Answer::Chunks(bytes) => (bytes, Some(true)),
        Answer::Cut(bytes) => (bytes, Some(false)),
        Answer::Stall(bytes) => (bytes, None),
    };
    stream.write_all(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\n\r\n",
    )?;
    for chunk in bytes.chunks(30_000) {
        write!(stream, "{:x}\r\n", chunk.len())?;
        stream.write_all(chunk)?;
        stream.write_all(b"\r\n")?;
    }
    stream.flush()?;
    match ending {
        Some(true) => stream.write_all(b"0\r\n\r\n"),
        Some(false) => Ok(()),
        None => wait(stream),
    }
}

/// Until the client goes away.
fn wait(stream: &mut impl Read) -> std::io::Result<()> {
    while stream.read(&mut [0; 64])? > 0 {}
    Ok(())
}

/// What dockerd says of itself.
pub fn version(newest: &str, oldest: &str) -> Answer {
    let components = json!([{ "Name": "Engine", "Version": "x" }]);
    Answer::Json(200, json!({ "ApiVersion": newest, "MinAPIVersion": oldest, "Components": components }))
}

/// The ID of an image.
pub fn id(image: &Image) -> String {
    Digest::of(&image.config_json()).to_string()
}

/// The answers of an engine that has one image, under its name and its ID.
pub fn with(image: &Image) -> impl Fn(&str) -> Answer + Send + Sync + use<> {
    let (id, name, archive) = (id(image), image.name.clone(), image.docker_archive());
    let mut rows: Vec<Value> = Vec::new();
    for (at, step) in image.history.iter().enumerate() {
        let size = if step["empty_layer"] == true { 0 } else { 1000 + at };
        let parent = format!("sha256:{at:064x}");
        let row_id = if at % 2 == 0 { parent.as_str() } else { "<missing>" };
        let by = &step["created_by"];
        rows.push(json!({ "Id": row_id, "Created": 1, "CreatedBy": by, "Size": size, "Comment": "" }));
    }
    rows.reverse();
    rows[0]["Id"] = id.as_str().into();
    let inspect = json!({
        "Id": id, "RepoTags": [name], "RepoDigests": ["shop/web@sha256:77"], "Parent": format!("sha256:{:064x}", 7),
        "Zeta": "<only this engine>", "Size": 4242, "Architecture": "amd64", "Os": "linux",
        "RootFS": { "Type": "layers", "Layers": image.layers.iter().map(|tar| Digest::of(tar).to_string()).collect::<Vec<_>>() },
        "GraphDriver": { "Data": { "UpperDir": "/x" }, "Name": "overlay2" },
    });
    move |path| {
        let (path, _) = path.split_once('?').unwrap_or((path, ""));
        let known = [id.as_str(), name.as_str()];
        match path.strip_prefix("/images/").and_then(|rest| rest.rsplit_once('/')) {
            _ if path == "/version" => version("1.41", "1.12"),
            _ if path == "/images/json" => Answer::Json(200, json!([{ "Id": id, "RepoTags": [name] }])),
            Some((asked, "json")) if known.contains(&asked) => Answer::Json(200, inspect.clone()),
            Some((asked, "history")) if known.contains(&asked) => Answer::Json(200, rows.clone().into()),
            Some((asked, "get")) if known.contains(&asked) => Answer::Chunks(archive.clone()),
            Some((asked, _)) => Answer::missing(&format!("No such image: {asked}")),
            None => Answer::missing("page not found"),
        }
    }
}
