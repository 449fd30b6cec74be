//! Verifying: every digest, size and count that an image states, against its bytes.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use super::blob::Blob;
use super::documents::Check;
use super::manifest::is_foreign;
use super::{Opened, Options, Progress, SourceError, open_as, parallel, parse_reference};
use crate::image::{LayerInfo, Presence};
use crate::layer::{Inflate, Media};
use crate::oci::{Digest, Hasher};
use crate::text::counted;

const BUFFER: usize = 256 << 10;

/// An image with the result of checking it.
pub struct Verified {
    /// The image, opened although its digests may be wrong.
    pub opened: Opened,
    /// What was checked, documents first, then layers, base first.
    pub checks: Vec<Check>,
}

/// Opens an image whatever its digests say, then reads every blob once and compares.
///
/// # Errors
///
/// There is nothing that is an image, or `cancel` was set. Wrong digests and unreadable layers are checks that failed.
pub fn verify(
    reference: &str,
    options: &Options,
    progress: &(dyn Fn(Progress) + Sync),
    cancel: &AtomicBool,
) -> Result<Verified, SourceError> {
    let opened = open_as(reference, &parse_reference(reference)?, options, progress, cancel, false)?;
    check(opened, progress, cancel)
}

/// As [`verify`], of what was opened. Documents whose digests were wrong have already been refused.
///
/// # Errors
///
/// Only [`SourceError::Cancelled`].
pub fn check(
    opened: Opened,
    progress: &(dyn Fn(Progress) + Sync),
    cancel: &AtomicBool,
) -> Result<Verified, SourceError> {
    let mut checks = opened.checks.clone();
    counts(&opened, &mut checks);
    let mut layers: Vec<_> = opened.info.layers.iter().zip(opened.blobs.iter()).collect();
    layers.sort_by_key(|(layer, _)| std::cmp::Reverse(layer.stored_bytes));
    let mut found = parallel::each(&layers, |&(layer, blob)| {
        let checks = layer_checks(layer, blob.as_ref(), &opened.options, progress, cancel);
        progress(Progress::LayerDone(layer.index));
        (layer.index, checks)
    });
    if cancel.load(Ordering::Relaxed) {
        return Err(SourceError::Cancelled);
    }
    found.sort_by_key(|(index, _)| *index);
    for layer in &opened.info.layers {
        if !found.iter().any(|(index, _)| *index == layer.index) {
            checks.push(failed(format!("layer {}", layer.index), "capas failed to read it, which is a bug"));
        }
    }
    checks.extend(found.into_iter().flat_map(|(_, checks)| checks));
    Ok(Verified { opened, checks })
}

fn passed(subject: String, message: impl Into<String>) -> Check {
    Check { subject, ok: true, message: message.into() }
}

fn failed(subject: String, message: impl Into<String>) -> Check {
    Check { subject, ok: false, message: message.into() }
}

fn counts(opened: &Opened, checks: &mut Vec<Check>) {
    let info = &opened.info;
    let layers = info.layers.len() as u64;
    let diff_ids = info.config.rootfs.diff_ids.len() as u64;
    let history = info.config.history.iter().filter(|entry| !entry.empty_layer).count() as u64;
    let has_config = info.id.is_some();
    if has_config {
        let message = format!("{}, {}", counted(layers, "layer"), counted(diff_ids, "DiffID"));
        checks.push(Check { subject: "DiffIDs".to_owned(), ok: layers == diff_ids, message });
    }
    if !info.config.history.is_empty() {
        let message = format!("{}, {} with a layer", counted(layers, "layer"), counted(history, "step"));
        checks.push(Check { subject: "history".to_owned(), ok: layers == history, message });
    } else if has_config {
        checks.push(passed("history".to_owned(), "there is none, which is allowed"));
    }
}

fn layer_checks(
    layer: &LayerInfo,
    blob: Option<&Blob>,
    options: &Options,
    progress: &(dyn Fn(Progress) + Sync),
    cancel: &AtomicBool,
) -> Vec<Check> {
    let blob_name = layer.digest.as_ref().map_or(String::new(), |digest| format!(" {digest}"));
    let subject = format!("layer {}{blob_name}", layer.index);
    let foreign = is_foreign(&layer.media_type)
        || layer.descriptor.as_ref().is_some_and(|descriptor| !descriptor.urls.is_empty());
    let Some(blob) = blob else {
        let Presence::Absent(why) = &layer.presence else { return vec![failed(subject, "it is not there")] };
        return vec![Check { subject, ok: foreign, message: why.clone() }];
    };
    if let (false, Some(_)) = (blob.is_exact(), &layer.diff_id) {
        let message = "its blob was discarded; its unpacked files are read, which have no digest";
        return vec![passed(subject, message)];
    }
    let mut checks = Vec::new();
    // A blob that an engine has unpacked is not there any more; only its tar can be checked.
    let is_stored = matches!(blob, Blob::Stored(_));
    let digest = layer.digest.as_ref().filter(|_| is_stored);
    let descriptor = layer.descriptor.as_ref().filter(|_| is_stored);
    if let Some(descriptor) = descriptor.filter(|descriptor| descriptor.size != blob.len()) {
        let message = format!("its descriptor says {} bytes, it has {}", descriptor.size, blob.len());
        checks.push(failed(format!("{subject} size"), message));
    }
    let hear = |stored| {
        progress(Progress::Layer(layer.index, stored));
        !cancel.load(Ordering::Relaxed)
    };
    let wanted_diff_id = layer.diff_id.as_ref().filter(|_| layer.presence == Presence::Here);
    let sums = sums(blob, digest, wanted_diff_id, options.max_layer_bytes, &hear);
    if let Some(digest) = digest {
        checks.push(match &sums.blob {
            Some(found) if found == digest => {
                passed(subject, format!("its {} bytes have this digest", blob.len()))
            }
            Some(found) => failed(subject, format!("its {} bytes have the digest {found}", blob.len())),
            None if Hasher::like(digest).is_none() => {
                passed(subject, format!("{} is not computed here", digest.algorithm()))
            }
            None => failed(subject, sums.error.clone().unwrap_or_default()),
        });
    }
    if let Some(diff_id) = wanted_diff_id {
        let subject = format!("layer {} DiffID {diff_id}", layer.index);
        checks.push(match (&sums.tar, &sums.error) {
            (Some(found), _) if found == diff_id => {
                passed(subject, format!("its tar of {} bytes has this digest", sums.tar_bytes))
            }
            (Some(found), _) => {
                failed(subject, format!("its tar of {} bytes has the digest {found}", sums.tar_bytes))
            }
            (None, Some(error)) => failed(subject, format!("after {} bytes: {error}", sums.tar_bytes)),
            (None, None) => passed(subject, format!("{} is not computed here", diff_id.algorithm())),
        });
    } else if layer.presence == Presence::Encrypted {
        checks.push(passed(format!("layer {} DiffID", layer.index), "encrypted, so it cannot be checked"));
    }
    checks
}

/// What one pass over a blob brings.
#[derive(Default)]
struct Sums {
    blob: Option<Digest>,
    tar: Option<Digest>,
    tar_bytes: u64,
    error: Option<String>,
}

/// Reads the blob once: its digest, and the digest of what it inflates to. `hear` says whether to go on.
fn sums(
    blob: &Blob,
    digest: Option<&Digest>,
    diff_id: Option<&Digest>,
    limit: u64,
    hear: &dyn Fn(u64) -> bool,
) -> Sums {
    let mut sums = Sums::default();
    let mut stored = Tee { inner: blob.stream(), hasher: digest.and_then(Hasher::like), bytes: 0 };
    if let Some(hasher) = diff_id.and_then(Hasher::like) {
        let result = inflated(&mut stored, hasher, limit, hear, &mut sums.tar_bytes);
        match result {
            Ok(digest) => sums.tar = Some(digest),
            Err(error) => sums.error = Some(error.to_string()),
        }
    }
    // What the inflater did not reach, be it behind an error.
    let mut buffer = vec![0; BUFFER];
    loop {
        match stored.read(&mut buffer) {
            Ok(0) => {
                // The file may have become shorter than it was when it was opened.
                if blob.is_whole(stored.bytes) {
                    sums.blob = stored.hasher.map(Hasher::finish);
                } else {
                    sums.error = Some(format!("it ends after {} bytes", stored.bytes));
                }
                return sums;
            }
            Ok(_) if !hear(stored.bytes) => return sums,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                sums.error = Some(error.to_string());
                return sums;
            }
        }
    }
}

fn inflated(
    stored: &mut Tee<impl Read>,
    mut hasher: Hasher,
    limit: u64,
    hear: &dyn Fn(u64) -> bool,
    bytes: &mut u64,
) -> io::Result<Digest> {
    let mut stream = Inflate::new(stored)?;
    let mut buffer = vec![0; BUFFER];
    if stream.media() == Media::Unknown {
        return Err(io::Error::other("it is neither a tar nor a compressed one"));
    }
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                *bytes += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if *bytes > limit {
            return Err(io::Error::other(format!("its tar is longer than {limit} bytes")));
        }
        if !hear(stream.stored_bytes()) {
            return Err(io::Error::other("cancelled"));
        }
    }
}

/// Hashes what passes.
struct Tee<R> {
    inner: R,
    hasher: Option<Hasher>,
    bytes: u64,
}

impl<R: Read> Read for Tee<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes += count as u64;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&buffer[..count]);
        }
        Ok(count)
    }
}
