//! Inflating a layer as a stream, whatever its compression, to its last member.
//!
//! gzip and zstd layers are often made of many members or frames (pigz, eStargz, zstd:chunked); a decoder that stops
//! after the first reads 512 bytes of a 173 MB layer and reports no error. So the loop over members is here, and a
//! [`Codec`] decodes one of them.

use std::io::{self, Read};

use super::codec::Codec;
use super::media::{FOOTER, Media};
use super::shares::Point;

/// Large enough that zlib-rs loses nothing between two calls (64 KiB costs it 4 %).
const BUFFER: usize = 256 * 1024;

/// The stored bytes of a blob, buffered and counted.
pub(super) struct Stored<R> {
    inner: R,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    passed: u64,
    /// The last bytes read, for [`Media::with_footer`].
    tail: Vec<u8>,
    finished: bool,
}

impl<R: Read> Stored<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            buffer: vec![0; BUFFER].into(),
            start: 0,
            end: 0,
            passed: 0,
            tail: Vec::new(),
            finished: false,
        }
    }

    /// At least `want` bytes, or all that are left.
    pub(super) fn peek(&mut self, want: usize) -> io::Result<&[u8]> {
        if self.end - self.start < want && !self.finished {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
            while self.end < want && !self.finished {
                match self.inner.read(&mut self.buffer[self.end..]) {
                    Ok(0) => self.finished = true,
                    Ok(read) => self.take_in(read),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn take_in(&mut self, read: usize) {
        let new = &self.buffer[self.end..self.end + read];
        let keep = FOOTER.saturating_sub(new.len()).min(self.tail.len());
        self.tail.drain(..self.tail.len() - keep);
        self.tail.extend_from_slice(&new[new.len().saturating_sub(FOOTER)..]);
        self.end += read;
        self.passed += read as u64;
    }

    /// The next bytes as they are. A large buffer is filled straight from below: there is nothing to look at.
    fn copy(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.start == self.end && !self.finished && buffer.len() >= BUFFER {
            let read = self.inner.read(buffer)?;
            self.passed += read as u64;
            self.finished = read == 0;
            return Ok(read);
        }
        let input = self.peek(1)?;
        let len = input.len().min(buffer.len());
        buffer[..len].copy_from_slice(&input[..len]);
        self.consume(len);
        Ok(len)
    }

    fn consume(&mut self, bytes: usize) {
        self.start += bytes;
    }

    /// How many bytes have been consumed so far.
    fn used(&self) -> u64 {
        self.passed - (self.end - self.start) as u64
    }

    /// How many bytes have been read so far.
    pub(super) fn passed(&self) -> u64 {
        self.passed
    }
}

/// The uncompressed bytes of a blob.
pub struct Inflate<R> {
    stored: Stored<R>,
    media: Media,
    codec: Codec,
    /// Inside a member, not between two.
    inside: bool,
    finished: bool,
    trailing: bool,
    /// Bytes given out; and how many by the members before this one.
    given: u64,
    before: u64,
    point: Point,
}

impl<R: Read> Inflate<R> {
    /// Sniffs the compression.
    ///
    /// # Errors
    ///
    /// The first bytes cannot be read.
    pub fn new(inner: R) -> io::Result<Self> {
        let mut stored = Stored::new(inner);
        let media = Media::sniff(stored.peek(Media::PREFIX)?);
        Ok(Self {
            stored,
            media,
            codec: Codec::new(media)?,
            inside: false,
            finished: false,
            trailing: false,
            given: 0,
            before: 0,
            point: (0, 0),
        })
    }

    /// What the blob is. eStargz and zstd:chunked are known once it has been read to its end.
    pub fn media(&self) -> Media {
        if self.stored.finished { self.media.with_footer(&self.stored.tail) } else { self.media }
    }

    /// How many stored bytes have been read so far.
    pub fn stored_bytes(&self) -> u64 {
        self.stored.passed()
    }

    /// Between two members: how many stored bytes stand before the next one.
    pub fn between_members(&self) -> Option<u64> {
        (!self.inside && !self.finished).then(|| self.stored.used())
    }

    /// The last place where all stored bytes that had been used had been given out: exact for gzip and xz, at the
    /// start of a block for the others.
    pub(super) fn point(&self) -> Point {
        self.point
    }

    /// Whether a point is known after each byte, not only between blocks.
    pub(super) fn points_anywhere(&self) -> bool {
        matches!(self.codec, Codec::Gzip(_) | Codec::Xz(_))
    }

    /// Whether bytes after the last member were ignored.
    pub fn has_trailing(&self) -> bool {
        self.trailing
    }

    /// Goes to the next member. `false` at the end of the blob.
    fn next_member(&mut self) -> io::Result<bool> {
        if matches!(self.codec, Codec::Xz(_)) {
            // Zero bytes between two streams are padding that the format allows.
            while let [0, ..] = self.stored.peek(1)? {
                self.stored.consume(1);
            }
        }
        let next = self.stored.peek(6)?;
        let more = !next.is_empty() && Media::sniff(next) == self.media;
        if more {
            self.inside = true;
        } else {
            self.finished = true;
            // gzip(1) and the engines that call it ignore what follows the last member.
            loop {
                let rest = self.stored.peek(1)?.len();
                if rest == 0 {
                    break;
                }
                self.trailing = true;
                self.stored.consume(rest);
            }
        }
        Ok(more)
    }
}

impl<R: Read> Read for Inflate<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Codec::Copy = self.codec {
            return self.stored.copy(buffer);
        }
        while !self.finished && (self.inside || self.next_member()?) {
            let input = self.stored.peek(1)?;
            let at_end = input.is_empty();
            let step = self.codec.step(input, buffer)?;
            if step.read > 0 && self.given > self.point.0 {
                self.point = (self.given, self.stored.used());
            }
            self.stored.consume(step.read);
            self.given += step.written as u64;
            if step.end {
                // A trailer belongs to what it ends, a member without data to what follows.
                if self.given > self.before {
                    self.point = (self.given, self.stored.used());
                }
                self.before = self.given;
                self.inside = false;
                self.codec.reset()?;
            }
            if step.written > 0 {
                return Ok(step.written);
            }
            if at_end && !step.end {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    "the compressed data end too early",
                ));
            }
        }
        Ok(0)
    }
}
