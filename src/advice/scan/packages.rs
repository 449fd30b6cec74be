//! What the databases of dpkg and apk say: which files belong to a package, and which packages a layer added.

use std::collections::{BTreeSet, HashMap};

use crate::layer::LayerIndex;
use crate::tree::{NodeId, Tree};

/// A package manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manager {
    /// Debian's, Ubuntu's.
    Dpkg,
    /// Alpine's.
    Apk,
}

/// What the package databases say.
#[derive(Clone, Debug, Default)]
pub struct Packages {
    names: Vec<Box<str>>,
    owners: HashMap<NodeId, u32>,
    /// The packages that each version of a database lists, layers ascending.
    versions: Vec<(LayerIndex, Manager, BTreeSet<Box<str>>)>,
}

/// More packages, and more names of files, are not kept.
const MOST: usize = 4 << 20;

impl Packages {
    /// The package that a path belongs to, as the last databases say.
    pub fn owner(&self, node: NodeId) -> Option<&str> {
        self.owners.get(&node).map(|owner| &*self.names[*owner as usize])
    }

    /// Whether any file is known to belong to a package.
    pub fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    /// The packages that a layer's database has and the one before it has not.
    pub fn gained(&self, layer: LayerIndex) -> Option<(Manager, Vec<&str>)> {
        let (_, manager, now) = self.versions.iter().find(|(at, _, _)| *at == layer)?;
        let before = self.versions.iter().rev().find(|(at, other, _)| *at < layer && other == manager);
        let is_new = |name: &&str| before.is_none_or(|(_, _, before)| !before.contains(*name));
        Some((*manager, now.iter().map(|name| &**name).filter(is_new).collect()))
    }

    /// `/var/lib/dpkg/status` of a layer.
    pub(super) fn status(&mut self, layer: LayerIndex, text: &[u8]) {
        let mut names = BTreeSet::new();
        let mut name = None;
        for line in text.split(|byte| *byte == b'\n').filter_map(|line| std::str::from_utf8(line).ok()) {
            if let Some(package) = line.strip_prefix("Package: ") {
                name = Some(package.trim()).filter(|name| is_name(name));
            } else if line.starts_with("Status: ") && line.ends_with(" installed") {
                names.extend(name.take().map(Box::from));
            }
        }
        self.versions.push((layer, Manager::Dpkg, names));
    }

    /// `/var/lib/dpkg/info/NAME.list`: one path a line.
    pub(super) fn list(&mut self, tree: &Tree, file: &[u8], text: &[u8]) {
        let Some(name) = file.strip_suffix(b".list").and_then(|name| std::str::from_utf8(name).ok()) else {
            return;
        };
        let package = self.name(name.split(':').next().unwrap_or(name));
        for line in text.split(|byte| *byte == b'\n').filter(|line| line.len() > 1) {
            self.own(tree, line, package);
        }
    }

    /// `/lib/apk/db/installed`: `P:` a package, `F:` a folder of it, `R:` a file in that.
    pub(super) fn installed(&mut self, tree: &Tree, layer: LayerIndex, text: &[u8], is_last: bool) {
        let mut names = BTreeSet::new();
        let mut package = None;
        let mut folder: &[u8] = b"";
        for line in text.split(|byte| *byte == b'\n') {
            match line {
                [b'P', b':', name @ ..] => {
                    if let Some(name) = std::str::from_utf8(name).ok().filter(|name| is_name(name)) {
                        names.insert(Box::from(name));
                        package = is_last.then(|| self.name(name));
                    }
                }
                [b'F', b':', dir @ ..] => folder = dir,
                [b'R', b':', file @ ..] => {
                    if let Some(package) = package {
                        self.own(tree, &[folder, file].join(&b'/'), package);
                    }
                }
                _ => {}
            }
        }
        self.versions.push((layer, Manager::Apk, names));
    }

    fn name(&mut self, name: &str) -> u32 {
        self.names.push(name.into());
        self.names.len() as u32 - 1
    }

    fn own(&mut self, tree: &Tree, path: &[u8], package: u32) {
        // Where `/bin` is a link to `usr/bin`, the list says `/bin/ls` and the layer `usr/bin/ls`.
        let node = tree.find(path).or_else(|| tree.find(&[b"usr/", path].concat()));
        // A folder belongs to many.
        if let Some(node) = node.filter(|node| tree.subtree(*node).len() == 1)
            && self.owners.len() < MOST
        {
            self.owners.insert(node, package);
        }
    }
}

/// Whether this can be the name of a package. The databases are written by strangers, and the names go into commands.
fn is_name(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    starts && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte))
}
