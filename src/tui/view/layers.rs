//! The pane of build steps: number, size, a bar as long as the layer is heavy, the instruction; a line where the base
//! ends, and brackets around the RUNs that should be one.

use ratatui::buffer::Buffer;
use ratatui::text::{Line, Span};

use super::Canvas;
use crate::image::{ImageInfo, Presence, Step};
use crate::layer::LayerIndex;
use crate::role::Role;
use crate::text;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::layout::{Area, Drawn, Hit, Pane};
use crate::tui::loading::Progress;
use crate::tui::pane::bracket::{Bracket, Part};
use crate::tui::pane::layers::Row;
use crate::tui::widget::{Frame, Look, bar, frame, put, put_right, row, select, split_bar};

/// Widths of the columns before the instruction.
struct Columns {
    number: usize,
    size: usize,
    bar: usize,
    largest: u64,
}

/// Draws the pane.
pub fn draw(app: &App, info: &ImageInfo, canvas: &mut Canvas, buffer: &mut Buffer, outer: Area) -> Drawn {
    let look = canvas.look;
    let focused = app.focus() == Pane::Layers;
    let title = Frame { title: "Layers".to_owned(), right: Some(legend(app, look)), focused };
    let inner = frame(buffer, look, outer, title);
    let height = usize::from(inner.height);
    let rows = app.layers.rows();
    let offset = app.layers.fit(height);
    if rows.is_empty() {
        put(
            buffer,
            row(inner, 0),
            &Line::from(look.span(Role::Dim, " This image has no layers and no history.")),
        );
    }
    let columns = columns(app, info, inner);
    for (at, kind) in rows.iter().enumerate().skip(offset).take(height) {
        let area = row(inner, at - offset);
        match *kind {
            Row::Step(step) => {
                draw_step(app, info, canvas, buffer, area, step, &columns);
                let selected = step == app.layers.selected;
                select(buffer, look, area, selected, focused);
                if selected && focused {
                    canvas.cursor = Some((area.x, area.y));
                }
            }
            Row::Base => boundary(&app.layers.base, look, buffer, area),
            Row::Bracket(bracket) => {
                if let Some(bracket) = app.layers.brackets.get(bracket) {
                    verdict(app, bracket, canvas, buffer, area);
                }
            }
        }
    }
    let drawn = Drawn { offset, rows: rows.len(), ..Canvas::drawn(Pane::Layers, outer, inner) };
    canvas.more(buffer, &drawn);
    drawn
}

/// What the bars mean, or where a range begins.
fn legend(app: &App, look: Look) -> Line<'static> {
    match (app.layers.mark, app.insight()) {
        (Some(mark), _) => Line::from(look.span(Role::Dim, format!("range from {mark}"))),
        (None, None) => Line::from(look.span(Role::Dim, "oldest first")),
        (None, Some(_)) => Line::from(vec![
            look.span(Role::Live, look.pick("█", "#")),
            look.span(Role::Dim, " seen "),
            look.span(Role::Dead, look.pick("▒", ":")),
            look.span(Role::Dim, " dead, never seen"),
        ]),
    }
}

fn draw_step(
    app: &App,
    info: &ImageInfo,
    canvas: &Canvas,
    buffer: &mut Buffer,
    area: Area,
    at: usize,
    columns: &Columns,
) {
    let (look, step) = (canvas.look, &info.steps[at]);
    let mark = match (at == app.layers.selected, app.layers.in_range(info, step)) {
        (true, _) => look.pick("▶", ">"),
        (_, true) => look.pick("┃", "|"),
        _ => " ",
    };
    let mut spans = vec![look.span(Role::Key, mark), corner(app.layers.bracket(at), look)];
    spans.extend(figures(app, info, canvas, step, columns));
    let used: usize = spans.iter().map(Span::width).sum();
    let room = usize::from(area.width).saturating_sub(used);
    let text = app.steps.get(at).map_or("", String::as_str);
    spans.extend(instruction(canvas, step, &look.cut(text, room)));
    put(buffer, area, &Line::from(spans));
}

/// The piece of a bracket beside a step: heavy where it pays.
fn corner(bracket: Option<(&Bracket, Part)>, look: Look) -> Span<'static> {
    let Some((bracket, part)) = bracket else { return look.span(Role::Plain, " ") };
    let glyph = match (bracket.pays, part) {
        (true, Part::First) => look.pick("┏", "["),
        (true, Part::Middle) => look.pick("┃", "["),
        (true, Part::Last) => look.pick("┗", "["),
        (false, Part::First) => look.pick("┌", ":"),
        (false, Part::Middle) => look.pick("│", ":"),
        (false, Part::Last) => look.pick("└", ":"),
    };
    look.span(if bracket.pays { Role::Dead } else { Role::Dim }, glyph)
}

/// The line below a bracket: what it is worth, and the key that tells more.
fn verdict(app: &App, bracket: &Bracket, canvas: &mut Canvas, buffer: &mut Buffer, area: Area) {
    let look = canvas.look;
    let key = app.keymap.keys(Action::ViewAdvice).first().map_or_else(String::new, |key| format!("[{key}]"));
    let used = if bracket.finding.is_some() { text::width(&key) + 1 } else { 0 };
    let room = usize::from(area.width).saturating_sub(5 + used);
    let says = bracket.says.iter().find(|says| text::width(says) <= room).or(bracket.says.last());
    let role = if bracket.pays { Role::Heading } else { Role::Dim };
    let line = Line::from(vec![
        look.span(if bracket.pays { Role::Dead } else { Role::Dim }, look.pick("   └ ", "   ` ")),
        look.span(role, look.cut(says.map_or("", String::as_str), room)),
    ]);
    put(buffer, area, &line);
    if let Some(finding) = bracket.finding {
        put_right(buffer, area, &Line::from(look.span(Role::Key, key)));
        canvas.layout.hits.push((area, Hit::Finding(finding)));
    }
}

/// The line between the base and what was built on it.
fn boundary(ways: &[String], look: Look, buffer: &mut Buffer, area: Area) {
    let width = usize::from(area.width);
    let says = ways.iter().find(|says| text::width(says) + 4 <= width).or(ways.last());
    let says = look.cut(says.map_or("", String::as_str), width.saturating_sub(4));
    let rule = look.pick("─", "-");
    let left = width.saturating_sub(text::width(&says) + 2);
    let line = format!("{} {says} {}", rule.repeat(left / 2), rule.repeat(left - left / 2));
    put(buffer, area, &Line::from(look.span(Role::Dim, line)));
}

fn columns(app: &App, info: &ImageInfo, inner: Area) -> Columns {
    let payload =
        app.image().into_iter().flat_map(|image| image.figures.iter().map(|figures| figures.payload_bytes));
    let stored = info.layers.iter().map(|layer| layer.stored_bytes);
    Columns {
        number: info.layers.len().to_string().len().max(2),
        // The widest that there can be; `encrypted` is rare.
        size: match (app.manner.iec, info.layers.iter().any(|layer| layer.presence == Presence::Encrypted)) {
            (true, _) => "1023.9 KiB".len(),
            (_, true) => "encrypted".len(),
            _ => "999.9 kB".len(),
        },
        // On small screens the command needs the room.
        bar: match inner.width {
            ..36 => 0,
            36..44 => 3,
            44..70 => 7,
            _ => 12,
        },
        largest: if app.image().is_some_and(|image| image.is_complete()) {
            payload.max().unwrap_or(0)
        } else {
            stored.max().unwrap_or(0)
        },
    }
}

/// Number, size and bar of a step; blank for one without a layer.
fn figures(
    app: &App,
    info: &ImageInfo,
    canvas: &Canvas,
    step: &Step,
    columns: &Columns,
) -> Vec<Span<'static>> {
    let look = canvas.look;
    let Columns { number, size, bar: wide, largest } = *columns;
    let gap = if wide > 0 { wide + 2 } else { 1 };
    let layer = step.layer.and_then(|layer| info.layers.get(layer.offset()));
    let Some(layer) = layer else {
        return vec![look.span(Role::Plain, " ".repeat(number + 1 + size + gap))];
    };
    let index = look.span(Role::Heading, format!("{:>number$} ", layer.index));
    let figures = app.image().and_then(|image| image.figures.get(layer.index.offset())).filter(|f| f.loaded);
    let loading = app.loading.layer(layer.index);
    let none = || (String::new(), String::new());
    let (bytes, role, bar, bar_role) = match (&layer.presence, figures, loading) {
        (Presence::Absent(_), ..) => ("absent".to_owned(), Role::Warning, none(), Role::Plain),
        (Presence::Encrypted, ..) => ("encrypted".to_owned(), Role::Warning, none(), Role::Plain),
        (_, Some(figures), _) => {
            let role = match (figures.fault.is_some(), figures.payload_bytes) {
                (true, _) => Role::Error,
                (_, 0) => Role::Dim,
                _ => Role::Plain,
            };
            let shown = parts(app, look, layer.index, figures.payload_bytes, largest, wide);
            (app.manner.size(figures.payload_bytes), role, shown, Role::Live)
        }
        // A part of it was passed, which is no size.
        (_, None, Progress::Reading(_) | Progress::Waiting) if app.loading.is_over() => {
            ("unread".to_owned(), Role::Warning, none(), Role::Plain)
        }
        (_, None, Progress::Reading(read)) => {
            let shown = (bar(look, read, layer.stored_bytes, wide), String::new());
            (app.manner.size(read), Role::Dim, shown, Role::Dim)
        }
        (_, None, Progress::Done) => {
            let shown = (bar(look, layer.stored_bytes, layer.stored_bytes, wide), String::new());
            (app.manner.size(layer.stored_bytes), Role::Dim, shown, Role::Dim)
        }
        (_, None, Progress::Waiting) => (look.pick("…", "...").to_owned(), Role::Dim, none(), Role::Dim),
    };
    let is_damaged = figures.is_some_and(|figures| figures.fault.is_some());
    let mark = if is_damaged { look.span(Role::Error, "!") } else { look.span(Role::Plain, " ") };
    let mut spans = vec![index, look.span(role, text::pad_left(&bytes, size)), mark];
    if wide > 0 {
        let pad = wide.saturating_sub(text::width(&bar.0) + text::width(&bar.1)) + 1;
        spans.push(look.span(bar_role, bar.0));
        spans.push(look.span(Role::Dead, bar.1));
        spans.push(look.span(Role::Plain, " ".repeat(pad)));
    }
    spans
}

/// The bar of a layer that is read: what is seen and what is not, once that is known.
fn parts(
    app: &App,
    look: Look,
    layer: LayerIndex,
    payload: u64,
    largest: u64,
    width: usize,
) -> (String, String) {
    match app.insight() {
        Some(insight) => {
            let account = insight.ledger.account(layer);
            split_bar(look, account.live, account.dead.total(), largest, width)
        }
        None => (bar(look, payload, largest, width), String::new()),
    }
}

/// The keyword stands out; a step without a layer is dim as a whole.
fn instruction(canvas: &Canvas, step: &Step, text: &str) -> Vec<Span<'static>> {
    let look = canvas.look;
    if step.layer.is_none() {
        return vec![look.span(Role::Dim, text)];
    }
    match text.split_once(' ') {
        Some((keyword, rest)) if !keyword.is_empty() && keyword.chars().all(|c| c.is_ascii_uppercase()) => {
            vec![look.span(Role::Keyword, keyword), look.span(Role::Plain, format!(" {rest}"))]
        }
        _ => vec![look.span(Role::Plain, text)],
    }
}
