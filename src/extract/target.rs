//! A folder that nothing leaves.

use std::io;
use std::path::Path;

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, FileType, Mode, OFlags, openat};
use rustix::io::Errno;

use super::Trouble;

/// The folder under which everything is written.
pub struct Target {
    root: OwnedFd,
    /// Of the path that was opened last, every [`STRIDE`]th folder with the length of its path. A chain of ten thousand
    /// folders, each opened from the root, would be fifty million openings.
    kept: Vec<(usize, OwnedFd)>,
    last: Vec<u8>,
}

/// Folders on a path between two that stay open. Ordinary paths are shorter.
const STRIDE: usize = 64;

const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Target {
    /// Opens a folder, and makes it if it is not there. The user's own path may lead through symlinks.
    pub fn open(path: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(path)?;
        let flags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);
        let root = rustix::fs::open(path, flags, Mode::empty())?;
        Ok(Self { root, kept: Vec::new(), last: Vec::new() })
    }

    /// Opens a folder below, name by name, never through a symlink.
    pub fn folder(&mut self, path: &[u8]) -> Result<OwnedFd, Trouble> {
        let last = &self.last;
        self.kept.retain(|&(len, _)| {
            path.len() >= len && path[..len] == last[..len] && matches!(path.get(len), None | Some(b'/'))
        });
        path.clone_into(&mut self.last);
        let (mut passed, near) = self.kept.last().map_or((0, &self.root), |(len, folder)| (*len, folder));
        let mut at = openat(near, ".", FOLDER, Mode::empty())?;
        let names = path[passed..].split(|&byte| byte == b'/').filter(|name| !name.is_empty());
        for (count, name) in (1..).zip(names) {
            at = openat(&at, checked(name)?, FOLDER, Mode::empty()).map_err(|error| match error {
                // With both flags Linux says ENOTDIR for a symlink, others say ELOOP.
                Errno::LOOP | Errno::NOTDIR | Errno::NOENT => Trouble::NoFolder,
                error => error.into(),
            })?;
            passed += name.len() + usize::from(passed > 0);
            if count % STRIDE == 0 {
                self.kept.push((passed, openat(&at, ".", FOLDER, Mode::empty())?));
            }
        }
        Ok(at)
    }
}

/// A name that is one component and stays in its folder. The tree holds no other; this is the last gate.
pub fn checked(name: &[u8]) -> Result<&[u8], Trouble> {
    if matches!(name, b"" | b"." | b"..") || name.contains(&b'/') || name.contains(&0) {
        return Err(
            io::Error::new(io::ErrorKind::InvalidFilename, "its name cannot stand in a folder").into()
        );
    }
    Ok(name)
}

/// Makes a folder; `false` where it was there. With `force` something else in its place gives way.
pub fn make_folder(parent: &OwnedFd, name: &[u8], force: bool) -> Result<bool, Trouble> {
    let make = || rustix::fs::mkdirat(parent, name, Mode::RWXU);
    match make() {
        Ok(()) => Ok(true),
        Err(Errno::EXIST) => {
            // Looked at, not opened: it may be a folder that may not be entered.
            let there = rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
            if FileType::from_raw_mode(there.st_mode).is_dir() {
                return Ok(false);
            }
            if !force {
                return Err(Trouble::Exists("something that is no folder"));
            }
            rustix::fs::unlinkat(parent, name, AtFlags::empty())?;
            make()?;
            Ok(true)
        }
        Err(error) => Err(error.into()),
    }
}

/// Does what makes a new name in a folder; where the name exists, with `force` it gives way first.
pub fn make<T>(
    parent: &OwnedFd,
    name: &[u8],
    force: bool,
    act: impl Fn() -> rustix::io::Result<T>,
) -> Result<T, Trouble> {
    match act() {
        Err(Errno::EXIST) if force => {
            // Removed and made anew, never opened: it may be a link to anywhere, or a name of a file that is in use.
            match rustix::fs::unlinkat(parent, name, AtFlags::empty()) {
                Ok(()) => Ok(act()?),
                Err(Errno::ISDIR | Errno::PERM) => Err(Trouble::Exists("a folder")),
                Err(error) => Err(error.into()),
            }
        }
        Err(Errno::EXIST) => Err(Trouble::Exists("it")),
        other => Ok(other?),
    }
}
