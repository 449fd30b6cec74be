//! The images of containerd's store: one list for each namespace that has images or containers.
//!
//! What an image holds is what containerd's collector would keep for it: whatever its labels lead to from its target.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::config::{Facts, facts};
use super::docker;
use crate::local::{
    Access, Engine, Holder, LocalContainer, LocalImage, LocalStore, Piece, PieceKind, Unread,
};
use crate::oci::{Digest, Index, Manifest, Platform};
use crate::source::SourceError;
use crate::source::containerd::{
    Blob, Containerd, Lease, Namespace, SnapshotKey, Snapshots, names, parent, rank,
};
use crate::source::names::familiar;
use crate::source::store::{Files, MAX_MANIFEST, blob_path};

/// dockerd's namespace.
const DOCKER: &str = "moby";
const BLOB: &str = "containerd.io/gc.ref.content.";
const SNAPSHOT: &str = "containerd.io/gc.ref.snapshot.";

/// Lists a store. `containers` is where dockerd keeps its containers, if it is dockerd's.
///
/// # Errors
///
/// Its database may not be read, or is damaged.
pub fn list(store: &Containerd, containers: &Path, now: Timestamp) -> Result<Vec<LocalStore>, SourceError> {
    let mut namespaces = store.namespaces(now)?;
    namespaces.sort_by_key(|(name, _)| (rank(name), name.clone()));
    let mut snapshots: BTreeMap<&str, Snapshots> = BTreeMap::new();
    for key in namespaces.iter().flat_map(|(_, namespace)| namespace.snapshots.keys()) {
        if !snapshots.contains_key(key.snapshotter.as_str()) {
            snapshots.insert(&key.snapshotter, Snapshots::of_snapshotter(store, &key.snapshotter)?);
        }
    }
    let lists = namespaces.iter().filter(|(_, it)| !it.targets.is_empty() || !it.containers.is_empty());
    let list = |(name, namespace): &(String, Namespace)| {
        let (docker, unread) =
            if name == DOCKER { docker::containers(containers) } else { Default::default() };
        let graph = Graph::new(namespace);
        let mut found = Lister { store, name, namespace, graph, snapshots: &snapshots }.list(docker);
        found.unread.extend(unread);
        // Blobs are files that all namespaces share.
        for (other, theirs) in namespaces.iter().filter(|(other, _)| other != name) {
            let pieces = theirs.blobs.iter().map(|blob| (PieceKind::Blob, blob.digest.to_string())).collect();
            found.holders.push(Holder { what: format!("the namespace {other}"), pieces });
        }
        found
    };
    Ok(lists.map(list).collect())
}

struct Lister<'a> {
    store: &'a Containerd,
    name: &'a str,
    namespace: &'a Namespace,
    graph: Graph<'a>,
    snapshots: &'a BTreeMap<&'a str, Snapshots>,
}

impl Lister<'_> {
    /// `docker` are the containers of dockerd, which keeps them beside the store, and a lease of the same ID in it.
    fn list(&self, docker: Vec<LocalContainer>) -> LocalStore {
        let is_docker = self.name == DOCKER;
        let drivers = self.namespace.snapshots.keys().map(|key| key.snapshotter.as_str());
        let mut store = LocalStore {
            name: if is_docker { "docker".to_owned() } else { format!("containerd {}", self.name) },
            engine: if is_docker { Engine::DockerContainerd } else { Engine::Containerd },
            driver: drivers.max().unwrap_or_default().to_owned(),
            root: self.store.root.clone(),
            access: Access::Direct,
            ..LocalStore::default()
        };
        let files = self.store.files();
        let mut seen = HashSet::new();
        for target in &self.namespace.targets {
            if seen.insert(&target.descriptor.digest) {
                match self.image(&files, &target.descriptor.digest) {
                    Ok(image) => store.images.push(image),
                    Err(error) => {
                        store.unread.push(Unread { what: target.name.clone(), why: error.to_string() });
                    }
                }
            }
        }
        for container in &self.namespace.containers {
            let key =
                SnapshotKey { snapshotter: container.snapshotter.clone(), key: container.snapshot.clone() };
            let name = ["nerdctl/name", "io.kubernetes.container.name"]
                .iter()
                .find_map(|label| container.labels.get(*label));
            let image = self.namespace.targets.iter().find(|target| target.name == container.image);
            store.containers.push(LocalContainer {
                id: container.id.clone(),
                name: name.unwrap_or(&container.id).clone(),
                image: image.map(|target| target.descriptor.digest.clone()),
                running: false,
                writable_bytes: self.bytes(&key),
                layers: self.graph.below(&key).into_iter().skip(1).map(|key| key.key.clone()).collect(),
            });
        }
        for mut container in docker {
            let lease = self.namespace.leases.iter().find(|lease| lease.id == container.id);
            let held = lease.map_or(Vec::new(), |lease| self.graph.of_lease(lease));
            let snapshots = held.into_iter().filter(|(kind, _)| *kind == PieceKind::Snapshot);
            container.layers = snapshots.map(|(_, id)| id).collect();
            store.containers.push(container);
        }
        let used: HashSet<&str> = store.containers.iter().map(|container| container.id.as_str()).collect();
        let others = self.namespace.leases.iter().filter(|lease| !used.contains(lease.id.as_str()));
        let what = "the build cache";
        let held = others.map(|lease| Holder { what: what.to_owned(), pieces: self.graph.of_lease(lease) });
        store.holders = held.collect();
        store
    }

    fn image(&self, files: &Files, target: &Digest) -> Result<LocalImage, SourceError> {
        let Described { config, content } = described(files, target)?;
        let targets = &self.namespace.targets;
        let all = || names(targets, target).map(familiar);
        let held = self.graph.reach([target.as_str()].into(), false);
        let chain: HashMap<String, &Digest> = config.as_ref().map_or(HashMap::new(), |(_, facts)| {
            let chain = Digest::chain(&facts.diff_ids);
            chain.iter().map(Digest::to_string).zip(&facts.diff_ids).collect()
        });
        let mut pieces: Vec<Piece> = held
            .snapshots
            .iter()
            .map(|key| Piece {
                kind: PieceKind::Snapshot,
                id: key.key.clone(),
                diff_id: chain.get(&key.key).map(|id| (*id).clone()),
                bytes: self.bytes(key),
            })
            .collect();
        pieces.extend(held.blobs.iter().map(|blob| Piece {
            kind: PieceKind::Blob,
            id: blob.digest.to_string(),
            diff_id: None,
            bytes: Some(blob.size),
        }));
        let repo_digests: Vec<String> = all().filter(|name| name.contains('@')).collect();
        let is_counted = |piece: &&Piece| {
            piece.kind == PieceKind::Snapshot
                || piece.id.parse().is_ok_and(|id: Digest| content.contains(&id))
        };
        let size =
            pieces.iter().filter(is_counted).filter_map(|piece| piece.bytes).fold(0, u64::saturating_add);
        let (config, facts) = config.unzip();
        let facts = facts.unwrap_or_default();
        Ok(LocalImage {
            id: Some(target.clone()),
            config_id: config,
            names: all().filter(|name| !name.contains('@')).collect(),
            repo_digests,
            created: facts.created,
            size: Some(size),
            platform: facts.platform,
            labels: facts.labels,
            parent: parent(targets, target),
            shared_bytes: None,
            pieces,
        })
    }

    fn bytes(&self, key: &SnapshotKey) -> Option<u64> {
        let (name, _) = self.namespace.snapshots.get(key)?;
        self.snapshots.get(key.snapshotter.as_str())?.get(name)?.bytes
    }
}

/// What refers to what.
struct Graph<'a> {
    blobs: HashMap<&'a str, &'a Blob>,
    snapshots: &'a BTreeMap<SnapshotKey, (String, Option<String>)>,
}

/// What can be reached from somewhere: snapshots base first, blobs as they are met.
struct Reached<'a> {
    snapshots: Vec<&'a SnapshotKey>,
    blobs: Vec<&'a Blob>,
}

impl<'a> Graph<'a> {
    fn new(namespace: &'a Namespace) -> Self {
        let blobs = namespace.blobs.iter().map(|blob| (blob.digest.as_str(), blob)).collect();
        Self { blobs, snapshots: &namespace.snapshots }
    }

    /// From digests of blobs, by their labels; `flat` without.
    fn reach(&self, mut ahead: Vec<&'a str>, flat: bool) -> Reached<'a> {
        let mut reached = Reached { snapshots: Vec::new(), blobs: Vec::new() };
        let (mut seen, mut unpacked) = (HashSet::new(), HashSet::new());
        while let Some(digest) = ahead.pop() {
            let Some(blob) = self.blobs.get(digest).filter(|_| seen.insert(digest)) else { continue };
            reached.blobs.push(blob);
            for (label, value) in blob.labels.iter().filter(|_| !flat) {
                if label.starts_with(BLOB) {
                    ahead.push(value);
                } else if let Some(snapshotter) = label.strip_prefix(SNAPSHOT) {
                    let key = SnapshotKey { snapshotter: snapshotter.to_owned(), key: value.clone() };
                    let mut chain = self.below(&key);
                    chain.retain(|key| unpacked.insert(*key));
                    reached.snapshots.extend(chain.into_iter().rev());
                }
            }
        }
        reached
    }

    /// A snapshot and those below it, the base last.
    fn below(&self, key: &SnapshotKey) -> Vec<&'a SnapshotKey> {
        let mut chain = Vec::new();
        let mut next = self.snapshots.get_key_value(key);
        while let Some((key, (_, parent))) = next.filter(|_| chain.len() <= self.snapshots.len()) {
            chain.push(key);
            next = parent.as_ref().and_then(|parent| {
                let below = SnapshotKey { snapshotter: key.snapshotter.clone(), key: parent.clone() };
                self.snapshots.get_key_value(&below)
            });
        }
        chain
    }

    /// What a lease holds: its snapshots with all below them, its blobs with all that they refer to unless it is flat.
    fn of_lease(&self, lease: &'a Lease) -> Vec<(PieceKind, String)> {
        let reached = self.reach(lease.content.iter().map(String::as_str).collect(), lease.is_flat);
        let snapshots = lease.snapshots.iter().flat_map(|key| self.below(key)).chain(reached.snapshots);
        let mut held: Vec<_> = snapshots.map(|key| (PieceKind::Snapshot, key.key.clone())).collect();
        held.extend(reached.blobs.iter().map(|blob| (PieceKind::Blob, blob.digest.to_string())));
        held.sort();
        held.dedup();
        held
    }
}

/// What the documents of an image say.
#[derive(Default)]
struct Described {
    /// The config: of an index, that for this machine, else the first that is there.
    config: Option<(Digest, Facts)>,
    /// What docker counts as the image: manifests with their configs and layers, but neither index nor attestations.
    content: HashSet<Digest>,
}

fn described(files: &Files, target: &Digest) -> Result<Described, SourceError> {
    let document = |digest: &Digest| files.document(&blob_path(digest), MAX_MANIFEST).map(Result::ok);
    let mut described = Described::default();
    let Some(bytes) = document(target)? else { return Ok(described) };
    let name = blob_path(target);
    let index: Index = files.parse(&name, &bytes)?;
    let mut manifests = vec![(target.clone(), bytes)];
    if !index.manifests.is_empty() {
        let host = Platform::host();
        let mut listed = index.manifests;
        listed.retain(|it| !it.platform.as_ref().is_some_and(Platform::is_unknown));
        listed.sort_by_key(|it| !it.platform.as_ref().is_some_and(|platform| platform.serves(&host)));
        manifests.clear();
        for descriptor in listed {
            let bytes = document(&descriptor.digest)?;
            manifests.extend(bytes.map(|bytes| (descriptor.digest, bytes)));
        }
    }
    for (digest, bytes) in manifests {
        let manifest: Manifest = files.parse(&blob_path(&digest), &bytes)?;
        let Some(config) = manifest.config.map(|config| config.digest) else { continue };
        let facts = if described.config.is_none() { facts(files, &blob_path(&config))? } else { None };
        described.content.extend([digest, config.clone()]);
        described.content.extend(manifest.layers.into_iter().map(|layer| layer.digest));
        described.config = described.config.or(facts.map(|facts| (config, facts)));
    }
    Ok(described)
}

/// Where dockerd keeps its containers, for a store in this folder: beside it, or in docker's data root.
pub fn docker_containers(store: &Path, data_root: Option<PathBuf>) -> PathBuf {
    let own = store.parent().filter(|_| store.ends_with("containerd/daemon")).and_then(Path::parent);
    own.map(Path::to_owned).or(data_root).unwrap_or_default().join("containers")
}
