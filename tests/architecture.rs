//! The shape of the house, held by a table: who may use whom, who owns which crate, where colours may be named,
//! how long a file may be.
//!
//! The sources are scanned as text: comments, strings and test modules are taken out, then every `crate::`,
//! `super::` and external path is looked up in the tables below. A module, crate or file that no table knows
//! fails the test, so that the decision is taken where it is seen.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use capas::tui::action;

/// Core modules: values in, values out. No files, environment, threads or clock.
const CORE: &[&str] = &[
    "oci",
    "local",
    "text",
    "role",
    "layer",
    "tree",
    "image",
    "ledger",
    "build",
    "advice",
    "prose",
    "tui state",
];

/// Part of the house, and the parts it may use. The shells (`tui shell`, `cli`, `main`) may use everything.
const MAY_USE: &[(&str, &[&str])] = &[
    ("oci", &[]),
    ("local", &["oci"]),
    ("text", &[]),
    ("role", &[]),
    ("layer", &["oci"]),
    ("tree", &["layer", "text"]),
    ("image", &["oci", "layer", "tree"]),
    ("ledger", &["layer", "tree", "image"]),
    ("build", &["oci", "layer", "tree", "image", "text", "role"]),
    ("advice", &["oci", "text", "layer", "tree", "image", "ledger", "build", "prose"]),
    ("prose", &["oci", "local", "text", "role", "layer", "tree", "image", "ledger", "build"]),
    ("source", &["oci", "local", "text", "layer", "tree", "image"]),
    ("extract", &["oci", "text", "layer", "tree", "image"]),
    (
        "report",
        &[
            "oci", "local", "text", "role", "layer", "tree", "image", "ledger", "build", "advice", "prose",
            "source", "error",
        ],
    ),
    ("error", &["source", "text"]),
    ("args", &["oci", "tree", "source"]),
    ("settings", &["oci", "text", "args", "error", "source", "report", "tui state"]),
    (
        "tui state",
        &["oci", "local", "text", "role", "layer", "tree", "image", "ledger", "build", "advice", "prose"],
    ),
    (
        "tui drawing",
        &[
            "tui state",
            "oci",
            "local",
            "text",
            "role",
            "layer",
            "tree",
            "image",
            "ledger",
            "build",
            "advice",
            "prose",
        ],
    ),
];

/// The parts that may use everything.
const SHELLS: [&str; 3] = ["tui shell", "cli", "main"];

/// External crates and the parts that may name them; `*` is any part.
const OWNERS: &[(&str, &[&str])] = &[
    ("ratatui", &["tui drawing", "tui shell"]),
    ("crossterm", &["tui state", "tui shell"]),
    ("clap", &["args", "settings", "cli"]),
    ("clap_complete", &["args", "cli"]),
    ("clap_mangen", &["args", "cli"]),
    ("serde", &["oci", "build", "source", "report", "settings"]),
    ("serde_json", &["oci", "image", "build", "advice", "prose", "source", "report", "tui state"]),
    ("toml", &["source", "settings"]),
    ("tar", &["layer"]),
    ("flate2", &["layer"]),
    ("miniz_oxide", &["layer", "source"]),
    ("zstd", &["layer"]),
    ("bzip2", &["layer"]),
    ("lzma_rust2", &["layer"]),
    ("sha2", &["oci", "source", "report"]),
    ("xxhash_rust", &["layer", "ledger", "advice", "source"]),
    ("base64", &["build", "source", "report", "tui shell"]),
    ("humansize", &["text"]),
    ("jiff", &["text", "source", "report", "cli", "tui shell"]),
    ("unicode_width", &["text", "report", "tui state", "tui drawing"]),
    ("unicode_segmentation", &["text", "report", "tui state", "tui drawing"]),
    ("globset", &["tree"]),
    ("regex", &["tree", "advice"]),
    ("memchr", &["tree", "layer", "advice"]),
    ("nucleo_matcher", &["tree", "tui state"]),
    ("anstyle_query", &["report", "settings", "cli", "tui shell"]),
    ("anstyle", &["report", "args", "cli"]),
    ("thiserror", &["*"]),
    ("rustix", &["source", "extract", "cli", "tui shell"]),
    ("signal_hook", &["cli", "tui shell"]),
    ("tempfile", &["source", "cli", "tui shell"]),
    ("bollard", &["source"]),
    ("tokio", &["source"]),
    ("futures_util", &["source"]),
];

/// What the core must not touch. `std::env::consts` is a constant, not the environment.
const IMPURE: [&str; 7] =
    ["std::fs", "std::env", "std::thread", "std::net", "std::process", "std::time::Instant", "SystemTime"];

/// Words that name a colour, and the files that turn meanings into colours.
const COLOURS: [&str; 6] = ["Color::", "AnsiColor", "Style::", "Stylize", ".fg(", ".bg("];
const THEMES: [&str; 3] = ["src/tui/theme.rs", "src/tui/theme/", "src/report/look.rs"];

/// A file that passes this is asking to be split.
const LONGEST: usize = 450;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

struct Source {
    /// From the root of the repository: `src/tui/view/mod.rs`.
    path: String,
    text: String,
    /// Without comments, strings and test modules.
    code: String,
}

impl Source {
    /// The module path below the crate: `["tui", "view"]`.
    fn module(&self) -> Vec<&str> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        if matches!(path, "lib" | "main") { Vec::new() } else { path.split('/').collect() }
    }

    /// The part of the house that it belongs to.
    fn part(&self) -> &'static str {
        part_of(&self.module()).unwrap_or_else(|| panic!("{}: no part of the house is called so", self.path))
    }

    fn words(&self) -> impl Iterator<Item = (usize, &str)> {
        let boundary = |at: usize| {
            at == 0 || !self.code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
        };
        self.code
            .match_indices(|c: char| c.is_alphabetic() || c == '_')
            .filter(move |&(at, _)| boundary(at))
            .map(|(at, _)| (at, &self.code[at..]))
    }
}

/// The part of a module path, `None` where the table has no such part.
fn part_of(module: &[&str]) -> Option<&'static str> {
    let name = match module {
        [] => "main",
        ["tui", "view" | "widget" | "theme", ..] => "tui drawing",
        ["tui", "shell", ..] => "tui shell",
        ["tui", ..] => "tui state",
        [first, ..] => first,
    };
    MAY_USE.iter().map(|(part, _)| *part).chain(SHELLS).find(|part| *part == name)
}

fn sources() -> Vec<Source> {
    fn walk(dir: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join("src"), &mut found);
    found.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let code = code(&text);
        let path = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        Source { path, text, code }
    };
    found.into_iter().map(read).collect()
}

/// Rust text without comments, literals and test modules.
fn code(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if let Some(hashes) = raw_string(rest) {
            let end = format!("\"{}", "#".repeat(hashes));
            let start = hashes + 2;
            rest[start..].find(&end).map_or(rest.len(), |at| start + at + end.len())
        } else if first == '"' {
            string(rest)
        } else if rest.starts_with("'\"'") || rest.starts_with("b'\"'") {
            rest.find("\"'").unwrap_or_default() + 2
        } else if let Some(escaped) = rest.strip_prefix("'\\") {
            escaped.find('\'').map_or(rest.len(), |at| at + 3).max(4).min(rest.len())
        } else {
            0
        };
        if skipped == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            out.push(' ');
            rest = &rest[skipped..];
        }
    }
    out
}

/// The number of `#` of a raw string that begins here.
fn raw_string(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('r')?;
    let hashes = rest.bytes().take_while(|&byte| byte == b'#').count();
    rest[hashes..].starts_with('"').then_some(hashes)
}

/// The length of the string literal that begins here.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The first names after a path's prefix: one, or several in braces.
fn heads(rest: &str) -> Vec<&str> {
    let ident = |text: &str| text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let Some(group) = rest.strip_prefix('{') else { return vec![&rest[..ident(rest)]] };
    let mut depth = 0;
    let mut names = Vec::new();
    let mut start = true;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            _ if c.is_alphabetic() && start => {
                names.push(&group[at..at + ident(&group[at..])]);
                start = false;
            }
            _ => {}
        }
    }
    names
}

/// The module paths that a file names: `crate::a::b`, `super::b`, resolved two steps deep.
fn used_modules(source: &Source) -> Vec<Vec<String>> {
    let mut used = Vec::new();
    let module = source.module();
    for (_, rest) in source.words() {
        let (mut base, mut tail): (Vec<&str>, &str) = if let Some(tail) = rest.strip_prefix("crate::") {
            (Vec::new(), tail)
        } else if let Some(tail) = rest.strip_prefix("capas::") {
            (Vec::new(), tail)
        } else if rest.starts_with("super::") {
            (module.clone(), rest)
        } else {
            continue;
        };
        while let Some(shorter) = tail.strip_prefix("super::") {
            base.pop();
            tail = shorter;
        }
        for head in heads(tail) {
            let mut path: Vec<String> = base.iter().map(|&part| part.to_owned()).collect();
            path.push(head.to_owned());
            let after = tail.strip_prefix(head).and_then(|after| after.strip_prefix("::"));
            match after {
                Some(after) if path == ["tui"] => {
                    used.extend(heads(after).into_iter().map(|next| vec!["tui".to_owned(), next.to_owned()]));
                }
                _ => used.push(path),
            }
        }
    }
    used
}

#[test]
fn modules_use_only_what_the_table_allows() {
    let mut wrong = BTreeSet::new();
    for source in sources() {
        let part = source.part();
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == part) else { continue };
        for used in used_modules(&source) {
            let path: Vec<&str> = used.iter().map(String::as_str).collect();
            // A name at the root of the crate that is no module is a macro or a re-export.
            let Some(target) = part_of(&path) else { continue };
            if target != part && !allowed.contains(&target) {
                wrong.insert(format!("{} ({part}) uses {} ({target})", source.path, used.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", Vec::from_iter(wrong).join("\n"));
}

#[test]
fn crates_stay_with_their_owners() {
    let mut wrong = BTreeSet::new();
    for source in sources() {
        let part = source.part();
        for (_, rest) in source.words() {
            for &(name, owners) in OWNERS {
                let named = rest.strip_prefix(name).is_some_and(|rest| rest.starts_with("::"));
                if named && !owners.contains(&part) && owners != ["*"] {
                    wrong.insert(format!("{} ({part}) uses the crate {name}", source.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", Vec::from_iter(wrong).join("\n"));
}

#[test]
fn every_dependency_has_an_owner_and_a_reason() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, rest) = manifest.split_once("\n[dependencies]\n").unwrap();
    let lines: Vec<&str> = rest.lines().take_while(|line| !line.starts_with('[')).collect();
    let mut found = BTreeSet::new();
    for pair in lines.windows(2) {
        let Some((name, _)) = pair[1].split_once(" = ") else { continue };
        assert!(pair[0].starts_with("# "), "{name} has no reason above it");
        found.insert(name.replace('-', "_"));
    }
    let known: BTreeSet<String> = OWNERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, known);
}

#[test]
fn the_core_touches_nothing_outside() {
    let mut wrong = BTreeSet::new();
    for source in sources() {
        if !CORE.contains(&source.part()) {
            continue;
        }
        let code = source.code.replace("std::env::consts", "");
        for word in IMPURE {
            if code.contains(word) {
                wrong.insert(format!("{} uses {word}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", Vec::from_iter(wrong).join("\n"));
}

#[test]
fn colours_are_named_in_the_themes_only() {
    let mut wrong = BTreeSet::new();
    for source in sources() {
        if THEMES.iter().any(|theme| source.path.starts_with(theme)) {
            continue;
        }
        for word in COLOURS {
            if source.code.contains(word) {
                wrong.insert(format!("{}: {word}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", Vec::from_iter(wrong).join("\n"));
}

#[test]
fn files_say_what_they_are_for_and_stay_short() {
    let mut wrong = Vec::new();
    for source in sources() {
        let lines = source.text.lines().count();
        if lines > LONGEST {
            wrong.push(format!("{}: {lines} lines, the limit is {LONGEST}", source.path));
        }
        if !source.text.starts_with("//! ") {
            wrong.push(format!("{}: no `//!` first", source.path));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_scanner_sees_code_only() {
    let text = "//! crate::a\nuse crate::b; // crate::c\nlet x = \"crate::d\"; let y = r#\"crate::e\"\"#;\n\
                let z = '\"'; crate::f();\n#[cfg(test)]\nmod tests { use crate::g; }";
    let source = Source { path: "src/tree/x.rs".into(), text: String::new(), code: code(text) };
    assert_eq!(used_modules(&source), [["b"], ["f"]]);
    let code =
        code("use crate::tui::{view, app::App}; use super::super::layer::{Entry}; crate::{a, b::{c, d}}");
    let source = Source { path: "src/tree/x.rs".into(), text: String::new(), code };
    assert_eq!(
        used_modules(&source).iter().map(|path| path.join("::")).collect::<Vec<_>>(),
        ["tui::view", "tui::app", "layer", "a", "b"]
    );
}

/// `CAPAS_WRITE_README=1 cargo test --test architecture` rewrites the table.
#[test]
fn the_readme_lists_the_keys_of_the_action_table() {
    let path = root().join("README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (head, rest) = text.split_once("<!-- keys: written by tests/architecture.rs -->\n").unwrap();
    let (_, tail) = rest.split_once("<!-- end of keys -->").unwrap();
    let marker = "<!-- keys: written by tests/architecture.rs -->";
    let expected = format!("{head}{marker}\n{}<!-- end of keys -->{tail}", action::markdown());
    if std::env::var_os("CAPAS_WRITE_README").is_some() {
        std::fs::write(&path, &expected).unwrap();
    } else {
        assert_eq!(text, expected, "CAPAS_WRITE_README=1 cargo test --test architecture");
    }
}

#[test]
fn the_readme_names_files_that_exist() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let links: Vec<&str> = text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(links.len() > 3);
    for link in links.into_iter().filter(|link| !link.starts_with("http")) {
        assert!(root().join(link).exists(), "{link}");
    }
}
