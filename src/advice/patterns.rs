//! Paths by pattern: the tables of the rules are data, and this reads them.
//!
//! A pattern is a path without a leading slash; `*` in a component stands for any part of it, a leading `**/` for any
//! directory. What matches is the path itself: a directory stands for all below it.

use std::ops::RangeInclusive;

use crate::tree::{NodeId, Tree};

/// The paths in order, those below another one left out.
pub fn outermost(tree: &Tree, paths: Vec<NodeId>) -> Vec<NodeId> {
    topmost(tree, paths, |path| *path)
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
        // A million names are looked at: their first and last letters rule out nearly all of them.
        let mut may_fit = vec![false; 1 << 16];
        let pair = |first: u8, last: u8| usize::from(first) << 8 | usize::from(last);
        for (glob, _, _) in &anywhere {
            let (firsts, lasts) = glob.ends();
            for first in firsts {
                lasts.clone().for_each(|last| may_fit[pair(first, last)] = true);
            }
        }
        for (node, [first, last]) in (0..).map(NodeId).zip(tree.letters()).skip(1) {
            if may_fit[pair(*first, *last)] {
                let name = tree.name(node);
                for (_, rest, place) in anywhere.iter().filter(|(glob, _, _)| glob.fits(name)) {
                    walk(tree, node, rest, *place, &mut found);
                }
            }
        }
    }
    topmost(tree, found, |(node, _)| *node)
}

/// Drops what lies below another one.
fn topmost<T: Ord>(tree: &Tree, mut list: Vec<T>, node: impl Fn(&T) -> NodeId) -> Vec<T> {
    list.sort_unstable();
    let mut end = 0;
    list.retain(|it| {
        let node = node(it);
        let is_top = node.0 >= end;
        if is_top {
            end = tree.subtree(node).end;
        }
        is_top
    });
    list
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

    /// The letters that names which it fits can begin and end with.
    fn ends(&self) -> (RangeInclusive<u8>, RangeInclusive<u8>) {
        let letters = |letter: Option<&u8>| letter.map_or(0..=u8::MAX, |letter| *letter..=*letter);
        let (first, last) = (self.0.first(), self.0.last());
        (letters(first.and_then(|it| it.first())), letters(last.and_then(|it| it.last())))
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
            let (firsts, lasts) = Glob::new(pattern).ends();
            let is_within = |letters: RangeInclusive<u8>, letter: Option<&u8>| {
                letter.is_none_or(|letter| letters.contains(letter))
            };
            assert!(is_within(firsts, name.first()) && is_within(lasts, name.last()), "{pattern}");
        }
        assert_eq!(Glob::new("a*c").ends(), (b'a'..=b'a', b'c'..=b'c'));
        assert_eq!(Glob::new("*.p12").ends(), (0..=255, b'2'..=b'2'));
        let others: [(&str, &[u8]); 5] =
            [("a", b"ab"), ("*.pyc", b"x.py"), ("a*c*e", b"aecd"), ("x*x", b"x"), ("a*bb*b", b"abb")];
        for (pattern, name) in others {
            assert!(!fits(pattern, name), "{pattern}");
        }
    }
}
