//! Docker's store of the graph drivers, read from its files: no daemon, no export, nothing written.
//!
//! `image/<driver>/` has names, configs and what is known of each layer; `<driver>/` the unpacked layers. Layers are
//! listed by tar-split and known by their `ChainID`. Whoever may not read the store is told so: its folder is root's.

mod container;
mod image;
mod layer;
mod names;

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::open::Opening;
use super::reference::Place;
use super::{Opened, SourceError, Surroundings, disk};
use crate::oci::Digest;

/// What the store is called in messages and in `source`.
const STORE: &str = "docker store";

/// Drivers whose layers are plain folders, in the order in which they are looked for.
const DRIVERS: [&str; 4] = ["overlay2", "fuse-overlayfs", "vfs", "overlay"];

/// A store of one graph driver.
pub struct DockerStore {
    /// `/var/lib/docker`, or that of a user namespace in it.
    pub root: PathBuf,
    /// `overlay2`, `vfs`.
    pub driver: String,
}

/// Opens an image by its name, digest, ID or the beginning of an ID.
///
/// # Errors
///
/// [`SourceError::NoStore`], [`SourceError::NotPermitted`], [`SourceError::NotHere`] and [`SourceError::Ambiguous`] as
/// they are called; else the store is broken.
pub fn open(opening: &Opening<'_>, place: &Place, name: &str) -> Result<Opened, SourceError> {
    let stores = stores(&opening.options.surroundings, place)?;
    opening.found(first(stores, |store| store.image(name, opening.strict))?)
}

/// Opens a container by its name, ID or the beginning of an ID: its image with the writable layer on top.
///
/// # Errors
///
/// As for [`open`].
pub fn open_container(opening: &Opening<'_>, place: &Place, name: &str) -> Result<Opened, SourceError> {
    let stores = stores(&opening.options.surroundings, place)?;
    opening.found(first(stores, |store| store.container(name, opening.strict))?)
}

/// The first store that has it. What is not here in any store is not here; a store that could not be read may have it.
fn first<T>(
    stores: Vec<DockerStore>,
    find: impl Fn(&DockerStore) -> Result<T, SourceError>,
) -> Result<T, SourceError> {
    let mut last = None;
    for store in stores {
        match find(&store) {
            Err(error @ SourceError::NotHere { .. }) => {
                last.get_or_insert(error);
            }
            found => return found,
        }
    }
    Err(last.unwrap_or(SourceError::NoStore { store: STORE, path: String::new() }))
}

/// The stores that are there.
///
/// # Errors
///
/// There is none, or it may not be read.
pub fn stores(surroundings: &Surroundings, place: &Place) -> Result<Vec<DockerStore>, SourceError> {
    let roots = match &place.root {
        Some(root) => vec![root.clone()],
        None => roots(surroundings),
    };
    let mut stores = Vec::new();
    let mut denied = None;
    for root in &roots {
        match stores_of(root, place.driver.as_deref()) {
            Ok(found) => stores.extend(found),
            Err(error) => denied = denied.or(Some(error)),
        }
    }
    if stores.is_empty() {
        let path = roots.iter().map(|root| disk::shown(root)).collect::<Vec<_>>().join(", ");
        return Err(denied.unwrap_or(SourceError::NoStore { store: STORE, path }));
    }
    Ok(stores)
}

/// The stores below a root: of each driver, and of each user namespace (`<uid>.<gid>`).
fn stores_of(root: &Path, driver: Option<&str>) -> Result<Vec<DockerStore>, SourceError> {
    let allowed = |error| match error {
        SourceError::NotPermitted { path, .. } => {
            let hint = "it is root's: sudo capas, or docker:NAME through the engine".to_owned();
            SourceError::NotPermitted { path, hint }
        }
        error => error,
    };
    // The folder itself may be passed through by all, its list is root's.
    let namespaces = match disk::names(root) {
        Ok(names) => names.unwrap_or_default(),
        Err(SourceError::NotPermitted { .. }) => Vec::new(),
        Err(error) => return Err(error),
    };
    let is_namespace = |name: &String| {
        name.split_once('.').is_some_and(|(uid, gid)| {
            [uid, gid].iter().all(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
        })
    };
    let folders = namespaces.into_iter().filter(is_namespace).map(|name| root.join(name));
    let mut stores = Vec::new();
    for root in std::iter::once(root.to_owned()).chain(folders) {
        let Some(found) = disk::names(&root.join("image")).map_err(allowed)? else { continue };
        let known = DRIVERS.iter().filter(|known| found.iter().any(|name| name == *known));
        let known = known.filter(|known| driver.is_none_or(|driver| driver == **known));
        for driver in known {
            let store = DockerStore { root: root.clone(), driver: (*driver).to_owned() };
            // An engine that has changed to another driver leaves an empty folder at most.
            if disk::names(&store.meta().join("imagedb/content/sha256")).map_err(allowed)?.is_some() {
                stores.push(store);
            }
        }
    }
    Ok(stores)
}

/// Where stores are: as the engine's settings say, else where engines put them.
pub fn roots(surroundings: &Surroundings) -> Vec<PathBuf> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "kebab-case")]
    struct Settings {
        data_root: Option<PathBuf>,
        graph: Option<PathBuf>,
    }
    // Settings that cannot be read say nothing.
    let said = |path: PathBuf| {
        let settings: Settings = disk::json(&path, 1 << 20).ok().flatten().unwrap_or_default();
        settings.data_root.or(settings.graph)
    };
    let system = said(surroundings.system("/etc/docker/daemon.json")).map(|path| surroundings.system(path));
    let mut roots = vec![
        system.unwrap_or_else(|| surroundings.system("/var/lib/docker")),
        surroundings.system("/var/snap/docker/common/var-lib-docker"),
    ];
    let own = surroundings.config_home().and_then(|config| said(config.join("docker/daemon.json")));
    let own = own.or_else(|| Some(surroundings.data_home()?.join("docker")));
    // A user's own engine is asked first, as its client does.
    if let Some(own) = own {
        roots.insert(if surroundings.is_root() { roots.len() } else { 0 }, own);
    }
    roots.dedup();
    roots
}

impl DockerStore {
    /// The folder of names, configs and layers' figures.
    fn meta(&self) -> PathBuf {
        self.root.join("image").join(&self.driver)
    }

    /// The folder of an image database: `content` or `metadata`.
    fn imagedb(&self, what: &str, id: &Digest) -> PathBuf {
        self.meta().join("imagedb").join(what).join(id.algorithm()).join(id.hex())
    }

    /// What it is called in messages.
    fn label(&self) -> String {
        format!("the {STORE} at {} ({})", disk::shown(&self.root), self.driver)
    }
}
