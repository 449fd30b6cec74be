//! The entries of a view in JSON: what `tree` and `ls` answer to a script.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

use super::document::{Document, lossless, write_line};
use super::walk::Walk;
use crate::image::Image;
use crate::layer::{EntryKind, LayerIndex, NO_ENTRY, Xattr};
use crate::text;
use crate::tree::{Change, ChangeKind, EntryRef, Event, Facts, NodeId, Totals, Tree, View, What};

/// An entry. Fields that do not apply or are not known are absent.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_path: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    implied: bool,
    #[serde(rename = "type")]
    kind: &'static str,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gid: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mtime: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_link_target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_group: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<Device>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    xattrs: BTreeMap<String, String>,
    layer: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changed: Vec<&'static str>,
}

/// Device numbers.
#[derive(Debug, Serialize)]
struct Device {
    major: u32,
    minor: u32,
}

/// The words of `type`.
pub const fn type_word(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::File => "file",
        EntryKind::Dir => "dir",
        EntryKind::Symlink => "symlink",
        EntryKind::HardLink => "hardlink",
        EntryKind::Char => "char",
        EntryKind::Block => "block",
        EntryKind::Fifo => "fifo",
    }
}

/// The words of `change`.
pub const fn change_word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "added",
        ChangeKind::Modified => "modified",
        ChangeKind::Removed => "removed",
        ChangeKind::Unchanged => "unchanged",
    }
}

/// Makes entries out of the nodes of a walk.
struct Maker<'a> {
    tree: &'a Tree,
    view: View,
    totals: Totals,
    /// The number of a group of hard links, by its first name.
    groups: HashMap<NodeId, usize>,
}

impl Maker<'_> {
    /// All entries of a node: one, but a changeset may say several things of a path.
    fn entries<E>(&mut self, node: NodeId, visit: &mut impl FnMut(&Entry) -> Result<(), E>) -> Result<(), E> {
        let View::Changeset(layer) = self.view else {
            let (before, after) = self.view.points();
            let change = self.tree.change(node, self.view);
            let at = if change.kind == ChangeKind::Removed { before } else { after };
            let Some(facts) = self.tree.facts(node, at) else { return Ok(()) };
            return visit(&self.entry(node, at, &facts, Some(change)));
        };
        let change = self.tree.change(node, self.view);
        let events: Vec<Event> =
            self.tree.events(node).iter().filter(|event| event.layer == layer).copied().collect();
        let comes_back = events.iter().any(|event| matches!(event.what, What::Stated | What::Implied));
        for event in events {
            let marker = |kind| Entry { kind, layer: layer.0, ..self.named(node) };
            match event.what {
                What::Whiteout => {
                    let change = (!comes_back).then_some(change_word(change.kind));
                    visit(&Entry { change, ..marker("whiteout") })?;
                }
                What::Opaque => visit(&marker("opaque"))?,
                What::Hidden if comes_back => {}
                What::Hidden => {
                    if let Some(facts) = self.tree.facts(node, layer.below()) {
                        visit(&self.entry(node, layer.below(), &facts, Some(change)))?;
                    }
                }
                What::Repeated => visit(&self.stated(node, layer, event))?,
                What::Implied | What::Stated => {
                    if let Some(facts) = self.tree.facts(node, layer) {
                        let entry = self.entry(node, layer, &facts, Some(change));
                        visit(&self.as_tar_says(entry, event))?;
                    }
                }
            }
        }
        Ok(())
    }

    fn named(&self, node: NodeId) -> Entry {
        let (path, raw_path) = lossless(&self.tree.path(node));
        Entry { path, raw_path, ..Entry::default() }
    }

    fn entry(&mut self, node: NodeId, at: LayerIndex, facts: &Facts<'_>, change: Option<Change>) -> Entry {
        let link = facts.link_target.map(lossless);
        Entry {
            implied: facts.implied,
            kind: type_word(facts.kind),
            size: facts.size,
            total_bytes: (facts.kind == EntryKind::Dir).then(|| self.totals.bytes(node)),
            mode: Some(facts.mode),
            uid: Some(facts.uid),
            gid: Some(facts.gid),
            mtime: facts.mtime.and_then(|(seconds, nanos)| text::rfc3339(seconds, nanos)),
            link_target: link.as_ref().map(|(target, _)| target.clone()),
            raw_link_target: link.and_then(|(_, raw)| raw),
            link_group: (facts.kind == EntryKind::File).then(|| self.group(node, at)).flatten(),
            device: facts.device.map(|(major, minor)| Device { major, minor }),
            xattrs: xattrs(facts.xattrs),
            layer: facts.layer.0,
            change: change.map(|change| change_word(change.kind)),
            changed: change.map_or_else(Vec::new, |change| change.changed.words().collect()),
            ..self.named(node)
        }
    }

    /// In a changeset a hard link is a hard link, with its target as the tar spells it.
    fn as_tar_says(&self, mut entry: Entry, event: Event) -> Entry {
        let table = self.tree.entries(event.layer);
        if event.entry != NO_ENTRY && table.kind(event.entry) == EntryKind::HardLink {
            entry.kind = type_word(EntryKind::HardLink);
            let link = table.link(event.entry).map(lossless);
            entry.link_target = link.as_ref().map(|(target, _)| target.clone());
            entry.raw_link_target = link.and_then(|(_, raw)| raw);
        }
        entry
    }

    /// An entry that a later one of the same layer replaced: what its header says.
    fn stated(&self, node: NodeId, layer: LayerIndex, event: Event) -> Entry {
        let table = self.tree.entries(layer);
        let attrs = table.attrs(event.entry);
        let link = table.link(event.entry).map(lossless);
        Entry {
            kind: type_word(attrs.kind),
            size: match attrs.kind {
                EntryKind::Symlink => table.link(event.entry).map_or(0, |target| target.len() as u64),
                _ => table.apparent_size(event.entry),
            },
            mode: Some(attrs.mode),
            uid: Some(attrs.uid),
            gid: Some(attrs.gid),
            mtime: text::rfc3339(table.get(event.entry).mtime, table.nanos(event.entry)),
            link_target: link.as_ref().map(|(target, _)| target.clone()),
            raw_link_target: link.and_then(|(_, raw)| raw),
            device: table.device(event.entry).map(|(major, minor)| Device { major, minor }),
            xattrs: xattrs(&attrs.xattrs),
            layer: layer.0,
            ..self.named(node)
        }
    }

    fn group(&mut self, node: NodeId, at: LayerIndex) -> Option<usize> {
        let first = *self.tree.link_group(node, at).first()?;
        let next = self.groups.len() + 1;
        Some(*self.groups.entry(first).or_insert(next))
    }
}

fn xattrs(xattrs: &[Xattr]) -> BTreeMap<String, String> {
    xattrs.iter().map(|xattr| (text::display(&xattr.name), BASE64.encode(&xattr.value))).collect()
}

/// The regular entry with a path's bytes, for whoever reads contents.
pub fn content(tree: &Tree, node: NodeId, at: LayerIndex) -> Option<EntryRef> {
    tree.facts(node, at)?.content
}

/// The word of `view`, with `from` and `to`.
pub const fn view_words(view: View) -> (&'static str, Option<u16>, u16) {
    match view {
        View::Changeset(at) => ("changeset", Some(at.0), at.0),
        View::Rootfs(at) => ("rootfs", None, at.0),
        View::Range(from, to) => ("range", Some(from.0), to.0),
    }
}

/// One document.
pub fn json(image: &Image, walk: &Walk<'_>, out: &mut dyn Write) -> io::Result<()> {
    #[derive(Serialize)]
    struct Answer<'a> {
        view: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<u16>,
        to: u16,
        entries: Entries<'a>,
    }
    let (view, from, to) = view_words(walk.view());
    Document::new(&image.info, Answer { view, from, to, entries: Entries(walk) }).write(out)
}

/// The entries of a walk, serialized as they come.
struct Entries<'a>(&'a Walk<'a>);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        each(self.0, |entry| list.serialize_element(entry))?;
        list.end()
    }
}

/// One entry a line.
pub fn ndjson(walk: &Walk<'_>, out: &mut dyn Write) -> io::Result<()> {
    each(walk, |entry| write_line(out, entry))
}

fn each<E>(walk: &Walk<'_>, mut visit: impl FnMut(&Entry) -> Result<(), E>) -> Result<(), E> {
    let mut maker = Maker {
        tree: walk.tree(),
        view: walk.view(),
        totals: walk.tree().totals(walk.view()),
        groups: HashMap::new(),
    };
    walk.each(|step| if step.is_context { Ok(()) } else { maker.entries(step.node, &mut visit) })
}
