//! The pane of the selected path: what it is, its life, its content.

use crate::image::{Image, ImageInfo};
use crate::layer::{EntryKind, LayerIndex};
use crate::ledger::Ledger;
use crate::role::Role;
use crate::text::{self, Manner};
use crate::tree::{ChangeKind, EntryRef, Facts, NodeId, Tree, View};
use crate::tui::diff::DiffLine;
use crate::tui::doc::Line;
use crate::tui::effect::Generation;
use crate::tui::pane::preview::Preview;
use crate::tui::pane::tree::Shown;
use crate::tui::pane::{facts, life};

/// Names of a hard-linked file that are listed.
const NAMES: usize = 5;

/// The selected path.
#[derive(Clone, Debug, Default)]
pub struct FilePane {
    /// The first row on screen.
    pub offset: usize,
    /// Whether the content is scrolled to, as soon as it is here.
    pub at_content: bool,
    /// What is shown under the facts.
    pub content: Body,
    /// Number of the newest request for content.
    pub generation: Generation,
    /// What was asked for last, so that it is not asked for twice.
    pub asked: Option<Asked>,
}

impl FilePane {
    /// Notes a question; older answers are stale from now on. Scrolls to the top.
    pub fn ask(&mut self, asked: Asked) -> Generation {
        self.asked = Some(asked);
        self.content = Body::Loading(0);
        self.offset = 0;
        self.at_content = false;
        self.generation.advance()
    }
}

/// A question about content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The content of an entry.
    Preview(EntryRef),
    /// The difference between two.
    Diff(Option<EntryRef>, Option<EntryRef>),
}

/// The content, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// There is none: a folder, a link.
    #[default]
    None,
    /// Asked for; bytes of the layer passed so far, where it takes long.
    Loading(u64),
    /// Here.
    Preview(Preview),
    /// Before and after.
    Diff(Vec<DiffLine>),
    /// Why not: a sentence.
    Failed(String),
}

impl Body {
    /// How many lines it has.
    pub fn len(&self) -> usize {
        match self {
            Self::Preview(preview) => preview.len(),
            Self::Diff(lines) => lines.len(),
            Self::None | Self::Loading(_) | Self::Failed(_) => 0,
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The facts of a path in a view: after it, or before it where the path is removed.
pub fn facts_in(tree: &Tree, node: NodeId, view: View) -> Option<Facts<'_>> {
    let (before, after) = view.points();
    tree.facts(node, after).or_else(|| tree.facts(node, before))
}

/// The content entries before and after a view, for a diff; at least one is there.
pub fn versions(tree: &Tree, node: NodeId, view: View) -> Option<(Option<EntryRef>, Option<EntryRef>)> {
    let (before, after) = view.points();
    let content = |at: LayerIndex| tree.facts(node, at).and_then(|facts| facts.content);
    let versions = (content(before), content(after));
    (versions.0.is_some() || versions.1.is_some()).then_some(versions)
}

/// What is known of the image.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// At once.
    pub info: &'a ImageInfo,
    /// From the layers.
    pub image: &'a Image,
    /// What became of each file, once all layers are read.
    pub ledger: Option<&'a Ledger>,
    /// The instructions, one line each.
    pub steps: &'a [String],
}

/// The lines above the content.
pub fn lines(known: &Known<'_>, node: NodeId, shown: &Shown, manner: &Manner) -> Vec<Line> {
    let Known { info, image, ledger, steps } = *known;
    let view = shown.view;
    let tree = &image.tree;
    let path = tree.path(node);
    let name = if path.is_empty() { "/".to_owned() } else { text::display(&path) };
    let mut lines = vec![Line::of(Role::Heading, name)];
    if let Some(facts) = facts_in(tree, node, view) {
        lines.extend(about(tree, node, view, &facts, manner));
        if facts.kind == EntryKind::Dir {
            lines.push(inside(tree, shown, node, manner));
        }
    }
    lines.push(Line::new());
    let step = |layer: LayerIndex| {
        let step = info.layers.get(layer.offset()).map(|layer| layer.step.saturating_sub(1));
        step.and_then(|step| steps.get(step)).cloned().unwrap_or_default()
    };
    lines.extend(life::lines(tree, ledger, node, &step, manner));
    lines
}

/// What is in a folder.
fn inside(tree: &Tree, shown: &Shown, node: NodeId, manner: &Manner) -> Line {
    let (added, modified, removed) = shown.sizes.counts(node);
    let bytes = manner.size(shown.sizes.bytes(tree, node));
    let what = match (tree.change(node, shown.view).kind, shown.view) {
        (ChangeKind::Removed, _) => "went with it",
        (_, View::Changeset(_)) => "shipped for it in this layer",
        _ => "in it",
    };
    let line = Line::of(Role::Plain, format!("{bytes} {what}  "));
    line.add(Role::Added, format!("+{} ", text::count(added)))
        .add(Role::Modified, format!("~{} ", text::count(modified)))
        .add(Role::Removed, format!("-{}", text::count(removed)))
}

fn about(tree: &Tree, node: NodeId, view: View, facts: &Facts<'_>, manner: &Manner) -> Vec<Line> {
    let role = if facts::is_privileged(facts) { Role::Warning } else { Role::Plain };
    let mut line = Line::of(Role::Dim, format!("{}  ", facts::kind(facts)));
    if matches!(facts.kind, EntryKind::File) {
        line = line.add(Role::Plain, format!("{}  ", manner.size(facts.size)));
    }
    line = line.add(role, facts::mode(facts)).add(Role::Plain, format!("  {}", facts::owner(facts)));
    if let Some((major, minor)) = facts.device {
        line = line.add(Role::Plain, format!("  device {major}, {minor}"));
    }
    if let Some((seconds, _)) = facts.mtime {
        line = line.add(Role::Plain, format!("  {}", manner.time(seconds)));
    }
    let mut lines = vec![line.indent(2)];
    if let (EntryKind::Symlink, Some(target)) = (facts.kind, facts.link_target) {
        lines.push(Line::of(Role::Dim, "points to ").add(Role::Link, text::display(target)).indent(10));
    }
    let (before, after) = view.points();
    let there = tree.facts(node, after).is_some();
    let names = tree.link_group(node, if there { after } else { before });
    for name in names.iter().filter(|&&name| name != node).take(NAMES) {
        lines.push(
            Line::of(Role::Dim, "also named ").add(Role::Link, text::display(&tree.path(*name))).indent(11),
        );
    }
    if names.len() > NAMES + 1 {
        let more = names.len() - NAMES - 1;
        lines.push(Line::of(Role::Dim, format!("and {} more names", text::count(more as u64))));
    }
    for xattr in facts.xattrs {
        let name = text::display(&xattr.name);
        let value = match (&*xattr.name, facts::capabilities(facts.xattrs)) {
            (b"security.capability", Some(names)) => names,
            _ => facts::xattr_value(xattr),
        };
        lines.push(Line::of(Role::Dim, format!("{name} ")).add(Role::Plain, value).indent(2));
    }
    if !there {
        let change = tree.change(node, view);
        let gone = if change.kind == ChangeKind::Removed {
            "removed here; this is what it was"
        } else {
            "not there"
        };
        lines.push(Line::of(Role::Removed, gone));
    }
    lines
}
