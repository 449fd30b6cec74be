//! Dead files that no grouping of RUN steps cures, in lots: one for each rule, step that bore them and step that killed
//! them.

use std::collections::{HashMap, HashSet};

use crate::advice::parts::{self, Dead};
use crate::advice::{Bytes, Confidence, Finding, LEAST, Paths, Rule, Severity, Subject};
use crate::build::{Kind, Owner, Trust};
use crate::layer::LayerIndex;
use crate::ledger::Cause;
use crate::tree::EntryRef;

/// Dead files of one kind, with one story.
pub struct Lot {
    /// The rule that tells of them.
    pub rule: Rule,
    /// The layer that shipped them; the last one where they are of several layers of the base.
    pub born: LayerIndex,
    /// The layer since which nobody sees them.
    pub killed: LayerIndex,
    /// Whose they are.
    pub owner: Owner,
    /// Whether the owner, or the need, is a guess.
    pub is_guess: bool,
    /// Whether they are files that every installation writes anew.
    pub is_inherent: bool,
    /// The files.
    pub dead: Vec<Dead>,
    /// Their bytes.
    pub bytes: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    rule: Rule,
    /// `None`: the base, whichever layer.
    born: Option<LayerIndex>,
    killed: LayerIndex,
    is_inherent: bool,
}

/// The lots, in order, in one pass over the dead files. What is `claimed` is told already; what the base shipped and
/// killed is nobody's business here.
pub fn find(subject: &Subject<'_>, claimed: &HashSet<EntryRef>) -> Vec<Lot> {
    let moves = subject.ledger.moves(&subject.image.tree);
    let mut lots: HashMap<Key, Vec<Dead>> = HashMap::new();
    for dead in subject.ledger.dead(|_, death| !subject.is_base(death.killer)) {
        let (entry, _, death) = dead;
        if subject.bytes(entry) == 0 || claimed.contains(&entry) {
            continue;
        }
        let rule = match death.cause {
            Cause::Deleted if moves.contains_key(&entry) => Rule::MovedLater,
            Cause::Deleted => Rule::DeletedLater,
            Cause::Rewritten if is_copy(subject, death.killer) => Rule::RecopiedIdentical,
            Cause::Metadata | Cause::Rewritten => Rule::MetadataReship,
            Cause::Overwritten | Cause::Repeated => Rule::OverwrittenLater,
        };
        let born = (!subject.is_base(entry.layer)).then_some(entry.layer);
        let is_inherent = death.cause == Cause::Overwritten && is_churn(&subject.image.tree.path(dead.1));
        lots.entry(Key { rule, born, killed: death.killer, is_inherent }).or_default().push(dead);
    }
    let mut lots: Vec<(Key, Vec<Dead>)> = lots.into_iter().collect();
    lots.sort_unstable_by_key(|(key, _)| *key);
    lots.into_iter().map(|(key, dead)| lot(subject, key, dead)).collect()
}

fn lot(subject: &Subject<'_>, key: Key, dead: Vec<Dead>) -> Lot {
    let born = key.born.or(dead.iter().map(|dead| dead.0.layer).max()).unwrap_or_default();
    let owner = if key.born.is_none() { Owner::Base } else { subject.story.owner(key.killed) };
    let bytes = dead.iter().map(|dead| subject.bytes(dead.0)).sum();
    let is_guess = owner != Owner::Base && (key.is_inherent || may_be_base(subject, born, key.killed));
    Lot {
        rule: key.rule,
        born,
        killed: key.killed,
        owner,
        is_guess,
        is_inherent: key.is_inherent,
        dead,
        bytes,
    }
}

/// Whether a layer may be the base's by a guess that its step does not contradict, and the other one may not.
fn may_be_base(subject: &Subject<'_>, born: LayerIndex, killed: LayerIndex) -> bool {
    let base = &subject.story.base;
    let kind = kind(subject, born);
    base.trust() == Trust::Guess
        && born.0 <= base.layers
        && killed.0 > base.layers
        && !matches!(kind, Some(Kind::Run | Kind::Copy | Kind::Workdir))
}

/// What kind of step made a layer.
pub fn kind(subject: &Subject<'_>, layer: LayerIndex) -> Option<Kind> {
    subject.story.instruction(subject.step(layer)).map(|instruction| instruction.kind)
}

/// Whether COPY or ADD made a layer.
pub fn is_copy(subject: &Subject<'_>, layer: LayerIndex) -> bool {
    matches!(kind(subject, layer), Some(Kind::Copy | Kind::Add))
}

/// Whether RUN made a layer.
pub fn is_run(subject: &Subject<'_>, layer: LayerIndex) -> bool {
    kind(subject, layer) == Some(Kind::Run)
}

/// Whether both steps are RUNs of one row.
pub fn in_a_row(subject: &Subject<'_>, lot: &Lot) -> bool {
    let (birth, killer) = (lot.birth(subject), lot.killer(subject));
    subject.story.span_of(birth).is_some_and(|span| birth < killer && span.runs.contains(&killer))
}

/// Package databases and indexes: whoever adds a package writes them anew.
fn is_churn(path: &[u8]) -> bool {
    const FILES: [&[u8]; 19] = [
        b"var/lib/dpkg/status",
        b"var/lib/dpkg/status-old",
        b"var/lib/dpkg/available",
        b"var/lib/dpkg/lock",
        b"var/lib/dpkg/lock-frontend",
        b"lib/apk/db/installed",
        b"usr/lib/apk/db/installed",
        b"etc/ld.so.cache",
        b"etc/passwd",
        b"etc/group",
        b"etc/shadow",
        b"etc/gshadow",
        b"etc/subuid",
        b"etc/subgid",
        b"usr/share/info/dir",
        b"usr/share/applications/mimeinfo.cache",
        b"var/cache/ldconfig/aux-cache",
        b"etc/ssl/certs/ca-certificates.crt",
        b"var/log/dpkg.log",
    ];
    const TREES: [&[u8]; 3] = [b"var/cache/debconf/", b"var/lib/rpm/", b"usr/lib/sysimage/rpm/"];
    FILES.contains(&path.strip_suffix(b"-").unwrap_or(path))
        || TREES.iter().any(|tree| path.starts_with(tree))
}

impl Lot {
    /// The number of the step that shipped the files.
    pub fn birth(&self, subject: &Subject<'_>) -> usize {
        subject.step(self.born)
    }

    /// The number of the step that killed them.
    pub fn killer(&self, subject: &Subject<'_>) -> usize {
        subject.step(self.killed)
    }

    /// Whether it is worth a finding.
    pub fn is_worth(&self, subject: &Subject<'_>, least: u64) -> bool {
        let is_some = self.bytes >= subject.limits.min_bytes.unwrap_or(LEAST).max(least);
        subject.limits.all || (is_some && self.bytes >= subject.threshold())
    }

    /// The finding about it, which lacks title, reason and fix.
    pub fn finding(&self, subject: &Subject<'_>) -> Finding {
        let mut layers: Vec<LayerIndex> = self.dead.iter().map(|dead| dead.0.layer).collect();
        layers.push(self.killed);
        layers.sort_unstable();
        layers.dedup();
        let mut steps: Vec<usize> = layers.iter().map(|layer| subject.step(*layer)).collect();
        steps.dedup();
        let is_yours = self.owner != Owner::Base && !self.is_inherent;
        Finding {
            rule: self.rule,
            severity: if is_yours { subject.severity(self.bytes) } else { Severity::Info },
            confidence: if self.is_guess { Confidence::Heuristic } else { Confidence::Exact },
            owner: self.owner,
            steps,
            layers,
            bytes: Bytes::exact(self.bytes),
            unique: 0,
            claims: self.dead.iter().map(|dead| dead.0).collect(),
            paths: Paths::of(self.dead.iter().map(|dead| (dead.1, subject.bytes(dead.0)))),
            title: String::new(),
            why: String::new(),
            evidence: parts::of(subject, &self.dead),
            fix: None,
            alternative: None,
            costs: String::new(),
            fingerprint: String::new(),
        }
    }
}
