//! The account for people, and as plain records.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::Hash;
use std::io::{self, Write};

use super::{By, Options, Owners, Waste, by_bytes, directory, extension};
use crate::layer::LayerIndex;
use crate::ledger::{Cause, Causes, DeadFile, Sum, sum_by};
use crate::report::{Align, Cell, Commands, Look, Table};
use crate::role::Role;
use crate::text;
use crate::tree::NodeId;

/// Columns of a step that is cut.
const STEP: usize = 34;

/// A row of any of the tables: the sum, and the cells that say of what.
struct Row {
    bytes: u64,
    files: u64,
    causes: Causes,
    cells: Vec<String>,
}

/// A table that was asked for.
struct Section {
    title: &'static str,
    heads: &'static [&'static str],
    rows: Vec<Row>,
}

/// The headline, then one table for each thing that is asked for.
pub fn table(waste: &Waste<'_>, options: &Options, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    head(waste, *look, out)?;
    let files = waste.files(options);
    if files.iter().all(|file| file.bytes == 0) {
        let all = waste.ledger.causes().total() == 0;
        let sentence =
            if all { "Every byte that ships is seen." } else { "Nothing of what was asked for is dead." };
        return writeln!(out, "\n{sentence}");
    }
    for by in &options.by {
        let section = section(waste, &files, *by, look.whole);
        let rows = section.rows.len();
        let shown = options.top.unwrap_or(rows).min(rows);
        out.write_all(b"\n")?;
        look.write(out, Role::Heading, section.title)?;
        out.write_all(b"\n")?;
        let counted = *by != By::File;
        let mut heads = vec![("BYTES", Align::Right)];
        heads.extend(counted.then_some(("FILES", Align::Right)));
        heads.push(("CAUSE", Align::Left));
        heads.extend(section.heads.iter().map(|head| (*head, Align::Left)));
        let mut table = Table::new(&heads);
        for row in section.rows.iter().take(shown) {
            let role = if row.bytes == 0 { Role::Dim } else { Role::Dead };
            let mut cells = vec![Cell::new(look.size(row.bytes), role)];
            cells.extend(counted.then(|| Cell::plain(text::count(row.files))));
            cells.push(Cell::plain(words(&row.causes)));
            cells.extend(row.cells.iter().map(|text| Cell::plain(text.as_str())));
            table.row(cells);
        }
        table.write(out, look)?;
        if shown < rows {
            let rest: u64 = section.rows[shown..].iter().map(|row| row.bytes).sum();
            let line = format!(
                "and {} more with {}; --top 0 shows all",
                text::count((rows - shown) as u64),
                look.size(rest)
            );
            look.write(out, Role::Dim, &line)?;
            out.write_all(b"\n")?;
        }
    }
    Ok(())
}

/// `ships X · shows Y · dead Z`, whose, and by cause.
fn head(waste: &Waste<'_>, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let ledger = waste.ledger;
    let dead = ledger.causes();
    let percent = (1.0 - ledger.efficiency()) * 100.0;
    writeln!(
        out,
        "ships {} · shows {} · dead {} ({percent:.1} %)",
        look.size(ledger.ship()),
        look.size(ledger.visible()),
        look.size(dead.total()),
    )?;
    if dead.total() > 0 {
        let by_cause: Vec<String> =
            dead.iter().map(|(cause, bytes)| format!("{} {}", cause.word(), look.size(bytes))).collect();
        writeln!(out, "dead by cause: {}", by_cause.join(" · "))?;
        let Owners { own, inherited, base } = waste.owners();
        if inherited + base > 0 {
            let (own, inherited, base) = (look.size(own), look.size(inherited), look.size(base));
            writeln!(
                out,
                "born in your layers {own} · in the base, killed by yours {inherited} · within the base {base}"
            )?;
        }
    }
    if let Some(bytes) = waste.duplicates.filter(|bytes| *bytes > 0) {
        writeln!(out, "seen more than once with the same bytes: {}", look.size(bytes))?;
    }
    Ok(())
}

/// The one cause, or all with a plus between.
fn words(causes: &Causes) -> String {
    causes.iter().map(|(cause, _)| cause.word()).collect::<Vec<_>>().join("+")
}

fn section(waste: &Waste<'_>, files: &[DeadFile], by: By, whole: bool) -> Section {
    let tree = &waste.image.tree;
    let commands = Commands::new(&waste.image.info);
    let step = |layer: LayerIndex| {
        let command = waste.image.info.layers.get(layer.offset()).map(|info| commands.of(info));
        let line = format!("{layer} {}", command.unwrap_or_default());
        if whole { line } else { text::truncate(line.trim_end(), STEP).into_owned() }
    };
    let path = |node: NodeId| text::display(&tree.path(node));
    match by {
        By::Pair => Section {
            title: "Who wastes whom",
            heads: &["BORN IN LAYER", "KILLED BY LAYER"],
            rows: sums(
                files,
                |file| (file.born(), file.killed),
                |(born, killed)| vec![step(*born), step(*killed)],
            ),
        },
        By::Born => Section {
            title: "By the layer that ships it",
            heads: &["BORN IN LAYER"],
            rows: sums(files, DeadFile::born, |layer| vec![step(*layer)]),
        },
        By::Killed => Section {
            title: "By the layer that killed it",
            heads: &["KILLED BY LAYER"],
            rows: sums(files, |file| file.killed, |layer| vec![step(*layer)]),
        },
        By::Cause => {
            Section { title: "By cause", heads: &[], rows: sums(files, |file| file.cause, |_| Vec::new()) }
        }
        By::Directory(depth) => {
            let known = RefCell::new(HashMap::new());
            let directory = |file: &DeadFile| directory(tree, file.node, depth, &mut known.borrow_mut());
            Section {
                title: "By directory",
                heads: &["DIRECTORY"],
                rows: sums(files, directory, |node| vec![format!("{}/", path(*node))]),
            }
        }
        By::File => Section {
            title: "By file",
            heads: &["BORN", "KILLED", "PATH"],
            rows: by_bytes(files.to_vec())
                .iter()
                .map(|file| {
                    let mut causes = Causes::default();
                    causes.add(file.cause, file.bytes);
                    let cells = vec![file.born().to_string(), file.killed.to_string(), path(file.node)];
                    Row { bytes: file.bytes, files: 1, causes, cells }
                })
                .collect(),
        },
        By::Extension => Section {
            title: "By extension",
            heads: &["EXTENSION"],
            rows: sums(
                files,
                |file| extension(tree.name(file.node)),
                |extension| {
                    let dot = if extension.is_empty() { "(none)" } else { "." };
                    vec![format!("{dot}{}", text::display(extension))]
                },
            ),
        },
    }
}

fn sums<K: Clone + Eq + Hash + Ord>(
    files: &[DeadFile],
    key: impl Fn(&DeadFile) -> K,
    cells: impl Fn(&K) -> Vec<String>,
) -> Vec<Row> {
    let row =
        |Sum { key, files, causes }: Sum<K>| Row { bytes: causes.total(), files, causes, cells: cells(&key) };
    sum_by(files.iter().copied(), key).into_iter().map(row).collect()
}

/// Fields parted by tabs: bytes, files, cause (of most bytes), then what the table sums by; of several tables one after
/// the other.
pub fn plain(waste: &Waste<'_>, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let files = waste.files(options);
    for by in &options.by {
        for row in section(waste, &files, *by, true).rows.iter().take(options.top.unwrap_or(usize::MAX)) {
            let cause = row.causes.main().map_or("", Cause::word);
            write!(out, "{}\t{}\t{cause}", row.bytes, row.files)?;
            row.cells.iter().try_for_each(|cell| write!(out, "\t{cell}"))?;
            out.write_all(b"\n")?;
        }
    }
    Ok(())
}
