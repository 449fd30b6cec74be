//! Bytes that can be read at any place: a layer inside an archive, without a copy of it.

use std::io::{self, Read};

/// Positioned reads, as `pread` does them: no shared cursor, so that layers are read by several threads at once.
pub trait ReadAt: Send + Sync {
    /// Reads up to `buffer.len()` bytes from `offset` on; 0 means that `offset` is at or past the end.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

impl ReadAt for [u8] {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.get(offset..)).unwrap_or_default();
        let len = rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        Ok(len)
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.as_slice().read_at(offset, buffer)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for &T {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(offset, buffer)
    }
}

/// A stretch of something larger, read as if it stood alone: as [`ReadAt`], or from its start as [`Read`].
#[derive(Clone, Copy)]
pub struct Region<'a> {
    whole: &'a dyn ReadAt,
    start: u64,
    len: u64,
    next: u64,
}

impl<'a> Region<'a> {
    /// The `len` bytes of `whole` that begin at `start`.
    pub fn new(whole: &'a dyn ReadAt, start: u64, len: u64) -> Self {
        Self { whole, start, len, next: 0 }
    }

    /// Length in bytes, as stated.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Fills as much of `buffer` as there is from `offset` on.
    ///
    /// # Errors
    ///
    /// Those of the reads below.
    pub fn fill(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read_at(offset + filled as u64, &mut buffer[filled..]) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

impl ReadAt for Region<'_> {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.len.saturating_sub(offset).min(buffer.len() as u64);
        match self.start.checked_add(offset) {
            Some(at) if rest > 0 => self.whole.read_at(at, &mut buffer[..rest as usize]),
            _ => Ok(0),
        }
    }
}

impl Read for Region<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.read_at(self.next, buffer)?;
        self.next += read as u64;
        Ok(read)
    }
}
