//! Everything that is known of how an image was built, in one value.

use super::base::{self, Base, Owner};
use super::command::Command;
use super::dockerfile::Alignment;
use super::ignore::DockerIgnore;
use super::instructions;
use super::provenance::Provenance;
use super::remark::{Remark, RemarkKind};
use super::span::{self, Span};
use super::{Instruction, Kind};
use crate::image::ImageInfo;
use crate::layer::LayerIndex;
use crate::oci::Digest;

/// The DiffIDs of an image that may be the base, base first, under the name to show.
pub type Candidate = (String, Vec<Digest>);

/// What there is beside the image to understand its history with. Plain data: who has it gathers it.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// `--base-layers`: how many layers the user says are the base's.
    pub base_layers: Option<u16>,
    /// `--base`: the image that the user says is the base.
    pub base: Option<Candidate>,
    /// Other images at hand that may be the base.
    pub base_diff_ids: Vec<Candidate>,
    /// A Dockerfile, by the name to show, and its text.
    pub dockerfile: Option<(String, String)>,
    /// The text of `.dockerignore`.
    pub dockerignore: Option<String>,
    /// Statements of the image's attestations, as stored.
    pub provenance: Vec<Vec<u8>>,
    /// `--target`: the stage of the Dockerfile; the last one when `None`.
    pub target: Option<String>,
}

/// How an image was built, as far as it is known.
#[derive(Clone, Debug, Default)]
pub struct Story {
    /// The instruction of every step, oldest first.
    pub steps: Vec<Instruction>,
    /// What the image was built on.
    pub base: Base,
    /// Rows of two or more RUN steps that could be one, oldest first.
    pub spans: Vec<Span>,
    /// The Dockerfile beside it, where it matches.
    pub dockerfile: Option<Alignment>,
    /// The provenance that the builder attested, where it matches.
    pub provenance: Option<Provenance>,
    /// What the build context leaves out, where it is known.
    pub ignore: Option<DockerIgnore>,
    /// What was not used, and what is not certain.
    pub remarks: Vec<Remark>,
    shells: Vec<Vec<String>>,
    commands: Vec<Option<Command>>,
}

impl Story {
    /// Understands the history of an image.
    pub fn new(info: &ImageInfo, evidence: &Evidence) -> Self {
        let mut remarks = Vec::new();
        let steps = instructions(info);
        let shells = shells(&steps);
        let provenance = Provenance::find(&evidence.provenance, info, &mut remarks);
        let dockerfile = Alignment::find(evidence, &steps, &mut remarks);
        let base = base::find(info, &steps, evidence, provenance.as_ref(), dockerfile.as_ref(), &mut remarks);
        let commands = (0..steps.len())
            .map(|at| {
                Command::of(&steps[at], &shells[at], dockerfile.as_ref().and_then(|file| file.step(at + 1)))
            })
            .collect();
        let mut story = Self {
            steps,
            base,
            spans: Vec::new(),
            dockerfile,
            provenance,
            ignore: evidence.dockerignore.as_deref().map(DockerIgnore::parse),
            remarks,
            shells,
            commands,
        };
        let (spans, remarks) = span::find(info, &story);
        story.spans = spans;
        story.remarks.extend(remarks);
        story
    }

    /// The instruction of a step, by its number from 1.
    pub fn instruction(&self, step: usize) -> Option<&Instruction> {
        self.steps.get(step.checked_sub(1)?)
    }

    /// The SHELL in force at a step, by its number from 1.
    pub fn shell_at(&self, step: usize) -> &[String] {
        step.checked_sub(1).and_then(|at| self.shells.get(at)).map_or(&[], Vec::as_slice)
    }

    /// The command of a RUN step, by its number from 1, from the best evidence that there is.
    pub fn command(&self, step: usize) -> Option<&Command> {
        self.commands.get(step.checked_sub(1)?)?.as_ref()
    }

    /// Whose a layer is.
    pub fn owner(&self, layer: LayerIndex) -> Owner {
        self.base.owner(layer)
    }

    /// The row that a step belongs to.
    pub fn span_of(&self, step: usize) -> Option<&Span> {
        self.spans.iter().find(|span| span.runs.contains(&step))
    }

    /// A text of a step without the values of secrets.
    pub fn masked(&self, text: &str) -> String {
        text.to_owned()
    }

    /// Whether a remark of this kind was made.
    pub fn has(&self, kind: RemarkKind) -> bool {
        self.remarks.iter().any(|remark| remark.kind == kind)
    }
}

/// What a step runs in where no SHELL came before it.
const DEFAULT_SHELL: [&str; 2] = ["/bin/sh", "-c"];

/// The SHELL in force at every step.
fn shells(steps: &[Instruction]) -> Vec<Vec<String>> {
    let mut shell: Vec<String> = DEFAULT_SHELL.map(str::to_owned).into();
    let mut shells = Vec::with_capacity(steps.len());
    for step in steps {
        if step.kind == Kind::Shell
            && let Ok(words) = serde_json::from_str(&step.body)
        {
            shell = words;
        }
        shells.push(shell.clone());
    }
    shells
}
