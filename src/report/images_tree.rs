//! `capas images --tree`: images by the layers that they share.

use std::io::{self, Write};

use serde::Serialize;

use super::document::{SCHEMA_VERSION, write_document};
use super::images::{StoreHead, size};
use super::{Cell, Look};
use crate::local::{Branch, Listing, LocalStore};
use crate::role::Role;
use crate::text;

/// A branch in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    layers: Vec<&'a str>,
    bytes: u64,
    images: Vec<&'a str>,
    above: Vec<Row<'a>>,
}

/// One document.
pub fn json(listing: &Listing, out: &mut dyn Write) -> io::Result<()> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer<'a> {
        schema_version: u32,
        trees: Vec<Tree<'a>>,
    }
    #[derive(Serialize)]
    struct Tree<'a> {
        store: StoreHead<'a>,
        branches: Vec<Row<'a>>,
    }
    let branches: Vec<Vec<Branch>> = listing.stores.iter().map(LocalStore::branches).collect();
    let trees = listing
        .stores
        .iter()
        .zip(&branches)
        .map(|(store, branches)| Tree {
            store: StoreHead::new(store),
            branches: branches.iter().map(|branch| row(store, branch)).collect(),
        })
        .collect();
    write_document(out, &Answer { schema_version: SCHEMA_VERSION, trees })
}

fn row<'a>(store: &'a LocalStore, branch: &'a Branch) -> Row<'a> {
    let names = |&at: &usize| {
        let image = &store.images[at];
        let id = image.id.as_ref().map_or("", |id| id.as_str());
        if image.names.is_empty() { vec![id] } else { image.names.iter().map(String::as_str).collect() }
    };
    Row {
        layers: branch.layers.iter().map(|layer| layer.id.as_str()).collect(),
        bytes: branch.bytes(),
        images: branch.images.iter().flat_map(names).collect(),
        above: branch.above.iter().map(|branch| row(store, branch)).collect(),
    }
}

/// For people: each row its layers' bytes, how many they are, and who ends there.
pub fn table(listing: &Listing, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    for (at, store) in listing.stores.iter().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        let title = text::display(store.name.as_bytes());
        look.write(out, Role::Heading, &title)?;
        writeln!(out, "  {}", text::display(store.driver.as_bytes()))?;
        let branches = store.branches();
        let mut lines = Lines { store, look, out };
        lines.branches(&branches, "")?;
    }
    Ok(())
}

struct Lines<'a> {
    store: &'a LocalStore,
    look: &'a Look,
    out: &'a mut dyn Write,
}

impl Lines<'_> {
    fn branches(&mut self, branches: &[Branch], indent: &str) -> io::Result<()> {
        for (at, branch) in branches.iter().enumerate() {
            let last = at + 1 == branches.len();
            let (mark, below) = match (self.look.ascii, last) {
                (false, false) => ("├─ ", "│  "),
                (false, true) => ("└─ ", "   "),
                (true, false) => ("|- ", "|  "),
                (true, true) => ("`- ", "   "),
            };
            self.look.write(self.out, Role::Dim, &format!("{indent}{mark}"))?;
            self.branch(branch)?;
            self.branches(&branch.above, &format!("{indent}{below}"))?;
        }
        Ok(())
    }

    fn branch(&mut self, branch: &Branch) -> io::Result<()> {
        let Cell { text: bytes, role } = size(branch.bytes(), *self.look);
        self.look.write(self.out, role, &bytes)?;
        let layers = match branch.layers.len() {
            1 => "1 layer".to_owned(),
            many => format!("{many} layers"),
        };
        self.look.write(self.out, Role::Dim, &format!("  {layers}"))?;
        for &at in &branch.images {
            let image = &self.store.images[at];
            let id = image.id.as_ref().map_or("", |id| id.short());
            let names = if image.names.is_empty() { "<none>".to_owned() } else { image.names.join(", ") };
            write!(self.out, "  {} ", text::display(names.as_bytes()))?;
            self.look.write(self.out, Role::Dim, id)?;
        }
        if branch.images.is_empty() {
            let shared = format!("  shared by {} images", branch.count());
            self.look.write(self.out, Role::Dim, &shared)?;
        }
        writeln!(self.out)
    }
}
