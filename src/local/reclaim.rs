//! What removing images would free, by the rules of the engine that keeps them. Nothing is removed here: it is played
//! through on a list of names and of who holds what.
//!
//! The rules are those of moby's `daemon/images/image_delete.go` and `image_prune.go`, of its `daemon/containerd` for the
//! containerd store, and of podman's `libimage`. All of them untag an image that has other names, refuse one that a
//! container uses, and take nameless parents along.

use std::collections::HashMap;

use super::names::split;
use super::{Engine, Found, Listing, LocalStore, Meant, Piece, PieceKind, State};

/// What `prune` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prune {
    /// Dangling images.
    Dangling,
    /// All images without a container.
    All,
}

/// What became of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is removed, and nameless parents of it that nothing else needs.
    Removed,
    /// Only the name goes: it has others, these.
    Untagged(Vec<String>),
    /// Only the name goes: so many images were made from it.
    HasChildren(usize),
    /// The engine refuses: this container uses it.
    UsedBy {
        /// The container's name.
        container: String,
        /// Whether it runs: then not even `--force` helps.
        running: bool,
    },
    /// The engine refuses an ID that stands for several names, these.
    SeveralNames(Vec<String>),
}

/// One image that was to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// The store, in [`Listing::stores`].
    pub store: usize,
    /// The image, in [`LocalStore::images`].
    pub image: usize,
    /// Its name, or its ID.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Bytes freed by it, after those before it in the list.
    pub freed: u64,
}

/// What removing some images would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reclaim {
    /// Each of them, in the order in which they were asked for.
    pub removals: Vec<Removal>,
    /// Bytes freed by all of them.
    pub freed: u64,
    /// Bytes of removed images that others than images keep: who, and how many.
    pub held: Vec<(String, u64)>,
    /// Whether the size of a piece is not known: the true figures are larger.
    pub partial: bool,
    /// How much less it may be: what the engine does not tell about its build cache and other images.
    pub uncertain: u64,
}

impl Listing {
    /// What removing exactly these would free, in this order.
    pub fn reclaim(&self, found: &[Found]) -> Reclaim {
        let mut whole = Reclaim::default();
        let mut played: Vec<Play<'_>> = self.stores.iter().map(Play::new).collect();
        for found in found {
            let play = &mut played[found.store];
            let before = play.freed;
            let outcome = play.remove(found.image, &found.meant);
            let name = match &found.meant {
                Meant::Name(name) => name.clone(),
                Meant::Id => play.store.images[found.image].label(),
            };
            whole.removals.push(Removal {
                store: found.store,
                image: found.image,
                name,
                outcome,
                freed: play.freed - before,
            });
        }
        whole.close(&played);
        whole
    }

    /// What `image prune` would free in every store.
    pub fn prune(&self, prune: Prune) -> Reclaim {
        let mut whole = Reclaim::default();
        let mut played: Vec<Play<'_>> = self.stores.iter().map(Play::new).collect();
        for (store, play) in played.iter_mut().enumerate() {
            for image in play.pruned(prune) {
                let before = play.freed;
                // It may have gone as the parent of another.
                let Some(outcome) = play.prune(image, prune) else { continue };
                let images = &play.store.images;
                let name = images[image].names.first().cloned().unwrap_or_else(|| images[image].label());
                whole.removals.push(Removal { store, image, name, outcome, freed: play.freed - before });
            }
        }
        whole.close(&played);
        whole
    }
}

impl Reclaim {
    fn close(&mut self, played: &[Play<'_>]) {
        for play in played {
            self.freed = self.freed.saturating_add(play.freed);
            self.partial |= play.partial;
            self.uncertain = self.uncertain.saturating_add(play.freed.min(play.store.uncertain_bytes));
            for (who, bytes) in play.held() {
                match self.held.iter_mut().find(|(other, _)| *other == who) {
                    Some((_, sum)) => *sum = sum.saturating_add(bytes),
                    None => self.held.push((who, bytes)),
                }
            }
        }
    }
}

/// A store while images of it go.
struct Play<'a> {
    store: &'a LocalStore,
    names: Vec<Vec<String>>,
    digests: Vec<Vec<String>>,
    gone: Vec<bool>,
    /// How many images, containers and others hold each piece.
    holders: HashMap<(PieceKind, &'a str), usize>,
    freed: u64,
    partial: bool,
}

impl<'a> Play<'a> {
    fn new(store: &'a LocalStore) -> Self {
        let mut holders: HashMap<(PieceKind, &str), usize> = HashMap::new();
        let images = store.images.iter().flat_map(|image| image.distinct());
        let others = store.holders.iter().flat_map(|holder| &holder.pieces);
        let below = store.containers.iter().flat_map(|container| &container.layers);
        let keys = images.map(Piece::key).chain(others.map(|(kind, id)| (*kind, id.as_str())));
        for key in keys.chain(below.map(|id| (store.engine.layer_kind(), id.as_str()))) {
            *holders.entry(key).or_default() += 1;
        }
        Self {
            store,
            names: store.images.iter().map(|image| image.names.clone()).collect(),
            digests: store.images.iter().map(|image| image.repo_digests.clone()).collect(),
            gone: vec![false; store.images.len()],
            holders,
            freed: 0,
            partial: false,
        }
    }

    fn children(&self, at: usize) -> usize {
        let id = self.store.images[at].id.as_ref();
        let of = |child: usize| id.is_some() && self.store.images[child].parent.as_ref() == id;
        (0..self.gone.len()).filter(|&child| !self.gone[child] && of(child)).count()
    }

    fn used(&self, at: usize) -> Option<Outcome> {
        let mut containers: Vec<_> = self.store.containers_of(&self.store.images[at]).collect();
        // The one that is named is the one that is hardest to get rid of.
        containers.sort_by_key(|(_, container)| !container.running);
        let (_, container) = containers.first()?;
        Some(Outcome::UsedBy { container: container.name.clone(), running: container.running })
    }

    fn remove(&mut self, at: usize, meant: &Meant) -> Outcome {
        if self.gone[at] {
            return Outcome::Removed;
        }
        match meant {
            Meant::Name(name) => self.remove_name(at, name),
            Meant::Id => self.remove_id(at),
        }
    }

    fn remove_name(&mut self, at: usize, name: &str) -> Outcome {
        let is_last = match self.store.engine {
            Engine::Docker => is_single(&self.names[at], &self.digests[at]),
            _ => self.names[at].len() <= 1,
        };
        if is_last && let Some(used) = self.used(at) {
            return used;
        }
        self.names[at].retain(|other| other != name);
        self.digests[at].retain(|other| other != name);
        // The digests of a repository go with its last tag.
        let (repository, _) = split(name);
        let is_of = |name: &String| split(name).0 == repository;
        if !self.names[at].iter().any(is_of) {
            self.digests[at].retain(|digest| !is_of(digest));
        }
        let mut left = self.names[at].clone();
        if left.is_empty() && self.store.engine == Engine::Docker {
            left.clone_from(&self.digests[at]);
        }
        if !left.is_empty() {
            return Outcome::Untagged(left);
        }
        self.delete(at)
    }

    fn remove_id(&mut self, at: usize) -> Outcome {
        let refused = match self.store.engine {
            Engine::Docker => !self.names[at].is_empty() && !is_single(&self.names[at], &self.digests[at]),
            _ => self.names[at].len() > 1,
        };
        if refused {
            return Outcome::SeveralNames(self.names[at].clone());
        }
        if let Some(used) = self.used(at) {
            return used;
        }
        self.delete(at)
    }

    /// Removes an image that has no name left, and its nameless parents.
    fn delete(&mut self, at: usize) -> Outcome {
        let children = self.children(at);
        // podman says no more than that it untagged it, and removes it all the same: its layers lie below the others.
        if children > 0 && self.store.engine == Engine::Docker {
            return Outcome::HasChildren(children);
        }
        if let Some(used) = self.used(at) {
            return used;
        }
        self.go(at);
        let mut next = self.parent(at);
        while let Some(parent) = next.filter(|&parent| self.goes_along(parent)) {
            self.go(parent);
            next = self.parent(parent);
        }
        Outcome::Removed
    }

    fn parent(&self, at: usize) -> Option<usize> {
        let parent = self.store.images[at].parent.as_ref()?;
        self.store.images.iter().position(|image| image.id.as_ref() == Some(parent))
    }

    fn goes_along(&self, parent: usize) -> bool {
        let nameless = self.names[parent].is_empty()
            && (self.store.engine != Engine::Docker || self.digests[parent].is_empty());
        !self.gone[parent]
            && nameless
            && self.used(parent).is_none()
            && !(self.store.engine.keeps_parents() && self.children(parent) > 0)
    }

    fn go(&mut self, at: usize) {
        // What the engine tells as shared may be shared among those that go.
        let shares = |at: usize| {
            let image = &self.store.images[at];
            !image.pieces.is_empty() && image.shared_bytes.is_some_and(|bytes| bytes > 0)
        };
        self.partial |= shares(at) && (0..self.gone.len()).any(|other| self.gone[other] && shares(other));
        self.gone[at] = true;
        self.names[at].clear();
        self.digests[at].clear();
        for piece in self.store.images[at].distinct() {
            let Some(count) = self.holders.get_mut(&piece.key()) else { continue };
            *count -= 1;
            if *count == 0 {
                self.partial |= piece.bytes.is_none();
                self.freed = self.freed.saturating_add(piece.bytes.unwrap_or(0));
            }
        }
    }

    /// What `prune` looks at, the newest first, so that children come before their parents.
    fn pruned(&self, prune: Prune) -> Vec<usize> {
        let states = self.store.states();
        let is_meant = |at: &usize| match (prune, states[*at]) {
            (Prune::Dangling, State::Named) => false,
            // To podman they are images like others once all are meant.
            (Prune::All, State::Intermediate) => self.store.engine != Engine::Docker,
            (Prune::Dangling, State::Intermediate) => !self.store.engine.keeps_parents(),
            _ => true,
        };
        let mut images: Vec<usize> = (0..states.len()).filter(is_meant).collect();
        images.sort_by_key(|&at| std::cmp::Reverse(self.store.images[at].created));
        images
    }

    /// `None` where there is nothing left to be done.
    fn prune(&mut self, at: usize, prune: Prune) -> Option<Outcome> {
        if self.gone[at] {
            return None;
        }
        if let Some(used) = self.used(at) {
            return Some(used);
        }
        if prune == Prune::All {
            self.names[at].clear();
        }
        self.digests[at].clear();
        Some(self.delete(at))
    }

    /// Bytes of images that have gone, and who keeps them: pieces that an image still has are not counted.
    fn held(&self) -> Vec<(String, u64)> {
        let alive = |gone: bool| {
            let images =
                self.store.images.iter().zip(&self.gone).filter(move |(_, is_gone)| **is_gone == gone);
            images.flat_map(|(image, _)| &image.pieces)
        };
        let kept: std::collections::HashSet<_> = alive(false).map(Piece::key).collect();
        let mut left: HashMap<_, u64> = alive(true)
            .filter(|piece| !kept.contains(&piece.key()))
            .map(|piece| (piece.key(), piece.bytes.unwrap_or(0)))
            .collect();
        let mut held: Vec<(String, u64)> = Vec::new();
        let kind = self.store.engine.layer_kind();
        let containers = self.store.containers.iter().map(|container| {
            let keys = container.layers.iter().map(|id| (kind, id.as_str())).collect::<Vec<_>>();
            (format!("the container {}", container.name), keys)
        });
        let others = self.store.holders.iter().map(|holder| {
            let keys = holder.pieces.iter().map(|(kind, id)| (*kind, id.as_str())).collect();
            (holder.what.clone(), keys)
        });
        for (who, keys) in containers.chain(others) {
            let bytes = keys.iter().filter_map(|key| left.remove(key)).fold(0, u64::saturating_add);
            match held.iter_mut().find(|(other, _)| *other == who) {
                Some((_, sum)) => *sum = sum.saturating_add(bytes),
                None if bytes > 0 => held.push((who, bytes)),
                None => {}
            }
        }
        held
    }
}

impl Engine {
    /// What its layers are kept as, and what a container stands on.
    pub fn layer_kind(self) -> PieceKind {
        match self {
            Self::Docker | Self::Podman => PieceKind::Layer,
            Self::DockerContainerd | Self::Containerd => PieceKind::Snapshot,
        }
    }

    /// Whether a nameless image stays as long as another was made from it. In containerd each image holds all that it
    /// needs.
    fn keeps_parents(self) -> bool {
        matches!(self, Self::Docker | Self::Podman)
    }
}

/// Moby's `isSingleReference`: one name, or one tag and digests of the same repository.
fn is_single(names: &[String], digests: &[String]) -> bool {
    let mut repositories = digests.iter().map(|digest| split(digest).0);
    match names {
        [] => {
            let first = repositories.next();
            first.is_some_and(|first| repositories.all(|other| other == first))
        }
        [name] => repositories.all(|repository| repository == split(name).0),
        _ => false,
    }
}
