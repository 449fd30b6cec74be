//! Findings in the making: what all rules fill in the same way.

use super::held::{Held, total};
use super::sample;
use super::{Bytes, Confidence, Finding, Fix, FixKind, Paths, Rule, Severity, Subject};
use crate::build::{Kind, Owner};
use crate::layer::LayerIndex;
use crate::tree::NodeId;

impl Subject<'_> {
    /// A finding about live files that need not be: steps, layers, owner, bytes, severity, paths.
    pub fn finding(&self, rule: Rule, held: &[Held]) -> Finding {
        let both = |held: &Held| [self.maker(held.file), held.file.layer];
        let mut layers: Vec<LayerIndex> = held.iter().flat_map(both).collect();
        layers.sort_unstable();
        layers.dedup();
        let bytes = total(held);
        let mut finding = self.about(rule, layers);
        finding.severity = if finding.owner == Owner::Base { Severity::Info } else { self.severity(bytes) };
        finding.bytes = Bytes::exact(bytes);
        finding.claims = held.iter().map(|held| held.file).collect();
        finding.paths = Paths::of(held.iter().map(|held| (held.node, held.bytes)));
        finding
    }

    /// A finding about layers, without bytes.
    pub fn about(&self, rule: Rule, layers: Vec<LayerIndex>) -> Finding {
        let mut steps: Vec<usize> = layers.iter().map(|layer| self.step(*layer)).collect();
        steps.sort_unstable();
        steps.dedup();
        Finding {
            rule,
            severity: Severity::Info,
            confidence: Confidence::Heuristic,
            owner: self.owner_of(&layers),
            steps,
            layers,
            bytes: Bytes::default(),
            unique: 0,
            claims: Vec::new(),
            paths: Paths::default(),
            title: String::new(),
            why: crate::prose::rules::why(rule.id()).to_owned(),
            evidence: Vec::new(),
            fix: None,
            alternative: None,
            costs: String::new(),
            fingerprint: String::new(),
        }
    }

    /// A finding about paths, without bytes to save.
    pub fn about_paths(&self, rule: Rule, nodes: &[NodeId]) -> Finding {
        let tree = &self.image.tree;
        let mut layers: Vec<LayerIndex> =
            nodes.iter().filter_map(|node| Some(tree.standing(*node, self.last())?.layer)).collect();
        layers.sort_unstable();
        layers.dedup();
        let mut finding = self.about(rule, layers);
        finding.paths = Paths::of(nodes.iter().map(|node| (*node, 0)));
        finding
    }

    /// A finding about the image's config or its steps.
    pub fn about_steps(&self, rule: Rule, steps: Vec<usize>) -> Finding {
        let layer = |step: &usize| self.image.info.steps.get(step.checked_sub(1)?)?.layer;
        let layers = steps.iter().filter_map(layer).collect();
        let mut finding = self.about(rule, layers);
        if finding.layers.is_empty() {
            finding.owner = Owner::Own;
        }
        finding.steps = steps;
        finding
    }

    fn owner_of(&self, layers: &[LayerIndex]) -> Owner {
        let mut owners = layers.iter().map(|layer| self.story.owner(*layer));
        let first = owners.next().unwrap_or(Owner::Own);
        // What is partly the user's is the user's to put right.
        owners.fold(first, |one, other| if one == other { one } else { Owner::Own })
    }

    /// Whether so many bytes are worth a finding.
    pub fn is_worth(&self, bytes: u64) -> bool {
        bytes > 0 && (self.limits.all || bytes >= self.limits.min_bytes.unwrap_or(super::LEAST))
    }

    /// The instruction of a step as its author wrote it, without secrets.
    pub fn text(&self, step: usize) -> String {
        self.story.instruction(step).map(|instruction| self.story.shown(instruction)).unwrap_or_default()
    }

    /// The instruction of a step as it can stand in a Dockerfile, without secrets: from the Dockerfile where there is one,
    /// with `...` for sources of which only a hash is recorded.
    pub fn written(&self, step: usize) -> String {
        let text = self.story.written(step);
        let is_copy = matches!(self.kind(step), Kind::Copy | Kind::Add);
        if !is_copy || !text.split(' ').any(is_hash) {
            return text;
        }
        let words = text.split_whitespace().map(|word| if is_hash(word) { "..." } else { word });
        words.collect::<Vec<_>>().join(" ")
    }

    /// What kind of instruction a step was.
    pub fn kind(&self, step: usize) -> Kind {
        self.story.instruction(step).map_or(Kind::Unknown, |instruction| instruction.kind)
    }

    /// What kind of instruction made a layer.
    pub fn made_by(&self, layer: LayerIndex) -> Kind {
        self.kind(self.step(layer))
    }

    /// Whether the image's own steps are instructions of a Dockerfile: advice on RUN and COPY means nothing to the users
    /// of ko, jib, bazel, nix or buildpacks.
    pub fn is_from_dockerfile(&self) -> bool {
        self.own_layers()
            .map(|layer| self.made_by(layer))
            .any(|kind| matches!(kind, Kind::Run | Kind::Copy | Kind::Add | Kind::Workdir))
    }

    /// A path for people, with its slash.
    pub fn shown(&self, node: NodeId) -> String {
        sample::shown(&self.image.tree, node)
    }

    /// `step 3`, `steps 3, 5 and 9`.
    pub fn steps(steps: &[usize]) -> String {
        match steps {
            [] => "no step".to_owned(),
            [step] => format!("step {step}"),
            [first @ .., last] => {
                let first: Vec<String> = first.iter().map(ToString::to_string).collect();
                format!("steps {} and {last}", first.join(", "))
            }
        }
    }
}

/// Whether a word of a COPY is what the classic builder and Buildah keep of its sources: their hash.
pub fn is_hash(word: &str) -> bool {
    ["file:", "dir:", "multi:"].iter().any(|start| word.starts_with(start))
}

impl Fix {
    /// Text to paste.
    pub(super) fn new(kind: FixKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), diff: None }
    }
}
