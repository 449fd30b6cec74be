//! What `capas IMAGE` prints where there is no terminal: the header and the table of the layers screen.

use std::io::{self, Write};

use super::{Align, Cell, Commands, Look, Table, layers};
use crate::image::{Image, Step};
use crate::ledger::Ledger;
use crate::prose;
use crate::role::Role;
use crate::text;

/// Columns of a command that is cut.
const COMMAND: usize = 80;

/// The header, the steps with their layers, the notes.
pub fn write(image: &Image, ledger: &Ledger, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let info = &image.info;
    let name = match &info.tags[..] {
        [] => text::display(info.reference.as_bytes()),
        tags => tags.iter().map(|tag| text::display(tag.as_bytes())).collect::<Vec<_>>().join(", "),
    };
    look.write(out, Role::Heading, &name)?;
    writeln!(out, "  {}", text::display(info.platform.to_string().as_bytes()))?;
    let stored: u64 = info.layers.iter().map(|layer| layer.stored_bytes).sum();
    let count = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    };
    let dead = ledger.causes().total();
    let percent = (1.0 - ledger.efficiency()) * 100.0;
    let (ships, shows, dead) = (look.size(ledger.ship()), look.size(ledger.visible()), look.size(dead));
    writeln!(out, "ships {ships} · shows {shows} · dead {dead} ({percent:.1} %)")?;
    writeln!(
        out,
        "{} stored · {} · {} of {}",
        look.size(stored),
        text::display(info.source.as_bytes()),
        count(info.layers.len(), "layer"),
        count(info.steps.len(), "step"),
    )?;
    if let Some(id) = &info.id {
        writeln!(out, "image ID {id}")?;
    }
    out.write_all(b"\n")?;
    steps(image, ledger, *look).write(out, look)?;
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
fn steps(image: &Image, ledger: &Ledger, look: Look) -> Table {
    let mut table = Table::new(&[
        ("LAYER", Align::Right),
        ("PAYLOAD", Align::Right),
        ("DEAD", Align::Right),
        ("ENTRIES", Align::Right),
        ("STEP", Align::Left),
    ]);
    let commands = Commands::new(&image.info);
    for step in &image.info.steps {
        let command = commands.at(step.index);
        let command = text::truncate(&command, COMMAND).into_owned();
        let (mut cells, role) = match layer(image, ledger, step, look) {
            Some(cells) => (cells, Role::Plain),
            None => (vec![Cell::plain(""); 4], Role::Dim),
        };
        cells.push(Cell::new(command, role));
        table.row(cells);
    }
    table
}

/// Number, payload, dead bytes and entries of a step's layer.
fn layer(image: &Image, ledger: &Ledger, step: &Step, look: Look) -> Option<Vec<Cell>> {
    let index = step.layer?;
    let (layer, figures) = (image.info.layers.get(index.offset())?, image.figures.get(index.offset())?);
    let number = Cell::plain(layer.index.to_string());
    if !figures.loaded || layers::fault(layer, figures).is_some() {
        let unknown = || Cell::new("?", Role::Warning);
        return Some(vec![number, unknown(), unknown(), unknown()]);
    }
    let account = ledger.account(index);
    let cell = |number: u64, text: String, role| Cell::new(text, if number == 0 { Role::Dim } else { role });
    let size = |bytes: u64, role| cell(bytes, look.size(bytes), role);
    Some(vec![
        number,
        size(account.payload, Role::Plain),
        size(account.dead.total(), Role::Dead),
        cell(figures.entries, text::count(figures.entries), Role::Plain),
    ])
}
