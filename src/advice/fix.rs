//! Fixes as text that can be pasted.

use std::ops::RangeInclusive;

use super::rules::plan::Plan;
use super::{Fix, FixKind, Subject};
use crate::build::NoText;

/// The ways to put something right, and what is to be said about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fixes {
    /// What always works.
    pub fix: Option<Fix>,
    /// What is gentler and gives the same bytes.
    pub alternative: Option<Fix>,
    /// Why there is no text, or what to look at before it is used.
    pub said: Option<String>,
}

/// The fixes of a row of RUN steps.
pub(super) fn of_group(subject: &Subject<'_>, steps: RangeInclusive<usize>, plan: &Plan) -> Fixes {
    let _ = plan;
    match subject.story.merged(steps) {
        Ok(merged) => Fixes {
            fix: Some(Fix { kind: FixKind::Merge, text: merged.to_string(), diff: None }),
            ..Fixes::default()
        },
        Err(why) => Fixes { said: Some(no_text(why)), ..Fixes::default() },
    }
}

fn no_text(why: NoText) -> String {
    let _ = why;
    String::new()
}
