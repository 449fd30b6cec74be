//! Looking for credentials in a stream, in bounded memory.

use super::tokens::{LONGEST, Token, mask, tokens_in};

/// So many bytes at the start without a NUL make a text, as for `grep` and `git`.
const PROBE: usize = 8000;
/// So many secrets of one file are kept.
const MOST: usize = 20;

/// A secret of a stream: what, where, what may be shown.
pub(super) struct Hit {
    pub what: &'static Token,
    pub offset: u64,
    pub mark: String,
}

/// The part of a stream that is looked at.
#[derive(Default)]
pub(super) struct Window {
    bytes: Vec<u8>,
    /// Where in the stream `bytes` begin.
    offset: u64,
    /// How much of `bytes` was looked at before; one byte more stands before it.
    done: usize,
    is_binary: bool,
    pub hits: Vec<Hit>,
    pub more: u64,
}

impl Window {
    /// The next piece of the stream. False when nothing more is wanted.
    pub fn add(&mut self, piece: &[u8]) -> bool {
        if self.offset == 0 && self.bytes.len() < PROBE {
            let probe = &piece[..piece.len().min(PROBE - self.bytes.len())];
            self.is_binary |= memchr::memchr(0, probe).is_some();
        }
        if self.is_binary {
            return false;
        }
        self.bytes.extend_from_slice(piece);
        if self.bytes.len() > LONGEST * 2 {
            self.look(self.bytes.len() - LONGEST);
        }
        true
    }

    /// The end of the stream.
    pub fn finish(&mut self) {
        if !self.is_binary {
            self.look(self.bytes.len());
        }
    }

    /// Takes the tokens that begin before `end`, and drops what is no longer needed.
    fn look(&mut self, end: usize) {
        for (what, range) in tokens_in(&self.bytes, self.done) {
            if range.start >= end {
                break;
            }
            self.done = self.done.max(range.end);
            if self.hits.len() < MOST {
                let mark = mask(&self.bytes[range.clone()]);
                self.hits.push(Hit { what, offset: self.offset + range.start as u64, mark });
            } else {
                self.more += 1;
            }
        }
        // The byte before tells whether a word begins, and a number may stand there.
        let next = self.done.max(end);
        let keep = next.saturating_sub(16);
        self.bytes.drain(..keep);
        self.offset += keep as u64;
        self.done = next - keep;
    }
}
