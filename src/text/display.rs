//! The gate: hostile bytes to text that a terminal shows and does not obey.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

/// Columns from one tab stop to the next, as terminals and `less` have them.
const TAB: usize = 8;

/// Marks that may stand on one character; real scripts need three or four, "zalgo" text stacks hundreds of them over
/// the lines above and below.
const MARKS: usize = 8;

/// A name or any other bytes of an image as text that is safe on a terminal and shows what it holds: control characters
/// (C0, C1, DEL), bidirectional marks, zero-width and tag characters, line and paragraph separators, other invisible
/// characters and invalid UTF-8 come out escaped (`\x1b`, `\u{202e}`, `\xff`).
///
/// Different bytes never look the same: backslashes that stand before an escape, or before what reads like one, are
/// doubled; all others stay single (`system-getty\x2dinit.slice` has no escape that would be written here).
pub fn display(bytes: &[u8]) -> String {
    let mut out = Escaped::new(Backslashes::Unambiguous);
    for chunk in bytes.utf8_chunks() {
        out.text(chunk.valid(), !chunk.invalid().is_empty());
        out.invalid(chunk.invalid());
    }
    out.text
}

/// The content of a file for a preview: as [`display`], but lines stay lines (`\n` or `\r\n`), tabs become spaces up to
/// the next tab stop, and backslashes stay as they are, since text files are full of escapes of their own.
pub fn display_multiline(bytes: &[u8]) -> String {
    let mut out = Escaped::new(Backslashes::Verbatim);
    for (at, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
        if at > 0 {
            out.newline();
        }
        for chunk in line.strip_suffix(b"\r").unwrap_or(line).utf8_chunks() {
            out.text(chunk.valid(), false);
            out.invalid(chunk.invalid());
        }
    }
    out.text
}

/// A sentence with names in it, on one line. Names that were escaped on their way into it stay as they are.
pub fn display_sentence(sentence: &str) -> String {
    display_multiline(sentence.as_bytes()).replace('\n', " ")
}

/// What becomes of backslashes, and with them of tabs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Backslashes {
    /// Names: doubled where they could be read as the start of an escape; tabs are escaped.
    Unambiguous,
    /// Files: kept; tabs are expanded.
    Verbatim,
}

/// Text in the making.
struct Escaped {
    text: String,
    backslashes: Backslashes,
    /// Width of the current line so far, for tab stops.
    column: usize,
    /// Marks on the last character. Where nothing of the name's own stands before a mark, it would stand on ours: full.
    marks: usize,
}

impl Escaped {
    fn new(backslashes: Backslashes) -> Self {
        Self { text: String::new(), backslashes, column: 0, marks: MARKS }
    }

    fn newline(&mut self) {
        self.text.push('\n');
        self.column = 0;
        self.marks = MARKS;
    }

    /// Valid UTF-8; `then_invalid` says that an escaped byte follows it.
    fn text(&mut self, text: &str, then_invalid: bool) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let after = &rest[c.len_utf8()..];
            match c {
                '\\' if self.backslashes == Backslashes::Unambiguous => {
                    let run = rest.len() - rest.trim_start_matches('\\').len();
                    let behind = &rest[run..];
                    let doubled = starts_escape(behind) || (behind.is_empty() && then_invalid);
                    self.plain(&"\\".repeat(if doubled { 2 * run } else { run }));
                    rest = behind;
                    continue;
                }
                '\t' if self.backslashes == Backslashes::Verbatim => {
                    self.plain(&" ".repeat(TAB - self.column % TAB));
                }
                _ if is_unsafe(c) => self.escape(c),
                _ => match c.width().unwrap_or(0) {
                    0 if self.marks >= MARKS => self.escape(c),
                    0 => {
                        self.text.push(c);
                        self.marks += 1;
                    }
                    columns => {
                        self.text.push(c);
                        self.column += columns;
                        self.marks = 0;
                    }
                },
            }
            rest = after;
        }
    }

    fn invalid(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.plain(&format!("\\x{byte:02x}"));
            self.marks = MARKS;
        }
    }

    fn escape(&mut self, c: char) {
        let mut escape = String::new();
        // Writing to a string cannot fail.
        let _ = match u32::from(c) {
            low @ (..0x20 | 0x7f) => write!(escape, "\\x{low:02x}"),
            high => write!(escape, "\\u{{{high:x}}}"),
        };
        self.plain(&escape);
        self.marks = MARKS;
    }

    /// ASCII text of our own.
    fn plain(&mut self, text: &str) {
        self.text.push_str(text);
        self.column += text.len();
        self.marks = 0;
    }
}

/// Whether an escape follows, or what would read like one with a backslash before it.
fn starts_escape(text: &str) -> bool {
    text.chars().next().is_some_and(is_unsafe)
        || text.starts_with("u{")
        || text
            .strip_prefix('x')
            .and_then(|digits| digits.get(..2))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            // Printable ASCII is never escaped.
            .is_some_and(|byte| !(0x20..0x7f).contains(&byte))
}

/// Characters that move, reorder, hide or fake text: the controls, and whatever Unicode calls a format character or
/// ignorable by default, but for the variation selectors 15 and 16 that emoji need. The zero-width joiner is among them:
/// it makes two names look like one.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}'                        // soft hyphen
            | '\u{34f}'                     // combining grapheme joiner
            | '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{8e2}' // Arabic and Syriac format characters
            | '\u{61c}'                     // Arabic letter mark (bidi)
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' // Hangul fillers: blank letters
            | '\u{17b4}' | '\u{17b5}'       // invisible Khmer vowels
            | '\u{180b}'..='\u{180f}'       // Mongolian selectors
            | '\u{200b}'..='\u{200f}'       // zero-width space, joiners, bidi marks
            | '\u{2028}'..='\u{202e}'       // line and paragraph separator, bidi embeddings and overrides
            | '\u{2060}'..='\u{206f}'       // word joiner, invisible operators, bidi isolates
            | '\u{2800}'                    // blank Braille pattern
            | '\u{fe00}'..='\u{fe0d}'       // variation selectors 1 to 14
            | '\u{feff}'                    // byte order mark
            | '\u{fff0}'..='\u{fffb}'       // interlinear annotation
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' // shorthand and musical format characters
            | '\u{e000}'..='\u{f8ff}'       // private use: whatever the font makes of it
            | '\u{e0000}'..='\u{e0fff}'     // tags and variation selectors 17 to 256: hidden messages
            | '\u{f0000}'..='\u{10ffff}'    // private use, and no characters
        )
}
