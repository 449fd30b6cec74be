//! Where the base image ends and the user's own steps begin, with the evidence for it.

use super::dockerfile::Alignment;
use super::provenance::Provenance;
use super::remark::{Remark, RemarkKind};
use super::story::{Candidate, Evidence};
use super::{Builder, Instruction, Kind};
use crate::image::{ImageInfo, Step};
use crate::layer::{LayerIndex, Note, NoteKind};
use crate::oci::Digest;
use crate::text;

/// The base of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Base {
    /// How many layers are its, from the first on.
    pub layers: u16,
    /// How many steps are its, from the first on. The metadata around the boundary may be either's.
    pub steps: usize,
    /// Its name, where something says it.
    pub name: Option<String>,
    /// What says where it ends.
    pub evidence: BaseEvidence,
}

/// What says where the base ends, the best first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BaseEvidence {
    /// The user said how many layers (`--base-layers`).
    Told,
    /// The layers of the image that the user named (`--base`) are the first ones of this image.
    Given,
    /// The layers of another image at hand are the first ones of this image.
    Local,
    /// Buildah wrote `FROM name` at the first step of its own.
    Comment,
    /// The provenance names the base and its layers.
    Provenance,
    /// The Dockerfile matches the history down to its FROM.
    Dockerfile,
    /// A CMD in the middle of the history, as bases end with one. A guess.
    Cmd,
    /// A pause of over an hour between two steps. A guess.
    Pause,
    /// The first layer, as most images have a base. A guess.
    FirstLayer,
    /// Nothing.
    #[default]
    None,
}

/// How far the boundary can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It is so.
    Exact,
    /// Somebody says so.
    Declared,
    /// It may be so: drawn, never counted with.
    Guess,
}

/// Whose a layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The user's.
    Own,
    /// The base image's.
    Base,
    /// Nobody can tell.
    Unknown,
}

impl Owner {
    /// Its name in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Base => "base",
            Self::Unknown => "unknown",
        }
    }
}

impl BaseEvidence {
    /// How far it can be trusted.
    pub fn trust(self) -> Trust {
        match self {
            Self::Given | Self::Local | Self::Comment | Self::Provenance | Self::Dockerfile => Trust::Exact,
            Self::Told => Trust::Declared,
            Self::Cmd | Self::Pause | Self::FirstLayer | Self::None => Trust::Guess,
        }
    }
}

impl Base {
    /// How far the boundary can be trusted.
    pub fn trust(&self) -> Trust {
        self.evidence.trust()
    }

    /// Whose a layer is. A guess makes no layer the base's.
    pub fn owner(&self, layer: LayerIndex) -> Owner {
        match self.trust() {
            Trust::Guess => Owner::Unknown,
            _ if layer.offset() < usize::from(self.layers) => Owner::Base,
            _ => Owner::Own,
        }
    }
}

/// Finds the base by the best evidence that there is.
pub(super) fn find(
    info: &ImageInfo,
    steps: &[Instruction],
    evidence: &Evidence,
    provenance: Option<&Provenance>,
    dockerfile: Option<&Alignment>,
    remarks: &mut Vec<Remark>,
) -> Base {
    let history = History { info, steps };
    // Steps tell of layers only where they belong to each other.
    let is_sure = mismatch(info).is_none();
    let attested = provenance.and_then(|it| it.base.clone());
    let named = |name: &str| Some(name.to_owned()).filter(|name| name != "scratch");
    let mut base = told(&history, evidence, remarks)
        .or_else(|| history.prefix(evidence, remarks))
        .or_else(|| history.comment().filter(|_| is_sure))
        .or_else(|| {
            let (name, layers) = attested.clone()?;
            Some(history.of_layers(layers, named(&name), BaseEvidence::Provenance))
        })
        .or_else(|| {
            Some(history.of_steps(dockerfile?.first - 1, BaseEvidence::Dockerfile)).filter(|_| is_sure)
        })
        .or_else(|| history.cmd())
        .or_else(|| history.pause())
        .or_else(|| history.first_layer())
        .unwrap_or_default();
    // The Dockerfile knows the steps to the word, and the metadata around the boundary with them.
    if let Some(file) = dockerfile {
        let same = history.of_steps(file.first - 1, base.evidence);
        if same.layers == base.layers {
            base.steps = same.steps;
        }
        base.name = base.name.or_else(|| named(&file.base));
    }
    base.name = base.name.or_else(|| named(&attested?.0));
    if base.name.is_none()
        && let Some(name) = declared(info).or_else(|| provenance?.only_image())
    {
        if base.trust() == Trust::Guess {
            remarks.push(Remark::new(RemarkKind::BaseByNameOnly, name.as_str()));
        }
        base.name = Some(name);
    }
    base
}

/// Says that the history has more or fewer layers than the image: nobody knows which step made which.
pub(super) fn mismatch(info: &ImageInfo) -> Option<&Note> {
    info.notes.iter().find(|note| {
        matches!(note.kind, NoteKind::HistoryShort | NoteKind::HistoryLong | NoteKind::EmptyLayerIgnored)
    })
}

/// `--base-layers`.
fn told(history: &History, evidence: &Evidence, remarks: &mut Vec<Remark>) -> Option<Base> {
    let wanted = evidence.base_layers?;
    let there = u16::try_from(history.info.layers.len()).unwrap_or(u16::MAX);
    if wanted > there {
        remarks.push(Remark::new(RemarkKind::TooManyBaseLayers, format!("{wanted}, {there}")));
    }
    Some(history.of_layers(wanted.min(there), None, BaseEvidence::Told))
}

/// The name that the manifest or a label declares. A label may be one that the base inherited from its own base.
fn declared(info: &ImageInfo) -> Option<String> {
    const NAME: &str = "org.opencontainers.image.base.name";
    let labels = &info.config.config.labels;
    info.annotations().remove(NAME).or_else(|| labels.get(NAME).cloned()).filter(|name| !name.is_empty())
}

struct History<'a> {
    info: &'a ImageInfo,
    steps: &'a [Instruction],
}

impl History<'_> {
    /// A base of so many steps.
    fn of_steps(&self, steps: usize, evidence: BaseEvidence) -> Base {
        let layers = self.info.steps.iter().take(steps).filter(|step| step.layer.is_some()).count();
        Base { layers: u16::try_from(layers).unwrap_or(u16::MAX), steps, name: None, evidence }
    }

    /// A base of so many layers. Of the metadata between its last layer and the next one, what ends with CMD or
    /// ENTRYPOINT is its, as that is how bases end.
    fn of_layers(&self, layers: u16, name: Option<String>, evidence: BaseEvidence) -> Base {
        let at = usize::from(layers);
        let mut steps =
            at.checked_sub(1).and_then(|at| self.info.layers.get(at)).map_or(0, |layer| layer.step);
        if let Some(next) = self.info.layers.get(at) {
            let between = self.steps.get(steps..next.step.saturating_sub(1)).unwrap_or_default();
            let ends = |it: &Instruction| matches!(it.kind, Kind::Cmd | Kind::Entrypoint);
            if steps > 0 {
                steps += between.iter().rposition(ends).map_or(0, |at| at + 1);
            }
        }
        Base { layers, steps, name, evidence }
    }

    /// Another image whose layers are the first ones here; the longest wins.
    fn prefix(&self, evidence: &Evidence, remarks: &mut Vec<Remark>) -> Option<Base> {
        let own: Vec<_> = self.info.layers.iter().map(|layer| layer.diff_id.as_ref()).collect();
        let is_prefix = |ids: &[Digest]| {
            !ids.is_empty() && ids.len() <= own.len() && ids.iter().zip(&own).all(|(a, b)| Some(a) == *b)
        };
        let base = |(name, ids): &Candidate, evidence| {
            self.of_layers(u16::try_from(ids.len()).unwrap_or(u16::MAX), Some(name.clone()), evidence)
        };
        if let Some(given) = &evidence.base {
            if is_prefix(&given.1) {
                return Some(base(given, BaseEvidence::Given));
            }
            remarks.push(Remark::new(RemarkKind::NotTheBase, given.0.as_str()));
        }
        // An image with all the layers is this one under another name.
        let local = evidence.base_diff_ids.iter().filter(|it| it.1.len() < own.len() && is_prefix(&it.1));
        local.max_by_key(|it| it.1.len()).map(|it| base(it, BaseEvidence::Local))
    }

    /// `FROM name` in the comment of the last first step: a base that Buildah built has such a comment too. Old
    /// versions write one at every step, with the ID of the image before it.
    fn comment(&self) -> Option<Base> {
        let is_id = |name: &str| name.len() >= 12 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let named = |at: usize| {
            let name = self.info.steps[at].comment.strip_prefix("FROM ")?.trim();
            (!name.is_empty() && !is_id(name)).then(|| (at, name.to_owned()))
        };
        if let Some((at, name)) = (0..self.info.steps.len()).rev().find_map(named) {
            return Some(Base { name: Some(name), ..self.of_steps(at, BaseEvidence::Comment) });
        }
        // FROM scratch: the first step has no image before it, every other one has.
        let (first, rest) = self.info.steps.split_first()?;
        let is_first = first.comment.is_empty() && self.steps.first()?.builder == Builder::Buildah;
        let is_later = |step: &Step| step.comment.strip_prefix("FROM ").is_some_and(is_id);
        (is_first && !rest.is_empty() && rest.iter().all(is_later))
            .then(|| self.of_steps(0, BaseEvidence::Comment))
    }

    /// The last CMD without a layer, but for those that end the history.
    fn cmd(&self) -> Option<Base> {
        let has_layer = |at: &usize| self.info.steps[*at].layer.is_some();
        let last = (0..self.steps.len()).rev().find(has_layer)?;
        let is_cmd = |at: &usize| !has_layer(at) && self.steps[*at].kind == Kind::Cmd;
        let at = (0..last).rev().find(is_cmd)?;
        let base = self.of_steps(at + 1, BaseEvidence::Cmd);
        (base.layers > 0).then_some(base)
    }

    /// The longest pause, if it is over an hour.
    fn pause(&self) -> Option<Base> {
        let mut longest = (PAUSE, 0);
        let mut before = None;
        for (at, step) in self.info.steps.iter().enumerate() {
            // The beginning of time, in whichever calendar, is what builders write that hide the time.
            let Some(time) = text::seconds(&step.created).filter(|&time| time > 0) else { continue };
            if let Some(before) = before.replace(time)
                && time.saturating_sub(before) > longest.0
            {
                longest = (time.saturating_sub(before), at);
            }
        }
        let base = self.of_steps(longest.1, BaseEvidence::Pause);
        (base.layers > 0 && usize::from(base.layers) < self.info.layers.len()).then_some(base)
    }

    /// The first of several layers, unless its step is one that no base begins with: RUN has no shell there.
    fn first_layer(&self) -> Option<Base> {
        let step = self.info.layers.first()?.step.checked_sub(1)?;
        let is_own = matches!(self.steps.get(step)?.kind, Kind::Run | Kind::Copy | Kind::Workdir);
        (self.info.layers.len() > 1 && !is_own).then(|| self.of_layers(1, None, BaseEvidence::FirstLayer))
    }
}

/// Seconds between two steps that one build does not take.
const PAUSE: i64 = 3600;
