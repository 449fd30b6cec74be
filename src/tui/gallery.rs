//! What keys do in the list of this machine's images.

use crossterm::event::{KeyCode, KeyEvent};

use super::act;
use super::action::Action;
use super::app::App;
use super::effect::Effect;
use super::input::Input;
use super::keys::overlay_height;
use super::overlay::Overlay;
use super::overlay::gallery::Gallery;
use super::overlay::pages::Pages;
use crate::local::Branch;
use crate::prose::removal::{bound, held, outcome};
use crate::role::Role;
use crate::text;

/// Takes a key while the list is on top.
pub fn key(app: &mut App, mut gallery: Gallery, event: &KeyEvent, action: Option<Action>) -> Vec<Effect> {
    if gallery.typing {
        match event.code {
            KeyCode::Enter => gallery.typing = false,
            KeyCode::Esc => {
                gallery.typing = false;
                gallery.filter = Input::default();
                gallery.refresh();
            }
            _ => {
                if gallery.filter.key(event) {
                    gallery.refresh();
                }
            }
        }
        app.overlays.push(Overlay::Gallery(gallery));
        return Vec::new();
    }
    let Some(action) = action else {
        app.overlays.push(Overlay::Gallery(gallery));
        return Vec::new();
    };
    app.overlays.push(Overlay::Gallery(gallery));
    act::perform(app, action)
}

/// Does what an action means in the list; `None` where it means nothing here.
pub fn act(app: &mut App, action: Action) -> Option<Vec<Effect>> {
    let height = overlay_height(app);
    let step = act::step(action, height);
    let (ascii, manner) = (app.ascii, app.manner.clone());
    let Some(Overlay::Gallery(gallery)) = app.overlays.last_mut() else { return None };
    if let Some(step) = step {
        gallery.go(step, height);
        return Some(Vec::new());
    }
    match action {
        Action::Open => {
            let reference = gallery.reference();
            app.home = app.overlays.pop();
            app.reference.clone_from(&reference);
            return Some(vec![Effect::OpenReference(reference)]);
        }
        Action::Toggle => gallery.mark(height),
        Action::FilterImages => gallery.typing = true,
        Action::SortImages => {
            gallery.reorder();
            let by = format!("sorted by {}", sorted_by(gallery));
            app.say(Role::Dim, by);
        }
        Action::Reclaim if gallery.is_empty() => app.say(Role::Warning, "there is no image to remove"),
        Action::Reclaim => {
            let pages = reclaim(gallery, &|bytes| manner.size(bytes));
            app.overlays.push(Overlay::Pages(pages));
        }
        Action::SharedLayers => {
            let pages = tree(gallery, &|bytes| manner.size(bytes), ascii);
            app.overlays.push(Overlay::Pages(pages));
        }
        // One level back is the filter first; Esc never quits.
        Action::Back if !gallery.filter.text().is_empty() => {
            gallery.filter = Input::default();
            gallery.refresh();
        }
        Action::Back => gallery.marked.clear(),
        _ => return None,
    }
    Some(Vec::new())
}

/// The order, in words.
pub fn sorted_by(gallery: &Gallery) -> &'static str {
    use crate::local::Sort;
    match gallery.sort {
        Sort::Created => "age",
        Sort::Name => "name",
        Sort::Size => "size",
        Sort::Own => "own bytes",
    }
}

fn reclaim(gallery: &Gallery, size: &dyn Fn(u64) -> String) -> Pages {
    let reclaim = gallery.listing.reclaim(&gallery.meant());
    let mut lines = Vec::new();
    for removal in &reclaim.removals {
        let name = text::display(removal.name.as_bytes());
        let freed = text::pad_left(&size(removal.freed), 10);
        lines.push(format!("{freed}  {name}: {}", outcome(&removal.outcome)));
    }
    lines.push(String::new());
    let (these, freed) = (these(reclaim.removals.len()), size(reclaim.freed));
    lines.push(format!("Removing {these} frees {}{freed}.", bound(&reclaim)));
    lines.extend(held(&reclaim, size));
    lines.push("capas removes nothing.".to_owned());
    Pages::of_lines("What removing would free", lines)
}

fn these(count: usize) -> String {
    if count == 1 { "it".to_owned() } else { format!("these {count} names") }
}

fn tree(gallery: &Gallery, size: &dyn Fn(u64) -> String, ascii: bool) -> Pages {
    let mut lines = Vec::new();
    for (at, store) in gallery.listing.stores.iter().enumerate() {
        if at > 0 {
            lines.push(String::new());
        }
        lines.push(text::display(store.title().as_bytes()));
        let mut ahead: Vec<(String, bool, Branch)> = Vec::new();
        let push = |ahead: &mut Vec<_>, branches: Vec<Branch>, indent: &str| {
            let last = branches.len();
            let numbered = branches.into_iter().enumerate().rev();
            ahead.extend(numbered.map(|(at, branch)| (indent.to_owned(), at + 1 == last, branch)));
        };
        push(&mut ahead, store.branches(), "");
        while let Some((indent, is_last, branch)) = ahead.pop() {
            let (mark, below) = match (ascii, is_last) {
                (false, false) => ("├─ ", "│  "),
                (false, true) => ("└─ ", "   "),
                (true, false) => ("|- ", "|  "),
                (true, true) => ("`- ", "   "),
            };
            let images: Vec<String> = branch.images.iter().map(|&at| store.images[at].label()).collect();
            let who = match images.len() {
                0 => format!("shared by {} images", branch.count()),
                _ => text::display(images.join(", ").as_bytes()),
            };
            let layers = branch.layers.len();
            let layers = if layers == 1 { "1 layer".to_owned() } else { format!("{layers} layers") };
            lines.push(format!("{indent}{mark}{}  {layers}  {who}", size(branch.bytes())));
            push(&mut ahead, branch.above, &format!("{indent}{below}"));
        }
    }
    Pages::of_lines("Images by the layers that they share", lines)
}
