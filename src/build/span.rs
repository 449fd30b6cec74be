//! Rows of RUN steps that could be one.

use std::collections::HashMap;

use super::base::mismatch;
use super::remark::{Remark, RemarkKind};
use super::story::Story;
use super::variables::{mentions, variables};
use super::{Builder, Kind, Trust};
use crate::image::{ImageInfo, Step};
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
    /// What ends it, with the number of the step; `None` at the end of the image.
    pub barrier_after: Option<(usize, Barrier)>,
    /// Whether steps that the builder does not record may stand between (kaniko).
    pub hides_steps: bool,
}

impl Span {
    /// Whether a step is one of its RUNs.
    pub fn has_run(&self, step: usize) -> bool {
        self.runs.binary_search(&step).is_ok()
    }

    /// What becomes of a step between its RUNs; `None` where it is none.
    pub fn class_of(&self, step: usize) -> Option<Class> {
        let at = self.between.binary_search_by_key(&step, |between| between.step).ok()?;
        self.between.get(at).map(|between| between.class)
    }
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
    /// A VOLUME of a builder that loses what later steps write below it.
    Volume,
    /// An ARG whose default needs an ENV of the row, or that a RUN of the row would see: it cannot go before it.
    Arg,
    /// A WORKDIR where the USER is not root: a `mkdir` of the merged RUN might not be allowed.
    Workdir,
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
    /// Another stage of the Dockerfile begins.
    From,
    /// Something that the Dockerfile says and the history does not.
    Hidden,
    /// The base ends before this step, or may end there.
    Base,
}

/// What a step is to a row.
enum Part {
    Run,
    Between(Class),
    Barrier(Barrier),
}

/// Finds the rows.
pub(super) fn find(info: &ImageInfo, story: &Story) -> (Vec<Span>, Vec<Remark>) {
    let mut remarks = Vec::new();
    if let Some(note) = mismatch(info) {
        let place = note.places.first().map(|place| String::from_utf8_lossy(place).into_owned());
        remarks.push(Remark::new(RemarkKind::HistoryMismatch, place.unwrap_or_default()));
        return (Vec::new(), remarks);
    }
    if !info.steps.is_empty()
        && info.steps.iter().all(|step| step.created_by.trim().is_empty() && step.comment.is_empty())
    {
        remarks.push(Remark::new(RemarkKind::NoHistory, ""));
        return (Vec::new(), remarks);
    }
    let first = if story.base.trust() == Trust::Guess { 0 } else { story.base.steps };
    let own = info.steps.iter().zip(&story.steps).skip(first);
    let squashed = story.steps.iter().any(|step| step.kind == Kind::Squash);
    // Metadata makes no layer: the one that it owns is everybody's.
    let owns_all = own.clone().any(|(step, it)| {
        let is_metadata = !matches!(it.kind, Kind::Run | Kind::Copy | Kind::Add | Kind::Workdir);
        step.layer.is_some() && is_metadata && Kind::parse(it.kind.word()).is_some()
    });
    if squashed || owns_all {
        remarks.push(Remark::new(RemarkKind::OneLayer, ""));
    }
    if story.dockerfile.is_none() && own.clone().any(|(_, it)| it.builder == Builder::Kaniko) {
        remarks.push(Remark::new(RemarkKind::MetadataHidden, ""));
    }
    let lost = story.steps.iter().enumerate().skip(first).filter_map(|(at, _)| {
        let is_lost = story.command(at + 1).is_some_and(|command| !command.complete);
        is_lost.then_some(at + 1)
    });
    remarks.extend(lost.map(|step| Remark::new(RemarkKind::ScriptLost, step.to_string())));

    let marks = Marks::of(story);
    let mut spans = Vec::new();
    let mut row = Row::default();
    let mut stage = None;
    let mut silent = story.dockerfile.iter().flat_map(|file| &file.silent).peekable();
    for (step, _) in own {
        if step.index == story.base.steps + 1 {
            row.close(Some((step.index, Barrier::Base)), story, &mut spans);
        }
        let aligned = story.dockerfile.as_ref().and_then(|file| file.step(step.index));
        if let Some(aligned) = aligned {
            let before = stage.replace(aligned.stage.as_str());
            if before.is_some_and(|before| before != aligned.stage) {
                row.close(Some((step.index, Barrier::From)), story, &mut spans);
            }
        }
        while let Some((_, kind)) = silent.next_if(|(before, _)| *before <= step.index) {
            if let Some(barrier) = hidden(*kind) {
                row.close(Some((step.index, barrier)), story, &mut spans);
            }
        }
        match part(step, story, &row, &marks) {
            Part::Run => row.add_run(step),
            Part::Between(class) => row.add_between(step, class),
            Part::Barrier(barrier) => {
                row.close(Some((step.index, barrier)), story, &mut spans);
                if barrier == Barrier::Flags {
                    row.add_run(step);
                }
            }
        }
    }
    row.close(None, story, &mut spans);
    (spans, remarks)
}

/// What of the whole history decides about single steps.
struct Marks<'a> {
    /// How many steps there are up to the last squash.
    squashed: usize,
    /// What ONBUILD left, and the first step that did.
    triggers: HashMap<&'a str, usize>,
}

impl<'a> Marks<'a> {
    fn of(story: &'a Story) -> Self {
        let squashed = story.steps.iter().rposition(|it| it.kind == Kind::Squash).map_or(0, |at| at + 1);
        let mut triggers = HashMap::new();
        for (at, it) in story.steps.iter().enumerate().filter(|(_, it)| it.kind == Kind::Onbuild) {
            triggers.entry(it.body.as_str()).or_insert(at + 1);
        }
        Self { squashed, triggers }
    }
}

/// A row in the making.
#[derive(Default)]
struct Row {
    runs: Vec<usize>,
    between: Vec<Between>,
    layers: Vec<LayerIndex>,
    /// What came after the last RUN: it belongs to the row when another RUN comes.
    pending: Vec<Between>,
    pending_layers: Vec<LayerIndex>,
    /// Whether an ENV or WORKDIR came.
    carries: bool,
}

impl Row {
    fn add_run(&mut self, step: &Step) {
        self.runs.push(step.index);
        self.between.append(&mut self.pending);
        self.layers.append(&mut self.pending_layers);
        self.layers.extend(step.layer);
    }

    fn add_between(&mut self, step: &Step, class: Class) {
        if !self.runs.is_empty() {
            self.carries |= class == Class::Carried;
            self.pending.push(Between { step: step.index, class });
            self.pending_layers.extend(step.layer);
        }
    }

    /// Ends the row; one of two RUNs and more is one to tell of.
    fn close(&mut self, barrier_after: Option<(usize, Barrier)>, story: &Story, spans: &mut Vec<Span>) {
        let Self { runs, between, layers, .. } = std::mem::take(self);
        if runs.len() > 1 {
            let is_kaniko =
                |&run: &usize| story.instruction(run).is_some_and(|it| it.builder == Builder::Kaniko);
            let hides_steps = story.dockerfile.is_none() && runs.iter().any(is_kaniko);
            spans.push(Span { runs, layers, between, barrier_after, hides_steps });
        }
    }
}

/// What an instruction of the Dockerfile without a step is to the row before it.
fn hidden(kind: Kind) -> Option<Barrier> {
    match kind {
        Kind::User => Some(Barrier::User),
        Kind::Shell => Some(Barrier::Shell),
        Kind::Volume => Some(Barrier::Volume),
        Kind::Env | Kind::Workdir | Kind::Arg | Kind::Run | Kind::Copy | Kind::Add => Some(Barrier::Hidden),
        _ => None,
    }
}

/// What a step is to the row before it.
fn part(step: &Step, story: &Story, row: &Row, marks: &Marks) -> Part {
    let Some(it) = story.instruction(step.index) else { return Part::Barrier(Barrier::Unknown) };
    match it.kind {
        Kind::Run => run(step, story, row, marks),
        Kind::Copy => Part::Barrier(Barrier::Copy),
        Kind::Add => Part::Barrier(Barrier::Add),
        Kind::User => Part::Barrier(Barrier::User),
        Kind::Shell => Part::Barrier(Barrier::Shell),
        Kind::Volume if it.builder != Builder::BuildKit => Part::Barrier(Barrier::Volume),
        Kind::Commit => Part::Barrier(Barrier::Commit),
        Kind::Arg if row.carries && it.body.contains('$') || is_seen(&it.body, story, row) => {
            Part::Barrier(Barrier::Arg)
        }
        Kind::Arg => Part::Between(Class::Before),
        // Builders make the folder as root, whoever the USER is.
        Kind::Workdir if !row.runs.is_empty() && !is_root(story, step.index) => {
            Part::Barrier(Barrier::Workdir)
        }
        Kind::Env | Kind::Workdir => Part::Between(Class::Carried),
        Kind::Label
        | Kind::Expose
        | Kind::Cmd
        | Kind::Entrypoint
        | Kind::Healthcheck
        | Kind::Stopsignal
        | Kind::Maintainer
        | Kind::Onbuild
        | Kind::Volume => Part::Between(Class::Neutral),
        Kind::Rootfs | Kind::Import | Kind::Squash | Kind::Tool | Kind::Container | Kind::Unknown => {
            Part::Barrier(Barrier::Unknown)
        }
    }
}

/// Whether root runs a step, as far as the history says.
fn is_root(story: &Story, step: usize) -> bool {
    let before = story.steps.get(..step).unwrap_or_default();
    let user = before.iter().rfind(|it| it.kind == Kind::User).map(|it| it.body.trim());
    user.is_none_or(|user| ["root", "0"].contains(&user.split(':').next().unwrap_or_default()))
}

/// Whether a RUN of the row would see an ARG that goes before it.
fn is_seen(body: &str, story: &Story, row: &Row) -> bool {
    let set = variables(body, |_| true);
    let mut commands = row.runs.iter().filter_map(|run| story.command(*run));
    commands.any(|command| set.iter().any(|it| mentions(&command.text, &it.name)))
}

/// What a RUN is to the row before it.
fn run(step: &Step, story: &Story, row: &Row, marks: &Marks) -> Part {
    let Some(it) = story.instruction(step.index) else { return Part::Barrier(Barrier::Unknown) };
    // The legacy builder makes no layer of a RUN that changed nothing; the others always make one, or all in one.
    if step.layer.is_none() && (it.builder != Builder::Legacy || step.index < marks.squashed) {
        return Part::Barrier(Barrier::NoLayer);
    }
    let is_trigger =
        story.dockerfile.as_ref().and_then(|file| file.step(step.index)).is_some_and(|it| it.is_trigger);
    if is_trigger || marks.triggers.get(it.to_string().as_str()).is_some_and(|&left_at| left_at < step.index)
    {
        return Part::Barrier(Barrier::Trigger);
    }
    let flags = |step: usize| story.command(step).map(|command| command.flags.as_slice()).unwrap_or_default();
    match row.runs.last() {
        Some(&last) if flags(last) != flags(step.index) => Part::Barrier(Barrier::Flags),
        _ => Part::Run,
    }
}
