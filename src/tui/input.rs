//! A line of text that is being typed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation as _;

/// A line with a cursor between two graphemes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Input {
    text: String,
    /// Byte offset, at a grapheme boundary.
    cursor: usize,
}

impl Input {
    /// A line with the cursor at its end.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { cursor: text.len(), text }
    }

    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before the cursor.
    pub fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// Takes a key; says whether it was one for a line of text.
    pub fn key(&mut self, key: &KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            // Ctrl-H is how Backspace arrives from many terminals.
            KeyCode::Char('h') if ctrl => self.backspace(),
            KeyCode::Char('w') if ctrl => self.remove_word(),
            KeyCode::Char('u') if ctrl => {
                self.text.drain(..self.cursor);
                self.cursor = 0;
            }
            KeyCode::Char('a') if ctrl => self.cursor = 0,
            KeyCode::Char('e') if ctrl => self.cursor = self.text.len(),
            KeyCode::Char(c) if !ctrl && !key.modifiers.contains(KeyModifiers::ALT) => {
                self.insert(c.encode_utf8(&mut [0; 4]));
            }
            KeyCode::Backspace => self.backspace(),
            KeyCode::Delete => {
                let end = self.cursor + self.text[self.cursor..].graphemes(true).next().map_or(0, str::len);
                self.text.drain(self.cursor..end);
            }
            KeyCode::Left => self.cursor -= self.last_grapheme(),
            KeyCode::Right => {
                self.cursor += self.text[self.cursor..].graphemes(true).next().map_or(0, str::len);
            }
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            _ => return false,
        }
        true
    }

    /// Inserts a text at the cursor; line breaks become spaces, other control characters go.
    pub fn insert(&mut self, text: &str) {
        let clean: String = text
            .chars()
            .map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c })
            .filter(|c| !c.is_control())
            .collect();
        self.text.insert_str(self.cursor, &clean);
        self.cursor += clean.len();
    }

    fn last_grapheme(&self) -> usize {
        self.before().graphemes(true).next_back().map_or(0, str::len)
    }

    fn backspace(&mut self) {
        let start = self.cursor - self.last_grapheme();
        self.text.drain(start..self.cursor);
        self.cursor = start;
    }

    fn remove_word(&mut self) {
        let kept = self.before().trim_end();
        let start = kept.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        let start = if self.text.is_char_boundary(start) { start } else { 0 };
        self.text.drain(start..self.cursor);
        self.cursor = start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::Key;

    fn typed(keys: &[&str]) -> (String, String) {
        let mut input = Input::default();
        for key in keys {
            assert!(input.key(&Key::parse(key).unwrap().event()), "{key}");
        }
        (input.text().to_owned(), input.before().to_owned())
    }

    #[test]
    fn a_line_is_edited() {
        let expect = |keys: &[&str], text: &str, before: &str| {
            assert_eq!(typed(keys), (text.to_owned(), before.to_owned()), "{keys:?}");
        };
        expect(&["a", "b", "left", "c"], "acb", "ac");
        expect(&["a", "space", "b", "c", "ctrl-w"], "a ", "a ");
        expect(&["a", "b", "ctrl-h"], "a", "a");
        expect(&["a", "b", "home", "delete"], "b", "");
        expect(&["a", "b", "left", "ctrl-u"], "b", "");
    }

    #[test]
    fn a_letter_with_its_accent_goes_as_one() {
        let mut input = Input::new("xe\u{301}");
        input.key(&Key::parse("backspace").unwrap().event());
        assert_eq!(input.text(), "x");
    }

    #[test]
    fn pasted_text_cannot_break_the_line() {
        let mut input = Input::default();
        input.insert("a\nb\x1b[31m");
        assert_eq!(input.text(), "a b[31m");
    }
}
