//! The panes of the waste screen: dead files in groups, and the files of the selected group.

use ratatui::buffer::Buffer;
use ratatui::text::{Line, Span};

use super::Canvas;
use crate::build::Owner;
use crate::image::Image;
use crate::layer::LayerIndex;
use crate::ledger::Cause;
use crate::prose::death;
use crate::role::Role;
use crate::text;
use crate::tui::app::App;
use crate::tui::doc;
use crate::tui::layout::{Area, Drawn, Pane};
use crate::tui::pane::groups::{Group, Grouping, Key};
use crate::tui::pane::waste;
use crate::tui::scroll;
use crate::tui::widget::{Frame, Look, bar, frame, put, put_right, row, select, wrap};

/// Width of sizes.
const SIZE: usize = 10;
/// Width of the word of a cause.
const CAUSE: usize = 13;

/// Draws the groups.
pub fn groups(
    app: &App,
    image: Option<&Image>,
    canvas: &mut Canvas,
    buffer: &mut Buffer,
    outer: Area,
) -> Drawn {
    let look = canvas.look;
    let focused = app.focus() == Pane::Waste;
    let title = match app.waste.grouping {
        Grouping::Pair => "Who wastes whom",
        Grouping::Cause => "Why bytes are never seen",
        Grouping::Folder => "Folders with dead files",
        Grouping::File => "Dead files",
    };
    let right = Line::from(look.span(Role::Dim, order(app, look)));
    let inner = frame(buffer, look, outer, Frame { title: title.to_owned(), right: Some(right), focused });
    let (rows, height) = (app.waste.len(), usize::from(inner.height));
    let (Some(image), false) = (image, rows == 0) else {
        say(canvas, buffer, inner, &nothing(app), focused);
        return Canvas::drawn(Pane::Waste, outer, inner);
    };
    let offset = scroll::fit(app.waste.offset, app.waste.row, height, rows);
    let largest = app
        .waste
        .groups()
        .map_or(0, |groups| groups.at(app.waste.grouping, 0, false).map_or(0, |group| group.bytes));
    for at in offset..rows.min(offset + height) {
        let Some(group) = app.waste.group(at) else { break };
        let area = row(inner, at - offset);
        let selected = at == app.waste.row;
        let right = counts(app, group, look, area.width);
        let used = put_right(buffer, area, &Line::from(right));
        let left = Area { width: area.width - used, ..area };
        let mut spans = vec![
            look.span(Role::Key, if selected { look.pick("▶", ">") } else { " " }),
            look.span(Role::Plain, text::pad_left(&app.manner.size(group.bytes), SIZE)),
            look.span(Role::Plain, " "),
        ];
        let wide = match area.width {
            ..60 => 3,
            60..100 => 6,
            _ => 12,
        };
        spans.push(look.span(Role::Dead, text::pad_right(&bar(look, group.bytes, largest, wide), wide)));
        spans.push(look.span(Role::Plain, " "));
        let room = usize::from(left.width).saturating_sub(SIZE + wide + 3);
        spans.extend(subject(app, image, group.key, look, room));
        put(buffer, left, &Line::from(spans));
        select(buffer, look, area, selected, focused);
        if selected && focused {
            canvas.cursor = Some((area.x, area.y));
        }
    }
    let drawn = Drawn { offset, rows, ..Canvas::drawn(Pane::Waste, outer, inner) };
    canvas.more(buffer, &drawn);
    drawn
}

/// The order of rows, and the filter.
fn order(app: &App, look: Look) -> String {
    let arrow = look.pick("↓", "v");
    let order = match (app.waste.in_order, app.waste.grouping) {
        (false, _) => format!("bytes {arrow}"),
        (true, Grouping::Pair) => "oldest first".to_owned(),
        (true, Grouping::Cause) => "in order".to_owned(),
        (true, Grouping::Folder | Grouping::File) => "by path".to_owned(),
    };
    let filter = text::display(app.waste.filter.as_bytes());
    if app.waste.is_filtered() { format!("{} · {order}", look.cut(&filter, 24)) } else { order }
}

/// Why there is no row.
fn nothing(app: &App) -> Vec<doc::Line> {
    let one = |role, text: &str| doc::Line::of(role, text);
    if let Some(line) = unknown(app) {
        return vec![line];
    }
    if app.waste.is_filtered() {
        let filter = text::display(app.waste.filter.as_bytes());
        return vec![
            doc::Line::of(Role::Plain, format!("No dead file matches `{filter}`.")),
            one(Role::Dim, "Esc clears the filter."),
        ];
    }
    vec![one(Role::Plain, "Nothing is dead: every byte that ships is seen.")]
}

/// Why nothing is known that needs all layers.
pub fn unknown(app: &App) -> Option<doc::Line> {
    if app.insight().is_some() {
        return None;
    }
    let says = if app.is_moving() {
        "The layers are being read. What ships and is never seen is known when the last one is."
    } else if app.image().is_some_and(|image| image.is_complete()) {
        "Adding up what every byte is for."
    } else {
        "Reading was stopped: what is never seen is known only when all layers are read."
    };
    Some(doc::Line::of(Role::Dim, says))
}

/// The cause and the number of files, right-aligned.
fn counts(app: &App, group: &Group, look: Look, width: u16) -> Vec<Span<'static>> {
    let files = match (group.len(), app.waste.grouping) {
        (1, Grouping::File) => String::new(),
        (count, Grouping::File) => format!("{} times", text::count(count as u64)),
        (1, _) => "1 file".to_owned(),
        (count, _) => format!("{} files", text::count(count as u64)),
    };
    let mut spans = Vec::new();
    if app.waste.grouping != Grouping::Cause {
        let wide = if width < 60 { 12 } else { CAUSE };
        spans.push(look.span(Role::Dead, format!(" {}", text::pad_right(&waste::cause(group), wide))));
    }
    if width >= 100 {
        spans.push(look.span(Role::Dim, format!("{} ", text::pad_left(&files, 13))));
    }
    spans
}

/// What a group is about.
fn subject(app: &App, image: &Image, key: Key, look: Look, room: usize) -> Vec<Span<'static>> {
    match key {
        Key::Pair(born, killed) => {
            let arrow = look.pick(" → ", " > ");
            if room < 24 {
                return vec![look.span(Role::Heading, format!("{born}{arrow}{killed}"))];
            }
            let half = (room - text::width(arrow)) / 2;
            let mut spans = step(app, image, born, look, half);
            spans.push(look.span(Role::Key, arrow));
            if born == killed {
                spans.push(look.span(Role::Dim, look.cut("itself, further on", half)));
            } else {
                spans.extend(step(app, image, killed, look, half));
            }
            spans
        }
        Key::Cause(cause) => {
            let meaning = format!("  {}", death::meaning(cause));
            let word = text::pad_right(cause.word(), 12);
            let left = room.saturating_sub(text::width(&word));
            vec![look.span(Role::Heading, word), look.span(Role::Dim, look.cut(&meaning, left))]
        }
        Key::Folder(node) | Key::File(node) => {
            let path = text::display(&image.tree.path(node));
            let path = if matches!(key, Key::Folder(_)) { format!("{path}/") } else { path };
            vec![look.span(Role::Plain, text::truncate_middle(&path, room).into_owned())]
        }
    }
}

/// A layer with its instruction, in a column.
fn step(app: &App, image: &Image, layer: LayerIndex, look: Look, width: usize) -> Vec<Span<'static>> {
    let of = image.info.layers.get(layer.offset()).map_or(0, |layer| layer.step);
    let text = app.steps.get(of.saturating_sub(1)).map_or("", String::as_str);
    let base = app.insight().is_some_and(|insight| insight.story.owner(layer) == Owner::Base);
    let number = format!("{layer:>2} ");
    let mark = if base && width > 20 { " (base)" } else { "" };
    let room = width.saturating_sub(text::width(&number) + mark.len());
    let text = format!("{}{mark}", look.cut(text, room));
    let pad = width.saturating_sub(text::width(&number));
    vec![look.span(Role::Heading, number), look.span(Role::Plain, text::pad_right(&text, pad))]
}

/// Draws the files of the selected group.
pub fn victims(
    app: &App,
    image: Option<&Image>,
    canvas: &mut Canvas,
    buffer: &mut Buffer,
    outer: Area,
) -> Drawn {
    let look = canvas.look;
    let focused = app.focus() == Pane::Victims;
    let (rows, group) = (app.waste.file_count(), app.waste.selected());
    let title = match (group, image) {
        (Some(group), Some(image)) => files_of(group, image),
        _ => "Files".to_owned(),
    };
    let hint =
        (rows > 0).then(|| Line::from(look.span(Role::Dim, "Enter shows it at the layer that wasted it")));
    let inner = frame(buffer, look, outer, Frame { title, right: hint, focused });
    let (Some(image), Some(group), false) = (image, group, rows == 0) else {
        return Canvas::drawn(Pane::Victims, outer, inner);
    };
    let height = usize::from(inner.height);
    let offset = scroll::fit(app.waste.file_offset, app.waste.file_row, height, rows);
    let with_pair = !matches!(group.key, Key::Pair(..));
    for at in offset..rows.min(offset + height) {
        let Some(file) = app.waste.file(at) else { break };
        let area = row(inner, at - offset);
        let selected = at == app.waste.file_row;
        let pair = format!(" {:>3}{}{:<3}", file.born(), look.pick(" → ", " > "), file.killed);
        let wide = area.width >= 60;
        let mut right = Vec::new();
        if with_pair {
            right.push(look.span(Role::Dim, pair));
        }
        if wide && (group.mixed || with_pair) {
            right.push(look.span(Role::Dead, format!(" {}", text::pad_right(file.cause.word(), 11))));
        }
        let used = put_right(buffer, area, &Line::from(right));
        let room = usize::from(area.width - used).saturating_sub(SIZE + 3);
        let path = text::display(&image.tree.path(file.node));
        let line = Line::from(vec![
            look.span(Role::Key, if selected { look.pick("▶", ">") } else { " " }),
            look.span(Role::Plain, text::pad_left(&app.manner.size(file.bytes), SIZE)),
            look.span(Role::Plain, format!("  {}", text::truncate_middle(&path, room))),
        ]);
        put(buffer, Area { width: area.width - used, ..area }, &line);
        select(buffer, look, area, selected, focused);
        if selected && focused {
            canvas.cursor = Some((area.x, area.y));
        }
    }
    let drawn = Drawn { offset, rows, ..Canvas::drawn(Pane::Victims, outer, inner) };
    canvas.more(buffer, &drawn);
    drawn
}

fn files_of(group: &Group, image: &Image) -> String {
    match group.key {
        Key::Pair(born, killed) if born == killed => {
            format!("Files of layer {born}, {}", all_causes(group))
        }
        Key::Pair(born, killed) => format!("Files of {born} → {killed}, {}", all_causes(group)),
        Key::Cause(cause) => format!("Files with cause {}", cause.word()),
        Key::Folder(node) => format!("Files in {}/", text::display(&image.tree.path(node))),
        Key::File(node) => format!("Copies of {} that are never seen", text::display(&image.tree.path(node))),
    }
}

/// The cause of a group in a title.
fn all_causes(group: &Group) -> String {
    let word = group.cause.map_or("", Cause::word);
    if group.mixed { format!("{word} and others") } else { word.to_owned() }
}

/// Sentences in place of rows.
pub fn say(canvas: &mut Canvas, buffer: &mut Buffer, inner: Area, lines: &[doc::Line], focused: bool) {
    let width = usize::from(inner.width).saturating_sub(2);
    let area = Area::new(inner.x + 1, inner.y, inner.width.saturating_sub(2), inner.height);
    for (at, line) in lines.iter().flat_map(|line| wrap(canvas.look, line, width)).enumerate() {
        put(buffer, row(area, at), &line);
    }
    if focused {
        canvas.cursor = Some((inner.x, inner.y));
    }
}
