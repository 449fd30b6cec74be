//! Reading far inside a layer of many zstd frames (or bzip2 or xz streams): from the nearest frame start that an earlier
//! read has passed. A layer of one frame is always read from its start.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use super::bodies::STRIDE;
use super::region::{Region, RegionReader};
use crate::layer::Inflate;

/// Output between two starts that are kept, at first.
const SPACING: u64 = 1 << 20;
/// Starts of one layer, at 16 bytes each; when there are more, every second one is dropped.
const MAX_STARTS: usize = 4096;
const SKIP_BUFFER: usize = 64 << 10;

/// The frame starts of a layer.
#[derive(Default)]
pub struct Frames(Mutex<Starts>);

#[derive(Default)]
struct Starts {
    spacing: u64,
    /// `(inflated offset, stored offset)`, sorted.
    starts: Vec<(u64, u64)>,
}

impl Frames {
    /// A stream of the inflated bytes from `offset` on. `passed` hears from time to time how far it has come.
    ///
    /// # Errors
    ///
    /// The layer cannot be read as far as that, or `passed` ends it.
    pub fn reader(
        self: &Arc<Self>,
        region: &Region,
        offset: u64,
        passed: &dyn Fn(u64) -> io::Result<()>,
    ) -> io::Result<FrameReader> {
        let (out, stored) = self.nearest(offset);
        let inflate = Inflate::new(region.part(stored, region.len()).reader())?;
        let mut reader = FrameReader { inflate, out, base: stored, frames: Arc::clone(self) };
        let mut buffer = vec![0; SKIP_BUFFER];
        let mut told = out;
        while reader.out < offset {
            if reader.out - told >= STRIDE {
                told = reader.out;
                passed(told)?;
            }
            let left = usize::try_from(offset - reader.out).unwrap_or(usize::MAX).min(SKIP_BUFFER);
            match reader.read(&mut buffer[..left]) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(reader)
    }

    fn nearest(&self, offset: u64) -> (u64, u64) {
        let starts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let after = starts.starts.partition_point(|&(out, _)| out <= offset);
        after.checked_sub(1).map_or((0, 0), |at| starts.starts[at])
    }

    fn add(&self, out: u64, stored: u64) {
        let mut starts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        starts.spacing = starts.spacing.max(SPACING);
        if out < starts.starts.last().map_or(0, |&(last, _)| last) + starts.spacing {
            return;
        }
        starts.starts.push((out, stored));
        if starts.starts.len() > MAX_STARTS {
            starts.spacing *= 2;
            let mut keep = false;
            starts.starts.retain(|_| {
                keep = !keep;
                !keep
            });
        }
    }
}

/// A stream of inflated bytes.
pub struct FrameReader {
    inflate: Inflate<RegionReader>,
    /// Offset of the next inflated byte.
    out: u64,
    /// Where in the layer's stored bytes the stream began.
    base: u64,
    frames: Arc<Frames>,
}

impl Read for FrameReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inflate.read(buffer)?;
        self.out += count as u64;
        if let Some(stored) = self.inflate.between_members() {
            self.frames.add(self.out, self.base + stored);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_reads_start_at_the_nearest_frame() {
        let whole: Vec<u8> =
            (0..6 << 20).map(|at: u32| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        let skippable = [0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3];
        let frame = |piece: &[u8]| [&zstd::encode_all(piece, 1).expect("zstd")[..], &skippable].concat();
        let packed: Vec<u8> = whole.chunks(300_000).flat_map(frame).collect();
        let region = Region::of_static(Box::leak(packed.into_boxed_slice()));
        let frames = Arc::new(Frames::default());
        let mut bytes = vec![0; 1000];
        for offset in [6_290_000, 0, 299_500, 3_000_000, 1_500_001, 5_999_999] {
            frames
                .reader(&region, offset as u64, &|_| Ok(()))
                .expect("a place")
                .read_exact(&mut bytes)
                .expect("bytes");
            assert!(bytes == whole[offset..offset + 1000], "at {offset}");
        }
        // The first read passed all frames; starts are kept once in 1 MiB.
        let starts: Vec<u64> = frames.0.lock().expect("a lock").starts.iter().map(|&(out, _)| out).collect();
        assert_eq!(starts, [1_200_000, 2_400_000, 3_600_000, 4_800_000, 6_000_000]);
        assert_eq!(frames.nearest(3_000_000).0, 2_400_000);
        assert!(
            frames.reader(&region, 6 << 20, &|_| Ok(())).is_ok()
                && frames.reader(&region, (6 << 20) + 1, &|_| Ok(())).is_err()
        );
    }
}
