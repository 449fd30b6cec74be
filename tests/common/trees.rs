//! Merges layers for tests and writes what the tree says in a few words.

use std::sync::Arc;

use capas::layer::{Changeset, EntryKind, LayerIndex, NoteKind};
use capas::tree::{ChangeKind, NodeId, Tree, View, What};

use super::Layer;
use super::changeset::both;

/// The layers as one tree, read through the real reader.
pub fn merge(layers: impl IntoIterator<Item = Layer>) -> Tree {
    Tree::merge(
        &layers.into_iter().map(|layer| Arc::new(both(&layer.tar()))).collect::<Vec<Arc<Changeset>>>(),
    )
}

pub fn nodes(tree: &Tree) -> impl Iterator<Item = NodeId> {
    (1..tree.len() as u32).map(NodeId)
}

pub fn path(tree: &Tree, node: NodeId) -> String {
    tree.path(node).escape_ascii().to_string()
}

/// The node of a path that is there in some layer.
pub fn node(tree: &Tree, path: &str) -> NodeId {
    tree.find(path.as_bytes()).unwrap()
}

/// `path kind size` of all that is there after a layer, depth first.
pub fn rootfs(tree: &Tree, at: u16) -> Vec<String> {
    nodes(tree)
        .filter_map(|node| {
            let facts = tree.facts(node, LayerIndex(at))?;
            let kind = match facts.kind {
                EntryKind::Dir if facts.implied => "implied".to_owned(),
                EntryKind::File => format!("file {}", facts.size),
                EntryKind::Symlink | EntryKind::HardLink => {
                    let target = facts.link_target.unwrap_or_default().escape_ascii();
                    format!("{:?} -> {target}", facts.kind).to_lowercase()
                }
                kind => format!("{kind:?}").to_lowercase(),
            };
            Some(format!("{} {kind}", path(tree, node)))
        })
        .collect()
}

/// The life of a path: `1 stated, 2 hidden`.
pub fn life(tree: &Tree, path: &str) -> String {
    let events = tree.events(node(tree, path)).iter();
    let words: Vec<String> = events
        .map(|event| {
            let what = match event.what {
                What::Hidden => "hidden",
                What::Whiteout => "whiteout",
                What::Opaque => "opaque",
                What::Implied => "implied",
                What::Repeated => "repeated",
                What::Stated => "stated",
            };
            format!("{} {what}", event.layer)
        })
        .collect();
    words.join(", ")
}

/// `+ path`, `~ path content mode`, `- path` of a view.
pub fn changes(tree: &Tree, view: View) -> Vec<String> {
    nodes(tree)
        .filter_map(|node| {
            let change = tree.change(node, view);
            let glyph = match change.kind {
                ChangeKind::Added => "+",
                ChangeKind::Modified => "~",
                ChangeKind::Removed => "-",
                ChangeKind::Unchanged => return None,
            };
            let mut line = format!("{glyph} {}", path(tree, node));
            for word in change.changed.words() {
                line.push(' ');
                line.push_str(word);
            }
            Some(line)
        })
        .collect()
}

/// Kind, layer and places of each note of the merge.
pub fn notes(tree: &Tree) -> Vec<(NoteKind, u16, String)> {
    let places = |places: &[Box<[u8]>]| {
        places.iter().map(|place| place.escape_ascii().to_string()).collect::<Vec<_>>().join(" ")
    };
    tree.notes()
        .iter()
        .map(|note| {
            assert_eq!(note.count as usize, note.places.len());
            (note.kind, note.layer.unwrap().0, places(&note.places))
        })
        .collect()
}
