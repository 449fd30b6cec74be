//! What docker's own command line prints of an image, byte for byte: `history`, `image inspect`, and the Go templates
//! of `--format`.
//!
//! The shapes are those of CLI and engine 28.5. Go's conventions (sizes, durations, tables, printing of values, JSON
//! escapes) stand in a module each, so that every one can be held against the real thing.

mod gojson;
mod gotime;
pub mod history;
pub mod images;
pub mod inspect;
pub mod steps;
pub mod table;
pub mod template;
pub mod units;
mod value;

use crate::error::CliError;
use crate::text;

pub use template::TemplateError;
pub use value::{Field, Value};

/// Why nothing, or not all, was printed.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// The template of `--format`.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// Writing.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl From<PrintError> for CliError {
    fn from(error: PrintError) -> Self {
        match error {
            PrintError::Template(error) => Self::failed(error).hint(
                "templates know field paths, if, with, range and docker's functions: '{{.ID}} {{json .}}'",
            ),
            PrintError::Io(error) => error.into(),
        }
    }
}

/// Who reads the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A program or a file: the bytes that docker would print.
    Program,
    /// A terminal: control and bidirectional characters of the image come out visibly escaped.
    Terminal,
}

/// Text of the image for its reader; line ends and tabs stay, as they do with docker.
fn shown(text: &str, reader: Reader) -> String {
    if reader == Reader::Program {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive(['\n', '\t']) {
        let end = line.trim_end_matches(['\n', '\t']).len();
        out.push_str(&text::display(&line.as_bytes()[..end]));
        out.push_str(&line[end..]);
    }
    out
}
