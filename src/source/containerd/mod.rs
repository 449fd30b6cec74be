//! containerd's store, read from its files while containerd runs: Docker from version 29, nerdctl, Kubernetes.
//!
//! `meta.db` names images in namespaces and what they stand for; manifests, configs and layers lie as blobs below their
//! digests, as in an OCI layout; snapshotters keep the layers unpacked. Nothing is locked, nothing is written.

mod contents;
mod database;
mod find;
mod snapshots;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::documents::{Documents, Naming};
use super::draft::Draft;
use super::names::familiar;
use super::open::Opening;
use super::reference::Place;
use super::store::{Files, Store};
use super::unpacked::{List, Unpacked};
use super::{Opened, SourceError, Surroundings, disk, docker_store, walk};
use crate::image::{EngineInfo, Presence};
use crate::oci::Index;

pub use contents::{Blob, Lease, Namespace};
pub use database::SnapshotKey;
use find::Found;
pub use find::{names, parent, rank};
pub use snapshots::Snapshots;

/// What the store is called in messages and in `source`.
const STORE: &str = "containerd store";
const META: &str = "io.containerd.metadata.v1.bolt/meta.db";
const CONTENT: &str = "io.containerd.content.v1.content";

/// Namespaces in the order in which a name is looked for: docker's, nerdctl's, Kubernetes', then all others.
const NAMESPACES: [&str; 3] = ["moby", "default", "k8s.io"];

/// A store.
pub struct Containerd {
    /// `/var/lib/containerd`, or what dockerd keeps for itself.
    pub root: PathBuf,
}

/// Opens an image by its name, digest, ID or the beginning of an ID; a namespace may stand before it:
/// `k8s.io/docker.io/library/x:1`.
///
/// # Errors
///
/// [`SourceError::NoStore`], [`SourceError::NotPermitted`], [`SourceError::NotHere`] and [`SourceError::Ambiguous`] as
/// they are called; else the store or the image is broken.
pub fn open(opening: &Opening<'_>, place: &Place, name: &str) -> Result<Opened, SourceError> {
    let surroundings = &opening.options.surroundings;
    let asked = surroundings.env("CONTAINERD_NAMESPACE");
    let mut absent = None;
    for store in stores(surroundings, place)? {
        match store.find(name, asked.as_deref()) {
            Ok(found) => return store.open(opening, &found),
            Err(error @ SourceError::NotHere { .. }) => {
                absent.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    Err(absent.unwrap_or(SourceError::NoStore { store: STORE, path: String::new() }))
}

/// The stores that are there and may be read, by their folders.
///
/// # Errors
///
/// There is none, or none that may be read.
pub fn stores(surroundings: &Surroundings, place: &Place) -> Result<Vec<Containerd>, SourceError> {
    let roots = match &place.root {
        // Docker's data root is as good as the folder of containerd in it.
        Some(root) => vec![root.clone(), root.join("containerd/daemon")],
        None => roots(surroundings),
    };
    let (mut stores, mut denied) = (Vec::new(), None);
    for root in &roots {
        match disk::open(&root.join(META)) {
            Ok(Some(_)) => stores.push(Containerd { root: root.clone() }),
            Ok(None) => {}
            Err(error) => denied = denied.or(Some(permitted(error))),
        }
    }
    if stores.is_empty() {
        let path = roots.iter().map(|root| disk::shown(root)).collect::<Vec<_>>().join(", ");
        return Err(denied.unwrap_or(SourceError::NoStore { store: STORE, path }));
    }
    Ok(stores)
}

/// Where containerd, dockerd and the distributions of Kubernetes put stores.
fn roots(surroundings: &Surroundings) -> Vec<PathBuf> {
    let system = [
        "/var/lib/containerd",
        "/var/lib/rancher/k3s/agent/containerd",
        "/var/lib/rancher/rke2/agent/containerd",
        "/var/snap/microk8s/common/var/lib/containerd",
    ];
    let mut roots: Vec<PathBuf> = system.iter().map(|path| surroundings.system(path)).collect();
    roots.extend(surroundings.data_home().map(|data| data.join("containerd")));
    let docker = docker_store::roots(surroundings).into_iter().map(|root| root.join("containerd/daemon"));
    roots.splice(1..1, docker);
    roots
}

/// What helps where the store may not be read.
fn permitted(error: SourceError) -> SourceError {
    match error {
        SourceError::NotPermitted { path, .. } => {
            let hint = "it is root's: sudo capas, or docker:NAME through the engine".to_owned();
            SourceError::NotPermitted { path, hint }
        }
        SourceError::Io { path, error } if error.kind() == std::io::ErrorKind::PermissionDenied => {
            permitted(SourceError::NotPermitted { path, hint: String::new() })
        }
        error => error,
    }
}

impl Containerd {
    /// Its folder, for people.
    pub fn label(&self) -> String {
        disk::shown(&self.root)
    }

    /// Where its blobs lie, as in an OCI layout.
    pub fn files(&self) -> Files {
        let root = self.root.join(CONTENT);
        Files { label: disk::shown(&root), store: Store::Folder(root), cut: None }
    }

    fn meta(&self) -> PathBuf {
        self.root.join(META)
    }

    fn open(&self, opening: &Opening<'_>, found: &Found) -> Result<Opened, SourceError> {
        let files = self.files();
        let documents = Documents {
            files: &files,
            naming: Naming::Layout,
            strict: opening.strict,
            checks: Vec::new().into(),
            glanced: 0.into(),
        };
        let target = found.target.descriptor.clone();
        let index = Index { manifests: vec![target.clone()], ..Index::default() };
        let candidates = walk::candidates(&documents, &index).map_err(permitted)?;
        let mut draft = opening.draft(&documents, candidates, &[], STORE)?;
        draft.names.clone_from(&found.names);
        draft.target_digest = Some(target.digest.clone());
        draft.parent = found.ancestors.first().cloned();
        draft.engine = EngineInfo {
            id: Some(target.digest.clone()),
            repo_digests: found.repo_digests(),
            last_tag_time: found.target.updated.clone(),
            ancestors: found.ancestors.iter().cloned().map(Some).collect(),
            ..EngineInfo::default()
        };
        self.add_snapshots(&mut draft, &found.namespace)?;
        opening.finish(&documents, draft)
    }

    /// What the snapshotter knows of the layers: their folders and sizes, and the files of those whose blobs are gone.
    fn add_snapshots(&self, draft: &mut Draft, namespace: &str) -> Result<(), SourceError> {
        let snapshots = Snapshots::of_layers(self, namespace, &draft.config.rootfs.diff_ids)?;
        for (layer, snapshot) in draft.layers.iter_mut().zip(snapshots) {
            let Some(snapshot) = snapshot else { continue };
            if snapshot.is_overlay {
                // Docker's inspect names it, and no folders.
                draft.engine.graph_driver = Some(("overlayfs".to_owned(), BTreeMap::new()));
            }
            layer.engine_bytes = snapshot.bytes;
            // Kubernetes and others have containerd discard layers once they are unpacked. What overlayfs keeps of them
            // says what they changed, though not byte by byte what their tars were.
            let discarded = matches!(layer.presence, Presence::Absent(_)) && snapshot.is_overlay;
            if let Some(folder) = snapshot.folder.clone().filter(|_| discarded) {
                let hint = Some("it is root's: sudo capas".to_owned());
                let bytes = snapshot.bytes.unwrap_or(0);
                let unpacked = Unpacked::new(List::Folder, folder, bytes, hint);
                layer.blob = Some(super::blob::Blob::Unpacked(Arc::new(unpacked)));
                layer.presence = Presence::Here;
                layer.descriptor = None;
            }
            layer.folder = snapshot.folder;
        }
        Ok(())
    }
}

impl Found {
    /// The names by digest: those that are stored, and those that docker makes of its tags.
    fn repo_digests(&self) -> Vec<String> {
        let digest = &self.target.descriptor.digest;
        let repository = |name: &String| {
            let name = familiar(name);
            let name = name.split_once('@').map_or(name.as_str(), |(name, _)| name);
            let tag = name.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
            tag.map_or(name, |(repository, _)| repository).to_owned()
        };
        let mut names: Vec<String> =
            self.names.iter().map(|name| format!("{}@{digest}", repository(name))).collect();
        names.sort();
        names.dedup();
        names
    }
}

/// Whether a path is there; what may not be looked at is not.
fn is_folder(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| metadata.is_dir())
}
