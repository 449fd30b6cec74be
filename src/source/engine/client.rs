//! Questions to an engine. The API client and its runtime live on a thread of their own, which ends with the
//! [`Client`]; answers come back through a channel as they arrive.
//!
//! The client's typed answers drop what they do not know, and `inspect` must not: so each request goes out as the one
//! whose answer is bytes (an export), with its address replaced.

use std::fmt::Write as _;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use bollard::{API_DEFAULT_VERSION, Docker};
use futures_util::StreamExt;
use serde::Deserialize;

use super::endpoint::{Endpoint, Transport};
use super::failure::Failure;
use super::ssh::Bridge;
use crate::source::{Engine, Patience, SourceError};

/// The newest version of the API whose answers we know: that of the command line whose output ours equals.
const NEWEST: Version = Version(1, 51);
/// How often a thread that waits looks whether it still should.
const TICK: Duration = Duration::from_millis(50);
/// Bytes that travel together.
const CHUNK: usize = 256 << 10;
/// Chunks that may wait for their reader.
const DEPTH: usize = 8;
/// An answer that is no export may be so long.
const MAX_ANSWER: u64 = 256 << 20;

/// A version of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u16, pub u16);

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        Some(Self(major.parse().ok()?, minor.parse().ok()?))
    }
}

/// A connection to an engine that has answered.
pub struct Client {
    jobs: Sender<Job>,
    patience: Patience,
    /// Which version of the API is spoken.
    pub version: Version,
    /// Who answered: podman's socket may stand where docker's is expected.
    pub engine: Engine,
    /// Its address, for people.
    pub at: String,
    bridge: Option<Bridge>,
}

/// What `GET /version` says.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default)]
#[derive(Default)]
struct VersionAnswer {
    api_version: String,
    #[serde(rename = "MinAPIVersion")]
    min_api_version: String,
    components: Option<Vec<Component>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Component {
    name: String,
}

/// A question, and where its answer goes.
struct Job {
    path: String,
    first: Duration,
    stall: Duration,
    to: SyncSender<Part>,
    stop: Arc<AtomicBool>,
}

/// A part of an answer. An answer that ends without [`Part::End`] is cut.
enum Part {
    Bytes(Vec<u8>),
    Failed(Failure),
    End,
}

impl Client {
    /// Connects and agrees on a version.
    ///
    /// # Errors
    ///
    /// Nobody answers, or nobody that can be understood.
    pub fn connect(endpoint: &Endpoint, patience: Patience, cancel: &AtomicBool) -> Result<Self, Failure> {
        let mut bridge = None;
        // Our own limits are finer than those of the client, which knows whole seconds only.
        let (never, version) = (u64::from(u32::MAX), API_DEFAULT_VERSION);
        let docker = match &endpoint.transport {
            Transport::Unix(path) => Docker::connect_with_unix(&path.to_string_lossy(), never, version),
            Transport::Tcp(address) => Docker::connect_with_http(address, never, version),
            Transport::Tls(address, files) => {
                Docker::connect_with_ssl(address, &files.key, &files.cert, &files.ca, never, version)
            }
            Transport::Ssh(target) => {
                let opened = Bridge::open(target).map_err(|error| Failure::Other(error.to_string()))?;
                let socket = bridge.insert(opened).socket();
                Docker::connect_with_unix(&socket.to_string_lossy(), never, version)
            }
        }?;
        let (jobs, queue) = channel();
        thread::Builder::new()
            .name("engine".to_owned())
            .spawn(move || serve(&docker, &queue))
            .map_err(|error| Failure::Other(error.to_string()))?;
        let at = endpoint.to_string();
        let mut client = Self { jobs, patience, version: NEWEST, engine: Engine::Docker, at, bridge };
        client.negotiate(cancel)?;
        Ok(client)
    }

    fn negotiate(&mut self, cancel: &AtomicBool) -> Result<(), Failure> {
        let mut answer = Vec::new();
        let incoming = self.ask("/version".to_owned(), self.patience.answer, cancel);
        let incoming = incoming.map_err(|failure| match failure {
            Failure::Status { code, .. } if code < 500 => {
                Failure::Other(format!("what answers there is no engine (HTTP {code})"))
            }
            failure => failure,
        })?;
        self.read(incoming, &mut answer)?;
        let answer: VersionAnswer = serde_json::from_slice(&answer)
            .map_err(|error| Failure::Other(format!("what answers there is no engine: {error}")))?;
        let Some(newest) = Version::parse(&answer.api_version) else {
            return Err(Failure::Other(
                "what answers there is no engine: it does not say its version".to_owned(),
            ));
        };
        // An engine that no longer speaks our version is spoken to in its oldest one.
        let oldest = Version::parse(&answer.min_api_version).unwrap_or(newest.min(NEWEST));
        self.version = newest.min(NEWEST).max(oldest);
        if answer.components.iter().flatten().any(|component| component.name.starts_with("Podman")) {
            self.engine = Engine::Podman;
        }
        Ok(())
    }

    /// The engine with its address, for people.
    pub fn label(&self) -> String {
        format!("{} at {}", self.engine.command(), self.at)
    }

    /// A failure of this engine.
    pub fn error(&self, failure: Failure) -> SourceError {
        match failure {
            Failure::Cancelled => SourceError::Cancelled,
            failure => SourceError::Engine { engine: self.engine, at: self.at.clone(), failure },
        }
    }

    /// There is none.
    pub fn not_here(&self, what: &'static str, wanted: &str) -> SourceError {
        let wanted = wanted.escape_debug().to_string();
        SourceError::NotHere { engine: self.engine, path: self.label(), what, wanted }
    }

    /// The whole of an answer that costs the engine nothing. `path` begins with a slash and may have a query.
    ///
    /// # Errors
    ///
    /// See [`Failure`].
    pub fn get(&self, path: &str, cancel: &AtomicBool) -> Result<Vec<u8>, Failure> {
        let mut answer = Vec::new();
        let incoming = self.ask(self.versioned(path), self.patience.answer, cancel)?;
        self.read(incoming, &mut answer)?;
        Ok(answer)
    }

    /// A long answer, as it comes; its first bytes may take their time.
    ///
    /// # Errors
    ///
    /// See [`Failure`]; what happens after the first bytes is an error of the stream.
    pub fn stream<'a>(&self, path: &str, cancel: &'a AtomicBool) -> Result<Incoming<'a>, Failure> {
        self.ask(self.versioned(path), self.patience.export, cancel)
    }

    fn versioned(&self, path: &str) -> String {
        let Version(major, minor) = self.version;
        format!("/v{major}.{minor}{path}")
    }

    fn ask<'a>(
        &self,
        path: String,
        first: Duration,
        cancel: &'a AtomicBool,
    ) -> Result<Incoming<'a>, Failure> {
        let (to, parts) = sync_channel(DEPTH);
        let stop = Arc::new(AtomicBool::new(false));
        let job = Job { path, first, stall: self.patience.stall, to, stop: Arc::clone(&stop) };
        self.jobs.send(job).map_err(|_| Failure::Other("the thread of the client is gone".to_owned()))?;
        let mut incoming = Incoming { parts, stop, cancel, chunk: Vec::new(), at: 0, ended: false };
        incoming.fill().map_err(|failure| self.explained(failure))?;
        Ok(incoming)
    }

    fn read(&self, incoming: Incoming<'_>, answer: &mut Vec<u8>) -> Result<(), Failure> {
        let mut incoming = incoming.take(MAX_ANSWER);
        incoming.read_to_end(answer).map_err(|error| match error.downcast::<Failure>() {
            Ok(failure) => self.explained(failure),
            Err(error) => Failure::Cut(error.to_string()),
        })?;
        Ok(())
    }

    /// What ssh said is why its connection is cut.
    fn explained(&self, failure: Failure) -> Failure {
        match self.bridge.as_ref().and_then(Bridge::said) {
            Some(said) if !matches!(failure, Failure::Cancelled | Failure::Status { .. }) => {
                Failure::Other(said)
            }
            _ => failure,
        }
    }
}

/// An answer as it comes.
pub struct Incoming<'a> {
    parts: Receiver<Part>,
    stop: Arc<AtomicBool>,
    cancel: &'a AtomicBool,
    chunk: Vec<u8>,
    at: usize,
    ended: bool,
}

impl Incoming<'_> {
    /// Waits for the next part.
    fn fill(&mut self) -> Result<(), Failure> {
        while self.at == self.chunk.len() && !self.ended {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(Failure::Cancelled);
            }
            match self.parts.recv_timeout(TICK) {
                Ok(Part::Bytes(bytes)) => (self.chunk, self.at) = (bytes, 0),
                Ok(Part::Failed(failure)) => return Err(failure),
                Ok(Part::End) => self.ended = true,
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Failure::Cut("the thread of the client is gone".to_owned()));
                }
            }
        }
        Ok(())
    }
}

impl Read for Incoming<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.fill().map_err(io::Error::other)?;
        let rest = &self.chunk[self.at..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

impl Drop for Incoming<'_> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// The thread: one question after the other.
fn serve(docker: &Docker, jobs: &Receiver<Job>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            for job in jobs {
                let _ = job.to.send(Part::Failed(Failure::Other(error.to_string())));
            }
            return;
        }
    };
    for job in jobs {
        runtime.block_on(answer(docker, &job));
    }
}

/// Who asked may have gone away meanwhile: then nobody misses what cannot be sent.
async fn answer(docker: &Docker, job: &Job) {
    let path = job.path.clone();
    let docker = docker.clone().with_request_modifier(move |mut request| {
        let uri = request.uri();
        if let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority())
            && let Ok(uri) = format!("{scheme}://{authority}{path}").parse()
        {
            *request.uri_mut() = uri;
        }
        request
    });
    let mut stream = docker.export_image("replaced");
    let (mut chunk, mut since, mut limit) = (Vec::new(), Instant::now(), job.first);
    loop {
        let part = match tokio::time::timeout(TICK.min(limit), stream.next()).await {
            Ok(Some(Ok(bytes))) => {
                chunk.extend_from_slice(&bytes);
                (since, limit) = (Instant::now(), job.stall);
                if chunk.len() < CHUNK {
                    continue;
                }
                Part::Bytes(std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK * 2)))
            }
            Ok(ended) => {
                let last = match ended {
                    Some(Err(error)) => Part::Failed(error.into()),
                    _ => Part::End,
                };
                if chunk.is_empty() || job.to.send(Part::Bytes(chunk)).is_ok() {
                    let _ = job.to.send(last);
                }
                return;
            }
            Err(_) if job.stop.load(Ordering::Relaxed) => return,
            Err(_) if since.elapsed() < limit => continue,
            Err(_) => {
                let failure = if limit == job.first && chunk.is_empty() {
                    Failure::Silent(limit)
                } else {
                    Failure::Stalled(limit)
                };
                let _ = job.to.send(Part::Failed(failure));
                return;
            }
        };
        if job.to.send(part).is_err() {
            return;
        }
        // The reader may have taken its time.
        since = Instant::now();
    }
}

/// A name as a part of a path: whatever is not ordinary in names of images is written as `%XX`.
pub fn escaped(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/:@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
