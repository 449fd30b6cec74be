//! What leaves the explorer: paths, commands and contents on the clipboard, files on the disk.

use super::app::App;
use super::availability::content;
use super::effect::Effect;
use super::layout::Pane;
use crate::layer::LayerIndex;
use crate::role::Role;
use crate::text;

/// Asks the shell to write the path under the cursor.
pub fn extract(app: &mut App, target: &str) -> Vec<Effect> {
    let target = target.trim();
    let (Some(image), Some(node), Some(view)) = (app.image.clone(), app.node(), app.view()) else {
        return Vec::new();
    };
    // As the line says while it is empty.
    let target = if target.is_empty() { "." } else { target };
    let (before, after) = view.points();
    let at = if image.tree.facts(node, after).is_some() { after } else { before };
    app.say(Role::Plain, format!("writing into {}...", text::display(target.as_bytes())));
    vec![Effect::Extract { at, path: image.tree.path(node), target: target.to_owned() }]
}

/// Copies the command of the step, or the path.
pub fn copy(app: &mut App) -> Vec<Effect> {
    if matches!(app.focus(), Pane::Layers | Pane::Detail) {
        let Some(info) = app.info() else { return Vec::new() };
        let command = app.layers.step(info).map(|step| step.created_by.clone()).unwrap_or_default();
        let shown = app.instructions.get(app.layers.selected).map_or(command, ToString::to_string);
        return vec![Effect::Copy { what: "the step".to_owned(), text: shown }];
    }
    let (Some(image), Some(node)) = (app.image(), app.node()) else { return Vec::new() };
    let path = String::from_utf8_lossy(&image.tree.path(node)).into_owned();
    vec![Effect::Copy { what: "the path".to_owned(), text: format!("/{path}") }]
}

/// Copies the digest of the layer, or the content of the file.
pub fn copy_more(app: &mut App) -> Vec<Effect> {
    if matches!(app.focus(), Pane::Layers | Pane::Detail) {
        let Some(info) = app.info() else { return Vec::new() };
        let layer: Option<LayerIndex> = app.layers.step(info).and_then(|step| step.layer);
        let layer = layer.and_then(|layer| info.layers.get(layer.offset()));
        let digest = layer.and_then(|layer| layer.digest.as_ref().or(layer.diff_id.as_ref()));
        return digest.map_or_else(Vec::new, |digest| {
            vec![Effect::Copy { what: "the layer's digest".to_owned(), text: digest.to_string() }]
        });
    }
    match (content(app), name(app)) {
        (Some(entry), Some(what)) => vec![Effect::CopyContent { what, entry }],
        _ => Vec::new(),
    }
}

/// Copies the path of the selected dead file.
pub fn copy_dead(app: &App) -> Vec<Effect> {
    let (Some(image), Some(file)) = (app.image(), app.waste.selected_file()) else { return Vec::new() };
    let path = String::from_utf8_lossy(&image.tree.path(file.node)).into_owned();
    vec![Effect::Copy { what: "the path".to_owned(), text: format!("/{path}") }]
}

/// Copies the fix of the selected finding, as text to paste or as a diff.
pub fn copy_fix(app: &App, diff: bool) -> Vec<Effect> {
    let finding = app.insight().and_then(|insight| app.advice.finding(&insight.advice));
    let Some(fix) = finding.and_then(|finding| finding.fix.as_ref()) else { return Vec::new() };
    match (&fix.diff, diff) {
        (Some(diff), true) => vec![Effect::Copy { what: "the diff".to_owned(), text: diff.clone() }],
        (_, false) => vec![Effect::Copy { what: "the fix".to_owned(), text: fix.text.clone() }],
        (None, true) => Vec::new(),
    }
}

/// Copies the selected setting.
pub fn copy_value(app: &mut App) -> Vec<Effect> {
    let items = if app.focus() == Pane::Facts { &app.facts } else { &app.runs };
    let Some(item) = items.item() else { return Vec::new() };
    let what = if item.label.is_empty() { "the setting".to_owned() } else { item.label.clone() };
    vec![Effect::Copy { what, text: item.copy.clone() }]
}

/// The name of the path under the cursor.
pub fn name(app: &App) -> Option<String> {
    Some(text::display(app.image()?.tree.name(app.node()?)))
}
