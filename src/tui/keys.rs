//! What a key does: the window on top has it, else it means an action.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::{Action, Scope};
use super::app::App;
use super::effect::Effect;
use super::keymap::Key;
use super::layout::{Hit, Pane, Screen};
use super::overlay::Overlay;
use super::overlay::menu::{Kind, Menu};
use super::overlay::pages::Pages;
use super::overlay::why::Why;
use super::pane::tree::Stale;
use super::scroll::Step;
use super::{act, files, gallery, take};
use crate::role::Role;

/// Takes a key.
pub fn key(app: &mut App, event: &KeyEvent) -> Vec<Effect> {
    // Whatever is bound and whatever is open: Ctrl-C leaves.
    if event.code == KeyCode::Char('c') && event.modifiers.contains(KeyModifiers::CONTROL) {
        return vec![Effect::Quit];
    }
    // A text about the list is closed by the key that opened it.
    let below = app.overlays.iter().rev().find(|overlay| !matches!(overlay, Overlay::Pages(_)));
    let in_list = matches!(below, Some(Overlay::Gallery(_)));
    let scope = if in_list { Scope::Images } else { Scope::of(app.screen) };
    let scopes = [scope, Scope::Move, Scope::Global];
    let action = app.keymap.action(Key::of(event), &scopes);
    if action == Some(Action::Suspend) {
        return vec![Effect::Suspend];
    }
    let types =
        matches!(app.overlays.last(), Some(Overlay::Filter(_) | Overlay::Extract(_) | Overlay::Gallery(_)));
    let is_letter = matches!(event.code, KeyCode::Char(_));
    if is_letter && event.modifiers.contains(KeyModifiers::ALT) && action.is_none() && !types {
        // Esc and a key right behind it arrive as that key with Alt, as they often do through tmux or ssh.
        let mut effects = key(app, &KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE));
        effects.extend(key(app, &KeyEvent::new(event.code, event.modifiers - KeyModifiers::ALT)));
        return effects;
    }
    let Some(top) = app.overlays.pop() else {
        return action.map_or_else(Vec::new, |action| act::perform(app, action));
    };
    match top {
        Overlay::Menu(menu) => in_menu(app, menu, event, action),
        Overlay::Filter(mut input) => match event.code {
            KeyCode::Enter if app.screen == Screen::Waste => {
                if app.waste.filter_error.is_some() {
                    app.overlays.push(Overlay::Filter(input));
                }
                Vec::new()
            }
            KeyCode::Enter => {
                if app.tree.filter_error.is_some() {
                    app.overlays.push(Overlay::Filter(input));
                } else if !app.tree.is_empty() {
                    app.set_focus(Pane::Tree);
                    return files::first_match(app);
                }
                Vec::new()
            }
            KeyCode::Esc => filter(app, ""),
            KeyCode::Down | KeyCode::Up => {
                let by = if event.code == KeyCode::Down { 1 } else { -1 };
                app.overlays.push(Overlay::Filter(input));
                let pane = if app.screen == Screen::Waste { Pane::Waste } else { Pane::Tree };
                act::move_in(app, pane, Step::By(by))
            }
            _ => {
                input.key(event);
                let text = input.text().to_owned();
                app.overlays.push(Overlay::Filter(input));
                filter(app, &text)
            }
        },
        Overlay::Extract(mut input) => match event.code {
            KeyCode::Enter => take::extract(app, input.text()),
            KeyCode::Esc => Vec::new(),
            _ => {
                input.key(event);
                app.overlays.push(Overlay::Extract(input));
                Vec::new()
            }
        },
        Overlay::Picker(mut picker) => match (event.code, action) {
            (KeyCode::Enter, _) => {
                let name = picker.names.get(picker.selected).cloned();
                app.home = Some(Overlay::Picker(picker));
                name.map_or_else(Vec::new, |name| vec![Effect::Open(name)])
            }
            (_, Some(Action::Quit)) => vec![Effect::Quit],
            (_, action) => {
                if let Some(step) = action.and_then(|action| act::step(action, overlay_height(app))) {
                    picker.go(step, overlay_height(app));
                }
                app.overlays.push(Overlay::Picker(picker));
                Vec::new()
            }
        },
        Overlay::Gallery(list) => gallery::key(app, list, event, action),
        Overlay::Pages(pages) => in_pages(app, pages, event, action),
        Overlay::Why(why) => in_why(app, why, event, action),
    }
}

fn in_why(app: &mut App, mut why: Why, event: &KeyEvent, action: Option<Action>) -> Vec<Effect> {
    if event.code == KeyCode::Esc || matches!(action, Some(Action::Quit | Action::Why | Action::Open)) {
        return Vec::new();
    }
    let (height, rows) = app.layout.window.unwrap_or_default();
    if let Some(step) = action.and_then(|action| act::step(action, height)) {
        why.go(step, height, rows);
    }
    app.overlays.push(Overlay::Why(why));
    Vec::new()
}

fn in_pages(app: &mut App, mut pages: Pages, event: &KeyEvent, action: Option<Action>) -> Vec<Effect> {
    let height = overlay_height(app);
    match (event.code, action) {
        // As Esc does the key that opened it.
        (KeyCode::Esc, _)
        | (_, Some(Action::Quit | Action::Back | Action::RawJson | Action::Reclaim | Action::SharedLayers)) =>
        {
            return Vec::new();
        }
        (_, Some(Action::CopyValue | Action::Copy)) => {
            let (what, text) = (pages.title.clone(), pages.text.clone());
            app.overlays.push(Overlay::Pages(pages));
            return vec![Effect::Copy { what, text }];
        }
        (_, Some(action)) => {
            if let Some(step) = act::step(action, height) {
                pages.go(step, height);
            }
        }
        _ => {}
    }
    app.overlays.push(Overlay::Pages(pages));
    Vec::new()
}

fn in_menu(app: &mut App, mut menu: Menu, event: &KeyEvent, action: Option<Action>) -> Vec<Effect> {
    let height = overlay_height(app);
    let closes = menu.kind == Kind::Help
        && menu.input.text().is_empty()
        && matches!(action, Some(Action::Quit | Action::Help));
    let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
    let step = match event.code {
        KeyCode::Esc => return Vec::new(),
        _ if closes => return Vec::new(),
        KeyCode::Enter => {
            let Some(action) = menu.action() else {
                app.overlays.push(Overlay::Menu(menu));
                return Vec::new();
            };
            return act::perform(app, action);
        }
        KeyCode::Down => Some(Step::By(1)),
        KeyCode::Up => Some(Step::By(-1)),
        KeyCode::Char('n') if ctrl => Some(Step::By(1)),
        KeyCode::Char('p') if ctrl => Some(Step::By(-1)),
        KeyCode::PageDown => Some(Step::By(height as isize)),
        KeyCode::PageUp => Some(Step::By(-(height as isize))),
        _ => None,
    };
    if let Some(step) = step {
        menu.go(step, height);
    } else if menu.input.key(event) {
        menu.search(&app.keymap);
    }
    app.overlays.push(Overlay::Menu(menu));
    Vec::new()
}

/// Rows of the window on top.
pub fn overlay_height(app: &App) -> usize {
    let rows = app.layout.hits.iter().filter(|(_, hit)| matches!(hit, Hit::OverlayRow(_))).count();
    if rows == 0 { usize::from(app.layout.size.1).saturating_sub(6).max(1) } else { rows }
}

/// Sets the filter while it is typed.
pub fn filter(app: &mut App, text: &str) -> Vec<Effect> {
    if app.screen == Screen::Waste {
        if !app.waste.set_filter(text) {
            return Vec::new();
        }
        let (generation, filter) = (app.sifting.advance(), text.to_owned());
        return vec![Effect::Sift { generation, filter }];
    }
    app.tree.set_filter(text);
    if app.tree.filter_error.is_some() { Vec::new() } else { app.refresh(Stale::Filter) }
}

/// Takes pasted text where a line is being typed.
pub fn paste(app: &mut App, text: &str) -> Vec<Effect> {
    match app.overlays.last_mut() {
        Some(Overlay::Filter(input)) => {
            input.insert(text);
            let text = input.text().to_owned();
            filter(app, &text)
        }
        Some(Overlay::Extract(input)) => {
            input.insert(text);
            Vec::new()
        }
        Some(Overlay::Gallery(list)) if list.typing => {
            list.filter.insert(text);
            list.refresh();
            Vec::new()
        }
        Some(Overlay::Menu(menu)) => {
            menu.input.insert(text);
            menu.search(&app.keymap);
            Vec::new()
        }
        _ => {
            app.say(Role::Dim, "pasted text goes into a filter: / opens it");
            Vec::new()
        }
    }
}
