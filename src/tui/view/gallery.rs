//! The list of this machine's images.

use ratatui::buffer::Buffer;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget as _};

use super::overlay::typed;
use super::{Canvas, bars};
use crate::local::{LocalStore, Row, State};
use crate::role::Role;
use crate::text::{self, pad_left, pad_right};
use crate::tui::action::Action;
use crate::tui::app::App;
use crate::tui::layout::{Area, Hit, Plan};
use crate::tui::overlay::gallery::Gallery;
use crate::tui::scroll;
use crate::tui::widget::{Frame, frame, put, put_right, rect, row, select};

/// What the screen is called.
const NAME: &str = "images on this machine";

/// What the last row says.
const DEMO: &str = "demo: a small image with a story, inside capas itself";

/// The keys of the list, in the order of the footer: what they do, and the same in one word.
const HINTS: [(Action, &str, &str); 7] = [
    (Action::Open, "explore", "explore"),
    (Action::Toggle, "mark", "mark"),
    (Action::Reclaim, "what removing would free", "frees?"),
    (Action::SharedLayers, "tree of shared layers", "layers"),
    (Action::FilterImages, "filter", "filter"),
    (Action::SortImages, "sort", "sort"),
    (Action::Help, "help", "help"),
];

/// Draws it over the whole screen.
pub fn draw(app: &App, gallery: &Gallery, canvas: &mut Canvas, buffer: &mut Buffer, plan: &Plan) {
    let look = canvas.look;
    let whole = Area::new(0, 0, plan.footer.width, plan.footer.y + 1);
    Clear.render(rect(whole), buffer);
    buffer.set_style(rect(whole), look.theme.ground());
    canvas.layout.hits.clear();
    header(app, gallery, canvas, buffer, row(whole, 0));
    let body = Area::new(0, 1, whole.width, plan.footer.y.saturating_sub(1));
    let right = Line::from(look.span(Role::Dim, "/ filter"));
    let title = title(gallery, usize::from(whole.width).saturating_sub(17));
    let inner = frame(buffer, look, body, Frame { title, right: Some(right), focused: true });
    let columns = Columns::new(inner.width);
    put(buffer, row(inner, 0), &Line::from(look.span(Role::Heading, columns.heading())));
    // Problems stand at the bottom, where they take no room from the images.
    let notes = notes(gallery);
    let below = notes.len().min(usize::from(inner.height) / 3);
    let list = Area::new(inner.x, inner.y + 1, inner.width, inner.height.saturating_sub(1 + below as u16));
    let height = usize::from(list.height);
    let offset = scroll::fit(gallery.offset, gallery.selected, height, gallery.len());
    for at in (offset..gallery.len()).take(height) {
        let area = row(list, at - offset);
        canvas.layout.hits.push((area, Hit::OverlayRow(at)));
        let selected = at == gallery.selected;
        let mark = if selected { look.pick("▶", ">") } else { " " };
        let mut spans = vec![look.span(Role::Key, mark)];
        match gallery.rows.get(at) {
            Some(image) => spans.extend(columns.row(app, gallery, image, look)),
            None => {
                spans.push(look.span(Role::Dim, look.cut(&format!(" {DEMO}"), usize::from(area.width) - 1)));
            }
        }
        put(buffer, area, &Line::from(spans));
        select(buffer, look, area, selected, true);
        if selected {
            canvas.cursor = Some((area.x, area.y));
        }
    }
    for (at, note) in notes.iter().take(below).enumerate() {
        let area = row(inner, usize::from(inner.height) - below + at);
        let note = look.cut(&format!(" {note}"), usize::from(area.width));
        put(buffer, area, &Line::from(look.span(Role::Warning, note)));
    }
    footer(app, gallery, canvas, buffer, plan.footer);
}

fn header(app: &App, gallery: &Gallery, canvas: &Canvas, buffer: &mut Buffer, at: Area) {
    let totals = gallery.totals;
    let size = |bytes| app.manner.size(bytes);
    let bytes = size(totals.bytes);
    let short = format!("{} images, {bytes} on disk", text::count(totals.images as u64));
    let mut ways = vec![short, bytes];
    if totals.dangling > 0 {
        ways.insert(0, format!("{}, {} dangling", ways[0], size(totals.dangling_bytes)));
    }
    let look = canvas.look;
    let line = Line::from(vec![look.span(Role::Dim, " capas  "), look.span(Role::Heading, NAME)]);
    // The whole name, and as much of the rest as there is room for.
    let room = usize::from(at.width).saturating_sub(line.width() + 2);
    if let Some(way) = ways.iter().find(|way| text::width(way) <= room) {
        put_right(buffer, at, &Line::from(look.span(Role::Plain, format!("{way} "))));
    }
    put(buffer, at, &line);
}

/// The stores: how each is read as well where there is room for it.
fn title(gallery: &Gallery, room: usize) -> String {
    let stores = &gallery.listing.stores;
    let join = |words: Vec<String>| text::display(words.join(" · ").as_bytes());
    let long = join(stores.iter().map(LocalStore::title).collect());
    match stores.len() {
        0 => "no local store".to_owned(),
        _ if text::width(&long) <= room => long,
        _ => join(stores.iter().map(|store| store.name.clone()).collect()),
    }
}

/// What could not be read.
fn notes(gallery: &Gallery) -> Vec<String> {
    let within = gallery.listing.stores.iter().flat_map(|store| &store.unread);
    let unread = gallery.listing.unread.iter().chain(within);
    unread.map(|unread| text::display(format!("{}: {}", unread.what, unread.why).as_bytes())).collect()
}

fn footer(app: &App, gallery: &Gallery, canvas: &mut Canvas, buffer: &mut Buffer, area: Area) {
    let look = canvas.look;
    if gallery.typing {
        let found = format!(" {} found · Enter keeps · Esc clears ", gallery.rows.len());
        let used = put_right(buffer, area, &Line::from(look.span(Role::Dim, found)));
        let left = Area { width: area.width.saturating_sub(used), ..area };
        typed(canvas, buffer, left, " Filter: ", &gallery.filter);
        return;
    }
    if let Some(message) = &app.message {
        put(buffer, area, &Line::from(look.span(message.role, format!(" {}", message.text))));
        return;
    }
    let mut x = 1;
    for (action, long, short) in HINTS {
        let label = if area.width < 110 { short } else { long };
        let key = bars::key_name(app, look, action);
        let width = text::width(&key) + 1 + text::width(label);
        if key.is_empty() || x + width > usize::from(area.width) {
            continue;
        }
        let at = Area::new(area.x + x as u16, area.y, width as u16, 1);
        let spans = vec![look.span(Role::Key, key), look.span(Role::Plain, format!(" {label}"))];
        put(buffer, at, &Line::from(spans));
        canvas.layout.hits.push((at, Hit::Action(action)));
        x += width + 2;
    }
}

/// Which columns there is room for, and how wide they are.
struct Columns {
    repository: usize,
    tag: usize,
    id: usize,
    created: usize,
    own: bool,
    store: usize,
}

/// A size with a space before it: ` 999.9 MB`.
const SIZE: usize = 10;

impl Columns {
    fn new(width: u16) -> Self {
        let width = usize::from(width).saturating_sub(1);
        let (tag, id, created, own, store) = match width {
            100.. => (14, 13, 16, true, 20),
            74.. => (12, 0, 0, true, 16),
            56.. => (12, 0, 0, true, 0),
            _ => (10, 0, 0, false, 0),
        };
        let sizes = if own { 3 * SIZE } else { SIZE };
        let repository = width.saturating_sub(tag + id + created + sizes + store + 3).max(8);
        Self { repository, tag, id, created, own, store }
    }

    fn heading(&self) -> String {
        let mut text =
            format!(" {}{}", pad_right(" REPOSITORY", self.repository + 1), pad_right("TAG", self.tag));
        text += &pad_right(if self.id > 0 { "IMAGE ID" } else { "" }, self.id);
        text += &pad_right(if self.created > 0 { "CREATED" } else { "" }, self.created);
        text += &pad_left("SIZE", SIZE);
        if self.own {
            text += &pad_left("OWN", SIZE);
            text += &pad_left("SHARED", SIZE);
        }
        if self.store > 0 {
            text += "  STORE";
        }
        text
    }

    fn row(
        &self,
        app: &App,
        gallery: &Gallery,
        row: &Row,
        look: crate::tui::widget::Look,
    ) -> Vec<Span<'static>> {
        let store = &gallery.listing.stores[row.store];
        let image = &store.images[row.image];
        let marked = gallery.marked.contains(&(row.store, row.image));
        let cell = |text: &str, width: usize, role: Role| {
            let text = look.cut(&text::display(text.as_bytes()), width.saturating_sub(1));
            look.span(role, pad_right(&text, width))
        };
        let named = |part: &Option<String>| if part.is_some() { Role::Plain } else { Role::Dim };
        let size = |bytes: Option<u64>| {
            let text = bytes.map_or("?".to_owned(), |bytes| app.manner.size(bytes));
            let role = if bytes == Some(0) { Role::Dim } else { Role::Plain };
            look.span(role, pad_left(&text, SIZE))
        };
        let mut spans = vec![
            look.span(Role::Key, if marked { look.pick("●", "*") } else { " " }),
            cell(row.repository.as_deref().unwrap_or("<none>"), self.repository, named(&row.repository)),
            cell(row.tag.as_deref().unwrap_or("<none>"), self.tag, named(&row.tag)),
        ];
        if self.id > 0 {
            spans.push(cell(image.id.as_ref().map_or("", |id| id.short()), self.id, Role::Dim));
        }
        if self.created > 0 {
            let age = image.created.map_or(String::new(), |seconds| text::ago(seconds, app.manner.now));
            spans.push(cell(&age, self.created, Role::Plain));
        }
        spans.push(size(image.size));
        if self.own {
            spans.extend([size(row.share.known_own()), size(row.share.known_shared())]);
        }
        if self.store > 0 {
            let state = match (row.state, row.containers.len()) {
                (State::Dangling, 0) => " dangling",
                (_, 0) => "",
                _ => " in use",
            };
            let role = if row.state == State::Dangling { Role::Dead } else { Role::Plain };
            spans.push(look.span(Role::Plain, "  "));
            spans.push(cell(&format!("{}{state}", store.name), self.store.max(9) + 1, role));
        }
        spans
    }
}
