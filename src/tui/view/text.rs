//! The panes that say something in lines: the step, the file.

use ratatui::buffer::Buffer;
use ratatui::text::Line;

use super::Canvas;
use crate::image::ImageInfo;
use crate::role::Role;
use crate::text;
use crate::tui::app::App;
use crate::tui::diff::DiffLine;
use crate::tui::doc;
use crate::tui::layout::{Area, Drawn, Pane};
use crate::tui::pane::detail::{self, Selected};
use crate::tui::pane::file::{self, Body, Known};
use crate::tui::widget::{Frame, frame, put, row, wrap};

/// Draws the step.
pub fn detail(app: &App, info: &ImageInfo, canvas: &mut Canvas, buffer: &mut Buffer, outer: Area) -> Drawn {
    let focused = app.focus() == Pane::Detail;
    let step = app.layers.step(info);
    let title = match step {
        Some(step) => match step.layer {
            Some(layer) => format!("Step {} · layer {layer}", step.index),
            None => format!("Step {} · no layer", step.index),
        },
        None => "Step".to_owned(),
    };
    let inner = frame(buffer, canvas.look, outer, Frame { title, right: None, focused });
    let lines = match Selected::of(app) {
        Some(selected) => detail::lines(&selected),
        None => vec![doc::Line::of(Role::Dim, "This image has no steps.")],
    };
    let width = usize::from(inner.width);
    let rows: Vec<Line<'static>> = lines.iter().flat_map(|line| wrap(canvas.look, line, width)).collect();
    let page = Page {
        pane: Pane::Detail,
        focused,
        outer,
        inner,
        offset: app.detail_offset,
        head: &rows,
        content: None,
    };
    page.print(canvas, buffer)
}

/// Draws the file: facts and life, then the content.
pub fn file(app: &App, info: &ImageInfo, canvas: &mut Canvas, buffer: &mut Buffer, outer: Area) -> Drawn {
    let focused = app.focus() == Pane::File;
    let look = canvas.look;
    let title = if matches!(app.file.content, Body::Diff(_)) { "File · before and after" } else { "File" };
    let inner = frame(buffer, look, outer, Frame { title: title.to_owned(), right: None, focused });
    let width = usize::from(inner.width);
    let (Some(image), Some(node), Some(shown)) = (app.image(), app.node(), app.tree.shown()) else {
        let rows: Vec<Line<'static>> = wrap(look, &doc::Line::of(Role::Dim, "No file is selected."), width);
        let page = Page { pane: Pane::File, focused, outer, inner, offset: 0, head: &rows, content: None };
        return page.print(canvas, buffer);
    };
    let known =
        Known { info, image, ledger: app.insight().map(|insight| &insight.ledger), steps: &app.steps };
    let lines = file::lines(&known, node, shown, &app.manner);
    let mut rows: Vec<Line<'static>> = lines.iter().flat_map(|line| wrap(look, line, width)).collect();
    let content = heading(app);
    if let Some(heading) = &content {
        rows.push(Line::default());
        rows.extend(wrap(look, heading, width));
    }
    // The heading of the content is the last row above it.
    let offset = if app.file.at_content { rows.len().saturating_sub(1) } else { app.file.offset };
    let content = Some(&app.file.content);
    Page { pane: Pane::File, focused, outer, inner, offset, head: &rows, content }.print(canvas, buffer)
}

/// Draws lines in a frame.
#[expect(clippy::too_many_arguments, reason = "what a pane of lines is made of")]
pub fn lines(
    pane: Pane,
    focused: bool,
    outer: Area,
    inner: Area,
    offset: usize,
    lines: &[doc::Line],
    canvas: &mut Canvas,
    buffer: &mut Buffer,
) -> Drawn {
    let width = usize::from(inner.width);
    let rows: Vec<Line<'static>> = lines.iter().flat_map(|line| wrap(canvas.look, line, width)).collect();
    Page { pane, focused, outer, inner, offset, head: &rows, content: None }.print(canvas, buffer)
}

/// The line above the content.
fn heading(app: &App) -> Option<doc::Line> {
    Some(match &app.file.content {
        Body::None | Body::Loading(0) => return None,
        Body::Loading(bytes) => {
            doc::Line::of(Role::Dim, format!("reading, {} of the layer passed", app.manner.size(*bytes)))
        }
        Body::Failed(sentence) => doc::Line::of(Role::Warning, text::display(sentence.as_bytes())),
        Body::Diff(lines) if lines.is_empty() => {
            doc::Line::of(Role::Plain, "The text is the same before and after.")
        }
        Body::Diff(_) => {
            doc::Line::of(Role::Removed, "- before").add(Role::Plain, "  ").add(Role::Added, "+ after")
        }
        Body::Preview(preview) => {
            let line = doc::Line::of(Role::Heading, "Content ").add(Role::Dim, preview.kind());
            if preview.is_cut() {
                line.add(Role::Dim, format!(", the beginning of {}", app.manner.size(preview.total())))
            } else {
                line
            }
        }
    })
}

/// A line of the content.
fn content_line(canvas: &Canvas, content: &Body, at: usize) -> Line<'static> {
    let look = canvas.look;
    match content {
        Body::Preview(preview) => {
            let width = if preview.is_text() { preview.len().to_string().len() } else { 8 };
            let label = format!("{:>width$} {} ", preview.label(at), look.pick("│", "|"));
            Line::from(vec![look.span(Role::Dim, label), look.span(Role::Plain, preview.line(at))])
        }
        Body::Diff(lines) => match &lines[at] {
            DiffLine::Hunk(text) => Line::from(look.span(Role::Key, text.clone())),
            DiffLine::Same(text) => Line::from(look.span(Role::Plain, format!("  {text}"))),
            DiffLine::Added(text) => Line::from(look.span(Role::Added, format!("+ {text}"))),
            DiffLine::Removed(text) => Line::from(look.span(Role::Removed, format!("- {text}"))),
        },
        Body::None | Body::Loading(_) | Body::Failed(_) => Line::default(),
    }
}

/// Lines in a frame.
struct Page<'a> {
    pane: Pane,
    focused: bool,
    outer: Area,
    inner: Area,
    offset: usize,
    /// What is said, wrapped.
    head: &'a [Line<'static>],
    /// What follows it, line by line.
    content: Option<&'a Body>,
}

impl Page<'_> {
    fn print(&self, canvas: &mut Canvas, buffer: &mut Buffer) -> Drawn {
        let Self { pane, outer, inner, head, content, .. } = *self;
        let height = usize::from(inner.height);
        let rows = head.len() + content.map_or(0, Body::len);
        let offset = self.offset.min(rows.saturating_sub(height));
        for (at, index) in (offset..rows).take(height).enumerate() {
            let area = row(inner, at);
            match (head.get(index), content) {
                (Some(line), _) => put(buffer, area, line),
                (None, Some(content)) => {
                    put(buffer, area, &content_line(canvas, content, index - head.len()));
                }
                (None, None) => {}
            }
        }
        if self.focused {
            canvas.cursor = Some((inner.x, inner.y));
        }
        let drawn = Drawn { offset, rows, ..Canvas::drawn(pane, outer, inner) };
        canvas.more(buffer, &drawn);
        drawn
    }
}
