//! `capas advise`: findings with evidence and fix, and every row of RUN steps with its price.

mod json;
mod rebuild;
mod table;

use crate::advice::{Advice, Bytes};
use crate::build::Story;
use crate::image::Image;
use crate::ledger::Ledger;

pub use json::{json, ndjson};
pub use rebuild::{Built, Rebuild};
pub use table::{plain, table};

/// What is reported.
#[derive(Clone, Copy)]
pub struct Report<'a> {
    /// The image.
    pub image: &'a Image,
    /// Its account.
    pub ledger: &'a Ledger,
    /// Its history, understood.
    pub story: &'a Story,
    /// What there is to say.
    pub advice: &'a Advice,
}

/// One figure where it is exact, else the two that it lies between.
fn figures(bytes: Bytes) -> (Option<u64>, Option<u64>, Option<u64>) {
    if bytes.is_exact() { (Some(bytes.min), None, None) } else { (None, Some(bytes.min), Some(bytes.max)) }
}
