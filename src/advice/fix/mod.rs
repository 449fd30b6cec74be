//! Fixes as text that can be pasted, and as a diff of the Dockerfile where there is one.

mod chain;
mod copy;
mod diff;
mod metadata;
mod owners;

use std::ops::RangeInclusive;

use super::rules::plan::Plan;
use super::{Fix, FixKind, Subject};
use crate::build::{Merged, NoText, RemarkKind};
use crate::prose;

pub use chain::{chain, program, run};
pub use copy::{flagged, ignored, mounted};
use diff::Edit;
pub use owners::sparing;

/// The ways to put something right, and what is to be said about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixes {
    /// What always works.
    pub fix: Option<Fix>,
    /// What is gentler and gives the same bytes.
    pub alternative: Option<Fix>,
    /// Why there is no text, or what to look at before it is used.
    pub said: Option<String>,
}

impl Fixes {
    fn or(merged: Result<Fix, NoText>, hides_flags: bool) -> Self {
        match merged {
            Ok(fix) => Self {
                fix: Some(fix),
                alternative: None,
                said: hides_flags.then(|| prose::advice::HIDDEN_FLAGS.to_owned()),
            },
            Err(why) => Self { said: Some(prose::story::no_text(why)), ..Self::default() },
        }
    }
}

/// The fixes of a row of RUN steps: one RUN, and what is gentler by the plan.
pub fn of_group(subject: &Subject<'_>, steps: RangeInclusive<usize>, plan: &Plan) -> Fixes {
    let mut fixes = merge(subject, steps);
    fixes.alternative = match plan {
        Plan::Merge => None,
        Plan::MoveCleanup { birth, killers } => moved(subject, *birth, killers, FixKind::MoveCleanup),
        Plan::FixAtBirth { births, killers } => match &births[..] {
            [birth] => moved(subject, *birth, killers, FixKind::FixAtBirth),
            _ => metadata::at_births(subject, births, killers),
        },
    };
    fixes
}

/// The steps of a row as one RUN.
pub fn merge(subject: &Subject<'_>, steps: RangeInclusive<usize>) -> Fixes {
    let merged = subject.story.merged(steps.clone());
    let hides_flags = merged.as_ref().is_ok_and(|merged| merged.hides_flags);
    let fix = merged.map(|merged| {
        let file = subject.story.dockerfile.as_ref();
        let diff = file.and_then(|file| Some(diff::unified(file, vec![whole(subject, steps, &merged)?])));
        Fix { kind: FixKind::Merge, text: merged.to_string(), diff }
    });
    Fixes::or(fix, hides_flags)
}

/// The edit that puts a merged RUN in the place of its steps.
fn whole(subject: &Subject<'_>, steps: RangeInclusive<usize>, merged: &Merged) -> Option<Edit> {
    let file = subject.story.dockerfile.as_ref()?;
    let mut of = steps.map(|step| file.step(step));
    let first = of.next()??;
    let mut lines = first.lines.clone();
    let mut instructions = vec![first];
    for aligned in of {
        let aligned = aligned?;
        instructions.push(aligned);
        lines = *lines.start().min(aligned.lines.start())..=*lines.end().max(aligned.lines.end());
    }
    let text: Vec<&str> = file.text.lines().collect();
    let is_script =
        |line: &usize| instructions.iter().any(|it| it.lines.contains(line) && it.text.contains("<<"));
    let comments = lines
        .clone()
        .filter(|line| !is_script(line))
        .filter_map(|line| text.get(line.checked_sub(1)?).copied())
        .filter(|line| line.trim_start().starts_with('#'))
        .map(|line| line.trim_start().to_owned());
    let text = comments.chain(merged.to_string().lines().map(str::to_owned)).collect();
    Some(Edit { lines, text })
}

/// The Dockerfile with rows of steps as one RUN each; `None` where there is none, or a row has no text.
pub fn grouped(subject: &Subject<'_>, rows: &[RangeInclusive<usize>]) -> Option<String> {
    let file = subject.story.dockerfile.as_ref()?;
    let edit = |steps: &RangeInclusive<usize>| {
        let merged = subject.story.merged(steps.clone()).ok()?;
        whole(subject, steps.clone(), &merged)
    };
    let edits = rows.iter().map(edit).collect::<Option<Vec<Edit>>>()?;
    Some(diff::applied(&file.text, edits))
}

/// The commands of later steps at the end of the step that makes the files.
pub fn moved(subject: &Subject<'_>, birth: usize, killers: &[usize], kind: FixKind) -> Option<Fix> {
    let steps: Vec<usize> = std::iter::once(birth).chain(killers.iter().copied()).collect();
    let text = subject.story.joined(&steps).ok()?.to_string();
    let gone = killers.iter().map(|killer| (*killer, String::new()));
    let diff = replaced(subject, std::iter::once((birth, text.clone())).chain(gone));
    Some(Fix { kind, text, diff })
}

/// The diff that puts new text in the place of steps; no text takes the step away.
fn replaced(subject: &Subject<'_>, steps: impl IntoIterator<Item = (usize, String)>) -> Option<String> {
    let file = subject.story.dockerfile.as_ref()?;
    let edit = |(step, text): (usize, String)| {
        let lines = file.step(step)?.lines.clone();
        Some(Edit { lines, text: text.lines().map(str::to_owned).collect() })
    };
    let edits = steps.into_iter().map(edit).collect::<Option<Vec<Edit>>>()?;
    Some(diff::unified(file, edits))
}

/// Whether it is known which step made which layer: with a lying history every text would be about other steps.
pub fn is_certain(subject: &Subject<'_>) -> bool {
    !subject.story.has(RemarkKind::HistoryMismatch)
}
