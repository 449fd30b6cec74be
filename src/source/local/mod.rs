//! Lists what the stores of this machine hold, from their files where those can be read, else from their engines.

mod config;
mod containerd;
mod docker;
mod engine_api;
mod engine_image;
mod storage;

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::containers_storage::ContainersStorage;
use super::reference::{Place, StoreKind};
use super::{
    Engine, Failure, SourceError, Surroundings, containerd as containerd_store, disk, docker_store, engine,
};
use crate::local::{Access, Listing, LocalStore, Unread};

/// A store to list: its kind, and where it is if that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The kind.
    pub kind: StoreKind,
    /// Where.
    pub place: Place,
}

impl Wanted {
    /// `docker`, `podman`, `containerd`, or a scheme with a place as in `docker-store:[/var/lib/docker]`.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, place) = text.split_once(':').map_or((text, ""), |(kind, place)| (kind, place));
        let kind = match kind {
            "docker" | "docker-store" => StoreKind::Docker,
            "podman" | "containers-storage" => StoreKind::Containers,
            "containerd" => StoreKind::Containerd,
            _ => return None,
        };
        let place = match place {
            "" => Place::default(),
            place => Place::parse(place.strip_prefix('[')?.strip_suffix(']')?),
        };
        Some(Self { kind, place })
    }

    /// All kinds, where engines put them.
    fn all() -> [Self; 3] {
        [StoreKind::Docker, StoreKind::Containers, StoreKind::Containerd]
            .map(|kind| Self { kind, place: Place::default() })
    }
}

/// Lists the images and containers of stores; of all where none is named. What cannot be read is said in the listing,
/// and so is what was named and is not there.
pub fn list(surroundings: &Surroundings, wanted: &[Wanted]) -> Listing {
    let mut lister = Lister { surroundings, now: Timestamp::now(), listing: Listing::default() };
    let all = Wanted::all();
    for Wanted { kind, place } in if wanted.is_empty() { &all } else { wanted } {
        let found = match kind {
            StoreKind::Docker => lister.docker(place),
            StoreKind::Containers => lister.podman(place),
            StoreKind::Containerd => lister.containerd(place),
        };
        match found {
            Err(SourceError::NoStore { .. }) if wanted.is_empty() => {}
            // Docker's own containerd is root's; whoever may ask docker has been told what is in it.
            Err(SourceError::NotPermitted { .. })
                if wanted.is_empty() && *kind == StoreKind::Containerd && lister.has_docker_by_api() => {}
            Err(error) => {
                if let SourceError::Engine { .. } = error {
                    lister.listing.hints.extend(error.hints());
                }
                let engine = Engine::ALL.iter().find(|engine| engine.store() == *kind);
                let what = engine.map_or(kind.scheme(), |engine| engine.command()).to_owned();
                let unread = Unread { what, why: error.to_string() };
                lister.listing.unread.push(unread);
            }
            Ok(()) => {}
        }
    }
    lister.listing
}

struct Lister<'a> {
    surroundings: &'a Surroundings,
    now: Timestamp,
    listing: Listing,
}

impl Lister<'_> {
    fn has_docker_by_api(&self) -> bool {
        let by_api = |store: &LocalStore| matches!(store.access, Access::Api(_));
        self.listing.stores.iter().any(|store| by_api(store) && store.name == Engine::Docker.command())
    }

    fn docker(&mut self, place: &Place) -> Result<(), SourceError> {
        self.direct_or_api(Engine::Docker, place, |lister| {
            for store in docker_store::stores(lister.surroundings, place)? {
                lister.add(&store.root, docker::list(&store.root, &store.driver).map(|store| vec![store]));
            }
            Ok(())
        })
    }

    fn podman(&mut self, place: &Place) -> Result<(), SourceError> {
        self.direct_or_api(Engine::Podman, place, |lister| {
            for tree in ContainersStorage::at(lister.surroundings, place)?.trees() {
                lister.add(&tree.root, storage::list(tree).map(|store| vec![store]));
            }
            Ok(())
        })
    }

    /// Reads the files of an engine's store; asks the engine where they are not there or may not be read, or where a
    /// variable names another machine's.
    fn direct_or_api(
        &mut self,
        engine: Engine,
        place: &Place,
        direct: impl FnOnce(&mut Self) -> Result<(), SourceError>,
    ) -> Result<(), SourceError> {
        let is_named = place.root.is_none() && engine::is_named(engine, self.surroundings);
        let error = if is_named { None } else { Some(direct(self)) };
        let error = match error {
            Some(Err(error @ (SourceError::NoStore { .. } | SourceError::NotPermitted { .. })))
                if place.root.is_none() =>
            {
                Some(error)
            }
            Some(settled) => return settled,
            None => None,
        };
        match engine_api::list(self.surroundings, engine) {
            Ok(store) => {
                self.listing.stores.push(store);
                Ok(())
            }
            // Nobody is there at all: what the files said is the better answer.
            Err(SourceError::Engine { failure: Failure::NoSocket | Failure::NotInstalled(_), .. })
                if error.is_some() =>
            {
                error.map_or(Ok(()), Err)
            }
            Err(failed) => Err(failed),
        }
    }

    fn containerd(&mut self, place: &Place) -> Result<(), SourceError> {
        for store in containerd_store::stores(self.surroundings, place)? {
            let is_used = |root: &PathBuf| matches!(disk::names(&root.join("containers")), Ok(Some(_)));
            let data_root = docker_store::roots(self.surroundings).into_iter().find(is_used);
            let containers = containerd::docker_containers(&store.root, data_root);
            self.add(&store.root, containerd::list(&store, &containers, self.now));
        }
        Ok(())
    }

    /// What one store holds. That another was changed to since leaves an empty one.
    fn add(&mut self, root: &Path, found: Result<Vec<LocalStore>, SourceError>) {
        match found {
            Ok(stores) => {
                let used = |store: &LocalStore| {
                    !store.images.is_empty() || !store.containers.is_empty() || !store.unread.is_empty()
                };
                self.listing.stores.extend(stores.into_iter().filter(used));
            }
            Err(error) => {
                self.listing.unread.push(Unread { what: disk::shown(root), why: error.to_string() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_named_by_engine_or_place() {
        let place = |text: &str| {
            Wanted::parse(text).map(|wanted| (wanted.kind, wanted.place.root, wanted.place.driver))
        };
        assert_eq!(place("docker"), Some((StoreKind::Docker, None, None)));
        assert_eq!(place("containerd:[/x]"), Some((StoreKind::Containerd, Some("/x".into()), None)));
        assert_eq!(
            place("containers-storage:[vfs@/x+/run]"),
            Some((StoreKind::Containers, Some("/x".into()), Some("vfs".to_owned())))
        );
        assert_eq!((place("dokcer"), place("docker:x"), place("docker:[x")), (None, None, None));
    }
}
