//! JSON as Go's `encoding/json` writes it: the same escapes, the same white space.

use std::fmt::Write as _;

use super::{Reader, Value};
use crate::text;

/// Whether `<`, `>` and `&` are escaped, which `json.Marshal` does and docker's `json` function does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Html {
    /// `<` is `\u003c`.
    Escaped,
    /// `<` is `<`.
    Plain,
}

/// White space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// None: `json.Marshal`.
    Line,
    /// A member a line, four spaces a level: `json.Indent`.
    Indented,
}

/// A value as JSON. For a terminal, characters that would act on it are escaped as JSON can.
pub fn encode(value: &Value, html: Html, layout: Layout, reader: Reader) -> String {
    let indent = (layout == Layout::Indented).then_some("    ");
    let mut writer = Writer { out: String::new(), html, indent, depth: 0, reader };
    writer.value(value);
    writer.out
}

/// JSON with other white space, as `json.Indent` and `json.Compact` make it: order, numbers and escapes stay as they
/// are. For a terminal, characters that would act on it are escaped as JSON can.
pub fn relaid(json: &str, layout: Layout, reader: Reader) -> String {
    let indent = (layout == Layout::Indented).then_some("    ");
    let mut writer =
        Writer { out: String::with_capacity(json.len() * 2), html: Html::Plain, indent, depth: 0, reader };
    writer.tokens(json);
    writer.out
}

struct Writer {
    out: String,
    html: Html,
    indent: Option<&'static str>,
    depth: usize,
    reader: Reader,
}

impl Writer {
    fn value(&mut self, value: &Value) {
        match value {
            Value::Nothing
            | Value::NilPointer
            | Value::List { nil: true, .. }
            | Value::Map { nil: true, .. } => self.out.push_str("null"),
            Value::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Value::Integer(number) | Value::Duration(number) => self.out.push_str(&number.to_string()),
            Value::Number(number) => self.out.push_str(number),
            Value::Text(text) => self.string(text),
            Value::List { items, .. } => {
                self.group(['[', ']'], items.iter(), Self::value);
            }
            Value::Map { entries, .. } => {
                self.group(['{', '}'], entries.iter(), |writer, (key, value)| writer.member(key, value));
            }
            Value::Struct(_) => {
                let members = value.members();
                self.group(['{', '}'], members.into_iter(), |writer, (key, value)| writer.member(key, value));
            }
            Value::Methods(methods) => {
                // Docker's MarshalJSON goes through a sorted map and `json.Marshal`, which escapes HTML.
                let outer = std::mem::replace(&mut self.html, Html::Escaped);
                let mut methods = methods.clone();
                methods.sort_unstable();
                self.group(['{', '}'], methods.into_iter(), |writer, (key, text)| {
                    writer.member(key, &Value::Text(text));
                });
                self.html = outer;
            }
        }
    }

    fn group<T>(
        &mut self,
        brackets: [char; 2],
        parts: impl Iterator<Item = T>,
        mut write: impl FnMut(&mut Self, T),
    ) {
        self.out.push(brackets[0]);
        self.depth += 1;
        let mut any = false;
        for part in parts {
            if any {
                self.out.push(',');
            }
            any = true;
            self.line();
            write(self, part);
        }
        self.depth -= 1;
        if any {
            self.line();
        }
        self.out.push(brackets[1]);
    }

    fn line(&mut self) {
        if let Some(indent) = self.indent {
            self.out.push('\n');
            self.out.push_str(&indent.repeat(self.depth));
        }
    }

    fn member(&mut self, key: &str, value: &Value) {
        self.string(key);
        self.out.push_str(if self.indent.is_some() { ": " } else { ":" });
        self.value(value);
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\x08' => self.out.push_str("\\b"),
                '\x0c' => self.out.push_str("\\f"),
                '<' | '>' | '&' if self.html == Html::Plain => self.out.push(c),
                '\0'..'\x20' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                    self.unicode(c as u16);
                }
                c => self.inside(c),
            }
        }
        self.out.push('"');
    }

    /// The tokens of a document that is valid.
    fn tokens(&mut self, json: &str) {
        let mut chars = json.chars().peekable();
        let is_space = |c: &char| matches!(c, ' ' | '\t' | '\n' | '\r');
        while let Some(c) = chars.next() {
            match c {
                c if is_space(&c) => {}
                '"' => {
                    self.out.push('"');
                    let mut escaped = false;
                    for c in chars.by_ref() {
                        self.inside(c);
                        match c {
                            '"' if !escaped => break,
                            c => escaped = c == '\\' && !escaped,
                        }
                    }
                }
                '{' | '[' => {
                    self.out.push(c);
                    while chars.next_if(is_space).is_some() {}
                    if let Some(end) = chars.next_if(|c| matches!(c, '}' | ']')) {
                        self.out.push(end);
                    } else {
                        self.depth += 1;
                        self.line();
                    }
                }
                '}' | ']' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.line();
                    self.out.push(c);
                }
                ',' => {
                    self.out.push(c);
                    self.line();
                }
                ':' => self.out.push_str(if self.indent.is_some() { ": " } else { ":" }),
                c => self.out.push(c),
            }
        }
    }

    /// A character of a string that is JSON already.
    fn inside(&mut self, c: char) {
        if self.reader == Reader::Terminal && acts_on_terminal(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                self.unicode(*unit);
            }
        } else {
            self.out.push(c);
        }
    }

    fn unicode(&mut self, unit: u16) {
        // Writing to a string does not fail.
        let _ = write!(self.out, "\\u{unit:04x}");
    }
}

fn acts_on_terminal(c: char) -> bool {
    c == '\x7f' || (!c.is_ascii() && text::display(c.to_string().as_bytes()) != c.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_json_keeps_everything_but_its_white_space() {
        let json = "{\"b\": [1.50, {}, [ ]],\n\"a\":\"\\u003c \\\"{,:\\\\\", \"c\":\"\u{202e}\"}";
        let line = "{\"b\":[1.50,{},[]],\"a\":\"\\u003c \\\"{,:\\\\\",\"c\":\"\u{202e}\"}";
        assert_eq!(relaid(json, Layout::Line, Reader::Program), line);
        let indented = "{\n    \"b\": [\n        1.50,\n        {},\n        []\n    ],\n    \"a\": \"\\u003c \\\"{,:\\\\\",\n    \
                        \"c\": \"\\u202e\"\n}";
        assert_eq!(relaid(json, Layout::Indented, Reader::Terminal), indented);
        assert_eq!(relaid(indented, Layout::Line, Reader::Program), line.replace('\u{202e}', "\\u202e"));
    }
}
