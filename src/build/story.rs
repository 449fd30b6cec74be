//! Everything that is known of how an image was built, in one value.

use std::collections::HashMap;

use super::base::{self, Base, Owner};
use super::command::Command;
use super::dockerfile::{self, Alignment};
use super::ignore::DockerIgnore;
use super::instructions;
use super::provenance::Provenance;
use super::remark::{Remark, RemarkKind};
use super::secret::Secrets;
use super::span::{self, Span};
use super::variables::{Variable, pair, variables};
use super::{Builder, Instruction, Kind};
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
    layers: Vec<Option<LayerIndex>>,
    commands: Vec<Option<Command>>,
    secrets: Secrets,
    /// The image's variables: the value, and the last step that set it, 0 when none did.
    env: HashMap<String, (String, usize)>,
}

impl Story {
    /// Understands the history of an image.
    pub fn new(info: &ImageInfo, evidence: &Evidence) -> Self {
        let mut remarks = Vec::new();
        let steps = instructions(info);
        let shells = shells(info, &steps);
        let provenance = Provenance::find(&evidence.provenance, info, &mut remarks);
        let dockerfile = dockerfile(evidence, provenance.as_ref(), &steps)
            .and_then(|found| found.map_err(|remark| remarks.push(remark)).ok());
        let base = base::find(info, &steps, evidence, provenance.as_ref(), dockerfile.as_ref(), &mut remarks);
        let commands = std::iter::zip(&info.steps, std::iter::zip(&steps, &shells))
            .map(|(step, (instruction, shell))| {
                let attested = provenance.as_ref().and_then(|it| it.layer(step.layer?)?.exec.as_ref());
                let aligned = dockerfile.as_ref().and_then(|file| file.step(step.index));
                Command::of(step, instruction, shell, attested, aligned)
            })
            .collect();
        let attested_args = provenance.iter().flat_map(|it| it.args.iter());
        let variables = info.config.config.env.iter().chain(attested_args).map(String::as_str);
        let mut story = Self {
            secrets: Secrets::new(&steps, variables),
            env: env(info, &steps),
            steps,
            base,
            spans: Vec::new(),
            dockerfile,
            provenance,
            ignore: evidence.dockerignore.as_deref().map(DockerIgnore::parse),
            remarks,
            shells,
            layers: info.steps.iter().map(|step| step.layer).collect(),
            commands,
        };
        let (spans, remarks) = span::find(info, &story);
        story.spans = spans;
        story.remarks.extend(remarks);
        for remark in &mut story.remarks {
            remark.detail = story.secrets.masked(&remark.detail).into_owned();
        }
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

    /// The layer that a step made, by its number from 1.
    pub fn layer_of(&self, step: usize) -> Option<LayerIndex> {
        *self.layers.get(step.checked_sub(1)?)?
    }

    /// Whose a layer is.
    pub fn owner(&self, layer: LayerIndex) -> Owner {
        self.base.owner(layer)
    }

    /// The row that a step belongs to.
    pub fn span_of(&self, step: usize) -> Option<&Span> {
        let at = self.spans.partition_point(|span| span.runs.last().is_some_and(|last| *last < step));
        self.spans.get(at).filter(|span| span.has_run(step))
    }

    /// A text without the values of secrets.
    pub fn masked(&self, text: &str) -> String {
        self.secrets.masked(text).into_owned()
    }

    /// An instruction as its author wrote it, without the values of secrets.
    pub fn shown(&self, instruction: &Instruction) -> String {
        self.secrets.instruction(instruction)
    }

    /// The variables that a step sets (ENV), with their values where they are certain: the last word on a variable
    /// stands in the config.
    pub(super) fn variables(&self, step: usize) -> Vec<Variable> {
        let Some(instruction) = self.instruction(step).filter(|it| it.kind == Kind::Env) else {
            return Vec::new();
        };
        let mut list =
            variables(&instruction.body, |name| self.env.is_empty() || self.env.contains_key(name));
        for variable in &mut list {
            if let Some((value, last)) = self.env.get(&variable.name)
                && *last == step
            {
                variable.value = Some(value.clone());
            } else if instruction.builder != Builder::Buildah && instruction.body.contains(['"', '\'']) {
                // Quotes of the value, or those that were put around it here: who knows.
                variable.value = None;
            }
        }
        list
    }

    /// Whether a remark of this kind was made.
    pub fn has(&self, kind: RemarkKind) -> bool {
        self.remarks.iter().any(|remark| remark.kind == kind)
    }
}

/// The Dockerfile at hand, else the attested one, laid along the steps.
fn dockerfile(
    evidence: &Evidence,
    provenance: Option<&Provenance>,
    steps: &[Instruction],
) -> Option<Result<Alignment, Remark>> {
    let args = provenance.map_or(&[][..], |it| &it.args);
    let at_hand = evidence.dockerfile.as_ref().map(|file| (file, evidence.target.as_deref()));
    let attested = || provenance.and_then(|it| Some((it.dockerfile.as_ref()?, it.target.as_deref())));
    let ((name, text), target) = at_hand.or_else(attested)?;
    Some(dockerfile::Candidate { name, text, target, args }.align(steps))
}

/// The image's variables, and the last step that set each.
fn env(info: &ImageInfo, steps: &[Instruction]) -> HashMap<String, (String, usize)> {
    let pairs = info.config.config.env.iter().map(|text| pair(text));
    let mut env: HashMap<String, (String, usize)> =
        pairs.map(|(name, value)| (name.to_owned(), (value.to_owned(), 0))).collect();
    for (at, step) in steps.iter().enumerate().filter(|(_, step)| step.kind == Kind::Env) {
        for variable in variables(&step.body, |_| true) {
            if let Some((_, last)) = env.get_mut(&variable.name) {
                *last = at + 1;
            }
        }
    }
    env
}

/// The SHELL in force at every step.
fn shells(info: &ImageInfo, steps: &[Instruction]) -> Vec<Vec<String>> {
    let config = &info.config;
    let usual: &[&str] = if config.os == "windows" { &["cmd", "/S", "/C"] } else { &["/bin/sh", "-c"] };
    let mut shell: Vec<String> = usual.iter().map(|&word| word.to_owned()).collect();
    // A SHELL that no step sets was set where no step is recorded (kaniko).
    if !config.config.shell.is_empty() && !steps.iter().any(|step| step.kind == Kind::Shell) {
        shell.clone_from(&config.config.shell);
    }
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
