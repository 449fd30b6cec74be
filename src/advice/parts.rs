//! The dead bytes of a finding in parts: by the step that shipped them, the step that killed them, and how.

use std::collections::HashMap;

use super::delta::{self, Delta};
use super::sample::{Reach, shown};
use super::{Evidence, Subject};
use crate::layer::LayerIndex;
use crate::ledger::{Cause, Death};
use crate::prose::advice as prose;
use crate::text;
use crate::tree::{EntryRef, NodeId};

/// Parts shown of a finding.
const SHOWN: usize = 12;

/// A file that ships and is never seen: its entry, the path that the entry states, its end.
pub(super) type Dead = (EntryRef, NodeId, Death);

/// What the files of one part have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Key {
    born: LayerIndex,
    killed: LayerIndex,
    cause: Cause,
    delta: Delta,
}

/// The files of one part.
struct Part {
    bytes: u64,
    files: usize,
    reach: Reach,
    largest: (u64, NodeId),
    change: Option<delta::Change>,
    /// Whether all have the same owners, and the same modes, before and after.
    same: (bool, bool),
}

/// The dead files of a finding as its evidence, most bytes first.
pub(super) fn of(subject: &Subject<'_>, dead: &[Dead]) -> Vec<Evidence> {
    let tree = &subject.image.tree;
    let mut parts: HashMap<Key, Part> = HashMap::new();
    for &(entry, node, death) in dead {
        let bytes = subject.bytes(entry);
        let is_same = matches!(death.cause, Cause::Metadata | Cause::Rewritten);
        let change = is_same.then(|| delta::change(tree, entry, node, death.killer)).flatten();
        let delta = change.map(|change| change.delta).unwrap_or_default();
        let key = Key { born: entry.layer, killed: death.killer, cause: death.cause, delta };
        let new = || Part {
            bytes: 0,
            files: 0,
            reach: Reach::of(node),
            largest: (0, node),
            change,
            same: (true, true),
        };
        let part = parts.entry(key).or_insert_with(new);
        part.bytes += bytes;
        part.files += 1;
        part.reach = part.reach.and(node);
        part.largest = part.largest.max((bytes, node));
        if let (Some(first), Some(this)) = (part.change, change) {
            part.same.0 &= (first.owner, first.new_owner) == (this.owner, this.new_owner);
            part.same.1 &= (first.mode, first.new_mode) == (this.mode, this.new_mode);
        }
    }
    let mut parts: Vec<(Key, Part)> = parts.into_iter().filter(|(_, part)| part.bytes > 0).collect();
    parts.sort_by_key(|(key, part)| (std::cmp::Reverse(part.bytes), *key));
    parts.truncate(SHOWN);
    parts.into_iter().map(|(key, part)| evidence(subject, key, &part)).collect()
}

fn evidence(subject: &Subject<'_>, key: Key, part: &Part) -> Evidence {
    let text = prose::part(prose::Part {
        size: &text::size(part.bytes),
        born: subject.step(key.born),
        killed: subject.step(key.killed),
        cause: key.cause,
        delta: &said(part),
        place: &place(subject, part),
    });
    Evidence { bytes: part.bytes, text, at: Some((part.largest.1, key.killed)) }
}

/// Where the files of a part are. That they meet in the root says nothing: then it is the largest one, and how many more.
fn place(subject: &Subject<'_>, part: &Part) -> String {
    let tree = &subject.image.tree;
    match part.reach.home(tree) {
        NodeId::ROOT if part.files > 1 => prose::and_others(&shown(tree, part.largest.1), part.files - 1),
        home => shown(tree, home),
    }
}

/// What changed: `owner 0:0 to 1000:1000`, `mode and time`.
fn said(part: &Part) -> String {
    let Some(change) = part.change else { return String::new() };
    let delta = change.delta;
    let owner = if part.same.0 {
        format!(
            "owner {}:{} to {}:{}",
            change.owner.0, change.owner.1, change.new_owner.0, change.new_owner.1
        )
    } else {
        "owner".to_owned()
    };
    let mode = if part.same.1 {
        format!("mode {:04o} to {:04o}", change.mode, change.new_mode)
    } else {
        "mode".to_owned()
    };
    let mut words = Vec::new();
    if delta.owner {
        words.push(owner);
    }
    if delta.mode {
        words.push(mode);
    }
    if delta.xattrs {
        words.push("extended attributes".to_owned());
    }
    if words.is_empty() && delta.time {
        words.push("only the time".to_owned());
    }
    words.join(" and ")
}
