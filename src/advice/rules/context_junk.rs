//! `context-junk`: files that a COPY or ADD took along because no `.dockerignore` keeps them out.

use crate::advice::held::{Held, by_place, total};
use crate::advice::{Evidence, Finding, Fix, FixKind, Rule, Subject, patterns};
use crate::build::Kind;
use crate::layer::{EntryKind, LayerIndex};
use crate::text::{display, size};
use crate::tree::{EntryRef, NodeId};

/// What does not belong into an image, and the line of `.dockerignore` that keeps it out.
const JUNK: &[(&str, &str)] = &[
    ("**/.git", "**/.git"),
    ("**/.svn", "**/.svn"),
    ("**/.hg", "**/.hg"),
    ("**/.github", "**/.github"),
    ("**/.gitlab-ci.yml", "**/.gitlab-ci.yml"),
    ("**/.idea", "**/.idea"),
    ("**/.vscode", "**/.vscode"),
    ("**/.DS_Store", "**/.DS_Store"),
    ("**/Thumbs.db", "**/Thumbs.db"),
    ("**/*.swp", "**/*.swp"),
    ("**/*~", "**/*~"),
    ("**/Dockerfile*", "**/Dockerfile*"),
    ("**/docker-compose*.yml", "**/docker-compose*.y*ml"),
    ("**/docker-compose*.yaml", "**/docker-compose*.y*ml"),
    ("**/.dockerignore", "**/.dockerignore"),
    ("**/.tox", "**/.tox"),
    ("**/.nox", "**/.nox"),
    ("**/.venv", "**/.venv"),
    ("**/.mypy_cache", "**/.mypy_cache"),
    ("**/.pytest_cache", "**/.pytest_cache"),
    ("**/.ruff_cache", "**/.ruff_cache"),
    ("**/.ipynb_checkpoints", "**/.ipynb_checkpoints"),
    ("**/.terraform", "**/.terraform"),
    ("**/.next/cache", "**/.next/cache"),
    ("**/.turbo", "**/.turbo"),
    ("**/coverage", "**/coverage"),
    ("**/htmlcov", "**/htmlcov"),
    ("**/target/debug", "**/target"),
    ("**/target/classes", "**/target"),
    ("**/*.log", "**/*.log"),
    ("**/.env", "**/.env*"),
    ("**/.env.*", "**/.env*"),
];
/// What a later RUN installs anew.
const MODULES: (&str, &str) = ("**/node_modules", "**/node_modules");
const INSTALLS: [&str; 5] = ["npm ci", "npm install", "npm i ", "yarn", "pnpm i"];
/// Below these nothing comes from a build context.
const ELSEWHERE: [&str; 3] = ["usr/lib", "usr/local/lib", "var/lib"];

pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let copies = subject.own_layers().filter(|layer| {
        matches!(subject.made_by(*layer), Kind::Copy | Kind::Add)
            && !is_from_elsewhere(subject, subject.step(*layer))
    });
    let mut copies = copies.peekable();
    if copies.peek().is_none() {
        return Vec::new();
    }
    let tree = &subject.image.tree;
    let junk: Vec<(&str, &'static str)> = JUNK.iter().copied().chain([MODULES]).collect();
    let found = patterns::find_each(tree, junk.iter().map(|(pattern, _)| *pattern));
    let named: Vec<bool> = junk.iter().map(|(_, line)| is_named(subject, line)).collect();
    let tops: Vec<(NodeId, &'static str)> = found
        .into_iter()
        .filter(|(node, place)| !named[*place] && !is_elsewhere(&tree.path(*node)))
        .map(|(node, place)| (node, junk[place].1))
        .collect();
    copies.filter_map(|layer| finding(subject, layer, &tops)).collect()
}

fn finding(subject: &Subject<'_>, layer: LayerIndex, tops: &[(NodeId, &'static str)]) -> Option<Finding> {
    let tree = &subject.image.tree;
    let step = subject.step(layer);
    let installs = installs_later(subject, step);
    let entries = tree.entries(layer);
    let mut junk: Vec<(Held, NodeId, &'static str)> = Vec::new();
    for (entry, fate) in (0..).zip(subject.ledger.fates(layer)) {
        let bytes = entries.get(entry).size;
        let at = tops.partition_point(|(top, _)| *top <= fate.node);
        let Some(&(top, line)) = at.checked_sub(1).map(|at| &tops[at]) else { continue };
        let is_below = tree.subtree(top).contains(&fate.node.0);
        let is_kept = line == MODULES.1 && !installs || tree.name(top).ends_with(b".example");
        if is_below && !is_kept && bytes > 0 && entries.kind(entry) == EntryKind::File {
            junk.push((Held { file: EntryRef { layer, entry }, node: fate.node, bytes }, top, line));
        }
    }
    let brought: u64 = junk.iter().map(|(held, _, _)| held.bytes).sum();
    // What is not brought is not shipped again by a `chown` either.
    let again = |(held, top, line): &(Held, NodeId, &'static str)| {
        let (top, line) = (*top, *line);
        subject.again(held.file).into_iter().map(move |held| (held, top, line)).collect::<Vec<_>>()
    };
    let again: Vec<(Held, NodeId, &'static str)> = junk.iter().flat_map(again).collect();
    let is_again = !again.is_empty();
    junk.extend(again);
    let held: Vec<Held> = junk.iter().map(|(held, _, _)| *held).collect();
    if !subject.is_worth(total(&held)) {
        return None;
    }
    let mut lines: Vec<(&str, u64)> = Vec::new();
    for (held, _, line) in &junk {
        match lines.iter_mut().find(|(other, _)| other == line) {
            Some((_, bytes)) => *bytes += held.bytes,
            None => lines.push((line, held.bytes)),
        }
    }
    lines.sort_by_key(|(line, bytes)| (std::cmp::Reverse(*bytes), *line));
    let folders = by_place(junk.iter().map(|(held, top, _)| (*top, held.bytes)));
    let mut finding = subject.finding(Rule::ContextJunk, &held);
    finding.title = format!(
        "Step {step} ({}) brought {}; {} of it came from the build context by accident{}",
        display(subject.written(step).lines().next().unwrap_or_default().as_bytes()),
        size(subject.ledger.account(layer).payload),
        size(brought),
        if is_again {
            format!(", and later steps ship {} of it again", size(total(&held) - brought))
        } else {
            String::new()
        },
    );
    let part = |(node, bytes): &(NodeId, u64)| Evidence {
        bytes: *bytes,
        text: format!("{}: {}", size(*bytes), subject.shown(*node)),
        at: Some((*node, layer)),
    };
    finding.evidence = folders.iter().take(8).map(part).collect();
    let ignored = subject.story.ignore.as_ref();
    let is_missing =
        |line: &&str| ignored.is_none_or(|ignored| !ignored.patterns.iter().any(|(text, _)| text == line));
    let missing: Vec<&str> = lines.iter().map(|(line, _)| *line).filter(is_missing).collect();
    finding.fix = (!missing.is_empty()).then(|| Fix::new(FixKind::Ignore, missing.join("\n") + "\n"));
    let excludes: Vec<String> = missing.iter().map(|line| format!("--exclude={line}")).collect();
    finding.alternative = match subject.kind(step) {
        Kind::Copy if !excludes.is_empty() => {
            let copy = subject.written(step).replacen("COPY ", &format!("COPY {} ", excludes.join(" ")), 1);
            Some(Fix::new(FixKind::Copy, format!("# syntax=docker/dockerfile:1.19\n{copy}\n")))
        }
        _ => None,
    };
    Some(finding)
}

/// Whether a COPY names what a line of `.dockerignore` would keep from it: that is no accident, and the build would fail.
fn is_named(subject: &Subject<'_>, line: &str) -> bool {
    let name = line.rsplit('/').next().unwrap_or_default();
    let copies = (1..=subject.story.steps.len())
        .filter(|step| matches!(subject.kind(*step), Kind::Copy | Kind::Add))
        .filter(|step| !is_from_elsewhere(subject, *step));
    copies.into_iter().any(|step| {
        let text = subject.written(step);
        let words: Vec<&str> = text.split_whitespace().filter(|word| !word.starts_with("--")).collect();
        let sources = words.get(1..words.len().saturating_sub(1)).unwrap_or_default();
        sources.iter().flat_map(|source| source.split('/')).any(|part| patterns::fits(name, part.as_bytes()))
    })
}

/// Whether a COPY takes its files from a stage, as far as the Dockerfile beside it tells.
fn is_from_elsewhere(subject: &Subject<'_>, step: usize) -> bool {
    let aligned = subject.story.dockerfile.as_ref().and_then(|dockerfile| dockerfile.step(step));
    let flags = aligned.is_some_and(|aligned| aligned.flags.iter().any(|flag| flag.starts_with("--from=")));
    flags || subject.text(step).contains(" --from=")
}

fn is_elsewhere(path: &[u8]) -> bool {
    ELSEWHERE.iter().any(|start| path.starts_with(start.as_bytes()))
}

fn installs_later(subject: &Subject<'_>, step: usize) -> bool {
    let commands = (step + 1..=subject.story.steps.len()).filter_map(|step| subject.story.command(step));
    commands.into_iter().any(|command| INSTALLS.iter().any(|verb| command.text.contains(verb)))
}
