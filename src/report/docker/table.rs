//! Go's `text/tabwriter` as docker's command line sets it up (`minwidth 10, padding 3, ' '`, widths by terminal
//! cells), and docker's truncation to a width.

use std::io::{self, Write};

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthChar as _;

const MIN_WIDTH: usize = 10;
const PADDING: usize = 3;
const SPACES: [u8; 256] = [b' '; 256];

/// Aligns tab-separated cells. As in Go, a column is a run of consecutive lines that have a cell there which a tab
/// ends, the last cell of a line belongs to no column, and a line without tabs ends all columns.
///
/// Padding is written, not collected: with one long command in it a table is as wide in every row.
pub fn write_aligned(out: &mut dyn Write, text: &str) -> io::Result<()> {
    for (at, section) in text.split('\x0c').enumerate() {
        // A form feed ends the line and all columns.
        if at > 0 {
            out.write_all(b"\n")?;
        }
        write_section(out, section)?;
    }
    Ok(())
}

fn write_section(out: &mut dyn Write, text: &str) -> io::Result<()> {
    let lines: Vec<Vec<&str>> = text.split('\n').map(|line| line.split(['\t', '\x0b']).collect()).collect();
    let mut widths: Vec<Vec<usize>> = lines.iter().map(|line| vec![0; line.len() - 1]).collect();
    // Only the lines that reach a column are looked at: a comment may be a million tabs.
    let mut column = 0;
    let mut reach: Vec<usize> = (0..lines.len()).collect();
    loop {
        reach.retain(|&line| lines[line].len() > column + 1);
        if reach.is_empty() {
            break;
        }
        for block in reach.chunk_by(|&line, &next| line + 1 == next) {
            let widest = block.iter().map(|&line| width(lines[line][column]) + PADDING).max();
            for &line in block {
                widths[line][column] = widest.unwrap_or(0).max(MIN_WIDTH);
            }
        }
        column += 1;
    }
    for (at, (line, widths)) in lines.iter().zip(&widths).enumerate() {
        if at > 0 {
            out.write_all(b"\n")?;
        }
        for (column, cell) in line.iter().enumerate() {
            out.write_all(cell.as_bytes())?;
            let mut missing = widths.get(column).map_or(0, |of_column| of_column.saturating_sub(width(cell)));
            while missing > 0 {
                let step = missing.min(SPACES.len());
                out.write_all(&SPACES[..step])?;
                missing -= step;
            }
        }
    }
    Ok(())
}

/// Terminal cells as `go-runewidth` counts them: a grapheme is as wide as its first character that has a width;
/// control characters have none.
fn width(text: &str) -> usize {
    let of = |c: char| {
        if matches!(c, '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}') { None } else { c.width() }
    };
    let wide = |grapheme: &str| grapheme.chars().filter_map(of).find(|&w| w > 0).unwrap_or(0);
    if text.is_ascii() {
        text.bytes().filter(|b| !b.is_ascii_control()).count()
    } else {
        text.graphemes(true).map(wide).sum()
    }
}

/// Cuts to `cells` terminal cells, the last of them `…`, as docker's `formatter.Ellipsis` does: characters count one
/// cell, East Asian wide ones two.
pub fn ellipsis(text: &str, cells: usize) -> String {
    let wide = |c: char| if c.width() == Some(2) { 2 } else { 1 };
    if text.chars().map(wide).sum::<usize>() <= cells {
        return text.to_owned();
    }
    let mut used = 0;
    let mut out: String = text
        .chars()
        .take_while(|&c| {
            used += wide(c);
            used < cells
        })
        .collect();
    out.push('…');
    out
}
