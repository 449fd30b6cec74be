//! The account in JSON.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::{Options, Owners, Waste, by_bytes};
use crate::ledger::{Causes, DeadFile};
use crate::report::document::{Document, lossless, write_line};
use crate::report::layers;
use crate::tree::Tree;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    ship_bytes: u64,
    visible_bytes: u64,
    dead_bytes: u64,
    causes: BTreeMap<&'static str, u64>,
    owners: OwnersRow,
    duplicate_bytes: Option<u64>,
    efficiency: f64,
    layers: Vec<layers::Row<'a>>,
    matrix: Vec<Pair>,
    paths: Vec<File>,
}

#[derive(Debug, Serialize)]
struct OwnersRow {
    #[serde(rename = "ownBytes")]
    own: u64,
    #[serde(rename = "inheritedBytes")]
    inherited: u64,
    #[serde(rename = "baseBytes")]
    base: u64,
}

#[derive(Debug, Serialize)]
struct Pair {
    born: u16,
    killed: u16,
    files: u64,
    bytes: u64,
    causes: BTreeMap<&'static str, u64>,
}

/// A dead file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct File {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_path: Option<String>,
    bytes: u64,
    born: u16,
    killed: u16,
    cause: &'static str,
}

impl File {
    fn new(tree: &Tree, file: &DeadFile) -> Self {
        let (path, raw_path) = lossless(&tree.path(file.node));
        let (born, killed) = (file.born().0, file.killed.0);
        Self { path, raw_path, bytes: file.bytes, born, killed, cause: file.cause.word() }
    }
}

fn causes(causes: &Causes) -> BTreeMap<&'static str, u64> {
    causes.iter().map(|(cause, bytes)| (cause.word(), bytes)).collect()
}

/// One document: the account of the whole image; `paths` are those that are asked for.
pub fn json(waste: &Waste<'_>, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let Waste { image, ledger, story, duplicates } = *waste;
    let Owners { own, inherited, base } = waste.owners();
    let sums = ledger.causes();
    let pairs = ledger.matrix().pairs().iter().map(|pair| Pair {
        born: pair.born.0,
        killed: pair.killed.0,
        files: pair.files,
        bytes: pair.bytes(),
        causes: causes(&pair.causes),
    });
    let files = by_bytes(waste.files(options));
    let answer = Answer {
        ship_bytes: ledger.ship(),
        visible_bytes: ledger.visible(),
        dead_bytes: sums.total(),
        causes: causes(&sums),
        owners: OwnersRow { own, inherited, base },
        duplicate_bytes: duplicates,
        efficiency: ledger.efficiency(),
        layers: layers::rows(image, ledger, story).collect(),
        matrix: pairs.collect(),
        paths: files
            .iter()
            .take(options.top.unwrap_or(usize::MAX))
            .map(|file| File::new(&image.tree, file))
            .collect(),
    };
    Document::new(&image.info, answer).write(out)
}

/// One dead file a line, most bytes first.
pub fn ndjson(waste: &Waste<'_>, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let files = by_bytes(waste.files(options));
    let shown = files.iter().take(options.top.unwrap_or(usize::MAX));
    shown.into_iter().try_for_each(|file| write_line(out, &File::new(&waste.image.tree, file)))
}
