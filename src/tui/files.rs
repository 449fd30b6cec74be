//! What actions do to the files pane: folders, order, kinds, filter, range, and reading a file.

use super::act;
use super::action::Action;
use super::app::App;
use super::effect::{Effect, PREVIEW_BYTES};
use super::input::Input;
use super::layout::Pane;
use super::overlay::Overlay;
use super::pane::file::{self, Asked};
use super::pane::tree::{Mode, Order, Stale};
use crate::role::Role;
use crate::tree::NodeId;

/// Opens or closes the folder under the cursor.
pub fn toggle(app: &mut App) -> Vec<Effect> {
    let (Some(image), Some(node), Pane::Tree) = (app.image.clone(), app.node(), app.focus()) else {
        return act::open(app);
    };
    if !app.tree.opens(&image.tree, node) {
        return act::open(app);
    }
    app.tree.selected = node;
    app.tree.set_open(node, !app.tree.is_open(node));
    app.refresh(Stale::Rows)
}

/// Actions on the files as a whole.
pub fn in_files(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Rootfs => {
            app.tree.mode = if app.tree.mode == Mode::Changes { Mode::Rootfs } else { Mode::Changes };
            app.layers.mark = None;
            let now = if app.tree.mode == Mode::Rootfs { "all files that are there" } else { "changes only" };
            app.say(Role::Plain, format!("the files pane shows {now}"));
            app.refresh(Stale::View)
        }
        Action::Range => {
            let Some(info) = app.info.clone() else { return Vec::new() };
            if app.layers.mark.take().is_none() {
                let at = app.layers.layer_at(&info);
                app.layers.mark = Some(at);
                app.tree.mode = Mode::Changes;
                app.set_focus(Pane::Layers);
                app.say(
                    Role::Plain,
                    format!("a range from layer {at}: move to where it ends; v or Esc leaves it"),
                );
            }
            app.refresh(Stale::View)
        }
        Action::Filter => {
            app.overlays.push(Overlay::Filter(Input::new(app.tree.filter.clone())));
            // What it finds is seen on narrow screens too.
            app.set_focus(Pane::Tree);
            app.want_content()
        }
        Action::NextMatch | Action::PrevMatch => next_match(app, action == Action::PrevMatch),
        Action::Sort => {
            let (order, said) = match app.tree.order {
                Order::Name => (Order::Size, "largest first"),
                Order::Size if app.tree.dead.is_some() => (Order::Dead, "most dead bytes first"),
                Order::Size | Order::Dead => (Order::Name, "by name"),
            };
            app.tree.order = order;
            app.say(Role::Plain, said);
            app.refresh(Stale::Rows)
        }
        Action::ToggleAdded | Action::ToggleModified | Action::ToggleRemoved | Action::ToggleUnchanged => {
            let view = app.view();
            let flip = |kind: &mut bool| {
                *kind = !*kind;
                *kind
            };
            let (shown, word) = match action {
                Action::ToggleAdded => (flip(&mut app.tree.kinds.added), "added"),
                Action::ToggleModified => (flip(&mut app.tree.kinds.modified), "modified"),
                Action::ToggleRemoved => (flip(&mut app.tree.kinds.removed), "removed"),
                _ => (app.tree.toggle_unchanged(view), "unchanged"),
            };
            let verb = if shown { "shown" } else { "hidden" };
            app.say(Role::Plain, format!("{word} files are {verb}"));
            app.refresh(Stale::Kinds)
        }
        Action::ExpandAll | Action::CollapseAll => {
            if let (Some(node), Action::CollapseAll) = (app.node(), action) {
                app.tree.selected = top_folder(app, node);
            }
            app.tree.set_all_open(action == Action::ExpandAll);
            app.refresh(Stale::Rows)
        }
        _ => Vec::new(),
    }
}

fn top_folder(app: &App, mut node: NodeId) -> NodeId {
    let Some(image) = app.image() else { return node };
    while image.tree.depth(node) > 1 {
        node = image.tree.parent(node);
    }
    node
}

/// Goes to the next match, unless the cursor is on one.
pub fn first_match(app: &mut App) -> Vec<Effect> {
    let matches = app.tree.shown().and_then(|shown| shown.matches.clone());
    match (matches, app.node()) {
        (Some(matches), Some(node)) if !matches.has(node) => next_match(app, false),
        _ => app.want_content(),
    }
}

fn next_match(app: &mut App, backwards: bool) -> Vec<Effect> {
    let Some(image) = app.image.clone() else { return Vec::new() };
    let matches = app.tree.shown().and_then(|shown| shown.matches.clone());
    let Some(found) =
        matches.and_then(|matches| matches.next(app.node().unwrap_or(app.tree.selected), backwards))
    else {
        app.say(Role::Warning, "no file matches; Esc clears the filter");
        return Vec::new();
    };
    app.tree.select(&image.tree, found);
    app.set_focus(Pane::Tree);
    app.refresh(Stale::Rows)
}

pub fn read(app: &mut App, action: Action) -> Vec<Effect> {
    app.set_focus(Pane::File);
    if matches!(app.file.asked, Some(Asked::Diff(..))) {
        app.file.asked = None;
    }
    let effects = app.want_content();
    app.file.offset = 0;
    app.file.at_content = action == Action::Preview;
    effects
}

pub fn diff(app: &mut App) -> Vec<Effect> {
    let (Some(image), Some(node), Some(view)) = (app.image.clone(), app.node(), app.view()) else {
        return Vec::new();
    };
    let Some((old, new)) = file::versions(&image.tree, node, view) else { return Vec::new() };
    app.set_focus(Pane::File);
    let generation = app.file.ask(Asked::Diff(old, new));
    app.file.at_content = true;
    vec![Effect::LoadDiff { generation, old, new, limit: PREVIEW_BYTES }]
}
