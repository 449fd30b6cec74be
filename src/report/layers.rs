//! `capas layers`: one row a layer.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::document::{Document, write_line};
use super::{Align, Cell, Commands, Look, Table};
use crate::build::Story;
use crate::image::{Image, LayerFigures, LayerInfo, Presence};
use crate::ledger::Ledger;
use crate::oci::Digest;
use crate::role::Role;
use crate::text::truncate;

/// Columns of a command that is cut.
const COMMAND: usize = 45;

/// A layer in JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row<'a> {
    index: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<&'a Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diff_id: Option<&'a Digest>,
    #[serde(skip_serializing_if = "str::is_empty")]
    media_type: &'a str,
    stored_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    compressed_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tar_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    live_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overhead_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kills: Option<Vec<Kill>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<u64>,
    step: usize,
    owner: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    writable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

/// What a layer killed of another one, or of itself.
#[derive(Debug, Serialize)]
struct Kill {
    layer: u16,
    bytes: u64,
}

impl<'a> Row<'a> {
    fn new(layer: &'a LayerInfo, figures: &LayerFigures, ledger: &Ledger, story: &Story) -> Self {
        let read = figures.loaded.then_some(figures);
        let account = read.map(|_| ledger.account(layer.index));
        let killed = ledger.matrix().pairs().iter().filter(|pair| pair.killed == layer.index);
        let kills = killed.map(|pair| Kill { layer: pair.born.0, bytes: pair.bytes() });
        Self {
            index: layer.index.0,
            digest: layer.digest.as_ref(),
            diff_id: layer.diff_id.as_ref(),
            media_type: &layer.media_type,
            stored_bytes: layer.stored_bytes,
            compressed_bytes: read
                .filter(|figures| !matches!(figures.compression, "" | "none"))
                .map(|_| layer.stored_bytes),
            tar_bytes: read.map(|figures| figures.tar_bytes),
            payload_bytes: read.map(|figures| figures.payload_bytes),
            live_bytes: account.map(|account| account.live),
            dead_bytes: account.map(|account| account.dead.total()),
            overhead_bytes: account.map(|account| account.overhead),
            kills: read.map(|_| kills.filter(|kill| kill.bytes > 0).collect()),
            entries: read.map(|figures| figures.entries),
            step: layer.step,
            owner: story.owner(layer.index).word(),
            writable: layer.writable,
            folder: layer.folder.as_deref().map(Path::to_string_lossy),
            fault: fault(layer, figures),
        }
    }
}

/// Why a layer was not read to its end, as a clause; `None` when it was.
pub fn fault(layer: &LayerInfo, figures: &LayerFigures) -> Option<String> {
    match &layer.presence {
        Presence::Absent(why) => Some(why.clone()),
        Presence::Encrypted => Some("it is encrypted".to_owned()),
        Presence::Here => figures.fault.as_ref().map(ToString::to_string),
    }
}

pub(super) fn rows<'a>(
    image: &'a Image,
    ledger: &'a Ledger,
    story: &'a Story,
) -> impl Iterator<Item = Row<'a>> {
    let layers = image.info.layers.iter().zip(&image.figures);
    layers.map(|(layer, figures)| Row::new(layer, figures, ledger, story))
}

/// One document.
pub fn json(image: &Image, ledger: &Ledger, story: &Story, out: &mut dyn Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Answer<'a> {
        layers: Vec<Row<'a>>,
    }
    Document::new(&image.info, Answer { layers: rows(image, ledger, story).collect() }).write(out)
}

/// One layer a line.
pub fn ndjson(image: &Image, ledger: &Ledger, story: &Story, out: &mut dyn Write) -> io::Result<()> {
    rows(image, ledger, story).try_for_each(|row| write_line(out, &row))
}

/// Only the digests: of the blob, else the `DiffID`.
pub fn quiet(image: &Image, out: &mut dyn Write) -> io::Result<()> {
    for layer in &image.info.layers {
        let digest = layer.digest.as_ref().or(layer.diff_id.as_ref());
        writeln!(out, "{}", digest.map_or("<missing>", Digest::as_str))?;
    }
    Ok(())
}

/// Fields parted by tabs: index, digest, `DiffID`, stored bytes, payload bytes, entries, step, live bytes, dead bytes,
/// owner, command.
pub fn plain(image: &Image, ledger: &Ledger, story: &Story, out: &mut dyn Write) -> io::Result<()> {
    let commands = Commands::new(&image.info);
    for (layer, row) in image.info.layers.iter().zip(rows(image, ledger, story)) {
        let known = |number: Option<u64>| number.map_or_else(String::new, |number| number.to_string());
        let digest = |digest: Option<&Digest>| digest.map_or("", Digest::as_str).to_owned();
        writeln!(
            out,
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            row.index,
            digest(row.digest),
            digest(row.diff_id),
            row.stored_bytes,
            known(row.payload_bytes),
            known(row.entries),
            row.step,
            known(row.live_bytes),
            known(row.dead_bytes),
            row.owner,
            commands.of(layer)
        )?;
    }
    Ok(())
}

/// For people.
pub fn table(image: &Image, ledger: &Ledger, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new(&[
        ("LAYER", Align::Right),
        ("STORED", Align::Right),
        ("PAYLOAD", Align::Right),
        ("LIVE", Align::Right),
        ("DEAD", Align::Right),
        ("KILLS", Align::Right),
        ("ENTRIES", Align::Right),
        ("DIGEST", Align::Left),
        ("DIFFID", Align::Left),
        ("STEP", Align::Right),
        ("CREATED BY", Align::Left),
    ]);
    let commands = Commands::new(&image.info);
    for (layer, figures) in image.info.layers.iter().zip(&image.figures) {
        let read = figures.loaded && layer.presence == Presence::Here;
        let size = |bytes: u64| match bytes {
            0 => Cell::new(look.size(0), Role::Dim),
            bytes => Cell::plain(look.size(bytes)),
        };
        let dead = |bytes: u64| if bytes == 0 { size(0) } else { Cell::new(look.size(bytes), Role::Dead) };
        let account = ledger.account(layer.index);
        let unknown = || Cell::new("?", Role::Warning);
        let command = commands.of(layer);
        table.row(vec![
            Cell::plain(layer.index.to_string()),
            size(layer.stored_bytes),
            if read { size(figures.payload_bytes) } else { unknown() },
            if read { size(account.live) } else { unknown() },
            if read { dead(account.dead.total()) } else { unknown() },
            if read { size(ledger.matrix().killed_by(layer.index)) } else { unknown() },
            if read { Cell::plain(figures.entries.to_string()) } else { unknown() },
            digest(layer.digest.as_ref(), *look),
            digest(layer.diff_id.as_ref(), *look),
            Cell::plain(layer.step.to_string()),
            Cell::plain(if look.whole { command } else { truncate(&command, COMMAND).into_owned() }),
        ]);
    }
    table.write(out, look)
}

fn digest(digest: Option<&Digest>, look: Look) -> Cell {
    match digest {
        Some(digest) if look.whole => Cell::plain(digest.as_str()),
        Some(digest) => Cell::plain(digest.short()),
        None => Cell::new("<missing>", Role::Dim),
    }
}
