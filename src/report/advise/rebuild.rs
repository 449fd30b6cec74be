//! What rebuilding showed: predicted beside measured.

use std::io::{self, Write};

use serde::Serialize;

use super::figures;
use crate::advice::Bytes;
use crate::image::ImageInfo;
use crate::ledger::Price;
use crate::report::document::Document;
use crate::report::{Align, Cell, Look, Table};
use crate::role::Role;

/// An image that was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Built {
    /// Its layers.
    pub layers: usize,
    /// What they ship.
    pub bytes: u64,
}

/// The two builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rebuild {
    /// Who built.
    pub engine: &'static str,
    /// How many rows became one RUN.
    pub groups: usize,
    /// The Dockerfile as it is.
    pub original: Built,
    /// The Dockerfile with rows grouped.
    pub grouped: Built,
    /// The saving predicted from the image.
    pub image: Price,
    /// The saving predicted from the Dockerfile's build of today.
    pub predicted: Price,
}

impl Rebuild {
    /// What grouping saved.
    pub fn measured(&self) -> i128 {
        i128::from(self.original.bytes) - i128::from(self.grouped.bytes)
    }

    /// Whether it saved what was predicted.
    pub fn is_as_predicted(&self) -> bool {
        (i128::from(self.predicted.min())..=i128::from(self.predicted.max())).contains(&self.measured())
    }

    /// For people.
    pub fn table(&self, look: &Look, out: &mut dyn Write) -> io::Result<()> {
        let rows = if self.groups == 1 { "one row" } else { "rows" };
        writeln!(
            out,
            "Built with {}: the Dockerfile as it is, and with {rows} of RUN steps grouped.\n",
            self.engine
        )?;
        let mut table = Table::new(&[
            ("", Align::Left),
            ("LAYERS", Align::Right),
            ("SHIPS", Align::Right),
            ("BYTES", Align::Right),
        ]);
        for (name, built) in [("as it is", self.original), ("grouped", self.grouped)] {
            table.row(vec![
                Cell::plain(name),
                Cell::plain(built.layers.to_string()),
                Cell::plain(look.size(built.bytes)),
                Cell::new(built.bytes.to_string(), Role::Dim),
            ]);
        }
        table.write(out, look)?;
        let range = |price: Price| match (price.min(), price.max()) {
            (min, max) if min == max => format!("{} ({min} B)", look.size(min)),
            (min, max) => format!("{} to {} ({min} to {max} B)", look.size(min), look.size(max)),
        };
        writeln!(out, "\npredicted  {}", range(self.predicted))?;
        let measured = self.measured();
        let size = look.size(u64::try_from(measured.unsigned_abs()).unwrap_or(u64::MAX));
        let sign = if measured < 0 { "-" } else { "" };
        writeln!(out, "measured   {sign}{size} ({measured} B)")?;
        if self.image != self.predicted {
            writeln!(
                out,
                "The build of today differs from the image, of which {} were predicted.",
                range(self.image)
            )?;
        }
        let (role, verdict) = match (self.is_as_predicted(), self.predicted.is_exact()) {
            (true, true) => (Role::Added, "Equal to the byte."),
            (true, false) => (Role::Added, "Within what was predicted."),
            (false, _) => (Role::Error, "Not what was predicted."),
        };
        look.write(out, role, verdict)?;
        writeln!(out)
    }

    /// One document.
    pub fn json(&self, info: &ImageInfo, out: &mut dyn Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct Answer {
            rebuild: Row,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Row {
            engine: &'static str,
            groups: usize,
            original_bytes: u64,
            original_layers: usize,
            grouped_bytes: u64,
            grouped_layers: usize,
            #[serde(skip_serializing_if = "Option::is_none")]
            predicted_bytes: Option<u64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            predicted_bytes_min: Option<u64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            predicted_bytes_max: Option<u64>,
            measured_bytes: i64,
            as_predicted: bool,
        }
        let price = Bytes { min: self.predicted.min(), max: self.predicted.max() };
        let (predicted_bytes, predicted_bytes_min, predicted_bytes_max) = figures(price);
        let rebuild = Row {
            engine: self.engine,
            groups: self.groups,
            original_bytes: self.original.bytes,
            original_layers: self.original.layers,
            grouped_bytes: self.grouped.bytes,
            grouped_layers: self.grouped.layers,
            predicted_bytes,
            predicted_bytes_min,
            predicted_bytes_max,
            measured_bytes: i64::try_from(self.measured()).unwrap_or_default(),
            as_predicted: self.is_as_predicted(),
        };
        Document::new(info, Answer { rebuild }).write(out)
    }
}
