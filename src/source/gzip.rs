//! Reading far inside a gzip layer: inflating from the nearest checkpoint instead of from the start.
//!
//! The state of miniz's inflater can be cloned. One of these every few MiB of output, with the 32 KiB window that later
//! matches refer to, makes a read at any place cost a few milliseconds. Checkpoints are made by the first read that
//! passes, never ahead of it.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_HAS_MORE_INPUT;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::region::Region;
use crate::layer::ReadAt as _;

/// Output between two checkpoints, at first.
const SPACING: u64 = 4 << 20;
/// Checkpoints of one layer, at 43 kB each; when there are more, every second one is dropped.
const MAX_POINTS: usize = 128;
/// Matches reach back so far.
const WINDOW: usize = 32 << 10;
/// The inflater writes round and round in this.
const RING: usize = 64 << 10;
const INPUT: usize = 64 << 10;

/// The checkpoints of a layer.
#[derive(Default)]
pub struct Checkpoints(Mutex<Points>);

struct Points {
    spacing: u64,
    /// Sorted by output position.
    points: Vec<Arc<Point>>,
}

impl Default for Points {
    fn default() -> Self {
        Self { spacing: SPACING, points: Vec::new() }
    }
}

/// Everything that inflating needs to go on from some place.
struct Point {
    /// Offset of the next stored byte.
    stored: u64,
    /// Offset of the next inflated byte.
    out: u64,
    /// Where in the ring that byte goes.
    at: usize,
    inflater: Box<DecompressorOxide>,
    /// The [`WINDOW`] bytes before it.
    window: Box<[u8]>,
}

impl Checkpoints {
    /// A stream of the inflated bytes from `offset` on.
    pub fn reader(self: &Arc<Self>, region: Region, offset: u64) -> GzipReader {
        let mut reader = GzipReader {
            region,
            stored: 0,
            input: vec![0; INPUT].into(),
            taken: 0,
            filled: 0,
            inflater: None,
            ring: vec![0; RING].into(),
            at: 0,
            out: 0,
            fresh: 0,
            skip: offset,
            members: 0,
            checkpoints: Arc::clone(self),
        };
        let nearest = {
            let points = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let after = points.points.partition_point(|point| point.out <= offset);
            after.checked_sub(1).map(|at| Arc::clone(&points.points[at]))
        };
        if let Some(point) = nearest {
            reader.restore(&point);
        }
        reader
    }

    /// Whether a checkpoint at this output position is wanted.
    fn wants(&self, out: u64) -> bool {
        let points = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        out >= points.points.last().map_or(0, |point| point.out) + points.spacing
    }

    fn add(&self, point: Point) {
        let mut points = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if points.points.last().is_some_and(|last| last.out >= point.out) {
            return;
        }
        points.points.push(Arc::new(point));
        if points.points.len() > MAX_POINTS {
            points.spacing *= 2;
            let mut keep = false;
            points.points.retain(|_| {
                keep = !keep;
                !keep
            });
        }
    }

    #[cfg(test)]
    fn count(&self) -> usize {
        self.0.lock().expect("a lock").points.len()
    }
}

/// A stream of inflated bytes.
pub struct GzipReader {
    region: Region,
    /// Offset of the first stored byte that is not in `input` yet.
    stored: u64,
    input: Box<[u8]>,
    taken: usize,
    filled: usize,
    /// The member being inflated; none before a header.
    inflater: Option<Box<DecompressorOxide>>,
    ring: Box<[u8]>,
    at: usize,
    /// Bytes inflated so far, in all members.
    out: u64,
    /// Inflated bytes before `at` that were not handed out.
    fresh: usize,
    /// Bytes still to be passed over.
    skip: u64,
    members: u64,
    checkpoints: Arc<Checkpoints>,
}

impl GzipReader {
    /// Passes over at most so many of the bytes before the wanted place. Whether there are more of them.
    ///
    /// # Errors
    ///
    /// Those of reading.
    pub fn pass(&mut self, most: u64) -> io::Result<bool> {
        let until = self.out.saturating_add(most);
        while self.skip > 0 && self.out < until {
            let passed = self.skip.min(self.fresh as u64);
            self.skip -= passed;
            self.fresh -= passed as usize;
            if self.skip > 0 && !self.inflate()? {
                return Ok(false);
            }
        }
        Ok(self.skip > self.fresh as u64)
    }

    /// How many bytes have been inflated, those before the nearest checkpoint included.
    pub fn position(&self) -> u64 {
        self.out
    }

    fn restore(&mut self, point: &Point) {
        self.stored = point.stored;
        self.out = point.out;
        self.at = point.at;
        self.inflater = Some(point.inflater.clone());
        for (back, &byte) in point.window.iter().rev().enumerate() {
            self.ring[(point.at + RING - 1 - back) % RING] = byte;
        }
        self.skip -= point.out;
        self.members = 1;
    }

    fn checkpoint(&self, inflater: &DecompressorOxide) {
        if !self.checkpoints.wants(self.out) {
            return;
        }
        let window = (0..WINDOW).map(|at| self.ring[(self.at + RING - WINDOW + at) % RING]).collect();
        self.checkpoints.add(Point {
            stored: self.stored - (self.filled - self.taken) as u64,
            out: self.out,
            at: self.at,
            inflater: Box::new(inflater.clone()),
            window,
        });
    }

    /// The next stored byte, if there is one.
    fn byte(&mut self) -> io::Result<Option<u8>> {
        if self.taken == self.filled && !self.fill()? {
            return Ok(None);
        }
        self.taken += 1;
        Ok(Some(self.input[self.taken - 1]))
    }

    fn fill(&mut self) -> io::Result<bool> {
        self.taken = 0;
        self.filled = self.region.read_at(self.stored, &mut self.input)?;
        self.stored += self.filled as u64;
        Ok(self.filled > 0)
    }

    /// Passes a member's header (RFC 1952, 2.3). False where no further member follows: at the end, or before the
    /// padding that some writers leave.
    fn header(&mut self) -> io::Result<bool> {
        let first = self.byte()?;
        let is_next = first == Some(0x1f) && self.byte()? == Some(0x8b);
        if !is_next {
            return if self.members > 0 { Ok(false) } else { Err(invalid("no gzip header")) };
        }
        let mut fixed = [0; 8];
        for byte in &mut fixed {
            *byte = self.need()?;
        }
        let flags = fixed[1];
        if fixed[0] != 8 {
            return Err(invalid("a gzip member that is not deflated"));
        }
        if flags & 4 != 0 {
            for _ in 0..u16::from_le_bytes([self.need()?, self.need()?]) {
                self.need()?;
            }
        }
        for text in [8, 16] {
            if flags & text != 0 {
                while self.need()? != 0 {}
            }
        }
        if flags & 2 != 0 {
            self.need()?;
            self.need()?;
        }
        self.members += 1;
        Ok(true)
    }

    fn need(&mut self) -> io::Result<u8> {
        self.byte()?.ok_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "the gzip stream is cut off"))
    }

    /// Inflates a piece into the ring. False at the end.
    fn inflate(&mut self) -> io::Result<bool> {
        let Some(mut inflater) = self.inflater.take() else {
            if !self.header()? {
                return Ok(false);
            }
            self.inflater = Some(Box::default());
            return Ok(true);
        };
        if self.taken == self.filled {
            // At the end of the input the inflater may still hold bits that make output.
            self.fill()?;
        }
        let more = if self.filled > 0 { TINFL_FLAG_HAS_MORE_INPUT } else { 0 };
        let input = &self.input[self.taken..self.filled];
        let (status, read, written) = decompress(&mut inflater, input, &mut self.ring, self.at, more);
        self.taken += read;
        self.at = (self.at + written) % RING;
        self.out += written as u64;
        self.fresh = written;
        match status {
            TINFLStatus::Done => {
                // Checksum and length are `verify`'s business: what starts in the middle cannot check them.
                for _ in 0..8 {
                    self.need()?;
                }
            }
            TINFLStatus::NeedsMoreInput | TINFLStatus::HasMoreOutput => {
                self.checkpoint(&inflater);
                self.inflater = Some(inflater);
            }
            TINFLStatus::FailedCannotMakeProgress => {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the gzip stream is cut off"));
            }
            _ => return Err(invalid("the gzip data are corrupt")),
        }
        Ok(true)
    }
}

impl Read for GzipReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let passed = self.skip.min(self.fresh as u64);
            self.skip -= passed;
            self.fresh -= passed as usize;
            if self.fresh > 0 {
                let start = (self.at + RING - self.fresh) % RING;
                let count = self.fresh.min(buffer.len()).min(RING - start);
                buffer[..count].copy_from_slice(&self.ring[start..start + count]);
                self.fresh -= count;
                return Ok(count);
            }
            if !self.inflate()? {
                return Ok(0);
            }
        }
    }
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    /// Bytes that compress a little, and with matches that reach far back.
    fn sample(len: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let mut bytes = Vec::with_capacity(len);
        while bytes.len() < len {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if state >> 30 == 0 && bytes.len() > 30_000 {
                let start = bytes.len() - 30_000;
                bytes.extend_from_within(start..start + 50);
            } else {
                bytes.extend_from_slice(&[(state >> 24) as u8, b'a', (state >> 28) as u8]);
            }
        }
        bytes.truncate(len);
        bytes
    }

    fn gzip(bytes: &[u8], level: u32) -> Vec<u8> {
        let mut encoder = flate2::GzBuilder::new()
            .filename("name")
            .comment("comment")
            .extra(vec![1, 2, 3])
            .write(Vec::new(), flate2::Compression::new(level));
        encoder.write_all(bytes).expect("write");
        encoder.finish().expect("finish")
    }

    fn region(bytes: Vec<u8>) -> Region {
        Region::of_static(Box::leak(bytes.into_boxed_slice()))
    }

    #[test]
    fn any_place_reads_as_the_whole_does() {
        let whole = sample(21 << 20);
        let (first, second) = whole.split_at(9 << 20);
        // Several members, one of them stored, one empty, and padding after the last.
        let packed = [gzip(first, 6), gzip(b"", 6), gzip(second, 1), vec![0; 100]].concat();
        let region = region(packed);
        let checkpoints = Arc::new(Checkpoints::default());
        let mut bytes = vec![0; 3000];
        for offset in [20 << 20, 0, (9 << 20) - 1000, 4 << 20, (4 << 20) + 1, (13 << 20) - 5, 20_900_001] {
            checkpoints.reader(region.clone(), offset as u64).read_exact(&mut bytes).expect("bytes");
            assert!(bytes == whole[offset..offset + 3000], "at {offset}");
        }
        assert_eq!(checkpoints.count(), 5);
        let mut all = Vec::new();
        checkpoints.reader(region, 0).read_to_end(&mut all).expect("all");
        assert!(all == whole);
    }

    #[test]
    fn a_reader_does_not_hold_more_than_its_share_of_checkpoints() {
        let whole = vec![7; 700 << 20];
        let region = region(gzip(&whole, 1));
        let checkpoints = Arc::new(Checkpoints::default());
        let read = io::copy(&mut checkpoints.reader(region.clone(), 0), &mut io::sink()).expect("all");
        assert_eq!(read, 700 << 20);
        assert!((64..=MAX_POINTS).contains(&checkpoints.count()), "{}", checkpoints.count());
        let mut rest = Vec::new();
        checkpoints.reader(region, (700 << 20) - 10).read_to_end(&mut rest).expect("the end");
        assert_eq!(rest, [7; 10]);
    }

    #[test]
    fn what_is_cut_off_or_corrupt_ends_with_an_error() {
        let packed = gzip(&sample(100_000), 6);
        for cut in [0, 5, 11, 20, 1000, packed.len() - 9, packed.len() - 1] {
            let checkpoints = Arc::new(Checkpoints::default());
            let result = checkpoints.reader(region(packed[..cut].to_vec()), 0).read_to_end(&mut Vec::new());
            assert!(result.is_err(), "cut at {cut}");
        }
        // The block type 3 does not exist. The header is 10 bytes, 2 + 3 of extra field, 5 of name and 8 of comment.
        let mut corrupt = packed;
        corrupt[28] = 0xff;
        let checkpoints = Arc::new(Checkpoints::default());
        assert!(checkpoints.reader(region(corrupt), 0).read_to_end(&mut Vec::new()).is_err());
    }
}
