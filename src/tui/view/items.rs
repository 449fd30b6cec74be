//! The panes of the image screen: labels and values.

use ratatui::buffer::Buffer;
use ratatui::text::Line;

use super::{Canvas, bars};
use crate::role::Role;
use crate::text;
use crate::tui::app::App;
use crate::tui::layout::{Area, Drawn, Pane};
use crate::tui::scroll;
use crate::tui::widget::{Frame, frame, put, row, select};

/// Width of the labels.
const LABEL: usize = 13;
/// Width of `step 17`.
const STEP: usize = 10;

/// Draws one of the two.
pub fn draw(app: &App, pane: Pane, canvas: &mut Canvas, buffer: &mut Buffer, outer: Area) -> Drawn {
    let look = canvas.look;
    let focused = app.focus() == pane;
    let items = if pane == Pane::Runs { &app.runs } else { &app.facts };
    let inner =
        frame(buffer, look, outer, Frame { title: bars::pane_name(pane).to_owned(), right: None, focused });
    let height = usize::from(inner.height);
    let rows = items.items.len();
    let offset = scroll::fit(items.offset, items.selected, height, rows);
    for (at, item) in items.items.iter().enumerate().skip(offset).take(height) {
        let area = row(inner, at - offset);
        let selected = at == items.selected;
        let label = text::pad_right(&look.cut(&item.label, LABEL - 1), LABEL);
        let step = item.step.map_or_else(String::new, |step| format!("step {}", step + 1));
        let right = if pane == Pane::Runs { STEP } else { 0 };
        let room = usize::from(area.width).saturating_sub(LABEL + right + 2);
        let value = text::pad_right(&look.cut(&item.value, room), room);
        let line = Line::from(vec![
            look.span(Role::Key, if selected { look.pick("▶", ">") } else { " " }),
            look.span(Role::Dim, label),
            look.span(item.role.unwrap_or(Role::Plain), value),
            look.span(Role::Dim, text::pad_left(&step, right)),
        ]);
        put(buffer, area, &line);
        select(buffer, look, area, selected, focused);
        if selected && focused {
            canvas.cursor = Some((area.x, area.y));
        }
    }
    let drawn = Drawn { offset, rows, ..Canvas::drawn(pane, outer, inner) };
    canvas.more(buffer, &drawn);
    drawn
}
