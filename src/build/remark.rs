//! What of the history and the evidence beside it was not used, or is not certain. The sentences stand in `prose`.

/// Something to say about how the history was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// What it is about.
    pub kind: RemarkKind,
    /// The particulars, as text of the image or of the user: unsafe on a terminal.
    pub detail: String,
}

/// What a remark is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemarkKind {
    /// `--base-layers` is more than there are; the detail has both figures.
    TooManyBaseLayers,
    /// The layers of `--base` are not the first ones; the detail is its name.
    NotTheBase,
    /// An annotation or a label names the base and nothing says which layers are its; the detail is the name.
    BaseByNameOnly,
    /// The Dockerfile cannot be read; the detail says where and why.
    DockerfileBroken,
    /// The Dockerfile does not match; the detail is `name:line`, both instructions.
    DockerfileMismatch,
    /// The Dockerfile has no such stage; the detail is the stage.
    NoSuchStage,
    /// An attestation cannot be read; the detail says why.
    ProvenanceBroken,
    /// An attestation speaks of other layers.
    ProvenanceMismatch,
    /// The history does not fit the layers: which step made which layer is not certain, so that there are no rows.
    HistoryMismatch,
    /// No step says what it did: the numbers of steps are those of layers.
    NoHistory,
    /// The steps were built as one layer: there is nothing to group.
    OneLayer,
    /// The builder does not record ENV, USER, SHELL and the like (kaniko).
    MetadataHidden,
    /// A heredoc's script is not recorded; the detail is the step's number.
    ScriptLost,
}

impl Remark {
    /// A remark.
    pub fn new(kind: RemarkKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }
}
