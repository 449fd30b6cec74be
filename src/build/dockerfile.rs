//! A Dockerfile beside the image, laid along its history from the end.

use std::ops::RangeInclusive;

use super::Instruction;
use super::remark::Remark;
use super::story::Evidence;

/// A Dockerfile whose instructions are the last steps of the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alignment {
    /// The file's name, as shown.
    pub file: String,
    /// Its whole text.
    pub text: String,
    /// What its FROM says, with build arguments filled in where they have defaults; `scratch` is a name too.
    pub base: String,
    /// The line of that FROM.
    pub base_line: usize,
    /// The first step that the Dockerfile describes, by number.
    pub first: usize,
    /// The instruction of each step from `first` on; `None` for triggers of the base.
    pub steps: Vec<Option<Aligned>>,
}

/// An instruction of a Dockerfile that made a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aligned {
    /// Its lines, from 1, comments within included.
    pub lines: RangeInclusive<usize>,
    /// Its text as it stands in the file.
    pub text: String,
    /// What follows the keyword and the flags, continuations joined, comments gone.
    pub body: String,
    /// Its flags: `--mount=type=cache,target=/x`, `--from=build`.
    pub flags: Vec<String>,
    /// The stage that it stands in: its name, else its number from 0.
    pub stage: String,
    /// Rules that a comment above it switches off (`# capas: ignore=rule`).
    pub ignores: Vec<String>,
}

impl Alignment {
    /// Lays the Dockerfile of the evidence along the steps.
    pub(super) fn find(
        _evidence: &Evidence,
        _steps: &[Instruction],
        _remarks: &mut Vec<Remark>,
    ) -> Option<Self> {
        None
    }

    /// The instruction that made a step, by its number from 1.
    pub fn step(&self, step: usize) -> Option<&Aligned> {
        self.steps.get(step.checked_sub(self.first)?)?.as_ref()
    }
}
