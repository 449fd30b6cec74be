//! The members of a tar, one after the other: headers with all that extends them, as Go's `archive/tar` understands
//! them, since that is what engines unpack layers with.
//!
//! `tar::Archive` is not used: a hard link that states a size derails it, and it ignores sizes in PAX records where it
//! reads raw headers. `tar::Header` and `tar::PaxExtensions` see single blocks and records.

use tar::Header;

use super::blocks::{Blocks, Stop};
use super::header::{self, Dialect};
use super::limits::Limits;
use super::pax::{Pax, PaxSparse, sort_xattrs};
use super::sparse::OldGnu;
use super::{EntryKind, NoteKind, Sparse, Xattr, number, sparse};

/// One member. A reader fills the same one again and again, so that a million of them cost no allocation.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) kind: EntryKind,
    /// The type as the header spells it.
    pub(super) flag: u8,
    pub(super) name: Vec<u8>,
    pub(super) link: Vec<u8>,
    pub(super) mode: u16,
    pub(super) uid: u64,
    pub(super) gid: u64,
    pub(super) user: Vec<u8>,
    pub(super) group: Vec<u8>,
    pub(super) mtime: i64,
    pub(super) nanos: u32,
    pub(super) device: (u32, u32),
    pub(super) xattrs: Vec<Xattr>,
    /// Bytes of data stored, where they begin, and their hash.
    pub(super) size: u64,
    pub(super) offset: u64,
    pub(super) hash: u64,
    pub(super) sparse: Option<Sparse>,
    /// What was odd.
    pub(super) odd: Vec<NoteKind>,
}

impl Member {
    pub(super) fn new() -> Self {
        Self {
            kind: EntryKind::File,
            flag: 0,
            name: Vec::new(),
            link: Vec::new(),
            mode: 0,
            uid: 0,
            gid: 0,
            user: Vec::new(),
            group: Vec::new(),
            mtime: 0,
            nanos: 0,
            device: (0, 0),
            xattrs: Vec::new(),
            size: 0,
            offset: 0,
            hash: 0,
            sparse: None,
            odd: Vec::new(),
        }
    }

    /// Takes the fields of a header block. `None` when one of them is no number.
    fn take_header(&mut self, header: &Header, dialect: Dialect) -> Option<()> {
        let old = header.as_old();
        let unsigned = |field: &[u8]| number::field(field).and_then(|value| u64::try_from(value).ok());
        header::name(header, dialect, &mut self.name);
        replace(&mut self.link, header::text(&old.linkname));
        self.flag = old.linkflag[0];
        // Old engines leave the file type in the mode.
        self.mode = (number::field(&old.mode)? & 0o7777) as u16;
        self.uid = unsigned(&old.uid)?;
        self.gid = unsigned(&old.gid)?;
        self.size = unsigned(&old.size)?;
        self.mtime = number::field(&old.mtime)?;
        self.nanos = 0;
        self.device = (0, 0);
        self.user.clear();
        self.group.clear();
        self.xattrs.clear();
        self.sparse = None;
        if dialect != Dialect::V7 {
            // The GNU header has these where ustar has them.
            let block = header.as_bytes();
            self.user.extend_from_slice(header::text(&block[265..297]));
            self.group.extend_from_slice(header::text(&block[297..329]));
            if matches!(self.flag, b'3' | b'4') {
                let number = |field: &[u8]| unsigned(field).and_then(|value| u32::try_from(value).ok());
                self.device = (number(&block[329..337])?, number(&block[337..345])?);
            }
        }
        Some(())
    }

    fn take_pax(&mut self, pax: &Pax) {
        self.uid = pax.uid.unwrap_or(self.uid);
        self.gid = pax.gid.unwrap_or(self.gid);
        (self.mtime, self.nanos) = pax.mtime.unwrap_or((self.mtime, self.nanos));
        if let Some(user) = &pax.user {
            replace(&mut self.user, user);
        }
        if let Some(group) = &pax.group {
            replace(&mut self.group, group);
        }
        if !pax.xattrs.is_empty() {
            self.xattrs.extend_from_slice(&pax.xattrs);
            sort_xattrs(&mut self.xattrs);
        }
        self.odd.extend_from_slice(&pax.odd);
    }

    /// Takes all that the records before this member's header say; a sparse map remains to be judged.
    fn override_by(&mut self, pax: Pax) -> PaxSparse {
        self.take_pax(&pax);
        self.name = pax.path.unwrap_or(std::mem::take(&mut self.name));
        self.link = pax.link.unwrap_or(std::mem::take(&mut self.link));
        self.size = pax.size.unwrap_or(self.size);
        pax.sparse
    }

    /// Sorts the type letter into kinds, when the name is known.
    fn classify(&mut self) {
        self.kind = match self.flag {
            // The type of a time before directories had one.
            0 if self.name.ends_with(b"/") => EntryKind::Dir,
            0 | b'0' => EntryKind::File,
            b'1' => EntryKind::HardLink,
            b'2' => EntryKind::Symlink,
            b'3' => EntryKind::Char,
            b'4' => EntryKind::Block,
            b'5' => EntryKind::Dir,
            b'6' => EntryKind::Fifo,
            _ => {
                self.odd.push(NoteKind::OddType);
                EntryKind::File
            }
        };
        if self.kind != EntryKind::File && self.size > 0 {
            // Go's rule: none of these has data, whatever the header claims.
            if self.kind == EntryKind::HardLink {
                self.odd.push(NoteKind::HardLinkWithSize);
            }
            self.size = 0;
        }
    }
}

fn replace(field: &mut Vec<u8>, value: &[u8]) {
    field.clear();
    field.extend_from_slice(value);
}

/// Walks a tar.
pub(super) struct Reader<B> {
    pub(super) blocks: B,
    limits: Limits,
    global: Option<Pax>,
    record: Vec<u8>,
}

/// What [`Reader::next`] came upon.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Member,
    /// The two zero blocks.
    End,
    /// The bytes end without them.
    EndOfBytes,
}

impl<B: Blocks> Reader<B> {
    pub(super) fn new(blocks: B, limits: Limits) -> Self {
        Self { blocks, limits, global: None, record: Vec::new() }
    }

    /// Reads the next member, its data included.
    pub(super) fn next(&mut self, member: &mut Member) -> Result<Next, Stop> {
        member.odd.clear();
        let mut pax: Option<Pax> = None;
        let mut long_name: Option<Vec<u8>> = None;
        let mut long_link: Option<Vec<u8>> = None;
        loop {
            let at = self.blocks.offset();
            let Some(block) = self.blocks.block()? else {
                return Ok(Next::EndOfBytes);
            };
            if header::is_zero(block) {
                return self.end(at);
            }
            if !header::checksum_fits(block) {
                return Err(Stop::fault(at, "this is no tar header (its checksum is wrong)"));
            }
            let header = Header::from_byte_slice(block);
            let dialect = header::dialect(header);
            if member.take_header(header, dialect).is_none() {
                return Err(Stop::fault(at, "a field of a tar header is no number"));
            }
            match member.flag {
                b'x' => pax = Some(Pax::parse(self.record(at, member.size)?)),
                b'g' => {
                    self.global = Some(Pax::parse(self.record(at, member.size)?));
                    member.odd.push(NoteKind::PaxGlobal);
                }
                b'L' => long_name = Some(header::text(self.record(at, member.size)?).to_vec()),
                b'K' => long_link = Some(header::text(self.record(at, member.size)?).to_vec()),
                flag => {
                    let old_sparse = (flag == b'S').then(|| OldGnu::of(header));
                    if let Some(global) = &self.global {
                        // Engines ignore global headers. Owners and times of one are shown; a name or a size in it
                        // would make us see other files than they unpack.
                        member.take_pax(global);
                    }
                    let map = pax.map(|pax| member.override_by(pax));
                    // Where both are there, Go takes GNU's.
                    if let Some(name) = long_name.filter(|name| !name.is_empty()) {
                        member.name = name;
                    }
                    if let Some(link) = long_link.filter(|link| !link.is_empty()) {
                        member.link = link;
                    }
                    member.classify();
                    if let Some(old) = old_sparse {
                        self.old_gnu(at, old, member)?;
                    } else if let Some(map) = map
                        && matches!(flag, 0 | b'0')
                        && member.kind == EntryKind::File
                    {
                        self.pax_sparse(at, map, member)?;
                    }
                    if member.sparse.is_some() {
                        member.odd.push(NoteKind::SparseFile);
                    }
                    member.offset = self.blocks.offset();
                    member.hash = self.blocks.body(member.size)?;
                    self.blocks.end_member();
                    return Ok(Next::Member);
                }
            }
        }
    }

    /// After one zero block: another, or nothing, is the end.
    fn end(&mut self, at: u64) -> Result<Next, Stop> {
        match self.blocks.block()? {
            None => Ok(Next::EndOfBytes),
            Some(block) if header::is_zero(block) => Ok(Next::End),
            Some(_) => Err(Stop::fault(at, "a lone zero block stands where the archive should end")),
        }
    }

    /// The data of an extension header.
    fn record(&mut self, at: u64, size: u64) -> Result<&[u8], Stop> {
        if size > self.limits.record_bytes {
            let limit = self.limits.record_bytes;
            return Err(Stop::fault(at, format!("an extended header of {size} bytes (more than {limit})")));
        }
        self.record.clear();
        self.blocks.copy(size, &mut self.record)?;
        Ok(&self.record)
    }

    fn old_gnu(&mut self, at: u64, old: Option<OldGnu>, member: &mut Member) -> Result<(), Stop> {
        let wrong = || Stop::fault(at, sparse::WRONG);
        let OldGnu { mut pieces, size, more } = old.ok_or_else(wrong)?;
        if more {
            sparse::old_gnu_more(&mut self.blocks, &mut pieces, &self.limits)?;
        }
        member.sparse = Some(sparse::checked(pieces, member.size, size).ok_or_else(wrong)?);
        Ok(())
    }

    fn pax_sparse(&mut self, at: u64, records: PaxSparse, member: &mut Member) -> Result<(), Stop> {
        let wrong = || Stop::fault(at, sparse::WRONG);
        let PaxSparse { major, minor, name, size, map } = records;
        let pieces = match (major, minor, map) {
            // The map is at the head of the data, which are elsewhere, as a whole file.
            (Some(1), Some(0), _) if !B::BODIES => {
                member.name = name.unwrap_or_else(|| std::mem::take(&mut member.name));
                member.size = size.unwrap_or(member.size);
                return Ok(());
            }
            (Some(1), Some(0), _) => sparse::pax_1_0(&mut self.blocks, &mut member.size, &self.limits)?,
            (None | Some(0), _, Some(map)) if map.len() % 2 == 0 => {
                sparse::within(map.len() as u64 / 2, at, &self.limits)?;
                map.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()
            }
            (None | Some(0), _, Some(_)) => return Err(wrong()),
            _ => return Ok(()),
        };
        if let Some(name) = name {
            member.name = name;
        }
        let size = size.unwrap_or(member.size);
        member.sparse = Some(sparse::checked(pieces, member.size, size).ok_or_else(wrong)?);
        Ok(())
    }
}
