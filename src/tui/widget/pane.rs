//! The frame around a pane: heavy around the one with the keys, so that it is seen without colour.

use ratatui::buffer::Buffer;
use ratatui::symbols::border;
use ratatui::text::Line;
use ratatui::widgets::{Block, Widget as _};

use super::{Look, area, rect};
use crate::role::Role;
use crate::tui::layout::Area;
use crate::tui::theme::Glyphs;

/// What a frame says.
#[derive(Clone, Debug, Default)]
pub struct Frame<'a> {
    /// Upper left.
    pub title: String,
    /// Upper right, left out where there is no room.
    pub right: Option<Line<'a>>,
    /// Whether its pane has the keys.
    pub focused: bool,
}

const ASCII: border::Set<'_> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

const ASCII_HEAVY: border::Set<'_> = border::Set {
    top_left: "#",
    top_right: "#",
    bottom_left: "#",
    bottom_right: "#",
    vertical_left: "#",
    vertical_right: "#",
    horizontal_top: "=",
    horizontal_bottom: "=",
};

/// Draws the frame; returns what is inside.
pub fn frame(buffer: &mut Buffer, look: Look, outer: Area, frame: Frame<'_>) -> Area {
    let set = match (look.glyphs, frame.focused) {
        (Glyphs::Unicode, true) => border::THICK,
        (Glyphs::Unicode, false) => border::PLAIN,
        (Glyphs::Ascii, true) => ASCII_HEAVY,
        (Glyphs::Ascii, false) => ASCII,
    };
    let style = look.theme.border(frame.focused);
    let room = usize::from(outer.width).saturating_sub(4);
    let title = look.cut(&frame.title, room.saturating_sub(2));
    let used = crate::text::width(&title) + 2;
    let mut block = Block::bordered().border_set(set).border_style(style);
    if let Some(right) = frame.right.filter(|right| right.width() > 0 && used + right.width() + 3 <= room) {
        let mut spans = vec![ratatui::text::Span::raw(" ")];
        spans.extend(right.spans);
        spans.push(ratatui::text::Span::raw(" "));
        block = block.title(Line::from(spans).right_aligned());
    }
    let role = if frame.focused { Role::Heading } else { Role::Plain };
    let block = block.title(Line::from(look.span(role, format!(" {title} "))));
    let inner = block.inner(rect(outer));
    block.render(rect(outer), buffer);
    area(inner)
}
