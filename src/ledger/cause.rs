//! Why bytes that ship are never seen.

use std::ops::{AddAssign, Index};

/// Why the last path of a file went; of several reasons the first in this order that holds. (`ledger.md` calls it the
/// cause of death.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// A whiteout, of it or of an ancestor; an opaque directory; an ancestor that is no directory any more.
    Deleted,
    /// The same content came again with another mode, owner or extended attributes.
    Metadata,
    /// The same content came again with the same metadata, the modification time aside.
    Rewritten,
    /// Other content, or something of another type, took its place.
    Overwritten,
    /// A later entry of the same tar took its place.
    Repeated,
}

impl Cause {
    /// All causes, in order.
    pub const ALL: [Self; 5] =
        [Self::Deleted, Self::Metadata, Self::Rewritten, Self::Overwritten, Self::Repeated];

    /// The word for it in JSON and on screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Metadata => "metadata",
            Self::Rewritten => "rewritten",
            Self::Overwritten => "overwritten",
            Self::Repeated => "repeated",
        }
    }
}

/// Bytes by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Causes([u64; 5]);

impl Causes {
    /// Adds bytes to a cause.
    pub fn add(&mut self, cause: Cause, bytes: u64) {
        self.0[cause as usize] += bytes;
    }

    /// The bytes of all causes.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The causes with bytes, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Cause, u64)> + '_ {
        Cause::ALL.into_iter().map(|cause| (cause, self[cause])).filter(|(_, bytes)| *bytes > 0)
    }

    /// The cause of most bytes; of equals the first. `None` where there are no bytes.
    pub fn main(&self) -> Option<Cause> {
        self.iter().max_by_key(|&(cause, bytes)| (bytes, std::cmp::Reverse(cause))).map(|(cause, _)| cause)
    }
}

impl Index<Cause> for Causes {
    type Output = u64;

    fn index(&self, cause: Cause) -> &u64 {
        &self.0[cause as usize]
    }
}

impl AddAssign for Causes {
    fn add_assign(&mut self, other: Self) {
        for (sum, bytes) in self.0.iter_mut().zip(other.0) {
            *sum += bytes;
        }
    }
}
