//! Windows over the screen, and the line that is typed in the footer.

use ratatui::buffer::Buffer;
use ratatui::text::Line;
use ratatui::widgets::{Clear, Widget as _};

use super::{Canvas, bars, gallery};
use crate::role::Role;
use crate::text;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::availability::why_not;
use crate::tui::doc;
use crate::tui::input::Input;
use crate::tui::layout::{Area, Drawn, Hit, Plan, Screen};
use crate::tui::overlay::Overlay;
use crate::tui::overlay::menu::{Kind, Menu, Row};
use crate::tui::overlay::pages::Pages;
use crate::tui::overlay::picker::Picker;
use crate::tui::overlay::why::Why;
use crate::tui::scroll;
use crate::tui::widget::{Frame, frame, put, put_right, rect, row, select, wrap};

/// Cells that stay for what is typed.
const TYPED: usize = 16;
/// Width of a window of sentences.
const WHY: u16 = 84;

/// Draws the windows, the lowest first.
pub fn draw(app: &App, canvas: &mut Canvas, buffer: &mut Buffer, plan: &Plan) {
    for overlay in &app.overlays {
        match overlay {
            Overlay::Menu(menu) => draw_menu(app, menu, canvas, buffer, plan),
            Overlay::Picker(picker) => draw_picker(picker, canvas, buffer, plan),
            Overlay::Gallery(list) => gallery::draw(app, list, canvas, buffer, plan),
            Overlay::Pages(pages) => draw_pages(pages, canvas, buffer, plan),
            Overlay::Why(why) => draw_why(why, canvas, buffer, plan),
            Overlay::Filter(_) | Overlay::Extract(_) => {}
        }
    }
}

/// An empty window in the middle; returns what is inside.
fn window(
    canvas: &Canvas,
    buffer: &mut Buffer,
    plan: &Plan,
    size: (u16, u16),
    title: &str,
    right: &str,
) -> Area {
    let (width, height) = (plan.footer.width, plan.footer.y);
    let wide = if size.0 == u16::MAX { width } else { size.0.min(width.saturating_sub(2)) };
    let high = size.1.min(height);
    let outer = Area::new((width - wide) / 2, (height - high) / 2, wide, high);
    Clear.render(rect(outer), buffer);
    buffer.set_style(rect(outer), canvas.look.theme.ground());
    let right = (!right.is_empty()).then(|| Line::from(canvas.look.span(Role::Dim, right)));
    frame(buffer, canvas.look, outer, Frame { title: title.to_owned(), right, focused: true })
}

/// Marks on the frame of a window that there is more of its `list` than fits.
fn more(canvas: &Canvas, buffer: &mut Buffer, window: Area, list: Area, offset: usize, rows: usize) {
    let outer = Area::new(window.x - 1, window.y - 1, window.width + 2, window.height + 2);
    canvas.more(buffer, &Drawn { outer, inner: list, offset, rows, ..Drawn::default() });
}

fn draw_menu(app: &App, menu: &Menu, canvas: &mut Canvas, buffer: &mut Buffer, plan: &Plan) {
    let look = canvas.look;
    let (title, hint) = match menu.kind {
        Kind::Help => ("Help", "type to search · Enter does it · Esc closes"),
        Kind::Palette => ("Commands", "Enter does it · Esc closes"),
    };
    let inner = window(canvas, buffer, plan, (100, 36), title, hint);
    typed(canvas, buffer, row(inner, 0), "> ", &menu.input);
    // Help sentences are longer than rows: the selected one stands below, whole.
    let foot = if inner.height >= 8 { 2 } else { 0 };
    let list = Area::new(inner.x, inner.y + 1, inner.width, inner.height.saturating_sub(1 + foot));
    if let Some(action) = menu.action().filter(|_| foot > 0) {
        let line = doc::Line::of(Role::Plain, format!("{}.", action.spec().help));
        let rows = wrap(look, &line, usize::from(inner.width).saturating_sub(2));
        for (at, line) in rows.iter().take(usize::from(foot)).enumerate() {
            let at = u16::try_from(at).unwrap_or(0);
            put(
                buffer,
                Area::new(inner.x + 1, list.y + list.height + at, inner.width.saturating_sub(2), 1),
                line,
            );
        }
    }
    let height = usize::from(list.height);
    let offset = scroll::fit(menu.offset, menu.selected, height, menu.rows.len());
    if menu.rows.is_empty() {
        put(buffer, row(list, 0), &Line::from(look.span(Role::Dim, "  nothing by that name")));
    }
    for (at, entry) in menu.rows.iter().enumerate().skip(offset).take(height) {
        let area = row(list, at - offset);
        canvas.layout.hits.push((area, Hit::OverlayRow(at)));
        match entry {
            Row::Heading(scope) => {
                put(buffer, area, &Line::from(look.span(Role::Heading, format!(" {}", scope.title()))));
            }
            Row::Action(action) => menu_row(app, canvas, buffer, area, *action, at == menu.selected),
        }
    }
    more(canvas, buffer, inner, list, offset, menu.rows.len());
}

fn menu_row(app: &App, canvas: &Canvas, buffer: &mut Buffer, area: Area, action: Action, selected: bool) {
    let look = canvas.look;
    let keys: Vec<String> =
        app.keymap.keys(action).iter().map(|key| bars::spoken(&key.to_string())).collect();
    let dim = why_not(app, action).is_some();
    let wide = area.width >= 60;
    let column = if wide { 22 } else { 12 };
    let keys = look.cut(&keys.join(" "), column - 1);
    let spec = action.spec();
    let room = usize::from(area.width).saturating_sub(column + 3);
    let line = Line::from(vec![
        look.span(Role::Key, if selected { look.pick("▶ ", "> ") } else { "  " }),
        look.span(Role::Key, text::pad_right(&keys, column)),
        look.span(
            if dim { Role::Dim } else { Role::Plain },
            look.cut(if wide { spec.help } else { spec.label }, room),
        ),
    ]);
    put(buffer, area, &line);
    select(buffer, look, area, selected, true);
}

fn draw_picker(picker: &Picker, canvas: &mut Canvas, buffer: &mut Buffer, plan: &Plan) {
    let look = canvas.look;
    let high = u16::try_from(picker.names.len()).unwrap_or(u16::MAX).saturating_add(2).max(5);
    let title = format!("{} images: which one?", picker.names.len());
    let inner = window(canvas, buffer, plan, (80, high), &title, "Enter opens · q leaves");
    let height = usize::from(inner.height);
    let offset = scroll::fit(picker.offset, picker.selected, height, picker.names.len());
    for (at, name) in picker.names.iter().enumerate().skip(offset).take(height) {
        let area = row(inner, at - offset);
        canvas.layout.hits.push((area, Hit::OverlayRow(at)));
        let selected = at == picker.selected;
        let name = look.cut(&text::display(name.as_bytes()), usize::from(area.width).saturating_sub(3));
        let line = Line::from(vec![
            look.span(Role::Key, if selected { look.pick("▶ ", "> ") } else { "  " }),
            look.span(Role::Plain, name),
        ]);
        put(buffer, area, &line);
        select(buffer, look, area, selected, true);
        if selected {
            canvas.cursor = Some((area.x, area.y));
        }
    }
    more(canvas, buffer, inner, inner, offset, picker.names.len());
}

fn draw_pages(pages: &Pages, canvas: &mut Canvas, buffer: &mut Buffer, plan: &Plan) {
    let look = canvas.look;
    let inner = window(canvas, buffer, plan, (u16::MAX, u16::MAX), &pages.title, "y copies · Esc closes");
    let height = usize::from(inner.height);
    let offset = pages.offset.min(pages.lines.len().saturating_sub(height));
    for (at, text) in pages.lines.iter().skip(offset).take(height).enumerate() {
        let area = row(inner, at);
        canvas.layout.hits.push((area, Hit::OverlayRow(offset + at)));
        let role = if text.starts_with("//") { Role::Dim } else { Role::Plain };
        let text = look.cut(text, usize::from(area.width));
        put(buffer, area, &Line::from(look.span(role, text)));
    }
    more(canvas, buffer, inner, inner, offset, pages.lines.len());
    canvas.cursor = Some((inner.x, inner.y));
}

fn draw_why(why: &Why, canvas: &mut Canvas, buffer: &mut Buffer, plan: &Plan) {
    let look = canvas.look;
    let width = usize::from(plan.footer.width.saturating_sub(2).min(WHY).saturating_sub(4)).max(1);
    let rows: Vec<Line<'static>> = why.lines.iter().flat_map(|line| wrap(look, line, width)).collect();
    let rows = &rows[..rows.iter().rposition(|row| row.width() > 0).map_or(0, |last| last + 1)];
    let high = u16::try_from(rows.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inner = window(canvas, buffer, plan, (WHY, high), &why.title, "Esc closes");
    let height = usize::from(inner.height);
    let offset = why.offset.min(rows.len().saturating_sub(height));
    for (at, line) in rows.iter().skip(offset).take(height).enumerate() {
        let area = row(inner, at);
        canvas.layout.hits.push((area, Hit::OverlayRow(offset + at)));
        put(buffer, Area { x: area.x + 1, width: area.width.saturating_sub(2), ..area }, line);
    }
    more(canvas, buffer, inner, inner, offset, rows.len());
    canvas.layout.window = Some((height, rows.len()));
    canvas.cursor = Some((inner.x, inner.y));
}

/// A line that is typed, with the cursor in it.
pub fn typed(canvas: &mut Canvas, buffer: &mut Buffer, area: Area, label: &str, input: &Input) {
    let look = canvas.look;
    let used = text::width(label);
    let room = usize::from(area.width).saturating_sub(used + 1).max(1);
    // The end of what stands before the cursor stays in sight.
    let mut before = text::display(input.before().as_bytes());
    while text::width(&before) > room {
        before.remove(0);
    }
    let after = text::display(&input.text().as_bytes()[input.before().len()..]);
    let x = area.x + (used + text::width(&before)) as u16;
    let line =
        Line::from(vec![look.span(Role::Key, label), look.span(Role::Plain, format!("{before}{after}"))]);
    put(buffer, area, &line);
    canvas.cursor = Some((x, area.y));
}

/// The footer while a line is typed.
pub fn prompt(app: &App, overlay: &Overlay, canvas: &mut Canvas, buffer: &mut Buffer, area: Area) {
    let look = canvas.look;
    let (label, input, right, role) = match overlay {
        Overlay::Filter(input) => {
            let (right, role) = filter_state(app, input, area.width);
            (" Filter: ".to_owned(), input, right, role)
        }
        Overlay::Extract(input) => {
            let name = match (app.image(), app.node()) {
                (Some(image), Some(node)) => text::display(image.tree.name(node)),
                _ => String::new(),
            };
            let label = format!(" Write {} into folder: ", look.cut(&name, usize::from(area.width) / 4));
            let what = if input.text().is_empty() { "Enter writes here, into ." } else { "Enter writes" };
            (label, input, format!("{what} · Esc cancels"), Role::Dim)
        }
        _ => return,
    };
    // However much there is to say, there is room to type.
    let room = usize::from(area.width).saturating_sub(text::width(&label) + TYPED + 2);
    let right = look.cut(&right, room);
    let used = put_right(buffer, area, &Line::from(look.span(role, format!(" {right} "))));
    let left = Area { width: area.width.saturating_sub(used), ..area };
    typed(canvas, buffer, left, &label, input);
}

fn filter_state(app: &App, input: &Input, width: u16) -> (String, Role) {
    if app.screen == Screen::Waste {
        return waste_filter_state(app, input, width);
    }
    if let Some(error) = &app.tree.filter_error {
        return (text::display(error.to_string().as_bytes()), Role::Error);
    }
    if input.text().is_empty() {
        return (longest(&SYNTAX, width), Role::Dim);
    }
    let count =
        app.tree.shown().and_then(|shown| shown.matches.as_ref()).map_or(0, |matches| matches.count());
    let found = format!("{} found", text::count(count as u64));
    (if width < 70 { found } else { format!("{found} · Enter keeps · Esc clears") }, Role::Dim)
}

/// What a filter may be, the longest way to say it that leaves room to type.
const SYNTAX: [&str; 3] = [
    "text · *.glob · re:regex · 'fuzzy · size>10M · kind:removed · type:symlink · !not",
    "*.glob · re:regex · 'fuzzy · size>10M · kind:removed",
    "*.glob · size>10M",
];
/// The same for dead files.
const SYNTAX_OF_WASTE: [&str; 2] =
    ["text · *.glob · re:regex · 'fuzzy · size>10M · !not", "*.glob · size>10M"];

fn longest(ways: &[&str], width: u16) -> String {
    let room = usize::from(width).saturating_sub(20);
    ways.iter()
        .find(|way| text::width(way) <= room)
        .or(ways.last())
        .map_or_else(String::new, |way| (*way).to_owned())
}

fn waste_filter_state(app: &App, input: &Input, width: u16) -> (String, Role) {
    if let Some(error) = &app.waste.filter_error {
        return (text::display(error.to_string().as_bytes()), Role::Error);
    }
    if input.text().is_empty() {
        return (longest(&SYNTAX_OF_WASTE, width), Role::Dim);
    }
    let (files, bytes) = app.waste.groups().map_or((0, 0), |groups| (groups.file_count(), groups.bytes()));
    let found = format!("{} dead files, {}", text::count(files as u64), app.manner.size(bytes));
    (if width < 70 { found } else { format!("{found} · Enter keeps · Esc clears") }, Role::Dim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Filter;

    #[test]
    fn what_is_proposed_is_a_filter() {
        for word in SYNTAX.iter().chain(&SYNTAX_OF_WASTE).flat_map(|way| way.split(" · ")) {
            assert_eq!(Filter::parse(word).err(), None, "{word}");
        }
    }
}
