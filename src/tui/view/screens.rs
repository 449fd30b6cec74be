//! Screens without an image: opening, failed, no room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Canvas;
use crate::role::Role;
use crate::text;
use crate::tui::app::App;
use crate::tui::doc::Line;
use crate::tui::event::Failure;
use crate::tui::layout::{Area, Plan};
use crate::tui::widget::{Look, area, put, row, wrap};

/// Below 40x10.
pub fn too_small(buffer: &mut Buffer, look: Look, whole: Rect) {
    let has = format!("It has {}x{}.", whole.width, whole.height);
    let lines = [Line::of(Role::Plain, "capas needs a window of 40x10."), Line::of(Role::Dim, has)];
    print(buffer, look, area(whole), &lines);
}

/// While the image is looked for.
pub fn opening(app: &App, canvas: &mut Canvas, buffer: &mut Buffer, plan: &Plan) {
    let wheel: [&str; 4] = [
        canvas.look.pick("◐", "|"),
        canvas.look.pick("◓", "/"),
        canvas.look.pick("◑", "-"),
        canvas.look.pick("◒", "\\"),
    ];
    let what = asked(app);
    let mut lines =
        vec![Line::of(Role::Plain, format!("{} Opening {what}", wheel[app.loading.ticks() % wheel.len()]))];
    if let Some(bytes) = app.loading.spooled {
        lines.push(Line::of(Role::Dim, format!("  {} read so far", app.manner.size(bytes))));
        lines.push(Line::of(Role::Dim, "  The list of layers may stand at the end of a stream."));
    }
    print(buffer, canvas.look, body(plan), &lines);
}

/// The image cannot be opened.
pub fn failed(app: &App, failure: &Failure, canvas: &mut Canvas, buffer: &mut Buffer, plan: &Plan) {
    let what = asked(app);
    let mut lines = vec![
        Line::of(Role::Error, format!("{what} cannot be opened")),
        Line::new(),
        Line::of(Role::Plain, text::display_sentence(&failure.message)),
    ];
    for cause in &failure.causes {
        lines.push(Line::of(Role::Dim, "because ").add(Role::Plain, text::display_sentence(cause)).indent(8));
    }
    if !failure.hints.is_empty() {
        lines.push(Line::new());
    }
    for hint in &failure.hints {
        lines.push(Line::of(Role::Key, "hint: ").add(Role::Plain, text::display_sentence(hint)).indent(6));
    }
    if app.home.is_some() {
        lines.push(Line::new());
        lines.push(Line::of(Role::Dim, "Esc goes back to the list."));
    }
    print(buffer, canvas.look, body(plan), &lines);
}

/// What the user asked for, in words.
pub fn asked(app: &App) -> String {
    if app.reference == "-" {
        return "standard input".to_owned();
    }
    text::display(app.reference.as_bytes())
}

/// Between header and footer, with a margin.
fn body(plan: &Plan) -> Area {
    let top = plan.header.height + 1;
    let height = plan.footer.y.saturating_sub(top);
    Area::new(3, top, plan.footer.width.saturating_sub(6), height)
}

fn print(buffer: &mut Buffer, look: Look, area: Area, lines: &[Line]) {
    let rows = lines.iter().flat_map(|line| wrap(look, line, usize::from(area.width)));
    for (at, line) in rows.enumerate() {
        put(buffer, row(area, at), &line);
    }
}
