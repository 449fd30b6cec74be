//! Writes bolt databases, with bbolt's layout of pages.

use std::collections::BTreeMap;

/// What stands under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Value(Vec<u8>),
    Bucket(Keys),
}

/// A bucket.
pub type Keys = BTreeMap<Vec<u8>, Node>;

const HEAD: usize = 16;
const ELEMENT: usize = 16;
pub const BRANCH: u16 = 1;
pub const LEAF: u16 = 2;

/// A database in the making: pages 0 and 1 are for the meta pages.
pub struct Database {
    page_size: usize,
    pages: Vec<u8>,
}

/// A database of these keys, with transactions 6 and 7 in its meta pages.
pub fn database(page_size: usize, keys: &Keys) -> Vec<u8> {
    let mut database = Database { page_size, pages: vec![0; 2 * page_size] };
    let root = database.bucket(keys);
    database.finish(root)
}

/// `v1/moby/images/...` to a value, as many buckets as there are slashes.
pub fn insert(keys: &mut Keys, path: &[&str], value: &[u8]) {
    let (last, above) = path.split_last().unwrap();
    let mut keys = keys;
    for name in above {
        let node = keys.entry(name.as_bytes().to_vec()).or_insert_with(|| Node::Bucket(Keys::new()));
        let Node::Bucket(next) = node else { unreachable!("{name} has a value") };
        keys = next;
    }
    keys.insert(last.as_bytes().to_vec(), Node::Value(value.to_vec()));
}

/// A meta page's head and body.
pub fn meta(page_size: usize, number: u64, root: u64, end: u64, transaction: u64) -> Vec<u8> {
    let mut body = Vec::new();
    for word in [0xed0c_daed_u32, 2, page_size as u32, 0] {
        body.extend(word.to_le_bytes());
    }
    for word in [root, 0, u64::MAX, end, transaction] {
        body.extend(word.to_le_bytes());
    }
    let sum = body.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    body.extend(sum.to_le_bytes());
    [head(number, 4, 0, 0), body].concat()
}

pub fn head(number: u64, flags: u16, count: usize, overflow: u32) -> Vec<u8> {
    let mut head = number.to_le_bytes().to_vec();
    head.extend(flags.to_le_bytes());
    head.extend((count as u16).to_le_bytes());
    head.extend(overflow.to_le_bytes());
    head
}

/// A leaf's elements: flags (1 for a bucket), key, value.
pub fn leaf(number: u64, overflow: u32, elements: &[(u32, Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut heads = head(number, LEAF, elements.len(), overflow);
    let mut data = Vec::new();
    for (at, (flags, key, value)) in elements.iter().enumerate() {
        let position = (elements.len() - at) * ELEMENT + data.len();
        for word in [*flags, position as u32, key.len() as u32, value.len() as u32] {
            heads.extend(word.to_le_bytes());
        }
        data.extend(key.iter().chain(value));
    }
    [heads, data].concat()
}

/// A branch's elements: first key, page.
pub fn branch(number: u64, overflow: u32, elements: &[(Vec<u8>, u64)]) -> Vec<u8> {
    let mut heads = head(number, BRANCH, elements.len(), overflow);
    let mut data = Vec::new();
    for (at, (key, page)) in elements.iter().enumerate() {
        let position = (elements.len() - at) * ELEMENT + data.len();
        heads.extend((position as u32).to_le_bytes());
        heads.extend((key.len() as u32).to_le_bytes());
        heads.extend(page.to_le_bytes());
        data.extend(key);
    }
    [heads, data].concat()
}

impl Database {
    fn next(&self) -> u64 {
        (self.pages.len() / self.page_size) as u64
    }

    /// Adds a page made by `make` of its number and of how many pages more it takes.
    fn add(&mut self, make: impl Fn(u64, u32) -> Vec<u8>) -> u64 {
        let number = self.next();
        let more = make(number, 0).len().div_ceil(self.page_size) - 1;
        let mut page = make(number, more as u32);
        page.resize((more + 1) * self.page_size, 0);
        self.pages.extend(page);
        number
    }

    /// Writes a bucket, returns its root page.
    fn bucket(&mut self, keys: &Keys) -> u64 {
        let elements: Vec<_> = keys.iter().map(|(key, node)| self.element(key, node)).collect();
        let size = |(_, key, value): &(u32, Vec<u8>, Vec<u8>)| ELEMENT + key.len() + value.len();
        let mut pages: Vec<(Vec<u8>, u64)> = Vec::new();
        let mut rest = &elements[..];
        loop {
            let mut room = self.page_size - HEAD;
            let fits = rest.iter().take_while(|element| {
                let fits = size(element) <= room;
                room = room.saturating_sub(size(element));
                fits
            });
            let (now, later) = rest.split_at(fits.count().max(1).min(rest.len()));
            let first = now.first().map_or(Vec::new(), |(_, key, _)| key.clone());
            pages.push((first, self.add(|number, more| leaf(number, more, now))));
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        while pages.len() > 1 {
            let groups: Vec<_> = pages.chunks(4).map(<[_]>::to_vec).collect();
            let write = |group: Vec<(Vec<u8>, u64)>| {
                (group[0].0.clone(), self.add(|number, more| branch(number, more, &group)))
            };
            pages = groups.into_iter().map(write).collect();
        }
        pages[0].1
    }

    fn element(&mut self, key: &[u8], node: &Node) -> (u32, Vec<u8>, Vec<u8>) {
        let keys = match node {
            Node::Value(value) => return (0, key.to_vec(), value.clone()),
            Node::Bucket(keys) => keys,
        };
        let flat = keys.values().all(|node| matches!(node, Node::Value(_)));
        let elements = keys.iter().filter_map(|(key, node)| match node {
            Node::Value(value) => Some((0, key.clone(), value.clone())),
            Node::Bucket(_) => None,
        });
        let inline = leaf(0, 0, &elements.collect::<Vec<_>>());
        let (root, inline) = if flat && inline.len() <= self.page_size / 4 {
            (0, inline)
        } else {
            (self.bucket(keys), Vec::new())
        };
        (1, key.to_vec(), [root.to_le_bytes().to_vec(), vec![0; 8], inline].concat())
    }

    fn finish(mut self, root: u64) -> Vec<u8> {
        let end = self.next();
        for (number, root, transaction) in [(0, root, 6), (1, root, 7)] {
            let page = meta(self.page_size, number, root, end, transaction);
            let at = number as usize * self.page_size;
            self.pages[at..at + page.len()].copy_from_slice(&page);
        }
        self.pages
    }
}
