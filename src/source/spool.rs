//! Streams and archives that are compressed as a whole, inflated into a file without a name, within bounds.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use super::ahead::Ahead;
use super::growing::Growing;
use super::objection::objection;
use super::region::Region;
use super::{Options, Progress, SourceError};
use crate::layer::{Inflate, Media};

/// How much of the free space of the temporary folder a spool may take by default, in percent.
const SHARE_OF_FREE_SPACE: u64 = 90;
const CHUNK: usize = 256 << 10;
/// Progress is told once in so many bytes: few enough for a slow line to show soon that it moves.
const STRIDE: u64 = 256 << 10;

/// A stream on disk.
#[derive(Clone)]
pub struct Spooled {
    /// What came out of it.
    pub bytes: Region,
    /// The layers that were read while it came.
    pub ahead: Option<Arc<Ahead>>,
    /// Why it is not all there, as a clause: the stream broke off.
    pub cut: Option<String>,
}

/// Standard input, which can be read only once: what came is kept for whoever opens it again, with a name this time.
#[derive(Clone, Default)]
pub struct StandardInput(Arc<OnceLock<Spooled>>);

impl fmt::Debug for StandardInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StandardInput").field("is_read", &self.0.get().is_some()).finish()
    }
}

impl StandardInput {
    /// What was read, or what `read` reads now.
    pub(super) fn spooled(
        &self,
        read: impl FnOnce() -> Result<Spooled, SourceError>,
    ) -> Result<Spooled, SourceError> {
        match self.0.get() {
            Some(spooled) => Ok(spooled.clone()),
            None => read().map(|spooled| self.0.get_or_init(|| spooled).clone()),
        }
    }
}

/// Writes the inflated stream into an unlinked file in the temporary folder; layers are read while it comes. Of a stream
/// that breaks off, what came until then.
///
/// # Errors
///
/// Nothing came out of the stream, the temporary folder fails, `max_spool` is passed, or `cancel` was set.
pub fn spool(
    stream: impl Read + Send,
    label: &str,
    options: &Options,
    progress: &(dyn Fn(Progress) + Sync),
    cancel: &AtomicBool,
) -> Result<Spooled, SourceError> {
    let stream = Inflate::new(stream).map_err(|error| SourceError::Io { path: label.to_owned(), error })?;
    let folder = std::env::temp_dir();
    let file = tempfile::tempfile_in(&folder).map_err(|error| unkept(label, &error))?;
    let file = Arc::new(Growing::new(file));
    // Without a thread for it, layers are read when all is there.
    let ahead = Ahead::start(Arc::clone(&file), options.layer_limits()).ok().map(Arc::new);
    let written = write(stream, &file, label, options.max_spool, progress, cancel);
    file.end();
    let cut = written?;
    let len = file.len();
    progress(Progress::Spooled(len));
    Ok(Spooled { bytes: Region::new(file, len), ahead, cut })
}

fn no_room(label: &str, why: String) -> SourceError {
    SourceError::NoRoom { path: label.to_owned(), why }
}

fn unkept(label: &str, error: &io::Error) -> SourceError {
    no_room(label, format!("it cannot be kept in {}: {error}", std::env::temp_dir().display()))
}

/// Why the stream breaks off, if it does.
fn write(
    mut stream: impl Read,
    file: &Growing,
    label: &str,
    max_spool: Option<u64>,
    progress: &(dyn Fn(Progress) + Sync),
    cancel: &AtomicBool,
) -> Result<Option<String>, SourceError> {
    let limit = match max_spool {
        Some(limit) => limit,
        None => free_space(file.file()).map_err(|error| unkept(label, &error))? / 100 * SHARE_OF_FREE_SPACE,
    };
    let (mut written, mut told) = (0_u64, 0_u64);
    let mut start = Vec::with_capacity(Media::PREFIX);
    let mut buffer = vec![0; CHUNK];
    loop {
        if cancel.load(Ordering::Relaxed) {
            return Err(SourceError::Cancelled);
        }
        let count = match stream.read(&mut buffer) {
            Ok(0) => return Ok(None),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // What came until then may still be read; without it there is nothing to say but this.
            Err(error) => {
                let why = format!("the stream breaks off after {written} bytes: {error}");
                if written == 0 {
                    return Err(SourceError::Broken { path: label.to_owned(), why });
                }
                return Ok(Some(why));
            }
        };
        written += count as u64;
        if start.len() < Media::PREFIX {
            start.extend_from_slice(&buffer[..count.min(Media::PREFIX - start.len())]);
            // A bomb of zeros, or any other large thing that is no archive, is not written down first.
            if let (Media::PREFIX, Some(why)) = (start.len(), objection(&start)) {
                return Err(SourceError::NoImage { path: label.to_owned(), why: why.to_owned() });
            }
        }
        if written > limit {
            let folder = std::env::temp_dir();
            return Err(no_room(label, format!("it takes more than {limit} bytes in {}", folder.display())));
        }
        file.append(&buffer[..count]).map_err(|error| unkept(label, &error))?;
        if written - told >= STRIDE {
            told = written;
            progress(Progress::Spooled(written));
        }
    }
}

fn free_space(file: &File) -> io::Result<u64> {
    let figures = rustix::fs::fstatvfs(file)?;
    Ok(figures.f_bavail.saturating_mul(figures.f_frsize))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn a_slow_line_shows_that_it_moves_long_before_its_end() {
        let told = Mutex::new(Vec::new());
        let progress = |progress| {
            if let (Progress::Spooled(bytes), Ok(mut told)) = (progress, told.lock()) {
                told.push(bytes);
            }
        };
        let mut header = tar::Header::new_gnu();
        header.set_path("file").expect("a short name");
        header.set_size(1 << 20);
        header.set_cksum();
        let stream = header.as_bytes().chain(io::repeat(b'x')).take(1 << 20);
        let spooled = spool(stream, "a pipe", &Options::default(), &progress, &AtomicBool::new(false));
        assert!(spooled.is_ok(), "{:?}", spooled.err());
        let told = told.into_inner().expect("nobody else holds it");
        assert!(told.len() >= 4 && told[0] <= 512 << 10, "{told:?}");
        assert_eq!(told.last(), Some(&(1 << 20)), "{told:?}");
    }
}
