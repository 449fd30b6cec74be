//! A screen as a picture: what the program drew into a buffer, as SVG on a grid of cells, in the colours of a common
//! dark terminal.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr as _;

/// A cell in pixels, and where letters stand in it. Monospaced fonts are 0.6 of their size wide.
const WIDTH: usize = 8;
const HEIGHT: usize = 17;
const BASELINE: usize = 13;
const MARGIN: usize = 10;
const FONT: &str = "13.33px ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace";

const BACKGROUND: u32 = 0x0016_181d;
const FOREGROUND: u32 = 0x00d5_d8de;
const PALETTE: [u32; 16] = [
    0x003b_3f4a,
    0x00e0_6c70,
    0x008f_c379,
    0x00d9_b25f,
    0x0069_a1ee,
    0x00c0_8be0,
    0x005f_bfca,
    0x00c5_c9d2,
    0x006a_7080,
    0x00f0_8a8d,
    0x00a9_d895,
    0x00ec_cb82,
    0x008d_bcf7,
    0x00d4_a9ee,
    0x0084_d6de,
    0x00f2_f4f8,
];

/// How a stretch of cells looks.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    front: u32,
    back: u32,
    modifier: Modifier,
}

/// The picture of a buffer.
pub fn picture(buffer: &Buffer, title: &str) -> String {
    let (columns, rows) = (usize::from(buffer.area.width), usize::from(buffer.area.height));
    let (width, height) = (columns * WIDTH + 2 * MARGIN, rows * HEIGHT + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\">\n<title>{}</title>\n<style>text{{font:{FONT};white-space:pre}}.b{{font-weight:700}}\
         .d{{opacity:.62}}.i{{font-style:italic}}.u{{text-decoration:underline}}.s{{text-decoration:line-through}}\
         </style>\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#{BACKGROUND:06x}\"/>\n",
        escape(title)
    );
    for row in 0..rows {
        let cells = &buffer.content()[row * columns..(row + 1) * columns];
        draw_row(&mut svg, cells, row);
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw_row(svg: &mut String, cells: &[Cell], row: usize) {
    let mut column = 0;
    while column < cells.len() {
        let look = look(&cells[column]);
        let start = column;
        let mut text = String::new();
        while column < cells.len() && self::look(&cells[column]) == look {
            let symbol = cells[column].symbol();
            text.push_str(symbol);
            column += symbol.width().max(1);
        }
        draw(svg, &text, look, (start, row));
    }
}

fn draw(svg: &mut String, text: &str, look: Look, (column, row): (usize, usize)) {
    let columns = text.width();
    let (x, y) = (MARGIN + column * WIDTH, MARGIN + row * HEIGHT);
    if look.back != BACKGROUND {
        let width = columns * WIDTH;
        let fill = look.back;
        writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\" fill=\"#{fill:06x}\"/>"
        )
        .unwrap();
    }
    lines(svg, text, look, (x, y));
    let text = text.replace(|c| arms(c).is_some() || filled(c).is_some(), " ");
    // Words stand apart where there is room between them, so that no font pulls a row out of its columns.
    for (at, word) in words(&text) {
        let x = x + at * WIDTH;
        let length = word.width() * WIDTH;
        let y = y + BASELINE;
        write!(svg, "<text x=\"{x}\" y=\"{y}\" textLength=\"{length}\" fill=\"#{:06x}\"", look.front)
            .unwrap();
        let classes: Vec<&str> = [
            (Modifier::BOLD, "b"),
            (Modifier::DIM, "d"),
            (Modifier::ITALIC, "i"),
            (Modifier::UNDERLINED, "u"),
            (Modifier::CROSSED_OUT, "s"),
        ]
        .into_iter()
        .filter_map(|(modifier, class)| look.modifier.contains(modifier).then_some(class))
        .collect();
        if !classes.is_empty() {
            write!(svg, " class=\"{}\"", classes.join(" ")).unwrap();
        }
        writeln!(svg, ">{}</text>", escape(word)).unwrap();
    }
}

/// Frames and bars, drawn as lines and boxes: fonts leave gaps between rows, and few have all the blocks.
fn lines(svg: &mut String, text: &str, look: Look, (x, y): (usize, usize)) {
    let mut thin = String::new();
    let mut heavy = String::new();
    let mut column = 0;
    for c in text.chars() {
        let (left, middle) = (x + column * WIDTH, y + HEIGHT / 2);
        if let Some([up, right, down, across]) = arms(c) {
            let centre = left + WIDTH / 2;
            for (weight, from, to) in [
                (across, (left, middle), (centre, middle)),
                (up, (centre, y), (centre, middle)),
                (right, (centre, middle), (left + WIDTH, middle)),
                (down, (centre, middle), (centre, y + HEIGHT)),
            ] {
                let path = if weight == 2 { &mut heavy } else { &mut thin };
                if weight > 0 {
                    line(path, from, to);
                }
            }
        }
        if let Some(eighths) = filled(c) {
            let fill = look.front;
            writeln!(
                svg,
                "<rect x=\"{left}\" y=\"{y}\" width=\"{eighths}\" height=\"{HEIGHT}\" fill=\"#{fill:06x}\"/>"
            )
            .unwrap();
        }
        column += c.to_string().width();
    }
    for (path, width) in [(thin, 1), (heavy, 2)] {
        if !path.is_empty() {
            let stroke = look.front;
            let class = if look.modifier.contains(Modifier::DIM) { " class=\"d\"" } else { "" };
            writeln!(svg, "<path d=\"{path}\" stroke=\"#{stroke:06x}\" stroke-width=\"{width}\"{class}/>")
                .unwrap();
        }
    }
}

/// Adds a line to a path, or lengthens the last one.
fn line(path: &mut String, from: (usize, usize), to: (usize, usize)) {
    let end = |(x, y): (usize, usize)| if from.1 == to.1 { format!("H{x}") } else { format!("V{y}") };
    if path.ends_with(&end(from)) {
        path.truncate(path.len() - end(from).len());
    } else {
        write!(path, "M{} {}", from.0, from.1).unwrap();
    }
    path.push_str(&end(to));
}

/// The arms of a frame's character, up, right, down and left: 1 is thin, 2 heavy.
fn arms(c: char) -> Option<[u8; 4]> {
    Some(match c {
        '─' => [0, 1, 0, 1],
        '│' => [1, 0, 1, 0],
        '┌' => [0, 1, 1, 0],
        '┐' => [0, 0, 1, 1],
        '└' => [1, 1, 0, 0],
        '┘' => [1, 0, 0, 1],
        '├' => [1, 1, 1, 0],
        '┤' => [1, 0, 1, 1],
        '━' => [0, 2, 0, 2],
        '┃' => [2, 0, 2, 0],
        '┏' => [0, 2, 2, 0],
        '┓' => [0, 0, 2, 2],
        '┗' => [2, 2, 0, 0],
        '┛' => [2, 0, 0, 2],
        _ => return None,
    })
}

/// Pixels of a bar's character.
fn filled(c: char) -> Option<u32> {
    // From a full block down to an eighth of it, which is a pixel.
    ('█'..='▏').contains(&c).then(|| 8 - (u32::from(c) - u32::from('█')))
}

/// The stretches of a text between two or more spaces, with the columns where they begin.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let start = at + rest.len() - rest.trim_start_matches(' ').len();
        let word = &text[start..];
        let end = word.find("  ").unwrap_or(word.len());
        let word = word[..end].trim_end_matches(' ');
        if !word.is_empty() {
            words.push((text[..start].width(), word));
        }
        at = start + end.max(1);
    }
    words
}

fn look(cell: &Cell) -> Look {
    let front = colour(cell.fg).unwrap_or(FOREGROUND);
    let back = colour(cell.bg).unwrap_or(BACKGROUND);
    let modifier = cell.modifier;
    if modifier.contains(Modifier::REVERSED) {
        Look { front: back, back: front, modifier }
    } else {
        Look { front, back, modifier }
    }
}

fn colour(colour: Color) -> Option<u32> {
    Some(match colour {
        Color::Reset => return None,
        Color::Black => PALETTE[0],
        Color::Red => PALETTE[1],
        Color::Green => PALETTE[2],
        Color::Yellow => PALETTE[3],
        Color::Blue => PALETTE[4],
        Color::Magenta => PALETTE[5],
        Color::Cyan => PALETTE[6],
        Color::Gray => PALETTE[7],
        Color::DarkGray => PALETTE[8],
        Color::LightRed => PALETTE[9],
        Color::LightGreen => PALETTE[10],
        Color::LightYellow => PALETTE[11],
        Color::LightBlue => PALETTE[12],
        Color::LightMagenta => PALETTE[13],
        Color::LightCyan => PALETTE[14],
        Color::White => PALETTE[15],
        Color::Rgb(red, green, blue) => u32::from_be_bytes([0, red, green, blue]),
        Color::Indexed(index @ 0..16) => PALETTE[usize::from(index)],
        Color::Indexed(index @ 16..232) => {
            let level = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
            let index = index - 16;
            u32::from_be_bytes([0, level(index / 36), level(index / 6 % 6), level(index % 6)])
        }
        Color::Indexed(index) => {
            let grey = 8 + 10 * (index - 232);
            u32::from_be_bytes([0, grey, grey, grey])
        }
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
