//! The advice screen: which findings stand in the list, in which order, and which is selected.

use std::cmp::Reverse;
use std::collections::HashSet;

use crate::advice::{Advice, Confidence, Finding, Row, Severity, Verdict};
use crate::build::Owner;
use crate::layer::LayerIndex;
use crate::tree::NodeId;
use crate::tui::scroll::{self, Step};

/// A row of the list, by its place in the advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Something that need not be.
    Finding(usize),
    /// A row of RUNs that is best left alone.
    Row(usize),
}

/// The parts of the list, in their order, where findings do not stand in the order of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Credentials: they weigh more than any bytes.
    Critical,
    /// The user's, with a figure that is certain.
    Sure,
    /// The user's, where the bytes are certain, and whether they are needed is not.
    Guess,
    /// The user's, and no bytes are to be saved.
    Remark,
    /// In layers of the base, which cannot be helped from here.
    Base,
    /// Rows of RUNs that are best left alone.
    Row,
}

impl Part {
    fn of(finding: &Finding) -> Self {
        match (finding.severity, finding.owner, finding.bytes.max, finding.confidence) {
            (Severity::Critical, ..) => Self::Critical,
            (_, Owner::Base, ..) => Self::Base,
            (_, _, 0, _) => Self::Remark,
            (_, _, _, Confidence::Heuristic) => Self::Guess,
            _ => Self::Sure,
        }
    }

    /// What stands above it; nothing above what people come for.
    pub fn heading(self) -> Option<&'static str> {
        match self {
            Self::Critical | Self::Sure => None,
            Self::Guess => Some("guesses"),
            Self::Remark => Some("not about bytes"),
            Self::Base => Some("of the base"),
            Self::Row => Some("best left"),
        }
    }
}

/// What an entry is about, whatever its place.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Chosen {
    /// The finding's fingerprint.
    Finding(String),
    /// The row's steps.
    Row(Vec<usize>),
}

impl Chosen {
    fn of(entry: Entry, advice: &Advice) -> Option<Self> {
        match entry {
            Entry::Finding(at) => Some(Self::Finding(advice.findings.get(at)?.fingerprint.clone())),
            Entry::Row(at) => Some(Self::Row(advice.rows.get(at)?.steps.clone())),
        }
    }
}

/// The state of the screen.
#[derive(Clone, Debug, Default)]
pub struct AdvicePane {
    /// The list: findings, then rows of RUNs that do not pay.
    pub entries: Vec<Entry>,
    /// The selected entry.
    pub row: usize,
    /// The first line of the list on screen.
    pub offset: usize,
    /// The first line of the details on screen.
    pub detail_offset: usize,
    /// Whether findings stand in the order of the rules instead of the surest and most bytes first.
    pub by_rule: bool,
    /// Which part of the evidence Enter shows next.
    pub evidence: usize,
    /// Fingerprints of the findings that the user does not want to see in this session.
    ignored: HashSet<String>,
    chosen: Option<Chosen>,
}

impl AdvicePane {
    /// The screen for another image, with what was said to hold until the program ends.
    #[must_use]
    pub fn of_another_image(self) -> Self {
        Self { ignored: self.ignored, by_rule: self.by_rule, ..Self::default() }
    }

    /// Lists what is to be seen of the advice. The selected entry stays selected while it is there.
    pub fn list(&mut self, advice: &Advice) {
        let selected = self.chosen.take();
        let shown = |finding: &Finding| !self.ignored.contains(&finding.fingerprint);
        let mut findings: Vec<usize> =
            (0..advice.findings.len()).filter(|&at| shown(&advice.findings[at])).collect();
        if !self.by_rule {
            findings.sort_by_key(|&at| {
                let finding = &advice.findings[at];
                (Part::of(finding), Reverse(finding.bytes.max), Reverse(finding.severity), finding.rule)
            });
        }
        let idle = |row: &Row| row.groups.is_empty() || row.verdict == Verdict::Leave;
        let rows = (0..advice.rows.len()).filter(|&at| idle(&advice.rows[at])).map(Entry::Row);
        self.entries = findings.into_iter().map(Entry::Finding).chain(rows).collect();
        let again = selected.and_then(|chosen| {
            self.entries.iter().position(|&entry| Chosen::of(entry, advice).as_ref() == Some(&chosen))
        });
        self.row = again.unwrap_or(self.row).min(self.entries.len().saturating_sub(1));
        self.choose_row(advice);
    }

    /// Remembers what the cursor is on.
    fn choose_row(&mut self, advice: &Advice) {
        self.chosen = self.selected().and_then(|entry| Chosen::of(entry, advice));
    }

    /// What stands above an entry: the heading of a part that begins with it.
    pub fn heading(&self, advice: &Advice, row: usize) -> Option<&'static str> {
        let part = |row: usize| match *self.entries.get(row)? {
            Entry::Finding(_) if self.by_rule => None,
            Entry::Finding(at) => advice.findings.get(at).map(Part::of),
            Entry::Row(_) => Some(Part::Row),
        };
        let before = row.checked_sub(1).and_then(part);
        part(row).filter(|part| Some(*part) != before)?.heading()
    }

    /// How many findings are listed.
    pub fn count(&self) -> usize {
        self.entries.iter().filter(|entry| matches!(entry, Entry::Finding(_))).count()
    }

    /// How many are hidden.
    pub fn hidden(&self, advice: &Advice) -> usize {
        advice.findings.iter().filter(|finding| self.ignored.contains(&finding.fingerprint)).count()
    }

    /// The selected entry.
    pub fn selected(&self) -> Option<Entry> {
        self.entries.get(self.row).copied()
    }

    /// The selected finding.
    pub fn finding<'a>(&self, advice: &'a Advice) -> Option<&'a Finding> {
        match self.selected()? {
            Entry::Finding(at) => advice.findings.get(at),
            Entry::Row(_) => None,
        }
    }

    /// Puts the cursor on an entry.
    pub fn go_to(&mut self, advice: &Advice, row: usize) {
        let row = row.min(self.entries.len().saturating_sub(1));
        if row != self.row {
            (self.row, self.detail_offset, self.evidence) = (row, 0, 0);
            self.choose_row(advice);
        }
    }

    /// Moves the cursor.
    pub fn go(&mut self, advice: &Advice, step: Step) {
        self.go_to(advice, scroll::step(self.row, step, self.entries.len()));
    }

    /// Puts the cursor on a finding, by its place in the advice.
    pub fn choose(&mut self, advice: &Advice, finding: usize) {
        if let Some(row) = self.entries.iter().position(|entry| *entry == Entry::Finding(finding)) {
            self.go_to(advice, row);
        }
    }

    /// Hides the selected finding until the program ends.
    pub fn ignore(&mut self, advice: &Advice) {
        if let Some(finding) = self.finding(advice) {
            self.ignored.insert(finding.fingerprint.clone());
            (self.detail_offset, self.evidence) = (0, 0);
            self.list(advice);
        }
    }

    /// Shows what was hidden.
    pub fn show_ignored(&mut self, advice: &Advice) {
        self.ignored.clear();
        self.list(advice);
    }

    /// The places that show the selected finding: path and layer.
    pub fn places(&self, advice: &Advice) -> Vec<(NodeId, LayerIndex)> {
        let Some(finding) = self.finding(advice) else { return Vec::new() };
        let places: Vec<_> = finding.evidence.iter().filter_map(|part| part.at).collect();
        match finding.layers.last() {
            Some(&layer) if places.is_empty() => {
                finding.paths.sample.iter().map(|&node| (node, layer)).collect()
            }
            _ => places,
        }
    }
}
