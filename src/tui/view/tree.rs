//! The pane of files: a mark, the name in its place, size, mode and owner.

use ratatui::buffer::Buffer;
use ratatui::text::{Line, Span};

use super::Canvas;
use crate::layer::EntryKind;
use crate::role::Role;
use crate::text;
use crate::tree::{ChangeKind, Facts, NodeId, Sort, Tree, View};
use crate::tui::app::App;
use crate::tui::layout::{Area, Drawn, Pane};
use crate::tui::pane::tree::Shown;
use crate::tui::pane::{empty, facts, file};
use crate::tui::scroll;
use crate::tui::widget::{Frame, frame, put, row, select, wrap};

/// Columns right of the name.
#[derive(Clone, Copy, Debug)]
struct Columns {
    mode: bool,
    owner: usize,
}

/// Draws the pane.
pub fn draw(app: &App, canvas: &mut Canvas, buffer: &mut Buffer, outer: Area) -> Drawn {
    let look = canvas.look;
    let focused = app.focus() == Pane::Tree;
    let title = Frame {
        title: title(app, usize::from(outer.width)),
        right: Some(Line::from(look.span(Role::Dim, state(app, canvas)))),
        focused,
    };
    let inner = frame(buffer, look, outer, title);
    let height = usize::from(inner.height);
    let rows = app.tree.len();
    let (Some(image), Some(shown)) = (app.image(), app.tree.shown().filter(|_| rows > 0)) else {
        let lines = empty::lines(app);
        let width = usize::from(inner.width).saturating_sub(2);
        let area = Area::new(inner.x + 1, inner.y, inner.width.saturating_sub(2), inner.height);
        for (at, line) in lines.iter().flat_map(|line| wrap(look, line, width)).enumerate() {
            put(buffer, row(area, at), &line);
        }
        if focused {
            canvas.cursor = Some((inner.x, inner.y));
        }
        return Canvas::drawn(Pane::Tree, outer, inner);
    };
    let offset = scroll::fit(app.tree.offset, app.tree.row, height, rows);
    let columns = Columns {
        mode: inner.width >= 52,
        owner: match inner.width {
            ..44 => 0,
            44..64 => 6,
            _ => 10,
        },
    };
    for (at, node) in app.tree.slice(&image.tree, offset, height).into_iter().enumerate() {
        let area = row(inner, at);
        let selected = offset + at == app.tree.row;
        entry(app, canvas, buffer, area, &image.tree, shown, node, columns, selected);
        select(buffer, look, area, selected, focused);
        if selected && focused {
            canvas.cursor = Some((area.x, area.y));
        }
    }
    let drawn = Drawn { offset, rows, ..Canvas::drawn(Pane::Tree, outer, inner) };
    canvas.more(buffer, &drawn);
    drawn
}

/// What is shown, and of how much.
fn title(app: &App, width: usize) -> String {
    match app.view() {
        None => "Files".to_owned(),
        Some(View::Changeset(layer)) if width < 40 => format!("Layer {layer}"),
        Some(View::Changeset(layer)) => format!("Changes of layer {layer}"),
        Some(View::Rootfs(layer)) => format!("All files after layer {layer}"),
        Some(View::Range(from, to)) => format!("Changes of layers {from}–{to}"),
    }
}

fn state(app: &App, canvas: &Canvas) -> String {
    let mut parts = Vec::new();
    if let Some(matches) = app.tree.shown().and_then(|shown| shown.matches.as_ref()) {
        let filter = text::display(app.tree.filter.as_bytes());
        parts.push(format!("{}: {}", canvas.look.cut(&filter, 20), text::count(matches.count() as u64)));
    }
    let kinds = app.tree.kinds_in(app.view().unwrap_or(View::Rootfs(crate::layer::LayerIndex::EMPTY)));
    let is_range = matches!(app.view(), Some(View::Range(..)));
    let hidden: Vec<&str> =
        [(kinds.added, "+"), (kinds.modified, "~"), (kinds.removed, "-"), (kinds.unchanged, "=")]
            .into_iter()
            .filter(|&(shown, mark)| !shown && (mark != "=" || !is_range))
            .map(|(_, mark)| mark)
            .collect();
    if !hidden.is_empty() {
        parts.push(format!("hidden {}", hidden.join(" ")));
    }
    if let (Some(View::Changeset(_) | View::Range(..)), Some(shown), true) =
        (app.view(), app.tree.shown(), parts.is_empty())
    {
        let (added, modified, removed) = shown.totals.counts(NodeId::ROOT);
        parts.push(format!("+{} ~{} -{}", text::count(added), text::count(modified), text::count(removed)));
    }
    if app.tree.sort == Sort::Size {
        parts.push(format!("size {}", canvas.look.pick("↓", "v")));
    }
    parts.join(canvas.look.pick(" · ", ", "))
}

#[expect(
    clippy::too_many_arguments,
    reason = "one row of one pane; a struct for it would be filled and taken apart once"
)]
fn entry(
    app: &App,
    canvas: &Canvas,
    buffer: &mut Buffer,
    area: Area,
    tree: &Tree,
    shown: &Shown,
    node: NodeId,
    columns: Columns,
    selected: bool,
) {
    let look = canvas.look;
    let change = tree.change(node, shown.view);
    let (mark, mark_role) = facts::mark(change.kind);
    let stated = file::facts_in(tree, node, shown.view);
    let right = figures(canvas, shown, node, stated.as_ref(), columns, change.kind);
    let right_width: usize = right.iter().map(Span::width).sum();
    let room = usize::from(area.width).saturating_sub(right_width + 4);
    let indent = (2 * tree.depth(node).saturating_sub(1)).min(room / 2);
    let folder = if !app.tree.opens(tree, node) {
        "  "
    } else if app.tree.is_open(node) {
        look.pick("▾ ", "v ")
    } else {
        look.pick("▸ ", "> ")
    };
    let mut spans = vec![
        look.span(Role::Key, if selected { look.pick("▶", ">") } else { " " }),
        look.span(mark_role, format!("{mark} ")),
        look.span(Role::Plain, " ".repeat(indent)),
        look.span(Role::Dim, folder),
    ];
    let name_room = room.saturating_sub(indent + 1);
    spans.extend(name(app, canvas, tree, shown, node, stated.as_ref(), change.kind, name_room));
    let left = Area { width: area.width.saturating_sub(right_width as u16), ..area };
    put(buffer, left, &Line::from(spans));
    let at = Area::new(area.x + left.width, area.y, right_width as u16, area.height);
    put(buffer, at, &Line::from(right));
}

#[expect(clippy::too_many_arguments, reason = "as above")]
fn name(
    app: &App,
    canvas: &Canvas,
    tree: &Tree,
    shown: &Shown,
    node: NodeId,
    stated: Option<&Facts<'_>>,
    change: ChangeKind,
    room: usize,
) -> Vec<Span<'static>> {
    let look = canvas.look;
    let name = text::display(tree.name(node));
    let matched = shown.matches.as_ref().is_some_and(|matches| matches.has(node));
    let role = match stated {
        _ if change == ChangeKind::Removed => Role::Removed,
        Some(facts) if facts::is_privileged(facts) => Role::Warning,
        Some(facts) if facts.kind == EntryKind::Dir => Role::Directory,
        Some(facts) if facts.kind == EntryKind::Symlink => Role::Link,
        Some(facts) if facts::is_executable(facts) => Role::Executable,
        _ => Role::Plain,
    };
    let mut style = look.theme.style(role);
    if change == ChangeKind::Removed {
        style = look.theme.gone();
    } else if matched && app.tree.is_filtered() {
        style = look.theme.matched(role);
    }
    let shown_name = match look.pick("u", "a") {
        "u" => text::truncate_middle(&name, room).into_owned(),
        _ => look.cut(&name, room),
    };
    let left = room.saturating_sub(text::width(&shown_name));
    let mut spans = vec![Span::styled(shown_name, style)];
    if let Some(facts) = stated.filter(|facts| facts.kind == EntryKind::Symlink) {
        let target = facts.link_target.map(text::display).unwrap_or_default();
        let arrow = look.pick(" → ", " -> ");
        if left > text::width(arrow) + 2 {
            let target = look.cut(&target, left - text::width(arrow));
            spans.push(look.span(Role::Dim, format!("{arrow}{target}")));
        }
    }
    spans
}

/// Size, mode and owner, right-aligned.
fn figures(
    canvas: &Canvas,
    shown: &Shown,
    node: NodeId,
    stated: Option<&Facts<'_>>,
    columns: Columns,
    change: ChangeKind,
) -> Vec<Span<'static>> {
    let look = canvas.look;
    let (size, zero) = match stated {
        Some(facts) if facts.kind == EntryKind::Dir => {
            let bytes = shown.totals.bytes(node);
            (text::size(bytes), bytes == 0)
        }
        Some(facts) if facts.device.is_some() => {
            (facts.device.map_or_else(String::new, |(major, minor)| format!("{major}, {minor}")), false)
        }
        Some(facts) if matches!(facts.kind, EntryKind::File) => (text::size(facts.size), facts.size == 0),
        Some(_) | None => (String::new(), true),
    };
    let role = if zero || change == ChangeKind::Removed { Role::Dim } else { Role::Plain };
    let mut spans = vec![look.span(role, text::pad_left(&size, 10))];
    if columns.mode {
        let privileged = stated.is_some_and(facts::is_privileged);
        let role = if privileged { Role::Warning } else { Role::Dim };
        spans.push(look.span(role, format!("  {}", stated.map_or_else(|| " ".repeat(10), facts::mode))));
    }
    if columns.owner > 0 {
        let owner = stated.map(facts::owner).unwrap_or_default();
        let owner = text::pad_right(&look.cut(&owner, columns.owner), columns.owner);
        spans.push(look.span(Role::Dim, format!(" {owner}")));
    }
    spans
}
