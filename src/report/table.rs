//! Columns that line up.

use std::io::{self, Write};

use super::Look;
use crate::role::Role;
use crate::text::width;

/// Where a column's text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// One field: text that is safe on a terminal, and its role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The text.
    pub text: String,
    /// Its meaning.
    pub role: Role,
}

impl Cell {
    /// Ordinary text.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), role: Role::Plain }
    }

    /// Text in a role.
    pub fn new(text: impl Into<String>, role: Role) -> Self {
        Self { text: text.into(), role }
    }
}

/// A table: two spaces between columns, no space at a line's end.
#[derive(Clone, Debug, Default)]
pub struct Table {
    heads: Vec<(&'static str, Align)>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with these headings.
    pub fn new(heads: &[(&'static str, Align)]) -> Self {
        Self { heads: heads.to_vec(), rows: Vec::new() }
    }

    /// A table without headings.
    pub fn bare(columns: &[Align]) -> Self {
        Self { heads: columns.iter().map(|&align| ("", align)).collect(), rows: Vec::new() }
    }

    /// Adds a row, a cell for each column.
    pub fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// Writes the headings and the rows.
    pub fn write(&self, out: &mut dyn Write, look: &Look) -> io::Result<()> {
        let mut widths: Vec<usize> = self.heads.iter().map(|(head, _)| width(head)).collect();
        for row in &self.rows {
            for (wide, cell) in widths.iter_mut().zip(row) {
                *wide = (*wide).max(width(&cell.text));
            }
        }
        let heads: Vec<Cell> = self.heads.iter().map(|(head, _)| Cell::new(*head, Role::Heading)).collect();
        let heading = Some(&heads).filter(|heads| heads.iter().any(|head| !head.text.is_empty()));
        for row in heading.into_iter().chain(&self.rows) {
            let last = row.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or(0);
            for (at, cell) in row.iter().enumerate().take(last + 1) {
                let pad = widths[at] - width(&cell.text);
                let (before, after) = match self.heads[at].1 {
                    Align::Right => (pad, 0),
                    Align::Left if at == last => (0, 0),
                    Align::Left => (0, pad),
                };
                write!(out, "{:before$}", "")?;
                look.write(out, cell.role, &cell.text)?;
                write!(out, "{:after$}", "")?;
                if at < last {
                    out.write_all(b"  ")?;
                }
            }
            out.write_all(b"\n")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_lines_end_clean() {
        let mut table = Table::new(&[("N", Align::Right), ("NAME", Align::Left), ("REST", Align::Left)]);
        table.row(vec![Cell::plain("1"), Cell::plain("日本"), Cell::plain("x")]);
        table.row(vec![Cell::plain("10"), Cell::plain("a"), Cell::plain("")]);
        let mut out = Vec::new();
        table.write(&mut out, &Look::default()).expect("a vector takes all");
        assert_eq!(String::from_utf8_lossy(&out), " N  NAME  REST\n 1  日本  x\n10  a\n");
    }
}
