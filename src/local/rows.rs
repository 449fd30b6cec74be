//! One row for each name of an image: what a list shows, in which order, and what filters leave of it.

use std::cmp::Reverse;

use super::names::{matches, short, split};
use super::{Listing, LocalContainer, LocalImage, LocalStore, Share};

/// A row. It stands on its own, so that it can be sorted, filtered and kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The store, in [`Listing::stores`].
    pub store: usize,
    /// The image, in [`LocalStore::images`].
    pub image: usize,
    /// Its repository; `None` where it has none.
    pub repository: Option<String>,
    /// Its tag; `None` where it has none.
    pub tag: Option<String>,
    /// What the image takes.
    pub share: Share,
    /// What becomes of it.
    pub state: State,
    /// Its containers, in [`LocalStore::containers`].
    pub containers: Vec<usize>,
}

/// Whether an image has a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has.
    Named,
    /// It has none, and nothing was made from it: `prune` removes it.
    Dangling,
    /// It has none, and another image was made from it: a step of the classic builder, hidden by engines.
    Intermediate,
}

/// How rows are sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Newest first, as engines list them.
    #[default]
    Created,
    /// By repository and tag.
    Name,
    /// Largest first.
    Size,
    /// Largest own bytes first: what is worth removing.
    Own,
}

/// Which rows are wanted. What is `None` or empty lets all pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Intermediate images, too.
    pub all: bool,
    /// Dangling images only, or none of them.
    pub dangling: Option<bool>,
    /// Patterns of which one must match the name, with or without its tag.
    pub references: Vec<String>,
    /// Labels that must all be there: names, and values where they matter.
    pub labels: Vec<(String, Option<String>)>,
    /// Made before this moment (seconds since 1970).
    pub before: Option<i64>,
    /// Made after this moment.
    pub since: Option<i64>,
}

impl Filter {
    fn lets_pass(&self, image: &LocalImage, row: &Row) -> bool {
        let label = |(name, value): &(String, Option<String>)| {
            image.labels.get(name).is_some_and(|found| value.as_ref().is_none_or(|value| value == found))
        };
        let reference = |pattern: &String| {
            let Some(repository) = row.repository.as_deref() else { return false };
            let tagged = row.tag.as_ref().map(|tag| format!("{repository}:{tag}"));
            let names = [Some(repository), tagged.as_deref()];
            names.into_iter().flatten().any(|name| matches(pattern, name) || matches(pattern, short(name)))
        };
        // As docker has it, an image without a creation time is of year 1.
        let created = image.created.unwrap_or(i64::MIN);
        (self.all || row.state != State::Intermediate)
            && self.dangling.is_none_or(|dangling| (row.state == State::Dangling) == dangling)
            && (self.references.is_empty() || self.references.iter().any(reference))
            && self.labels.iter().all(label)
            && self.before.is_none_or(|before| created < before)
            && self.since.is_none_or(|since| created > since)
    }
}

impl LocalStore {
    /// The state of each image.
    pub fn states(&self) -> Vec<State> {
        let parents: std::collections::HashSet<_> =
            self.images.iter().filter_map(|image| image.parent.as_ref()).collect();
        let state = |image: &LocalImage| {
            let is_parent = image.id.as_ref().is_some_and(|id| parents.contains(id));
            match (image.names.is_empty(), image.repo_digests.is_empty() && is_parent) {
                (false, _) => State::Named,
                (true, true) => State::Intermediate,
                (true, false) => State::Dangling,
            }
        };
        self.images.iter().map(state).collect()
    }

    /// The containers of an image.
    pub fn containers_of(&self, image: &LocalImage) -> impl Iterator<Item = (usize, &LocalContainer)> {
        let uses = |container: &LocalContainer| image.id.is_some() && container.image == image.id;
        self.containers.iter().enumerate().filter(move |(_, container)| uses(container))
    }
}

impl Listing {
    /// The rows that a filter lets pass, sorted.
    pub fn rows(&self, filter: &Filter, sort: Sort) -> Vec<Row> {
        let mut rows = Vec::new();
        for (at, store) in self.stores.iter().enumerate() {
            let images = store.images.iter().zip(store.shares()).zip(store.states()).enumerate();
            for (image_at, ((image, share), state)) in images {
                let containers: Vec<usize> = store.containers_of(image).map(|(at, _)| at).collect();
                let of_name = |(repository, tag): (Option<&str>, Option<&str>)| Row {
                    store: at,
                    image: image_at,
                    repository: repository.map(str::to_owned),
                    tag: tag.map(str::to_owned),
                    share,
                    state,
                    containers: containers.clone(),
                };
                let names = names(image).into_iter().map(of_name);
                rows.extend(names.filter(|row| filter.lets_pass(image, row)));
            }
        }
        self.sort(&mut rows, sort);
        rows
    }

    fn sort(&self, rows: &mut [Row], sort: Sort) {
        let image = |row: &Row| &self.stores[row.store].images[row.image];
        let name = |row: &Row| (row.repository.clone(), row.tag.clone(), row.store);
        match sort {
            Sort::Created => rows.sort_by_cached_key(|row| (Reverse(image(row).created), name(row))),
            // Those without a name come last.
            Sort::Name => rows.sort_by_cached_key(|row| (row.repository.is_none(), name(row))),
            Sort::Size => rows.sort_by_cached_key(|row| (Reverse(image(row).size), name(row))),
            Sort::Own => rows.sort_by_cached_key(|row| (Reverse(row.share.own), name(row))),
        }
    }

    /// Bytes of all images, and of those that are dangling alone.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for store in &self.stores {
            totals.bytes = totals.bytes.saturating_add(store.image_bytes());
            let states = store.states();
            totals.images += states.iter().filter(|state| **state != State::Intermediate).count();
            totals.dangling += states.iter().filter(|state| **state == State::Dangling).count();
            let dangling: Vec<usize> =
                (0..states.len()).filter(|&at| states[at] == State::Dangling).collect();
            totals.dangling_bytes = totals.dangling_bytes.saturating_add(store.bytes_without(&dangling));
        }
        totals
    }
}

/// What a listing comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Images, intermediate ones aside.
    pub images: usize,
    /// Bytes on disk.
    pub bytes: u64,
    /// Dangling images.
    pub dangling: usize,
    /// Bytes that no image but dangling ones holds.
    pub dangling_bytes: u64,
}

/// Repository and tag of each of its names; one without either for an image without a name.
fn names(image: &LocalImage) -> Vec<(Option<&str>, Option<&str>)> {
    let mut names: Vec<&String> = image.names.iter().collect();
    names.sort();
    if names.is_empty() {
        // Docker shows the repository of an image that was pulled by its digest.
        let mut repositories: Vec<_> = image.repo_digests.iter().map(|name| split(name).0).collect();
        repositories.sort_unstable();
        repositories.dedup();
        let found: Vec<_> = repositories.into_iter().map(|repository| (Some(repository), None)).collect();
        return if found.is_empty() { vec![(None, None)] } else { found };
    }
    names.into_iter().map(|name| split(name)).map(|(repository, tag)| (Some(repository), tag)).collect()
}
