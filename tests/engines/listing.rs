//! A root filesystem as a table, from `find` over an unpacked one and from `capas tree`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

/// What `stat` and `readlink` say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    kind: String,
    mode: u64,
    owner: (u64, u64),
    /// Of files and symlinks; 0 for everything else.
    size: u64,
    /// Whole seconds; tar headers of some engines carry no more.
    mtime: Option<i64>,
    target: Option<Vec<u8>>,
    /// Names of the same inode in this filesystem, this one included: all, in order.
    names: Vec<Vec<u8>>,
}

pub type Listing = BTreeMap<Vec<u8>, File>;

/// What an engine puts into a container, whatever the image says.
fn is_engine_made(path: &[u8]) -> bool {
    let made: [&[u8]; 9] = [
        b".dockerenv",
        b"dev",
        b"proc",
        b"sys",
        b"run",
        b"etc/hosts",
        b"etc/hostname",
        b"etc/resolv.conf",
        b"etc/mtab",
    ];
    made.iter()
        .any(|made| path == *made || path.strip_prefix(*made).is_some_and(|rest| rest.starts_with(b"/")))
}

/// Times of directories into which engines put their own files.
fn has_engine_time(path: &[u8]) -> bool {
    path == b"etc"
}

/// From the output of `list` in `tests/engines/lib.sh`.
pub fn of_find(bytes: &[u8]) -> Listing {
    let mut listing = Listing::new();
    let mut inodes: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    let mut pieces = bytes.split(|&byte| byte == 0);
    let mut rows = Vec::new();
    while let (Some(head), Some(target)) = (pieces.next(), pieces.next()) {
        let mut fields = head.splitn(9, |&byte| byte == b'\t');
        let mut text = || String::from_utf8(fields.next().unwrap().to_vec()).unwrap();
        let (kind, mode, uid, gid) = (text(), text(), text(), text());
        let (size, time, links, inode) = (text(), text(), text(), text());
        let path = fields.next().unwrap().to_vec();
        if is_engine_made(&path) {
            continue;
        }
        if kind == "f" && links != "1" {
            inodes.entry(inode.clone()).or_default().push(path.clone());
        }
        let file = File {
            kind: match kind.as_str() {
                "f" => "file",
                "d" => "dir",
                "l" => "symlink",
                "p" => "fifo",
                "c" => "char",
                "b" => "block",
                other => other,
            }
            .to_owned(),
            mode: u64::from_str_radix(&mode, 8).unwrap(),
            owner: (uid.parse().unwrap(), gid.parse().unwrap()),
            size: if matches!(kind.as_str(), "f" | "l") { size.parse().unwrap() } else { 0 },
            mtime: (!has_engine_time(&path)).then(|| time.split('.').next().unwrap().parse().unwrap()),
            target: (kind == "l").then(|| target.to_vec()),
            names: Vec::new(),
        };
        rows.push((path, inode, file));
    }
    for (path, inode, mut file) in rows {
        let mut names = inodes.get(&inode).cloned().unwrap_or_default();
        names.sort();
        // One name is no group: the others were made by the engine or are in a lower layer.
        file.names = if names.len() > 1 { names } else { Vec::new() };
        listing.insert(path, file);
    }
    listing
}

/// From `capas tree IMAGE --format json`.
pub fn of_tree(text: &str) -> Listing {
    let document: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let mut groups: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    let mut rows = Vec::new();
    for entry in document["entries"].as_array().unwrap() {
        let path = bytes(entry, "path", "rawPath");
        if path.is_empty() || is_engine_made(&path) {
            continue;
        }
        let group = match &entry["linkGroup"] {
            Value::Null => None,
            group => Some(group.to_string()),
        };
        if let Some(group) = &group {
            groups.entry(group.clone()).or_default().push(path.clone());
        }
        let kind = entry["type"].as_str().unwrap().to_owned();
        let time = entry["mtime"].as_str().filter(|_| !has_engine_time(&path));
        let file = File {
            mode: entry["mode"].as_u64().unwrap(),
            owner: (entry["uid"].as_u64().unwrap(), entry["gid"].as_u64().unwrap()),
            size: if kind == "file" || kind == "symlink" { entry["size"].as_u64().unwrap() } else { 0 },
            mtime: time.map(|time| time.parse::<jiff::Timestamp>().unwrap().as_second()),
            target: (kind == "symlink").then(|| bytes(entry, "linkTarget", "rawLinkTarget")),
            kind,
            names: Vec::new(),
        };
        rows.push((path, group, file));
    }
    let mut listing = Listing::new();
    for (path, group, mut file) in rows {
        let mut names = group.and_then(|group| groups.get(&group).cloned()).unwrap_or_default();
        names.sort();
        file.names = if names.len() > 1 { names } else { Vec::new() };
        listing.insert(path, file);
    }
    listing
}

/// A name: the raw bytes where it is not UTF-8.
fn bytes(entry: &Value, text: &str, raw: &str) -> Vec<u8> {
    match entry[raw].as_str() {
        Some(raw) => BASE64_STANDARD.decode(raw).unwrap(),
        None => entry[text].as_str().unwrap_or_default().as_bytes().to_vec(),
    }
}

/// The same, with no times of directories.
pub fn without_times_of_directories(mut listing: Listing) -> Listing {
    for file in listing.values_mut().filter(|file| file.kind == "dir") {
        file.mtime = None;
    }
    listing
}

/// One line for each path that differs, the first twenty.
pub fn differences(theirs: &Listing, ours: &Listing) -> Vec<String> {
    let mut lines = Vec::new();
    let name = |path: &[u8]| String::from_utf8_lossy(path).into_owned();
    for (path, their) in theirs {
        match ours.get(path) {
            None => lines.push(format!("{}: capas does not have it", name(path))),
            Some(our) => {
                let mut our = our.clone();
                // An implied directory has no time of its own.
                our.mtime = our.mtime.or(their.mtime);
                let mut their = their.clone();
                their.mtime = their.mtime.or(our.mtime);
                if our != their {
                    lines.push(format!("{}:\n  tool  {their:?}\n  capas {our:?}", name(path)));
                }
            }
        }
    }
    lines.extend(
        ours.keys()
            .filter(|path| !theirs.contains_key(*path))
            .map(|path| format!("{}: only capas has it", name(path))),
    );
    lines.truncate(20);
    lines
}
