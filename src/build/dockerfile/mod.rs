//! A Dockerfile beside the image, laid along its history from the end.

mod align;
mod file;

use std::ops::RangeInclusive;

pub(super) use self::file::opens_heredoc;
use self::file::{Item, Stage};
use super::remark::{Remark, RemarkKind};
use super::{Builder, Instruction, Kind};

/// A Dockerfile whose instructions are the last steps of the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alignment {
    /// The file's name, as shown.
    pub file: String,
    /// The file's text.
    pub text: String,
    /// What its FROM says, with build arguments filled in where they are known; `scratch` is a name too.
    pub base: String,
    /// The line of that FROM.
    pub base_line: usize,
    /// The first step that the Dockerfile describes, by number.
    pub first: usize,
    /// The instruction of each step from `first` on; `None` where the file has none (options of the command line).
    pub steps: Vec<Option<Aligned>>,
    /// Instructions that made no step, with the number of the step that comes after them, in the file's order.
    pub silent: Vec<(usize, Kind)>,
}

/// An instruction of a Dockerfile that made a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aligned {
    /// Its lines, from 1, comments within included.
    pub lines: RangeInclusive<usize>,
    /// Its text as it stands in the file.
    pub text: String,
    /// What follows the keyword and the flags: continuations joined, comments gone, heredocs with their lines.
    pub body: String,
    /// Its flags: `--mount=type=cache,target=/x`, `--from=build`.
    pub flags: Vec<String>,
    /// The stage that it stands in: its name, else its number from 0.
    pub stage: String,
    /// Whether it is what an ONBUILD of the file left to the next stage: the text is that of the ONBUILD.
    pub is_trigger: bool,
    /// Rules that a comment above it switches off (`# capas: ignore=rule`).
    pub ignores: Vec<String>,
}

/// A Dockerfile that may be the image's.
pub(super) struct Candidate<'a> {
    /// The name to show.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The stage; the last one when `None`.
    pub target: Option<&'a str>,
    /// Build arguments, `NAME=value`.
    pub args: &'a [String],
}

impl Candidate<'_> {
    /// Lays the Dockerfile along the steps, if it is the image's.
    pub fn align(&self, steps: &[Instruction]) -> Result<Alignment, Remark> {
        let remark = |kind, detail: String| Err(Remark::new(kind, detail));
        let stages = match file::read(self.name, self.text, self.args) {
            Ok(stages) => stages,
            Err(why) => return remark(RemarkKind::DockerfileBroken, why),
        };
        let Some(last) = self.stage(&stages) else {
            return remark(RemarkKind::NoSuchStage, self.target.unwrap_or_default().to_owned());
        };
        let (expected, first_stage) = chain(&stages, last);
        match lay(&expected, steps) {
            Ok(laid) if first_stage.from == "scratch" && laid.first > 1 => {
                let before = laid.first - 1;
                let what = format!("{}:{}: FROM scratch has no step {before}", self.name, first_stage.line);
                remark(RemarkKind::DockerfileMismatch, what)
            }
            Ok(laid) => Ok(Alignment {
                file: self.name.to_owned(),
                text: self.text.to_owned(),
                base: first_stage.from.clone(),
                base_line: first_stage.line,
                first: laid.first,
                steps: laid.steps,
                silent: laid.silent,
            }),
            Err((line, what)) => {
                remark(RemarkKind::DockerfileMismatch, format!("{}:{line}: {what}", self.name))
            }
        }
    }

    /// The number of the stage that was built.
    fn stage(&self, stages: &[Stage]) -> Option<usize> {
        let Some(target) = self.target else { return stages.len().checked_sub(1) };
        let is_named = |it: &Stage| it.name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(target));
        let by_number = || target.parse().ok().filter(|&number| number < stages.len());
        stages.iter().position(is_named).or_else(by_number)
    }
}

/// The instructions of a stage after those of the stages that it is FROM, and the first of these stages.
fn chain(stages: &[Stage], last: usize) -> (Vec<Item>, &Stage) {
    let mut numbers = vec![last];
    let mut at = last;
    // A stage is FROM an earlier one, so that this ends.
    while let Some(before) = stages[..at]
        .iter()
        .rposition(|it| it.name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(&stages[at].from)))
    {
        numbers.push(before);
        at = before;
    }
    let mut items: Vec<Item> = Vec::new();
    for &number in numbers.iter().rev() {
        items.extend_from_slice(&stages[number].items);
        // What ONBUILD set runs where the next stage begins.
        if number != last {
            let triggers = stages[number].items.iter().filter(|it| it.kind == Kind::Onbuild);
            items.extend(triggers.filter_map(file::trigger));
        }
    }
    (items, &stages[at])
}

/// Instructions laid along steps.
struct Laid {
    /// The first step.
    first: usize,
    steps: Vec<Option<Aligned>>,
    silent: Vec<(usize, Kind)>,
}

/// Lays the instructions along the steps, from the end; else the line where that stops, and why.
fn lay(expected: &[Item], steps: &[Instruction]) -> Result<Laid, (usize, String)> {
    let mut laid = Vec::new();
    let mut silent = Vec::new();
    let mut left = steps.len();
    let mut matched = 0;
    for item in expected.iter().rev() {
        loop {
            let Some(step) = left.checked_sub(1).map(|at| &steps[at]) else {
                if align::may_be_silent(item, steps.first().map_or(Builder::Unknown, |step| step.builder)) {
                    silent.push((left + 1, item.kind));
                    break;
                }
                return Err((*item.written.lines.start(), format!("{} has no step", short(item.kind, item))));
            };
            if align::matches(item, step) {
                laid.push(Some(item.written.clone()));
                left -= 1;
                matched += 1;
                break;
            }
            // Where the base begins, its builder is no longer this Dockerfile's.
            let builders = [step.builder, steps.get(left).map_or(step.builder, |after| after.builder)];
            if builders.into_iter().any(|builder| align::may_be_silent(item, builder)) {
                silent.push((left + 1, item.kind));
                break;
            }
            if matched == 0 && align::may_be_extra(step) {
                laid.push(None);
                left -= 1;
                continue;
            }
            let what = format!("{} is not step {left}, {}", short(item.kind, item), cut(&step.to_string()));
            return Err((*item.written.lines.start(), what));
        }
    }
    if matched == 0 {
        return Err((1, "nothing in it can be compared".to_owned()));
    }
    laid.reverse();
    silent.reverse();
    Ok(Laid { first: left + 1, steps: laid, silent })
}

fn short(kind: Kind, item: &Item) -> String {
    cut(&format!("{} {}", kind.word(), item.written.body))
}

/// The beginning of a text, in one line.
fn cut(text: &str) -> String {
    const LENGTH: usize = 60;
    let line = text.lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(LENGTH).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("`{short}`")
}

impl Aligned {
    /// Its lines in words: `line 3`, `lines 3–5`.
    pub fn place(&self) -> String {
        let word = if self.lines.start() == self.lines.end() { "line" } else { "lines" };
        format!("{word} {}", range(&self.lines, "–"))
    }
}

/// One number, or two with a dash between them.
fn range(lines: &RangeInclusive<usize>, dash: &str) -> String {
    let (first, last) = (lines.start(), lines.end());
    if first == last { first.to_string() } else { format!("{first}{dash}{last}") }
}

impl Alignment {
    /// The instruction that made a step, by its number from 1.
    pub fn step(&self, step: usize) -> Option<&Aligned> {
        self.steps.get(step.checked_sub(self.first)?)?.as_ref()
    }

    /// Where some steps (ascending) stand, as compilers name places: `Dockerfile:3-6, 9`. `None` where the file has none
    /// of them.
    pub fn places(&self, steps: &[usize]) -> Option<String> {
        let mut places: Vec<RangeInclusive<usize>> = Vec::new();
        for lines in steps.iter().filter_map(|step| Some(&self.step(*step)?.lines)) {
            match places.last_mut() {
                Some(last) if *lines.start() <= last.end() + 1 => {
                    *last = *last.start()..=*last.end().max(lines.end());
                }
                _ => places.push(lines.clone()),
            }
        }
        let shown: Vec<String> = places.iter().map(|lines| range(lines, "-")).collect();
        (!shown.is_empty()).then(|| format!("{}:{}", self.file, shown.join(", ")))
    }
}
