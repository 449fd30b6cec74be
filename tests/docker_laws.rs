//! Whatever an image or a user writes, nothing here panics or runs away.

#![allow(clippy::allow_attributes, clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "common/configs.rs"]
mod configs;

use capas::build;
use capas::image::Step;
use capas::report::docker::template::{Missing, RowFormat, Template};
use capas::report::docker::{Value, table};
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr as _;

/// Texts made of what the grammars are made of.
fn words(alphabet: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(alphabet), 0..20).prop_map(|words| words.concat())
}

const TEMPLATES: &[&str] = &[
    "{{",
    "}}",
    "-",
    " ",
    "{{-",
    "-}}",
    ".",
    ".A",
    ".B",
    "$",
    "\"",
    "`",
    "\\",
    "é",
    "(",
    ")",
    "|",
    "1",
    "-3",
    "json",
    "index",
    "len",
    "if",
    "else",
    "end",
    "range",
    "with",
    "and",
    "or",
    "not",
    "eq",
    "join",
    "split",
    "nil",
    "true",
    "/*",
    "*/",
    "println",
    "\n",
    "\t",
    "pad",
    "truncate",
    "9999999999999999999999",
    "{{if .A}}",
    "{{end}}",
    "{{else}}",
];

const COMMANDS: &[&str] = &[
    "|",
    "1",
    "2 ",
    "99999999999 ",
    " A=b",
    " /bin/sh -c ",
    "#(nop) ",
    " ",
    "RUN ",
    "COPY ",
    "ADD ",
    "CMD ",
    "ENV ",
    "HEALTHCHECK ",
    "&{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    "\\x",
    "'",
    "'\\x03'",
    "CMD-SHELL",
    " in ",
    "file:",
    "# buildkit",
    "map[",
    ":{}",
    "é",
    "\n",
    "\t",
    "&&",
    ";",
    "(",
    ")",
    "{ ",
    " }",
    "--mount=",
    ":sha256:",
    "SHELL ",
    "EXPOSE ",
    "0s ",
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
];

fn align(text: &str) -> String {
    let mut out = Vec::new();
    table::write_aligned(&mut out, text).unwrap();
    String::from_utf8(out).unwrap()
}

fn document() -> Value {
    serde_json::json!({"A": ["x", "y=z"], "B": {"k": 1, "n": null}}).into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn templates_are_done_or_refused(text in words(TEMPLATES)) {
        if let Ok(template) = Template::parse(&text) {
            let _ = template.execute(&document(), Missing::NoValue);
            let _ = template.execute(&document(), Missing::Error);
        }
        if let Ok(format) = RowFormat::parse(&format!("table {text}")) {
            let _ = format.write(&mut Vec::new(), &[document()], &[("A", "HEADING")]);
        }
    }

    /// A template without actions is its own result.
    #[test]
    fn text_stays(text in "[^{]{0,40}") {
        prop_assert_eq!(Template::parse(&text).unwrap().execute(&document(), Missing::Error).unwrap(), text);
    }

    #[test]
    fn any_history_entry_is_some_instruction(created_by in words(COMMANDS), comment in words(COMMANDS)) {
        let step = Step {
            index: 1,
            created: String::new(),
            created_by,
            author: String::new(),
            comment,
            empty_layer: false,
            layer: None,
            synthetic: false,
        };
        let instruction = build::instruction(&step, &["/bin/sh".to_owned(), "-c".to_owned()]);
        prop_assert!(!instruction.to_string().is_empty());
    }

    /// Lines keep every character but white space, and hold no line end.
    #[test]
    fn command_lines_lose_nothing(text in words(COMMANDS)) {
        let lines = build::command_lines(&text);
        let kept = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        prop_assert_eq!(kept(&lines.concat()), kept(&text));
        prop_assert!(lines.iter().all(|line| !line.contains('\n') && !line.trim().is_empty()));
    }

    /// Rows of equally many cells are one block: a column is as wide as its widest cell and three, ten at least.
    #[test]
    fn tables_are_as_wide_as_their_cells(rows in prop::collection::vec(prop::collection::vec("[a-zé日]{0,12}", 3), 1..6)) {
        let text: String = rows.iter().map(|row| row.join("\t") + "\n").collect();
        let column = |at: usize| rows.iter().map(|row| row[at].width() + 3).max().unwrap().max(10);
        let padded = |row: &Vec<String>, at: usize| {
            row[at].clone() + &" ".repeat(column(at) - row[at].width())
        };
        let expected: String =
            rows.iter().map(|row| padded(row, 0) + &padded(row, 1) + &row[2] + "\n").collect();
        prop_assert_eq!(align(&text), expected);
    }

    #[test]
    fn cuts_fit(text in "\\PC{0,60}", cells in 2_usize..50) {
        let cut = table::ellipsis(&text, cells);
        prop_assert!(cut == text || (cut.ends_with('…') && cut.chars().count() <= cells));
    }
}

/// A million tabs in a comment, and a long history without marks: both in one sweep.
#[test]
fn hostile_sizes_are_linear() {
    let tabs = "x\t".repeat(1_000_000);
    let text = format!("{tabs}\n{}", "a\tb\n".repeat(100_000));
    assert_eq!(align(&text).lines().count(), 100_001);
    let history: Vec<serde_json::Value> = (0..100_000)
        .map(|_| serde_json::json!({"created_by": "/bin/sh -c x", "empty_layer": true}))
        .collect();
    let config = serde_json::to_vec(&serde_json::json!({"history": history})).unwrap();
    let image = configs::image(&config, &[]);
    assert_eq!(build::instructions(&image.info).len(), 100_000);
}
