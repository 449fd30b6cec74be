//! What the shell answers: image, layers, contents.

use std::sync::Arc;

use super::app::App;
use super::diff;
use super::effect::{Effect, Generation};
use super::event::{Content, Event};
use super::insight::Insight;
use super::layout::Pane;
use super::overlay::Overlay;
use super::overlay::picker::Picker;
use super::pane::file::Body;
use super::pane::image::{self as rows, ItemsPane};
use super::pane::layers::LayersPane;
use super::pane::preview::Preview;
use super::pane::tree::{Matching, Stale};
use crate::build;
use crate::image::{EngineInfo, Image, ImageInfo};
use crate::layer::NoteKind;
use crate::prose;
use crate::role::Role;
use crate::text;

/// Takes an answer of the shell.
pub fn answer(app: &mut App, event: Event) -> Vec<Effect> {
    match event {
        Event::Spooled(bytes) => app.loading.spooled = Some(bytes),
        Event::Several(names) => app.overlays.push(Overlay::Picker(Picker::new(names))),
        Event::Opened(info) => opened(app, info),
        Event::Layer(layer, bytes) => app.loading.read(layer, bytes),
        Event::LayerDone(layer) => app.loading.done(layer),
        Event::Merged(image) => return merged(app, image),
        Event::Loaded => {
            app.loading.end();
            damage(app);
            let mut effects = account(app);
            if is_local(app) {
                effects.push(Effect::FindNeighbours { generation: app.finding.advance() });
            }
            return effects;
        }
        Event::Accounted { generation, insight } if generation == app.accounting => {
            return accounted(app, insight);
        }
        Event::Neighbours { generation, neighbours } if generation == app.finding => {
            app.neighbours = neighbours;
        }
        Event::Sifted { generation, groups } if generation == app.sifting && app.waste.is_sifting() => {
            app.waste.set_sifted(groups);
        }
        Event::Failed(failure) => {
            app.loading.end();
            app.failure = Some(failure);
        }
        Event::Preview { generation, result } => preview(app, generation, result),
        Event::PreviewProgress { generation, bytes } if generation == app.file.generation => {
            if matches!(app.file.content, Body::Loading(_)) {
                app.file.content = Body::Loading(bytes);
            }
        }
        Event::Diff { generation, result } => differs(app, generation, result),
        Event::Matched { generation, matches } if generation == app.matching => {
            let Some(image) = app.image.clone() else { return Vec::new() };
            let (view, height) = (app.view(), app.height(Pane::Tree));
            app.tree.refresh(&image.tree, view, Stale::Filter, height, Matching::Have(Arc::new(matches)));
            return app.want_content();
        }
        Event::Copied(what, bytes) => {
            let size = app.manner.size(bytes as u64);
            app.say(Role::Plain, format!("copied {what}, {size}"));
        }
        Event::Extracted(sentence) => app.say(Role::Plain, sentence),
        Event::Error(sentence) => app.say(Role::Error, sentence),
        _ => {}
    }
    Vec::new()
}

fn opened(app: &mut App, info: Arc<ImageInfo>) {
    app.failure = None;
    app.instructions = build::instructions(&info);
    app.steps = app.instructions.iter().map(|instruction| one_line(&instruction.to_string())).collect();
    app.counts = vec![None; info.layers.len()];
    app.neighbours = None;
    // What is still on its way is of another image.
    let _ = app.finding.advance();
    app.loading.begin(info.layers.len());
    // What an engine said at once comes again with the export: the selected step stays.
    if app.info.as_ref().is_none_or(|known| known.steps.len() != info.steps.len()) {
        app.layers = LayersPane::new(&info);
    }
    forget_account(app);
    app.runs = ItemsPane { items: rows::runs(&info, &app.instructions), ..ItemsPane::default() };
    app.facts = ItemsPane { items: rows::facts(&info, None, &app.manner), ..ItemsPane::default() };
    // What is shown looks whole: this must be seen without looking for it.
    if let Some(cut) = info.notes.iter().find(|note| note.kind == NoteKind::CutShort) {
        app.say(Role::Error, prose::note(cut));
    }
    app.info = Some(info);
}

/// A command on one line.
fn one_line(command: &str) -> String {
    text::display(command.split_whitespace().collect::<Vec<_>>().join(" ").as_bytes())
}

fn merged(app: &mut App, image: Arc<Image>) -> Vec<Effect> {
    if app.info.is_none() {
        opened(app, Arc::clone(&image.info));
    }
    if let Some(old) = &app.image {
        app.tree.carry(&old.tree, &image.tree);
    }
    app.counts.iter_mut().for_each(|slot| *slot = None);
    forget_account(app);
    app.facts.items = rows::facts(&image.info, Some(&image), &app.manner);
    app.facts.selected = app.facts.selected.min(app.facts.items.len().saturating_sub(1));
    app.image = Some(image);
    app.refresh(Stale::View)
}

/// A damaged layer looks whole in the list, and its figures are too low: this must be seen without looking for it.
fn damage(app: &mut App) {
    let Some(image) = &app.image else { return };
    let damaged = image.figures.iter().zip(&image.info.layers).filter(|(figures, _)| figures.fault.is_some());
    let layers: Vec<String> = damaged.map(|(_, layer)| layer.index.to_string()).collect();
    if !layers.is_empty() && app.message.is_none() {
        app.say(Role::Error, prose::damaged(&layers));
    }
}

/// Whether the image is from a store or an engine of this machine.
fn is_local(app: &App) -> bool {
    app.info.as_ref().is_some_and(|info| {
        info.engine != EngineInfo::default() || info.layers.iter().any(|layer| layer.folder.is_some())
    })
}

/// What was known of all layers holds no longer.
fn forget_account(app: &mut App) {
    app.insight = None;
    app.waste.set_groups(None);
    app.advice.entries.clear();
}

/// Asks for what needs all layers.
fn account(app: &mut App) -> Vec<Effect> {
    if app.image.as_ref().is_none_or(|image| !image.is_complete()) {
        return Vec::new();
    }
    vec![Effect::Account { generation: app.accounting.advance(), thorough: false }]
}

fn accounted(app: &mut App, insight: Arc<Insight>) -> Vec<Effect> {
    let Some(image) = app.image.clone() else { return Vec::new() };
    let height = app.height(Pane::Layers);
    app.layers.account(&image, &insight, &app.manner, height);
    app.tree.dead = Some(Arc::clone(&insight.dead));
    app.waste.set_groups(Some(Arc::clone(&insight.groups)));
    app.advice.list(&insight.advice);
    let more = (!insight.is_final).then_some(Effect::Account { generation: app.accounting, thorough: true });
    app.insight = Some(insight);
    let mut effects = app.refresh(Stale::Rows);
    effects.extend(more);
    effects
}

/// Bytes of file content in all layers.
pub fn ships(image: &Image) -> u64 {
    image.figures.iter().map(|figures| figures.payload_bytes).fold(0, u64::saturating_add)
}

fn preview(app: &mut App, generation: Generation, result: Result<Content, String>) {
    if generation != app.file.generation {
        return;
    }
    app.file.content = match result {
        Ok(content) => Body::Preview(Preview::new(content)),
        Err(sentence) => Body::Failed(sentence),
    };
}

fn differs(app: &mut App, generation: Generation, result: Result<(Content, Content), String>) {
    if generation != app.file.generation {
        return;
    }
    app.file.content = match result {
        Err(sentence) => Body::Failed(sentence),
        Ok((old, new)) => {
            let cut = |content: &Content| content.total > content.bytes.len() as u64;
            let is_text = |content: &Content| Preview::new(content.clone()).is_text();
            if !is_text(&old) || !is_text(&new) {
                Body::Failed(
                    "One of the two versions is no text, so there are no lines to compare.".to_owned(),
                )
            } else if cut(&old) || cut(&new) {
                let larger = app.manner.size(old.total.max(new.total));
                Body::Failed(format!("Comparing by lines is for small texts; this one has {larger}."))
            } else {
                Body::Diff(diff::unified(&old.bytes, &new.bytes))
            }
        }
    };
}
