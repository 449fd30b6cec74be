//! `chown`, `chmod` and `touch` in a RUN, as far as COPY does not do it already, or touching only what needs it.

use super::chain::{chain, program, run};
use super::metadata::instead;
use super::{Fix, FixKind, Subject, replaced};
use crate::advice::rules::plan;
use crate::layer::{EntryKind, LayerIndex};
use crate::tree::NodeId;

/// Programs that change owner, mode or time.
const PROGRAMS: [&str; 4] = ["chown", "chmod", "chgrp", "touch"];

/// The RUN of a step, made by the layer `killed`, without what flags of the COPY that made `born` do in its place; empty
/// where nothing is left. `None`: not a plain chain of `&&`, or it cannot be told what is still needed.
pub fn without_changes(
    subject: &Subject<'_>,
    born: LayerIndex,
    killed: LayerIndex,
    step: usize,
) -> Option<String> {
    let list = chain(subject, step)?;
    // Whatever else changes files (`find -exec chmod`) would ship again what COPY brings as it should be.
    if !list.iter().any(|piece| is_change(piece.text)) || list.iter().any(|piece| is_hidden(piece.text)) {
        return None;
    }
    // Behind a `cd`, a path from here is one from there.
    let moves = list.iter().any(|piece| ["cd", "pushd"].contains(&program(piece.text)));
    let home = (!moves).then(|| plan::folder(subject, step).unwrap_or("/"));
    let mut rest = Vec::new();
    for piece in list {
        if is_change(piece.text) {
            rest.extend(still_needed(subject, born, killed, step, home, piece.text)?);
        } else {
            rest.push(piece.text.to_owned());
        }
    }
    if rest.is_empty() { Some(String::new()) } else { run(subject, step, &rest) }
}

/// A step that sets again what is set already, with `find` in its place, which leaves such files alone.
pub fn sparing(subject: &Subject<'_>, step: usize) -> Option<Fix> {
    let mut rest = Vec::new();
    let list = chain(subject, step)?;
    if !list.iter().any(|piece| is_change(piece.text)) {
        return None;
    }
    for piece in list {
        if is_change(piece.text) {
            rest.extend(instead(subject, step, piece.text)?);
        } else {
            rest.push(piece.text.to_owned());
        }
    }
    // Nothing that is to be set: no fix to paste, the step can go.
    let text = if rest.is_empty() { return None } else { run(subject, step, &rest)? };
    let diff = replaced(subject, [(step, text.clone())]);
    Some(Fix { kind: FixKind::FixAtBirth, text, diff })
}

fn is_change(command: &str) -> bool {
    PROGRAMS.contains(&program(command))
}

/// Whether a command has another one change owner, mode or time: `find -exec chown`, `sh -c 'touch x'`.
fn is_hidden(command: &str) -> bool {
    let mut words = command.split(|c: char| !c.is_ascii_alphanumeric() && !b"-_./".contains(&(c as u8)));
    !is_change(command) && words.any(|word| PROGRAMS.contains(&word.rsplit('/').next().unwrap_or_default()))
}

/// What is left of one command: as it stands for paths of which COPY brings nothing, through `find` for those where it
/// brings some.
fn still_needed(
    subject: &Subject<'_>,
    born: LayerIndex,
    killed: LayerIndex,
    step: usize,
    home: Option<&str>,
    command: &str,
) -> Option<Vec<String>> {
    let mut words = command.split_ascii_whitespace();
    let first = words.next()?;
    let (flags, operands): (Vec<&str>, Vec<&str>) = words.partition(|word| word.starts_with('-'));
    let is_touch = program(command) == "touch";
    if flags.iter().any(|flag| is_touch || flag.starts_with("--reference")) {
        return None;
    }
    let (what, paths) = if is_touch {
        (None, &operands[..])
    } else {
        operands.split_first().map(|(what, paths)| (Some(*what), paths))?
    };
    let (mut plain, mut mixed) = (Vec::new(), Vec::new());
    for path in paths {
        if path.contains(['\'', '"', '\\', '$', '`', '<', '>', '{', '(', '~']) {
            return None;
        }
        let whole = if path.starts_with('/') { (*path).to_owned() } else { format!("{}/{path}", home?) };
        let changes = Changes::below(subject, born, killed, &whole);
        match changes {
            Changes { others: false, .. } => {}
            Changes { copied: false, .. } => plain.push(*path),
            Changes { .. } => mixed.push(*path),
        }
    }
    let words = |paths: &[&str]| {
        let all = [first].into_iter().chain(flags.iter().copied()).chain(what).chain(paths.iter().copied());
        all.collect::<Vec<_>>().join(" ")
    };
    let mut rest = Vec::new();
    if !plain.is_empty() {
        rest.push(words(&plain));
    }
    if !mixed.is_empty() {
        rest.extend(instead(subject, step, &words(&mixed))?);
    }
    Some(rest)
}

/// What a layer changes below a path.
struct Changes {
    /// Files that the COPY brought, changed or not.
    copied: bool,
    /// Owner or mode of anything else: also of a directory that stood before the COPY.
    others: bool,
}

impl Changes {
    fn below(subject: &Subject<'_>, born: LayerIndex, killed: LayerIndex, path: &str) -> Self {
        let tree = &subject.image.tree;
        // Of a pattern, all that is in its directory.
        let fixed = path.find(['*', '?', '[']).map_or(path, |at| {
            let before = &path[..at];
            &before[..before.rfind('/').unwrap_or(0)]
        });
        let mut changes = Self { copied: false, others: false };
        let Some(top) = tree.find(fixed.as_bytes()) else { return Self { copied: false, others: true } };
        // What it leads to is changed.
        if tree.facts(top, killed).is_some_and(|facts| facts.kind == EntryKind::Symlink) {
            return Self { copied: false, others: true };
        }
        for node in tree.subtree(top).map(NodeId) {
            let is_said = tree.events(node).iter().any(|event| event.layer == killed);
            let (true, Some(after)) = (is_said, tree.facts(node, killed)) else { continue };
            let Some(before) = tree.facts(node, killed.below()) else {
                changes.others = true;
                continue;
            };
            let was = tree.standing(node, killed.below()).and_then(|event| tree.inode(event));
            let is_older = before.kind == EntryKind::Dir && tree.standing(node, born.below()).is_some();
            if was.is_some_and(|was| was.layer == born) && !is_older {
                changes.copied = true;
            } else if (before.mode, before.uid, before.gid) != (after.mode, after.uid, after.gid) {
                changes.others = true;
            }
        }
        changes
    }
}
