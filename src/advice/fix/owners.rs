//! `chown`, `chmod` and `touch` in a RUN, as far as COPY does not do it already, or touching only what needs it.

use super::metadata::instead;
use super::{Fix, FixKind, Subject, replaced};
use crate::build::{Form, Joint, Piece, pieces};
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
    let home = crate::advice::rules::plan::folder(subject, step).unwrap_or("/");
    let mut rest = Vec::new();
    for piece in chain(subject, step)? {
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
    for piece in chain(subject, step)? {
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

/// The commands of a step that is a plain chain of `&&`.
fn chain<'a>(subject: &'a Subject<'_>, step: usize) -> Option<Vec<Piece<'a>>> {
    let command = subject.story.command(step).filter(|it| it.complete && it.form == Form::Shell)?;
    let list = pieces(&command.text)?;
    list.iter().all(|piece| matches!(piece.joint, Joint::And | Joint::End)).then_some(list)
}

fn is_change(command: &str) -> bool {
    let program = command.split_ascii_whitespace().next().unwrap_or_default();
    PROGRAMS.contains(&program.rsplit('/').next().unwrap_or_default())
}

fn run(subject: &Subject<'_>, step: usize, commands: &[String]) -> Option<String> {
    let flags: String =
        subject.story.command(step)?.flags.iter().flat_map(|flag| [flag.as_str(), " "]).collect();
    Some(subject.story.masked(&format!("RUN {flags}{}", commands.join(" \\\n && "))))
}

/// What is left of one command: as it stands for paths of which COPY brings nothing, through `find` for those where it
/// brings some.
fn still_needed(
    subject: &Subject<'_>,
    born: LayerIndex,
    killed: LayerIndex,
    step: usize,
    home: &str,
    command: &str,
) -> Option<Vec<String>> {
    let mut words = command.split_ascii_whitespace();
    let program = words.next()?;
    let (flags, operands): (Vec<&str>, Vec<&str>) = words.partition(|word| word.starts_with('-'));
    let has_value = |flag: &&str| flag.starts_with("--reference") || program == "touch";
    if flags.iter().any(has_value) {
        return None;
    }
    let (what, paths) = match program.rsplit('/').next() {
        Some("touch") => (None, &operands[..]),
        _ => operands.split_first().map(|(what, paths)| (Some(*what), paths))?,
    };
    let (mut plain, mut mixed) = (Vec::new(), Vec::new());
    for path in paths {
        if path.contains(['\'', '"', '\\', '$', '`', '<', '>', '{', '(', '~']) {
            return None;
        }
        let changes = Changes::below(subject, born, killed, &format!("{home}/{path}"), path);
        match changes {
            Changes { others: false, .. } => {}
            Changes { copied: false, .. } => plain.push(*path),
            Changes { .. } => mixed.push(*path),
        }
    }
    let words = |paths: &[&str]| {
        let all = [program].into_iter().chain(flags.iter().copied()).chain(what).chain(paths.iter().copied());
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
    fn below(subject: &Subject<'_>, born: LayerIndex, killed: LayerIndex, joined: &str, path: &str) -> Self {
        let tree = &subject.image.tree;
        let path = if path.starts_with('/') { path } else { joined };
        // Of a pattern, all that is in its directory.
        let fixed = path.find(['*', '?', '[']).map_or(path, |at| {
            let before = &path[..at];
            &before[..before.rfind('/').unwrap_or(0)]
        });
        let mut changes = Self { copied: false, others: false };
        let Some(top) = tree.find(fixed.as_bytes()) else { return Self { copied: false, others: true } };
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
