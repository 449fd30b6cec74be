//! Reading the layers: a queue of blobs, the biggest first, over the machine's cores.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use super::blob::Blob;
use super::decide::decide;
use super::parallel::cores;
use super::{Opened, Progress, SourceError};
use crate::image::{Image, Presence, ReadLayer};
use crate::layer::{Cancelled, Changeset, LayerFault, LayerIndex, Loaded, Watch};

/// Partial merges come no closer together than this.
const BETWEEN_MERGES: Duration = Duration::from_millis(100);
/// A merge may take this part of the time at most, so that huge images are not slowed down by being shown.
const MERGE_SHARE: u32 = 5;

type Listener<'a> = &'a (dyn Fn(Progress) + Sync);

/// A blob, and the layers that it stands for: a blob that occurs twice is read once.
struct Job<'a> {
    blob: &'a Blob,
    layers: Vec<LayerIndex>,
}

/// Reads all layers. Merges what is there from time to time when `live`, and tells.
///
/// # Errors
///
/// Only [`SourceError::Cancelled`].
pub fn load(
    opened: &Opened,
    live: bool,
    progress: Listener<'_>,
    cancel: &AtomicBool,
) -> Result<Arc<Image>, SourceError> {
    let jobs = jobs(opened);
    if let Some(ahead) = &opened.ahead {
        // Nobody knew yet that they come from Windows, whose paths are others.
        ahead.keep(|key| !is_windows(opened) && jobs.iter().any(|job| job.blob.key() == *key));
    }
    let mut read: Vec<Option<ReadLayer>> = vec![None; opened.info.layers.len()];
    let threads = cores().min(jobs.len());
    let next = AtomicUsize::new(0);
    let complete = std::thread::scope(|scope| {
        let (results, arrivals) = channel();
        for _ in 0..threads {
            let results = results.clone();
            let (jobs, next) = (&jobs, &next);
            scope.spawn(move || work(jobs, next, opened, &results, progress, cancel));
        }
        drop(results);
        collect(opened, &jobs, &arrivals, &mut read, live.then_some(progress), progress)
    });
    if !complete || cancel.load(Ordering::Relaxed) {
        return Err(SourceError::Cancelled);
    }
    let mut image = Image::assemble(Arc::clone(&opened.info), &read);
    drop(read);
    decide(&mut image.tree, &opened.blobs, cancel)?;
    let image = Arc::new(image);
    if live {
        progress(Progress::Merged(Arc::clone(&image)));
    }
    Ok(image)
}

fn jobs(opened: &Opened) -> Vec<Job<'_>> {
    let mut jobs: Vec<Job<'_>> = Vec::new();
    let mut known = std::collections::HashMap::new();
    for (layer, blob) in opened.info.layers.iter().zip(opened.blobs.iter()) {
        let (Presence::Here, Some(blob)) = (&layer.presence, blob) else { continue };
        // Files of a folder are opened once for each layer: there the digest, which names the file, tells.
        let at = *known.entry((layer.digest.as_ref().ok_or(blob.key()), blob.len())).or_insert_with(|| {
            jobs.push(Job { blob, layers: Vec::new() });
            jobs.len() - 1
        });
        jobs[at].layers.push(layer.index);
    }
    jobs.sort_by_key(|job| std::cmp::Reverse(job.blob.len()));
    jobs
}

type Arrival = (usize, Result<ReadLayer, Cancelled>);

fn work(
    jobs: &[Job<'_>],
    next: &AtomicUsize,
    opened: &Opened,
    results: &Sender<Arrival>,
    progress: Listener<'_>,
    cancel: &AtomicBool,
) {
    while let Some((at, job)) = {
        let at = next.fetch_add(1, Ordering::Relaxed);
        jobs.get(at).map(|job| (at, job))
    } {
        let hear = |stored| {
            for &layer in &job.layers {
                progress(Progress::Layer(layer, stored));
            }
        };
        let limits = opened.options.layer_limits();
        let watch = Watch { limits, windows: is_windows(opened), progress: &hear, cancel };
        let ahead = opened.ahead.as_ref().map(|ahead| ahead.take(job.blob.key(), &hear, cancel));
        let result = ahead.and_then(Result::transpose).unwrap_or_else(|| {
            // A fault in the reader must not take the other layers with it.
            let result = catch_unwind(AssertUnwindSafe(|| job.blob.read(&watch).map(ReadLayer::from)));
            result.unwrap_or_else(|panic| Ok(broken(&*panic).into()))
        });
        let stop = result.is_err();
        if results.send((at, result)).is_err() || stop {
            return;
        }
    }
}

fn is_windows(opened: &Opened) -> bool {
    opened.info.platform.os == "windows"
}

fn broken(panic: &(dyn Any + Send)) -> Loaded {
    let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    let what = format!("capas failed to read this layer, which is a bug ({})", said.unwrap_or("no message"));
    let changeset = Changeset { fault: Some(LayerFault { what, offset: 0 }), ..Changeset::default() };
    Loaded { changeset, ..Loaded::default() }
}

/// Takes what the workers bring until they are done; false when they were cancelled. `live` hears of partial merges.
fn collect(
    opened: &Opened,
    jobs: &[Job<'_>],
    arrivals: &Receiver<Arrival>,
    read: &mut [Option<ReadLayer>],
    live: Option<Listener<'_>>,
    progress: Listener<'_>,
) -> bool {
    let mut left = jobs.len();
    let mut due: Option<Instant> = None;
    let mut earliest = Instant::now();
    while left > 0 {
        let arrival = match (due, live) {
            (Some(due), Some(_)) => arrivals.recv_timeout(due.saturating_duration_since(Instant::now())),
            _ => arrivals.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match arrival {
            Ok((at, Ok(loaded))) => {
                left -= 1;
                for layer in &jobs[at].layers {
                    read[layer.offset()] = Some(loaded.clone());
                    progress(Progress::LayerDone(*layer));
                }
                due = due.or(Some(earliest));
            }
            Ok((_, Err(Cancelled))) | Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => {
                let start = Instant::now();
                if let Some(hear) = live {
                    hear(Progress::Merged(Arc::new(Image::assemble(Arc::clone(&opened.info), read))));
                }
                earliest = Instant::now() + BETWEEN_MERGES.max(start.elapsed() * (MERGE_SHARE - 1));
                due = None;
            }
        }
    }
    true
}
