//! COPY and ADD that bring files as they should be, or do not bring them at all.

use super::chain::{chain, program, run};
use super::owners::without_changes;
use super::{Fix, FixKind, Subject, replaced};
use crate::advice::delta;
use crate::advice::draft::is_hash;
use crate::advice::parts::Dead;
use crate::build::Kind;
use crate::layer::{EntryKind, LayerIndex};
use crate::ledger::Fate;
use crate::tree::NodeId;

/// Lines of a `.dockerignore` that a fix may have.
const MOST_LINES: usize = 10;

/// A COPY taken apart.
struct Copy {
    /// `COPY` or `ADD`.
    word: &'static str,
    flags: Vec<String>,
    /// Sources and target.
    words: Vec<String>,
}

impl Copy {
    /// The COPY or ADD of a step; `None` where its sources are not known, or it is not plain.
    fn of(subject: &Subject<'_>, step: usize) -> Option<Self> {
        let instruction = subject.story.instruction(step)?;
        let word = match instruction.kind {
            Kind::Copy => "COPY",
            Kind::Add => "ADD",
            _ => return None,
        };
        let aligned = subject.story.dockerfile.as_ref().and_then(|file| file.step(step));
        let body = aligned.map_or(&instruction.body, |aligned| &aligned.body);
        if body.contains(['"', '\'', '[', '<', '\\']) {
            return None;
        }
        let is_flag = |word: &String| word.starts_with("--");
        let (flags, words): (Vec<String>, Vec<String>) =
            body.split_ascii_whitespace().map(str::to_owned).partition(is_flag);
        let flags = aligned.map_or(flags, |aligned| aligned.flags.clone());
        (words.len() > 1 && !words.iter().any(|word| is_hash(word))).then_some(Self { word, flags, words })
    }

    fn target(&self) -> &str {
        self.words.last().map_or("", String::as_str)
    }

    fn sources(&self) -> &[String] {
        self.words.split_last().map_or(&[], |(_, sources)| sources)
    }

    fn flag(&self, name: &str) -> Option<&str> {
        self.flags.iter().find_map(|flag| flag.strip_prefix(name)?.strip_prefix('='))
    }

    /// With a flag in place of one of that name.
    fn with(&mut self, name: &str, value: &str) {
        self.flags.retain(|flag| !flag.starts_with(&format!("{name}=")));
        self.flags.push(format!("{name}={value}"));
    }

    fn text(&self) -> String {
        let words =
            std::iter::once(self.word).chain(self.flags.iter().chain(&self.words).map(String::as_str));
        words.collect::<Vec<_>>().join(" ")
    }
}

/// The COPY with owner and mode as the later step sets them, and that step without it.
pub fn flagged(subject: &Subject<'_>, birth: usize, killer: usize, dead: &[Dead]) -> Option<Fix> {
    let tree = &subject.image.tree;
    let mut copy = Copy::of(subject, birth)?;
    let changes: Vec<delta::Change> = dead
        .iter()
        .filter_map(|(entry, node, death)| delta::change(tree, *entry, *node, death.killer))
        .collect();
    let first = changes.first()?;
    if changes.iter().any(|change| change.delta.owner) {
        if changes.iter().any(|change| change.new_owner != first.new_owner) {
            return None;
        }
        copy.with("--chown", &format!("{}:{}", first.new_owner.0, first.new_owner.1));
    }
    if changes.iter().any(|change| change.delta.mode) {
        copy.with("--chmod", &symbolic(&changes)?);
    }
    if changes.iter().any(|change| change.delta.xattrs) {
        return None;
    }
    let (born, end) = dead.first().map(|dead| (dead.0.layer, dead.2.killer))?;
    let rest = without_changes(subject, born, end, killer)?;
    Some(both(subject, FixKind::Copy, (birth, copy.text()), (killer, rest)))
}

fn both(subject: &Subject<'_>, kind: FixKind, first: (usize, String), second: (usize, String)) -> Fix {
    let text = [first.1.as_str(), second.1.as_str()];
    let text = text.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n");
    Fix { kind, text, diff: replaced(subject, [first, second]) }
}

/// The modes after a change, as one that is right for directories too: a number that every builder takes, else letters
/// (`u=rwX,g=rX,o=`). `None`: not one for all.
fn symbolic(changes: &[delta::Change]) -> Option<String> {
    let first = changes.first()?;
    // Whoever may read may run: in a directory as well.
    let (mode, is_one) = (first.new_mode, changes.iter().all(|change| change.new_mode == first.new_mode));
    if is_one && mode & 0o111 == (mode >> 2) & 0o111 {
        return Some(format!("{mode:03o}"));
    }
    let who = |name: char, shift: u16| {
        let bits = |mode: u16| (mode >> shift) & 7;
        if changes.iter().any(|change| bits(change.new_mode) & 6 != bits(first.new_mode) & 6) {
            return None;
        }
        let runs = |mode: u16| mode & 0o111 != 0;
        let as_before = changes.iter().all(|it| (bits(it.new_mode) & 1 != 0) == runs(it.mode));
        let none = changes.iter().all(|it| bits(it.new_mode) & 1 == 0);
        let all = changes.iter().all(|it| bits(it.new_mode) & 1 != 0);
        let reads = bits(first.new_mode) & 4 != 0;
        let run = match (as_before && (reads || !none), none, all) {
            (true, ..) => "X",
            (_, true, _) => "",
            (_, _, true) => "x",
            _ => return None,
        };
        let read = if reads { "r" } else { "" };
        let write = if bits(first.new_mode) & 2 != 0 { "w" } else { "" };
        Some(format!("{name}={read}{write}{run}"))
    };
    Some([who('u', 6)?, who('g', 3)?, who('o', 0)?].join(","))
}

/// Whether a RUN stands between two steps: it may need what the first one brings, whatever its text says.
fn has_run_between(subject: &Subject<'_>, birth: usize, killer: usize) -> bool {
    (birth + 1..killer).any(|step| subject.kind(step) == Kind::Run)
}

/// A RUN that does not remove what is at a path; empty where nothing is left. `None`: not a plain chain of `&&`, or it
/// cannot be told what its `rm` removes.
fn without_rm(subject: &Subject<'_>, step: usize, target: &str) -> Option<String> {
    let mut rest = Vec::new();
    for piece in chain(subject, step)? {
        if program(piece.text) != "rm" {
            rest.push(piece.text.to_owned());
            continue;
        }
        let mut kept = Vec::new();
        for word in piece.text.split_ascii_whitespace() {
            let below = word.trim_end_matches('/').strip_prefix(target);
            if below.is_some_and(|below| below.is_empty() || below.starts_with('/')) {
                continue;
            }
            // A place where something is mounted cannot be removed.
            let before = word.split(['*', '?', '[', '{']).next().unwrap_or_default().trim_end_matches('/');
            let is_clear =
                word == "rm" || word.starts_with(['-', '/']) && !word.contains(['$', '`', '"', '\'']);
            if !is_clear || (!before.is_empty() && target.starts_with(before)) {
                return None;
            }
            kept.push(word);
        }
        if kept.iter().any(|word| word.starts_with('/')) {
            rest.push(kept.join(" "));
        }
    }
    if rest.is_empty() { Some(String::new()) } else { run(subject, step, &rest) }
}

/// The paths that went as a whole: each the highest directory of which nothing is left.
fn gone(subject: &Subject<'_>, dead: &[Dead], killed: LayerIndex) -> Vec<NodeId> {
    let tree = &subject.image.tree;
    let mut roots: Vec<NodeId> = Vec::new();
    let mut sorted: Vec<NodeId> = dead.iter().map(|dead| dead.1).collect();
    sorted.sort_unstable();
    for node in sorted {
        // Nodes are in depth-first order: what lies below the last root is gone with it.
        if roots.last().is_some_and(|root| tree.subtree(*root).contains(&node.0)) {
            continue;
        }
        let mut at = node;
        while at != NodeId::ROOT && tree.standing(tree.parent(at), killed).is_none() {
            at = tree.parent(at);
        }
        roots.push(at);
    }
    roots
}

/// Lines that keep out of the build context what a COPY brings and a later step deletes.
pub fn ignored(
    subject: &Subject<'_>,
    (birth, killer): (usize, usize),
    dead: &[Dead],
    end: LayerIndex,
) -> Option<Fix> {
    let copy = Copy::of(subject, birth)?;
    // What else the step runs may need it first.
    let is_only_rm = chain(subject, killer)?.iter().all(|piece| ["rm", "cd"].contains(&program(piece.text)));
    if !is_only_rm || has_run_between(subject, birth, killer) {
        return None;
    }
    let [source] = copy.sources() else { return None };
    let source = source.trim_matches('/').trim_start_matches("./");
    let target = copy.target().strip_prefix('/')?.trim_end_matches('/');
    if copy.flag("--from").is_some() || source.contains(['*', '?', ':', '$']) || target.contains('$') {
        return None;
    }
    let roots = gone(subject, dead, end);
    if roots.len() > MOST_LINES {
        return None;
    }
    let line = |node: NodeId| {
        let path = String::from_utf8(subject.image.tree.path(node)).ok()?;
        let below = path.strip_prefix(target)?.trim_start_matches('/');
        // A file that COPY names has to be there.
        let is_named = source.rsplit('/').next() == Some(below);
        let is_plain =
            !is_named && !below.is_empty() && !below.contains(['*', '?', '[', '\\', '\n', '#', '!']);
        let source = if source == "." { "" } else { source };
        let slash = if source.is_empty() { "" } else { "/" };
        is_plain.then(|| format!("{source}{slash}{below}"))
    };
    let lines: Vec<String> = roots.into_iter().map(line).collect::<Option<_>>()?;
    Some(Fix { kind: FixKind::Ignore, text: lines.join("\n"), diff: None })
}

/// What a COPY brings for one step only, lent to that step by a bind mount.
pub fn mounted(subject: &Subject<'_>, birth: usize, killer: usize, dead: &[Dead]) -> Option<Fix> {
    let copy = Copy::of(subject, birth)?;
    let [source] = copy.sources() else { return None };
    let (born, end) = dead.first().map(|dead| (dead.0.layer, dead.2.killer))?;
    let entries = subject.image.tree.entries(born);
    let is_file = |entry: u32| entries.kind(entry) == EntryKind::File;
    let files: Vec<_> = (0..).zip(subject.ledger.fates(born)).filter(|(entry, _)| is_file(*entry)).collect();
    let is_gone = |fate: &Fate| fate.death.is_some_and(|death| death.killer == end);
    if copy.word == "ADD"
        || !files.iter().all(|(_, fate)| is_gone(fate))
        || has_run_between(subject, birth, killer)
    {
        return None;
    }
    let target = copy.target();
    let name = source.trim_end_matches('/').rsplit('/').next()?;
    let target =
        if target.ends_with('/') && files.len() == 1 { format!("{target}{name}") } else { target.to_owned() };
    if !target.starts_with('/')
        || target == "/"
        || source.contains(['*', '?', ':', '$', ','])
        || target.contains(['$', ','])
    {
        return None;
    }
    let rest = without_rm(subject, killer, target.trim_end_matches('/'))?;
    let command = rest.strip_prefix("RUN ")?;
    let from = copy.flag("--from").map(|stage| format!(",from={stage}")).unwrap_or_default();
    let run = format!("RUN --mount=type=bind{from},source={source},target={target} \\\n    {command}");
    Some(both(subject, FixKind::Mount, (birth, String::new()), (killer, run)))
}
