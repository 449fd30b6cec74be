//! Whether an action has something to do right now; if not, why.

use super::action::{Action, Scope};
use super::app::App;
use super::layout::Pane;
use super::pane::file;
use crate::layer::LayerIndex;
use crate::tree::{ChangeKind, EntryRef};

/// Why an action does nothing now, as a clause; `None` when it can be done. Hints dim by this, and a key that is
/// pressed all the same says it.
pub fn why_not(app: &App, action: Action) -> Option<&'static str> {
    use Action as A;
    if matches!(action, A::Quit | A::Suspend | A::Help | A::Palette | A::Back) {
        return None;
    }
    if action.spec().scope == Scope::Images {
        return Some("that is for the list of images, which `capas` without a name opens");
    }
    let Some(info) = app.info() else { return Some("no image is open yet") };
    match action.spec().scope {
        scope if scope.screen().is_none_or(|screen| screen == app.screen) => {}
        Scope::Layers => return Some("that is for the layers screen; 1 shows it"),
        Scope::Waste => return Some("that is for the waste screen; 2 shows it"),
        Scope::Advice => return Some("that is for the advice screen; 3 shows it"),
        Scope::Image => return Some("that is for the image screen; 4 shows it"),
        Scope::Move | Scope::Global | Scope::Images => {}
    }
    match action {
        A::Range if app.layers.layer_at(info) == LayerIndex::EMPTY => {
            Some("there is no layer yet at this step")
        }
        A::CopyFix | A::CopyDiff | A::Ignore => no_fix(app, action),
        A::CopyWaste => app.waste.selected_file().is_none().then_some("no file is selected"),
        A::ByPair
        | A::ByCause
        | A::ByFolder
        | A::ByFile
        | A::SortWaste
        | A::FilterWaste
        | A::NextDead
        | A::ShowIgnored
        | A::SortAdvice
            if app.insight().is_none() =>
        {
            Some("all layers must be read first")
        }
        A::NextDead if app.insight().is_some_and(|insight| insight.ledger.causes().total() == 0) => {
            Some("nothing is dead: every byte that ships is seen")
        }
        A::NextMatch | A::PrevMatch if !app.tree.is_filtered() => Some("no filter is set; / sets one"),
        A::Filter | A::ExpandAll | A::CollapseAll | A::Sort if app.image().is_none() => {
            Some("the layers are still being read")
        }
        A::Filter | A::ExpandAll | A::CollapseAll if app.view().is_none() => {
            Some("this step has no files to show; t shows all files that are there")
        }
        A::Preview | A::Pager => no_content(app),
        A::CopyMore if app.focus() != Pane::Layers && app.focus() != Pane::Detail => no_content(app),
        A::CopyMore => {
            let layer = app.layers.step(info).and_then(|step| step.layer);
            let layer = layer.and_then(|layer| info.layers.get(layer.offset()));
            layer.is_none().then_some("this step has no layer, so there is no digest")
        }
        A::Diff => {
            no_content(app).or_else(|| is_unchanged(app).then_some("the file is the same before and after"))
        }
        A::Life | A::Extract => app.node().is_none().then_some("no file is selected"),
        A::Copy if matches!(app.focus(), Pane::Tree | Pane::File) && app.node().is_none() => {
            Some("no file is selected")
        }
        A::CopyValue => {
            let pane = if app.focus() == Pane::Facts { &app.facts } else { &app.runs };
            let empty = pane.item().is_none_or(|item| item.copy.is_empty());
            empty.then_some("there is nothing to copy in this row")
        }
        A::RawJson => (info.config_json.is_empty() && info.manifest_json.is_empty())
            .then_some("this source has neither config nor manifest"),
        _ => None,
    }
}

/// The regular entry whose content the path under the cursor has.
pub fn content(app: &App) -> Option<EntryRef> {
    let tree = &app.image()?.tree;
    file::facts_in(tree, app.node()?, app.view()?)?.content
}

/// Why nothing can be taken of the selected finding, or it cannot be hidden.
fn no_fix(app: &App, action: Action) -> Option<&'static str> {
    let finding = app.insight().and_then(|insight| app.advice.finding(&insight.advice));
    let Some(finding) = finding else { return Some("no finding is selected") };
    match (&finding.fix, action) {
        (_, Action::Ignore) => None,
        (None, _) => Some("this finding has no text to paste"),
        (Some(fix), Action::CopyDiff) if fix.diff.is_none() => {
            Some("no Dockerfile is at hand; y copies the text")
        }
        (Some(_), _) => None,
    }
}

fn no_content(app: &App) -> Option<&'static str> {
    match (app.node(), content(app)) {
        (None, _) => Some("no file is selected"),
        (Some(_), None) => Some("only files have content"),
        _ => None,
    }
}

fn is_unchanged(app: &App) -> bool {
    let (Some(image), Some(node), Some(view)) = (app.image(), app.node(), app.view()) else { return true };
    image.tree.change(node, view).kind == ChangeKind::Unchanged
}
