//! A merged RUN does what the steps did: both are run, by real shells.

#![allow(clippy::allow_attributes, clippy::unwrap_used, clippy::panic, reason = "tests")]

#[path = "common/configs.rs"]
mod configs;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use capas::build::{Evidence, Joint, Merged, NoText, Story, is_simple, pieces};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A step of a build: `RUN text`, `ENV name=value`, `WORKDIR /path`.
#[derive(Clone, Debug)]
enum Did {
    Run(String),
    Env(&'static str, &'static str),
    /// Below the folder of the test.
    Workdir(&'static str),
}

use Did::{Env, Run, Workdir};

fn run(text: &str) -> Did {
    Run(text.to_owned())
}

/// The story of an image that BuildKit built with these steps, over one layer of a base.
fn story(steps: &[Did], shell: &[&str], root: &Path) -> Story {
    let mut history = vec![json!({"created_by": "# debian.sh", "comment": "debuerreotype 0.17"})];
    let mut entry = |text: String, empty: bool| {
        history.push(json!({"created_by": text, "comment": "buildkit.dockerfile.v0", "empty_layer": empty}));
    };
    entry(format!("SHELL [{}]", shell.join(" ")), true);
    let mut env = BTreeMap::new();
    for step in steps {
        match step {
            Run(text) => entry(format!("RUN {} {text} # buildkit", shell.join(" ")), false),
            Env(name, value) => {
                env.insert(name, value);
                entry(format!("ENV {name}={value}"), true);
            }
            Workdir(dir) => entry(format!("WORKDIR {}", root.join(dir).display()), false),
        }
    }
    let layers = history.iter().filter(|entry| entry["empty_layer"] != Value::Bool(true)).count();
    let diff_ids: Vec<String> = (0..layers).map(|at| format!("sha256:{at:064x}")).collect();
    let env: Vec<String> = env.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let config =
        json!({"os": "linux", "config": {"Env": env}, "history": history, "rootfs": {"diff_ids": diff_ids}});
    let image = configs::image(config.to_string().as_bytes(), &[]);
    Story::new(&image.info, &Evidence::default())
}

fn merged(steps: &[Did], shell: &[&str], root: &Path) -> Result<Merged, NoText> {
    let story = story(steps, shell, root);
    let span = story.spans.first().unwrap();
    story.merged(span.runs[0]..=*span.runs.last().unwrap())
}

/// What the shell gets from a RUN, by the rules of Dockerfiles.
fn script(run: &str) -> String {
    let text = run.strip_prefix("RUN ").unwrap();
    match text.strip_prefix("<<'") {
        Some(rest) => {
            let (word, body) = rest.split_once("'\n").unwrap();
            body.strip_suffix(word).unwrap().to_owned()
        }
        None => text.replace("\\\n", ""),
    }
}

/// What a run leaves: its status and all files.
#[derive(Debug, PartialEq)]
struct Outcome {
    status: Option<i32>,
    files: BTreeMap<String, String>,
}

struct Place {
    root: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap() }
    }

    fn root(&self) -> std::path::PathBuf {
        self.root.path().join("root")
    }

    fn outcome(&self, work: impl FnOnce(&Path) -> Option<i32>) -> Outcome {
        let root = self.root();
        std::fs::create_dir(&root).unwrap();
        let status = work(&root);
        let mut files = BTreeMap::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(&root).unwrap().display().to_string();
                if path.is_dir() {
                    files.insert(name, "folder".to_owned());
                    folders.push(path);
                } else {
                    files.insert(name, String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned());
                }
            }
        }
        std::fs::remove_dir_all(&root).unwrap();
        Outcome { status, files }
    }
}

fn shell(words: &[&str], text: &str, cwd: &Path, env: &BTreeMap<&str, &str>) -> Option<i32> {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).arg(text).current_dir(cwd).env_clear().env("PATH", "/usr/bin:/bin").envs(env);
    command.stdin(std::process::Stdio::null()).output().unwrap().status.code()
}

/// Step for step, until one fails.
fn apart(steps: &[Did], words: &[&str], root: &Path) -> Option<i32> {
    let mut cwd = root.to_owned();
    let mut env = BTreeMap::new();
    for step in steps {
        match step {
            Run(text) => {
                let status = shell(words, text, &cwd, &env);
                if status != Some(0) {
                    return status;
                }
            }
            Env(name, value) => _ = env.insert(*name, *value),
            Workdir(dir) => {
                cwd = root.join(dir);
                std::fs::create_dir_all(&cwd).unwrap();
            }
        }
    }
    Some(0)
}

/// Both ways; `None` where no text could be written.
fn both(steps: &[Did], words: &[&str]) -> Option<(String, Outcome, Outcome)> {
    let place = Place::new();
    let merged = merged(steps, words, &place.root()).ok()?;
    let expected = place.outcome(|root| apart(steps, words, root));
    let found = place.outcome(|root| shell(words, &script(&merged.run), root, &BTreeMap::new()));
    Some((merged.run, expected, found))
}

const SHELLS: [&[&str]; 4] =
    [&["/bin/sh", "-c"], &["/bin/bash", "-c"], &["/bin/bash", "-o", "pipefail", "-c"], &["/bin/bash", "-ec"]];

/// Commands that leave traces, leak, fail, end and hide failures.
const COMMANDS: [&str; 34] = [
    "true",
    "false",
    "echo a >> log",
    "pwd >> log",
    "echo \"x=$X y=${Y:-none}\" >> log",
    "env | sort | grep '^[XY]=' >> log",
    "mkdir -p sub",
    "cd sub",
    "export X=leaked",
    "Y=leaked",
    "unset X",
    "exit 0",
    "exit 3",
    "set -e",
    "set -eu",
    "set +e",
    "(exit 2)",
    "{ echo brace >> log; }",
    "! true",
    "if false; then echo t >> log; else echo e >> log; fi",
    "for i in 1 2; do echo $i >> log; done",
    "case x in x) echo c >> log;; esac",
    "trap 'echo bye >> log' EXIT",
    "umask 077",
    "exec true",
    "echo 'a # b && c' >> log",
    "echo a#b >> log # a comment",
    "echo $(false; echo sub) >> log",
    "echo `false; echo tick` >> log",
    "set -- p q; echo $1$# >> log",
    "false | true",
    "echo ${Z:=z} >> log",
    "printf '%s\\n' \"two  blanks\" >> log",
    "cat <<EOT >> log\nhere $((1 + 2)) doc\nEOT",
];

#[test]
fn every_pair_of_commands_behaves_as_before() {
    let all: Vec<&str> =
        COMMANDS.into_iter().chain(["true; false", "echo c; true", "false; true", "false && x"]).collect();
    let mut written = 0;
    for (at, first) in all.iter().enumerate() {
        for second in [
            "pwd >> log; env | sort | grep '^[XY]=' >> log; false; echo end >> log",
            all[(at * 7 + 3) % all.len()],
        ] {
            let steps = [run(first), run(second), run("echo last >> log")];
            let words = SHELLS[at % SHELLS.len()];
            if let Some((text, expected, found)) = both(&steps, words) {
                assert_eq!(expected, found, "{words:?} {steps:#?}\n{text}");
                written += 1;
            }
        }
    }
    assert_eq!(written, 2 * all.len(), "texts that could be written");
}

#[test]
fn settings_between_are_carried() {
    for words in SHELLS {
        for first in ["echo a >> log", "set -e; echo a >> log", "cat <<E >> log\nx\nE"] {
            let steps = [
                run(first),
                Env("X", "a  'b' \"c\" $d \\e"),
                Workdir("deep/er"),
                run("echo \"$X\" >> log; pwd >> log"),
                Env("X", "2"),
                Workdir("deep"),
                run("echo \"$X\" >> log && pwd >> log"),
            ];
            let place = Place::new();
            let story = story(&steps, words, &place.root());
            // What the first ENV said is lost: the config knows the last one only.
            assert_eq!(story.spans[0].runs, [3, 6, 9]);
            assert_eq!(story.merged(3..=9), Err(NoText::ValueLost(4)));
            let (text, expected, found) = both(&steps[3..], words).unwrap();
            assert_eq!(expected, found, "{text}");
            let (text, expected, found) = both(&steps[..4], words).unwrap();
            assert_eq!(expected, found, "{text}");
        }
    }
}

#[test]
fn lists_are_taken_apart_or_not_at_all() {
    use Joint::{And, Background, End, Newline, Or, Pipe, Semicolon};
    for (text, expected) in [
        ("a b && c | d", Some(vec![("a b", And), ("c", Pipe), ("d", End)])),
        (
            "a || b; c & d\n e",
            Some(vec![("a", Or), ("b", Semicolon), ("c", Background), ("d", Newline), ("e", End)]),
        ),
        (
            "a 'x && y' \"p ; $(q && \"r;s\")\" `u && v` w\\;x",
            Some(vec![("a 'x && y' \"p ; $(q && \"r;s\")\" `u && v` w\\;x", End)]),
        ),
        ("(cd /x; y) && z 2>&1 >|f", Some(vec![("(cd /x; y)", And), ("z 2>&1 >|f", End)])),
        ("a; # b && c", Some(vec![("a", Semicolon)])),
        ("a # b && c\nd", Some(vec![("a", Newline), ("d", End)])),
        ("a#b ${x#y} $#", Some(vec![("a#b ${x#y} $#", End)])),
        ("a &&\n\n b", Some(vec![("a", And), ("b", End)])),
        ("é ü && ö", Some(vec![("é ü", And), ("ö", End)])),
        ("a &&", None),
        ("&& a", None),
        ("a ; ; b", None),
        ("a)", None),
        ("(a", None),
        ("'a", None),
        ("\"a", None),
        ("`a", None),
        ("a\\", None),
        ("if a; then b; fi", None),
        ("case x in a) b;; esac", None),
        ("f() { a; }", None),
        ("{ a; }", None),
        ("! a", None),
        ("cat <<E\nx\nE", None),
        ("cat <<< x", None),
        ("a <(b)", None),
        ("a &> b", None),
        ("a |& b", None),
        ("echo $'a\\'b'", None),
        ("x=$(case a in a) b;; esac)", None),
        ("x=$(a # b)", None),
        ("", None),
    ] {
        let found =
            pieces(text).map(|list| list.into_iter().map(|it| (it.text, it.joint)).collect::<Vec<_>>());
        assert_eq!(found, expected, "{text}");
    }
    assert_eq!(pieces(&"$(".repeat(100_000)), None);
    assert!(pieces(&"a && ".repeat(100_000)).is_none());
}

#[test]
fn simple_is_what_leaves_nothing_behind() {
    for text in [
        "a",
        "a && b | c",
        "X=1 make && [ -f x ]",
        "/bin/ls -l \"$HOME\" > x 2>&1",
        "echo 'cd; exit' $(cd x && pwd)",
        "printf '%s' a",
    ] {
        assert!(is_simple(text), "{text}");
    }
    for text in [
        "a; b",
        "a || b",
        "a & b",
        "a\nb",
        "a 'x\ny'",
        "cd /x && a",
        "a && export X=1",
        "X=1",
        "X=1 Y=2 && a",
        "$cmd x",
        "\"cd\" x",
        "\\cd x",
        "(a)",
        "a # b",
        "exec a",
        ". x",
        "source x",
        "command cd x",
        "printf -v x y",
        "echo ${x:=y}",
        "echo $((x = 1))",
        "a && ",
        "read x",
        "umask 077",
        "",
        "~/x",
    ] {
        assert!(!is_simple(text), "{text}");
    }
}

fn commands() -> impl Strategy<Value = String> {
    let command = prop::sample::select(COMMANDS.to_vec());
    let joint = prop::sample::select(vec![" && ", "; ", " || ", "\n", " | ", " && ", " ; "]);
    prop::collection::vec((command, joint), 1..4).prop_map(|list| {
        let mut text = String::new();
        for (at, (command, joint)) in list.iter().enumerate() {
            text.push_str(command);
            if at + 1 < list.len() {
                // A heredoc ends with its line.
                text.push_str(if command.contains('\n') || command.contains(" #") { "\n" } else { joint });
            }
        }
        text
    })
}

fn steps() -> impl Strategy<Value = Vec<Did>> {
    let between = prop_oneof![
        3 => Just(None),
        1 => Just(Some(Env("X", "from env"))),
        1 => Just(Some(Workdir("sub/work"))),
    ];
    prop::collection::vec((commands(), between), 2..4).prop_map(|list| {
        let last = list.len() - 1;
        let steps = list.into_iter().enumerate();
        steps
            .flat_map(|(at, (text, between))| [Some(Run(text)), between.filter(|_| at < last)])
            .flatten()
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_behaves_as_before(steps in steps(), words in prop::sample::select(SHELLS.to_vec())) {
        // What no shell can read no builder can have run.
        for step in &steps {
            let Run(text) = step else { continue };
            prop_assume!(shell(&[words[0], "-nc"], text, Path::new("/"), &BTreeMap::new()) == Some(0));
        }
        if let Some((text, mut expected, mut found)) = both(&steps, words) {
            // The sides of a pipe run at the same time.
            for outcome in [&mut expected, &mut found] {
                for text in outcome.files.values_mut() {
                    let mut lines: Vec<&str> = text.lines().collect();
                    lines.sort_unstable();
                    *text = lines.join("\n");
                }
            }
            prop_assert_eq!(expected, found, "{}", text);
        }
    }
}
