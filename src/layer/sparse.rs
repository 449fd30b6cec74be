//! Sparse maps of all four formats: old GNU, and PAX 0.0, 0.1 and 1.0.

use tar::{GnuExtSparseHeader, GnuSparseHeader, Header};

use super::Sparse;
use super::blocks::{Blocks, Stop};
use super::limits::Limits;
use super::number;

/// Checks a map of `(offset, length)` against the stored and the logical size: pieces in order, none over another, all of
/// the stored bytes used. Pieces of length 0 only mark the end of a file.
pub(super) fn checked(mut pieces: Vec<(u64, u64)>, stored: u64, size: u64) -> Option<Sparse> {
    pieces.retain(|&(_, length)| length > 0);
    let (mut end, mut total) = (0_u64, 0_u64);
    for &(offset, length) in &pieces {
        if offset < end {
            return None;
        }
        end = offset.checked_add(length)?;
        total = total.checked_add(length)?;
    }
    (end <= size && total == stored && i64::try_from(size).is_ok()).then_some(Sparse { size, pieces })
}

fn push(pieces: &mut Vec<(u64, u64)>, header: &GnuSparseHeader) -> Option<()> {
    let offset = u64::try_from(number::field(&header.offset)?).ok()?;
    let length = u64::try_from(number::field(&header.numbytes)?).ok()?;
    pieces.push((offset, length));
    Some(())
}

/// What an old GNU header (type `S`) says of its file.
pub(super) struct OldGnu {
    pub(super) pieces: Vec<(u64, u64)>,
    /// Logical size.
    pub(super) size: u64,
    /// Whether blocks with more pieces follow.
    pub(super) more: bool,
}

impl OldGnu {
    pub(super) fn of(header: &Header) -> Option<Self> {
        let gnu = header.as_gnu()?;
        let mut pieces = Vec::new();
        for piece in gnu.sparse.iter().take_while(|piece| piece.offset[0] != 0) {
            push(&mut pieces, piece)?;
        }
        let size = u64::try_from(number::field(&gnu.realsize)?).ok()?;
        Some(Self { pieces, size, more: gnu.isextended[0] != 0 })
    }
}

/// Reads the blocks with more pieces that follow an old GNU header.
pub(super) fn old_gnu_more(
    blocks: &mut impl Blocks,
    pieces: &mut Vec<(u64, u64)>,
    limits: &Limits,
) -> Result<(), Stop> {
    let mut extended = GnuExtSparseHeader::new();
    loop {
        let at = blocks.offset();
        let Some(block) = blocks.block()? else {
            return Err(Stop::fault(at, "the archive ends inside a sparse map"));
        };
        extended.as_mut_bytes().copy_from_slice(block);
        for piece in extended.sparse.iter().take_while(|piece| piece.offset[0] != 0) {
            push(pieces, piece).ok_or_else(|| Stop::fault(at, WRONG))?;
        }
        within(pieces.len() as u64, at, limits)?;
        if extended.isextended[0] == 0 {
            return Ok(());
        }
    }
}

pub(super) const WRONG: &str = "a sparse map does not fit its file";

pub(super) fn within(pieces: u64, at: u64, limits: &Limits) -> Result<(), Stop> {
    if pieces > limits.sparse_pieces {
        return Err(Stop::fault(at, format!("a sparse file has more than {} pieces", limits.sparse_pieces)));
    }
    Ok(())
}

/// Reads the map of PAX 1.0, which is the first part of a file's data: decimal lines (how many pieces; then offset and
/// length of each), filled up to a whole block. `stored` is the size of map and data together; what the map took is
/// subtracted.
pub(super) fn pax_1_0(
    blocks: &mut impl Blocks,
    stored: &mut u64,
    limits: &Limits,
) -> Result<Vec<(u64, u64)>, Stop> {
    let start = blocks.offset();
    let wrong = || Stop::fault(start, WRONG);
    let mut numbers: Vec<u64> = Vec::new();
    let mut digits: Option<u64> = None;
    loop {
        let at = blocks.offset();
        *stored = stored.checked_sub(512).ok_or_else(wrong)?;
        let Some(block) = blocks.block()? else {
            return Err(Stop::fault(at, "the archive ends inside a sparse map"));
        };
        for &byte in block {
            match byte {
                b'0'..=b'9' => {
                    let value = digits.unwrap_or(0).checked_mul(10).ok_or_else(wrong)?;
                    digits = Some(value.checked_add(u64::from(byte - b'0')).ok_or_else(wrong)?);
                }
                b'\n' => numbers.push(digits.take().ok_or_else(wrong)?),
                _ => return Err(wrong()),
            }
            if let Some((&count, pairs)) = numbers.split_first() {
                within(count, at, limits)?;
                if pairs.len() as u64 == 2 * count {
                    return Ok(pairs.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect());
                }
            }
        }
    }
}
