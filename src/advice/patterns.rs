//! Paths by pattern: the tables of the rules are data, and this reads them.
//!
//! A pattern is a path without a leading slash; `*` in a component stands for any part of it, a leading `**/` for any
//! directory. What matches is the path itself: a directory stands for all below it.

use crate::tree::{NodeId, Tree};

/// The paths in order, those below another one left out.
pub fn outermost(tree: &Tree, mut paths: Vec<NodeId>) -> Vec<NodeId> {
    paths.sort_unstable();
    let mut end = 0;
    paths.retain(|path| {
        let is_top = path.0 >= end;
        end = end.max(tree.subtree(*path).end);
        is_top
    });
    paths
}

/// The paths that any of the patterns fits, those below another one left out, in order.
pub fn find<'a>(tree: &Tree, patterns: impl IntoIterator<Item = &'a str>) -> Vec<NodeId> {
    find_each(tree, patterns).into_iter().map(|(node, _)| node).collect()
}

/// The same with the place of the pattern that fitted. Every pattern costs what its first components have for children;
/// all that begin with `**/` together cost one look at every name.
pub fn find_each<'a>(tree: &Tree, patterns: impl IntoIterator<Item = &'a str>) -> Vec<(NodeId, usize)> {
    let mut found = Vec::new();
    let mut anywhere = Vec::new();
    for (place, pattern) in patterns.into_iter().enumerate() {
        match pattern.strip_prefix("**/") {
            Some(rest) => {
                let (first, rest) = split(rest);
                anywhere.push((Glob::new(first), rest, place));
            }
            None => walk(tree, NodeId::ROOT, pattern.trim_start_matches('/'), place, &mut found),
        }
    }
    if !anywhere.is_empty() {
        // A million names are looked at: their first letter, else their last one, rules out most of the patterns.
        let mut by_first: Vec<Vec<usize>> = vec![Vec::new(); 256];
        let mut by_last = by_first.clone();
        for (at, (glob, _, _)) in anywhere.iter().enumerate() {
            let first = glob.0.first().and_then(|piece| piece.first());
            let last = glob.0.last().and_then(|piece| piece.last());
            match (first, last) {
                (Some(first), _) => by_first[usize::from(*first)].push(at),
                (None, Some(last)) => by_last[usize::from(*last)].push(at),
                (None, None) => by_first.iter_mut().for_each(|globs| globs.push(at)),
            }
        }
        for node in (1..tree.len() as u32).map(NodeId) {
            let name = tree.name(node);
            let (Some(first), Some(last)) = (name.first(), name.last()) else { continue };
            for at in by_first[usize::from(*first)].iter().chain(&by_last[usize::from(*last)]) {
                let (glob, rest, place) = &anywhere[*at];
                if glob.fits(name) {
                    walk(tree, node, rest, *place, &mut found);
                }
            }
        }
    }
    topmost(tree, found)
}

/// Drops what lies below another one.
fn topmost(tree: &Tree, mut nodes: Vec<(NodeId, usize)>) -> Vec<(NodeId, usize)> {
    nodes.sort_unstable();
    let mut end = 0;
    nodes.retain(|(node, _)| {
        let is_top = node.0 >= end;
        if is_top {
            end = tree.subtree(*node).end;
        }
        is_top
    });
    nodes
}

/// What a pattern fits below a directory; the directory itself where nothing of the pattern is left.
fn walk(tree: &Tree, dir: NodeId, pattern: &str, place: usize, found: &mut Vec<(NodeId, usize)>) {
    if pattern.is_empty() {
        found.push((dir, place));
        return;
    }
    let (first, rest) = split(pattern);
    let glob = Glob::new(first);
    if let Some(name) = glob.literal() {
        if let Some(child) = tree.child(dir, name) {
            walk(tree, child, rest, place, found);
        }
        return;
    }
    for child in tree.children(dir).filter(|child| glob.fits(tree.name(*child))) {
        walk(tree, child, rest, place, found);
    }
}

fn split(pattern: &str) -> (&str, &str) {
    pattern.split_once('/').unwrap_or((pattern, ""))
}

/// A component of a pattern: pieces of text with anything between them.
struct Glob<'a>(Vec<&'a [u8]>);

impl<'a> Glob<'a> {
    fn new(text: &'a str) -> Self {
        Self(text.split('*').map(str::as_bytes).collect())
    }

    fn literal(&self) -> Option<&'a [u8]> {
        if let [text] = self.0[..] { Some(text) } else { None }
    }

    fn fits(&self, name: &[u8]) -> bool {
        let [first, between @ .., last] = &self.0[..] else {
            return self.0[0] == name;
        };
        let inner = name.strip_prefix(*first).and_then(|rest| rest.strip_suffix(*last));
        let Some(mut rest) = inner else { return false };
        between.iter().all(|piece| {
            let at = memchr::memmem::find(rest, piece);
            rest = at.map_or(&[][..], |at| &rest[at + piece.len()..]);
            at.is_some()
        })
    }
}

/// Whether a name fits a component of a pattern.
pub fn fits(pattern: &str, name: &[u8]) -> bool {
    Glob::new(pattern).fits(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_part_of_a_component() {
        let fitting: [(&str, &[u8]); 6] = [
            ("a", b"a"),
            ("*", b""),
            ("*.pyc", b"x.pyc"),
            ("a*c*e", b"abcde"),
            ("x*x", b"xx"),
            ("*~", b"\xff~"),
        ];
        for (pattern, name) in fitting {
            assert!(fits(pattern, name), "{pattern}");
        }
        let others: [(&str, &[u8]); 5] =
            [("a", b"ab"), ("*.pyc", b"x.py"), ("a*c*e", b"aecd"), ("x*x", b"x"), ("a*bb*b", b"abb")];
        for (pattern, name) in others {
            assert!(!fits(pattern, name), "{pattern}");
        }
    }
}
