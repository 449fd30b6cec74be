//! `capas images`: one row for each name of each image of the local stores.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use super::docker::{self, history::Clock};
use super::document::{SCHEMA_VERSION, write_document, write_line};
use super::{Align, Cell, Look, Table};
use crate::local::{Access, Listing, LocalImage, LocalStore, Row, State};
use crate::oci::Digest;
use crate::role::Role;
use crate::text;

/// Rows of a listing, and what they are rows of.
pub struct Images<'a> {
    /// The stores.
    pub listing: &'a Listing,
    /// Sorted and filtered.
    pub rows: &'a [Row],
}

/// An image in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    config_id: Option<&'a Digest>,
    digests: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    own_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shared_bytes: Option<u64>,
    dangling: bool,
    intermediate: bool,
    platform: String,
    store: &'a str,
    containers: Vec<Used<'a>>,
}

/// A container in JSON.
#[derive(Debug, Serialize)]
struct Used<'a> {
    id: &'a str,
    name: &'a str,
    running: bool,
}

/// A store in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StoreHead<'a> {
    name: &'a str,
    driver: &'a str,
    root: String,
    access: &'static str,
    images: usize,
    bytes: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unread: Vec<String>,
}

impl<'a> StoreHead<'a> {
    pub(super) fn new(store: &'a LocalStore) -> Self {
        Self {
            name: &store.name,
            driver: &store.driver,
            root: match &store.access {
                Access::Direct => store.root.to_string_lossy().into_owned(),
                Access::Api(address) => address.clone(),
            },
            access: match &store.access {
                Access::Direct => "direct",
                Access::Api(_) => "api",
            },
            images: store.states().iter().filter(|state| **state != State::Intermediate).count(),
            bytes: store.image_bytes(),
            unread: store.unread.iter().map(|unread| format!("{}: {}", unread.what, unread.why)).collect(),
        }
    }
}

impl<'a> Images<'a> {
    fn of(&self, row: &Row) -> (&'a LocalStore, &'a LocalImage) {
        let store = &self.listing.stores[row.store];
        (store, &store.images[row.image])
    }

    fn entry(&self, row: &'a Row) -> Entry<'a> {
        let (store, image) = self.of(row);
        let used = |&at: &usize| {
            let container = &store.containers[at];
            Used { id: &container.id, name: &container.name, running: container.running }
        };
        Entry {
            repository: row.repository.as_deref(),
            tag: row.tag.as_deref(),
            id: image.id.as_ref(),
            config_id: image.config_id.as_ref(),
            digests: &image.repo_digests,
            created: image.created.and_then(time),
            size_bytes: image.size,
            own_bytes: row.share.known_own(),
            shared_bytes: row.share.known_shared(),
            dangling: row.state == State::Dangling,
            intermediate: row.state == State::Intermediate,
            platform: image.platform.to_string(),
            store: &store.name,
            containers: row.containers.iter().map(used).collect(),
        }
    }

    /// One document.
    pub fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer<'a> {
            schema_version: u32,
            images: Vec<Entry<'a>>,
            stores: Vec<StoreHead<'a>>,
        }
        let images = self.rows.iter().map(|row| self.entry(row)).collect();
        let stores = self.listing.stores.iter().map(StoreHead::new).collect();
        write_document(out, &Answer { schema_version: SCHEMA_VERSION, images, stores })
    }

    /// One row a line.
    pub fn ndjson(&self, out: &mut dyn Write) -> io::Result<()> {
        self.rows.iter().try_for_each(|row| write_line(out, &self.entry(row)))
    }

    /// Only the IDs.
    pub fn quiet(&self, look: &Look, out: &mut dyn Write) -> io::Result<()> {
        for row in self.rows {
            let (_, image) = self.of(row);
            writeln!(out, "{}", id(image, *look))?;
        }
        Ok(())
    }

    /// Fields parted by tabs: repository, tag, ID, created, size, own and shared bytes, `dangling`, platform, store,
    /// containers.
    pub fn plain(&self, out: &mut dyn Write) -> io::Result<()> {
        for row in self.rows {
            let (store, image) = self.of(row);
            let known = |number: Option<u64>| number.map_or(String::new(), |number| number.to_string());
            let names: Vec<String> =
                row.containers.iter().map(|&at| shown(&store.containers[at].name)).collect();
            let fields = [
                shown(row.repository.as_deref().unwrap_or_default()),
                shown(row.tag.as_deref().unwrap_or_default()),
                image.id.as_ref().map_or(String::new(), Digest::to_string),
                image.created.and_then(time).unwrap_or_default(),
                known(image.size),
                known(row.share.known_own()),
                known(row.share.known_shared()),
                (if row.state == State::Dangling { "dangling" } else { "" }).to_owned(),
                shown(&image.platform.to_string()),
                shown(&store.name),
                names.join(","),
            ];
            writeln!(out, "{}", fields.join("\t"))?;
        }
        Ok(())
    }

    /// For people.
    pub fn table(&self, look: &Look, clock: &Clock, out: &mut dyn Write) -> io::Result<()> {
        let mut table = Table::new(&[
            ("REPOSITORY", Align::Left),
            ("TAG", Align::Left),
            ("IMAGE ID", Align::Left),
            ("CREATED", Align::Left),
            ("SIZE", Align::Right),
            ("OWN", Align::Right),
            ("SHARED", Align::Right),
            ("PLATFORM", Align::Left),
            ("STORE", Align::Left),
            ("STATE", Align::Left),
        ]);
        for row in self.rows {
            let (store, image) = self.of(row);
            let known =
                |bytes: Option<u64>| bytes.map_or(Cell::new("?", Role::Dim), |bytes| size(bytes, *look));
            let none = |part: &Option<String>| match part {
                Some(part) => Cell::plain(shown(part)),
                None => Cell::new("<none>", Role::Dim),
            };
            table.row(vec![
                none(&row.repository),
                none(&row.tag),
                Cell::plain(id(image, *look)),
                Cell::plain(docker::images::created(image, clock)),
                known(image.size),
                known(row.share.known_own()),
                known(row.share.known_shared()),
                Cell::plain(shown(&image.platform.to_string())),
                Cell::plain(shown(&store.name)),
                state(row, store),
            ]);
        }
        table.write(out, look)
    }
}

/// What becomes of an image when it is pruned: dangling, or in use.
fn state(row: &Row, store: &LocalStore) -> Cell {
    let containers: Vec<&str> = row.containers.iter().map(|&at| store.containers[at].name.as_str()).collect();
    match (row.state, &containers[..]) {
        (_, [one]) => Cell::plain(format!("used by {}", shown(one))),
        (_, [first, rest @ ..]) => Cell::plain(format!("used by {} and {} more", shown(first), rest.len())),
        (State::Dangling, []) => Cell::new("dangling", Role::Dead),
        (State::Intermediate, []) => Cell::new("intermediate", Role::Dim),
        (State::Named, []) => Cell::plain(""),
    }
}

/// Docker's own words for a size, unless others are asked for.
pub(super) fn size(bytes: u64, look: Look) -> Cell {
    let text = if look.exact || look.iec { look.size(bytes) } else { docker::units::human_size(bytes) };
    Cell::new(text, if bytes == 0 { Role::Dim } else { Role::Plain })
}

fn id(image: &LocalImage, look: Look) -> String {
    match &image.id {
        Some(id) if look.whole => id.to_string(),
        Some(id) => id.short().to_owned(),
        None => "<none>".to_owned(),
    }
}

fn time(seconds: i64) -> Option<String> {
    Timestamp::from_second(seconds).ok().map(|time| time.to_string())
}

fn shown(name: &str) -> String {
    text::display(name.as_bytes())
}
