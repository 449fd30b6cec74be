//! From a figure to the file behind it: the files pane, at the layer and the path that explain it.

use super::app::App;
use super::effect::Effect;
use super::layout::{Pane, Screen};
use super::pane::advice::Entry;
use super::pane::tree::{Mode, Stale};
use crate::layer::LayerIndex;
use crate::prose::death;
use crate::role::Role;
use crate::tree::{Kinds, NodeId, View};

/// Shows a path among the changes of a layer. Whatever would hide it there is put aside.
pub fn to_path(app: &mut App, node: NodeId, layer: LayerIndex) -> Vec<Effect> {
    let (Some(image), Some(info)) = (app.image.clone(), app.info.clone()) else { return Vec::new() };
    let Some(step) = info.layers.get(layer.offset()).and_then(|layer| layer.step.checked_sub(1)) else {
        return Vec::new();
    };
    if app.screen != Screen::Layers {
        app.origin = Some(app.screen);
    }
    app.screen = Screen::Layers;
    app.zoom = false;
    app.layers.mark = None;
    app.layers.select(step, app.height(Pane::Layers));
    app.detail_offset = 0;
    app.tree.mode = Mode::Changes;
    app.tree.set_filter("");
    app.tree.kinds = Kinds { unchanged: app.tree.kinds.unchanged, ..Kinds::default() };
    app.tree.select(&image.tree, node);
    app.set_focus(Pane::Tree);
    app.refresh(Stale::View)
}

/// Shows the selected dead file, at the layer that wasted it.
pub fn to_dead(app: &mut App) -> Vec<Effect> {
    let Some(&file) = app.waste.selected_file() else { return Vec::new() };
    let effects = to_path(app, file.node, file.killed);
    let size = app.manner.size(file.bytes);
    let death = crate::ledger::Death { killer: file.killed, cause: file.cause };
    app.say(Role::Plain, format!("{size} of layer {}: {}", file.born(), death::killed(death)));
    effects
}

/// Shows the evidence of the selected finding, one part after the other; of a row of RUNs its first step.
pub fn to_evidence(app: &mut App) -> Vec<Effect> {
    let Some(insight) = app.insight.clone() else { return Vec::new() };
    if let Some(Entry::Row(at)) = app.advice.selected() {
        let step = insight.advice.rows.get(at).and_then(|row| row.steps.first()?.checked_sub(1));
        return step.map_or_else(Vec::new, |step| to_step(app, step));
    }
    let places = app.advice.places(&insight.advice);
    if places.is_empty() {
        let step = app.advice.finding(&insight.advice).and_then(|found| found.steps.first()?.checked_sub(1));
        return step.map_or_else(Vec::new, |step| to_step(app, step));
    }
    let at = app.advice.evidence % places.len();
    app.advice.evidence = at + 1;
    let (node, layer) = places[at];
    let effects = to_path(app, node, layer);
    let more = if places.len() > 1 { "; Esc and Enter show the next" } else { "; Esc goes back" };
    app.say(Role::Plain, format!("evidence {} of {}{more}", at + 1, places.len()));
    effects
}

/// Shows a step.
fn to_step(app: &mut App, step: usize) -> Vec<Effect> {
    app.origin = Some(app.screen);
    app.screen = Screen::Layers;
    app.layers.select(step, app.height(Pane::Layers));
    app.detail_offset = 0;
    app.set_focus(Pane::Layers);
    app.refresh(Stale::View)
}

/// Goes to the next file that ships and is never seen: in the view, else in the layers above, and round.
pub fn next_dead(app: &mut App) -> Vec<Effect> {
    let (Some(image), Some(info), Some(dead)) = (app.image.clone(), app.info.clone(), app.tree.dead.clone())
    else {
        return Vec::new();
    };
    let at = app.layers.layer_at(&info);
    let from = if app.focus() == Pane::Tree { app.node() } else { None }.unwrap_or(NodeId::ROOT);
    if let Some(view @ View::Range(..)) = app.view() {
        let Some(found) = dead.next(from, view).or_else(|| dead.next(NodeId::ROOT, view)) else {
            app.say(Role::Plain, "every file of these layers is seen");
            return Vec::new();
        };
        app.tree.select(&image.tree, found);
        app.set_focus(Pane::Tree);
        return app.refresh(Stale::Rows);
    }
    let count = info.layers.len() as u16;
    // This layer from the cursor on, the layers above it, those from the first one, and this one from its beginning.
    let rest = (0..=count).map(|by| LayerIndex((at.0.max(1) - 1 + by) % count + 1));
    let here = app.view() == Some(View::Changeset(at));
    let found = rest.enumerate().find_map(|(by, layer)| {
        let after = if by == 0 && here { from } else { NodeId::ROOT };
        Some((dead.next(after, View::Changeset(layer))?, layer))
    });
    let Some((node, layer)) = found else {
        app.say(Role::Plain, "nothing is dead: every byte that ships is seen");
        return Vec::new();
    };
    let effects = to_path(app, node, layer);
    if layer != at {
        app.say(Role::Plain, format!("the next one ships in layer {layer}"));
    }
    effects
}
