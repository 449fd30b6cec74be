//! The panes of the image screen: labels and values, wrapped, so that nothing has to be guessed.

use ratatui::buffer::Buffer;
use ratatui::text::Line;

use super::{Canvas, bars};
use crate::role::Role;
use crate::text;
use crate::tui::app::App;
use crate::tui::doc;
use crate::tui::layout::{Area, Drawn, Hit, Pane};
use crate::tui::pane::image::Item;
use crate::tui::scroll;
use crate::tui::widget::{Frame, frame, put, put_right, row, select, wrap};

/// Width of the labels, and on narrow screens.
const LABEL: (usize, usize) = (13, 11);
/// Width of `step 17`.
const STEP: usize = 9;
/// Rows of one value; a label may hold a whole document.
const MOST: usize = 6;

/// Draws one of the two.
pub fn draw(app: &App, pane: Pane, canvas: &mut Canvas, buffer: &mut Buffer, outer: Area) -> Drawn {
    let look = canvas.look;
    let focused = app.focus() == pane;
    let items = if pane == Pane::Runs { &app.runs } else { &app.facts };
    let title = bars::pane_name(pane).to_owned();
    let inner = frame(buffer, look, outer, Frame { title, right: None, focused });
    let height = usize::from(inner.height);
    let narrow = inner.width < 42;
    let wide = if narrow { LABEL.1 } else { LABEL.0 };
    let steps = if !narrow && items.items.iter().any(|item| item.step.is_some()) { STEP } else { 0 };
    let room = usize::from(inner.width).saturating_sub(wide + 2 + steps);
    let values: Vec<Vec<Line<'static>>> = items.items.iter().map(|item| value(canvas, item, room)).collect();
    let rows: usize = values.iter().map(Vec::len).sum();
    let before: usize = values.iter().take(items.selected).map(Vec::len).sum();
    let last = before + values.get(items.selected).map_or(0, |value| value.len().saturating_sub(1));
    // The whole of the selected value, then its first line where it is taller than the pane.
    let offset = scroll::fit(scroll::fit(items.offset, last, height, rows), before, height, rows);
    let lines = values
        .iter()
        .enumerate()
        .flat_map(|(at, value)| value.iter().enumerate().map(move |line| (at, line)));
    for (y, (at, (part, line))) in lines.skip(offset).take(height).enumerate() {
        let area = row(inner, y);
        let item = &items.items[at];
        let selected = at == items.selected;
        let label = if part == 0 { look.cut(&item.label, wide - 1) } else { String::new() };
        let mark = if selected && part == 0 { look.pick("▶", ">") } else { " " };
        let mut spans = vec![look.span(Role::Key, mark), look.span(Role::Dim, text::pad_right(&label, wide))];
        spans.extend(line.spans.iter().cloned());
        put(buffer, area, &Line::from(spans));
        if let (Some(step), 0, false) = (item.step, part, narrow) {
            put_right(buffer, area, &Line::from(look.span(Role::Dim, format!("step {} ", step + 1))));
        }
        select(buffer, look, area, selected, focused);
        canvas.layout.hits.push((area, Hit::Item(pane, at)));
        if selected && focused && part == 0 {
            canvas.cursor = Some((area.x, area.y));
        }
    }
    let drawn = Drawn { offset, rows, ..Canvas::drawn(pane, outer, inner) };
    canvas.more(buffer, &drawn);
    drawn
}

fn value(canvas: &Canvas, item: &Item, room: usize) -> Vec<Line<'static>> {
    let line = doc::Line::of(item.role.unwrap_or(Role::Plain), item.value.clone());
    let mut rows = wrap(canvas.look, &line, room);
    if rows.len() > MOST {
        rows.truncate(MOST);
        rows.push(Line::from(
            canvas.look.span(Role::Dim, canvas.look.pick("… y copies all of it", "... y copies all of it")),
        ));
    }
    for remark in &item.remarks {
        rows.extend(wrap(canvas.look, &doc::Line::of(Role::Dim, remark.clone()), room));
    }
    rows
}
