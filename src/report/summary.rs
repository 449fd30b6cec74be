//! What `capas IMAGE` prints where there is no terminal: the header and the table of the layers screen.

use std::io::{self, Write};

use super::{Align, Cell, Commands, Look, Table, layers};
use crate::image::{Image, Step};
use crate::prose;
use crate::role::Role;
use crate::text;

/// Columns of a command that is cut.
const COMMAND: usize = 80;

/// The header, the steps with their layers, the notes.
pub fn write(image: &Image, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let info = &image.info;
    let name = match &info.tags[..] {
        [] => text::display(info.reference.as_bytes()),
        tags => tags.iter().map(|tag| text::display(tag.as_bytes())).collect::<Vec<_>>().join(", "),
    };
    look.write(out, Role::Heading, &name)?;
    writeln!(out, "  {}", text::display(info.platform.to_string().as_bytes()))?;
    let payload: u64 = image.figures.iter().map(|figures| figures.payload_bytes).sum();
    let stored: u64 = info.layers.iter().map(|layer| layer.stored_bytes).sum();
    let count = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    };
    writeln!(
        out,
        "{} of files, {} stored · {} · {} of {}",
        look.size(payload),
        look.size(stored),
        text::display(info.source.as_bytes()),
        count(info.layers.len(), "layer"),
        count(info.steps.len(), "step"),
    )?;
    if let Some(id) = &info.id {
        writeln!(out, "image ID {id}")?;
    }
    out.write_all(b"\n")?;
    steps(image, *look).write(out, look)?;
    let mut notes = image.notes.iter().peekable();
    if notes.peek().is_some() {
        out.write_all(b"\n")?;
    }
    notes.try_for_each(|note| {
        look.write(out, Role::Warning, "note")?;
        writeln!(out, ": {}", prose::note(note))
    })
}

/// Steps without a layer stand in their place, dim.
fn steps(image: &Image, look: Look) -> Table {
    let mut table = Table::new(&[
        ("LAYER", Align::Right),
        ("PAYLOAD", Align::Right),
        ("ENTRIES", Align::Right),
        ("STEP", Align::Left),
    ]);
    let commands = Commands::new(&image.info);
    for step in &image.info.steps {
        let command = commands.at(step.index);
        let command = text::truncate(&command, COMMAND).into_owned();
        table.row(match layer(image, step, look) {
            Some([index, payload, entries]) => vec![index, payload, entries, Cell::plain(command)],
            None => vec![Cell::plain(""), Cell::plain(""), Cell::plain(""), Cell::new(command, Role::Dim)],
        });
    }
    table
}

/// Number, payload and entries of a step's layer.
fn layer(image: &Image, step: &Step, look: Look) -> Option<[Cell; 3]> {
    let at = step.layer?.offset();
    let (layer, figures) = (image.info.layers.get(at)?, image.figures.get(at)?);
    let unknown = || Cell::new("?", Role::Warning);
    let read = figures.loaded && layers::fault(layer, figures).is_none();
    let dim = |zero: bool| if zero { Role::Dim } else { Role::Plain };
    Some([
        Cell::plain(layer.index.to_string()),
        if read {
            Cell::new(look.size(figures.payload_bytes), dim(figures.payload_bytes == 0))
        } else {
            unknown()
        },
        if read { Cell::new(text::count(figures.entries), dim(figures.entries == 0)) } else { unknown() },
    ])
}
