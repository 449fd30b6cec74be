//! Bytes that can be read at any place, and runs of them: a file, a member of an archive, the embedded sample.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use crate::layer::ReadAt;

struct FileBytes(File);

impl ReadAt for FileBytes {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        FileExt::read_at(&self.0, buffer, offset)
    }
}

struct StaticBytes(&'static [u8]);

impl ReadAt for StaticBytes {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.0.get(offset..)).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

/// A run of bytes.
#[derive(Clone)]
pub struct Region {
    bytes: Arc<dyn ReadAt>,
    offset: u64,
    len: u64,
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Region").field("offset", &self.offset).field("len", &self.len).finish_non_exhaustive()
    }
}

impl Region {
    /// A whole regular file, with its length of now.
    pub fn of_file(file: File) -> io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self::new(Arc::new(FileBytes(file)), len))
    }

    /// Bytes that are part of the binary.
    pub fn of_static(bytes: &'static [u8]) -> Self {
        Self::new(Arc::new(StaticBytes(bytes)), bytes.len() as u64)
    }

    /// The first `len` bytes of something.
    pub fn new(bytes: Arc<dyn ReadAt>, len: u64) -> Self {
        Self { bytes, offset: 0, len }
    }

    /// Length in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// A part; cut at the end of this region.
    pub fn part(&self, offset: u64, len: u64) -> Self {
        let start = offset.min(self.len);
        Self { bytes: Arc::clone(&self.bytes), offset: self.offset + start, len: len.min(self.len - start) }
    }

    /// A stream of its bytes.
    pub fn reader(&self) -> RegionReader {
        RegionReader { region: self.clone(), at: 0 }
    }

    /// All its bytes; the caller has bounded [`Self::len`].
    pub fn read_all(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.reader().read_to_end(&mut bytes)?;
        if (bytes.len() as u64) < self.len {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file became shorter while it was read",
            ));
        }
        Ok(bytes)
    }

    /// Identity of the bytes behind it, so that one blob under two names is read once.
    pub fn key(&self) -> (usize, u64, u64) {
        (Arc::as_ptr(&self.bytes).cast::<u8>() as usize, self.offset, self.len)
    }
}

impl ReadAt for Region {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = left.min(buffer.len());
        if count == 0 {
            return Ok(0);
        }
        self.bytes.read_at(self.offset + offset, &mut buffer[..count])
    }
}

/// A stream over a [`Region`].
pub struct RegionReader {
    region: Region,
    at: u64,
}

impl Read for RegionReader {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let count = self.region.read_at(self.at, buf)?;
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_cut_at_the_end_of_what_holds_them() {
        let whole = Region::of_static(b"0123456789");
        let part = whole.part(3, 4);
        assert_eq!(part.read_all().expect("part"), b"3456");
        assert_eq!(part.part(2, 100).read_all().expect("cut"), b"56");
        assert_eq!((whole.part(50, 1).len(), whole.part(u64::MAX, u64::MAX).len()), (0, 0));
        assert_eq!(part.read_at(u64::MAX, &mut [0; 4]).expect("past the end"), 0);
        assert_ne!(part.key(), whole.key());
        assert_eq!(whole.part(3, 4).key(), part.key());
    }
}
