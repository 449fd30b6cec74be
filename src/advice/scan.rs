//! What only reading contents tells: secrets, equal files, what kind a file is, which package it belongs to. Made in one
//! pass over the bytes, which costs as much as reading the image; the rules that need it are silent without it.
//!
//! Every layer is passed once, in the order in which its contents lie, and each content in pieces: what is held at any
//! time is a window of some 80 KiB, one small text, and the findings. Patterns of secrets are looked for in the first
//! [`PATTERN_BYTES`] of a text, databases and lock files are read up to [`TEXT_BYTES`]; what is longer is not understood.

mod accounts;
mod binary;
mod locks;
pub(super) mod named;
mod packages;
mod pass;
mod tokens;
mod window;

use crate::build::Story;
use crate::image::Image;
use crate::layer::{Bodies, Cancelled, LayerIndex};
use crate::ledger::{Duplicates, Hashes, Ledger};
use crate::tree::{EntryRef, NodeId};

pub use accounts::Accounts;
pub use binary::{Binary, BinaryKind};
pub use packages::{Manager, Packages};
pub use tokens::{Token, hide, mask, tokens_in};

/// Secrets are looked for in so many bytes from the start of a file.
pub const PATTERN_BYTES: u64 = 8 << 20;
/// Package databases, accounts and lock files are read up to this size.
pub const TEXT_BYTES: u64 = 16 << 20;
/// Files from this size on are looked at for zeros.
pub const ZERO_BYTES: u64 = 1 << 20;
/// So many secrets are kept: a file made of a million tokens fills no memory.
pub const MAX_SECRETS: usize = 2000;

/// What to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Look {
    /// Credentials in the image's own layers, deleted files too.
    Secrets,
    /// Equal contents, where inflating brought no hashes.
    Duplicates,
    /// Blocks of zeros in large files.
    Zeros,
    /// Sections of programs and libraries.
    Binaries,
    /// Package databases, accounts, lock files.
    Texts,
}

impl Look {
    /// All of it.
    pub const ALL: [Self; 5] = [Self::Secrets, Self::Duplicates, Self::Zeros, Self::Binaries, Self::Texts];
}

/// What a pass over the contents found.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// What was looked for.
    pub looked: Vec<Look>,
    /// Secrets in files, layers and places ascending.
    pub secrets: Vec<Secret>,
    /// Files whose names say that they hold credentials, and whose texts do not deny it.
    pub named: Vec<(EntryRef, NodeId)>,
    /// How many more there are than are kept.
    pub more_secrets: u64,
    /// Hashes of the contents that nothing else tells apart.
    pub hashes: Hashes,
    /// Large files with the bytes of their blocks that hold nothing but zeros.
    pub zeros: Vec<(EntryRef, u64)>,
    /// Programs, libraries and core dumps.
    pub binaries: Vec<Binary>,
    /// What the package databases say.
    pub packages: Packages,
    /// What the databases of users say.
    pub accounts: Accounts,
    /// Folders of packages that a lock file says are for development only, in order.
    pub development: Vec<NodeId>,
    /// Layers whose contents could not be read to the end, and why.
    pub unread: Vec<(LayerIndex, String)>,
}

/// A secret in a file. Its value is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// The file.
    pub file: EntryRef,
    /// Its path.
    pub node: NodeId,
    /// What it is.
    pub what: &'static Token,
    /// Where in the file it begins, in bytes.
    pub offset: u64,
    /// What may be shown of it: `AKIA… 20 characters, sha256 1a5d44a2`.
    pub mark: String,
}

impl Scan {
    /// Reads the contents of an image. `progress` hears how many bytes of how many have been passed. What cannot be read
    /// is in [`Self::unread`].
    ///
    /// # Errors
    ///
    /// Only when cancelled.
    pub fn run(
        image: &Image,
        ledger: &Ledger,
        story: &Story,
        bodies: &dyn Bodies,
        what: &[Look],
        progress: &(dyn Fn(u64, u64) + Sync),
        cancel: &std::sync::atomic::AtomicBool,
    ) -> Result<Self, Cancelled> {
        let undecided =
            if what.contains(&Look::Duplicates) { Duplicates::undecided(image, ledger) } else { Vec::new() };
        let mut scan = Self { looked: what.to_vec(), ..Self::default() };
        pass::Pass { image, ledger, story, undecided, what, progress, cancel }.run(bodies, &mut scan)?;
        scan.development.sort_unstable();
        scan.development.dedup();
        Ok(scan)
    }

    /// Whether this was looked for.
    pub fn has(&self, look: Look) -> bool {
        self.looked.contains(&look)
    }
}
