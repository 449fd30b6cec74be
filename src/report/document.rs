//! The vocabulary of our JSON (`interface.md`): what all documents have in common.

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;

use crate::image::ImageInfo;
use crate::text;

/// The version of the documents, in `schemaVersion`.
pub const SCHEMA_VERSION: u32 = 1;

/// One document: the version, the image, the answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document<'a, T> {
    schema_version: u32,
    image: ImageHead<'a>,
    #[serde(flatten)]
    answer: T,
}

/// Which image an answer is about.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageHead<'a> {
    reference: &'a str,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<&'a str>,
    tags: &'a [String],
    platform: String,
}

impl<'a, T: Serialize> Document<'a, T> {
    /// A document about `image`. `answer` becomes fields beside `image`.
    pub fn new(image: &'a ImageInfo, answer: T) -> Self {
        let image = ImageHead {
            reference: &image.reference,
            source: &image.source,
            id: image.id.as_ref().map(crate::oci::Digest::as_str),
            digest: image.manifest_digest.as_ref().map(crate::oci::Digest::as_str),
            tags: &image.tags,
            platform: image.platform.to_string(),
        };
        Self { schema_version: SCHEMA_VERSION, image, answer }
    }

    /// Writes it, indented, with a newline at the end.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(Safe(&mut *out), self)?;
        out.write_all(b"\n")
    }
}

/// Bytes as JSON text: themselves where they are UTF-8, else escaped, with the bytes in base64 beside it.
pub fn lossless(bytes: &[u8]) -> (String, Option<String>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), None),
        Err(_) => (text::display(bytes), Some(BASE64.encode(bytes))),
    }
}

/// Writes a document that is about no single image, indented, with a newline at the end.
pub fn write_document(out: &mut dyn Write, document: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(Safe(&mut *out), document)?;
    out.write_all(b"\n")
}

/// Writes one value on one line.
pub fn write_line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(Safe(&mut *out), value)?;
    out.write_all(b"\n")
}

/// JSON that a terminal can be shown: characters outside ASCII that could steer it or hide (C1 controls, bidirectional
/// marks, zero-width characters) are written as `\u202e`, which is the same document.
struct Safe<'a>(&'a mut dyn Write);

impl Write for Safe<'_> {
    /// Takes whole strings, as the serializer writes them.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.is_ascii() || text.contains('\x7f') => self.text(text)?,
            _ => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Safe<'_> {
    fn text(&mut self, text: &str) -> io::Result<()> {
        let mut buffer = [0; 4];
        for c in text.chars() {
            let alone: &str = c.encode_utf8(&mut buffer);
            if c == '\x7f' || (!c.is_ascii() && text::display(alone.as_bytes()) != alone) {
                let mut units = [0; 2];
                c.encode_utf16(&mut units).iter().try_for_each(|unit| write!(self.0, "\\u{unit:04x}"))?;
            } else {
                self.0.write_all(alone.as_bytes())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_cannot_steer_a_terminal_and_lose_nothing() {
        let name = "caf\u{e9} \u{1b}[2J\u{9b}\u{202e}\u{200b}\u{7f}\u{e0041}\u{1f40b}\n\"";
        let mut out = Vec::new();
        write_line(&mut out, &name).expect("a vector takes all");
        let line = String::from_utf8(out).expect("text");
        assert_eq!(
            line,
            "\"caf\u{e9} \\u001b[2J\\u009b\\u202e\\u200b\\u007f\\udb40\\udc41\u{1f40b}\\n\\\"\"\n"
        );
        assert_eq!(serde_json::from_str::<String>(&line).expect("JSON"), name);
    }
}
