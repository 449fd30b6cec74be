//! A text in a window: the JSON of config and manifest, what removing images would free.

use std::fmt::Write as _;

use crate::image::ImageInfo;
use crate::text;
use crate::tui::scroll::{self, Step};

/// The text.
#[derive(Clone, Debug)]
pub struct Pages {
    /// The window's title.
    pub title: String,
    /// The lines, safe for a terminal.
    pub lines: Vec<String>,
    /// The first line on screen.
    pub offset: usize,
    /// The whole text, for copying.
    pub text: String,
}

impl Pages {
    /// Config and manifest as they are stored, indented where they are JSON.
    pub fn documents(info: &ImageInfo) -> Self {
        let mut text = String::new();
        for (title, bytes) in [("config", &info.config_json), ("manifest", &info.manifest_json)] {
            if !bytes.is_empty() {
                let _ = write!(text, "// {title}, {} bytes\n{}\n\n", bytes.len(), indented(bytes));
            }
        }
        if text.is_empty() {
            text.push_str("// this source has neither config nor manifest\n");
        }
        let lines = text.trim_end().lines().map(|line| text::display_multiline(line.as_bytes())).collect();
        Self { title: "Raw JSON".to_owned(), lines, offset: 0, text }
    }

    /// Lines that are safe for a terminal.
    pub fn of_lines(title: &str, lines: Vec<String>) -> Self {
        let text = lines.join("\n") + "\n";
        Self { title: title.to_owned(), lines, offset: 0, text }
    }

    /// Scrolls.
    pub fn go(&mut self, step: Step, height: usize) {
        let last = self.lines.len().saturating_sub(height);
        self.offset = scroll::step(self.offset, step, last + 1);
    }
}

/// JSON with line breaks; the order of keys stays. What is no JSON stays whole.
fn indented(bytes: &[u8]) -> String {
    serde_json::from_slice::<serde_json::Value>(bytes)
        .and_then(|value| serde_json::to_string_pretty(&value))
        .unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned())
}
