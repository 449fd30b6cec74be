//! From a path as typed to a node: symlinks are followed inside the image, and a miss says what is near.

use std::collections::VecDeque;

use crate::layer::{EntryKind, LayerIndex};
use crate::text;
use crate::tree::{NodeId, Tree, What};

/// As many symlinks as Linux follows.
const MAX_LINKS: usize = 40;
/// How many near names an error gives.
const NEAR: usize = 3;

/// What happens to a symlink at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    /// It is followed.
    Follow,
    /// It is meant itself.
    Keep,
}

/// Why a path leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookupError {
    /// There is no such name.
    Missing {
        /// The path that is not there: where links led, without a leading slash.
        path: Vec<u8>,
        /// Paths that may have been meant.
        near: Vec<Vec<u8>>,
        /// The layer that removed it, if a lower one had it.
        removed: Option<LayerIndex>,
        /// The first later layer that has it.
        later: Option<LayerIndex>,
    },
    /// Something on the way is no directory.
    NotADirectory {
        /// What is none.
        path: Vec<u8>,
    },
    /// Symlinks lead in circles.
    Loop {
        /// Where.
        path: Vec<u8>,
    },
}

/// The node of a path after layer `at`. Symlinks on the way are followed inside the image; `..` stops at the root.
///
/// # Errors
///
/// Nothing is there.
pub fn follow(tree: &Tree, at: LayerIndex, path: &[u8], last: Last) -> Result<NodeId, LookupError> {
    let mut todo: VecDeque<Vec<u8>> = components(path);
    let mut node = NodeId::ROOT;
    let mut links = 0;
    while let Some(name) = todo.pop_front() {
        if name == b".." {
            node = tree.parent(node);
            continue;
        }
        let here = child(tree, node, &name);
        let facts = here.and_then(|here| tree.facts(here, at));
        let (Some(here), Some(facts)) = (here, facts) else {
            return Err(missing(tree, at, node, &name, &todo));
        };
        match facts.kind {
            EntryKind::Symlink if !todo.is_empty() || last == Last::Follow => {
                links += 1;
                if links > MAX_LINKS {
                    return Err(LookupError::Loop { path: tree.path(here) });
                }
                let target = facts.link_target.unwrap_or_default();
                if target.starts_with(b"/") {
                    node = NodeId::ROOT;
                }
                for name in components(target).into_iter().rev() {
                    todo.push_front(name);
                }
            }
            EntryKind::Dir => node = here,
            _ if todo.is_empty() => node = here,
            _ => return Err(LookupError::NotADirectory { path: tree.path(here) }),
        }
    }
    Ok(node)
}

fn components(path: &[u8]) -> VecDeque<Vec<u8>> {
    let names = path.split(|&byte| byte == b'/').filter(|name| *name != b"" && *name != b".");
    names.map(<[u8]>::to_vec).collect()
}

fn child(tree: &Tree, parent: NodeId, name: &[u8]) -> Option<NodeId> {
    let mut path = tree.path(parent);
    if !path.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    tree.find(&path)
}

fn missing(
    tree: &Tree,
    at: LayerIndex,
    parent: NodeId,
    name: &[u8],
    rest: &VecDeque<Vec<u8>>,
) -> LookupError {
    let mut path = tree.path(parent);
    for part in std::iter::once(name).chain(rest.iter().map(Vec::as_slice)) {
        if !path.is_empty() {
            path.push(b'/');
        }
        path.extend_from_slice(part);
    }
    let elsewhen = tree.find(&path);
    let events = elsewhen.map(|node| tree.events(node)).unwrap_or_default();
    let removed = events
        .iter()
        .rev()
        .filter(|event| event.layer <= at && matches!(event.what, What::Hidden | What::Whiteout))
        .map(|event| event.layer)
        .find(|layer| elsewhen.is_some_and(|node| tree.facts(node, layer.below()).is_some()));
    let later = events
        .iter()
        .find(|event| event.layer > at && matches!(event.what, What::Stated | What::Implied))
        .map(|event| event.layer);
    let near = if rest.is_empty() { near(tree, at, parent, name) } else { Vec::new() };
    LookupError::Missing { path, near, removed, later }
}

/// Names beside the one that was typed that look like it, then the same name elsewhere.
fn near(tree: &Tree, at: LayerIndex, parent: NodeId, name: &[u8]) -> Vec<Vec<u8>> {
    let there = |node: &NodeId| tree.facts(*node, at).is_some();
    let mut beside: Vec<(usize, NodeId)> = tree
        .children(parent)
        .filter_map(|node| Some((distance(tree.name(node), name)?, node)))
        .filter(|(_, node)| there(node))
        .collect();
    beside.sort_unstable();
    let elsewhere = (1..tree.len() as u32)
        .map(NodeId)
        .filter(|&node| tree.name(node).eq_ignore_ascii_case(name) && tree.parent(node) != parent)
        .filter(there);
    beside.into_iter().map(|(_, node)| node).chain(elsewhere).take(NEAR).map(|node| tree.path(node)).collect()
}

/// Whether two words look like the same one, mistyped.
pub fn resembles(a: &str, b: &str) -> bool {
    distance(a.as_bytes(), b.as_bytes()).is_some()
}

/// How many letters differ (insertions, deletions, replacements, neighbours swapped; case aside); `None` for too many.
fn distance(a: &[u8], b: &[u8]) -> Option<usize> {
    let limit = (a.len().max(b.len()) / 3).clamp(1, 4);
    if a.len().abs_diff(b.len()) > limit || a.len().max(b.len()) > 255 {
        return None;
    }
    let same = |x: u8, y: u8| x.eq_ignore_ascii_case(&y);
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let mut best = (row[j] + usize::from(!same(x, y))).min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && same(x, b[j - 1]) && same(a[i - 1], y) {
                best = best.min(before[j - 1] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    Some(row[b.len()]).filter(|&distance| distance <= limit)
}

impl LookupError {
    /// The sentence, safe on a terminal.
    pub fn sentence(&self) -> String {
        match self {
            Self::Missing { path, removed: Some(layer), .. } => {
                format!("{} is gone: layer {layer} removed it", text::display(path))
            }
            Self::Missing { path, .. } => format!("there is no {} in the image", text::display(path)),
            Self::NotADirectory { path } => format!("{} is no directory", text::display(path)),
            Self::Loop { path } => format!("symlinks lead in circles at {}", text::display(path)),
        }
    }

    /// What would help: near names, or the layer that has it.
    pub fn hint(&self) -> Option<String> {
        let Self::Missing { near, removed, later, .. } = self else { return None };
        if let Some(layer) = removed {
            return Some(format!("as it was before: --layer {}", layer.below()));
        }
        if let Some(layer) = later {
            return Some(format!("layer {layer} makes it: --layer {layer}"));
        }
        let near: Vec<String> = near.iter().map(|path| text::display(path)).collect();
        (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")))
    }
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn near_names_differ_in_few_letters() {
        for (a, b, expected) in [
            ("passwd", "paswd", Some(1)),
            ("passwd", "PASSWD", Some(0)),
            ("hosts", "hostname", None),
            ("etc", "ect", Some(1)),
            ("a", "b", Some(1)),
            ("ab", "xy", None),
            ("os-release", "osrelease", Some(1)),
        ] {
            assert_eq!(distance(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
        }
    }
}
