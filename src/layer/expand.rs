//! Sparse files as their readers see them.

use std::io::{self, Read};

use super::Sparse;

/// A sparse file with its holes filled with zeros, from its stored pieces.
#[derive(Debug)]
pub struct Expanded<'a, R> {
    stored: R,
    map: &'a Sparse,
    /// The next piece, and how much of it has been read.
    piece: usize,
    taken: u64,
    /// Logical position.
    at: u64,
}

impl Sparse {
    /// The logical bytes ([`Sparse::size`] of them) of a file whose stored bytes are `stored`.
    pub fn expand<R: Read>(&self, stored: R) -> Expanded<'_, R> {
        Expanded { stored, map: self, piece: 0, taken: 0, at: 0 }
    }
}

impl<R: Read> Read for Expanded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.map.size;
        while self.map.pieces.get(self.piece).is_some_and(|&(_, length)| self.taken == length) {
            self.piece += 1;
            self.taken = 0;
        }
        let room = |until: u64, at: u64| buffer.len().min(usize::try_from(until - at).unwrap_or(usize::MAX));
        let (offset, length) = match self.map.pieces.get(self.piece) {
            Some(&(offset, length)) => (offset.saturating_add(self.taken), length - self.taken),
            None => (size, 0),
        };
        if offset < self.at || offset.checked_add(length).is_none_or(|end| end > size) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the pieces of this sparse file overlap"));
        }
        if self.at < offset {
            let zeros = room(offset, self.at);
            buffer[..zeros].fill(0);
            self.at += zeros as u64;
            return Ok(zeros);
        }
        let wanted = room(offset + length, self.at);
        let read = self.stored.read(&mut buffer[..wanted])?;
        if read == 0 && wanted > 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.taken += read as u64;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(size: u64, pieces: &[(u64, u64)], stored: &[u8]) -> io::Result<Vec<u8>> {
        let map = Sparse { size, pieces: pieces.to_vec() };
        let mut all = Vec::new();
        map.expand(stored).read_to_end(&mut all).map(|_| all)
    }

    #[test]
    fn holes_are_zeros() {
        assert_eq!(read(8, &[(2, 2), (5, 1)], b"abc").unwrap(), b"\0\0ab\0c\0\0");
        assert_eq!(read(3, &[], b"").unwrap(), b"\0\0\0");
        assert_eq!(read(2, &[(0, 1), (1, 0), (1, 1), (2, 0)], b"ab").unwrap(), b"ab", "empty pieces");
        assert_eq!(read(0, &[], b"").unwrap(), b"");
    }

    #[test]
    fn pieces_that_cannot_be_are_refused() {
        for pieces in [&[(2, 2), (1, 1)][..], &[(0, 9)], &[(u64::MAX, 2)]] {
            assert!(read(8, pieces, b"abcdefghij").is_err(), "{pieces:?}");
        }
        assert!(read(8, &[(0, 4)], b"ab").is_err(), "stored bytes are missing");
    }

    #[test]
    fn a_terabyte_of_holes_costs_only_what_is_read() {
        let map = Sparse { size: 1 << 40, pieces: Vec::new() };
        let mut start = [1; 16];
        map.expand(io::empty()).read_exact(&mut start).unwrap();
        assert_eq!(start, [0; 16]);
    }
}
