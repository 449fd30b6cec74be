//! Measuring, cutting and aligning text by terminal columns, never inside a character.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr;

/// Columns that a text takes: the sum over its graphemes, which is how the terminal's buffer is filled.
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.graphemes(true).map(UnicodeWidthStr::width).sum() }
}

/// The longest beginning of a text that fits into `columns`.
pub fn prefix(text: &str, columns: usize) -> &str {
    let end =
        fitting(text.grapheme_indices(true).map(|(at, grapheme)| (at + grapheme.len(), grapheme)), columns);
    &text[..end.unwrap_or(0)]
}

/// The longest end of a text that fits into `columns`.
fn suffix(text: &str, columns: usize) -> &str {
    let start = fitting(text.grapheme_indices(true).rev(), columns);
    &text[start.unwrap_or(text.len())..]
}

/// The position of the last grapheme that still fits.
fn fitting<'a>(graphemes: impl Iterator<Item = (usize, &'a str)>, columns: usize) -> Option<usize> {
    let mut used = 0;
    graphemes
        .take_while(|(_, grapheme)| {
            used += grapheme.width();
            used <= columns
        })
        .last()
        .map(|(at, _)| at)
}

/// Whether a text fits; looks no further than it must, so that a line of a megabyte costs no more than the screen.
fn fits(text: &str, columns: usize) -> bool {
    (text.len() <= columns && text.is_ascii()) || prefix(text, columns).len() == text.len()
}

/// The text, or its beginning and `…` where it is wider than `columns`.
pub fn truncate(text: &str, columns: usize) -> Cow<'_, str> {
    if fits(text, columns) {
        Cow::Borrowed(text)
    } else if columns == 0 {
        Cow::Borrowed("")
    } else {
        Cow::Owned(format!("{}…", prefix(text, columns - 1)))
    }
}

/// The text, or its beginning, `…` and its end, so that the extension of a long name stays in sight.
pub fn truncate_middle(text: &str, columns: usize) -> Cow<'_, str> {
    if fits(text, columns) {
        return Cow::Borrowed(text);
    }
    let Some(room) = columns.checked_sub(1) else { return Cow::Borrowed("") };
    let end = suffix(text, room / 2);
    Cow::Owned(format!("{}…{end}", prefix(text, room - width(end))))
}

/// A path with components left out in its middle (`usr/…/dist-packages/pip`): the name stays whole as long as it fits,
/// then as many of its parents as fit, nearest last; a name that is wider than the room is cut in its own middle.
pub fn compact_path(path: &str, columns: usize) -> Cow<'_, str> {
    if fits(path, columns) {
        return Cow::Borrowed(path);
    }
    let (parents, name) = path.trim_end_matches('/').rsplit_once('/').unwrap_or(("", path));
    let Some(mut room) = columns.checked_sub(width(name) + 2).filter(|_| !parents.is_empty()) else {
        return truncate_middle(name, columns);
    };
    let mut parents: Vec<&str> = parents.split('/').collect();
    let (mut front, mut back) = (String::new(), String::new());
    // The first parent says where we are, then the nearest ones.
    if width(parents[0]) < room {
        front = format!("{}/", parents.remove(0));
        room -= width(&front);
    }
    while let Some(parent) = parents.pop().filter(|parent| width(parent) < room) {
        back = format!("{parent}/{back}");
        room -= width(parent) + 1;
    }
    Cow::Owned(format!("{front}…/{back}{name}"))
}

/// The text with spaces before it up to `columns`: figures.
pub fn pad_left(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// The text with spaces behind it up to `columns`: names.
pub fn pad_right(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}
