//! A layer whose tar is not there in one piece: headers here, the files' data somewhere else.
//!
//! Engines that unpack layers keep what a tar says beyond its files (tar-split); a folder that was never a tar can be
//! told as one. Either way the reader sees the tar that would be, with the offsets that it would have, and none of the
//! data is touched.

use std::io::{self, Read};

use super::blocks::{Blocks, Stop, padding};
use super::limits::{Cancelled, Watch};
use super::load::read_members;
use super::reader::Reader;
use super::{Changeset, ContentHash};

/// What comes next in a tar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Bytes of the tar: padding of the last file, headers, end blocks.
    Bytes(&'a [u8]),
    /// The data of one member, which are elsewhere.
    Data {
        /// Its name as its headers give it.
        name: &'a [u8],
        /// Their length.
        size: u64,
        /// Their CRC-64, where it is known.
        crc: Option<u64>,
    },
}

/// The pieces of a tar, front to back: before each [`Piece::Data`] stand all headers of that member, and every member
/// has one, be it empty.
pub trait Pieces {
    /// The next piece.
    ///
    /// # Errors
    ///
    /// What describes the tar is broken or cannot be read.
    fn next(&mut self) -> io::Result<Option<Piece<'_>>>;

    /// The last [`Piece::Data`] is that of a member with so many stored bytes at this offset of the tar.
    fn place(&mut self, _offset: u64, _size: u64) {}
}

/// Reads a layer from its pieces. Hashes are checksums of [`ContentHash::Crc64`], if each file with data has one.
///
/// # Errors
///
/// Only when cancelled.
pub fn read_pieces(pieces: &mut dyn Pieces, watch: &Watch<'_>) -> Result<Changeset, Cancelled> {
    let mut reader = Reader::new(Split::new(pieces, watch), watch.limits);
    let mut changeset = read_members(&mut reader, watch, |_| false)?;
    let Some(table) = std::sync::Arc::get_mut(&mut changeset.entries) else { return Ok(changeset) };
    table.hashed_by = ContentHash::Crc64;
    if !reader.blocks.hashed {
        table.hashes = Vec::new();
    }
    Ok(changeset)
}

/// The blocks of a tar in pieces.
struct Split<'a> {
    pieces: &'a mut dyn Pieces,
    watch: &'a Watch<'a>,
    /// The bytes at hand, and how many of them have been passed.
    bytes: Vec<u8>,
    at: usize,
    /// Offset in the tar of the first byte that has not been passed, the padding that is due not counted.
    offset: u64,
    /// Padding of the last file, which the next bytes begin with.
    due: Option<u64>,
    /// Whether all files had a checksum so far.
    hashed: bool,
    told: u64,
}

/// What [`Split::fetch`] found.
enum Fetched {
    Bytes,
    /// Data of this length, with this checksum.
    Data(u64, Option<u64>),
    End,
}

const NO_DATA: &str = "a member is followed by no data, although its header states some";

impl<'a> Split<'a> {
    fn new(pieces: &'a mut dyn Pieces, watch: &'a Watch<'a>) -> Self {
        Self { pieces, watch, bytes: Vec::new(), at: 0, offset: 0, due: None, hashed: true, told: 0 }
    }

    /// Takes the next piece. All bytes at hand have been passed.
    fn fetch(&mut self) -> Result<Fetched, Stop> {
        if self.offset - self.told >= 1 << 20 || self.told == 0 {
            self.told = self.offset.max(1);
            self.watch.tick(self.offset)?;
        }
        let offset = self.offset;
        let failed =
            |error| Stop::fault(offset, format!("the layer's list of files cannot be read ({error})"));
        match self.pieces.next().map_err(failed)? {
            None => {
                // A tar may end without the padding of its last file.
                self.due = None;
                Ok(Fetched::End)
            }
            Some(Piece::Data { size, crc, .. }) => Ok(Fetched::Data(size, crc)),
            Some(Piece::Bytes(bytes)) => {
                self.bytes.clear();
                self.bytes.extend_from_slice(bytes);
                let len = bytes.len() as u64;
                let padding = match self.due.take() {
                    None => 0,
                    // The data of a sparse file may be fewer than its size says: whole blocks follow the padding.
                    Some(due) if len > due && !(len - due).is_multiple_of(512) => len % 512,
                    Some(due) => due.min(len),
                };
                self.at = padding as usize;
                self.offset += padding;
                Ok(Fetched::Bytes)
            }
        }
    }

    fn ahead(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    /// Passes over bytes at hand.
    fn pass(&mut self, count: usize) {
        self.at += count;
        self.offset += count as u64;
    }

    /// Makes sure that a byte is at hand; `false` at the end.
    fn fill(&mut self, what: &'static str) -> Result<bool, Stop> {
        while self.ahead().is_empty() {
            match self.fetch()? {
                Fetched::Bytes => {}
                Fetched::End => return Ok(false),
                Fetched::Data(..) => return Err(Stop::fault(self.offset, what)),
            }
        }
        Ok(true)
    }
}

impl Blocks for Split<'_> {
    const HASHES: bool = true;
    const BODIES: bool = false;

    fn offset(&self) -> u64 {
        self.offset + self.due.unwrap_or(0)
    }

    fn stored(&self) -> u64 {
        self.offset
    }

    fn block(&mut self) -> Result<Option<&[u8; 512]>, Stop> {
        if !self.fill("data come before their header")? {
            return Ok(None);
        }
        let at = self.at;
        if self.ahead().len() < 512 {
            return Err(Stop::fault(
                self.offset + self.ahead().len() as u64,
                "the archive ends inside a header",
            ));
        }
        self.pass(512);
        Ok(self.bytes[at..].first_chunk())
    }

    fn copy(&mut self, len: u64, into: &mut Vec<u8>) -> Result<(), Stop> {
        let mut left = len;
        while left > 0 {
            let inside = "the archive ends inside an extended header";
            if !self.fill(inside)? {
                return Err(Stop::fault(self.offset, inside));
            }
            let take = self.ahead().len().min(usize::try_from(left).unwrap_or(usize::MAX));
            into.extend_from_slice(&self.ahead()[..take]);
            self.pass(take);
            left -= take as u64;
        }
        self.pass(self.ahead().len().min(padding(len) as usize));
        Ok(())
    }

    fn body(&mut self, len: u64) -> Result<u64, Stop> {
        // The padding of the last file may be all that the last bytes were.
        let fetched = if self.ahead().is_empty() { self.fetch()? } else { Fetched::Bytes };
        let Fetched::Data(size, crc) = fetched else {
            return Err(Stop::fault(self.offset, NO_DATA));
        };
        self.pieces.place(self.offset, len);
        self.hashed &= crc.is_some() || size == 0;
        self.offset = self.offset.saturating_add(len);
        self.due = Some(padding(len));
        if self.offset > self.watch.limits.tar_bytes {
            return Err(super::blocks::too_large(self.watch));
        }
        Ok(crc.unwrap_or(0))
    }

    fn rest(&mut self) -> Result<bool, Stop> {
        let mut odd = false;
        loop {
            odd |= self.ahead().iter().any(|&byte| byte != 0);
            self.pass(self.ahead().len());
            if !self.fill("data come after the end")? {
                return Ok(odd);
            }
        }
    }
}

/// The tar itself, put together from its pieces and the data that `open` finds.
pub struct Assembled<F> {
    pieces: Box<dyn Pieces + Send>,
    open: F,
    bytes: Vec<u8>,
    at: usize,
    data: Option<(Box<dyn Read + Send>, u64)>,
}

impl<F: FnMut(&[u8]) -> io::Result<Box<dyn Read + Send>>> Assembled<F> {
    /// `open` opens the data of a member by its name.
    pub fn new(pieces: Box<dyn Pieces + Send>, open: F) -> Self {
        Self { pieces, open, bytes: Vec::new(), at: 0, data: None }
    }
}

impl<F: FnMut(&[u8]) -> io::Result<Box<dyn Read + Send>>> Read for Assembled<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some((data, left)) = &mut self.data {
                let want = usize::try_from(*left).unwrap_or(usize::MAX).min(buffer.len());
                let count = data.read(&mut buffer[..want])?;
                if count == 0 && want > 0 {
                    return Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "a file is shorter than it was",
                    ));
                }
                *left -= count as u64;
                if *left == 0 {
                    self.data = None;
                }
                return Ok(count);
            }
            let ahead = &self.bytes[self.at..];
            if !ahead.is_empty() {
                let count = ahead.len().min(buffer.len());
                buffer[..count].copy_from_slice(&ahead[..count]);
                self.at += count;
                return Ok(count);
            }
            match self.pieces.next()? {
                None => return Ok(0),
                Some(Piece::Bytes(bytes)) => {
                    self.bytes.clear();
                    self.bytes.extend_from_slice(bytes);
                    self.at = 0;
                }
                Some(Piece::Data { size: 0, .. }) => {}
                Some(Piece::Data { name, size, .. }) => self.data = Some(((self.open)(name)?, size)),
            }
        }
    }
}
