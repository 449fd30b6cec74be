//! What an action does.

use super::action::{Action, Scope};
use super::app::App;
use super::availability::{content, why_not};
use super::effect::Effect;
use super::layout::{self, Pane, Screen};
use super::overlay::Overlay;
use super::overlay::menu::{Kind, Menu};
use super::overlay::pages::Pages;
use super::overlay::why::Why;
use super::pane::file::{Asked, Body};
use super::pane::groups::Grouping;
use super::pane::tree::Stale;
use super::scroll::{self, Step};
use super::{files, gallery, home, input::Input, jump, keys, take};
use crate::role::Role;

/// Does it, or says why not.
pub fn perform(app: &mut App, action: Action) -> Vec<Effect> {
    if let Some(done) = gallery::act(app, action) {
        return done;
    }
    if let Some(why) = why_not(app, action) {
        app.say(Role::Warning, format!("{}: {why}", action.spec().label));
        return Vec::new();
    }
    if let Some(step) = step(action, app.height(app.focus())) {
        return move_in(app, app.focus(), step);
    }
    match action {
        Action::Quit => return vec![Effect::Quit],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Help => open_menu(app, Kind::Help),
        Action::Why => {
            let why = Why::of(app);
            app.overlays.push(Overlay::Why(why));
        }
        Action::Palette => open_menu(app, Kind::Palette),
        Action::Back => return back(app),
        Action::NextPane => return tab(app, 1),
        Action::PrevPane => return tab(app, -1),
        Action::ViewLayers => return show(app, Screen::Layers),
        Action::ViewWaste => return show(app, Screen::Waste),
        Action::ViewAdvice => return show(app, Screen::Advice),
        Action::ViewImage => return show(app, Screen::Image),
        Action::Zoom => {
            app.zoom = !app.zoom;
            return app.want_content();
        }
        Action::Open => return open(app),
        Action::Close => return close(app),
        Action::Toggle => return files::toggle(app),
        Action::CopyValue => return take::copy_value(app),
        Action::RawJson => {
            if let Some(info) = app.info() {
                let pages = Pages::documents(info);
                app.overlays.push(Overlay::Pages(pages));
            }
        }
        Action::Copy => return take::copy(app),
        Action::CopyMore => return take::copy_more(app),
        Action::ByPair => app.waste.group_by(Grouping::Pair),
        Action::ByCause => app.waste.group_by(Grouping::Cause),
        Action::ByFolder => app.waste.group_by(Grouping::Folder),
        Action::ByFile => app.waste.group_by(Grouping::File),
        Action::SortWaste => app.waste.reorder(),
        Action::FilterWaste => {
            app.overlays.push(Overlay::Filter(Input::new(app.waste.filter.clone())));
        }
        Action::CopyWaste => return take::copy_dead(app),
        Action::CopyFix | Action::CopyDiff => return take::copy_fix(app, action == Action::CopyDiff),
        Action::Ignore | Action::ShowIgnored | Action::SortAdvice => advice(app, action),
        Action::NextDead => return jump::next_dead(app),
        Action::Preview | Action::Life => return files::read(app, action),
        Action::Diff => return files::diff(app),
        Action::Pager => {
            if let (Some(entry), Some(name)) = (content(app), take::name(app)) {
                return vec![Effect::OpenPager { entry, name }];
            }
        }
        Action::Extract => app.overlays.push(Overlay::Extract(Input::default())),
        _ => return files::in_files(app, action),
    }
    Vec::new()
}

/// The row step that an action is.
pub fn step(action: Action, height: usize) -> Option<Step> {
    let page = height.max(1) as isize;
    Some(match action {
        Action::Down => Step::By(1),
        Action::Up => Step::By(-1),
        Action::HalfDown => Step::By((page / 2).max(1)),
        Action::HalfUp => Step::By(-(page / 2).max(1)),
        Action::PageDown => Step::By(page),
        Action::PageUp => Step::By(-page),
        Action::Top => Step::First,
        Action::Bottom => Step::Last,
        _ => return None,
    })
}

/// Moves the cursor of a pane, or scrolls its text.
pub fn move_in(app: &mut App, pane: Pane, by: Step) -> Vec<Effect> {
    let height = app.height(pane);
    let rows = app.layout.pane(pane).map_or(0, |drawn| drawn.rows);
    let text = |offset: usize| scroll::step(offset, by, rows.saturating_sub(height) + 1);
    match pane {
        Pane::Layers => {
            let count = app.info.as_ref().map_or(0, |info| info.steps.len());
            return select_step(app, scroll::step(app.layers.selected, by, count));
        }
        Pane::Tree => {
            let Some(image) = app.image.clone() else { return Vec::new() };
            app.tree.go(&image.tree, by, height);
            return app.want_content();
        }
        Pane::Detail => app.detail_offset = text(app.detail_offset),
        Pane::File => {
            app.file.offset = text(app.file.offset);
            app.file.at_content = false;
        }
        Pane::Waste => app.waste.go(by, height),
        Pane::Victims => app.waste.go_files(by, height),
        Pane::Findings => {
            if let Some(insight) = &app.insight {
                app.advice.go(&insight.advice, by);
            }
        }
        Pane::Finding => app.advice.detail_offset = text(app.advice.detail_offset),
        Pane::Runs | Pane::Facts => {
            let items = if pane == Pane::Runs { &mut app.runs } else { &mut app.facts };
            items.selected = scroll::step(items.selected, by, items.items.len());
        }
    }
    Vec::new()
}

/// Selects a step; the files follow.
pub fn select_step(app: &mut App, step: usize) -> Vec<Effect> {
    if step == app.layers.selected {
        return Vec::new();
    }
    let before = app.view();
    let count = app.info.as_ref().map_or(0, |info| info.steps.len());
    app.layers.select(step.min(count.saturating_sub(1)), app.height(Pane::Layers));
    app.detail_offset = 0;
    if app.view() == before { Vec::new() } else { app.refresh(Stale::View) }
}

fn open_menu(app: &mut App, kind: Kind) {
    let in_list = matches!(app.overlays.last(), Some(Overlay::Gallery(_)));
    let scope = if in_list { Scope::Images } else { Scope::of(app.screen) };
    let menu = Menu::new(kind, scope, &app.keymap);
    app.overlays.push(Overlay::Menu(menu));
}

fn tab(app: &mut App, by: isize) -> Vec<Effect> {
    let order = layout::order(app.screen);
    let at = order.iter().position(|pane| *pane == app.focus()).unwrap_or(0);
    let next = (at + order.len()).saturating_add_signed(by) % order.len();
    app.set_focus(order[next]);
    app.want_content()
}

/// Changes which findings are listed, and how.
fn advice(app: &mut App, action: Action) {
    let Some(insight) = app.insight.clone() else { return };
    match action {
        Action::Ignore => {
            app.advice.ignore(&insight.advice);
            app.say(Role::Plain, "hidden until capas ends; I shows it again");
        }
        Action::ShowIgnored => app.advice.show_ignored(&insight.advice),
        _ => {
            app.advice.by_rule = !app.advice.by_rule;
            app.advice.list(&insight.advice);
        }
    }
}

/// Goes to a screen.
fn show(app: &mut App, screen: Screen) -> Vec<Effect> {
    if (app.screen, screen) == (Screen::Layers, Screen::Advice)
        && let Some(finding) =
            app.layers.bracket(app.layers.selected).and_then(|(bracket, _)| bracket.finding)
        && let Some(insight) = &app.insight
    {
        app.advice.choose(&insight.advice, finding);
    }
    app.screen = screen;
    app.origin = None;
    app.want_content()
}

/// One level back.
fn back(app: &mut App) -> Vec<Effect> {
    if matches!(app.file.content, Body::Diff(_)) || matches!(app.file.asked, Some(Asked::Diff(..))) {
        app.file.asked = None;
        return app.want_content();
    }
    if app.zoom {
        app.zoom = false;
        return app.want_content();
    }
    let filter = if app.screen == Screen::Waste { &app.waste.filter } else { &app.tree.filter };
    if matches!(app.screen, Screen::Layers | Screen::Waste) && !filter.is_empty() {
        return keys::filter(app, "");
    }
    if let Some(origin) = app.origin.take() {
        return show(app, origin);
    }
    if app.screen == Screen::Layers && app.layers.mark.take().is_some() {
        return app.refresh(Stale::View);
    }
    let first = layout::order(app.screen)[0];
    if app.focus() != first {
        app.set_focus(if app.focus() == Pane::File { Pane::Tree } else { first });
        return app.want_content();
    }
    if app.screen != Screen::Layers {
        return show(app, Screen::Layers);
    }
    if app.is_moving() && app.info.is_some() {
        app.loading.end();
        app.say(Role::Warning, "stopped reading; what was read stays");
        return vec![Effect::CancelLoad];
    }
    if let Some(effects) = home::back(app) {
        return effects;
    }
    app.say(Role::Dim, "nothing to go back to; q leaves");
    Vec::new()
}

/// Opens what the cursor is on, or goes to what is behind it.
pub fn open(app: &mut App) -> Vec<Effect> {
    match app.focus() {
        Pane::Layers => {
            app.set_focus(Pane::Tree);
            app.want_content()
        }
        Pane::Tree => {
            let (Some(image), Some(node)) = (app.image.clone(), app.node()) else { return Vec::new() };
            if !app.tree.opens(&image.tree, node) {
                app.set_focus(Pane::File);
                return app.want_content();
            }
            if app.tree.is_open(node) {
                return move_in(app, Pane::Tree, Step::By(1));
            }
            app.tree.selected = node;
            app.tree.set_open(node, true);
            app.refresh(Stale::Rows)
        }
        Pane::Runs | Pane::Facts => {
            let items = if app.focus() == Pane::Runs { &app.runs } else { &app.facts };
            let Some(step) = items.item().and_then(|item| item.step) else {
                app.say(Role::Dim, "no step of the history set this");
                return Vec::new();
            };
            app.screen = Screen::Layers;
            app.set_focus(Pane::Layers);
            let effects = select_step(app, step);
            app.say(Role::Plain, format!("step {} set it", step + 1));
            effects
        }
        Pane::Waste => {
            app.set_focus(Pane::Victims);
            Vec::new()
        }
        Pane::Victims => jump::to_dead(app),
        Pane::Findings | Pane::Finding => jump::to_evidence(app),
        Pane::Detail | Pane::File => Vec::new(),
    }
}

fn close(app: &mut App) -> Vec<Effect> {
    match app.focus() {
        Pane::Tree => {
            let (Some(image), Some(node)) = (app.image.clone(), app.node()) else {
                app.set_focus(Pane::Layers);
                return app.want_content();
            };
            if app.tree.is_open(node) && app.tree.opens(&image.tree, node) {
                app.tree.selected = node;
                app.tree.set_open(node, false);
                return app.refresh(Stale::Rows);
            }
            if image.tree.depth(node) <= 1 {
                app.set_focus(Pane::Layers);
                return app.want_content();
            }
            app.tree.selected = image.tree.parent(node);
            app.refresh(Stale::Rows)
        }
        Pane::File => {
            app.set_focus(Pane::Tree);
            app.want_content()
        }
        Pane::Detail => {
            app.set_focus(Pane::Layers);
            app.want_content()
        }
        Pane::Victims => {
            app.set_focus(Pane::Waste);
            Vec::new()
        }
        Pane::Finding => {
            app.set_focus(Pane::Findings);
            Vec::new()
        }
        Pane::Layers | Pane::Waste | Pane::Findings | Pane::Runs | Pane::Facts => Vec::new(),
    }
}
