//! Rows of RUN steps that could be one.

use super::remark::Remark;
use super::story::Story;
use crate::image::ImageInfo;
use crate::layer::LayerIndex;

/// A maximal row of two or more RUN steps with nothing between them that keeps them apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its RUN steps, by number, in order.
    pub runs: Vec<usize>,
    /// The layers from its first RUN to its last, those of WORKDIRs between included, in order.
    pub layers: Vec<LayerIndex>,
    /// The other steps between its first RUN and its last, in order.
    pub between: Vec<Between>,
    /// What ends it; `None` at the end of the image.
    pub barrier_after: Option<(usize, Barrier)>,
    /// Whether steps that the builder does not record may stand between (kaniko).
    pub hides_steps: bool,
}

/// A step between two RUNs of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Between {
    /// Its number.
    pub step: usize,
    /// What becomes of it when the row becomes one RUN.
    pub class: Class,
}

/// What becomes of a step when the RUNs around it become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// It goes before the row (ARG).
    Before,
    /// It goes after the row and changes nothing (LABEL, EXPOSE, CMD, ...).
    Neutral,
    /// It goes after the row, and the row says it too, as `export` or `cd` (ENV, WORKDIR).
    Carried,
}

/// Why a row ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the instructions of a Dockerfile say what they are")]
pub enum Barrier {
    Copy,
    Add,
    User,
    Shell,
    /// A VOLUME of the legacy builder: what later steps write below it is lost.
    Volume,
    /// A RUN with other `--mount`, `--network`, `--security` or `--device`.
    Flags,
    /// A trigger that the base left (ONBUILD): it stands in the base's Dockerfile.
    Trigger,
    /// A container was committed.
    Commit,
    /// Nobody knows what the step did.
    Unknown,
    /// The step made no layer of its own: its files are in a later one.
    NoLayer,
    /// The base ends here, or may end here.
    Base,
}

/// Finds the rows.
pub(super) fn find(_info: &ImageInfo, _story: &Story) -> (Vec<Span>, Vec<Remark>) {
    (Vec::new(), Vec::new())
}
