//! A layer that an engine has unpacked: a list of what its tar said, and a folder with the data.
//!
//! What the layer is comes from the list alone; the folder is asked for the bytes of single files, and for nothing else:
//! its owners and modes are those of the machine. Names lead into the folder as if it were the root of the filesystem,
//! through symlinks of the same layer too, and never out of it.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustix::fd::OwnedFd;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat, openat2};
use rustix::io::Errno;

use super::bodies::{STRIDE, go_on};
use super::crc64::Crc64;
use super::folder::Folder;
use super::region::Region;
use super::tar_split::TarSplit;
use crate::layer::{
    Assembled, Cancelled, Changeset, Entry, LayerFault, Limits, Loaded, Media, Piece, Pieces, Sparse, Watch,
    read_pieces,
};

/// Where a layer's files are listed.
pub enum List {
    /// A tar-split file.
    TarSplit(Region),
    /// Nowhere: the folder of an overlay driver, which has what the layer changed.
    Folder,
    /// Nowhere: the folder is a whole copy, and the layer is how it differs from this one.
    Changes(PathBuf),
}

/// An unpacked layer.
pub struct Unpacked {
    list: List,
    folder: PathBuf,
    /// About the length of its tar, for progress.
    bytes: u64,
    /// What helps where the folder may not be read.
    hint: Option<String>,
    table: OnceLock<Table>,
    /// Held by whoever makes the table.
    listing: Mutex<()>,
}

/// Where the tar would have the data of which file.
#[derive(Default)]
struct Table {
    files: Vec<Place>,
    names: Vec<u8>,
    sparse: Vec<(u64, Sparse)>,
}

struct Place {
    offset: u64,
    /// Where its name ends in [`Table::names`]; it begins where the one before ends.
    name_end: usize,
    crc: Option<u64>,
}

impl Unpacked {
    /// A layer listed in `list`, unpacked in `folder`. `bytes` is about the length of its tar; `hint` is said where the
    /// folder may not be read.
    pub fn new(list: List, folder: PathBuf, bytes: u64, hint: Option<String>) -> Self {
        Self { list, folder, bytes, hint, table: OnceLock::new(), listing: Mutex::new(()) }
    }

    /// About the length of its tar.
    pub fn len(&self) -> u64 {
        self.bytes
    }

    /// Whether its tar is known byte by byte: a folder alone says what a layer changed, not in which order its tar did.
    pub fn is_exact(&self) -> bool {
        matches!(self.list, List::TarSplit(_))
    }

    fn pieces(&self) -> io::Result<Box<dyn Pieces + Send>> {
        match &self.list {
            List::TarSplit(file) => Ok(Box::new(TarSplit::new(file)?)),
            List::Folder => Ok(Box::new(Folder::new(&self.folder, None)?)),
            List::Changes(below) => Ok(Box::new(Folder::new(&self.folder, Some(below))?)),
        }
    }

    /// Reads the layer; no file of the folder is touched.
    ///
    /// # Errors
    ///
    /// Only when cancelled.
    pub fn read(&self, watch: &Watch<'_>) -> Result<Loaded, Cancelled> {
        let changeset = match self.pieces() {
            Ok(mut pieces) => read_pieces(&mut *pieces, watch)?,
            Err(error) => {
                let what = format!("the layer's list of files cannot be read ({error})");
                Changeset { fault: Some(LayerFault { what, offset: 0 }), ..Changeset::default() }
            }
        };
        Ok(Loaded { media: Media::None, changeset })
    }

    /// The layer's tar, put together again.
    pub fn tar(self: &Arc<Self>) -> Box<dyn Read + Send> {
        let layer = Arc::clone(self);
        match self.pieces().and_then(|pieces| Ok((pieces, self.root()?))) {
            Ok((pieces, root)) => Box::new(Assembled::new(pieces, move |name| {
                Ok(Box::new(layer.file(&root, name)?) as Box<dyn Read + Send>)
            })),
            Err(error) => Box::new(Failing(Some(error))),
        }
    }

    /// The stored bytes of an entry. The first time the layer's list is read for it: `passed` hears how many bytes of the
    /// tar that has passed, and ends it by saying false.
    ///
    /// # Errors
    ///
    /// The file is not there, may not be read, or is not that of the layer; `passed` said false.
    pub fn open(&self, entry: &Entry, passed: &dyn Fn(u64) -> bool) -> io::Result<Box<dyn Read + Send>> {
        if entry.size == 0 {
            return Ok(Box::new(io::empty()));
        }
        let table = self.table(passed)?;
        let at = table.files.binary_search_by_key(&entry.offset, |place| place.offset);
        let at = at.map_err(|_| io::Error::other("the layer has no such file"))?;
        let start = at.checked_sub(1).map_or(0, |before| table.files[before].name_end);
        let name = &table.names[start..table.files[at].name_end];
        let file = self.file(&self.root()?, name)?;
        let sparse = table.sparse.binary_search_by_key(&entry.offset, |(offset, _)| *offset);
        let sparse = sparse.ok().map(|at| table.sparse[at].1.clone());
        let size = sparse.as_ref().map_or(entry.size, |sparse| sparse.size);
        let found = file.metadata()?.len();
        if found != size {
            return Err(self.wrong(name, &format!("has {found} bytes, the layer's file {size}")));
        }
        Ok(match (sparse, table.files[at].crc) {
            (Some(sparse), _) => Box::new(Stored { file, pieces: sparse.pieces, at: 0, taken: 0 }),
            (None, Some(crc)) => {
                let wrong = self.wrong(name, "has not the checksum of the layer's file");
                Box::new(Checked { file, crc: Crc64::new(), wanted: crc, left: size, wrong: Some(wrong) })
            }
            (None, None) => Box::new(file),
        })
    }

    fn table(&self, passed: &dyn Fn(u64) -> bool) -> io::Result<&Table> {
        if let Some(table) = self.table.get() {
            return Ok(table);
        }
        let _one_at_a_time = self.listing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = self.table.get() {
            return Ok(table);
        }
        let table = self.list_places(passed)?;
        Ok(self.table.get_or_init(|| table))
    }

    fn list_places(&self, passed: &dyn Fn(u64) -> bool) -> io::Result<Table> {
        let mut table = Table::default();
        let mut pieces = self.pieces()?;
        let mut recorder = Recorder {
            pieces: &mut *pieces,
            table: &mut table,
            name: Vec::new(),
            crc: None,
            passed,
            at: 0,
            told: 0,
            is_wanted: true,
        };
        let watch = Watch {
            limits: Limits::default(),
            windows: false,
            progress: &|_| {},
            cancel: &AtomicBool::new(false),
        };
        let changeset = read_pieces(&mut recorder, &watch).map_err(io::Error::other)?;
        go_on(recorder.is_wanted)?;
        let entries = &changeset.entries;
        table.sparse =
            entries.sparse.iter().map(|(id, sparse)| (entries.get(*id).offset, sparse.clone())).collect();
        Ok(table)
    }

    fn root(&self) -> io::Result<OwnedFd> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        openat(CWD, &self.folder, flags, Mode::empty()).map_err(|error| self.failed(&self.folder, error))
    }

    /// A regular file of the folder. Opening never blocks, whatever stands there.
    fn file(&self, root: &OwnedFd, name: &[u8]) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        let path = || self.folder.join(String::from_utf8_lossy(name).trim_start_matches('/'));
        let opened = retry(|| openat2(root, name, flags, Mode::empty(), resolve));
        let file = match opened {
            // Kernels before 5.6 and some sandboxes: name by name, without symlinks.
            Err(Errno::NOSYS) => step_by_step(root, name, flags),
            opened => opened,
        };
        let file = File::from(file.map_err(|error| self.failed(&path(), error))?);
        if !file.metadata()?.is_file() {
            return Err(self.wrong(name, "is no regular file"));
        }
        Ok(file)
    }

    fn wrong(&self, name: &[u8], why: &str) -> io::Error {
        let path = self.folder.join(String::from_utf8_lossy(name).trim_start_matches('/'));
        io::Error::new(io::ErrorKind::InvalidData, format!("{} {why}", shown(&path)))
    }

    fn failed(&self, path: &Path, error: Errno) -> io::Error {
        let error = io::Error::from(error);
        let (path, hint) = (shown(path), self.hint.as_deref().unwrap_or_default());
        match error.kind() {
            io::ErrorKind::PermissionDenied if !hint.is_empty() => {
                io::Error::new(error.kind(), format!("{path}: permission denied; {hint}"))
            }
            io::ErrorKind::NotFound => io::Error::new(
                error.kind(),
                format!("{path} is not there: the store has changed, or lost it"),
            ),
            kind => io::Error::new(kind, format!("{path}: {error}")),
        }
    }
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().escape_debug().to_string()
}

/// A rename somewhere may interrupt a resolution; the kernel asks to try again.
fn retry(open: impl Fn() -> rustix::io::Result<OwnedFd>) -> rustix::io::Result<OwnedFd> {
    let mut tries = 0;
    loop {
        match open() {
            Err(Errno::AGAIN | Errno::INTR) if tries < 100 => tries += 1,
            opened => return opened,
        }
    }
}

fn step_by_step(root: &OwnedFd, name: &[u8], flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let names: Vec<&[u8]> =
        name.split(|&byte| byte == b'/').filter(|part| !matches!(*part, b"" | b".")).collect();
    let Some((last, folders)) = names.split_last() else { return Err(Errno::ISDIR) };
    if names.contains(&&b".."[..]) {
        return Err(Errno::NOENT);
    }
    let folder = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut at = openat(root, ".", folder, Mode::empty())?;
    for name in folders {
        at = openat(&at, *name, folder, Mode::empty())?;
    }
    openat(&at, *last, flags, Mode::empty())
}

/// Writes down where the data of which file would be.
struct Recorder<'a> {
    pieces: &'a mut dyn Pieces,
    table: &'a mut Table,
    name: Vec<u8>,
    crc: Option<u64>,
    passed: &'a dyn Fn(u64) -> bool,
    /// Offset in the tar behind the last file, and how much of it was told.
    at: u64,
    told: u64,
    is_wanted: bool,
}

impl Pieces for Recorder<'_> {
    fn next(&mut self) -> io::Result<Option<Piece<'_>>> {
        if self.at - self.told >= STRIDE {
            self.told = self.at;
            self.is_wanted = (self.passed)(self.at);
            go_on(self.is_wanted)?;
        }
        let piece = self.pieces.next()?;
        if let Some(Piece::Data { name, crc, .. }) = piece {
            self.name.clear();
            self.name.extend_from_slice(name);
            self.crc = crc;
        }
        Ok(piece)
    }

    fn place(&mut self, offset: u64, size: u64) {
        self.at = self.at.max(offset.saturating_add(size));
        if size > 0 {
            self.table.names.extend_from_slice(&self.name);
            let name_end = self.table.names.len();
            self.table.files.push(Place { offset, name_end, crc: self.crc });
        }
    }
}

/// A file whose checksum is known: reading it to its end says whether it has it.
struct Checked {
    file: File,
    crc: Crc64,
    wanted: u64,
    left: u64,
    wrong: Option<io::Error>,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.crc.update(&buffer[..count]);
        let before = self.left;
        self.left = self.left.saturating_sub(count as u64);
        if before > 0
            && self.left == 0
            && self.crc.value() != self.wanted
            && let Some(wrong) = self.wrong.take()
        {
            return Err(wrong);
        }
        Ok(count)
    }
}

/// The stored pieces of a sparse file, which the folder has with its holes.
struct Stored {
    file: File,
    pieces: Vec<(u64, u64)>,
    at: usize,
    taken: u64,
}

impl Read for Stored {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(&(offset, length)) = self.pieces.get(self.at) {
            let want = usize::try_from(length - self.taken).unwrap_or(usize::MAX).min(buffer.len());
            if self.taken < length {
                let count = self.file.read_at(&mut buffer[..want], offset.saturating_add(self.taken))?;
                self.taken += count as u64;
                return Ok(count);
            }
            self.at += 1;
            self.taken = 0;
        }
        Ok(0)
    }
}

/// A stream that could not be opened.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}
