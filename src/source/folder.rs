//! A folder of a graph driver told as the tar of a layer, where no tar-split lists it: the writable layer of a container.
//!
//! Overlay drivers keep what a layer changed: a character device 0:0 stands for a whiteout, an extended attribute for an
//! opaque directory. vfs keeps whole copies, so a copy is compared with the one that it was made from, by what engines
//! compare: type, mode, owner, size, time, capabilities. The tar is the one that `commit` would write (docker's
//! `pkg/archive`: PAX, whole seconds, names sorted), so that its length is known before anybody does.

use std::collections::{HashMap, VecDeque};
use std::ffi::{CStr, CString};
use std::io;
use std::path::Path;

use rustix::fd::{AsRawFd as _, OwnedFd};
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, openat, readlinkat, statat};
use rustix::io::Errno;

use super::header::{Header, end};
use crate::layer::{Piece, Pieces};

const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Extended attributes that engines put into layers.
const CAPABILITY: &CStr = c"security.capability";
/// What makes a directory opaque, for root and for users.
const OPAQUE: [&CStr; 2] = [c"trusted.overlay.opaque", c"user.overlay.opaque"];

/// The pieces of a folder.
pub struct Folder {
    open: Vec<Level>,
    /// Pieces on their way: bytes, or the name and size of a file.
    ready: VecDeque<Ready>,
    current: Ready,
    /// First names of files with several.
    linked: HashMap<(u64, u64), Vec<u8>>,
    ended: bool,
}

enum Ready {
    Bytes(Vec<u8>),
    Data(Vec<u8>, u64),
}

/// A folder on the way down.
struct Level {
    fd: OwnedFd,
    /// The same folder of the copy below.
    below: Option<OwnedFd>,
    /// Whether there is a copy below at all.
    compares: bool,
    /// What is left of its names, the next one last.
    names: Vec<CString>,
    path: Vec<u8>,
    /// Its own entry, until it is known whether it belongs to the layer.
    pending: Option<Vec<u8>>,
}

impl Folder {
    /// The changes in a folder of an overlay driver; or, of a whole copy, against the copy `below`.
    ///
    /// # Errors
    ///
    /// It is not there or may not be read.
    pub fn new(path: &Path, below: Option<&Path>) -> io::Result<Self> {
        let open = |path: &Path| {
            let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
            openat(CWD, path, flags, Mode::empty()).map_err(|error| {
                io::Error::new(error.kind(), format!("{}: {error}", super::disk::shown(path)))
            })
        };
        let fd = open(path)?;
        let below = below.map(open).transpose()?;
        let compares = below.is_some();
        let level = Level::new(fd, below, compares, Vec::new(), None)?;
        Ok(Self {
            open: vec![level],
            ready: VecDeque::new(),
            current: Ready::Bytes(Vec::new()),
            linked: HashMap::new(),
            ended: false,
        })
    }

    /// Takes the next name, or leaves a folder; `false` at the end.
    fn step(&mut self) -> io::Result<bool> {
        let Some(level) = self.open.last_mut() else { return Ok(false) };
        let Some(name) = level.names.pop() else {
            self.open.pop();
            return Ok(true);
        };
        let mut path = level.path.clone();
        path.extend_from_slice(name.as_bytes());
        let at = |fd: &OwnedFd| match statat(fd, &*name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            // It went while we looked: a container may be running.
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(named(&path, error)),
        };
        let below = match &level.below {
            Some(fd) => at(fd)?,
            None => None,
        };
        match at(&level.fd)? {
            Some(stat) => self.enter(&name, path, &stat, below.as_ref())?,
            None if below.is_some() => self.white_out(&path),
            None => {}
        }
        Ok(true)
    }

    fn enter(&mut self, name: &CStr, path: Vec<u8>, stat: &Stat, below: Option<&Stat>) -> io::Result<()> {
        let Some(level) = self.open.last() else { return Ok(()) };
        let kind = FileType::from_raw_mode(stat.st_mode);
        if kind == FileType::CharacterDevice && stat.st_rdev == 0 && !level.compares {
            self.white_out(&path);
            return Ok(());
        }
        let attributes = format!("/proc/self/fd/{}/", level.fd.as_raw_fd());
        let attributes = Attributes { path: [attributes.as_bytes(), name.to_bytes()].concat() };
        let capability = attributes.get(CAPABILITY);
        let below_kind = below.map(|below| FileType::from_raw_mode(below.st_mode));
        let same = level.below.as_ref().zip(below).is_some_and(|(fd, below)| {
            let path = [format!("/proc/self/fd/{}/", fd.as_raw_fd()).as_bytes(), name.to_bytes()].concat();
            is_same(stat, below) && capability == (Attributes { path }).get(CAPABILITY)
        });
        let mut header = Header::new(&path);
        header.mode = (stat.st_mode & 0o7777) as u16;
        (header.uid, header.gid) = (u64::from(stat.st_uid), u64::from(stat.st_gid));
        header.mtime = stat.st_mtime;
        header.xattrs =
            capability.map(|value| ("security.capability".to_owned(), value)).into_iter().collect();
        if kind == FileType::Directory {
            let opened = openat(&level.fd, name, FOLDER, Mode::empty());
            let fd = match opened {
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(()),
                opened => opened.map_err(|error| named(&path, error))?,
            };
            let has_below = below_kind == Some(FileType::Directory);
            let below = level.below.as_ref().filter(|_| has_below);
            let below = below.map(|fd| openat(fd, name, FOLDER, Mode::empty())).transpose();
            let below = below.map_err(|error| named(&path, error))?;
            let compares = level.compares;
            let mut children = path;
            children.push(b'/');
            header.path.clone_from(&children);
            header.kind = b'5';
            let mut entry = header.bytes();
            if !compares && OPAQUE.iter().any(|name| attributes.get(name).is_some_and(|value| value == b"y"))
            {
                let marker = [&children[..], b".wh..wh..opq"].concat();
                let marker = Header { mode: header.mode & 0o777, kind: b'0', path: marker, ..header };
                self.emit(entry, b"");
                entry = marker.bytes();
            }
            let level = Level::new(fd, below, compares, children, Some(entry))?;
            self.open.push(level);
            if !same {
                self.flush();
            }
            return Ok(());
        }
        if same {
            return Ok(());
        }
        self.file(name, &path, stat, kind, header)
    }

    /// Anything but a directory.
    fn file(
        &mut self,
        name: &CStr,
        path: &[u8],
        stat: &Stat,
        kind: FileType,
        mut header: Header,
    ) -> io::Result<()> {
        let device = (rustix::fs::major(stat.st_rdev), rustix::fs::minor(stat.st_rdev));
        let mut size = 0;
        match kind {
            FileType::RegularFile => {
                header.kind = b'0';
                size = u64::try_from(stat.st_size).unwrap_or(0);
            }
            FileType::Symlink => {
                header.kind = b'2';
                let Some(level) = self.open.last() else { return Ok(()) };
                header.link = match readlinkat(&level.fd, name, Vec::new()) {
                    Ok(target) => target.into_bytes(),
                    // It went, or another file came in its place, while we looked.
                    Err(Errno::NOENT | Errno::INVAL) => return Ok(()),
                    Err(error) => return Err(named(path, error)),
                };
            }
            FileType::CharacterDevice => (header.kind, header.device) = (b'3', device),
            FileType::BlockDevice => (header.kind, header.device) = (b'4', device),
            FileType::Fifo => header.kind = b'6',
            // Sockets are left out by engines: tar has no word for them.
            _ => return Ok(()),
        }
        if stat.st_nlink > 1 {
            if let Some(first) = self.linked.get(&(stat.st_dev, stat.st_ino)) {
                (header.kind, header.link, size) = (b'1', first.clone(), 0);
            } else {
                self.linked.insert((stat.st_dev, stat.st_ino), path.to_owned());
            }
        }
        header.size = size;
        let bytes = header.bytes();
        self.flush();
        self.ready.push_back(Ready::Bytes(bytes));
        self.ready.push_back(Ready::Data(path.to_owned(), size));
        if size > 0 {
            let padding = size.next_multiple_of(512) - size;
            self.ready.push_back(Ready::Bytes(vec![0; padding as usize]));
        }
        Ok(())
    }

    fn white_out(&mut self, path: &[u8]) {
        let at = path.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
        let mut header = Header::new(&[&path[..at], b".wh.", &path[at..]].concat());
        header.mode = 0o600;
        self.flush();
        self.emit(header.bytes(), b"");
    }

    fn emit(&mut self, header: Vec<u8>, name: &[u8]) {
        self.flush();
        self.ready.push_back(Ready::Bytes(header));
        self.ready.push_back(Ready::Data(name.to_owned(), 0));
    }

    /// Something below these folders belongs to the layer, so they do.
    fn flush(&mut self) {
        for level in &mut self.open {
            if let Some(entry) = level.pending.take() {
                self.ready.push_back(Ready::Bytes(entry));
                self.ready.push_back(Ready::Data(Vec::new(), 0));
            }
        }
    }
}

impl Pieces for Folder {
    fn next(&mut self) -> io::Result<Option<Piece<'_>>> {
        while self.ready.is_empty() && self.step()? {}
        self.current = match self.ready.pop_front() {
            Some(ready) => ready,
            None if self.ended => return Ok(None),
            None => {
                self.ended = true;
                Ready::Bytes(end())
            }
        };
        Ok(Some(match &self.current {
            Ready::Bytes(bytes) => Piece::Bytes(bytes),
            Ready::Data(name, size) => Piece::Data { name, size: *size, crc: None },
        }))
    }
}

impl Level {
    fn new(
        fd: OwnedFd,
        below: Option<OwnedFd>,
        compares: bool,
        path: Vec<u8>,
        pending: Option<Vec<u8>>,
    ) -> io::Result<Self> {
        let list = |fd: &OwnedFd| {
            let read = || Dir::read_from(fd)?.map(|entry| Ok(entry?.file_name().to_owned())).collect();
            match read() {
                // It went after it was opened.
                Err(Errno::NOENT) => Ok(Vec::new()),
                names => names.map_err(|error| named(&path, error)),
            }
        };
        let mut names = list(&fd)?;
        if let Some(below) = &below {
            names.extend(list(below)?);
        }
        names.retain(|name| !matches!(name.as_bytes(), b"." | b".."));
        names.sort_unstable_by(|one, other| other.cmp(one));
        names.dedup();
        Ok(Self { fd, below, compares, names, path, pending })
    }
}

/// Whether engines take two files for the same without looking into them.
fn is_same(one: &Stat, other: &Stat) -> bool {
    let is_folder = FileType::from_raw_mode(one.st_mode) == FileType::Directory;
    one.st_mode == other.st_mode
        && (one.st_uid, one.st_gid, one.st_rdev) == (other.st_uid, other.st_gid, other.st_rdev)
        && (is_folder
            || (one.st_size == other.st_size
                && (one.st_mtime, one.st_mtime_nsec) == (other.st_mtime, other.st_mtime_nsec)))
}

/// The extended attributes of one name, never through a symlink.
struct Attributes {
    path: Vec<u8>,
}

impl Attributes {
    fn get(&self, name: &CStr) -> Option<Vec<u8>> {
        let mut value = vec![0; 1024];
        let len = rustix::fs::lgetxattr(&self.path[..], name, &mut value[..]).ok()?;
        value.truncate(len);
        Some(value)
    }
}

fn named(path: &[u8], error: Errno) -> io::Error {
    let error = io::Error::from(error);
    io::Error::new(error.kind(), format!("{}: {error}", path.escape_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a running container does between two looks at its folder.
    #[test]
    fn what_goes_while_it_is_read_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("folder")).unwrap();
        let fd = openat(CWD, dir.path().join("folder"), FOLDER, Mode::empty()).unwrap();
        std::fs::remove_dir(dir.path().join("folder")).unwrap();
        assert!(Level::new(fd, None, false, Vec::new(), None).unwrap().names.is_empty());

        std::os::unix::fs::symlink("target", dir.path().join("link")).unwrap();
        let stat = statat(CWD, dir.path().join("link"), AtFlags::SYMLINK_NOFOLLOW).unwrap();
        let mut folder = Folder::new(dir.path(), None).unwrap();
        std::fs::remove_file(dir.path().join("link")).unwrap();
        folder.file(c"link", b"link", &stat, FileType::Symlink, Header::new(b"link")).unwrap();
        std::fs::write(dir.path().join("link"), "a file by now").unwrap();
        folder.file(c"link", b"link", &stat, FileType::Symlink, Header::new(b"link")).unwrap();
        assert!(folder.ready.is_empty());
    }
}
