//! Drawing. Reads the state, changes nothing, says what it drew.

use ratatui::Frame;

use super::app::App;
use super::layout::Layout;
use super::theme::{Glyphs, Theme};

/// All that drawing depends on besides the state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ctx {
    /// Colours.
    pub theme: Theme,
    /// Lines and marks.
    pub glyphs: Glyphs,
    /// Now, in seconds since 1970, for "3 days ago".
    pub now: i64,
}

/// Draws a frame; the shell hands the result to [`App::set_layout`].
pub fn view(app: &App, ctx: &Ctx, frame: &mut Frame<'_>) -> Layout {
    let _ = (ctx, &app.reference);
    let area = frame.area();
    Layout { size: (area.width, area.height), ..Layout::default() }
}
