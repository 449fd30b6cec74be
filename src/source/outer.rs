//! The index of an archive: where its members lie, found by walking the tar's headers. Bodies are never read.
//!
//! Only names, sizes and links matter here; layers have their own reader with everything else.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use tar::{EntryType, Header};

use super::region::{ReadAt, Region};

/// Members beyond this many are not indexed: an image has some dozens, a root filesystem has a million.
const MAX_MEMBERS: usize = 200_000;
/// Members deeper than this are not indexed: no layout has blobs there.
const MAX_DEPTH: usize = 12;
/// PAX records and long names beyond this are refused, as engines do.
const MAX_EXTENSION: u64 = 1 << 20;
/// How many links are followed before they are called a loop.
const MAX_HOPS: usize = 40;

/// An indexed archive.
pub struct Outer {
    bytes: Region,
    members: HashMap<Vec<u8>, Member>,
    /// Entries seen, indexed or not.
    pub entries: u64,
    /// Why walking stopped before the end of the archive, and where.
    pub damage: Option<(&'static str, u64)>,
    /// Members were left out of the index.
    crowded: bool,
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
            Self::Crowded => "it is not among the first 200000 members",
        }
    }
}

impl Outer {
    /// Walks the headers. A damaged archive yields the members before the damage.
    ///
    /// # Errors
    ///
    /// Reading failed, or `cancel` was set ([`io::ErrorKind::Interrupted`]).
    pub fn index(bytes: Region, cancel: &AtomicBool) -> io::Result<Self> {
        let mut outer = Self { bytes, members: HashMap::new(), entries: 0, damage: None, crowded: false };
        let mut walk = Walk { at: 0, long_name: None, long_link: None, size: None };
        loop {
            if cancel.load(Ordering::Relaxed) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            match walk.step(&mut outer) {
                Ok(true) => {}
                Ok(false) => return Ok(outer),
                Err(Stop::Damage(why)) => {
                    outer.damage = Some((why, walk.at));
                    return Ok(outer);
                }
                Err(Stop::Io(error)) => return Err(error),
            }
        }
    }

    /// Whether there is an entry of this name, whatever it is.
    pub fn has(&self, name: &[u8]) -> bool {
        self.members.contains_key(name)
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

    fn add(&mut self, name: Vec<u8>, member: Member) {
        self.entries += 1;
        let deep = name.iter().filter(|&&byte| byte == b'/').count() >= MAX_DEPTH;
        if deep || (self.members.len() >= MAX_MEMBERS && !self.members.contains_key(&name)) {
            self.crowded = true;
        } else if !name.is_empty() {
            self.members.insert(name, member);
        }
    }
}

enum Stop {
    Damage(&'static str),
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

struct Walk {
    at: u64,
    long_name: Option<Vec<u8>>,
    long_link: Option<Vec<u8>>,
    size: Option<u64>,
}

impl Walk {
    /// Takes one header block with what belongs to it. False at the end of the archive.
    fn step(&mut self, outer: &mut Outer) -> Result<bool, Stop> {
        let mut block = [0; 512];
        match read_full(&outer.bytes, &mut block, self.at)? {
            512 => {}
            0 if outer.entries > 0 => return Ok(false),
            _ => return Err(Stop::Damage("the archive ends inside a header")),
        }
        if block.iter().all(|&byte| byte == 0) {
            return Ok(false);
        }
        let header = Header::from_byte_slice(&block);
        if !is_header(&block) {
            return Err(Stop::Damage("there is no valid tar header"));
        }
        let stated = header.entry_size().map_err(|_| Stop::Damage("a size is no number"))?;
        let kind = header.entry_type();
        let start = self.at + 512;
        match kind {
            EntryType::XHeader
            | EntryType::XGlobalHeader
            | EntryType::GNULongName
            | EntryType::GNULongLink => {
                let data = extension(&outer.bytes, start, stated)?;
                match kind {
                    EntryType::XHeader => self.records(&data),
                    EntryType::GNULongName => self.long_name = Some(until_nul(data)),
                    EntryType::GNULongLink => self.long_link = Some(until_nul(data)),
                    _ => {}
                }
                self.at = next(start, stated)?;
                return Ok(true);
            }
            _ => {}
        }
        let name = self.long_name.take().unwrap_or_else(|| header.path_bytes().into_owned());
        let link =
            self.long_link.take().or_else(|| header.link_name_bytes().map(std::borrow::Cow::into_owned));
        let size = self.size.take().unwrap_or(stated);
        let has_data = !matches!(
            kind,
            EntryType::Link
                | EntryType::Symlink
                | EntryType::Directory
                | EntryType::Char
                | EntryType::Block
                | EntryType::Fifo
        );
        let folder = parent(&name);
        let member = match kind {
            EntryType::Symlink => Member::Link(resolve(&folder, &link.unwrap_or_default())),
            EntryType::Link => Member::Link(normalise(&link.unwrap_or_default())),
            _ if !has_data || name.ends_with(b"/") => Member::Other,
            _ => {
                let whole = start.checked_add(size).is_some_and(|end| end <= outer.bytes.len());
                Member::File { offset: start, len: size, whole }
            }
        };
        let cut = matches!(member, Member::File { whole: false, .. });
        outer.add(normalise(&name), member);
        if cut {
            return Err(Stop::Damage("the archive ends inside a file"));
        }
        self.at = if has_data { next(start, size)? } else { start };
        Ok(true)
    }

    /// The PAX records that matter here. The length of a record rules, not its line ends.
    fn records(&mut self, mut data: &[u8]) {
        while let Some((record, rest)) = pax_record(data) {
            match record {
                (b"path", value) => self.long_name = Some(value.to_vec()),
                (b"linkpath", value) => self.long_link = Some(value.to_vec()),
                (b"size", value) => {
                    self.size =
                        std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()).or(self.size);
                }
                _ => {}
            }
            data = rest;
        }
    }
}

fn pax_record(data: &[u8]) -> Option<((&[u8], &[u8]), &[u8])> {
    let space = data.iter().take(20).position(|&byte| byte == b' ')?;
    let length: usize = std::str::from_utf8(&data[..space]).ok()?.parse().ok()?;
    let record = data.get(space + 1..length)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|&byte| byte == b'=')?;
    Some(((&record[..equals], &record[equals + 1..]), &data[length..]))
}

fn extension(bytes: &Region, start: u64, size: u64) -> Result<Vec<u8>, Stop> {
    if size > MAX_EXTENSION {
        return Err(Stop::Damage("an extended header is longer than 1 MiB"));
    }
    let mut data = vec![0; size as usize];
    if read_full(bytes, &mut data, start)? < data.len() {
        return Err(Stop::Damage("the archive ends inside a header"));
    }
    Ok(data)
}

fn next(start: u64, size: u64) -> Result<u64, Stop> {
    size.checked_next_multiple_of(512)
        .and_then(|padded| start.checked_add(padded))
        .ok_or(Stop::Damage("a size is beyond all bounds"))
}

/// Whether a block is a tar header: its checksum, summed over unsigned or (old tars) signed bytes.
pub fn is_header(block: &[u8; 512]) -> bool {
    let Ok(stated) = Header::from_byte_slice(block).cksum() else { return false };
    let byte = |(at, &byte): (usize, &u8)| if (148..156).contains(&at) { b' ' } else { byte };
    let unsigned: u32 = block.iter().enumerate().map(byte).map(u32::from).sum();
    let signed: i32 = block.iter().enumerate().map(byte).map(|byte| i32::from(byte.cast_signed())).sum();
    stated == unsigned || i32::try_from(stated) == Ok(signed)
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

fn until_nul(mut data: Vec<u8>) -> Vec<u8> {
    if let Some(end) = data.iter().position(|&byte| byte == 0) {
        data.truncate(end);
    }
    data
}

fn parent(name: &[u8]) -> Vec<u8> {
    let name = normalise(name);
    name.iter().rposition(|&byte| byte == b'/').map_or(Vec::new(), |at| name[..at].to_vec())
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
