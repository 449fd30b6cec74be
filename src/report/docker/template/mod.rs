//! The part of Go's `text/template` that people use with docker's `--format`: field paths, `if`, `with`, `range`, the
//! functions of docker's command line and a few of Go's. Everything else is refused with the construct quoted, since
//! a template that prints something other than docker would be worse than none.

mod eval;
mod function;
mod lex;
mod parse;

use std::io::Write;

use super::value::{Element, Value};
use super::{PrintError, table};
use crate::text;
pub use eval::Missing;
use parse::Node;

/// Why a template was refused or failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template: {0}")]
pub struct TemplateError(pub(super) String);

/// A parsed template.
#[derive(Clone, Debug)]
pub struct Template {
    nodes: Vec<Node>,
}

impl Template {
    /// Parses.
    ///
    /// # Errors
    /// With the construct that is wrong or not supported.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        Ok(Self { nodes: parse::parse(text)? })
    }

    /// Executes over a value.
    ///
    /// # Errors
    /// When a field is not there or a function is given what it cannot take.
    pub fn execute(&self, value: &Value, missing: Missing) -> Result<String, TemplateError> {
        let mut out = String::new();
        eval::execute(&self.nodes, value, missing, &mut out)?;
        Ok(out)
    }

    /// Executes over column headings, where docker replaces its functions by ones that leave text alone, and prints
    /// what it got when one fails.
    fn execute_header(&self, headings: &Value) -> String {
        let mut out = String::new();
        let _ = eval::execute(&self.nodes, headings, Missing::Headings, &mut out);
        out
    }
}

/// A value for an error message: safe on a terminal, and not too long.
fn quote(value: &Value) -> String {
    let text = value.to_string();
    let start: String = text.chars().take(60).collect();
    let rest = if start.len() < text.len() { "…" } else { "" };
    format!("`{}{rest}`", text::display(start.as_bytes()))
}

/// `--format` of docker's lists: a template for each row, as a table with headings if it begins with `table`.
#[derive(Clone, Debug)]
pub struct RowFormat {
    template: Template,
    is_table: bool,
}

impl RowFormat {
    /// Parses; `\t` and `\n` may be spelt with a backslash.
    ///
    /// # Errors
    /// As [`Template::parse`].
    pub fn parse(format: &str) -> Result<Self, TemplateError> {
        let rest = format.strip_prefix("table");
        let text = rest.unwrap_or(format).trim_matches(' ').replace("\\t", "\t").replace("\\n", "\n");
        Ok(Self { template: Template::parse(&text)?, is_table: rest.is_some() })
    }

    /// Writes all rows, and the headings of a table: `(name of the field, heading)`. Nothing is written if one row
    /// fails.
    ///
    /// # Errors
    /// As [`Template::execute`], or when writing fails.
    pub fn write(
        &self,
        out: &mut dyn Write,
        rows: &[Value],
        headings: &[(&str, &str)],
    ) -> Result<(), PrintError> {
        let mut text = String::new();
        if self.is_table {
            let entries = headings.iter().map(|&(name, heading)| (name.to_owned(), heading.into())).collect();
            text = self.template.execute_header(&Value::Map { entries, element: Element::Text, nil: false });
            text.push('\n');
        }
        for row in rows {
            text.push_str(&self.template.execute(row, Missing::NoValue)?);
            text.push('\n');
        }
        if self.is_table {
            table::write_aligned(out, &text)?;
        } else {
            out.write_all(text.as_bytes())?;
        }
        Ok(())
    }
}
