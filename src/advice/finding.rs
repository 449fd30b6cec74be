//! A finding: what is wrong, what it costs, how to put it right.

use super::{Rule, Severity};
use crate::build::Owner;
use crate::layer::LayerIndex;
use crate::ledger::Group;
use crate::tree::{EntryRef, NodeId};

/// Something that need not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that found it.
    pub rule: Rule,
    /// How much it matters.
    pub severity: Severity,
    /// How sure it is.
    pub confidence: Confidence,
    /// Whose layers it is in.
    pub owner: Owner,
    /// The steps concerned, by number, ascending.
    pub steps: Vec<usize>,
    /// The layers concerned, ascending.
    pub layers: Vec<LayerIndex>,
    /// What putting it right saves.
    pub bytes: Bytes,
    /// The part of it that no finding before this one claims. Only these may be summed. Set by [`super::advise`].
    pub unique: u64,
    /// The files whose bytes it claims: each shipped, and not needed.
    pub claims: Vec<EntryRef>,
    /// The paths concerned.
    pub paths: Paths,
    /// One sentence: what happens, with its figures. Shown first.
    pub title: String,
    /// Why it happens, in a few sentences.
    pub why: String,
    /// The parts that make up the bytes, most first.
    pub evidence: Vec<Evidence>,
    /// What to do, preferred first.
    pub fix: Option<Fix>,
    /// Another way with the same bytes.
    pub alternative: Option<Fix>,
    /// What it costs to put it right (cache, bytes to push again), as a sentence; empty where nothing.
    pub costs: String,
    /// The same for the same mistake in another build: 16 hexadecimal digits. Set by [`super::advise`] where a rule leaves
    /// it empty.
    pub fingerprint: String,
}

/// A figure, or the two that it lies between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bytes {
    /// At least so many.
    pub min: u64,
    /// At most so many; the same where the figure is exact.
    pub max: u64,
}

impl Bytes {
    /// A figure known to the byte.
    pub fn exact(bytes: u64) -> Self {
        Self { min: bytes, max: bytes }
    }

    /// Whether it is one figure.
    pub fn is_exact(self) -> bool {
        self.min == self.max
    }
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Arithmetic of the ledger.
    Exact,
    /// Between two figures.
    Bounded,
    /// A pattern: look before you act. The bytes are exact, whether they are needed is a guess.
    Heuristic,
}

impl Confidence {
    /// Its word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Bounded => "bounded",
            Self::Heuristic => "heuristic",
        }
    }
}

/// The paths of a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paths {
    /// How many.
    pub count: u64,
    /// At most twenty, those with the most bytes first.
    pub sample: Vec<NodeId>,
}

/// A part of a finding's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The bytes.
    pub bytes: u64,
    /// What they are: `apt lists of layer 5, deleted in layer 11`.
    pub text: String,
    /// A path that shows it, and the layer in which to look.
    pub at: Option<(NodeId, LayerIndex)>,
}

/// A way to put it right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What kind of change.
    pub kind: FixKind,
    /// Text to paste, as it stands in a Dockerfile (or `.dockerignore`).
    pub text: String,
    /// A unified diff of the Dockerfile, where one is at hand.
    pub diff: Option<String>,
}

/// What kind of change a fix is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FixKind {
    /// Several RUN steps as one.
    Merge,
    /// A clean-up into the step that makes what it removes.
    MoveCleanup,
    /// Owner and mode where the files are made.
    FixAtBirth,
    /// Another flag of COPY or ADD, another source.
    Copy,
    /// A `--mount` for a RUN.
    Mount,
    /// Lines for `.dockerignore`.
    Ignore,
    /// A change of a command.
    Command,
    /// A stage of its own.
    Stage,
    /// Something to do outside the Dockerfile.
    Outside,
}

impl FixKind {
    /// Its word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::MoveCleanup => "move-cleanup",
            Self::FixAtBirth => "fix-at-birth",
            Self::Copy => "copy",
            Self::Mount => "mount",
            Self::Ignore => "dockerignore",
            Self::Command => "command",
            Self::Stage => "stage",
            Self::Outside => "outside",
        }
    }
}

/// A row of two or more RUN steps, with its price: what the user came to see, however small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its RUN steps, by number, ascending.
    pub steps: Vec<usize>,
    /// Its layers, ascending.
    pub layers: Vec<LayerIndex>,
    /// What one RUN for all of it would save.
    pub bytes: Bytes,
    /// The parts of it that are worth being one RUN.
    pub groups: Vec<Group>,
    /// What to do.
    pub verdict: Verdict,
    /// The same as a sentence: `4 RUN in a row: merging saves 702 B, leave them`.
    pub sentence: String,
}

/// What to do about a row of RUN steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Make its groups one RUN each.
    Merge,
    /// Move the clean-up into the step that makes what it removes.
    MoveCleanup,
    /// Set owner and mode where the files are made.
    FixAtBirth,
    /// Leave it: the cache is worth more.
    Leave,
}

impl Verdict {
    /// Its word in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::MoveCleanup => "move-cleanup",
            Self::FixAtBirth => "fix-at-birth",
            Self::Leave => "leave",
        }
    }
}
