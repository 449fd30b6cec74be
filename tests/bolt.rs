//! The reader of bolt databases: against the writer of `common/bolt.rs`, a real database, and damage.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::cell::Cell;
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use capas::oci::Digest;
use capas::source::SourceError;
use capas::source::bolt::{self, Bucket, Item};
use common::bolt::{Keys, Node, branch, database, insert, leaf, meta};
use proptest::prelude::*;

const SIZE: usize = 4096;

struct File {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn file(bytes: &[u8]) -> File {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    std::fs::write(&path, bytes).unwrap();
    File { _folder: folder, path }
}

fn all(bucket: &Bucket<'_>) -> Result<Keys, SourceError> {
    let mut keys = Keys::new();
    for (key, item) in bucket.items()? {
        let node = match item {
            Item::Value(value) => Node::Value(value.to_vec()),
            Item::Bucket(bucket) => Node::Bucket(all(&bucket)?),
        };
        keys.insert(key.to_vec(), node);
    }
    Ok(keys)
}

fn read(path: &Path) -> Result<Keys, SourceError> {
    bolt::read(path, all)
}

fn sample(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/containerd/{name}", env!("CARGO_MANIFEST_DIR"));
    let mut bytes = Vec::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

fn node() -> impl Strategy<Value = Node> {
    let value = prop::collection::vec(any::<u8>(), 0..700).prop_map(Node::Value);
    value.prop_recursive(3, 60, 12, |node| {
        prop::collection::btree_map("[a-z]{1,3}".prop_map(String::into_bytes), node, 0..12)
            .prop_map(Node::Bucket)
    })
}

proptest! {
    /// Leaves, branches, small buckets, long values: whatever is written is read, in order, and found by its key.
    #[test]
    fn what_is_written_is_read(
        keys in prop::collection::btree_map("[a-z]{1,4}".prop_map(String::into_bytes), node(), 0..40),
        size in prop::sample::select(vec![512, 1024, 4096, 65536]),
    ) {
        let file = file(&database(size, &keys));
        prop_assert_eq!(&read(&file.path).unwrap(), &keys);
        let missing = bolt::read(&file.path, |root| {
            for key in keys.keys() {
                let found = root.get(std::str::from_utf8(key).unwrap())?;
                assert!(found.is_some(), "{key:?}");
            }
            Ok(root.get("zzzzz")?.is_none() && root.get("")?.is_none())
        });
        prop_assert!(missing.unwrap());
    }

    /// A damaged database is an error or another database, never a panic, a hang or a flood.
    #[test]
    fn damage_is_an_error(changes in prop::collection::vec((8192usize..262_144, any::<u8>()), 1..40)) {
        let mut bytes = sample("overlayfs.db.gz");
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        let _ = read(&file(&bytes).path);
    }
}

/// Counts and sums that another program took of the same files: a hash of all keys and values in order.
#[test]
fn real_databases_are_read_whole() {
    fn walk(keys: &Keys, hashed: &mut Vec<u8>, counts: &mut (usize, usize)) {
        for (key, node) in keys {
            hashed.extend(key.iter().chain(&[0]));
            match node {
                Node::Value(value) => {
                    hashed.extend(value.iter().chain(&[1]));
                    counts.0 += 1;
                }
                Node::Bucket(keys) => {
                    counts.1 += 1;
                    walk(keys, hashed, counts);
                }
            }
        }
    }
    let cases = [
        ("meta.db.gz", (2629, 1010), "cdca019eb0d5a735c00349a8161cfbf6c1ef6abda22910380c06e988a12d1d4c"),
        ("overlayfs.db.gz", (753, 110), "d20468cf5e2369035cf8e2847aa2806ba12ed6333438c5245bb6d817cd5bb13a"),
    ];
    for (name, wanted, sum) in cases {
        let keys = read(&file(&sample(name)).path).unwrap();
        let (mut hashed, mut counts) = (Vec::new(), (0, 0));
        walk(&keys, &mut hashed, &mut counts);
        assert_eq!(counts, wanted, "{name}");
        assert_eq!(Digest::of(&hashed).hex(), sum, "{name}");
    }
}

#[test]
fn a_real_database_is_looked_up() {
    let file = file(&sample("meta.db.gz"));
    let (images, blobs, target) = bolt::read(&file.path, |root| {
        let moby = root.at(&["v1", "moby"])?.unwrap();
        let blobs = moby.at(&["content", "blob"])?.unwrap().buckets()?.len();
        let images = moby.at(&["images"])?.unwrap();
        let target = images.at(&["docker.io/research/bk:1", "target"])?.unwrap().text("digest")?;
        Ok((images.buckets()?.len(), blobs, target))
    })
    .unwrap();
    assert_eq!((images, blobs), (60, 208));
    assert_eq!(target.unwrap(), "sha256:4f117b84a7e1ddc5ffc7e21882df0864c5862c23755be62139fd3bfac63a5437");
}

#[test]
fn the_newer_of_the_whole_meta_pages_counts() {
    let mut old = Keys::new();
    insert(&mut old, &["who"], b"old");
    let mut bytes = database(SIZE, &old);
    // A second root in a further page, which only transaction 8 knows.
    bytes.extend(leaf(3, 0, &[(0, b"who".to_vec(), b"new".to_vec())]));
    bytes.resize(4 * SIZE, 0);
    let newer = meta(SIZE, 0, 3, 4, 8);
    bytes[..newer.len()].copy_from_slice(&newer);
    let who = |bytes: &[u8]| bolt::read(&file(bytes).path, |root| root.text("who")).map(Option::unwrap);
    assert_eq!(who(&bytes).unwrap(), "new");
    // Half written: the other one counts, also where the page size is in doubt.
    bytes[16 + 50] ^= 1;
    assert_eq!(who(&bytes).unwrap(), "old");
    bytes[SIZE + 16 + 50] ^= 1;
    let error = who(&bytes).unwrap_err().to_string();
    assert!(
        error.ends_with("x.db: it is no bolt database, or both of its meta pages are damaged"),
        "{error}"
    );
    assert!(who(b"").is_err() && who(&[0; 100]).is_err());
}

#[test]
fn a_database_that_changes_is_read_again() {
    let mut keys = Keys::new();
    insert(&mut keys, &["v1", "name"], b"x");
    let file = file(&database(SIZE, &keys));
    let writer = std::fs::OpenOptions::new().write(true).open(&file.path).unwrap();
    let (calls, until) = (Cell::new(0), Cell::new(3));
    let change = |root: &Bucket<'_>| {
        calls.set(calls.get() + 1);
        if calls.get() <= until.get() {
            // The next transaction has the same root, in the meta page whose turn it is.
            let transaction = 7 + calls.get();
            let number = transaction % 2;
            let next = meta(SIZE, number, 2, 3, transaction);
            writer.write_all_at(&next, number * SIZE as u64).unwrap();
            // What is read of a transaction that has gone is no error.
            return Err(SourceError::Cancelled);
        }
        all(root)
    };
    assert_eq!(bolt::read(&file.path, change).unwrap(), keys);
    assert_eq!(calls.get(), 4);
    until.set(u64::MAX);
    let error = bolt::read(&file.path, change).unwrap_err().to_string();
    assert!(error.ends_with("x.db: the database changed 50 times while it was being read"), "{error}");
}

#[test]
fn damage_names_file_and_page() {
    let value = |text: &str| text.as_bytes().to_vec();
    let bucket = |root: u64| [root.to_le_bytes(), [0; 8]].concat();
    let far = {
        let mut page = leaf(2, 0, &[(0, value("key"), value("value"))]);
        page[16 + 12] = 0xff;
        page[16 + 13] = 0xff;
        page
    };
    let crosswise: Vec<(Vec<u8>, u64)> = (0..200u8).map(|at| (vec![at], 2)).collect();
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (branch(2, 0, &[(value("a"), 2)]), "page 2: branches lead more than 64 deep, or in a circle"),
        (branch(2, 0, &crosswise), "page 2: branches lead more than 64 deep, or in a circle"),
        (leaf(2, 0, &[(1, value("a"), bucket(2))]), "page 2: buckets lie more than 64 deep, or in a circle"),
        (leaf(2, 0, &[(1, value("a"), bucket(9))]), "page 9: the database has pages 2 to 2"),
        (leaf(2, 0, &[(1, value("a"), bucket(1))]), "page 1: the database has pages 2 to 2"),
        (leaf(2, 0, &[(1, value("a"), value("short"))]), "page 2: the value of a bucket is too short"),
        (
            leaf(2, 0, &[(1, value("a"), [bucket(0), branch(0, 0, &[(value("a"), 2)])].concat())]),
            "page 2: a small bucket in it is a branch",
        ),
        (
            leaf(2, 0, &[(1, value("a"), bucket(0))]),
            "page 2: a small bucket in it: it is shorter than its head",
        ),
        (leaf(3, 0, &[]), "page 2: it says that it is page 3"),
        (leaf(2, 7, &[]), "page 2: it goes on for 7 pages, past the end of the database"),
        (branch(2, 0, &[]), "page 2: a branch without elements"),
        (far, "page 2: an element lies outside of it"),
        (common::bolt::head(2, 0x10, 0, 0), "page 2: it is neither a branch nor a leaf: its flags are 0x10"),
        (common::bolt::head(2, 2, 65535, 0), "page 2: an element lies outside of it"),
    ];
    for (page, wanted) in cases {
        let mut bytes = database(SIZE, &Keys::new());
        bytes.truncate(2 * SIZE);
        bytes.extend(&page);
        bytes.resize(3 * SIZE, 0);
        let error = read(&file(&bytes).path).unwrap_err().to_string();
        assert!(error.ends_with(&format!("x.db: {wanted}")), "{error} instead of {wanted}");
    }
}

#[test]
fn buckets_that_name_each_other_crosswise_come_to_an_end() {
    // Each page is small, each holds a hundred buckets, all of them the next page: 100^6 keys.
    let mut bytes = database(SIZE, &Keys::new());
    bytes.truncate(2 * SIZE);
    for number in 2..9u64 {
        let next = [(number + 1).to_le_bytes(), [0; 8]].concat();
        let elements: Vec<_> = (0..100u8).map(|at| (u32::from(number < 8), vec![at], next.clone())).collect();
        bytes.extend(leaf(number, 0, &elements));
        bytes.resize((number as usize + 1) * SIZE, 0);
    }
    for (number, at) in [(0, 0), (1, SIZE)] {
        let page = meta(SIZE, number, 2, 9, 7);
        bytes[at..at + page.len()].copy_from_slice(&page);
    }
    let error = bolt::read(&file(&bytes).path, |root| {
        fn count(bucket: &Bucket<'_>) -> Result<usize, SourceError> {
            bucket.buckets()?.iter().map(|(_, bucket)| count(bucket)).sum()
        }
        count(root)
    });
    let error = error.unwrap_err().to_string();
    assert!(error.ends_with("more than 4000000 looks at its pages, which may lead in a circle"), "{error}");
}

#[test]
fn a_pipe_is_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR).unwrap();
    let error = read(&path).unwrap_err().to_string();
    assert!(error.ends_with("pipe: it is no file"), "{error}");
    assert!(read(Path::new("/nowhere/x.db")).unwrap_err().to_string().starts_with("/nowhere/x.db: "));
}
