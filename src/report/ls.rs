//! `capas ls`: the files of a folder, for people. Its JSON is that of [`super::entries`].

use std::io::{self, Write};

use jiff::tz::TimeZone;

use super::tree::{Line, mark, mode};
use super::walk::{Step, Walk};
use super::{Align, Cell, Look, Table};
use crate::role::Role;
use crate::text;
use crate::tree::View;

/// Mark, mode, owner, group, size, time, name.
const COLUMNS: [Align; 7] =
    [Align::Left, Align::Left, Align::Left, Align::Left, Align::Right, Align::Left, Align::Left];

/// How names are listed.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Modes, owners, sizes, times.
    pub long: bool,
    /// The zone of the times.
    pub zone: TimeZone,
}

/// Lists a walk, one folder after the other. What a folder has comes before what its folders have.
pub fn write(walk: &Walk<'_>, listing: &Listing, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let tree = walk.tree();
    let mut steps: Vec<Step> = Vec::new();
    walk.each(|step| {
        steps.push(step);
        Ok::<(), io::Error>(())
    })?;
    // Stable: within a folder the order of the walk stays.
    steps.sort_by_key(|step| tree.parent(step.node));
    let several = steps.last().is_some_and(|step| tree.parent(step.node) != walk.start() && step.depth > 0);
    for (at, folder) in steps.chunk_by(|a, b| tree.parent(a.node) == tree.parent(b.node)).enumerate() {
        if several {
            let parent = text::display(&tree.path(tree.parent(folder[0].node)));
            let gap = if at == 0 { "" } else { "\n" };
            writeln!(out, "{gap}{}:", if parent.is_empty() { "/" } else { &parent })?;
        }
        folder_of(walk, folder, listing, *look, out)?;
    }
    Ok(())
}

fn folder_of(
    walk: &Walk<'_>,
    steps: &[Step],
    listing: &Listing,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (tree, view) = (walk.tree(), walk.view());
    let marked = !matches!(view, View::Rootfs(_));
    let name = |line: &Line<'_>| {
        let whole = line.node == walk.start();
        let name = if whole { tree.path(line.node) } else { tree.name(line.node).to_vec() };
        text::display(&name) + &line.suffix()
    };
    if !listing.long {
        for step in steps {
            let line = Line::new(tree, view, step.node);
            if marked {
                let (glyph, role) = mark(line.change.kind);
                look.write(out, role, glyph)?;
                out.write_all(b" ")?;
            }
            look.write(out, line.role(), &name(&line))?;
            out.write_all(b"\n")?;
        }
        return Ok(());
    }
    let skip = usize::from(!marked);
    let mut table = Table::bare(&COLUMNS[skip..]);
    for step in steps {
        let line = Line::new(tree, view, step.node);
        let mut cells = long(&line, name(&line), listing, look);
        table.row(cells.split_off(skip));
    }
    table.write(out, &look)
}

fn long(line: &Line<'_>, name: String, listing: &Listing, look: Look) -> Vec<Cell> {
    let (glyph, role) = mark(line.change.kind);
    let mut cells = vec![Cell::new(glyph, role)];
    match &line.facts {
        Some(facts) => cells.extend([
            Cell::plain(mode(facts)),
            Cell::plain(owner(facts.user, facts.uid)),
            Cell::plain(owner(facts.group, facts.gid)),
            match facts.device {
                Some((major, minor)) => Cell::plain(format!("{major}, {minor}")),
                None => {
                    Cell::new(look.size(facts.size), if facts.size == 0 { Role::Dim } else { Role::Plain })
                }
            },
            match facts.mtime {
                Some((seconds, _)) => Cell::plain(text::date_time(seconds, &listing.zone)),
                None => Cell::new("(implied)", Role::Dim),
            },
        ]),
        None => cells.extend((0..5).map(|_| Cell::plain(""))),
    }
    cells.push(Cell::new(name, line.role()));
    cells
}

/// The name where the tar gives one, else the number.
fn owner(name: &[u8], number: u64) -> String {
    if name.is_empty() { number.to_string() } else { text::display(name) }
}
