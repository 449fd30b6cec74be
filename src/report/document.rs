//! The vocabulary of our JSON (`interface.md`): what all documents have in common.

use std::io::{self, Write};

use serde::Serialize;

use crate::image::ImageInfo;

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
        serde_json::to_writer_pretty(&mut *out, self)?;
        out.write_all(b"\n")
    }
}

/// Writes one value on one line.
pub fn write_line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}
