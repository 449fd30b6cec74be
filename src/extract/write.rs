//! One path at a time: folders, files, further names, symlinks.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::atomic::Ordering;

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Gid, Mode, OFlags, Timespec, Timestamps, Uid, XattrFlags, openat};

use super::target::{checked, make, make_folder};
use super::{Heard, Job, Trouble};
use crate::layer::Xattr;
use crate::tree::{EntryRef, NodeId};

/// What is set beside the content.
pub struct Meta<'a> {
    /// Permission bits.
    pub mode: u16,
    /// Owner and group, where they are kept.
    pub owner: Option<(u64, u64)>,
    /// Modification time, where it is known.
    pub mtime: Option<(i64, u32)>,
    /// Extended attributes.
    pub attributes: &'a [Xattr],
    /// Whether those are written that give rights, as capabilities do.
    pub privileged: bool,
}

impl Meta<'_> {
    fn times(&self) -> Option<Timestamps> {
        let (seconds, nanos) = self.mtime?;
        let time = Timespec { tv_sec: seconds, tv_nsec: nanos.into() };
        Some(Timestamps { last_access: time, last_modification: time })
    }

    /// Numbers past 32 bits, and the one that means "leave it", are not set.
    fn owner(&self) -> Option<(Uid, Gid)> {
        let number = |id: u64| u32::try_from(id).ok().filter(|&id| id != u32::MAX);
        let (uid, gid) = self.owner?;
        Some((Uid::from_raw(number(uid)?), Gid::from_raw(number(gid)?)))
    }

    /// Owner first: it clears setuid bits and capabilities. Attributes before the mode, which may forbid them. Returns
    /// how many attributes were not written.
    fn set(&self, fd: &impl rustix::fd::AsFd) -> Result<u64, Trouble> {
        if let Some((uid, gid)) = self.owner() {
            rustix::fs::fchown(fd, Some(uid), Some(gid))?;
        }
        let mut lost = 0;
        for Xattr { name, value } in self.attributes {
            let wanted = self.privileged || name.starts_with(b"user.");
            let set = || rustix::fs::fsetxattr(fd, &**name, value, XattrFlags::empty()).is_ok();
            lost += u64::from(!(wanted && set()));
        }
        rustix::fs::fchmod(fd, Mode::from_raw_mode(self.mode.into()))?;
        if let Some(times) = self.times() {
            rustix::fs::futimens(fd, &times)?;
        }
        Ok(lost)
    }
}

impl Job<'_> {
    /// The opened folder of a path; mostly that of the path before.
    fn parent_of(&mut self, node: NodeId) -> Result<&OwnedFd, Trouble> {
        let parent = self.tree.parent(node);
        if self.parent.as_ref().is_none_or(|(open, _)| *open != parent) {
            let fd = self.target.folder(&self.tree.path(parent))?;
            self.parent = Some((parent, fd));
        }
        match &self.parent {
            Some((_, fd)) => Ok(fd),
            None => Err(Trouble::NoFolder),
        }
    }

    pub(super) fn folder(&mut self, node: NodeId) -> Result<(), Trouble> {
        let (tree, force) = (self.tree, self.options.force);
        let name = checked(tree.name(node))?;
        let made = make_folder(self.parent_of(node)?, name, force)?;
        self.written.dirs += u64::from(made);
        if made || force {
            self.made.push(node);
        }
        Ok(())
    }

    /// Mode, owner and time of a folder, once nothing more is written into it.
    pub(super) fn settle(&mut self, node: NodeId) -> Result<(), Trouble> {
        let meta = Meta::of(&self.facts(node)?, self.options);
        self.written.attributes_lost += meta.set(&self.target.folder(&self.tree.path(node))?)?;
        Ok(())
    }

    pub(super) fn file(&mut self, node: NodeId, content: EntryRef) -> Result<(), Trouble> {
        let (tree, force) = (self.tree, self.options.force);
        let name = checked(tree.name(node))?;
        let meta = Meta::of(&self.facts(node)?, self.options);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let parent = self.parent_of(node)?;
        let fd = make(parent, name, force, || openat(parent, name, flags, Mode::RUSR | Mode::WUSR))?;
        let mut file = File::from(fd);
        let done = self.pour(content, &mut file).and_then(|()| meta.set(&file));
        match done {
            Ok(lost) => {
                self.written.attributes_lost += lost;
                self.written.files += 1;
                Ok(())
            }
            Err(trouble) => {
                // No half file stays behind under a whole file's name.
                let _ = rustix::fs::unlinkat(self.parent_of(node)?, name, AtFlags::empty());
                Err(trouble)
            }
        }
    }

    /// One more name for a file that this extraction wrote; a copy where the file system has no such thing.
    pub(super) fn name_again(
        &mut self,
        first: NodeId,
        node: NodeId,
        content: EntryRef,
    ) -> Result<(), Trouble> {
        let (tree, force) = (self.tree, self.options.force);
        let (old, new) = (checked(tree.name(first))?, checked(tree.name(node))?);
        let from = self.target.folder(&tree.path(tree.parent(first)))?;
        let parent = self.parent_of(node)?;
        let linked =
            make(parent, new, force, || rustix::fs::linkat(&from, old, parent, new, AtFlags::empty()));
        match linked {
            Err(Trouble::Io(_)) => self.file(node, content),
            Ok(()) => {
                self.written.links += 1;
                Ok(())
            }
            Err(trouble) => Err(trouble),
        }
    }

    pub(super) fn symlink(&mut self, node: NodeId) -> Result<(), Trouble> {
        let (tree, at, force) = (self.tree, self.at, self.options.force);
        let name = checked(tree.name(node))?;
        let facts = tree.facts(node, at).ok_or(Trouble::Short)?;
        let meta = Meta::of(&facts, self.options);
        let link_target = facts.link_target.unwrap_or_default();
        let parent = self.parent_of(node)?;
        make(parent, name, force, || rustix::fs::symlinkat(link_target, parent, name))?;
        if let Some((uid, gid)) = meta.owner() {
            rustix::fs::chownat(parent, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)?;
        }
        if let Some(times) = meta.times() {
            rustix::fs::utimensat(parent, name, &times, AtFlags::SYMLINK_NOFOLLOW)?;
        }
        // A symlink has no descriptor to set them through.
        self.written.attributes_lost += meta.attributes.len() as u64;
        self.written.links += 1;
        Ok(())
    }

    /// The bytes of a file; holes stay holes.
    fn pour(&mut self, content: EntryRef, file: &mut File) -> Result<(), Trouble> {
        let table = self.tree.entries(content.layer);
        let entry = table.get(content.entry);
        if entry.size == 0 && table.sparse(content.entry).is_none() {
            return Ok(());
        }
        let (hear, cancel) = (self.hear, self.cancel);
        let passed = |bytes| {
            hear(Heard::Passed(bytes, entry.offset));
            !cancel.load(Ordering::Relaxed)
        };
        let mut body = match self.bodies.open_heard(content.layer, entry, &passed) {
            Err(_) if cancel.load(Ordering::Relaxed) => return Err(Trouble::Cancelled),
            opened => opened?,
        };
        let Some(sparse) = table.sparse(content.entry) else {
            return self.copy(&mut body, entry.size, file);
        };
        for &(offset, length) in &sparse.pieces {
            let end = offset.checked_add(length).filter(|&end| end <= sparse.size);
            end.ok_or(Trouble::Holes)?;
            file.seek(SeekFrom::Start(offset))?;
            self.copy(&mut body, length, file)?;
        }
        file.set_len(sparse.size)?;
        Ok(())
    }

    fn copy(&mut self, from: &mut dyn Read, length: u64, file: &mut File) -> Result<(), Trouble> {
        let mut buffer = vec![0; 1 << 16];
        let mut left = length;
        while left > 0 {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(Trouble::Cancelled);
            }
            let want = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            let got = match from.read(&mut buffer[..want]) {
                Ok(0) => return Err(Trouble::Short),
                Ok(got) => got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            file.write_all(&buffer[..got])?;
            left -= got as u64;
            self.written.bytes += got as u64;
            (self.hear)(Heard::Written(self.written.bytes));
        }
        Ok(())
    }
}
