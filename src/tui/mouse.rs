//! The mouse: a click selects, a second click opens, the wheel scrolls what is under it, the splitter can be dragged.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::act;
use super::action::Action;
use super::app::App;
use super::effect::Effect;
use super::files;
use super::keys;
use super::layout::{Drawn, Hit, Pane};
use super::overlay::Overlay;
use super::overlay::menu::Row;
use super::pane::layers::Row as LayersRow;
use super::scroll::Step;

/// Rows of a turn of the wheel.
const WHEEL: isize = 3;

/// Takes a mouse event.
pub fn mouse(app: &mut App, event: MouseEvent) -> Vec<Effect> {
    let (x, y) = (event.column, event.row);
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => click(app, x, y),
        MouseEventKind::Drag(MouseButton::Left) if app.dragging => {
            let width = u32::from(app.layout.size.0).max(1);
            app.split = u16::try_from(u32::from(x) * 1000 / width).ok();
            Vec::new()
        }
        MouseEventKind::Up(_) => {
            app.dragging = false;
            Vec::new()
        }
        MouseEventKind::ScrollDown => wheel(app, x, y, WHEEL),
        MouseEventKind::ScrollUp => wheel(app, x, y, -WHEEL),
        _ => Vec::new(),
    }
}

fn hit(app: &App, x: u16, y: u16) -> Option<Hit> {
    app.layout.hits.iter().rev().find(|(area, _)| area.contains(x, y)).map(|&(_, hit)| hit)
}

fn pane_at(app: &App, x: u16, y: u16) -> Option<Drawn> {
    app.layout.panes.iter().find(|drawn| drawn.outer.contains(x, y)).copied()
}

fn click(app: &mut App, x: u16, y: u16) -> Vec<Effect> {
    app.message = None;
    let hit = hit(app, x, y);
    if !app.overlays.is_empty() {
        return match hit {
            Some(Hit::OverlayRow(row)) => click_overlay(app, row),
            _ => Vec::new(),
        };
    }
    match hit {
        Some(Hit::Action(action)) => return act::perform(app, action),
        Some(Hit::Focus(pane)) => {
            app.set_focus(pane);
            return app.want_content();
        }
        Some(Hit::Finding(finding)) => {
            let effects = act::perform(app, Action::ViewAdvice);
            if let Some(insight) = &app.insight {
                app.advice.choose(&insight.advice, finding);
            }
            return effects;
        }
        Some(Hit::Item(Pane::Findings, at)) => {
            if app.focus() == Pane::Findings && app.advice.row == at {
                return act::perform(app, Action::Open);
            }
            app.set_focus(Pane::Findings);
            if let Some(insight) = &app.insight {
                app.advice.go_to(&insight.advice, at);
            }
            return Vec::new();
        }
        Some(Hit::Item(pane, at)) => {
            app.set_focus(pane);
            let items = if pane == Pane::Runs { &mut app.runs } else { &mut app.facts };
            items.selected = at;
            return Vec::new();
        }
        _ => {}
    }
    if app.layout.splitter.is_some_and(|area| area.contains(x, y)) {
        app.dragging = true;
        return Vec::new();
    }
    let Some(drawn) = pane_at(app, x, y) else { return Vec::new() };
    let had_keys = app.focus() == drawn.pane;
    app.set_focus(drawn.pane);
    if !drawn.inner.contains(x, y) {
        return app.want_content();
    }
    let row = drawn.offset + usize::from(y - drawn.inner.y);
    if row >= drawn.rows {
        return app.want_content();
    }
    match drawn.pane {
        Pane::Layers => match app.layers.rows().get(row) {
            Some(&LayersRow::Step(step)) => act::select_step(app, step),
            _ => app.want_content(),
        },
        Pane::Tree => {
            let Some(image) = app.image.clone() else { return Vec::new() };
            if had_keys && app.tree.row == row {
                return files::toggle(app);
            }
            app.tree.go_to(&image.tree, row, usize::from(drawn.inner.height));
            app.want_content()
        }
        Pane::Waste if had_keys && app.waste.row == row => act::perform(app, Action::Open),
        Pane::Waste => {
            app.waste.go_to(row, usize::from(drawn.inner.height));
            Vec::new()
        }
        Pane::Victims if had_keys && app.waste.file_row == row => act::perform(app, Action::Open),
        Pane::Victims => {
            app.waste.go_to_file(row, usize::from(drawn.inner.height));
            Vec::new()
        }
        Pane::Detail | Pane::File | Pane::Findings | Pane::Finding | Pane::Runs | Pane::Facts => {
            app.want_content()
        }
    }
}

fn click_overlay(app: &mut App, row: usize) -> Vec<Effect> {
    match app.overlays.last_mut() {
        Some(Overlay::Menu(menu)) => match menu.rows.get(row) {
            Some(Row::Action(action)) if menu.selected == row => {
                let action = *action;
                app.overlays.pop();
                return act::perform(app, action);
            }
            Some(Row::Action(_)) => menu.selected = row,
            _ => {}
        },
        Some(Overlay::Picker(picker)) if picker.selected == row => {
            if let Some(name) = picker.names.get(row).cloned() {
                app.home = app.overlays.pop();
                return vec![Effect::Open(name)];
            }
        }
        Some(Overlay::Gallery(list)) if list.selected == row => return act::perform(app, Action::Open),
        Some(Overlay::Gallery(list)) => list.selected = row.min(list.len() - 1),
        Some(Overlay::Picker(picker)) => picker.selected = row.min(picker.names.len().saturating_sub(1)),
        _ => {}
    }
    Vec::new()
}

fn wheel(app: &mut App, x: u16, y: u16, by: isize) -> Vec<Effect> {
    let height = keys::overlay_height(app);
    match app.overlays.last_mut() {
        Some(Overlay::Menu(menu)) => menu.go(Step::By(by), height),
        Some(Overlay::Picker(picker)) => picker.go(Step::By(by), height),
        Some(Overlay::Gallery(list)) => list.go(Step::By(by), height),
        Some(Overlay::Pages(pages)) => pages.go(Step::By(by), height),
        Some(Overlay::Why(why)) => {
            let (height, rows) = app.layout.window.unwrap_or_default();
            why.go(Step::By(by), height, rows);
        }
        Some(Overlay::Filter(_) | Overlay::Extract(_)) | None => {
            let Some(drawn) = pane_at(app, x, y) else { return Vec::new() };
            if drawn.pane == Pane::Tree {
                let Some(image) = app.image.clone() else { return Vec::new() };
                app.tree.scroll(&image.tree, by, usize::from(drawn.inner.height));
                return app.want_content();
            }
            return act::move_in(app, drawn.pane, Step::By(by));
        }
    }
    Vec::new()
}
