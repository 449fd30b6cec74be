//! Small pieces of drawing that panes and windows share.

mod bar;
mod pane;
mod wrap;

use bar::is_bar;
pub use bar::{bar, split_bar};
pub use pane::{Frame, frame};
pub use wrap::wrap;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

use super::layout::Area;
use super::theme::{Glyphs, Theme};
use crate::role::Role;
use crate::text;

/// What things look like.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Colours.
    pub theme: Theme,
    /// Lines and marks.
    pub glyphs: Glyphs,
}

impl Look {
    /// A styled piece of text.
    pub fn span(self, role: Role, text: impl Into<String>) -> Span<'static> {
        Span::styled(text.into(), self.theme.style(role))
    }

    /// One of two spellings of a mark.
    pub fn pick(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        match self.glyphs {
            Glyphs::Unicode => unicode,
            Glyphs::Ascii => ascii,
        }
    }

    /// A text cut to a width, with a mark where it was cut.
    pub fn cut(self, text: &str, width: usize) -> String {
        match self.glyphs {
            Glyphs::Unicode => text::truncate(text, width).into_owned(),
            Glyphs::Ascii if text::width(text) > width => {
                format!("{}~", text::prefix(text, width.saturating_sub(1)))
            }
            Glyphs::Ascii => text.to_owned(),
        }
    }
}

/// To ratatui.
pub fn rect(area: Area) -> Rect {
    Rect::new(area.x, area.y, area.width, area.height)
}

/// From ratatui.
pub fn area(rect: Rect) -> Area {
    Area::new(rect.x, rect.y, rect.width, rect.height)
}

/// The `row`th line of an area.
pub fn row(of: Area, row: usize) -> Area {
    let down = u16::try_from(row).unwrap_or(u16::MAX);
    Area::new(of.x, of.y.saturating_add(down), of.width, u16::from(down < of.height))
}

/// Draws a line, cut at the edge.
pub fn put(buffer: &mut Buffer, at: Area, line: &Line<'_>) {
    if at.height > 0 && at.width > 0 {
        buffer.set_line(at.x, at.y, line, at.width);
    }
}

/// Marks a row as selected: `focused` where the keys go.
pub fn select(buffer: &mut Buffer, look: Look, at: Area, selected: bool, focused: bool) {
    if selected && at.height > 0 {
        buffer.set_style(rect(at), look.theme.selected(focused));
        for x in at.x..at.x + at.width {
            match buffer.cell_mut((x, at.y)) {
                // A full block in reverse is a hole.
                Some(cell) if is_bar(cell.symbol()) => cell.modifier.remove(Modifier::REVERSED),
                // And what pads a coloured figure would be a block of colour.
                Some(cell) if cell.symbol() == " " => cell.fg = look.theme.ground().fg.unwrap_or_default(),
                _ => {}
            }
        }
    }
}

/// Draws what is right-aligned at the end of a row, if it fits; returns its width.
pub fn put_right(buffer: &mut Buffer, at: Area, line: &Line<'_>) -> u16 {
    let width = u16::try_from(line.width()).unwrap_or(u16::MAX);
    if at.height == 0 || width > at.width {
        return 0;
    }
    buffer.set_line(at.x + at.width - width, at.y, line, width);
    width
}
