//! The files that one step leaves behind, as a layer: sorted, with the directories above them, as engines write it.

use std::collections::BTreeMap;
use std::path::Path;

use crate::common::Layer;

#[derive(Clone)]
enum Item {
    File(Vec<u8>),
    Dir,
    Symlink(String),
    HardLink(String),
    Whiteout,
    Opaque,
}

#[derive(Clone)]
struct Stated {
    item: Item,
    mode: u32,
    owner: (u64, u64),
    mtime: u64,
    xattr: Option<(String, Vec<u8>)>,
}

/// What a step leaves behind.
#[derive(Clone)]
pub struct Files {
    stated: BTreeMap<String, Stated>,
    now: u64,
    mode: Option<u32>,
    owner: (u64, u64),
    xattr: Option<(String, Vec<u8>)>,
}

impl Files {
    /// Of a step at `now`.
    pub fn new(now: u64) -> Self {
        Self { stated: BTreeMap::new(), now, mode: None, owner: (0, 0), xattr: None }
    }

    /// Mode of the next item.
    pub fn mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Owner and group of the next item.
    pub fn owner(mut self, uid: u64, gid: u64) -> Self {
        self.owner = (uid, gid);
        self
    }

    /// An extended attribute of the next item.
    pub fn xattr(mut self, name: &str, value: &[u8]) -> Self {
        self.xattr = Some((name.to_owned(), value.to_owned()));
        self
    }

    pub fn file(self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.add(path, Item::File(content.into()), 0o644)
    }

    pub fn program(self, path: &str, content: impl Into<Vec<u8>>) -> Self {
        self.add(path, Item::File(content.into()), 0o755)
    }

    pub fn dir(self, path: &str) -> Self {
        self.add(path, Item::Dir, 0o755)
    }

    pub fn dir_mode(self, path: &str, mode: u32) -> Self {
        self.mode(mode).dir(path)
    }

    pub fn symlink(self, path: &str, target: &str) -> Self {
        self.add(path, Item::Symlink(target.to_owned()), 0o777)
    }

    pub fn hardlink(self, path: &str, target: &str) -> Self {
        self.add(path, Item::HardLink(target.to_owned()), 0o644)
    }

    pub fn whiteout(self, path: &str) -> Self {
        self.add(path, Item::Whiteout, 0)
    }

    pub fn opaque(self, dir: &str) -> Self {
        self.add(&format!("{dir}/.wh..wh..opq"), Item::Opaque, 0)
    }

    fn add(mut self, path: &str, item: Item, default: u32) -> Self {
        let mut above = path;
        while let Some((dir, _)) = above.rsplit_once('/') {
            let mode = match dir {
                "root" => 0o700,
                "tmp" => 0o1777,
                _ => 0o755,
            };
            let parent = Stated { item: Item::Dir, mode, owner: (0, 0), mtime: self.now, xattr: None };
            self.stated.entry(dir.to_owned()).or_insert(parent);
            above = dir;
        }
        let stated = Stated {
            item,
            mode: self.mode.take().unwrap_or(default),
            owner: std::mem::take(&mut self.owner),
            mtime: self.now,
            xattr: self.xattr.take(),
        };
        self.stated.insert(path.to_owned(), stated);
        self
    }

    /// All files of a folder of this repository, at `at`. Scripts (`.sh`, `cron.daily`) are executable.
    pub fn folder(mut self, folder: &Path, at: &str) -> Self {
        let mut names: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        for path in names {
            let name = path.file_name().unwrap().to_str().unwrap();
            let place = if at.is_empty() { name.to_owned() } else { format!("{at}/{name}") };
            self = if path.is_dir() {
                self.folder(&path, &place)
            } else {
                let script = place.contains("cron.daily") || place.to_ascii_lowercase().ends_with(".sh");
                let content = std::fs::read(&path).unwrap();
                if script { self.program(&place, content) } else { self.file(&place, content) }
            };
        }
        self
    }

    /// Both; what `other` states wins.
    pub fn and(mut self, other: Self) -> Self {
        self.stated.extend(other.stated);
        self
    }

    /// After `chown -R` of everything below `srv/shop`: whatever a layer changes of a file, it ships the file again.
    pub fn owned(mut self, uid: u64, gid: u64) -> Self {
        self.stated.retain(|path, _| path.starts_with("srv"));
        for (path, stated) in &mut self.stated {
            if path.starts_with("srv/shop") {
                stated.owner = (uid, gid);
            }
        }
        self
    }

    /// After `chmod -R o-rwx` of everything below `srv/shop`.
    pub fn without_others(mut self) -> Self {
        for (path, stated) in &mut self.stated {
            if path.starts_with("srv/shop") && !matches!(stated.item, Item::Symlink(_)) {
                stated.mode &= !0o007;
            }
        }
        self
    }

    /// One path alone: a directory that stands above a change with what it had before.
    pub fn only(&self, path: &str) -> Self {
        let mut one = self.clone();
        one.stated.retain(|other, _| other == path);
        one
    }

    /// The direct children of a directory.
    pub fn under(&self, dir: &str) -> Vec<String> {
        let is_child = |path: &&String| path.rsplit_once('/').is_some_and(|(above, _)| above == dir);
        self.stated.keys().filter(is_child).cloned().collect()
    }

    /// The contents of the files below a directory, by the part of their paths below it.
    pub fn contents(&self, dir: &str) -> Vec<(String, Vec<u8>)> {
        let below = |(path, stated): (&String, &Stated)| match &stated.item {
            Item::File(content) => {
                let rest = path.strip_prefix(dir)?.strip_prefix('/')?;
                Some((rest.to_owned(), content.clone()))
            }
            _ => None,
        };
        self.stated.iter().filter_map(below).collect()
    }

    /// The layer.
    pub fn tar(self) -> Vec<u8> {
        let mut layer = Layer::new();
        for (path, stated) in self.stated {
            layer = layer.mode(stated.mode).owner(stated.owner.0, stated.owner.1).mtime(stated.mtime);
            if let Some((name, value)) = stated.xattr {
                layer = layer.xattr(&name, value);
            }
            layer = match stated.item {
                Item::File(content) => layer.file(path, content),
                Item::Dir => layer.dir(path),
                Item::Symlink(target) => layer.symlink(path, target),
                Item::HardLink(target) => layer.hardlink(path, target),
                Item::Whiteout => layer.whiteout(&path),
                Item::Opaque => layer.file(path, b""),
            };
        }
        layer.tar()
    }
}
