//! Streams and archives that are compressed as a whole, inflated into a file without a name, within bounds.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use super::objection::objection;
use super::region::Region;
use super::{Progress, SourceError};
use crate::layer::{Inflate, Media};

/// How much of the free space of the temporary folder a spool may take by default, in percent.
const SHARE_OF_FREE_SPACE: u64 = 90;
const CHUNK: usize = 256 << 10;
/// Progress is told once in so many bytes: few enough for a slow line to show soon that it moves.
const STRIDE: u64 = 256 << 10;

/// A stream on disk.
#[derive(Clone, Debug)]
pub struct Spooled {
    /// What came out of it.
    pub bytes: Region,
    /// Why it is not all there, as a clause: the stream broke off.
    pub cut: Option<String>,
}

/// Standard input, which can be read only once: what came is kept for whoever opens it again, with a name this time.
#[derive(Clone, Debug, Default)]
pub struct StandardInput(Arc<OnceLock<Spooled>>);

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

/// Writes the inflated stream into an unlinked file in the temporary folder. Of a stream that breaks off, what came
/// until then.
///
/// # Errors
///
/// Nothing came out of the stream, the temporary folder fails, `max_spool` is passed, or `cancel` was set.
pub fn spool(
    stream: impl Read + Send,
    label: &str,
    max_spool: Option<u64>,
    progress: &(dyn Fn(Progress) + Sync),
    cancel: &AtomicBool,
) -> Result<Spooled, SourceError> {
    let broken = |error: io::Error| SourceError::Io { path: label.to_owned(), error };
    let folder = std::env::temp_dir();
    let no_room = |why: String| SourceError::NoRoom { path: label.to_owned(), why };
    let at_folder = |error: io::Error| no_room(format!("it cannot be kept in {}: {error}", folder.display()));
    let mut stream = Inflate::new(stream).map_err(broken)?;
    let mut file = tempfile::tempfile_in(&folder).map_err(at_folder)?;
    let limit = match max_spool {
        Some(limit) => limit,
        None => free_space(&file).map_err(at_folder)? / 100 * SHARE_OF_FREE_SPACE,
    };
    let (mut written, mut told, mut cut) = (0_u64, 0_u64, None);
    let mut start = Vec::with_capacity(Media::PREFIX);
    let mut buffer = vec![0; CHUNK];
    loop {
        if cancel.load(Ordering::Relaxed) {
            return Err(SourceError::Cancelled);
        }
        let count = match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // What came until then may still be read; without it there is nothing to say but this.
            Err(error) => {
                let why = format!("the stream breaks off after {written} bytes: {error}");
                if written == 0 {
                    return Err(SourceError::Broken { path: label.to_owned(), why });
                }
                cut = Some(why);
                break;
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
            return Err(no_room(format!("it takes more than {limit} bytes in {}", folder.display())));
        }
        file.write_all(&buffer[..count]).map_err(at_folder)?;
        if written - told >= STRIDE {
            told = written;
            progress(Progress::Spooled(written));
        }
    }
    progress(Progress::Spooled(written));
    Ok(Spooled { bytes: Region::of_file(file).map_err(at_folder)?, cut })
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
        let spooled = spool(stream, "a pipe", None, &progress, &AtomicBool::new(false));
        assert!(spooled.is_ok(), "{:?}", spooled.err());
        let told = told.into_inner().expect("nobody else holds it");
        assert!(told.len() >= 4 && told[0] <= 512 << 10, "{told:?}");
        assert_eq!(told.last(), Some(&(1 << 20)), "{told:?}");
    }
}
