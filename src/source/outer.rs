//! The index of an archive: where its members lie, found by walking the tar's headers. Bodies are never read.
//!
//! Only names, sizes and links matter here; what else a header says is of no use in an archive of layers.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::AtomicBool;

use super::region::Region;
use crate::layer::{self, Cancelled, EntryKind, LayerFault, Limits, ReadAt as _, Watch};

/// Members beyond this many are not indexed: an image has some dozens, a root filesystem has a million.
const MAX_MEMBERS: usize = 200_000;
/// Members deeper than this are not indexed: no layout has blobs there.
const MAX_DEPTH: usize = 12;
/// Names and link targets together; beyond that, members are not indexed.
const MAX_TEXT: usize = 64 << 20;
/// How many links are followed before they are called a loop.
const MAX_HOPS: usize = 40;

/// An indexed archive.
pub struct Outer {
    bytes: Region,
    members: HashMap<Vec<u8>, Member>,
    /// Why walking stopped before the end of the archive.
    pub damage: Option<LayerFault>,
    /// Members were left out of the index.
    crowded: bool,
    text: usize,
}

enum Member {
    File { offset: u64, len: u64, whole: bool },
    Link(Vec<u8>),
    Other,
}

/// Why there is no such member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No entry of this name.
    Absent,
    /// A link that leads nowhere.
    Dangling,
    /// Links that lead to each other.
    Loop,
    /// A folder or a device.
    NoFile,
    /// The archive ends within it.
    Cut,
    /// It may be among the members that were not indexed.
    Crowded,
}

impl Missing {
    /// One clause.
    pub fn why(self) -> &'static str {
        match self {
            Self::Absent => "it is not there",
            Self::Dangling => "it is a link to nothing",
            Self::Loop => "its links lead in a circle",
            Self::NoFile => "it is no file",
            Self::Cut => "the archive ends inside it",
            Self::Crowded => "it is not among the members that were indexed",
        }
    }
}

impl Outer {
    /// Walks the headers. A damaged archive yields the members before the damage.
    ///
    /// # Errors
    ///
    /// Only when `cancel` was set.
    pub fn index(bytes: Region, cancel: &AtomicBool) -> Result<Self, Cancelled> {
        let mut outer = Self { bytes, members: HashMap::new(), damage: None, crowded: false, text: 0 };
        let bytes = outer.bytes.clone();
        let watch = Watch { limits: Limits::default(), windows: false, progress: &|_| {}, cancel };
        let region = layer::Region::new(&bytes, 0, bytes.len());
        outer.damage = layer::members(region, &watch, |member| outer.add(member))?;
        Ok(outer)
    }

    /// Whether there is an entry of this name, whatever it is.
    pub fn has(&self, name: &[u8]) -> bool {
        self.members.contains_key(name)
    }

    /// The names of all entries, in no order.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.members.keys().map(Vec::as_slice)
    }

    /// A file by its normalised name; links are followed.
    ///
    /// # Errors
    ///
    /// Why there is none.
    pub fn find(&self, name: &[u8]) -> Result<Region, Missing> {
        let mut name = name;
        for hop in 0..MAX_HOPS {
            match self.members.get(name) {
                Some(&Member::File { offset, len, whole: true }) => return Ok(self.bytes.part(offset, len)),
                Some(&Member::File { whole: false, .. }) => return Err(Missing::Cut),
                Some(Member::Other) => return Err(Missing::NoFile),
                Some(Member::Link(target)) => name = target,
                None if self.crowded => return Err(Missing::Crowded),
                None if hop > 0 => return Err(Missing::Dangling),
                None => return Err(Missing::Absent),
            }
        }
        Err(Missing::Loop)
    }

    /// What is left of a file that the archive ends inside.
    pub fn remains(&self, name: &[u8]) -> Option<Region> {
        match self.members.get(name) {
            Some(&Member::File { offset, len, whole: false }) => Some(self.bytes.part(offset, len)),
            _ => None,
        }
    }

    /// The archive's own bytes.
    pub fn bytes(&self) -> &Region {
        &self.bytes
    }

    fn add(&mut self, member: layer::Member<'_>) {
        let text = self.text + member.name.len() + member.link.len();
        if text > MAX_TEXT {
            self.crowded = true;
            return;
        }
        self.text = text;
        let name = normalise(member.name);
        let deep = name.split(|&byte| byte == b'/').count() > MAX_DEPTH;
        if deep || (self.members.len() >= MAX_MEMBERS && !self.members.contains_key(&name)) {
            self.crowded = true;
            return;
        }
        let member = match member.kind {
            EntryKind::Symlink => Member::Link(resolve(parent(&name), member.link)),
            EntryKind::HardLink => Member::Link(normalise(member.link)),
            EntryKind::File => {
                let (offset, len) = (member.offset, member.size);
                let whole = offset.checked_add(len).is_some_and(|end| end <= self.bytes.len());
                Member::File { offset, len, whole }
            }
            _ => Member::Other,
        };
        if !name.is_empty() {
            self.members.insert(name, member);
        }
    }
}

/// Fills `buf` as far as there are bytes.
pub fn read_full(bytes: &Region, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buf.len() {
        match bytes.read_at(offset + filled as u64, &mut buf[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn parent(name: &[u8]) -> &[u8] {
    name.iter().rposition(|&byte| byte == b'/').map_or(b"", |at| &name[..at])
}

/// A symlink's target as a member name: relative to the link's folder, clamped at the root.
fn resolve(folder: &[u8], target: &[u8]) -> Vec<u8> {
    if target.starts_with(b"/") { normalise(target) } else { normalise(&[folder, b"/", target].concat()) }
}

/// A name without `.`, empty components and slashes at either end; `..` is resolved and clamped at the root.
pub fn normalise(name: &[u8]) -> Vec<u8> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in name.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join(&b'/')
}
