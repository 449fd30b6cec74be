//! The tree of a layer equals a naive unpacking into an empty folder, whatever the order of its entries.
mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::Layer;
use common::changeset::{both, tree};
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Op {
    File,
    Dir,
    Symlink(String),
    Whiteout,
    Opaque,
    Device,
}

/// What stands at a path, and the marks beside it.
#[derive(Clone, Debug, Default)]
struct At {
    what: Option<String>,
    whiteout: bool,
    opaque: bool,
    repeated: bool,
}

impl At {
    fn is_dir(&self) -> bool {
        self.what.as_deref().is_some_and(|what| what == "dir" || what == "implied")
    }

    /// Whether it would be buried with its entry.
    fn has_entry(&self) -> bool {
        self.what.as_deref().is_some_and(|what| what != "implied")
    }

    fn clear(&mut self) {
        self.repeated |= self.has_entry();
        (self.what, self.whiteout, self.opaque) = (None, false, false);
    }
}

/// A folder as a map of whole paths.
#[derive(Default)]
struct Folder(BTreeMap<String, At>);

impl Folder {
    fn at(&mut self, path: &str) -> &mut At {
        self.0.entry(path.to_owned()).or_default()
    }

    /// The real path of a directory; what is missing is made.
    fn resolve(&mut self, path: &str) -> String {
        let mut links = 0;
        let mut rest: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let mut real: Vec<String> = Vec::new();
        while let Some(part) = rest.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    real.pop();
                    continue;
                }
                _ => real.push(part),
            }
            let at = self.at(&real.join("/"));
            let target =
                at.what.as_deref().and_then(|what| what.strip_prefix("symlink -> ")).map(str::to_owned);
            if let Some(target) = target.filter(|_| links < 40) {
                links += 1;
                if target.starts_with('/') {
                    real.clear();
                } else {
                    real.pop();
                }
                rest.extend(target.split('/').rev().map(str::to_owned));
            } else if !at.is_dir() {
                at.repeated |= at.has_entry();
                at.what = Some("implied".to_owned());
            }
        }
        real.join("/")
    }

    fn clear_below(&mut self, path: &str) {
        let prefix = format!("{path}/");
        for (_, at) in self.0.range_mut(prefix.clone()..).take_while(|(other, _)| other.starts_with(&prefix))
        {
            at.clear();
        }
    }

    fn apply(&mut self, path: &str, op: &Op) {
        if let Op::Opaque = op {
            let dir = self.resolve(path);
            if !dir.is_empty() {
                self.at(&dir).opaque = true;
            }
            return;
        }
        let (dir, base) = path.rsplit_once('/').unwrap_or(("", path));
        let dir = self.resolve(dir);
        let path = if dir.is_empty() { base.to_owned() } else { format!("{dir}/{base}") };
        let what = match op {
            Op::Whiteout => {
                self.at(&path).whiteout = true;
                return;
            }
            Op::Device => {
                self.clear_below(&path);
                let at = self.at(&path);
                at.clear();
                at.whiteout = true;
                return;
            }
            Op::File | Op::Opaque => "file".to_owned(),
            Op::Dir => "dir".to_owned(),
            Op::Symlink(target) => format!("symlink -> {target}"),
        };
        let keeps = self.at(&path).is_dir() && what == "dir";
        if !keeps {
            self.clear_below(&path);
        }
        let at = self.at(&path);
        at.repeated |= at.has_entry();
        at.opaque &= what == "dir";
        at.what = Some(what);
    }

    fn lines(&self) -> BTreeSet<String> {
        let said = |at: &At| at.what.is_some() || at.whiteout || at.opaque || at.repeated;
        self.0
            .iter()
            .filter(|(_, at)| said(at))
            .map(|(path, at)| {
                let what = at.what.as_ref().map(|what| format!(" {what}")).unwrap_or_default();
                let marks = [(at.whiteout, " whiteout"), (at.opaque, " opaque"), (at.repeated, " repeated")];
                let marks: String = marks.iter().filter(|(set, _)| *set).map(|(_, word)| *word).collect();
                format!("{path}{what}{marks}")
            })
            .collect()
    }
}

fn path() -> impl Strategy<Value = String> {
    proptest::collection::vec("[abc]", 1..4).prop_map(|parts| parts.join("/"))
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => Just(Op::File),
        3 => Just(Op::Dir),
        2 => "(/|\\.\\./)?[abc](/[abc]|/\\.\\.)?".prop_map(Op::Symlink),
        1 => Just(Op::Whiteout),
        1 => Just(Op::Opaque),
        1 => Just(Op::Device),
    ]
}

fn layer(ops: &[(String, Op)]) -> Layer {
    ops.iter().fold(Layer::new(), |layer, (path, op)| match op {
        Op::File => layer.file(path, "x"),
        Op::Dir => layer.dir(path),
        Op::Symlink(target) => layer.symlink(path, target),
        Op::Whiteout => layer.whiteout(path),
        Op::Opaque => layer.opaque(path),
        Op::Device => layer.device(path, b'3', 0, 0),
    })
}

fn naive(ops: &[(String, Op)]) -> BTreeSet<String> {
    let mut folder = Folder::default();
    for (path, op) in ops {
        folder.apply(path, op);
    }
    folder.lines()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn a_tree_is_what_unpacking_leaves(ops in proptest::collection::vec((path(), op()), 0..25)) {
        let layer = both(&layer(&ops).tar());
        // A path of which nothing is left to say is kept only for what lies below it.
        let tree: BTreeSet<String> = tree(&layer).into_iter().filter(|line| line.contains(' ')).collect();
        prop_assert_eq!(tree, naive(&ops));
    }

    #[test]
    fn order_does_not_matter_where_nothing_is_said_twice(
        paths in proptest::collection::btree_set(proptest::collection::vec("[a-d.]x?", 1..5).prop_map(|parts| parts.join("/f")), 1..40),
        seed in any::<prop::sample::Index>(),
    ) {
        // Names that end in a file's letter only: no path is the parent of another.
        let sorted: Vec<String> = paths.iter().map(|path| format!("{path}!")).collect();
        let mut turned = sorted.clone();
        turned.rotate_left(seed.index(sorted.len()));
        turned.reverse();
        let files = |paths: &[String]| both(&paths.iter().fold(Layer::new(), |layer, path| layer.file(path, "1")).tar());
        prop_assert_eq!(tree(&files(&sorted)), tree(&files(&turned)));
    }
}
