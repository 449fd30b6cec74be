//! Buckets: sorted keys with values, or with further buckets. Small buckets lie inside the value that names them.

use std::rc::Rc;

use super::Pages;
use super::page::{Bytes, LeafElement, Page, u64_at};
use crate::source::SourceError;

/// Branches above a leaf, and buckets within buckets: real databases have three and eight.
const MAX_DEPTH: usize = 64;
/// Root page and sequence, before the page of a small bucket.
const BUCKET_HEAD: usize = 16;

/// A bucket.
#[derive(Clone)]
pub struct Bucket<'a> {
    pages: &'a Pages<'a>,
    root: Root,
    depth: usize,
}

#[derive(Clone)]
enum Root {
    /// A page of the database.
    Page(u64),
    /// A page inside a value, and the page that this lies in.
    Inline(Bytes, u64),
}

/// What stands under a key.
pub enum Item<'a> {
    /// Bytes.
    Value(Bytes),
    /// A bucket.
    Bucket(Bucket<'a>),
}

impl<'a> Bucket<'a> {
    pub(super) fn root(pages: &'a Pages<'a>, root: u64) -> Self {
        Self { pages, root: Root::Page(root), depth: 0 }
    }

    /// All keys, in order, and what stands under them.
    ///
    /// # Errors
    ///
    /// A page is damaged.
    pub fn items(&self) -> Result<Vec<(Bytes, Item<'a>)>, SourceError> {
        let mut items = Vec::new();
        let mut ahead = vec![(self.page()?, 0)];
        while let Some((page, depth)) = ahead.pop() {
            match &*page {
                Page::Branch(elements) => {
                    // The first of them is to be looked at next.
                    for (_, number) in elements.iter().rev() {
                        ahead.push((self.below(*number, depth)?, depth + 1));
                    }
                }
                Page::Leaf(elements) => {
                    self.pages.count(elements.len())?;
                    for element in elements {
                        items.push((element.key.clone(), self.item(element)?));
                    }
                }
            }
        }
        Ok(items)
    }

    /// The buckets in it, with their names. What is no text is left out: containerd names nothing so.
    ///
    /// # Errors
    ///
    /// A page is damaged.
    pub fn buckets(&self) -> Result<Vec<(String, Bucket<'a>)>, SourceError> {
        let named = |(name, item): (Bytes, Item<'a>)| match item {
            Item::Bucket(bucket) => Some((std::str::from_utf8(&name).ok()?.to_owned(), bucket)),
            Item::Value(_) => None,
        };
        Ok(self.items()?.into_iter().filter_map(named).collect())
    }

    /// What stands under a key.
    ///
    /// # Errors
    ///
    /// A page is damaged.
    pub fn get(&self, key: &str) -> Result<Option<Item<'a>>, SourceError> {
        let mut page = self.page()?;
        let mut depth = 0;
        loop {
            let next = match &*page {
                Page::Branch(elements) => {
                    // The last page whose first key is not behind the key.
                    let behind = elements.partition_point(|(first, _)| **first <= *key.as_bytes());
                    self.below(elements[behind.saturating_sub(1)].1, depth)?
                }
                Page::Leaf(elements) => {
                    let found = elements.binary_search_by(|element| (*element.key).cmp(key.as_bytes()));
                    return found.ok().map(|at| self.item(&elements[at])).transpose();
                }
            };
            page = next;
            depth += 1;
        }
    }

    /// The value of a key; `None` also where a bucket stands there.
    ///
    /// # Errors
    ///
    /// A page is damaged.
    pub fn value(&self, key: &str) -> Result<Option<Bytes>, SourceError> {
        Ok(match self.get(key)? {
            Some(Item::Value(bytes)) => Some(bytes),
            _ => None,
        })
    }

    /// The value of a key where that is a text.
    ///
    /// # Errors
    ///
    /// A page is damaged.
    pub fn text(&self, key: &str) -> Result<Option<String>, SourceError> {
        let text = |bytes: Bytes| std::str::from_utf8(&bytes).ok().map(str::to_owned);
        Ok(self.value(key)?.and_then(text))
    }

    /// The bucket at the end of these keys; `None` where one of them is not there.
    ///
    /// # Errors
    ///
    /// A page is damaged.
    pub fn at(&self, keys: &[&str]) -> Result<Option<Bucket<'a>>, SourceError> {
        let mut bucket = self.clone();
        for key in keys {
            let Some(Item::Bucket(next)) = bucket.get(key)? else { return Ok(None) };
            bucket = next;
        }
        Ok(Some(bucket))
    }

    /// The page of the database that it begins in, for messages.
    fn place(&self) -> u64 {
        match self.root {
            Root::Page(number) | Root::Inline(_, number) => number,
        }
    }

    fn page(&self) -> Result<Rc<Page>, SourceError> {
        match &self.root {
            Root::Page(number) => self.pages.page(*number),
            Root::Inline(bytes, number) => {
                self.pages.count(1)?;
                let broken = |why| self.pages.broken(*number, format!("a small bucket in it: {why}"));
                match Page::parse(bytes).map_err(broken)? {
                    Page::Branch(_) => {
                        Err(self.pages.broken(*number, "a small bucket in it is a branch".to_owned()))
                    }
                    leaf @ Page::Leaf(_) => Ok(Rc::new(leaf)),
                }
            }
        }
    }

    fn below(&self, number: u64, depth: usize) -> Result<Rc<Page>, SourceError> {
        if depth >= MAX_DEPTH {
            let why = format!("branches lead more than {MAX_DEPTH} deep, or in a circle");
            return Err(self.pages.broken(number, why));
        }
        self.pages.page(number)
    }

    fn item(&self, element: &LeafElement) -> Result<Item<'a>, SourceError> {
        let value = &element.value;
        if !element.is_bucket {
            return Ok(Item::Value(value.clone()));
        }
        if self.depth >= MAX_DEPTH {
            let why = format!("buckets lie more than {MAX_DEPTH} deep, or in a circle");
            return Err(self.pages.broken(self.place(), why));
        }
        let short = || self.pages.broken(self.place(), "the value of a bucket is too short".to_owned());
        let root = match u64_at(value, 0).ok_or_else(short)? {
            0 => Root::Inline(value.part(BUCKET_HEAD..value.len()).ok_or_else(short)?, self.place()),
            number => Root::Page(number),
        };
        Ok(Item::Bucket(Bucket { pages: self.pages, root, depth: self.depth + 1 }))
    }
}
