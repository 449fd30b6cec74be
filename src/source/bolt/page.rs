//! The pages of a bolt database: two meta pages, branches and leaves. Layouts as in bbolt's `page.go` and `meta.go`.

use std::fs::File;
use std::ops::{Deref, Range};
use std::os::unix::fs::FileExt as _;
use std::rc::Rc;

use crate::source::SourceError;

const MAGIC: u32 = 0xed0c_daed;
const VERSION: u32 = 2;
/// Page number, flags, count of elements, pages that it goes on for.
const PAGE_HEAD: usize = 16;
/// From the magic to the checksum.
const META: usize = 64;
/// Both kinds of elements are as long.
const ELEMENT: usize = 16;
const BRANCH: u16 = 0x01;
const LEAF: u16 = 0x02;
/// Flag of a leaf's element: its value is a bucket.
const IS_BUCKET: u32 = 0x01;

/// A meta page: where a transaction begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Bytes of a page.
    pub page_size: usize,
    /// The page of the bucket that holds all others.
    pub root: u64,
    /// The first page number that is not in use.
    pub end: u64,
    /// Its number; the meta page with the larger one counts.
    pub transaction: u64,
}

impl Meta {
    /// The newer of the two meta pages, of those that are whole: one may be half written just now.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn newest(file: &File, label: &str) -> Result<Self, SourceError> {
        let failed = |error| SourceError::Io { path: label.to_owned(), error };
        let broken = |why: &str| SourceError::Broken { path: label.to_owned(), why: why.to_owned() };
        let at = |offset: u64| -> Result<Option<Self>, SourceError> {
            let mut bytes = [0; PAGE_HEAD + META];
            match file.read_exact_at(&mut bytes, offset) {
                Ok(()) => Ok(Self::parse(&bytes[PAGE_HEAD..])),
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
                Err(error) => Err(failed(error)),
            }
        };
        let first = at(0)?;
        let second = match first {
            Some(first) => at(first.page_size as u64)?,
            // The page size stands in the pages themselves: where the first is damaged, the second is looked for.
            None => (9..=24).find_map(|power| at(1 << power).transpose()).transpose()?,
        };
        let newest = first.into_iter().chain(second).max_by_key(|meta| meta.transaction);
        newest.ok_or_else(|| broken("it is no bolt database, or both of its meta pages are damaged"))
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let page_size = u32_at(bytes, 8)? as usize;
        let whole = u32_at(bytes, 0)? == MAGIC
            && u32_at(bytes, 4)? == VERSION
            && fnv1a(bytes.get(..META - 8)?) == u64_at(bytes, META - 8)?
            && page_size.is_power_of_two()
            && (512..=1 << 24).contains(&page_size);
        whole.then_some(Self {
            page_size,
            root: u64_at(bytes, 16)?,
            end: u64_at(bytes, 40)?,
            transaction: u64_at(bytes, 48)?,
        })
    }
}

/// FNV-1a with 64 bits, which bbolt checks its meta pages with.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// What a page says about itself: its number, and how many pages it goes on for.
pub fn number_and_overflow(bytes: &[u8]) -> (u64, u64) {
    (u64_at(bytes, 0).unwrap_or_default(), u64::from(u32_at(bytes, 12).unwrap_or_default()))
}

/// Bytes of a page, shared with it.
#[derive(Clone)]
pub struct Bytes {
    page: Rc<[u8]>,
    range: Range<usize>,
}

impl Bytes {
    /// All of a page.
    pub fn of_page(page: Vec<u8>) -> Self {
        let range = 0..page.len();
        Self { page: page.into(), range }
    }

    /// A part; `None` where it lies outside.
    pub fn part(&self, range: Range<usize>) -> Option<Self> {
        let moved = self.range.start.checked_add(range.start)?..self.range.start.checked_add(range.end)?;
        let inside = moved.start <= moved.end && moved.end <= self.range.end;
        inside.then(|| Self { page: Rc::clone(&self.page), range: moved })
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.page.get(self.range.clone()).unwrap_or_default()
    }
}

/// A branch or a leaf: its elements, in the order of their keys.
pub enum Page {
    /// The first key of a page, and its number.
    Branch(Vec<(Bytes, u64)>),
    /// Keys and values.
    Leaf(Vec<LeafElement>),
}

/// A key and its value, or bucket.
pub struct LeafElement {
    /// The key.
    pub key: Bytes,
    /// The value.
    pub value: Bytes,
    /// Whether the value is a bucket.
    pub is_bucket: bool,
}

impl Page {
    /// Takes a page apart.
    ///
    /// # Errors
    ///
    /// Why it is none, as a clause.
    pub fn parse(bytes: &Bytes) -> Result<Self, String> {
        let flags = u16_at(bytes, 8).ok_or("it is shorter than its head")?;
        let count = usize::from(u16_at(bytes, 10).ok_or("it is shorter than its head")?);
        let heads = (0..count).map(|at| PAGE_HEAD + at * ELEMENT);
        match flags {
            BRANCH if count == 0 => Err("a branch without elements".to_owned()),
            BRANCH => {
                let elements = heads.map(|at| branch_element(bytes, at)).collect::<Option<_>>();
                Ok(Self::Branch(elements.ok_or(OUTSIDE)?))
            }
            LEAF => {
                let elements = heads.map(|at| leaf_element(bytes, at)).collect::<Option<_>>();
                Ok(Self::Leaf(elements.ok_or(OUTSIDE)?))
            }
            other => Err(format!("it is neither a branch nor a leaf: its flags are {other:#x}")),
        }
    }
}

const OUTSIDE: &str = "an element lies outside of it";

fn branch_element(bytes: &Bytes, at: usize) -> Option<(Bytes, u64)> {
    let key = run(bytes, at, u32_at(bytes, at)?, u32_at(bytes, at + 4)?)?;
    Some((key, u64_at(bytes, at + 8)?))
}

fn leaf_element(bytes: &Bytes, at: usize) -> Option<LeafElement> {
    let (position, key_length) = (u32_at(bytes, at + 4)?, u32_at(bytes, at + 8)?);
    let key = run(bytes, at, position, key_length)?;
    let value = run(bytes, at, position.checked_add(key_length)?, u32_at(bytes, at + 12)?)?;
    Some(LeafElement { key, value, is_bucket: u32_at(bytes, at)? & IS_BUCKET != 0 })
}

/// Positions count from the head of their element.
fn run(bytes: &Bytes, at: usize, position: u32, length: u32) -> Option<Bytes> {
    let start = at.checked_add(position as usize)?;
    bytes.part(start..start.checked_add(length as usize)?)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// A number of eight bytes.
pub fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
