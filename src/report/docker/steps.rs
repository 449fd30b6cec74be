//! `capas history` beyond docker: our JSON, plain fields, and `--wide`.

use std::io::{self, Write};

use serde::Serialize;

use super::Reader;
use super::history::{Clock, Options, rows};
use crate::build::{self, Instruction, Owner, Story};
use crate::image::{Image, Step};
use crate::layer::LayerIndex;
use crate::ledger::Ledger;
use crate::oci::Digest;
use crate::report::document::{Document, write_line};
use crate::report::{Align, Cell, Look, Table};
use crate::role::Role;
use crate::text;
use crate::tree::{NodeId, View};

/// A step in JSON. What the history does not say is not there.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    created: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    empty_layer: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    layer: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instruction: Option<Words<'a>>,
}

/// A step in its author's words.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Words<'a> {
    kind: &'static str,
    text: String,
    builder: &'static str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    args: &'a [String],
}

impl<'a> Row<'a> {
    fn new(step: &'a Step, instruction: &'a Instruction) -> Self {
        let said = |text: &'a str| (!text.is_empty()).then_some(text);
        Self {
            index: step.index,
            created: said(&step.created),
            created_by: (!step.synthetic).then_some(&step.created_by),
            author: said(&step.author),
            comment: said(&step.comment),
            empty_layer: step.layer.is_none(),
            layer: step.layer.map(|layer| layer.0),
            instruction: (!step.synthetic).then(|| Words {
                kind: instruction.kind.word(),
                text: instruction.to_string(),
                builder: instruction.builder.word(),
                args: &instruction.args,
            }),
        }
    }
}

/// One document, oldest step first.
pub fn json(image: &Image, out: &mut dyn Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Answer<'a> {
        steps: Vec<Row<'a>>,
    }
    let instructions = build::instructions(&image.info);
    let steps = image.info.steps.iter().zip(&instructions).map(|(step, i)| Row::new(step, i)).collect();
    Document::new(&image.info, Answer { steps }).write(out)
}

/// One step a line, oldest first.
pub fn ndjson(image: &Image, out: &mut dyn Write) -> io::Result<()> {
    let instructions = build::instructions(&image.info);
    let mut steps = image.info.steps.iter().zip(&instructions);
    steps.try_for_each(|(step, instruction)| write_line(out, &Row::new(step, instruction)))
}

/// Fields parted by tabs, oldest step first: index, layer, created, kind, docker's size in bytes, the author's words.
pub fn plain(image: &Image, out: &mut dyn Write) -> io::Result<()> {
    let instructions = build::instructions(&image.info);
    for (step, instruction) in image.info.steps.iter().zip(&instructions) {
        let layer = step.layer.map_or_else(String::new, |layer| layer.to_string());
        let figures = step.layer.and_then(|layer| image.figures.get(layer.offset()));
        let size = match (step.layer, figures) {
            (None, _) => "0".to_owned(),
            (_, Some(figures)) if figures.loaded => figures.docker_bytes.to_string(),
            _ => String::new(),
        };
        let (kind, words) = (instruction.kind.word(), line(&instruction.to_string()));
        let created = line(&step.created);
        writeln!(out, "{}\t{layer}\t{created}\t{kind}\t{size}\t{words}", step.index)?;
    }
    Ok(())
}

/// Docker's rows, newest first, and what docker cannot say.
pub fn wide(
    image: &Image,
    ledger: &Ledger,
    story: &Story,
    options: &Options,
    clock: &Clock,
    look: &Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut table = Table::new(&[
        ("IMAGE", Align::Left),
        ("CREATED", Align::Left),
        ("SIZE", Align::Right),
        ("STEP", Align::Right),
        ("LAYER", Align::Right),
        ("KIND", Align::Left),
        ("ADDED", Align::Right),
        ("CHANGED", Align::Right),
        ("REMOVED", Align::Right),
        ("PAYLOAD", Align::Right),
        ("LIVE", Align::Right),
        ("DEAD", Align::Right),
        ("STORED", Align::Right),
        ("OWNER", Align::Left),
        ("DIGEST", Align::Left),
        ("CREATED BY", Align::Left),
        ("COMMENT", Align::Left),
    ]);
    let docker = rows(image, options, clock, Reader::Program);
    for ((step, instruction), docker) in image.info.steps.iter().zip(&story.steps).rev().zip(docker) {
        let of_docker = |name: &str| {
            let text = docker.iter().find(|(other, _)| *other == name).map_or("", |(_, text)| text);
            Cell::plain(line(text))
        };
        let mut cells = vec![
            of_docker("ID"),
            of_docker("CreatedSince"),
            of_docker("Size"),
            Cell::plain(step.index.to_string()),
            Cell::plain(step.layer.map_or_else(String::new, |layer| layer.to_string())),
            Cell::new(instruction.kind.word(), Role::Keyword),
        ];
        match step.layer {
            Some(layer) => cells.extend(of_layer(image, layer, ledger, *look, options.no_trunc)),
            None => cells.extend(vec![Cell::plain(""); 8]),
        }
        cells.insert(
            OWNER,
            match step.layer.map(|layer| story.owner(layer)) {
                Some(Owner::Unknown) => Cell::new(Owner::Unknown.word(), Role::Dim),
                owner => Cell::plain(owner.map_or("", Owner::word)),
            },
        );
        cells.push(of_docker("CreatedBy"));
        cells.push(of_docker("Comment"));
        table.row(cells);
    }
    table.write(out, look)
}

/// Where the owner stands among the columns.
const OWNER: usize = 13;

/// The cells from ADDED to DIGEST, but for the owner.
fn of_layer(image: &Image, index: LayerIndex, ledger: &Ledger, look: Look, whole: bool) -> Vec<Cell> {
    let layer = image.info.layers.get(index.offset());
    let read = image.figures.get(index.offset()).filter(|figures| figures.loaded);
    let count = |count: u64, role| {
        if count == 0 { Cell::new("0", Role::Dim) } else { Cell::new(count.to_string(), role) }
    };
    let size = |bytes: u64, role| Cell::new(look.size(bytes), if bytes == 0 { Role::Dim } else { role });
    let mut cells = match read {
        Some(_) => {
            let totals = image.tree.totals(View::Changeset(index));
            let (added, changed, removed) = totals.counts(NodeId::ROOT);
            let account = ledger.account(index);
            vec![
                count(added, Role::Added),
                count(changed, Role::Modified),
                count(removed, Role::Removed),
                Cell::plain(look.size(account.payload)),
                size(account.live, Role::Live),
                size(account.dead.total(), Role::Dead),
            ]
        }
        None => vec![Cell::new("?", Role::Warning); 6],
    };
    cells.push(layer.map_or_else(|| Cell::plain(""), |layer| Cell::plain(look.size(layer.stored_bytes))));
    let digest = layer.and_then(|layer| layer.digest.as_ref().or(layer.diff_id.as_ref()));
    cells.push(Cell::plain(match digest {
        Some(digest) if whole => digest.as_str(),
        digest => digest.map_or("", Digest::short),
    }));
    cells
}

/// Text of the image on one line, safe for a terminal.
fn line(text: &str) -> String {
    text::display(text.replace(['\n', '\t'], " ").trim_end().as_bytes())
}
