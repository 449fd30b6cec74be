//! Lines of meanings to lines of styles, wrapped at spaces, never inside a grapheme.

use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation as _;

use super::Look;
use crate::text;
use crate::tui::doc;

/// The rows that a line takes in `width` cells.
pub fn wrap(look: Look, line: &doc::Line, width: usize) -> Vec<Line<'static>> {
    let width = width.max(1);
    if line.cut {
        return vec![cut(look, line, width)];
    }
    let indent = usize::from(line.indent).min(width / 2).min(width.saturating_sub(2));
    let mut rows: Vec<Line<'static>> = Vec::new();
    let mut row: Vec<Span<'static>> = Vec::new();
    let mut used = 0;
    // Whether the row holds anything but its indentation.
    let mut empty = true;
    for span in &line.spans {
        let style = look.theme.style(span.role);
        for piece in pieces(&span.text) {
            let wide = text::width(piece);
            let space = piece.chars().all(char::is_whitespace);
            if used + wide > width && !empty {
                rows.push(Line::from(std::mem::take(&mut row)));
                row.push(Span::raw(" ".repeat(indent)));
                (used, empty) = (indent, true);
            }
            if space && empty && !rows.is_empty() {
                continue;
            }
            // A word that fits on no row is cut.
            let mut rest = piece;
            while used + text::width(rest) > width {
                let head = match text::prefix(rest, width - used) {
                    "" => rest.graphemes(true).next().unwrap_or(rest),
                    head => head,
                };
                row.push(Span::styled(head.to_owned(), style));
                rows.push(Line::from(std::mem::take(&mut row)));
                row.push(Span::raw(" ".repeat(indent)));
                (used, empty) = (indent, true);
                rest = &rest[head.len()..];
            }
            if !rest.is_empty() {
                used += text::width(rest);
                empty = false;
                row.push(Span::styled(rest.to_owned(), style));
            }
        }
    }
    if !empty || rows.is_empty() {
        rows.push(Line::from(row));
    }
    rows
}

/// Words and the spaces between them.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let space = rest.chars().next()?.is_whitespace();
        let end = rest.find(|c: char| c.is_whitespace() != space).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

fn cut(look: Look, line: &doc::Line, width: usize) -> Line<'static> {
    let mut spans = Vec::new();
    let mut used = 0;
    for span in &line.spans {
        let text = look.cut(&span.text, width - used);
        used += text::width(&text).min(width - used);
        spans.push(Span::styled(text, look.theme.style(span.role)));
        if used == width {
            break;
        }
    }
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::Role;
    use crate::tui::theme::{Glyphs, Theme};

    fn rows(line: &doc::Line, width: usize) -> Vec<String> {
        let look = Look { theme: Theme::None, glyphs: Glyphs::Unicode };
        wrap(look, line, width).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lines_break_at_spaces_and_continue_under_their_value() {
        let line = doc::Line::field("Size", 6, "one two three");
        assert_eq!(rows(&line, 14), ["Size  one two ", "      three"]);
        assert_eq!(rows(&doc::Line::new(), 10), [""]);
        assert_eq!(rows(&doc::Line::of(Role::Plain, "abcdefgh"), 3), ["abc", "def", "gh"]);
    }

    #[test]
    fn no_row_is_wider_than_the_pane_and_no_text_is_lost() {
        let text = "sha256:0123 日本語日本語 e\u{301}e\u{301}e\u{301} 👩‍👩‍👧 apt-get update && x";
        for width in 2..40 {
            for indent in [0, 3, 30] {
                let line = doc::Line::of(Role::Plain, text).indent(indent);
                let rows = rows(&line, width);
                for row in &rows {
                    assert!(text::width(row) <= width, "{width}: {row:?}");
                }
                let squeeze = |text: &str| text.split_whitespace().collect::<String>();
                assert_eq!(squeeze(&rows.concat()), squeeze(text), "{width}");
            }
        }
    }

    #[test]
    fn a_line_that_is_cut_says_so() {
        assert_eq!(rows(&doc::Line::of(Role::Plain, "abcdef").cut(), 4), ["abc…"]);
    }
}
