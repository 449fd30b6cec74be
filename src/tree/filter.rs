//! Filters over paths: what the user types after `/`, parsed once and matched against a million paths.

use globset::GlobBuilder;
use memchr::memmem::Finder;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use regex::bytes::{Regex, RegexBuilder};

use super::arena::Arena;
use super::bits::{Bits, Ranked};
use super::{ChangeKind, Facts, Kinds, Matches, NodeId, Tree, View};
use crate::layer::EntryKind;

/// A parsed filter: words that must all hold. A word is a substring of the path (case-insensitive unless it has a
/// capital), a glob where it has `*`, `?` or `[` (of the name, or of the whole path where it has a `/`), `re:` and a
/// regular expression over the path, `'` and a fuzzy pattern, `size>10M` (of files; also `<`, `=`; `k M G T`
/// decimal, `Ki Mi Gi Ti` binary), `kind:added|modified|removed|unchanged`, `type:file|dir|symlink|...`, and `!`
/// before any of them negates it.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    words: Vec<Word>,
}

/// A filter that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}`: {why}")]
pub struct FilterError {
    /// The word of the filter.
    pub word: String,
    /// One clause.
    pub why: String,
}

#[derive(Clone, Debug)]
struct Word {
    negated: bool,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Substring(Needle),
    /// A glob of the last component.
    Name(Regex),
    /// A glob or a regular expression of the whole path.
    Path(Regex),
    Fuzzy(Pattern),
    Size(std::cmp::Ordering, u64),
    Kind(ChangeKind),
    Type(EntryKind),
}

/// A part of a path, cut at its slashes. A needle of one piece stands anywhere in a name; of several, the first ends
/// a name, the last begins one, and those between are whole names.
#[derive(Clone, Debug)]
struct Needle {
    pieces: Vec<Vec<u8>>,
    ignore_case: bool,
}

impl Filter {
    /// Parses what the user typed. An empty text matches everything.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        text.split_whitespace().map(Word::parse).collect::<Result<_, _>>().map(|words| Self { words })
    }

    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

impl Word {
    fn parse(text: &str) -> Result<Self, FilterError> {
        let (negated, rest) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        Test::parse(rest)
            .map(|test| Self { negated, test })
            .map_err(|why| FilterError { word: text.to_owned(), why })
    }
}

impl Test {
    fn parse(text: &str) -> Result<Self, String> {
        // Smart case: a capital in what is looked for makes it count.
        let ignore_case = !text.chars().any(char::is_uppercase);
        if text.is_empty() {
            return Err("nothing follows the `!`".to_owned());
        }
        if let Some(pattern) = text.strip_prefix("re:") {
            return regex(pattern, ignore_case).map(Self::Path);
        }
        if let Some(pattern) = text.strip_prefix('\'') {
            return Ok(Self::Fuzzy(Pattern::parse(pattern, CaseMatching::Smart, Normalization::Smart)));
        }
        if let Some(kind) = text.strip_prefix("kind:") {
            return parse_kind(kind).map(Self::Kind);
        }
        if let Some(kind) = text.strip_prefix("type:") {
            return parse_type(kind).map(Self::Type);
        }
        if let Some(rest) = text.strip_prefix("size")
            && let Some(sign) = rest.chars().next().filter(|sign| "<>=".contains(*sign))
        {
            let ordering = match sign {
                '<' => std::cmp::Ordering::Less,
                '>' => std::cmp::Ordering::Greater,
                _ => std::cmp::Ordering::Equal,
            };
            return parse_size(&rest[1..]).map(|size| Self::Size(ordering, size));
        }
        if text.contains(['*', '?', '[']) {
            return glob(text, ignore_case);
        }
        if ignore_case && !text.is_ascii() {
            // Beyond ASCII, capitals may be longer or shorter than small letters: let the engine fold them.
            return regex(&regex::escape(text), true).map(Self::Path);
        }
        let pieces = text.split('/').map(|piece| piece.as_bytes().to_vec()).collect();
        Ok(Self::Substring(Needle { pieces, ignore_case }))
    }
}

fn parse_kind(text: &str) -> Result<ChangeKind, String> {
    match text {
        "added" => Ok(ChangeKind::Added),
        "modified" => Ok(ChangeKind::Modified),
        "removed" => Ok(ChangeKind::Removed),
        "unchanged" => Ok(ChangeKind::Unchanged),
        _ => Err("a kind is `added`, `modified`, `removed` or `unchanged`".to_owned()),
    }
}

fn parse_type(text: &str) -> Result<EntryKind, String> {
    match text {
        "file" => Ok(EntryKind::File),
        "dir" => Ok(EntryKind::Dir),
        "symlink" => Ok(EntryKind::Symlink),
        "hardlink" => Ok(EntryKind::HardLink),
        "char" => Ok(EntryKind::Char),
        "block" => Ok(EntryKind::Block),
        "fifo" => Ok(EntryKind::Fifo),
        _ => Err("a type is `file`, `dir`, `symlink`, `hardlink`, `char`, `block` or `fifo`".to_owned()),
    }
}

/// `10M`, `1.5GB`, `4KiB`, `300`.
fn parse_size(text: &str) -> Result<u64, String> {
    let wrong = || "a size is a number and `k`, `M`, `G` or `T`, or `Ki`, `Mi`, `Gi` or `Ti`".to_owned();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.to_ascii_lowercase();
    let unit = unit.strip_suffix('b').unwrap_or(&unit);
    let factor: u64 = match unit {
        "" => 1,
        "k" => 1000,
        "m" => 1_000_000,
        "g" => 1_000_000_000,
        "t" => 1_000_000_000_000,
        "ki" => 1 << 10,
        "mi" => 1 << 20,
        "gi" => 1 << 30,
        "ti" => 1 << 40,
        _ => return Err(wrong()),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    // Nine places after the point are more than a size has.
    if whole.is_empty() || fraction.len() > 9 || fraction.contains('.') {
        return Err(wrong());
    }
    let too_large = || "the size is too large".to_owned();
    let whole: u64 = whole.parse().map_err(|_| too_large())?;
    let parts: u64 = if fraction.is_empty() { 0 } else { fraction.parse().map_err(|_| wrong())? };
    let part = u128::from(parts) * u128::from(factor) / 10_u128.pow(fraction.len() as u32);
    let size = u128::from(whole) * u128::from(factor) + part;
    u64::try_from(size).map_err(|_| too_large())
}

fn regex(pattern: &str, ignore_case: bool) -> Result<Regex, String> {
    // Paths have no leading slash here; people write one all the same.
    let pattern = pattern.strip_prefix("^/").map_or_else(|| pattern.to_owned(), |rest| format!("^{rest}"));
    RegexBuilder::new(&pattern).case_insensitive(ignore_case).build().map_err(|error| {
        let text = error.to_string();
        let last = text.lines().last().unwrap_or_default();
        format!("not a regular expression: {}", last.trim_start_matches("error: "))
    })
}

fn glob(pattern: &str, ignore_case: bool) -> Result<Test, String> {
    let is_path = pattern.contains('/');
    let glob = GlobBuilder::new(pattern.strip_prefix('/').unwrap_or(pattern))
        .literal_separator(true)
        .case_insensitive(ignore_case)
        .build()
        .map_err(|error| format!("not a glob: {}", error.kind()))?;
    let regex = Regex::new(glob.regex()).map_err(|_| "not a glob".to_owned())?;
    Ok(if is_path { Test::Path(regex) } else { Test::Name(regex) })
}

impl Tree {
    /// The nodes that match a filter in a view: what is in the view, and the directories above it.
    pub fn matches(&self, filter: &Filter, view: View) -> Matches {
        let parts = self.parts(view, false);
        let mut found = self.with_ancestors(parts.all.clone());
        found.remove(0);
        for word in &filter.words {
            let mut hits = match &word.test {
                Test::Substring(needle) => needle.find(&self.core.arena),
                Test::Name(regex) => self.select(&found, |node| regex.is_match(self.core.arena.name(node))),
                Test::Path(regex) => self.paths(&found, |path| regex.is_match(path)),
                Test::Fuzzy(pattern) => {
                    let mut matcher = Matcher::new(Config::DEFAULT.match_paths());
                    let mut buffer = Vec::new();
                    self.paths(&found, |path| {
                        let text = String::from_utf8_lossy(path);
                        pattern.score(Utf32Str::new(&text, &mut buffer), &mut matcher).is_some()
                    })
                }
                Test::Size(ordering, size) => self.select(&found, |node| {
                    self.facts_in(node, view).is_some_and(|facts| {
                        facts.kind == EntryKind::File && facts.size.cmp(size) == *ordering
                    })
                }),
                Test::Kind(kind) => {
                    let only = |one| *kind == one;
                    let mut hits = parts.of(Kinds {
                        added: only(ChangeKind::Added),
                        modified: only(ChangeKind::Modified),
                        removed: only(ChangeKind::Removed),
                        unchanged: only(ChangeKind::Unchanged),
                    });
                    hits.keep(&found);
                    hits
                }
                Test::Type(kind) => self.select(&found, |node| {
                    self.facts_in(node, view).is_some_and(|facts| facts.kind == *kind)
                }),
            };
            if word.negated {
                hits.invert();
            }
            found.keep(&hits);
        }
        Matches { nodes: Ranked::new(found) }
    }

    /// What a path is at the later point of a view, or at the earlier one if it is gone by then.
    fn facts_in(&self, node: u32, view: View) -> Option<Facts<'_>> {
        let (from, to) = view.points();
        self.facts(NodeId(node), to).or_else(|| self.facts(NodeId(node), from))
    }

    fn select(&self, among: &Bits, test: impl Fn(u32) -> bool) -> Bits {
        let mut hits = Bits::new(self.len());
        for node in among.iter().filter(|&node| test(node)) {
            hits.insert(node);
        }
        hits
    }

    /// The nodes whose whole path passes a test.
    fn paths(&self, among: &Bits, mut test: impl FnMut(&[u8]) -> bool) -> Bits {
        let arena = &self.core.arena;
        let mut hits = Bits::new(self.len());
        // The path at hand, and the directories on it with the lengths of theirs.
        let mut path = Vec::new();
        let mut above: Vec<(u32, usize)> = Vec::new();
        for node in 1..self.len() as u32 {
            while let Some(&(end, length)) = above.last() {
                path.truncate(length);
                if node < end {
                    break;
                }
                above.pop();
            }
            if above.is_empty() {
                path.clear();
            } else {
                path.push(b'/');
            }
            path.extend_from_slice(arena.name(node));
            if among.has(node) && test(&path) {
                hits.insert(node);
            }
            if arena.end(node) > node + 1 {
                above.push((arena.end(node), path.len()));
            }
        }
        hits
    }
}

impl Needle {
    /// The nodes whose whole path, with a leading slash, has this part. One sweep over all names finds the last
    /// piece; the names above are looked at only there. What holds for a path holds for all below it.
    fn find(&self, arena: &Arena) -> Bits {
        let mut hits = Bits::new(arena.len());
        // A needle that ends with a slash is found where the piece before it ends a directory's name.
        let (pieces, below) = match &self.pieces[..] {
            [pieces @ .., last] if last.is_empty() && !pieces.is_empty() => (pieces, true),
            pieces => (pieces, false),
        };
        let Some((last, above)) = pieces.split_last() else { return hits };
        if last.is_empty() {
            // A lone slash.
            hits.insert_range(1..arena.len() as u32);
            return hits;
        }
        let names = if self.ignore_case { arena.lower_names() } else { &arena.names };
        let finder = Finder::new(last);
        let mut node = 1;
        let mut from = 0;
        while let Some(offset) = finder.find(&names[from..]) {
            let start = from + offset;
            node = at_byte(arena, node, start as u32);
            let name_end = arena.name_ends[node as usize] as usize;
            let is_whole_start = start == arena.name_start(node) as usize;
            let is_whole_end = start + last.len() == name_end;
            if start + last.len() > name_end
                || !above.is_empty() && !is_whole_start
                || below && !is_whole_end
                || !is_above(arena, names, node, above)
            {
                from = start + 1;
                continue;
            }
            let end = arena.end(node);
            hits.insert_range(node + u32::from(below)..end);
            if end as usize == arena.len() {
                break;
            }
            from = arena.name_start(end) as usize;
            node = end;
        }
        hits
    }
}

/// Whether the directories above a node end with these pieces.
fn is_above(arena: &Arena, names: &[u8], node: u32, pieces: &[Vec<u8>]) -> bool {
    let mut node = node;
    for (left, piece) in pieces.iter().enumerate().rev() {
        if node == 0 {
            return false;
        }
        node = arena.parent(node);
        let name = &names[arena.name_start(node) as usize..arena.name_ends[node as usize] as usize];
        let is_there = if left == 0 { name.ends_with(piece) } else { node != 0 && name == *piece };
        if !is_there {
            return false;
        }
    }
    true
}

/// The node whose name has the byte at `at`, not before `from`.
fn at_byte(arena: &Arena, from: u32, at: u32) -> u32 {
    let rest = &arena.name_ends[from as usize..];
    // Hits in a row of siblings: mostly the very next name.
    if let Some(near) = rest.iter().take(4).position(|&end| end > at) {
        return from + near as u32;
    }
    // Else not far away either: look in ever wider parts.
    let mut width = 8;
    while width < rest.len() && rest[width - 1] <= at {
        width *= 2;
    }
    let start = if width == 8 { 0 } else { width / 2 };
    from + (start + rest[start..width.min(rest.len())].partition_point(|&end| end <= at)) as u32
}
