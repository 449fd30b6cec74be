//! Two ways through the bytes of a tar: by seeking over the bodies, and as a stream that hashes them.

use std::io::{self, Read};

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::LayerFault;
use super::inflate::Inflate;
use super::limits::{Cancelled, Watch};
use super::media::Media;
use super::region::Region;
use super::shares::Shares;

/// Why a layer is read no further.
pub(super) enum Stop {
    Cancelled,
    Fault(LayerFault),
}

impl From<Cancelled> for Stop {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl Stop {
    pub(super) fn fault(offset: u64, what: impl Into<String>) -> Self {
        Self::Fault(LayerFault { what: what.into(), offset })
    }
}

/// The bytes of a tar, front to back.
pub(super) trait Blocks {
    /// Whether [`Self::body`] hashes.
    const HASHES: bool;
    /// Whether data can be read as blocks, too.
    const BODIES: bool = true;
    /// Where we are in the tar.
    fn offset(&self) -> u64;
    /// How many stored bytes have been passed.
    fn stored(&self) -> u64;
    /// The next block; `None` at the end of the bytes.
    fn block(&mut self) -> Result<Option<&[u8; 512]>, Stop>;
    /// Appends `len` bytes and passes over their padding. The caller has checked `len` against a limit.
    fn copy(&mut self, len: u64, into: &mut Vec<u8>) -> Result<(), Stop>;
    /// Passes over `len` bytes and their padding; their `xxh3_64`, or 0 where nothing is hashed.
    fn body(&mut self, len: u64) -> Result<u64, Stop>;
    /// Passes over all that is left. Whether any of it is not zero.
    fn rest(&mut self) -> Result<bool, Stop>;
    /// A member ends here.
    fn end_member(&mut self) {}
    /// What each member took of the stored bytes; empty where these are the tar itself.
    fn shares(&mut self) -> Vec<u64> {
        Vec::new()
    }
}

const IN_DATA: &str = "the archive ends inside a file's data";
const IN_HEADER: &str = "the archive ends inside a header";

/// The bytes up to the next multiple of 512.
pub(super) fn padding(len: u64) -> u64 {
    len.wrapping_neg() % 512
}

/// A plain layer, read by its headers only.
pub(super) struct Seek<'a> {
    region: Region<'a>,
    watch: &'a Watch<'a>,
    offset: u64,
    /// Bytes read ahead; `start` is the offset of the first.
    window: Vec<u8>,
    start: u64,
    filled: usize,
    /// How much to read at once.
    span: usize,
    /// Blocks that the present window has served.
    served: usize,
    told: u64,
}

/// Small files stand close together and want large reads, large files small ones: a window that served less than one
/// block in 4 KiB halves, one that served two doubles. Measured: 4 KiB is best for an ordinary image, 128 KiB for a
/// million small files; advice to the kernel (RANDOM) makes a cold cache ten times slower.
const SPANS: std::ops::RangeInclusive<usize> = 4096..=128 * 1024;

impl<'a> Seek<'a> {
    pub(super) fn new(region: Region<'a>, watch: &'a Watch<'a>) -> Self {
        let span = *SPANS.start();
        Self {
            region,
            watch,
            offset: 0,
            window: vec![0; *SPANS.end()],
            start: 0,
            filled: 0,
            span,
            served: 0,
            told: 0,
        }
    }

    fn len(&self) -> u64 {
        self.region.len()
    }

    /// Bytes of the window from the present offset on.
    fn ahead(&self) -> &[u8] {
        let at = self.offset.wrapping_sub(self.start);
        usize::try_from(at).ok().and_then(|at| self.window[..self.filled].get(at..)).unwrap_or_default()
    }

    /// Reads a new window that begins at the present offset.
    fn refill(&mut self) -> Result<(), Stop> {
        if self.offset - self.told >= 1 << 20 || self.told == 0 {
            self.told = self.offset;
            self.watch.tick(self.offset)?;
        }
        if self.served * 4096 < self.span {
            self.span = (self.span / 2).max(*SPANS.start());
        } else if self.served * 2048 >= self.span {
            self.span = (self.span * 2).min(*SPANS.end());
        }
        self.served = 0;
        self.start = self.offset;
        self.filled = 0;
        self.filled = self
            .region
            .fill(self.offset, &mut self.window[..self.span])
            .map_err(|error| Stop::fault(self.offset, format!("the layer cannot be read ({error})")))?;
        Ok(())
    }

    /// Moves on by `len`; `what` is the fault when there is no such place.
    fn pass(&mut self, len: u64) -> Result<(), Stop> {
        match self.offset.checked_add(len) {
            Some(end) if end <= self.len() => {
                self.offset = end.saturating_add(padding(len)).min(self.len());
                if self.offset > self.watch.limits.tar_bytes {
                    return Err(too_large(self.watch));
                }
                Ok(())
            }
            _ => Err(Stop::fault(self.len(), IN_DATA)),
        }
    }
}

impl Blocks for Seek<'_> {
    const HASHES: bool = false;

    fn offset(&self) -> u64 {
        self.offset
    }

    fn stored(&self) -> u64 {
        self.offset
    }

    fn block(&mut self) -> Result<Option<&[u8; 512]>, Stop> {
        if self.ahead().len() < 512 {
            self.refill()?;
        }
        let at = self.offset;
        match self.ahead().len() {
            0 if at >= self.len() => return Ok(None),
            512.. => {}
            have => return Err(Stop::fault(at + have as u64, IN_HEADER)),
        }
        self.served += 1;
        self.offset += 512;
        let from = (at - self.start) as usize;
        Ok(self.window[from..].first_chunk())
    }

    fn copy(&mut self, len: u64, into: &mut Vec<u8>) -> Result<(), Stop> {
        let mut left = len;
        while left > 0 {
            if self.ahead().is_empty() {
                self.refill()?;
            }
            let take = self.ahead().len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if take == 0 {
                return Err(Stop::fault(self.offset, IN_DATA));
            }
            into.extend_from_slice(&self.ahead()[..take]);
            self.served += take.div_ceil(512);
            self.offset += take as u64;
            left -= take as u64;
        }
        self.offset = self.offset.saturating_add(padding(len)).min(self.len());
        Ok(())
    }

    fn body(&mut self, len: u64) -> Result<u64, Stop> {
        self.pass(len)?;
        Ok(0)
    }

    fn rest(&mut self) -> Result<bool, Stop> {
        let mut odd = false;
        self.span = *SPANS.end();
        while self.offset < self.len() {
            if self.ahead().is_empty() {
                self.served = self.span;
                self.refill()?;
            }
            let ahead = self.ahead();
            if ahead.is_empty() {
                return Err(Stop::fault(self.offset, IN_DATA));
            }
            odd |= ahead.iter().any(|&byte| byte != 0);
            self.offset += ahead.len() as u64;
        }
        Ok(odd)
    }
}

pub(super) fn too_large(watch: &Watch<'_>) -> Stop {
    let limit = watch.limits.tar_bytes;
    Stop::fault(limit, format!("the layer is larger than the limit of {limit} bytes"))
}

/// A layer as it comes out of the inflater.
pub(super) struct Stream<'a, R> {
    inner: Inflate<R>,
    watch: &'a Watch<'a>,
    buffer: Box<[u8]>,
    at: usize,
    end: usize,
    /// Offset in the tar of the buffer's first byte.
    start: u64,
    /// Up to where the watch has been told.
    told: u64,
    shares: Shares,
}

/// Inflating stops at least so often, and where a member ends of which more than [`SMALL`] was not yet inflated: what a
/// member took is then exact to a part of this. Smaller steps slow the inflater down.
const STEP: usize = 64 * 1024;
const SMALL: u64 = 8 * 1024;

impl<'a, R: Read> Stream<'a, R> {
    pub(super) fn new(inner: Inflate<R>, watch: &'a Watch<'a>) -> Self {
        // Small enough that what was inflated is still in the second-level cache when it is hashed.
        Self {
            inner,
            watch,
            buffer: vec![0; 128 * 1024].into(),
            at: 0,
            end: 0,
            start: 0,
            told: 0,
            shares: Shares::default(),
        }
    }

    pub(super) fn inner(&self) -> &Inflate<R> {
        &self.inner
    }

    fn ahead(&self) -> &[u8] {
        &self.buffer[self.at..self.end]
    }

    /// Reads until at least `want` bytes are there, or the stream ends; `member` says how many the present member still
    /// has, 0 in a header.
    fn fill(&mut self, want: usize, member: u64) -> Result<(), Stop> {
        self.buffer.copy_within(self.at..self.end, 0);
        self.start += self.at as u64;
        self.end -= self.at;
        self.at = 0;
        while self.end < want {
            let filled = self.start + self.end as u64;
            if self.told == 0 || filled - self.told >= self.buffer.len() as u64 {
                self.told = filled;
                self.watch.tick(self.inner.stored_bytes())?;
            }
            let mut room = self.buffer.len() - self.end;
            if self.inner.points_anywhere() {
                let stop = if member < SMALL { STEP } else { usize::try_from(member).unwrap_or(room) };
                room = room.min(stop.max(want - self.end));
            }
            let result = self.inner.read(&mut self.buffer[self.end..self.end + room]);
            self.shares.point(self.inner.point(), self.start);
            match result {
                Ok(0) => break,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(Stop::fault(
                        self.start + self.end as u64,
                        format!("the layer cannot be read ({error})"),
                    ));
                }
            }
            if self.start + self.end as u64 > self.watch.limits.tar_bytes {
                return Err(too_large(self.watch));
            }
        }
        Ok(())
    }

    /// Hands `len` bytes to `each`, piece by piece, and passes over the padding.
    fn pieces(&mut self, len: u64, mut each: impl FnMut(&[u8])) -> Result<(), Stop> {
        let mut left = len;
        while left > 0 {
            if self.at == self.end {
                self.fill(1, left.saturating_add(padding(len)))?;
            }
            let take = self.ahead().len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if take == 0 {
                return Err(Stop::fault(self.offset(), IN_DATA));
            }
            each(&self.ahead()[..take]);
            self.at += take;
            left -= take as u64;
        }
        let pad = padding(len) as usize;
        if self.ahead().len() < pad {
            self.fill(pad, pad as u64)?;
        }
        // Padding that is cut off at the very end harms nobody.
        self.at += pad.min(self.ahead().len());
        Ok(())
    }
}

impl<R: Read> Blocks for Stream<'_, R> {
    const HASHES: bool = true;

    fn offset(&self) -> u64 {
        self.start + self.at as u64
    }

    fn stored(&self) -> u64 {
        self.inner.stored_bytes()
    }

    fn block(&mut self) -> Result<Option<&[u8; 512]>, Stop> {
        if self.ahead().len() < 512 {
            self.fill(512, 0)?;
        }
        match self.ahead().len() {
            0 => return Ok(None),
            512.. => {}
            have => return Err(Stop::fault(self.offset() + have as u64, IN_HEADER)),
        }
        let at = self.at;
        self.at += 512;
        Ok(self.buffer[at..].first_chunk())
    }

    fn copy(&mut self, len: u64, into: &mut Vec<u8>) -> Result<(), Stop> {
        self.pieces(len, |piece| into.extend_from_slice(piece))
    }

    fn body(&mut self, len: u64) -> Result<u64, Stop> {
        if len <= self.ahead().len() as u64 {
            let hash = xxh3_64(&self.ahead()[..len as usize]);
            self.pieces(len, |_| {})?;
            return Ok(hash);
        }
        let mut hasher = Xxh3::new();
        self.pieces(len, |piece| hasher.update(piece))?;
        Ok(hasher.digest())
    }

    fn rest(&mut self) -> Result<bool, Stop> {
        let mut odd = false;
        loop {
            odd |= self.ahead().iter().any(|&byte| byte != 0);
            self.at = self.end;
            self.fill(1, u64::MAX)?;
            if self.ahead().is_empty() {
                return Ok(odd);
            }
        }
    }

    fn end_member(&mut self) {
        self.shares.end(self.offset());
    }

    fn shares(&mut self) -> Vec<u64> {
        let given = self.start + self.end as u64;
        match self.inner.media() {
            Media::None | Media::Unknown => Vec::new(),
            _ => self.shares.finish((given, self.inner.stored_bytes())),
        }
    }
}
