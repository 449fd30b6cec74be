//! Bolt databases, read while their owner writes to them: containerd keeps its images and snapshots in them.
//!
//! bbolt holds an exclusive lock as long as it runs, so whoever locks waits for ever. It never overwrites a page that
//! the latest transaction refers to, and it writes the two meta pages in turn. So the file is read without a lock, and
//! read again where the transaction has moved on meanwhile: what a transaction sees is whole as long as no second one
//! has begun after it.
//!
//! Numbers stand in the byte order of the machine that wrote the file; all that capas runs on are little-endian.

mod bucket;
mod page;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::rc::Rc;

use super::SourceError;
pub use bucket::{Bucket, Item};
pub use page::Bytes;
use page::{Meta, Page};

/// How often a database that changes is read again before that is an error. A node that pulls images writes some
/// hundred transactions a second, and reading takes a few milliseconds.
const ATTEMPTS: usize = 50;
/// Pages that are looked at may take so much; the whole database of a busy Kubernetes node has some tens of megabytes.
const MAX_BYTES: u64 = 256 << 20;
/// Pages and elements that are looked at; a store with ten thousand blobs takes some hundred thousand.
const MAX_LOOKS: usize = 4_000_000;

/// Reads a database: `read` gets the bucket that holds all others, and runs again where the database changed under it.
///
/// # Errors
///
/// The file cannot be opened, is no bolt database, is damaged (with the page), or never stays as it is.
pub fn read<T>(path: &Path, read: impl Fn(&Bucket<'_>) -> Result<T, SourceError>) -> Result<T, SourceError> {
    let label = path.to_string_lossy().escape_debug().to_string();
    let failed = |error| SourceError::Io { path: label.clone(), error };
    let file = open(path).map_err(failed)?;
    let mut meta = Meta::newest(&file, &label)?;
    for _ in 0..ATTEMPTS {
        let pages = Pages::new(&file, &label, &meta).map_err(failed)?;
        let answer = read(&Bucket::root(&pages, meta.root));
        let now = Meta::newest(&file, &label)?;
        if now.transaction == meta.transaction {
            return answer;
        }
        meta = now;
    }
    let why = format!("the database changed {ATTEMPTS} times while it was being read");
    Err(SourceError::Broken { path: label, why })
}

/// A named pipe would block the opening: the type is looked at first.
fn open(path: &Path) -> std::io::Result<File> {
    if std::fs::metadata(path)?.is_file() {
        return File::open(path);
    }
    Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is no file"))
}

/// The pages that a transaction sees. Each is read once.
struct Pages<'a> {
    file: &'a File,
    label: &'a str,
    size: usize,
    /// Page numbers from here on are free space.
    end: u64,
    known: RefCell<HashMap<u64, Rc<Page>>>,
    /// Bytes that may still be read. Pages that claim each other's room would need more than the file has.
    bytes_left: Cell<u64>,
    /// Pages and elements that may still be looked at. Pages that refer to each other crosswise would never come to an
    /// end.
    looks_left: Cell<usize>,
}

impl<'a> Pages<'a> {
    fn new(file: &'a File, label: &'a str, meta: &Meta) -> std::io::Result<Self> {
        let pages = file.metadata()?.len() / meta.page_size as u64;
        let known = RefCell::default();
        let bytes_left = Cell::new(MAX_BYTES);
        let (end, size) = (meta.end.min(pages), meta.page_size);
        let looks_left = Cell::new(MAX_LOOKS);
        Ok(Self { file, label, size, end, known, bytes_left, looks_left })
    }

    fn page(&self, number: u64) -> Result<Rc<Page>, SourceError> {
        if let Some(page) = self.known.borrow().get(&number) {
            self.count(1)?;
            return Ok(Rc::clone(page));
        }
        if number < 2 || number >= self.end {
            return Err(
                self.broken(number, format!("the database has pages 2 to {}", self.end.saturating_sub(1)))
            );
        }
        self.count(1)?;
        self.room(self.size as u64)?;
        let mut bytes = vec![0; self.size];
        self.fill(number, &mut bytes)?;
        let (stated, more) = page::number_and_overflow(&bytes);
        if stated != number {
            return Err(self.broken(number, format!("it says that it is page {stated}")));
        }
        if more >= self.end - number {
            return Err(
                self.broken(number, format!("it goes on for {more} pages, past the end of the database"))
            );
        }
        if more > 0 {
            // Counted before it is allocated; `more` is less than the pages of the file.
            self.room(more * self.size as u64)?;
            bytes.resize((more as usize + 1) * self.size, 0);
            self.fill(number, &mut bytes)?;
        }
        let page = Page::parse(&Bytes::of_page(bytes)).map_err(|why| self.broken(number, why))?;
        let page = Rc::new(page);
        self.known.borrow_mut().insert(number, Rc::clone(&page));
        Ok(page)
    }

    fn fill(&self, number: u64, bytes: &mut [u8]) -> Result<(), SourceError> {
        let failed = |error| SourceError::Io { path: format!("{}: page {number}", self.label), error };
        self.file.read_exact_at(bytes, number * self.size as u64).map_err(failed)
    }

    /// Takes note of bytes that are about to be read.
    fn room(&self, bytes: u64) -> Result<(), SourceError> {
        let left = self.bytes_left.get().checked_sub(bytes);
        let limit = || self.limit(format!("its pages take more than {MAX_BYTES} bytes"));
        self.bytes_left.set(left.ok_or_else(limit)?);
        Ok(())
    }

    /// Takes note of pages and elements that are looked at.
    fn count(&self, looks: usize) -> Result<(), SourceError> {
        let left = self.looks_left.get().checked_sub(looks);
        let limit =
            || self.limit(format!("more than {MAX_LOOKS} looks at its pages, which may lead in a circle"));
        self.looks_left.set(left.ok_or_else(limit)?);
        Ok(())
    }

    fn limit(&self, why: String) -> SourceError {
        SourceError::Limit { path: self.label.to_owned(), why }
    }

    fn broken(&self, number: u64, why: String) -> SourceError {
        SourceError::Broken { path: format!("{}: page {number}", self.label), why }
    }
}
