//! containers/storage, the store of podman, buildah and CRI-O, read from its files: no command is run, nothing written.
//!
//! `<driver>-images` and `<driver>-layers` have JSON lists that are replaced whole, so they are read without locks;
//! `<driver>` the unpacked layers. A user's own store is readable for that user but for files of other owners in it:
//! structure and owners come from tar-split, and only the content of such a file is out of reach.

mod conf;
mod container;
mod family;
mod image;
mod layer;
mod names;

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::open::Opening;
use super::reference::Place;
use super::{Engine, Opened, SourceError, Surroundings, disk};
use conf::Conf;

/// What the store is called in messages and in `source`.
const STORE: &str = "containers-storage";

/// Drivers whose layers are plain folders, in the order in which they are looked for.
const DRIVERS: [&str; 2] = ["overlay", "vfs"];

/// Lists of images, layers and containers: 50,000 images make 100 MB.
const MAX_LIST: u64 = 512 << 20;

/// One tree of the store: the store itself, its image store, or an additional one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// Its folder.
    pub root: PathBuf,
    /// The driver: `overlay`, `vfs`.
    pub driver: String,
    /// Where lists lie that do not survive a reboot.
    run_root: Option<PathBuf>,
}

/// A store with all trees that belong to it. The first is its own.
pub struct ContainersStorage {
    trees: Vec<Tree>,
    /// What helps where a file may not be read.
    hint: Option<String>,
}

/// Opens an image by its name, digest, ID or the beginning of an ID.
///
/// # Errors
///
/// [`SourceError::NoStore`], [`SourceError::NotPermitted`], [`SourceError::NotHere`] and [`SourceError::Ambiguous`] as
/// they are called; else the store is broken.
pub fn open(opening: &Opening<'_>, place: &Place, name: &str) -> Result<Opened, SourceError> {
    opening.found(ContainersStorage::at(&opening.options.surroundings, place)?.image(name, opening)?)
}

/// Opens a container by its name, ID or the beginning of an ID: its image with the writable layer on top.
///
/// # Errors
///
/// As for [`open`].
pub fn open_container(opening: &Opening<'_>, place: &Place, name: &str) -> Result<Opened, SourceError> {
    opening.found(ContainersStorage::at(&opening.options.surroundings, place)?.container(name, opening)?)
}

impl ContainersStorage {
    /// Its trees, its own first.
    pub fn trees(&self) -> &[Tree] {
        &self.trees
    }

    /// The store that is meant, as far as the place says, else as the settings say.
    ///
    /// # Errors
    ///
    /// There is none, or it may not be read.
    pub fn at(surroundings: &Surroundings, place: &Place) -> Result<Self, SourceError> {
        let conf = match &place.root {
            Some(root) => Conf { root: root.clone(), ..Conf::default() },
            None => Conf::read(surroundings)?,
        };
        let rootless = !surroundings.is_root();
        let run_root = place.run_root.clone().or(conf.run_root.clone());
        let mut trees = Vec::new();
        let mut roots = vec![conf.root.clone()];
        roots.extend(conf.image_store.clone());
        roots.extend(conf.additional.iter().cloned());
        for root in &roots {
            let found = match disk::names(root) {
                Ok(found) => found.unwrap_or_default(),
                // What is only read beside the store may be others'.
                Err(SourceError::NotPermitted { .. }) if *root != conf.root => continue,
                Err(SourceError::NotPermitted { path, .. }) => {
                    let hint =
                        "it is another user's: sudo capas, or podman:NAME through the engine".to_owned();
                    return Err(SourceError::NotPermitted { path, hint });
                }
                Err(error) => return Err(error),
            };
            let has = |driver: &str| found.iter().any(|name| *name == format!("{driver}-images"));
            let wanted = place.driver.as_deref().or(conf.driver.as_deref());
            let drivers =
                DRIVERS.iter().copied().filter(|driver| wanted.is_none_or(|wanted| wanted == *driver));
            // A store may have been used with both; then the settings say which, or overlay comes first.
            for driver in drivers.filter(|driver| has(driver)) {
                trees.push(Tree {
                    root: root.clone(),
                    driver: driver.to_owned(),
                    // What others only read has no lists of this run.
                    run_root: run_root.clone().filter(|_| *root == conf.root),
                });
            }
        }
        if trees.is_empty() {
            let path = roots.iter().map(|root| disk::shown(root)).collect::<Vec<_>>().join(", ");
            return Err(SourceError::NoStore { store: STORE, path });
        }
        let hint = rootless.then(|| "`podman unshare capas ...` may read it".to_owned());
        Ok(Self { trees, hint })
    }

    /// What it is called in messages.
    fn label(&self) -> String {
        let tree = self.trees.first().map(|tree| (disk::shown(&tree.root), tree.driver.as_str()));
        let (root, driver) = tree.unwrap_or_default();
        format!("{STORE} at {root} ({driver})")
    }

    /// There is none.
    fn not_here(&self, what: &'static str, wanted: &str) -> SourceError {
        let (engine, wanted) = (Engine::Podman, wanted.escape_debug().to_string());
        SourceError::NotHere { engine, path: self.label(), what, wanted }
    }
}

impl Tree {
    /// A folder of lists: `images`, `layers`, `containers`.
    pub fn lists(&self, what: &str) -> PathBuf {
        self.root.join(format!("{}-{what}", self.driver))
    }

    /// The files in which a list may lie: `layers.json`, `volatile-layers.json`.
    fn files(&self, what: &str) -> Vec<PathBuf> {
        let volatile = format!("volatile-{what}.json");
        let mut files = vec![self.lists(what).join(format!("{what}.json")), self.lists(what).join(&volatile)];
        if let Some(run) = &self.run_root {
            files.push(run.join(format!("{}-{what}", self.driver)).join(&volatile));
        }
        files
    }

    /// A list, from all files that have a part of it: containers that are removed when they end, and their layers, have
    /// one of their own.
    ///
    /// # Errors
    ///
    /// A file may not be read, or is broken.
    pub fn list<T: DeserializeOwned>(&self, what: &str) -> Result<Vec<T>, SourceError> {
        let mut list = Vec::new();
        for file in self.files(what) {
            list.extend(disk::json::<Option<Vec<T>>>(&file, MAX_LIST)?.flatten().unwrap_or_default());
        }
        Ok(list)
    }

    /// Where the driver has the files of a layer.
    fn folder(&self, layer: &str) -> PathBuf {
        let driver = self.root.join(&self.driver);
        match self.driver.as_str() {
            "vfs" => driver.join("dir").join(layer),
            _ => driver.join(layer).join("diff"),
        }
    }
}

/// Whether an ID can be the name of a folder.
pub fn is_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The file of a key of big data: keys of other letters than these are written in base64.
pub fn big_data(folder: &Path, key: &str) -> PathBuf {
    use base64::Engine as _;
    let is_plain = key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'.');
    if is_plain && !key.is_empty() {
        return folder.join(key);
    }
    folder.join(format!("={}", base64::engine::general_purpose::STANDARD.encode(key)))
}
