//! Rows and filters of the merged tree, against brute force and as tables.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod common;

use std::cmp::Reverse;

use capas::layer::{EntryKind, LayerIndex};
use capas::tree::{ChangeKind, Expanded, Filter, Kinds, Matches, NodeId, RowQuery, Sort, Totals, Tree, View};
use common::Layer;
use common::model::{Changes, any_layers};
use common::trees::{merge, node, nodes, path};
use proptest::prelude::*;

/// The filter words that the laws try, with what they mean, spelled out.
const WORDS: [&str; 14] = [
    "a",
    "B",
    "ab/",
    "/a",
    "b/c.d",
    "A",
    "!a",
    "re:^a/.*b",
    "c.*",
    "a/**",
    "size>100",
    "size=0",
    "type:dir",
    "kind:added",
];

fn holds(tree: &Tree, view: View, node: NodeId, word: &str) -> bool {
    let slashed = format!("/{}", path(tree, node));
    let plain = &slashed[1..];
    let name = slashed.rsplit('/').next().unwrap();
    let (from, to) = view.points();
    let facts = tree.facts(node, to).or_else(|| tree.facts(node, from));
    let is_file = |size: &dyn Fn(u64) -> bool| {
        facts.as_ref().is_some_and(|facts| facts.kind == EntryKind::File && size(facts.size))
    };
    match word {
        "!a" => !holds(tree, view, node, "a"),
        "re:^a/.*b" => plain.to_lowercase().strip_prefix("a/").is_some_and(|rest| rest.contains('b')),
        "c.*" => name.starts_with("c."),
        "a/**" => plain.starts_with("a/"),
        "size>100" => is_file(&|size| size > 100),
        "size=0" => is_file(&|size| size == 0),
        "type:dir" => facts.is_some_and(|facts| facts.kind == EntryKind::Dir),
        "kind:added" => tree.is_in(node, view) && tree.change(node, view).kind == ChangeKind::Added,
        "A" | "B" => slashed.contains(word),
        _ => slashed.to_lowercase().contains(word),
    }
}

/// Whether a node or something below it passes a test.
fn reaches(tree: &Tree, node: NodeId, test: &dyn Fn(NodeId) -> bool) -> bool {
    tree.subtree(node).any(|below| test(NodeId(below)))
}

fn naive_matches(tree: &Tree, view: View, words: &[&str]) -> Vec<NodeId> {
    nodes(tree)
        .filter(|&node| reaches(tree, node, &|below| tree.is_in(below, view)))
        .filter(|&node| words.iter().all(|word| holds(tree, view, node, word)))
        .collect()
}

/// All rows, by the words of the documentation.
fn naive_rows(tree: &Tree, totals: &Totals, query: &RowQuery<'_>) -> Vec<NodeId> {
    let is_wanted = |node: NodeId| {
        let change = tree.change(node, query.view);
        let kind = if query.ignore_time && change.changed.is_time_only() {
            ChangeKind::Unchanged
        } else {
            change.kind
        };
        let kinds = query.kinds;
        let is_shown = match kind {
            ChangeKind::Added => kinds.added,
            ChangeKind::Modified => kinds.modified,
            ChangeKind::Removed => kinds.removed,
            ChangeKind::Unchanged => kinds.unchanged,
        };
        let matches = |matches: &Matches| {
            let mut at = node;
            while at != NodeId::ROOT {
                if matches.has(at) {
                    return true;
                }
                at = tree.parent(at);
            }
            false
        };
        node != NodeId::ROOT && tree.is_in(node, query.view) && is_shown && query.matches.is_none_or(matches)
    };
    let mut rows = Vec::new();
    let mut open = vec![NodeId::ROOT];
    while let Some(node) = open.pop() {
        if node != NodeId::ROOT {
            rows.push(node);
        }
        if query.expanded.is_open(node) {
            let mut children: Vec<NodeId> =
                tree.children(node).filter(|&child| reaches(tree, child, &is_wanted)).collect();
            if query.sort == Sort::Size {
                children.sort_by_key(|&child| (Reverse(totals.bytes(child)), tree.name(child).to_vec()));
            }
            open.extend(children.into_iter().rev());
        }
    }
    rows
}

fn any_view() -> impl Strategy<Value = (u8, u16, u16)> {
    (0_u8..3, 0_u16..5, 0_u16..5)
}

/// A view of a tree of that many layers.
fn view_of((kind, a, b): (u8, u16, u16), layers: u16) -> View {
    let (a, b) = (a % layers + 1, b % layers + 1);
    match kind {
        0 => View::Changeset(LayerIndex(a)),
        1 => View::Rootfs(LayerIndex(a)),
        _ => View::Range(LayerIndex(a.min(b)), LayerIndex(a.max(b))),
    }
}

proptest! {
    #[test]
    fn rows_are_those_of_brute_force(
        layers in any_layers(),
        view in any_view(),
        kinds in any::<[bool; 4]>(),
        ignore_time in any::<bool>(),
        words in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..3),
        open_by_default in any::<bool>(),
        flipped in prop::collection::hash_set(0_u32..40, 0..10),
        by_size in any::<bool>(),
    ) {
        let tree = merge(layers.iter().map(Changes::tar));
        let view = view_of(view, layers.len() as u16);
        let totals = tree.totals(view);
        let filter = Filter::parse(&words.join(" ")).unwrap();
        let matches = tree.matches(&filter, view);
        prop_assert_eq!(matches.count(), nodes(&tree).filter(|&node| matches.has(node)).count());
        let found: Vec<NodeId> = nodes(&tree).filter(|&node| matches.has(node)).collect();
        prop_assert_eq!(&found, &naive_matches(&tree, view, &words), "{:?}", words);

        let expanded = Expanded { open_by_default, flipped: flipped.into_iter().map(NodeId).collect() };
        let query = RowQuery {
            view,
            kinds: Kinds { added: kinds[0], modified: kinds[1], removed: kinds[2], unchanged: kinds[3] },
            ignore_time,
            matches: (!filter.is_empty()).then_some(&matches),
            expanded: &expanded,
            sort: if by_size { Sort::Size } else { Sort::Name },
        };
        let rows = tree.rows(&query);
        let expected = naive_rows(&tree, &totals, &query);
        prop_assert_eq!(rows.len(), expected.len());
        prop_assert_eq!(rows.is_empty(), expected.is_empty());
        prop_assert_eq!(&rows.slice(&tree, &totals, 0, usize::MAX), &expected);
        for start in 0..=expected.len() {
            let end = (start + 3).min(expected.len());
            prop_assert_eq!(&rows.slice(&tree, &totals, start, 3), &expected[start..end]);
        }
        for node in nodes(&tree) {
            let nearest = std::iter::successors(Some(node), |&node| Some(tree.parent(node)))
                .take_while(|&node| node != NodeId::ROOT)
                .find_map(|node| expected.iter().position(|&row| row == node));
            prop_assert_eq!(rows.position(&tree, &totals, node), nearest);
        }
    }

    #[test]
    fn matches_are_stepped_through_in_a_circle(layers in any_layers(), start in 0_u32..40) {
        let tree = merge(layers.iter().map(Changes::tar));
        let view = View::Rootfs(LayerIndex(layers.len() as u16));
        let matches = tree.matches(&Filter::parse("b").unwrap(), view);
        let all: Vec<NodeId> = nodes(&tree).filter(|&node| matches.has(node)).collect();
        let after = all.iter().find(|node| node.0 > start).or(all.first()).copied();
        let before = all.iter().rfind(|node| node.0 < start).or(all.last()).copied();
        prop_assert_eq!(matches.next(NodeId(start), false), after);
        prop_assert_eq!(matches.next(NodeId(start), true), before);
    }

    #[test]
    fn no_text_is_too_odd_for_a_filter(text in "\\PC{0,12}") {
        let tree = merge([Layer::new().file("a/b", "x")]);
        if let Ok(filter) = Filter::parse(&text) {
            prop_assert!(tree.matches(&filter, View::Rootfs(LayerIndex(1))).count() <= 2);
        }
    }
}

/// The paths that a filter matches after the last layer.
fn found(tree: &Tree, text: &str) -> Vec<String> {
    let filter = Filter::parse(text).unwrap();
    let matches = tree.matches(&filter, View::Rootfs(LayerIndex(tree.layer_count() as u16)));
    nodes(tree).filter(|&node| matches.has(node)).map(|node| path(tree, node)).collect()
}

#[test]
fn words_of_a_filter() {
    let tree = merge([Layer::new()
        .file("etc/Nginx.conf", "x")
        .file("etc/conf.d/a.conf", "x")
        .symlink("usr/lib/libz.so", "libz.so.1")
        .big("usr/lib/libz.so.1", 2048, 1)
        .file("usr/share/caf\u{e9}", "1234")
        .file(b"usr/share/\xff\xfe", "")]);
    let cases: [(&str, &[&str]); 22] = [
        ("nginx", &["etc/Nginx.conf"]),
        ("Nginx", &["etc/Nginx.conf"]),
        ("NGINX", &[]),
        ("libz 1", &["usr/lib/libz.so.1"]),
        ("lib/libz", &["usr/lib/libz.so", "usr/lib/libz.so.1"]),
        ("/etc/c", &["etc/conf.d", "etc/conf.d/a.conf"]),
        ("conf.d/", &["etc/conf.d/a.conf"]),
        ("tc/co", &["etc/conf.d", "etc/conf.d/a.conf"]),
        ("sr/lib/lib", &["usr/lib/libz.so", "usr/lib/libz.so.1"]),
        ("r/li/lib", &[]),
        ("*.conf", &["etc/Nginx.conf", "etc/conf.d/a.conf"]),
        ("etc/*.conf", &["etc/Nginx.conf"]),
        ("/etc/**/*.conf", &["etc/Nginx.conf", "etc/conf.d/a.conf"]),
        ("[lm]ib", &["usr/lib"]),
        ("re:so$", &["usr/lib/libz.so"]),
        ("re:^/usr/lib$", &["usr/lib"]),
        ("'nxcf", &["etc/Nginx.conf"]),
        ("CAFÉ", &[]),
        ("café", &["usr/share/caf\\xc3\\xa9"]),
        ("size>2k", &["usr/lib/libz.so.1"]),
        ("type:symlink", &["usr/lib/libz.so"]),
        ("usr !lib !type:dir", &["usr/share/caf\\xc3\\xa9", "usr/share/\\xff\\xfe"]),
    ];
    for (text, expected) in cases {
        assert_eq!(found(&tree, text), expected, "{text}");
    }
    assert_eq!(found(&tree, "").len(), nodes(&tree).count());
    assert_eq!(found(&tree, "/").len(), nodes(&tree).count());
}

#[test]
fn names_side_by_side_are_not_one_name() {
    let tree = merge([Layer::new().file("ab", "").file("ba", "").file("c/ab", "").file("cab", "")]);
    assert_eq!(found(&tree, "bb"), [""; 0]);
    assert_eq!(found(&tree, "aa"), [""; 0]);
    assert_eq!(found(&tree, "ab"), ["ab", "c/ab", "cab"]);
    assert_eq!(found(&tree, "/ab"), ["ab", "c/ab"]);
}

#[test]
fn sizes_of_a_filter() {
    let tree = merge([Layer::new().big("a", 1000, 0).big("b", 1024, 0).big("c", 1500, 0)]);
    let cases = [
        ("size=1k", "a"),
        ("size=1kB", "a"),
        ("size=1000", "a"),
        ("size=1Ki", "b"),
        ("size=1KiB", "b"),
        ("size=1.5k", "c"),
        ("size<1024", "a"),
        ("size>1KI", "c"),
        ("!size<1.5K", "c"),
        ("size=0.001M", "a"),
    ];
    for (text, expected) in cases {
        assert_eq!(found(&tree, text), [expected], "{text}");
    }
}

#[test]
fn filters_that_cannot_be_read_say_why() {
    for (text, word) in [
        ("a re:(", "re:("),
        ("[", "["),
        ("size>", "size>"),
        ("size>x", "size>x"),
        ("size>1.k", ""),
        ("size>1q", "size>1q"),
        ("size>99999999999T", "size>99999999999T"),
        ("!kind:new", "!kind:new"),
        ("type:socket", "type:socket"),
        ("!", "!"),
    ] {
        match Filter::parse(text) {
            Ok(_) => assert_eq!(word, "", "{text}"),
            Err(error) => {
                assert_eq!(error.word, word);
                assert!(!error.why.is_empty() && !error.why.contains('\n'), "{error}");
            }
        }
    }
}

#[test]
fn a_matching_directory_shows_all_below_it() {
    let tree = merge([Layer::new().file("opt/app/x/y", "1").file("opt/z", "2").file("app2", "")]);
    let view = View::Rootfs(LayerIndex(1));
    let matches = tree.matches(&Filter::parse("app").unwrap(), view);
    let glob = tree.matches(&Filter::parse("ap?").unwrap(), view);
    let expanded = Expanded { open_by_default: true, ..Expanded::default() };
    let rows = |matches| {
        let query = RowQuery {
            view,
            kinds: Kinds::default(),
            ignore_time: false,
            matches: Some(matches),
            expanded: &expanded,
            sort: Sort::Name,
        };
        let rows = tree.rows(&query).slice(&tree, &tree.totals(view), 0, 99);
        rows.into_iter().map(|node| path(&tree, node)).collect::<Vec<_>>()
    };
    assert_eq!(rows(&matches), ["app2", "opt", "opt/app", "opt/app/x", "opt/app/x/y"]);
    assert_eq!(rows(&glob), ["opt", "opt/app", "opt/app/x", "opt/app/x/y"]);
    assert_eq!(glob.count(), 1);
}

#[test]
fn directories_open_and_close() {
    let mut expanded = Expanded::default();
    let (root, dir) = (NodeId::ROOT, NodeId(3));
    assert!(expanded.is_open(root) && !expanded.is_open(dir));
    expanded.set(dir, true);
    assert!(expanded.is_open(dir));
    expanded.set(dir, false);
    assert!(expanded.flipped.is_empty());
    expanded.open_by_default = true;
    expanded.set(dir, false);
    assert!(!expanded.is_open(dir) && expanded.is_open(NodeId(4)) && expanded.is_open(root));
}

#[test]
fn equal_sizes_stand_by_name() {
    let tree = merge([Layer::new().big("b", 5, 0).big("a", 5, 0).big("z/big", 9, 0).file("empty", "")]);
    let view = View::Rootfs(LayerIndex(1));
    let expanded = Expanded::default();
    let query = RowQuery {
        view,
        kinds: Kinds::default(),
        ignore_time: false,
        matches: None,
        expanded: &expanded,
        sort: Sort::Size,
    };
    let totals = tree.totals(view);
    let rows = tree.rows(&query);
    let names: Vec<_> = rows.slice(&tree, &totals, 0, 9).iter().map(|&node| path(&tree, node)).collect();
    assert_eq!(names, ["z", "a", "b", "empty"]);
    assert_eq!(rows.position(&tree, &totals, node(&tree, "z/big")), Some(0));
}
