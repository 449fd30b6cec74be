//! Members of a tar to a [`Changeset`]: names in normal form, whiteouts told from files, attributes shared.

use std::sync::Arc;

use super::blocks::Stop;
use super::interner::Interner;
use super::limits::{Limits, Watch};
use super::name::{self, Marker, Normal};
use super::paths::Paths;
use super::reader::Member;
use super::{Changeset, Entry, EntryId, EntryKind, EntryTable, LayerFault, NoteKind, Notes};

/// Takes a layer's members in archive order.
pub(super) struct Builder {
    limits: Limits,
    windows: bool,
    table: EntryTable,
    interner: Interner,
    paths: Paths,
    notes: Notes,
    payload: u64,
    /// Bytes kept of names and the like.
    text: u64,
    hashed: bool,
    /// How many members were added, and the numbers (from 0) of those that became no entry.
    members: u32,
    others: Vec<u32>,
    scratch: Vec<u8>,
    odd: Vec<NoteKind>,
}

impl Builder {
    /// `hashed`: whether members come with the hash of their data.
    pub(super) fn new(watch: &Watch<'_>, hashed: bool) -> Self {
        Self {
            limits: watch.limits,
            windows: watch.windows,
            table: EntryTable::default(),
            interner: Interner::new(),
            paths: Paths::new(),
            notes: Notes::default(),
            payload: 0,
            text: 0,
            hashed,
            members: 0,
            others: Vec::new(),
            scratch: Vec::new(),
            odd: Vec::new(),
        }
    }

    pub(super) fn note(&mut self, kind: NoteKind, place: &[u8]) {
        self.notes.add(kind, None, place);
    }

    /// Adds one member; `at` is where it ends, for the fault when a limit is passed.
    pub(super) fn add(&mut self, member: &Member, at: u64) -> Result<(), Stop> {
        let mut scratch = std::mem::take(&mut self.scratch);
        let Normal { path, clamped, dotted } = name::normalise(&member.name, &mut scratch);
        let path = if self.windows { name::on_drive(path) } else { path };
        let entries = self.table.entries.len();
        let result = self.add_at(path, dotted, member, at);
        if self.table.entries.len() == entries {
            self.others.push(self.members);
        }
        self.members += 1;
        for &kind in &member.odd {
            self.note(kind, path);
        }
        if clamped {
            self.note(NoteKind::DotDotInName, path);
        }
        for kind in std::mem::take(&mut self.odd) {
            self.note(kind, path);
        }
        self.scratch = scratch;
        result
    }

    fn add_at(&mut self, path: &[u8], dotted: bool, member: &Member, at: u64) -> Result<(), Stop> {
        if path.len() > self.limits.depth && path.split(|&byte| byte == b'/').count() > self.limits.depth {
            return Err(Stop::fault(at, format!("a path of more than {} components", self.limits.depth)));
        }
        match if dotted { name::marker(path) } else { None } {
            Some(marker) => self.mark(marker, path),
            None if member.kind == EntryKind::Char && member.device == (0, 0) && !path.is_empty() => {
                self.odd.push(NoteKind::DeviceWhiteout);
                let node = self.paths.place(path, &self.table, &mut self.odd);
                if self.paths.white_out_by_device(node) {
                    self.odd.push(NoteKind::RepeatedPath);
                }
            }
            // The root is a directory; anything else of that name has no place.
            None if path.is_empty() && member.kind != EntryKind::Dir => {}
            None => self.enter(path, member),
        }
        self.text += path.len() as u64;
        let text = self.text + self.paths.names.len() as u64;
        if self.paths.len() as u64 > self.limits.entries
            || self.table.entries.len() as u64 > self.limits.entries
        {
            return Err(Stop::fault(at, format!("the layer has more than {} entries", self.limits.entries)));
        }
        if text > self.limits.text_bytes {
            let limit = self.limits.text_bytes;
            return Err(Stop::fault(
                at,
                format!("the layer's names and attributes take more than {limit} bytes"),
            ));
        }
        Ok(())
    }

    /// An ordinary entry.
    fn enter(&mut self, path: &[u8], member: &Member) {
        let node = self.paths.place(path, &self.table, &mut self.odd);
        let id = self.table.entries.len() as EntryId;
        if self.paths.state(node, id, member.kind) {
            self.odd.push(NoteKind::RepeatedPath);
        }
        let (attrs, text) = self.interner.intern(member, &mut self.table.attrs);
        self.text += text;
        let link = match member.kind {
            EntryKind::Symlink | EntryKind::HardLink => {
                let link = match member.kind {
                    EntryKind::HardLink if self.windows => name::on_drive(&member.link),
                    _ => &member.link,
                };
                self.text += link.len() as u64;
                self.table.links.push(link.into());
                self.table.links.len() - 1
            }
            EntryKind::Char | EntryKind::Block => {
                self.table.devices.push(member.device);
                self.table.devices.len() - 1
            }
            _ => 0,
        };
        if member.nanos > 0 {
            self.table.fractions.push((id, member.nanos));
        }
        if let Some(sparse) = &member.sparse {
            self.text += 16 * sparse.pieces.len() as u64;
            self.table.sparse.push((id, sparse.clone()));
        }
        self.table.entries.push(Entry {
            size: member.size,
            offset: member.offset,
            mtime: member.mtime,
            attrs,
            link: link as u32,
        });
        if self.hashed {
            self.table.hashes.push(member.hash);
        }
        self.payload += member.size;
    }

    /// A whiteout or its like. `path` ends in the marker.
    fn mark(&mut self, marker: Marker<'_>, path: &[u8]) {
        let (dir, _) = name::split(path);
        match marker {
            Marker::Aufs => self.odd.push(NoteKind::AufsBookkeeping),
            Marker::Bad => self.odd.push(NoteKind::BadWhiteout),
            Marker::Opaque => match self.paths.place_dir(dir, &self.table, &mut self.odd) {
                // No engine heeds it there.
                0 => self.odd.push(NoteKind::OpaqueRoot),
                node => self.paths.make_opaque(node),
            },
            Marker::Whiteout(hidden) => {
                let mut target = dir.to_vec();
                if !dir.is_empty() {
                    target.push(b'/');
                }
                target.extend_from_slice(hidden);
                let node = self.paths.place(&target, &self.table, &mut self.odd);
                if self.paths.white_out(node) {
                    self.odd.push(NoteKind::FileBeforeWhiteout);
                }
            }
        }
    }

    /// Takes the share of each member that was read in the `stored` bytes of the layer.
    pub(super) fn share(&mut self, mut shares: Vec<u64>, stored: u64) {
        if shares.is_empty() {
            return;
        }
        let (mut member, mut others) = (0, self.others.iter().peekable());
        shares.retain(|_| {
            member += 1;
            others.next_if(|&&other| other == member - 1).is_none()
        });
        // A member whose entry passed a limit.
        shares.truncate(self.table.entries.len());
        shares.shrink_to_fit();
        self.table.stored_rest = stored.saturating_sub(shares.iter().sum());
        self.table.stored = shares;
    }

    /// Everything that was added.
    pub(super) fn finish(mut self, tar_bytes: u64, fault: Option<LayerFault>) -> Changeset {
        self.table.entries.shrink_to_fit();
        self.table.hashes.shrink_to_fit();
        Changeset {
            entries: Arc::new(self.table),
            paths: self.paths.finish(),
            tar_bytes,
            payload_bytes: self.payload,
            notes: self.notes,
            fault,
        }
    }
}
