//! `capas images --reclaim`: what removing images would free.

use std::io::{self, Write};

use serde::Serialize;

use super::document::{SCHEMA_VERSION, write_document};
use super::images::size;
use super::{Align, Cell, Look, Table};
use crate::local::{Listing, Outcome, Reclaim, Removal};
use crate::oci::Digest;
use crate::prose::removal::{bound, held, outcome};
use crate::role::Role;
use crate::text;

/// A removal in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Digest>,
    store: &'a str,
    outcome: &'static str,
    freed_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<&'a str>,
    why: String,
}

/// Bytes that stay in JSON.
#[derive(Debug, Serialize)]
struct Held<'a> {
    by: &'a str,
    bytes: u64,
}

fn row<'a>(listing: &'a Listing, removal: &'a Removal) -> Row<'a> {
    let store = &listing.stores[removal.store];
    Row {
        name: &removal.name,
        id: store.images[removal.image].id.as_ref(),
        store: &store.name,
        outcome: match removal.outcome {
            Outcome::Removed => "removed",
            Outcome::Untagged(_) | Outcome::HasChildren(_) => "untagged",
            Outcome::UsedBy { .. } | Outcome::SeveralNames(_) => "refused",
        },
        freed_bytes: removal.freed,
        container: match &removal.outcome {
            Outcome::UsedBy { container, .. } => Some(container),
            _ => None,
        },
        why: outcome(&removal.outcome),
    }
}

/// One document.
pub fn json(listing: &Listing, reclaim: &Reclaim, out: &mut dyn Write) -> io::Result<()> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer<'a> {
        schema_version: u32,
        reclaim: Body<'a>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        freed_bytes: u64,
        exact: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        uncertain_bytes: Option<u64>,
        images: Vec<Row<'a>>,
        held: Vec<Held<'a>>,
    }
    let body = Body {
        freed_bytes: reclaim.freed,
        exact: bound(reclaim).is_empty(),
        uncertain_bytes: Some(reclaim.uncertain).filter(|&bytes| bytes > 0),
        images: reclaim.removals.iter().map(|removal| row(listing, removal)).collect(),
        held: reclaim.held.iter().map(|(by, bytes)| Held { by, bytes: *bytes }).collect(),
    };
    write_document(out, &Answer { schema_version: SCHEMA_VERSION, reclaim: body })
}

/// Fields parted by tabs: name, ID, store, outcome, bytes freed.
pub fn plain(listing: &Listing, reclaim: &Reclaim, out: &mut dyn Write) -> io::Result<()> {
    for removal in &reclaim.removals {
        let row = row(listing, removal);
        let id = row.id.map_or("", Digest::as_str);
        let (name, store) = (text::display(row.name.as_bytes()), text::display(row.store.as_bytes()));
        writeln!(out, "{name}\t{id}\t{store}\t{}\t{}", row.outcome, row.freed_bytes)?;
    }
    Ok(())
}

/// For people.
pub fn table(listing: &Listing, reclaim: &Reclaim, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    if reclaim.removals.is_empty() {
        return writeln!(out, "nothing to remove");
    }
    let heads = [
        ("IMAGE", Align::Left),
        ("STORE", Align::Left),
        ("FREES", Align::Right),
        ("WHAT HAPPENS", Align::Left),
    ];
    let mut table = Table::new(&heads);
    for removal in &reclaim.removals {
        let role = match removal.outcome {
            Outcome::Removed => Role::Plain,
            _ => Role::Warning,
        };
        table.row(vec![
            Cell::plain(text::display(removal.name.as_bytes())),
            Cell::plain(text::display(listing.stores[removal.store].name.as_bytes())),
            size(removal.freed, *look),
            Cell::new(outcome(&removal.outcome), role),
        ]);
    }
    table.write(out, look)?;
    let all: u64 =
        listing.stores.iter().map(crate::local::LocalStore::image_bytes).fold(0, u64::saturating_add);
    let words = |bytes: u64| size(bytes, *look).text;
    writeln!(out, "frees {}{} of {}", bound(reclaim), words(reclaim.freed), words(all))?;
    held(reclaim, &words).iter().try_for_each(|sentence| writeln!(out, "{sentence}"))
}
