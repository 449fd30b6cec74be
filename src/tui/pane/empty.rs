//! Why there is no file to show, and which key would show one.

use crate::image::Presence;
use crate::role::Role;
use crate::text;
use crate::tree::View;
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::doc::Line;

/// How a plain word finds what is spelt a little differently.
fn fuzzy(filter: &str) -> String {
    let is_word =
        !filter.is_empty() && filter.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if is_word { format!(" `'{filter}` finds what is spelt nearly so.") } else { String::new() }
}

/// The lines in place of the rows.
pub fn lines(app: &App) -> Vec<Line> {
    let key = |action: Action| app.keymap.keys(action).first().map_or_else(String::new, ToString::to_string);
    let Some(info) = app.info() else { return Vec::new() };
    let Some(view) = app.view() else {
        let all = format!("{} shows all files that are there at this point.", key(Action::Rootfs));
        let first = if app.layers.layer_at(info).0 == 0 {
            return vec![Line::of(Role::Plain, "No layer yet: the image is still empty at this step.")];
        } else {
            "This step made no layer, so it changed no file."
        };
        return vec![Line::of(Role::Plain, first), Line::of(Role::Dim, all)];
    };
    let (_, at) = view.points();
    let Some(layer) = info.layers.get(at.offset()) else { return Vec::new() };
    let figures =
        app.image().and_then(|image| image.figures.get(at.offset())).filter(|figures| figures.loaded);
    if let Presence::Absent(why) = &layer.presence {
        let why = text::display(why.as_bytes());
        return vec![Line::of(Role::Warning, format!("The files of layer {at} are not here: {why}."))];
    }
    if layer.presence == Presence::Encrypted {
        return vec![Line::of(
            Role::Warning,
            format!("Layer {at} is encrypted, so its files cannot be shown."),
        )];
    }
    let Some(figures) = figures else {
        if app.loading.is_over() {
            return vec![Line::of(
                Role::Warning,
                format!("Layer {at} was not read, since reading was stopped."),
            )];
        }
        return vec![Line::of(
            Role::Dim,
            format!("Layer {at} is being read. The steps can be browsed already."),
        )];
    };
    if app.tree.is_filtered() {
        let filter = text::display(app.tree.filter.as_bytes());
        let other = match view {
            View::Rootfs(_) => String::new(),
            _ => format!(" {} looks in all files.", key(Action::Rootfs)),
        };
        return vec![
            Line::of(Role::Plain, format!("No file here matches `{filter}`.")),
            Line::of(Role::Dim, format!("Esc clears the filter.{other}{}", fuzzy(&app.tree.filter))),
        ];
    }
    let kinds = app.tree.kinds_in(view);
    let all = kinds.added && kinds.modified && kinds.removed;
    if let (true, View::Range(from, to)) = (all, view) {
        return vec![Line::of(
            Role::Plain,
            format!("No file differs before layer {from} and after layer {to}."),
        )];
    }
    if !(all && kinds.unchanged) {
        let keys =
            [Action::ToggleAdded, Action::ToggleModified, Action::ToggleRemoved, Action::ToggleUnchanged]
                .map(key)
                .join(" ");
        return vec![
            Line::of(Role::Plain, "Nothing of the kinds that are shown."),
            Line::of(Role::Dim, format!("{keys} show added, modified, removed and unchanged files again.")),
        ];
    }
    if let Some(fault) = &figures.fault {
        let fault = text::display(fault.to_string().as_bytes());
        return vec![Line::of(Role::Error, format!("Layer {at} cannot be read: {fault}."))];
    }
    vec![
        Line::of(Role::Plain, format!("Layer {at} changed no file: its tar is empty.")),
        Line::of(Role::Dim, format!("{} shows all files that are there at this point.", key(Action::Rootfs))),
    ]
}
