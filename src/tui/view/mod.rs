//! Drawing. Reads the state, changes nothing, says what it drew.

mod advice;
mod bars;
mod figures;
mod gallery;
mod items;
mod layers;
mod overlay;
mod screens;
mod text;
mod tree;
mod waste;

use ratatui::Frame;
use ratatui::layout::Position;

use super::app::App;
use super::layout::{Drawn, Layout, Pane, Room};
use super::theme::{Glyphs, Theme};
use super::widget::{Look, rect};

/// All that drawing depends on besides the state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ctx {
    /// Colours.
    pub theme: Theme,
    /// Lines and marks.
    pub glyphs: Glyphs,
}

/// Draws a frame; the shell hands the result to [`App::set_layout`].
pub fn view(app: &App, ctx: &Ctx, frame: &mut Frame<'_>) -> Layout {
    let whole = frame.area();
    let size = (whole.width, whole.height);
    let look = Look { theme: ctx.theme, glyphs: ctx.glyphs };
    frame.buffer_mut().set_style(whole, look.theme.ground());
    let mut canvas = Canvas { look, layout: Layout { size, ..Layout::default() }, cursor: None };
    // The state hears of a new size with the next event; what is drawn fits already now.
    let plan = app.plan_for(size);
    if plan.room == Room::None {
        screens::too_small(frame.buffer_mut(), look, whole);
        return canvas.layout;
    }
    let buffer = frame.buffer_mut();
    bars::header(app, &mut canvas, buffer, &plan);
    match (app.info(), &app.failure) {
        (_, Some(failure)) => screens::failed(app, failure, &mut canvas, buffer, &plan),
        (None, None) => screens::opening(app, &mut canvas, buffer, &plan),
        (Some(info), None) => {
            let image = app.image().map(AsRef::as_ref);
            for &(pane, outer) in &plan.panes {
                let drawn = match pane {
                    Pane::Layers => layers::draw(app, info, &mut canvas, buffer, outer),
                    Pane::Tree => tree::draw(app, &mut canvas, buffer, outer),
                    Pane::Detail => text::detail(app, info, &mut canvas, buffer, outer),
                    Pane::File => text::file(app, info, &mut canvas, buffer, outer),
                    Pane::Waste => waste::groups(app, image, &mut canvas, buffer, outer),
                    Pane::Victims => waste::victims(app, image, &mut canvas, buffer, outer),
                    Pane::Findings => advice::findings(app, &mut canvas, buffer, outer),
                    Pane::Finding => advice::finding(app, image, &mut canvas, buffer, outer),
                    Pane::Runs | Pane::Facts => items::draw(app, pane, &mut canvas, buffer, outer),
                };
                canvas.layout.panes.push(drawn);
            }
            canvas.layout.splitter = plan.splitter;
        }
    }
    bars::footer(app, &mut canvas, buffer, &plan);
    overlay::draw(app, &mut canvas, buffer, &plan);
    if look.glyphs == Glyphs::Ascii {
        plain(buffer);
    }
    if let Some((x, y)) = canvas.cursor.filter(|&(x, y)| rect_contains(size, x, y)) {
        frame.set_cursor_position(Position::new(x, y));
    }
    canvas.layout
}

/// The marks in running text, for terminals without them. Names in images keep their letters.
fn plain(buffer: &mut ratatui::buffer::Buffer) {
    for cell in &mut buffer.content {
        let ascii = match cell.symbol() {
            "·" | "–" => "-",
            "…" => "~",
            "×" => "x",
            "●" => "*",
            "→" => ">",
            "≤" => "<",
            "└" => "`",
            _ => continue,
        };
        cell.set_symbol(ascii);
    }
}

fn rect_contains(size: (u16, u16), x: u16, y: u16) -> bool {
    x < size.0 && y < size.1
}

/// What is filled in while a frame is drawn.
struct Canvas {
    look: Look,
    layout: Layout,
    /// Where the hardware cursor goes: what screen readers and magnifiers follow.
    cursor: Option<(u16, u16)>,
}

impl Canvas {
    /// A pane that was drawn.
    fn drawn(pane: Pane, outer: super::layout::Area, inner: super::layout::Area) -> Drawn {
        Drawn { pane, outer, inner, ..Drawn::default() }
    }

    /// Draws the scroll mark of a pane that has more rows than fit: how far down, in hundredths.
    fn more(&self, buffer: &mut ratatui::buffer::Buffer, drawn: &Drawn) {
        let height = usize::from(drawn.inner.height);
        if drawn.rows <= height || height == 0 {
            return;
        }
        let last = drawn.offset + height >= drawn.rows;
        let text = if drawn.offset == 0 {
            self.look.pick(" ↓ ", " v ").to_owned()
        } else if last {
            self.look.pick(" ↑ ", " ^ ").to_owned()
        } else {
            self.look.pick(" ↑↓ ", " ^v ").to_owned()
        };
        let width = crate::text::width(&text) as u16;
        let outer = rect(drawn.outer);
        if outer.width > width + 4 {
            let (x, y) = (outer.x + outer.width - width - 2, outer.y + outer.height - 1);
            buffer.set_string(x, y, &text, self.look.theme.border(false));
        }
    }
}
