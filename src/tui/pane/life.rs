//! The life of a path over the layers, in lines: what happened in which layer, and sentences that say why.

use crate::layer::{EntryKind, LayerIndex};
use crate::ledger::Ledger;
use crate::prose;
use crate::prose::why::{self, Why};
use crate::role::Role;
use crate::text::Manner;
use crate::tree::{Change, ChangeKind, EntryRef, Facts, NodeId, Tree, View, What};
use crate::tui::doc::Line;
use crate::tui::pane::facts;

/// One layer in the life of a path.
#[derive(Clone, Debug)]
struct Chapter<'a> {
    layer: LayerIndex,
    change: Change,
    /// After the layer, or before it when the path is gone.
    facts: Option<Facts<'a>>,
    what: Vec<What>,
}

/// The lines: a row for each layer, then sentences. `step` gives the instruction of a layer.
pub fn lines(
    tree: &Tree,
    ledger: Option<&Ledger>,
    node: NodeId,
    step: &dyn Fn(LayerIndex) -> String,
    manner: &Manner,
) -> Vec<Line> {
    let chapters = chapters(tree, node);
    let mut lines = Vec::new();
    for chapter in &chapters {
        lines.push(row(chapter, &step(chapter.layer), manner));
        lines.extend(ledger.into_iter().flat_map(|ledger| unseen(tree, ledger, node, chapter.layer, manner)));
    }
    if lines.is_empty() {
        lines.push(Line::of(Role::Dim, "No layer names this folder."));
    }
    let sentences = story(tree, node, &chapters, manner);
    if !sentences.is_empty() {
        lines.push(Line::new());
        lines.extend(sentences.into_iter().map(|sentence| Line::of(Role::Plain, sentence)));
    }
    lines
}

fn chapters(tree: &Tree, node: NodeId) -> Vec<Chapter<'_>> {
    let mut chapters: Vec<Chapter<'_>> = Vec::new();
    for event in tree.events(node) {
        if let Some(last) = chapters.last_mut().filter(|last| last.layer == event.layer) {
            last.what.push(event.what);
            continue;
        }
        let layer = event.layer;
        chapters.push(Chapter {
            layer,
            change: tree.change(node, View::Changeset(layer)),
            facts: tree.facts(node, layer).or_else(|| tree.facts(node, layer.below())),
            what: vec![event.what],
        });
    }
    chapters
}

/// What a layer ships for a path and no container sees.
fn unseen(tree: &Tree, ledger: &Ledger, node: NodeId, layer: LayerIndex, manner: &Manner) -> Vec<Line> {
    let here = tree.events(node).iter().filter(|event| event.layer == layer);
    let stated = here.filter(|event| matches!(event.what, What::Stated | What::Repeated));
    let line = |event: &crate::tree::Event| {
        let death = ledger.fate(EntryRef { layer, entry: event.entry }).death?;
        let bytes = tree.entries(layer).get(event.entry).size;
        let says = prose::death::unseen(&manner.size(bytes), death);
        (bytes > 0).then(|| Line::of(Role::Dead, format!("    └ {says}")).indent(6))
    };
    stated.filter_map(line).collect()
}

/// What happened, in a word or two.
fn word(chapter: &Chapter<'_>) -> String {
    match chapter.change.kind {
        ChangeKind::Added => "added".to_owned(),
        ChangeKind::Removed => "removed".to_owned(),
        ChangeKind::Modified => chapter.change.changed.words().collect::<Vec<_>>().join(", "),
        ChangeKind::Unchanged => match chapter.what.last() {
            Some(What::Stated | What::Repeated) => "same again".to_owned(),
            Some(What::Whiteout) => "whiteout".to_owned(),
            Some(What::Opaque) => "opaque".to_owned(),
            _ => "named".to_owned(),
        },
    }
}

fn row(chapter: &Chapter<'_>, step: &str, manner: &Manner) -> Line {
    let (glyph, role) = facts::mark(chapter.change.kind);
    let mut line = Line::of(Role::Heading, format!("{:>3} ", chapter.layer))
        .add(role, format!("{glyph} {:<12} ", word(chapter)));
    match &chapter.facts {
        Some(facts) if chapter.change.kind != ChangeKind::Removed => {
            let size = if facts.kind == EntryKind::Dir { String::new() } else { manner.size(facts.size) };
            line = line
                .add(Role::Plain, format!("{size:>9}  {} ", facts::mode(facts)))
                .add(Role::Plain, format!("{:<10} ", facts::owner(facts)));
        }
        _ => line = line.add(Role::Plain, " ".repeat(33)),
    }
    line.add(Role::Dim, format!(" {step}")).cut()
}

/// Why a path is as it is, in sentences.
pub fn sentences(tree: &Tree, node: NodeId, manner: &Manner) -> Vec<String> {
    let chapters = chapters(tree, node);
    let told = story(tree, node, &chapters, manner);
    match &chapters[..] {
        [only] if told.is_empty() => vec![prose::figures::untouched(&only.layer.to_string())],
        [_, ..] if told.is_empty() => {
            let layers: Vec<String> = chapters.iter().map(|chapter| chapter.layer.to_string()).collect();
            vec![prose::figures::named(&list(&layers))]
        }
        _ => told,
    }
}

fn story(tree: &Tree, node: NodeId, chapters: &[Chapter<'_>], manner: &Manner) -> Vec<String> {
    let mut out = Vec::new();
    let Some(last) = chapters.last() else { return vec![why::sentence(&Why::Implied)] };
    let carried = carried(tree, node);
    let names = |layers: &[LayerIndex]| list(&layers.iter().map(ToString::to_string).collect::<Vec<_>>());
    let layers: Vec<LayerIndex> = carried.iter().map(|&(layer, _)| layer).collect();
    let bytes: u64 = carried.iter().map(|&(_, bytes)| bytes).sum();
    let last_layer = last.layer.to_string();
    if last.change.kind == ChangeKind::Removed {
        if last.what.contains(&What::Whiteout) {
            let born = match layers.len() {
                0 => "lower layers".to_owned(),
                1 => format!("layer {}", names(&layers)),
                _ => format!("layers {}", names(&layers)),
            };
            let layer = &last_layer;
            let size = manner.size(bytes);
            let why = match bytes {
                0 => Why::WhitedOutBare { layer },
                _ => Why::WhitedOut { layer, bytes: &size, born: &born },
            };
            out.push(why::sentence(&why));
        } else {
            out.push(why::sentence(&Why::HiddenWithParent { layer: &last_layer }));
        }
    } else if layers.len() > 1 {
        let (before, same) = (layers[layers.len() - 2].to_string(), carried[carried.len() - 1].1);
        let words: Vec<String> = last.change.changed.words().map(str::to_owned).collect();
        let metadata_only = last.layer == layers[layers.len() - 1]
            && last.change.kind == ChangeKind::Modified
            && !words.iter().any(|word| word == "content" || word == "type");
        if metadata_only && last.change.changed.is_time_only() {
            let (layer, bytes) = (&last_layer, &manner.size(same));
            out.push(why::sentence(&Why::TimeOnly { layer, bytes }));
        } else if metadata_only {
            let (what, bytes) = (&list(&words), &manner.size(same));
            out.push(why::sentence(&Why::SameBytes { what, bytes, layer: &before }));
        } else {
            let seen = layers[layers.len() - 1].to_string();
            let (layers, bytes) = (&names(&layers), &manner.size(bytes));
            out.push(why::sentence(&Why::ShippedAgain { layers, bytes, seen: &seen }));
            if last.change.kind == ChangeKind::Unchanged && last.what.contains(&What::Stated) {
                out.push(why::sentence(&Why::SameAgain { layer: &last_layer }));
            }
        }
    }
    for chapter in chapters {
        let layer = &chapter.layer.to_string();
        let unchanged = chapter.change.kind == ChangeKind::Unchanged;
        if chapter.what.contains(&What::Opaque) {
            out.push(why::sentence(&Why::Opaque { layer }));
        }
        if unchanged && chapter.what == [What::Whiteout] {
            out.push(why::sentence(&Why::WhiteoutOfNothing { layer }));
        }
        if chapter.what.contains(&What::Repeated) {
            out.push(why::sentence(&Why::Repeated { layer }));
        }
    }
    out.extend(
        last.facts.as_ref().into_iter().flat_map(|facts| facts::sentences(tree, node, last.layer, facts)),
    );
    out
}

/// The layers whose tar holds bytes for this path, with the bytes.
fn carried(tree: &Tree, node: NodeId) -> Vec<(LayerIndex, u64)> {
    let mut carried: Vec<(LayerIndex, u64)> = Vec::new();
    for event in tree.events(node).iter().filter(|event| matches!(event.what, What::Stated | What::Repeated))
    {
        let size = tree.entries(event.layer).get(event.entry).size;
        if size == 0 {
            continue;
        }
        match carried.last_mut().filter(|(layer, _)| *layer == event.layer) {
            Some((_, bytes)) => *bytes = bytes.saturating_add(size),
            None => carried.push((event.layer, size)),
        }
    }
    carried
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [front @ .., last] => format!("{} and {last}", front.join(", ")),
    }
}
