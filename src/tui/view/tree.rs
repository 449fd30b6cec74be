//! The pane of files: a mark, the name in its place, size, mode and owner.

use std::collections::HashMap;

use ratatui::buffer::Buffer;
use ratatui::text::{Line, Span};

use super::Canvas;
use crate::layer::{EntryKind, LayerIndex};
use crate::role::Role;
use crate::text;
use crate::tree::{ChangeKind, EntryRef, Facts, NodeId, Tree, View};
use crate::tui::app::App;
use crate::tui::layout::{Area, Drawn, Pane};
use crate::tui::pane::tree::{Order, Shown};
use crate::tui::pane::{empty, facts, file};
use crate::tui::scroll;
use crate::tui::theme::Glyphs;
use crate::tui::widget::{Frame, Look, frame, put, row, select, wrap};

/// Columns right of the name.
#[derive(Clone, Copy, Debug)]
struct Columns {
    mode: bool,
    owner: usize,
    /// Dead bytes, where there are any: beside the size, or in its place.
    dead: Dead,
}

/// Where dead bytes stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dead {
    Nowhere,
    Beside,
    Instead,
}

/// Draws the pane.
pub fn draw(app: &App, canvas: &mut Canvas, buffer: &mut Buffer, outer: Area) -> Drawn {
    let look = canvas.look;
    let focused = app.focus() == Pane::Tree;
    let title = Frame {
        title: title(app, usize::from(outer.width)),
        right: Some(Line::from(look.span(Role::Dim, state(app, canvas, usize::from(outer.width))))),
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
            44..76 => 6,
            _ => 10,
        },
        dead: dead_column(app, &image.tree, inner.width),
    };
    let mut painter = Painter { app, look, tree: &image.tree, shown, columns, names: HashMap::new() };
    for (at, node) in app.tree.slice(&image.tree, offset, height).into_iter().enumerate() {
        let area = row(inner, at);
        let selected = offset + at == app.tree.row;
        painter.row(buffer, area, node, selected);
        select(buffer, look, area, selected, focused);
        if selected && focused {
            canvas.cursor = Some((area.x, area.y));
        }
    }
    let drawn = Drawn { offset, rows, ..Canvas::drawn(Pane::Tree, outer, inner) };
    canvas.more(buffer, &drawn);
    drawn
}

/// Where dead bytes stand. Beside the sizes their column stays when another layer has none, so that nothing jumps.
fn dead_column(app: &App, tree: &Tree, width: u16) -> Dead {
    let is_rootfs = matches!(app.view(), Some(View::Rootfs(_)));
    let nothing_is_dead = app.insight().is_some_and(|insight| insight.ledger.causes().total() == 0);
    if is_rootfs || nothing_is_dead {
        Dead::Nowhere
    } else if width >= 64 {
        Dead::Beside
    } else if app.tree.order == Order::Dead && app.tree.dead_bytes(tree, NodeId::ROOT) > 0 {
        Dead::Instead
    } else {
        Dead::Nowhere
    }
}

/// What is shown, and of how much.
fn title(app: &App, width: usize) -> String {
    match app.view() {
        None => "Files".to_owned(),
        Some(View::Range(from, to)) if from != to => format!("Changes of layers {from}–{to}"),
        Some(View::Changeset(layer) | View::Range(layer, _)) if width < 40 => format!("Layer {layer}"),
        Some(View::Changeset(layer) | View::Range(layer, _)) => format!("Changes of layer {layer}"),
        Some(View::Rootfs(layer)) => format!("All files after layer {layer}"),
    }
}

fn state(app: &App, canvas: &Canvas, width: usize) -> String {
    let mut parts = Vec::new();
    if let Some(matches) = app.tree.shown().and_then(|shown| shown.matches.as_ref()) {
        let filter = text::display(app.tree.filter.as_bytes());
        parts.push(format!("{}: {}", canvas.look.cut(&filter, 20), text::count(matches.count() as u64)));
    }
    let kinds = app.tree.kinds_in(app.view().unwrap_or(View::Rootfs(LayerIndex::EMPTY)));
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
    let dead = app.image().map_or(0, |image| app.tree.dead_bytes(&image.tree, NodeId::ROOT));
    // Where both do not fit, the waste is what one looks for.
    let at = app.view().map_or(LayerIndex::EMPTY, |view| view.points().1);
    let figures = app.image().and_then(|image| image.figures.get(at.0.checked_sub(1).map(usize::from)?));
    let is_read = figures.is_some_and(|figures| figures.loaded);
    let counts = is_read && parts.is_empty() && (dead == 0 || width >= 64);
    if let (Some(View::Changeset(_) | View::Range(..)), Some(shown), true) =
        (app.view(), app.tree.shown(), counts)
    {
        let (added, modified, removed) = shown.sizes.counts(NodeId::ROOT);
        parts.push(format!("+{} ~{} -{}", text::count(added), text::count(modified), text::count(removed)));
    }
    if dead > 0 {
        let word = if width >= 64 { " dead" } else { "" };
        parts.push(format!("{} {}{word}", canvas.look.pick("▒", ":"), app.manner.size(dead)));
    }
    let arrow = canvas.look.pick("↓", "v");
    match app.tree.order {
        Order::Name => {}
        Order::Size => parts.push(format!("size {arrow}")),
        Order::Dead => parts.push(format!("dead {arrow}")),
    }
    parts.join(canvas.look.pick(" · ", ", "))
}

/// Draws rows of one frame.
struct Painter<'a> {
    app: &'a App,
    look: Look,
    tree: &'a Tree,
    shown: &'a Shown,
    columns: Columns,
    /// Numbers of names by content: rows of one file ask once, however many names it has.
    names: HashMap<EntryRef, usize>,
}

impl Painter<'_> {
    fn row(&mut self, buffer: &mut Buffer, area: Area, node: NodeId, selected: bool) {
        let look = self.look;
        let change = self.tree.change(node, self.shown.view).kind;
        let (mark, mark_role) = match change {
            // Something below differs: the way there is marked, faintly.
            ChangeKind::Unchanged if self.shown.sizes.counts(node) != (0, 0, 0) => ('~', Role::Dim),
            change => facts::mark(change),
        };
        let stated = file::facts_in(self.tree, node, self.shown.view);
        let right = self.figures(node, stated.as_ref(), change);
        let right_width: usize = right.iter().map(Span::width).sum();
        let room = usize::from(area.width).saturating_sub(right_width + 4);
        let indent = (2 * self.tree.depth(node).saturating_sub(1)).min(room / 2);
        let folder = if !self.app.tree.opens(self.tree, node) {
            "  "
        } else if self.app.tree.is_open(node) {
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
        spans.extend(self.name(node, stated.as_ref(), change, room.saturating_sub(indent + 1)));
        let left = Area { width: area.width.saturating_sub(right_width as u16), ..area };
        put(buffer, left, &Line::from(spans));
        let at = Area::new(area.x + left.width, area.y, right_width as u16, area.height);
        put(buffer, at, &Line::from(right));
    }

    /// The name, the number of its names, the target of a link.
    fn name(
        &mut self,
        node: NodeId,
        stated: Option<&Facts<'_>>,
        change: ChangeKind,
        room: usize,
    ) -> Vec<Span<'static>> {
        let look = self.look;
        let name = text::display(self.tree.name(node));
        let matched = self.shown.matches.as_ref().is_some_and(|matches| matches.has(node));
        let role = match stated {
            Some(facts) if facts::is_privileged(facts) => Role::Warning,
            Some(facts) if facts.kind == EntryKind::Dir => Role::Directory,
            Some(facts) if facts.kind == EntryKind::Symlink => Role::Link,
            Some(facts) if facts::is_executable(facts) => Role::Executable,
            _ => Role::Plain,
        };
        let style = match (change, matched) {
            (ChangeKind::Removed, _) => look.theme.gone(),
            (_, true) => look.theme.matched(role),
            (_, false) => look.theme.style(role),
        };
        let name = match look.glyphs {
            Glyphs::Unicode => text::truncate_middle(&name, room).into_owned(),
            Glyphs::Ascii => look.cut(&name, room),
        };
        let left = room.saturating_sub(text::width(&name));
        let mut spans = vec![Span::styled(name, style)];
        let names = stated.map_or(0, |facts| self.names(node, facts, change));
        let count = format!(" {}{names}", look.pick("×", "x"));
        if names > 1 && left >= text::width(&count) {
            spans.push(look.span(Role::Dim, count));
        }
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

    /// How many names a file has.
    fn names(&mut self, node: NodeId, facts: &Facts<'_>, change: ChangeKind) -> usize {
        let Some(content) = facts.content.filter(|_| facts.kind == EntryKind::File) else { return 0 };
        let (before, after) = self.shown.view.points();
        let at = if change == ChangeKind::Removed { before } else { after };
        let tree = self.tree;
        *self.names.entry(content).or_insert_with(|| tree.link_group(node, at).len())
    }

    /// Size, mode and owner, right-aligned.
    fn figures(&self, node: NodeId, stated: Option<&Facts<'_>>, change: ChangeKind) -> Vec<Span<'static>> {
        let look = self.look;
        let (size, zero) = match stated {
            Some(facts) if facts.kind == EntryKind::Dir => {
                let bytes = self.shown.sizes.bytes(self.tree, node);
                (self.app.manner.size(bytes), bytes == 0)
            }
            Some(facts) if facts.device.is_some() => {
                (facts.device.map_or_else(String::new, |(major, minor)| format!("{major}, {minor}")), false)
            }
            Some(facts) if facts.kind == EntryKind::File => {
                (self.app.manner.size(facts.size), facts.size == 0)
            }
            Some(_) | None => (String::new(), true),
        };
        let role = if zero || change == ChangeKind::Removed { Role::Dim } else { Role::Plain };
        let mut spans = Vec::new();
        if self.columns.dead != Dead::Instead {
            spans.push(look.span(role, text::pad_left(&size, 10)));
        }
        if self.columns.dead != Dead::Nowhere {
            let dead = match self.app.tree.dead_bytes(self.tree, node) {
                0 => String::new(),
                bytes => format!("{} {}", look.pick("▒", ":"), self.app.manner.size(bytes)),
            };
            spans.push(look.span(Role::Dead, text::pad_left(&dead, 12)));
        }
        if self.columns.mode {
            let privileged = stated.is_some_and(facts::is_privileged);
            let role = if privileged { Role::Warning } else { Role::Dim };
            let mode = stated.map_or_else(|| " ".repeat(10), facts::mode);
            spans.push(look.span(role, format!("  {mode}")));
        }
        if self.columns.owner > 0 {
            let wide = self.columns.owner;
            let owner = stated.map(facts::owner).unwrap_or_default();
            spans.push(look.span(Role::Dim, format!(" {}", text::pad_right(&look.cut(&owner, wide), wide))));
        }
        spans
    }
}
