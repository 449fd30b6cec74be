//! The beginning of a file's content, as lines of text or of hexadecimal digits.

use std::fmt::Write as _;

use crate::text;
use crate::tui::event::Content;

/// Bytes of a line that are looked at; a screen shows less.
const LINE: usize = 4096;
/// Bytes in a row of hexadecimal digits.
const HEX: usize = 16;

/// A content that can be drawn line by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    content: Content,
    /// Where the lines of a text begin; `None` for binary content.
    starts: Option<Vec<usize>>,
    kind: &'static str,
}

impl Preview {
    /// Finds out what a content is.
    pub fn new(content: Content) -> Self {
        let magic = MAGIC.iter().find(|(_, magic)| content.bytes.starts_with(magic)).map(|(kind, _)| *kind);
        let is_text = is_text(&content);
        let kind = match (magic, is_text) {
            (Some(kind), false) => kind,
            (_, true) if content.bytes.starts_with(b"#!") => "script",
            (_, true) if content.bytes.is_empty() => "empty",
            (_, true) => "text",
            (None, false) => "binary",
        };
        let starts = is_text.then(|| line_starts(&content.bytes));
        Self { content, starts, kind }
    }

    /// `text`, `script`, `ELF program`, ...
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// The whole length of the file in bytes.
    pub fn total(&self) -> u64 {
        self.content.total
    }

    /// Whether more follows than was read.
    pub fn is_cut(&self) -> bool {
        self.content.total > self.content.bytes.len() as u64
    }

    /// Whether it is text.
    pub fn is_text(&self) -> bool {
        self.starts.is_some()
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        match &self.starts {
            Some(starts) => starts.len(),
            None => self.content.bytes.len().div_ceil(HEX),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Line number or offset in the file.
    pub fn label(&self, line: usize) -> String {
        if self.is_text() { (line + 1).to_string() } else { format!("{:08x}", line * HEX) }
    }

    /// A line, safe for a terminal. Lines that are not there are empty.
    pub fn line(&self, line: usize) -> String {
        let bytes = &self.content.bytes;
        let Some(starts) = &self.starts else { return hex(bytes, line * HEX) };
        let Some(&start) = starts.get(line) else { return String::new() };
        let end = starts.get(line + 1).map_or(bytes.len(), |next| next - 1);
        let shown = &bytes[start..end.min(start + LINE).max(start)];
        text::display_multiline(shown.strip_suffix(b"\r").unwrap_or(shown))
    }
}

/// Text: valid UTF-8 (but for what the limit cut off) without NUL.
fn is_text(content: &Content) -> bool {
    let cut = content.total > content.bytes.len() as u64;
    !content.bytes.contains(&0)
        && match std::str::from_utf8(&content.bytes) {
            Ok(_) => true,
            Err(error) => cut && error.error_len().is_none(),
        }
}

fn line_starts(bytes: &[u8]) -> Vec<usize> {
    if bytes.is_empty() {
        return Vec::new();
    }
    let mut starts = vec![0];
    starts.extend((1..bytes.len()).filter(|&at| bytes[at - 1] == b'\n'));
    starts
}

fn hex(bytes: &[u8], start: usize) -> String {
    let row = &bytes[start.min(bytes.len())..bytes.len().min(start + HEX)];
    let mut out = String::new();
    for at in 0..HEX {
        match row.get(at) {
            Some(byte) => {
                let _ = write!(out, "{byte:02x} ");
            }
            None => out.push_str("   "),
        }
        if at == HEX / 2 - 1 {
            out.push(' ');
        }
    }
    out.push(' ');
    out.extend(row.iter().map(|&byte| if (0x20..0x7f).contains(&byte) { char::from(byte) } else { '.' }));
    out
}

/// File types by their first bytes.
const MAGIC: &[(&str, &[u8])] = &[
    ("ELF program", b"\x7fELF"),
    ("gzip", b"\x1f\x8b"),
    ("zstd", b"\x28\xb5\x2f\xfd"),
    ("xz", b"\xfd7zXZ\0"),
    ("bzip2", b"BZh"),
    ("zip", b"PK\x03\x04"),
    ("PNG image", b"\x89PNG"),
    ("JPEG image", b"\xff\xd8\xff"),
    ("GIF image", b"GIF8"),
    ("PDF", b"%PDF"),
    ("SQLite database", b"SQLite format 3\0"),
    ("Java class", b"\xca\xfe\xba\xbe"),
    ("WebAssembly", b"\0asm"),
    ("ar archive", b"!<arch>\n"),
    ("compiled translations", b"\xde\x12\x04\x95"),
    ("TrueType font", b"\0\x01\0\0\0"),
    ("WOFF2 font", b"wOF2"),
    ("Berkeley database", b"\0\x05\x31\x62"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn preview(bytes: &[u8], total: u64) -> Preview {
        Preview::new(Content { bytes: bytes.to_vec(), total })
    }

    #[test]
    fn text_has_numbered_lines() {
        let text = preview(b"a\n\tb\r\nlast", 10);
        assert_eq!((text.kind(), text.len()), ("text", 3));
        assert_eq!([text.line(0), text.line(1), text.line(2)], ["a", "        b", "last"]);
        assert_eq!((text.label(2), text.line(3)), ("3".to_owned(), String::new()));
        assert_eq!(preview(b"one\n", 4).len(), 1, "a final line end begins no line");
    }

    #[test]
    fn a_character_that_the_limit_cut_is_still_text() {
        assert!(preview(b"caf\xc3", 100).is_text());
        assert!(!preview(b"caf\xc3", 4).is_text());
    }

    #[test]
    fn binary_content_comes_in_digits_with_its_kind() {
        let elf = preview(b"\x7fELF\x02\x01\x01\0abcdefghij", 18);
        assert_eq!((elf.kind(), elf.len(), elf.label(1)), ("ELF program", 2, "00000010".to_owned()));
        assert_eq!(elf.line(0), "7f 45 4c 46 02 01 01 00  61 62 63 64 65 66 67 68  .ELF....abcdefgh");
        assert_eq!(elf.line(1).trim_end(), "69 6a                                             ij");
    }

    #[test]
    fn control_characters_are_shown_not_sent() {
        assert!(!preview(b"\x1b[31mred", 8).line(0).contains('\x1b'));
    }
}
