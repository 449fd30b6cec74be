//! Advice: what of an image need not ship, who ships it, why, and how to stop, as text that can be pasted.
//!
//! A rule looks at the account ([`crate::ledger`]) and the history understood ([`crate::build`]) and gives findings. It
//! fires on bytes that are there; texts only name the cause and write the fix. Reading contents (secrets, duplicates) is a
//! stage of its own, a [`Scan`], which the rules are handed when somebody made one. May use the core and `prose`.

mod delta;
mod draft;
mod finding;
mod fingerprint;
mod fix;
mod held;
mod parts;
mod patterns;
mod rerun;
mod rule;
mod rules;
mod sample;
mod scan;
mod severity;

use std::collections::HashSet;

use crate::build::Story;
use crate::image::Image;
use crate::layer::LayerIndex;
use crate::ledger::Ledger;
use crate::tree::EntryRef;

pub use finding::{Bytes, Confidence, Evidence, Finding, Fix, FixKind, Paths, Row, Verdict};
pub use rule::Rule;
pub use scan::{Binary, BinaryKind, Look, Scan, Secret, Token};
pub use severity::Severity;

/// What rules look at.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The image.
    pub image: &'a Image,
    /// Its account.
    pub ledger: &'a Ledger,
    /// Its history, understood.
    pub story: &'a Story,
    /// What reading contents brought; `None` where nobody read them.
    pub scan: Option<&'a Scan>,
    /// How much is worth a finding.
    pub limits: Limits,
}

/// How much is worth a finding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// `--min-bytes`; [`Subject::threshold`] when `None`.
    pub min_bytes: Option<u64>,
    /// Findings of any size, and those that are off by default.
    pub all: bool,
}

/// The least threshold of a recommendation, in bytes.
const LEAST: u64 = 64 << 10;

impl Subject<'_> {
    /// Bytes from which on grouping is recommended: what the user said, else 64 KiB or a thousandth of what the user's
    /// own layers ship, whichever is more.
    pub fn threshold(&self) -> u64 {
        self.limits.min_bytes.unwrap_or_else(|| LEAST.max(self.own_payload() / 1000))
    }

    /// The layers that are not the base's.
    pub fn own_layers(&self) -> impl DoubleEndedIterator<Item = LayerIndex> + '_ {
        (1..=self.ledger.layer_count()).map(LayerIndex).filter(|layer| !self.is_base(*layer))
    }

    /// Bytes that the layers that are not the base's ship.
    pub fn own_payload(&self) -> u64 {
        self.own_layers().map(|layer| self.ledger.account(layer).payload).sum()
    }

    /// Whether evidence, not a guess, says that a layer is the base image's.
    pub fn is_base(&self, layer: LayerIndex) -> bool {
        self.story.owner(layer) == crate::build::Owner::Base
    }

    /// The number of the step that made a layer.
    pub fn step(&self, layer: LayerIndex) -> usize {
        self.image.info.layers.get(layer.offset()).map_or(0, |info| info.step)
    }
}

/// The Dockerfile beside the image with every recommended group as one RUN; `None` where there is no Dockerfile that
/// matches, or a group has no text.
pub fn grouped(subject: &Subject<'_>, advice: &Advice) -> Option<String> {
    let groups = advice.findings.iter().filter(|finding| finding.rule == Rule::UngroupedRun);
    let rows: Option<Vec<_>> =
        groups.map(|finding| Some(*finding.steps.first()?..=*finding.steps.last()?)).collect();
    fix::grouped(subject, &rows?)
}

/// All that there is to say about an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advice {
    /// The findings, in the order of the rules, within a rule the most bytes first.
    pub findings: Vec<Finding>,
    /// Every row of two or more RUNs with its price, oldest first.
    pub rows: Vec<Row>,
    /// Bytes that exact findings claim together: what can be avoided for certain.
    pub avoidable: u64,
    /// The same with the findings that are guesses.
    pub avoidable_with_guesses: u64,
    /// Bytes from which on something is a finding, where bytes are what it is about; 0 where all were asked for.
    pub threshold: u64,
}

/// Advises on an image.
pub fn advise(subject: &Subject<'_>) -> Advice {
    let (mut findings, rows) = rules::all(subject);
    findings.retain(|finding| !is_silenced(subject, finding));
    findings.iter_mut().for_each(hide_secrets);
    findings.sort_by(|a, b| (a.rule, b.bytes.max, &a.layers).cmp(&(b.rule, a.bytes.max, &b.layers)));
    let mut claimed = HashSet::new();
    let mut known = HashSet::new();
    let threshold = if subject.limits.all { 0 } else { subject.threshold() };
    let mut advice = Advice { rows, threshold, ..Advice::default() };
    for finding in &mut findings {
        finding.unique = claim(subject, finding, &mut claimed);
        let mut prints = (0..).map(|nth| fingerprint::fingerprint(subject, finding, nth));
        if finding.fingerprint.is_empty()
            && let Some(print) = prints.find(|print| !known.contains(print))
        {
            finding.fingerprint = print;
        }
        known.insert(finding.fingerprint.clone());
        if finding.owner != crate::build::Owner::Base {
            advice.avoidable_with_guesses += finding.unique;
            if finding.confidence != Confidence::Heuristic {
                advice.avoidable += finding.unique;
            }
        }
    }
    // A guess about files that other findings tell of already says nothing new.
    findings.retain(|finding| {
        finding.unique > 0 || finding.claims.is_empty() || finding.confidence != Confidence::Heuristic
    });
    advice.findings = findings;
    advice
}

/// Whether a comment in the Dockerfile switches the rule off for a step of the finding.
fn is_silenced(subject: &Subject<'_>, finding: &Finding) -> bool {
    let aligned = |step: &usize| subject.story.dockerfile.as_ref()?.step(*step);
    let ignored = finding.steps.iter().filter_map(aligned).flat_map(|aligned| &aligned.ignores);
    ignored.into_iter().any(|rule| rule == finding.rule.id())
}

/// Takes out of all texts what has the format of a credential: steps are quoted in them.
fn hide_secrets(finding: &mut Finding) {
    let fixes = finding.fix.iter_mut().chain(&mut finding.alternative);
    let fixes = fixes.flat_map(|fix| std::iter::once(&mut fix.text).chain(&mut fix.diff));
    let evidence = finding.evidence.iter_mut().map(|part| &mut part.text);
    let texts = [&mut finding.title, &mut finding.why, &mut finding.costs];
    fixes.chain(evidence).chain(texts).for_each(scan::hide);
}

/// Bytes of the files that a finding claims and no finding before it did.
fn claim(subject: &Subject<'_>, finding: &Finding, claimed: &mut HashSet<EntryRef>) -> u64 {
    let tree = &subject.image.tree;
    let new = finding.claims.iter().filter(|entry| claimed.insert(**entry));
    new.map(|entry| tree.entries(entry.layer).get(entry.entry).size).sum()
}
