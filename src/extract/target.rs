//! A folder that nothing leaves.

use std::io;
use std::path::Path;

use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, Mode, OFlags, openat};
use rustix::io::Errno;

use super::Trouble;

/// The folder under which everything is written.
pub struct Target {
    root: OwnedFd,
}

const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Target {
    /// Opens a folder, and makes it if it is not there. The user's own path may lead through symlinks.
    pub fn open(path: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(path)?;
        let flags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);
        Ok(Self { root: rustix::fs::open(path, flags, Mode::empty())? })
    }

    /// Opens a folder below, name by name, never through a symlink.
    pub fn folder(&self, path: &[u8]) -> Result<OwnedFd, Trouble> {
        let mut at = openat(&self.root, ".", FOLDER, Mode::empty())?;
        for name in path.split(|&byte| byte == b'/').filter(|name| !name.is_empty()) {
            at = openat(&at, checked(name)?, FOLDER, Mode::empty()).map_err(|error| match error {
                // With both flags Linux says ENOTDIR for a symlink, others say ELOOP.
                Errno::LOOP | Errno::NOTDIR | Errno::NOENT => Trouble::NoFolder,
                error => error.into(),
            })?;
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
            if openat(parent, name, FOLDER, Mode::empty()).is_ok() {
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
