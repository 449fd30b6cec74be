//! `capas tree`: the files of a view, drawn.

use std::io::{self, Write};

use super::Look;
use super::entries::change_word;
use super::walk::{Step, Walk};
use crate::layer::{EntryKind, LayerIndex};
use crate::role::Role;
use crate::text;
use crate::tree::{Change, ChangeKind, Changed, Facts, NodeId, Totals, Tree, View};

/// Branches drawn of a very deep path; hostile images nest without end.
const MAX_BRANCHES: usize = 64;

/// The glyph beside a change.
pub const fn mark(kind: ChangeKind) -> (&'static str, Role) {
    match kind {
        ChangeKind::Added => ("+", Role::Added),
        ChangeKind::Modified => ("~", Role::Modified),
        ChangeKind::Removed => ("-", Role::Removed),
        ChangeKind::Unchanged => (" ", Role::Plain),
    }
}

/// A path in a view, ready to print.
pub struct Line<'a> {
    /// The node.
    pub node: NodeId,
    /// What it is; what it was, where it is gone.
    pub facts: Option<Facts<'a>>,
    /// How it differs; unchanged in a rootfs, where nothing is compared.
    pub change: Change,
}

impl<'a> Line<'a> {
    /// What a view shows of a node.
    pub fn new(tree: &'a Tree, view: View, node: NodeId) -> Self {
        let (before, after) = view.points();
        let mut change = tree.change(node, view);
        if matches!(view, View::Rootfs(_)) {
            change = Change { kind: ChangeKind::Unchanged, changed: Changed::default() };
        }
        let at = if change.kind == ChangeKind::Removed { before } else { after };
        let facts = tree.facts(node, at);
        Self { node, facts, change }
    }

    /// Whether it is a directory.
    pub fn is_dir(&self) -> bool {
        self.facts.as_ref().is_some_and(|facts| facts.kind == EntryKind::Dir)
    }

    /// The role of its name.
    pub fn role(&self) -> Role {
        match (&self.facts, self.change.kind) {
            (_, ChangeKind::Removed) => Role::Removed,
            (Some(facts), _) => match facts.kind {
                EntryKind::Dir => Role::Directory,
                EntryKind::Symlink | EntryKind::HardLink => Role::Link,
                EntryKind::File if facts.mode & 0o6000 != 0 => Role::Warning,
                EntryKind::File if facts.mode & 0o111 != 0 => Role::Executable,
                _ => Role::Plain,
            },
            (None, _) => Role::Plain,
        }
    }

    /// What stands behind the name: where a link leads, what a device is.
    pub fn suffix(&self) -> String {
        let Some(facts) = &self.facts else { return String::new() };
        match facts.kind {
            EntryKind::Dir => "/".to_owned(),
            EntryKind::Symlink | EntryKind::HardLink => {
                format!(" -> {}", text::display(facts.link_target.unwrap_or_default()))
            }
            EntryKind::Char | EntryKind::Block => {
                let (major, minor) = facts.device.unwrap_or_default();
                format!(
                    "  {} device {major}:{minor}",
                    if facts.kind == EntryKind::Char { "char" } else { "block" }
                )
            }
            EntryKind::Fifo => "  pipe".to_owned(),
            EntryKind::File => String::new(),
        }
    }

    /// Bytes of a file, or of all below a directory.
    pub fn bytes(&self, totals: &Totals) -> u64 {
        match &self.facts {
            Some(facts) if facts.kind == EntryKind::Dir => totals.bytes(self.node),
            Some(facts) => facts.size,
            None => 0,
        }
    }
}

/// Draws the tree: mark, size, branches and name; what changed in brackets; the counts at the end.
pub fn draw(walk: &Walk<'_>, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let (tree, view) = (walk.tree(), walk.view());
    let totals = tree.totals(view);
    let mut branches = Branches::default();
    let mut count = Counts::default();
    if walk.start() == NodeId::ROOT {
        // Of a range there is no total that says something: it is a difference.
        let total = match view {
            View::Range(..) => String::new(),
            View::Changeset(_) | View::Rootfs(_) => look.size(totals.bytes(NodeId::ROOT)),
        };
        write!(out, "  {total:>10}  ")?;
        look.write(out, Role::Directory, "/")?;
        out.write_all(b"\n")?;
    }
    walk.each(|step| {
        let line = Line::new(tree, view, step.node);
        count.add(&line, &step);
        if step.node == NodeId::ROOT {
            return Ok(());
        }
        let (glyph, role) = mark(line.change.kind);
        look.write(out, role, glyph)?;
        let bytes = line.bytes(&totals);
        let size = format!(" {:>10}  ", if step.is_context { String::new() } else { look.size(bytes) });
        look.write(out, if bytes == 0 { Role::Dim } else { Role::Plain }, &size)?;
        look.write(out, Role::Dim, &branches.before(&step, look.ascii))?;
        let name = if step.depth == 0 { tree.path(step.node) } else { tree.name(step.node).to_vec() };
        look.write(out, line.role(), &text::display(&name))?;
        look.write(out, Role::Plain, &line.suffix())?;
        let what: Vec<&str> = line.change.changed.words().collect();
        if line.change.kind == ChangeKind::Modified && !what.is_empty() {
            look.write(out, Role::Modified, &format!("  ({})", what.join(", ")))?;
        }
        out.write_all(b"\n")
    })?;
    count.write(view, out)
}

/// The lines that lead to a name.
#[derive(Default)]
struct Branches {
    /// For each level above, whether a later sibling follows there.
    more: Vec<bool>,
}

impl Branches {
    fn before(&mut self, step: &Step, ascii: bool) -> String {
        let Some(level) = step.depth.checked_sub(1) else { return String::new() };
        self.more.truncate(level);
        let (bar, gap, tee, end) = if ascii {
            ("|   ", "    ", "|-- ", "`-- ")
        } else {
            ("│   ", "    ", "├── ", "└── ")
        };
        let mut text = String::new();
        let skipped = self.more.len().saturating_sub(MAX_BRANCHES);
        if skipped > 0 {
            text.push_str(if ascii { "... " } else { "…   " });
        }
        for &more in &self.more[skipped..] {
            text.push_str(if more { bar } else { gap });
        }
        text.push_str(if step.is_last { end } else { tee });
        self.more.push(!step.is_last);
        text
    }
}

/// What was printed, for the last line.
#[derive(Default)]
struct Counts {
    dirs: u64,
    files: u64,
    added: u64,
    modified: u64,
    removed: u64,
}

impl Counts {
    fn add(&mut self, line: &Line<'_>, step: &Step) {
        if step.is_context {
            return;
        }
        *if line.is_dir() { &mut self.dirs } else { &mut self.files } += 1;
        match line.change.kind {
            ChangeKind::Added => self.added += 1,
            ChangeKind::Modified => self.modified += 1,
            ChangeKind::Removed => self.removed += 1,
            ChangeKind::Unchanged => {}
        }
    }

    fn write(&self, view: View, out: &mut dyn Write) -> io::Result<()> {
        let many = |count: u64, one: &str, many: &str| match count {
            1 => format!("1 {one}"),
            count => format!("{} {many}", text::count(count)),
        };
        match view {
            View::Rootfs(LayerIndex(0)) => writeln!(out, "\nnothing: before the first layer"),
            View::Rootfs(_) => writeln!(
                out,
                "\n{}, {}",
                many(self.dirs, "directory", "directories"),
                many(self.files, "file", "files")
            ),
            View::Changeset(_) | View::Range(..) => writeln!(
                out,
                "\n{} added, {} modified, {} removed",
                text::count(self.added),
                text::count(self.modified),
                text::count(self.removed)
            ),
        }
    }
}

/// Fields parted by tabs: change, mode, uid, gid, size, time, path, link target.
pub fn plain(walk: &Walk<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (tree, view) = (walk.tree(), walk.view());
    walk.each(|step| {
        if step.is_context {
            return Ok(());
        }
        let line = Line::new(tree, view, step.node);
        let path = text::display(&tree.path(step.node));
        let change = match view {
            View::Rootfs(_) => "",
            View::Changeset(_) | View::Range(..) => change_word(line.change.kind),
        };
        let Some(facts) = &line.facts else {
            return writeln!(out, "{change}\t\t\t\t\t\t{path}\t");
        };
        writeln!(
            out,
            "{change}\t{}\t{}\t{}\t{}\t{}\t{path}\t{}",
            mode(facts),
            facts.uid,
            facts.gid,
            facts.size,
            facts.mtime.and_then(|(seconds, nanos)| text::rfc3339(seconds, nanos)).unwrap_or_default(),
            text::display(facts.link_target.unwrap_or_default()),
        )
    })
}

/// `-rw-r--r--`
pub fn mode(facts: &Facts<'_>) -> String {
    text::mode_string(facts.kind.letter(), facts.mode)
}
