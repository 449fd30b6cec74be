//! The panes of the advice screen: the findings, and the selected one with its fix.

use ratatui::buffer::Buffer;
use ratatui::text::{Line, Span};

use super::{Canvas, text as pages, waste};
use crate::advice::{Advice, Finding, Row, Severity};
use crate::image::Image;
use crate::prose;
use crate::role::Role;
use crate::text;
use crate::tui::app::App;
use crate::tui::doc;
use crate::tui::layout::{Area, Drawn, Hit, Pane};
use crate::tui::pane::advice::Entry;
use crate::tui::pane::bracket::range;
use crate::tui::pane::finding::{self, Known};
use crate::tui::scroll;
use crate::tui::widget::{Frame, Look, frame, put, row, select};

/// Width of bytes.
const SIZE: usize = 10;

/// Draws the list.
pub fn findings(app: &App, canvas: &mut Canvas, buffer: &mut Buffer, outer: Area) -> Drawn {
    let look = canvas.look;
    let focused = app.focus() == Pane::Findings;
    let arrow = look.pick("↓", "v");
    let mut order = if app.advice.by_rule { "by rule".to_owned() } else { format!("sure · bytes {arrow}") };
    let advice = app.insight().map(|insight| &insight.advice);
    let hidden = advice.map_or(0, |advice| app.advice.hidden(advice));
    if hidden > 0 {
        order = format!("{hidden} hidden · {order}");
    }
    let right = Some(Line::from(look.span(Role::Dim, order)));
    let inner = frame(buffer, look, outer, Frame { title: "Findings".to_owned(), right, focused });
    let Some(advice) = advice.filter(|_| !app.advice.entries.is_empty()) else {
        waste::say(canvas, buffer, inner, &nothing(app, hidden), focused);
        return Canvas::drawn(Pane::Findings, outer, inner);
    };
    let (width, height) = (usize::from(inner.width), usize::from(inner.height));
    let entries = app.advice.entries.iter().enumerate();
    let mut lines: Vec<Vec<Shown>> =
        entries.map(|(at, entry)| block(app, advice, at, *entry, look, width)).collect();
    if let Some(block) = lines.last_mut().filter(|_| advice.threshold > 0) {
        let says = left_out(app, advice);
        block.push(Shown::Rule(Line::from(look.span(Role::Dim, look.cut(&says, width.saturating_sub(1))))));
    }
    let rows: usize = lines.iter().map(Vec::len).sum();
    let before: usize = lines.iter().take(app.advice.row).map(Vec::len).sum();
    let last = before + lines.get(app.advice.row).map_or(0, |lines| lines.len().saturating_sub(1));
    let offset = scroll::fit(scroll::fit(app.advice.offset, last, height, rows), before, height, rows);
    let all = lines.iter().enumerate().flat_map(|(at, lines)| lines.iter().map(move |line| (at, line)));
    for (y, (at, shown)) in all.skip(offset).take(height).enumerate() {
        let area = row(inner, y);
        let text = Area { x: area.x + 1, width: area.width.saturating_sub(1), ..area };
        let (line, is_first) = match shown {
            Shown::Rule(line) => {
                put(buffer, text, line);
                continue;
            }
            Shown::First(line) => (line, true),
            Shown::More(line) => (line, false),
        };
        let selected = at == app.advice.row;
        let mark = if selected && is_first { look.pick("▶", ">") } else { " " };
        put(buffer, area, &Line::from(look.span(Role::Key, mark)));
        put(buffer, text, line);
        select(buffer, look, area, selected, focused);
        canvas.layout.hits.push((area, Hit::Item(Pane::Findings, at)));
        if selected && focused && is_first {
            canvas.cursor = Some((area.x, area.y));
        }
    }
    let drawn = Drawn { offset, rows, ..Canvas::drawn(Pane::Findings, outer, inner) };
    canvas.more(buffer, &drawn);
    drawn
}

/// A line of the list.
enum Shown {
    /// What stands between entries and cannot be selected.
    Rule(Line<'static>),
    /// The first line of an entry.
    First(Line<'static>),
    /// The lines below it.
    More(Line<'static>),
}

/// The lines of an entry, with the heading of the part that begins with it.
fn block(app: &App, advice: &Advice, row: usize, entry: Entry, look: Look, width: usize) -> Vec<Shown> {
    let lines = match entry {
        Entry::Finding(at) => advice.findings.get(at).map(|finding| of_finding(app, finding, look, width)),
        Entry::Row(at) => advice.rows.get(at).map(|row| of_row(app, row, look, width)),
    };
    let mut block = Vec::new();
    if let Some(heading) = app.advice.heading(advice, row) {
        let line = look.pick("─", "-");
        let before = line.repeat(SIZE);
        let used = SIZE + 2 + text::width(heading) + 3;
        let after = line.repeat(width.saturating_sub(used));
        block.push(Shown::Rule(Line::from(look.span(Role::Dim, format!("{before}  {heading} {after}")))));
    }
    let mut lines = lines.into_iter().flatten();
    block.extend(lines.next().map(Shown::First));
    block.extend(lines.map(Shown::More));
    block
}

/// From how many bytes on something is a finding.
fn left_out(app: &App, advice: &Advice) -> String {
    prose::advice::left_out_here(&app.manner.size(advice.threshold))
}

/// Why the list is empty.
fn nothing(app: &App, hidden: usize) -> Vec<doc::Line> {
    if let Some(line) = waste::unknown(app) {
        return vec![line];
    }
    if hidden > 0 {
        return vec![doc::Line::of(Role::Plain, "All findings are hidden; I shows them again.")];
    }
    let mut lines = vec![doc::Line::of(
        Role::Plain,
        "No finding: as far as the layers tell, nothing ships that need not.",
    )];
    if let Some(insight) = app.insight().filter(|insight| insight.advice.threshold > 0) {
        lines.push(doc::Line::of(Role::Dim, left_out(app, &insight.advice)));
    }
    lines
}

/// Bytes, rule and place; then how sure it is, and the title.
fn of_finding(app: &App, finding: &Finding, look: Look, width: usize) -> Vec<Line<'static>> {
    let (figure, role) = match (finding.bytes.max, finding.severity) {
        (0, Severity::Critical) => ("critical".to_owned(), Role::Error),
        (0, _) => (finding.severity.word().to_owned(), Role::Dim),
        (max, _) if finding.bytes.is_exact() => (app.manner.size(max), Role::Dead),
        (max, _) => (format!("{}{}", look.pick("≤ ", "<="), app.manner.size(max)), Role::Dead),
    };
    let place = finding::place(finding);
    let mut spans = vec![
        look.span(role, text::pad_left(&figure, SIZE)),
        look.span(Role::Heading, format!("  {}", finding.rule.id())),
    ];
    let used: usize = spans.iter().map(Span::width).sum();
    let left = width.saturating_sub(used + 2);
    if left > text::width(&place) {
        spans.push(look.span(Role::Dim, text::pad_left(&place, left)));
    }
    let sure = text::pad_left(finding::sureness(finding.confidence), SIZE);
    let title = text::display(finding.title.as_bytes());
    let second = vec![
        look.span(Role::Dim, sure),
        look.span(Role::Dim, format!("  {}", look.cut(&title, width.saturating_sub(SIZE + 4)))),
    ];
    vec![Line::from(spans), Line::from(second)]
}

/// A row of RUNs that is best left alone.
fn of_row(app: &App, row: &Row, look: Look, width: usize) -> Vec<Line<'static>> {
    let figure = range(row.bytes, &app.manner);
    let (first, last) = (row.layers.first(), row.layers.last());
    let layers = first.zip(last).map_or_else(String::new, |(first, last)| format!("layers {first}–{last}"));
    let says = format!("  leave {} RUN apart", row.steps.len());
    let mut spans = vec![look.span(Role::Dim, text::pad_left(&figure, SIZE)), look.span(Role::Dim, says)];
    let used: usize = spans.iter().map(Span::width).sum();
    let left = width.saturating_sub(used + 2);
    if left > text::width(&layers) {
        spans.push(look.span(Role::Dim, text::pad_left(&layers, left)));
    }
    vec![Line::from(spans)]
}

/// Draws the selected finding.
pub fn finding(
    app: &App,
    image: Option<&Image>,
    canvas: &mut Canvas,
    buffer: &mut Buffer,
    outer: Area,
) -> Drawn {
    let insight = app.insight();
    let advice = insight.map(|insight| &insight.advice);
    let (title, hint) = heading(app, advice);
    let hint = hint.map(|hint| Line::from(canvas.look.span(Role::Dim, hint)));
    let focused = app.focus() == Pane::Finding;
    let inner = frame(buffer, canvas.look, outer, Frame { title, right: hint, focused });
    let lines = match (insight, image, app.advice.selected()) {
        (Some(insight), Some(image), Some(entry)) => {
            let ships = insight.ledger.ship();
            let rows = &insight.advice.rows;
            let dockerfile = insight.story.dockerfile.as_ref();
            let known = Known { image, ships, rows, steps: &app.steps, dockerfile, manner: &app.manner };
            match entry {
                Entry::Finding(at) => {
                    insight.advice.findings.get(at).map(|finding| finding::lines(finding, &known))
                }
                Entry::Row(at) => insight.advice.rows.get(at).map(|row| finding::row_lines(row, &known)),
            }
            .unwrap_or_default()
        }
        _ => Vec::new(),
    };
    pages::lines(Pane::Finding, focused, outer, inner, app.advice.detail_offset, &lines, canvas, buffer)
}

/// The title of the selected entry, and what can be copied.
fn heading(app: &App, advice: Option<&Advice>) -> (String, Option<&'static str>) {
    let Some(advice) = advice else { return ("Fix".to_owned(), None) };
    match (app.advice.finding(advice), app.advice.selected()) {
        (Some(finding), _) => {
            let place = finding::place(finding);
            let title = if place.is_empty() {
                finding.rule.id().to_owned()
            } else {
                format!("{}: {place}", finding.rule.id())
            };
            (title, finding.fix.as_ref().map(|_| "y copies the fix"))
        }
        (None, Some(_)) => ("RUNs in a row".to_owned(), None),
        (None, None) => ("Fix".to_owned(), None),
    }
}
