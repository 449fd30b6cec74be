//! The pane of the selected step: its command whole, what it did, and its layer.

use crate::build::{self, Instruction};
use crate::image::{Image, ImageInfo, LayerFigures, LayerInfo, Presence, Step};
use crate::layer::LayerIndex;
use crate::prose;
use crate::prose::why_step::{self, StepFacts};
use crate::role::Role;
use crate::text::{self, Manner};
use crate::tui::app::App;
use crate::tui::doc::Line;
use crate::tui::insight::Insight;
use crate::tui::pane::{account, life};

/// Width of the labels.
pub(super) const LABEL: u16 = 10;

/// Other images that are named.
const NEIGHBOURS: usize = 4;

/// Paths that a layer adds, changes and removes.
pub type Counts = (u64, u64, u64);

/// What the pane is told of the selected step.
#[derive(Clone, Copy, Debug)]
pub struct Selected<'a> {
    /// The image.
    pub info: &'a ImageInfo,
    /// Its layers, as far as they are read.
    pub image: Option<&'a Image>,
    /// What all layers together tell, once they are read.
    pub insight: Option<&'a Insight>,
    /// The step.
    pub step: &'a Step,
    /// Its instruction.
    pub instruction: &'a Instruction,
    /// Of its layer, once known.
    pub counts: Option<Counts>,
    /// The other local images that hold each layer, where that is known.
    pub neighbours: Option<&'a [Vec<String>]>,
    /// Whether layers are still being read.
    pub reading: bool,
    /// How figures are worded.
    pub manner: &'a Manner,
}

impl<'a> Selected<'a> {
    /// The step that is selected; `None` in an image without steps.
    pub fn of(app: &'a App) -> Option<Self> {
        let info = app.info()?;
        Some(Self {
            info,
            image: app.image().map(AsRef::as_ref),
            insight: app.insight(),
            step: app.layers.step(info)?,
            instruction: app.instructions.get(app.layers.selected)?,
            counts: app.counts(),
            neighbours: app.neighbours.as_deref(),
            reading: app.is_moving(),
            manner: &app.manner,
        })
    }
}

/// What the step did and why it has a layer or none.
pub fn story(selected: &Selected<'_>) -> String {
    let Selected { info, image, step, instruction, counts, .. } = *selected;
    let layer = step.layer.and_then(|layer| info.layers.get(layer.offset()));
    let figures = step.layer.and_then(|layer| image?.figures.get(layer.offset())).filter(|f| f.loaded);
    why_step::sentence(StepFacts {
        word: instruction.kind.word(),
        has_layer: layer.is_some(),
        is_bare: figures.is_some_and(|figures| figures.entries == 0 && figures.fault.is_none())
            && counts.is_none_or(|counts| counts == (0, 0, 0)),
        synthetic: step.synthetic,
    })
}

/// The lines of the pane.
pub fn lines(selected: &Selected<'_>) -> Vec<Line> {
    let Selected { info, image, step, instruction, counts, manner, .. } = *selected;
    let mut lines = command(instruction);
    let dockerfile = selected.insight.and_then(|insight| insight.story.dockerfile.as_ref());
    if let Some(place) = dockerfile.and_then(|file| file.places(&[step.index])) {
        // The file's name is enough: the folder is the user's own, and the pane is narrow.
        let place = place.rsplit('/').next().unwrap_or_default();
        lines.push(Line::field("Line", LABEL, text::display(place.as_bytes())));
    }
    lines.push(Line::new());
    let layer = step.layer.and_then(|layer| info.layers.get(layer.offset()));
    let figures = step.layer.and_then(|layer| image?.figures.get(layer.offset())).filter(|f| f.loaded);
    if let Some(layer) = layer {
        lines.extend(changes(layer, figures, counts, selected));
        lines.push(Line::new());
    }
    lines.push(Line::of(Role::Plain, story(selected)));
    lines.push(Line::new());
    if let Some(layer) = layer {
        lines.extend(about_layer(layer, figures, manner));
        let others = selected.neighbours.and_then(|neighbours| neighbours.get(layer.index.offset()));
        lines.extend(others.map(|others| shared(others)));
        let base = selected.insight.map(|insight| &insight.story.base);
        if let Some(base) = base.filter(|base| layer.index.0 == base.layers) {
            lines.push(Line::field("Base", LABEL, prose::story::base(base)));
        }
        lines.extend(notes(image, layer.index));
    }
    lines.extend(about_step(step, instruction, manner));
    lines
}

/// The whole command, an instruction's keyword first, cut where shells cut.
fn command(instruction: &Instruction) -> Vec<Line> {
    let whole = instruction.to_string();
    let (keyword, body) = match whole.split_once(' ') {
        Some((keyword, body)) if keyword == instruction.kind.word() => (keyword, body),
        _ => ("", whole.as_str()),
    };
    let mut lines = Vec::new();
    for (at, piece) in build::command_lines(body).iter().enumerate() {
        let piece = text::display(piece.as_bytes());
        let line = if at == 0 && !keyword.is_empty() {
            Line::of(Role::Keyword, keyword).add(Role::Plain, format!(" {piece}"))
        } else if at == 0 {
            Line::of(Role::Plain, piece)
        } else {
            Line::of(Role::Plain, format!("    {piece}"))
        };
        lines.push(line.indent(8));
    }
    if lines.is_empty() {
        lines.push(Line::of(Role::Keyword, if keyword.is_empty() { whole.as_str() } else { keyword }));
    }
    for arg in &instruction.args {
        lines.push(Line::field("with", LABEL, text::display(arg.as_bytes())));
    }
    lines
}

/// What it changed, or why that is not known.
fn changes(
    layer: &LayerInfo,
    figures: Option<&LayerFigures>,
    counts: Option<Counts>,
    selected: &Selected<'_>,
) -> Vec<Line> {
    let Selected { reading, manner, .. } = *selected;
    let mut lines = Vec::new();
    match (figures, &layer.presence) {
        (_, Presence::Absent(why)) => {
            lines.push(Line::of(
                Role::Warning,
                format!("Its files are not here: {}.", text::display(why.as_bytes())),
            ));
        }
        (_, Presence::Encrypted) => {
            lines.push(Line::of(Role::Warning, "It is encrypted, so its files cannot be shown."));
        }
        (None, Presence::Here) => {
            let state = if reading { "Its files are being read." } else { "Its files were not read." };
            lines.push(Line::of(Role::Dim, state));
        }
        (Some(figures), Presence::Here) => {
            if let Some((added, modified, removed)) = counts {
                lines.push(files(added, modified, removed));
            }
            let label = if layer.writable { "Wrote" } else { "Ships" };
            lines.push(Line::field(label, LABEL, manner.size(figures.payload_bytes)));
            if let Some(insight) = selected.insight {
                lines.extend(account::lines(&insight.ledger, layer.index, manner));
            }
            if let Some(fault) = &figures.fault {
                let fault = text::display(fault.to_string().as_bytes());
                lines.push(Line::of(Role::Error, format!("Read in part only: {fault}.")));
            }
        }
    }
    lines
}

fn about_layer(layer: &LayerInfo, figures: Option<&LayerFigures>, manner: &Manner) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(figures) = figures {
        let overhead = figures.tar_bytes.saturating_sub(figures.payload_bytes);
        let tar = format!("{}, {} of it headers", manner.size(figures.tar_bytes), manner.size(overhead));
        lines.push(Line::field("Tar", LABEL, tar));
    }
    let compression = figures.map_or("", |figures| figures.compression);
    let packed = if compression.is_empty() || compression == "none" {
        "not compressed".to_owned()
    } else {
        compression.to_owned()
    };
    let stored = if figures.is_some() {
        format!("{}, {packed}", manner.size(layer.stored_bytes))
    } else {
        manner.size(layer.stored_bytes)
    };
    lines.push(Line::field("Stored", LABEL, stored));
    if let Some(folder) = &layer.folder {
        lines.push(Line::field("Folder", LABEL, text::display(folder.to_string_lossy().as_bytes())).cut());
    }
    if let Some(digest) = &layer.digest {
        lines.push(Line::field("Digest", LABEL, digest.as_str()).cut());
    }
    if let Some(diff_id) = layer.diff_id.as_ref().filter(|diff_id| Some(*diff_id) != layer.digest.as_ref()) {
        lines.push(Line::field("DiffID", LABEL, diff_id.as_str()).cut());
    }
    if !layer.media_type.is_empty() {
        lines.push(Line::field("Type", LABEL, text::display(layer.media_type.as_bytes())).cut());
    }
    lines
}

/// The other local images that have the layer.
fn shared(others: &[String]) -> Line {
    let named: Vec<String> =
        others.iter().take(NEIGHBOURS).map(|name| text::display(name.as_bytes())).collect();
    let says = match others.len() - named.len() {
        _ if others.is_empty() => "with no other image of this store".to_owned(),
        0 => format!("with {}", life::list(&named)),
        more => format!("with {} and {more} more", named.join(", ")),
    };
    Line::field("Shared", LABEL, says)
}

/// How many paths it changed; kinds that it does not have are left out, so that the rest fits a narrow pane.
fn files(added: u64, modified: u64, removed: u64) -> Line {
    let mut line = Line::field("Files", LABEL, "");
    let kinds = [
        (added, "+", "added", Role::Added),
        (modified, "~", "modified", Role::Modified),
        (removed, "-", "removed", Role::Removed),
    ];
    for (count, mark, word, role) in kinds.into_iter().filter(|(count, ..)| *count > 0) {
        line = line.add(role, format!("{mark}{} {word}  ", text::count(count)));
    }
    if (added, modified, removed) == (0, 0, 0) { line.add(Role::Dim, "none changed") } else { line }
}

fn about_step(step: &Step, instruction: &Instruction, manner: &Manner) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut field = |label: &str, value: &str| {
        if !value.is_empty() {
            lines.push(Line::field(label, LABEL, text::display(value.as_bytes())));
        }
    };
    field("Created", &manner.stated_time(&step.created));
    field("Author", &step.author);
    field("Comment", &step.comment);
    let builder = instruction.builder.word();
    field("Builder", if builder == "unknown" { "" } else { builder });
    lines
}

/// What was odd in a layer.
fn notes(image: Option<&Image>, layer: LayerIndex) -> Vec<Line> {
    let Some(image) = image else { return Vec::new() };
    image
        .notes
        .iter()
        .filter(|note| note.layer == Some(layer))
        .map(|note| Line::field("Note", LABEL, prose::note(note)))
        .collect()
}
