//! Rules about layers as such: `compression`, `layer-count`, `empty-layer`, `noop-run`, and what of the image is its base.

use crate::advice::delta::is_same_folder;
use crate::advice::{Evidence, Finding, Fix, FixKind, Rule, Severity, Subject};
use crate::build::{Kind, Owner, Trust};
use crate::layer::LayerIndex;
use crate::text::{display, one_or_more, size};
use crate::tree::{NodeId, What};

/// Engines slow down from here on.
const MANY: u16 = 100;
/// Docker takes no more (`maxLayerDepth` of moby's layer store).
const MOST: u16 = 125;
/// The digest of an empty tar: 1024 zero bytes.
const EMPTY: &str = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef";
/// Layers smaller than this are not worth packing better.
const WORTH_PACKING: u64 = 1_000_000;

/// Layers stored as they are where a registry's would be compressed.
pub(super) fn compression(subject: &Subject<'_>) -> Vec<Finding> {
    // `docker save` never compresses: what it writes says nothing of the image.
    if !subject.image.info.source.starts_with("OCI") && !subject.image.info.source.contains("registry") {
        return Vec::new();
    }
    let layers = subject.image.info.layers.iter().zip(&subject.image.figures);
    let plain = layers.filter(|(info, figures)| {
        let least = subject.limits.min_bytes.unwrap_or(WORTH_PACKING);
        figures.loaded && figures.compression == "none" && info.stored_bytes >= least
    });
    let plain: Vec<(LayerIndex, u64)> = plain.map(|(info, _)| (info.index, info.stored_bytes)).collect();
    if plain.is_empty() {
        return Vec::new();
    }
    let mut finding = subject.about(Rule::Compression, plain.iter().map(|(layer, _)| *layer).collect());
    let bytes: u64 = plain.iter().map(|(_, bytes)| bytes).sum();
    finding.severity = Severity::Low;
    finding.title = format!("{} layers are stored without compression: {}", plain.len(), size(bytes));
    finding.fix = Some(Fix::new(
        FixKind::Outside,
        "docker buildx build --output type=registry,compression=zstd,oci-mediatypes=true ...\n",
    ));
    vec![finding]
}

/// More layers than engines like, or take.
pub(super) fn layer_count(subject: &Subject<'_>) -> Vec<Finding> {
    let count = subject.ledger.layer_count();
    if count <= MANY {
        return Vec::new();
    }
    let mut finding = subject.about(Rule::LayerCount, Vec::new());
    finding.owner = Owner::Own;
    finding.severity = if count > MOST { Severity::High } else { Severity::Low };
    finding.title = format!("The image has {count} layers; docker takes {MOST}");
    vec![finding]
}

/// Layers with nothing in them, and RUNs without a result.
pub(super) fn without_files(subject: &Subject<'_>) -> Vec<Finding> {
    let contents = contents(subject);
    let own = subject.own_layers();
    let (mut empty, mut noop) = (Vec::new(), Vec::new());
    for layer in
        own.filter(|layer| subject.image.figures.get(layer.offset()).is_some_and(|figures| figures.loaded))
    {
        let diff_id = subject.image.info.layers.get(layer.offset()).and_then(|layer| layer.diff_id.as_ref());
        let is_empty = diff_id.is_some_and(|digest| digest.as_str() == EMPTY)
            || contents[layer.offset()] == Contents::Nothing;
        match subject.made_by(layer) {
            Kind::Run if contents[layer.offset()] != Contents::Something => noop.push(layer),
            Kind::Copy | Kind::Add | Kind::Workdir if is_empty => empty.push(layer),
            _ => {}
        }
    }
    let mut findings = Vec::new();
    if !empty.is_empty() {
        let mut finding = subject.about(Rule::EmptyLayer, empty);
        finding.title =
            format!("{} made a layer with nothing in it", capital(&Subject::steps(&finding.steps)));
        findings.push(finding);
    }
    for layer in noop {
        let mut finding = subject.about(Rule::NoopRun, vec![layer]);
        finding.title = format!("Step {} leaves no file behind: it only costs time", subject.step(layer));
        finding.fix = Some(Fix::new(
            FixKind::Stage,
            format!("FROM ... AS check\n{}\n", subject.text(subject.step(layer))),
        ));
        findings.push(finding);
    }
    findings
}

/// What a layer holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Contents {
    Nothing,
    /// Nothing but directories that stood there before, just so.
    AsBefore,
    Something,
}

fn contents(subject: &Subject<'_>) -> Vec<Contents> {
    let tree = &subject.image.tree;
    let of = |layer: LayerIndex| {
        let mut all = subject.ledger.fates(layer).iter().map(|fate| fate.node).peekable();
        if all.peek().is_none() {
            Contents::Nothing
        } else if all.all(|node| is_same_folder(tree, node, layer)) {
            Contents::AsBefore
        } else {
            Contents::Something
        }
    };
    let mut contents: Vec<Contents> =
        (1..=subject.ledger.layer_count()).map(|layer| of(LayerIndex(layer))).collect();
    for node in (0..tree.len() as u32).map(NodeId) {
        for event in tree.events(node) {
            if matches!(event.what, What::Whiteout | What::Opaque) {
                contents[event.layer.offset()] = Contents::Something;
            }
        }
    }
    contents
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// What of the image is its base, and what of that is waste.
pub(super) fn base_image(subject: &Subject<'_>) -> Vec<Finding> {
    let base = &subject.story.base;
    if base.layers == 0 || base.trust() == Trust::Guess {
        return Vec::new();
    }
    let is_base = |layer: LayerIndex| subject.is_base(layer);
    let layers: Vec<LayerIndex> =
        (1..=subject.ledger.layer_count()).map(LayerIndex).filter(|layer| is_base(*layer)).collect();
    let ship: u64 = layers.iter().map(|layer| subject.ledger.account(*layer).payload).sum();
    let pairs = subject.ledger.matrix().pairs();
    let dead = |by_base: bool| -> u64 {
        let pairs = pairs.iter().filter(|pair| is_base(pair.born) && is_base(pair.killed) == by_base);
        pairs.map(crate::ledger::Pair::bytes).sum()
    };
    let (within, by_user) = (dead(true), dead(false));
    let name = base.name.as_ref().map_or_else(String::new, |name| format!(" {}", display(name.as_bytes())));
    let share = (ship * 100).checked_div(subject.ledger.ship()).unwrap_or_default();
    let mut finding = subject.about(Rule::BaseImage, layers);
    finding.owner = Owner::Base;
    finding.title = format!(
        "The base image{name} has {}: {}, {share} % of what ships",
        one_or_more(usize::from(base.layers), "layer", "layers"),
        size(ship)
    );
    let part = |bytes: u64, text: &str| Evidence { bytes, text: format!("{} {text}", size(bytes)), at: None };
    finding.evidence = [
        part(within, "wasted inside the base: only another base helps"),
        part(by_user, "of the base replaced or deleted by later steps: hidden, and pulled all the same"),
    ]
    .into_iter()
    .filter(|part| part.bytes > 0)
    .collect();
    vec![finding]
}
