//! The pane of build steps: number, size, a bar as long as the layer is heavy, the instruction.

use ratatui::buffer::Buffer;
use ratatui::text::Line;

use super::Canvas;
use crate::image::{ImageInfo, Presence, Step};
use crate::role::Role;
use crate::text;
use crate::tui::app::App;
use crate::tui::layout::{Area, Drawn, Pane};
use crate::tui::loading::Progress;
use crate::tui::scroll;
use crate::tui::widget::{Frame, bar, frame, put, row, select};

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
    let right = match app.layers.mark {
        Some(mark) => format!("range from {mark}"),
        None => "oldest first".to_owned(),
    };
    let title =
        Frame { title: "Layers".to_owned(), right: Some(Line::from(look.span(Role::Dim, right))), focused };
    let inner = frame(buffer, look, outer, title);
    let height = usize::from(inner.height);
    let rows = info.steps.len();
    let offset = scroll::fit(app.layers.offset, app.layers.selected, height, rows);
    if rows == 0 {
        put(
            buffer,
            row(inner, 0),
            &Line::from(look.span(Role::Dim, " This image has no layers and no history.")),
        );
    }
    let columns = columns(app, info, inner);
    for (at, step) in info.steps.iter().enumerate().skip(offset).take(height) {
        let area = row(inner, at - offset);
        let selected = at == app.layers.selected;
        let mark = match (selected, app.layers.in_range(info, step)) {
            (true, _) => look.pick("▶", ">"),
            (_, true) => look.pick("┃", "|"),
            _ => " ",
        };
        let mut spans = vec![look.span(Role::Key, mark)];
        spans.extend(figures(app, info, canvas, step, &columns));
        let used: usize = spans.iter().map(ratatui::text::Span::width).sum();
        let room = usize::from(area.width).saturating_sub(used);
        let text = app.steps.get(at).map_or("", String::as_str);
        spans.extend(instruction(canvas, step, &look.cut(text, room)));
        put(buffer, area, &Line::from(spans));
        select(buffer, look, area, selected, focused);
        if selected && focused {
            canvas.cursor = Some((area.x, area.y));
        }
    }
    let drawn = Drawn { offset, rows, ..Canvas::drawn(Pane::Layers, outer, inner) };
    canvas.more(buffer, &drawn);
    drawn
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
            ..38 => 0,
            38..44 => 3,
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
) -> Vec<ratatui::text::Span<'static>> {
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
    let fill = |text: String| {
        let pad = wide.saturating_sub(text::width(&text));
        if wide > 0 { format!(" {text}{} ", " ".repeat(pad)) } else { " ".to_owned() }
    };
    let (bytes, role, bar, bar_role) = match (&layer.presence, figures, loading) {
        (Presence::Absent(_), ..) => ("absent".to_owned(), Role::Warning, String::new(), Role::Plain),
        (Presence::Encrypted, ..) => ("encrypted".to_owned(), Role::Warning, String::new(), Role::Plain),
        (_, Some(figures), _) => {
            let role = match (figures.fault.is_some(), figures.payload_bytes) {
                (true, _) => Role::Error,
                (_, 0) => Role::Dim,
                _ => Role::Plain,
            };
            let shown = bar(look, figures.payload_bytes, largest, wide);
            (app.manner.size(figures.payload_bytes), role, shown, Role::Live)
        }
        (_, None, Progress::Reading(read)) => {
            let shown = bar(look, read, layer.stored_bytes, wide);
            (app.manner.size(read), Role::Dim, shown, Role::Dim)
        }
        (_, None, Progress::Done) => {
            let shown = bar(look, layer.stored_bytes, layer.stored_bytes, wide);
            (app.manner.size(layer.stored_bytes), Role::Dim, shown, Role::Dim)
        }
        (_, None, Progress::Waiting) => {
            (look.pick("…", "...").to_owned(), Role::Dim, String::new(), Role::Dim)
        }
    };
    vec![index, look.span(role, text::pad_left(&bytes, size)), look.span(bar_role, fill(bar))]
}

/// The keyword stands out; a step without a layer is dim as a whole.
fn instruction(canvas: &Canvas, step: &Step, text: &str) -> Vec<ratatui::text::Span<'static>> {
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
