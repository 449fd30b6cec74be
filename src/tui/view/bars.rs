//! The first and the last lines of the screen: what is open, and what can be done.

use ratatui::buffer::Buffer;
use ratatui::text::{Line, Span};

use super::Canvas;
use super::figures::{short_totals, source, totals};
use super::screens::asked;
use crate::role::Role;
use crate::text;
use crate::tui::action::{ACTIONS, Action};
use crate::tui::app::App;
use crate::tui::availability::why_not;
use crate::tui::layout::{self, Area, Hit, Pane, Plan, Room, Screen};
use crate::tui::overlay::Overlay;
use crate::tui::pane::tree::Mode;
use crate::tui::theme::Glyphs;
use crate::tui::view::overlay::prompt;
use crate::tui::widget::{Look, put, put_right, row};

/// The header: name, platform, tabs, totals; and the strip of panes on narrow screens.
pub fn header(app: &App, canvas: &mut Canvas, buffer: &mut Buffer, plan: &Plan) {
    let first = row(plan.header, 0);
    let tabs = tabs(app, canvas, buffer, first, plan.room);
    let left = Area { width: first.width.saturating_sub(tabs + 1), ..first };
    let name = name(app);
    let look = canvas.look;
    if plan.header.height > 1 {
        // A root filesystem states none.
        let platform = app.info().filter(|info| !info.platform.is_unknown());
        let platform = platform.map(|info| info.platform.to_string()).unwrap_or_default();
        let line = Line::from(vec![
            look.span(Role::Dim, " capas  "),
            look.span(Role::Heading, shortened(&name, look, usize::from(left.width).saturating_sub(30))),
            look.span(Role::Dim, format!("  {platform}")),
        ]);
        put(buffer, left, &line);
        let second = row(plan.header, 1);
        let (source, totals) = (source(app), totals(app));
        // The figures come first.
        let fits = text::width(&source) + text::width(&totals) + 3 <= usize::from(second.width);
        let source = if fits { source } else { String::new() };
        let used = put_right(buffer, second, &Line::from(look.span(Role::Dim, format!("{source} "))));
        let left = Area { width: second.width.saturating_sub(used + 1), ..second };
        put(buffer, left, &Line::from(look.span(Role::Plain, format!(" {totals}"))));
    } else {
        let room = usize::from(left.width);
        // The name comes first: the totals take what it leaves.
        let totals = short_totals(app, room.saturating_sub(text::width(&name) + 3));
        let line = Line::from(vec![
            look.span(
                Role::Heading,
                format!(" {}", shortened(&name, look, room.saturating_sub(text::width(&totals) + 3))),
            ),
            look.span(Role::Plain, format!("  {totals}")),
        ]);
        put(buffer, left, &line);
    }
    if let Some(area) = plan.strip {
        strip(app, canvas, buffer, area);
    }
}

fn name(app: &App) -> String {
    let tag = app.info().and_then(|info| info.tags.first());
    tag.map_or_else(|| asked(app), |tag| text::display(tag.as_bytes()))
}

/// A name in a room that may be too small for it: its end tells more than its middle.
fn shortened(name: &str, look: Look, room: usize) -> String {
    match look.glyphs {
        Glyphs::Unicode => text::truncate_middle(name, room).into_owned(),
        Glyphs::Ascii => look.cut(name, room),
    }
}

/// The screens; returns the width.
fn tabs(app: &App, canvas: &mut Canvas, buffer: &mut Buffer, at: Area, room: Room) -> u16 {
    if app.info().is_none() || app.failure.is_some() {
        return 0;
    }
    let screens = [
        (Screen::Layers, Action::ViewLayers, "Layers"),
        (Screen::Waste, Action::ViewWaste, "Waste"),
        (Screen::Advice, Action::ViewAdvice, "Advice"),
        (Screen::Image, Action::ViewImage, "Image"),
    ];
    let mut spans = Vec::new();
    let mut places = Vec::new();
    let mut width = 0;
    for (screen, action, name) in screens {
        let key = app.keymap.keys(action).first().map_or_else(String::new, ToString::to_string);
        let short_row = room != Room::Wide;
        let short = room == Room::Narrow || (room == Room::Medium && app.screen != screen);
        let label = if short && !key.is_empty() { key } else { format!("{key} {name}").trim().to_owned() };
        let findings = if screen == Screen::Advice { app.advice.count() } else { 0 };
        let label = match findings {
            0 => label,
            count if short => format!("{label}●{count}"),
            count => format!("{label} ●{count}"),
        };
        let (text, role) = if app.screen == screen {
            (format!("{}[{label}]", if short_row { " " } else { "" }), Role::Heading)
        } else {
            (if short_row { format!(" {label}") } else { format!(" {label} ") }, Role::Dim)
        };
        places.push((width, text::width(&text) as u16, action));
        width += text::width(&text) as u16;
        spans.push(canvas.look.span(role, text));
    }
    if put_right(buffer, at, &Line::from(spans)) == 0 {
        return 0;
    }
    let start = at.x + at.width - width;
    for (x, wide, action) in places {
        canvas.layout.hits.push((Area::new(start + x, at.y, wide, 1), Hit::Action(action)));
    }
    width
}

/// The name of a pane.
pub fn pane_name(pane: Pane) -> &'static str {
    match pane {
        Pane::Layers => "Layers",
        Pane::Tree => "Files",
        Pane::Detail => "Step",
        Pane::File => "File",
        Pane::Waste => "Waste",
        Pane::Victims => "Dead files",
        Pane::Findings => "Findings",
        Pane::Finding => "Fix",
        Pane::Runs => "What runs",
        Pane::Facts => "What it is",
    }
}

fn strip(app: &App, canvas: &mut Canvas, buffer: &mut Buffer, area: Area) {
    let mut x = area.x;
    for &pane in layout::order(app.screen) {
        let focused = app.focus() == pane;
        let text = if focused { format!("[{}]", pane_name(pane)) } else { format!(" {} ", pane_name(pane)) };
        let width = text::width(&text) as u16;
        if x + width > area.x + area.width {
            break;
        }
        let at = Area::new(x, area.y, width, 1);
        let role = if focused { Role::Heading } else { Role::Dim };
        put(buffer, at, &Line::from(canvas.look.span(role, text)));
        canvas.layout.hits.push((at, Hit::Focus(pane)));
        x += width;
    }
}

/// The footer: a line that is typed, a message, or what can be done here.
pub fn footer(app: &App, canvas: &mut Canvas, buffer: &mut Buffer, plan: &Plan) {
    if let Some(overlay @ (Overlay::Filter(_) | Overlay::Extract(_))) = app.overlays.last() {
        prompt(app, overlay, canvas, buffer, plan.footer);
        return;
    }
    if let Some(message) = &app.message {
        let line = canvas.look.span(message.role, format!(" {}", message.text));
        put(buffer, plan.footer, &Line::from(line));
        return;
    }
    if app.overlays.is_empty() {
        hints(app, canvas, buffer, plan);
    }
}

fn hints(app: &App, canvas: &mut Canvas, buffer: &mut Buffer, plan: &Plan) {
    let look = canvas.look;
    let area = plan.footer;
    let gap = if plan.room == Room::Wide { 3 } else { 2 };
    let open = app.info().is_some() && app.failure.is_none();
    let last = if open { Action::Help } else { Action::Quit };
    let piece = |action: Action| {
        let key = key_name(app, look, action);
        let label = label(app, action);
        (text::width(&key) + 1 + label.len(), key, label)
    };
    let (reserved, ..) = piece(last);
    let end = usize::from(area.width).saturating_sub(1);
    let mut x = 1;
    let mut actions: Vec<Action> = ACTIONS
        .iter()
        .filter(|spec| open && spec.footer.contains(&app.focus()) && spec.action != last)
        .map(|spec| spec.action)
        .filter(|&action| !app.keymap.keys(action).is_empty())
        .collect();
    actions.push(last);
    for action in actions {
        let (width, key, label) = piece(action);
        let room = if action == last { end } else { end.saturating_sub(reserved + gap) };
        if x + width > room {
            continue;
        }
        let dim = why_not(app, action).is_some();
        let role = if dim { Role::Dim } else { Role::Key };
        let spans: Vec<Span<'_>> = vec![
            look.span(role, key),
            look.span(if dim { Role::Dim } else { Role::Plain }, format!(" {label}")),
        ];
        let at = Area::new(area.x + x as u16, area.y, width as u16, 1);
        put(buffer, at, &Line::from(spans));
        canvas.layout.hits.push((at, Hit::Action(action)));
        x += width + gap;
    }
}

/// What an action is called where the keys go.
fn label(app: &App, action: Action) -> &'static str {
    match (action, app.focus()) {
        (Action::Open, Pane::Layers | Pane::Waste) => "files",
        (Action::Open, Pane::Runs | Pane::Facts) => "its step",
        (Action::Open, Pane::Victims | Pane::Findings | Pane::Finding) => "in the tree",
        (Action::Copy, Pane::Layers | Pane::Detail) => "copy command",
        (Action::CopyMore, Pane::Layers | Pane::Detail) => "copy digest",
        (Action::Copy, _) => "copy path",
        (Action::Rootfs, _) if app.tree.mode == Mode::Changes => "all files",
        (Action::Rootfs, _) => "changes only",
        (Action::Range, _) if app.layers.mark.is_some() => "end range",
        _ => action.spec().label,
    }
}

/// A key as people call it; moving up and down is one hint.
pub fn key_name(app: &App, look: Look, action: Action) -> String {
    let first =
        |action: Action| app.keymap.keys(action).first().map_or_else(String::new, ToString::to_string);
    let arrows =
        |action: Action, arrow: &str| app.keymap.keys(action).iter().any(|key| key.to_string() == arrow);
    if action == Action::Down && arrows(Action::Down, "down") && arrows(Action::Up, "up") {
        return look.pick("↑↓", "up/down").to_owned();
    }
    spoken(&first(action))
}

/// `ctrl-d` as `Ctrl-D`, `enter` as `Enter`, `j` as it is.
pub fn spoken(key: &str) -> String {
    let capital = |word: &str| {
        let mut characters = word.chars();
        characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
    };
    if key.chars().count() == 1 {
        return key.to_owned();
    }
    match key {
        "pagedown" => "PgDn".to_owned(),
        "pageup" => "PgUp".to_owned(),
        _ => key.split('-').map(capital).collect::<Vec<_>>().join("-"),
    }
}
