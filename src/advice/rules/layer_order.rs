//! `layer-order`: all sources copied before an installation that needs only a few of them.

use crate::advice::patterns::fits;
use crate::advice::{Finding, Fix, FixKind, Rule, Severity, Subject, fix};
use crate::build::Kind;
use crate::layer::{EntryKind, LayerIndex};
use crate::text::size;

/// An installation that ships less is soon done again.
const EXPENSIVE: u64 = 5_000_000;

/// How installations are told, what they need, and how they are written.
const INSTALLS: &[(&str, &str)] = &[
    ("npm ci", "package*.json"),
    ("npm install", "package*.json"),
    ("yarn install", "package.json yarn.lock"),
    ("pnpm install", "package.json pnpm-lock.yaml"),
    ("pip install -r", "requirements*.txt"),
    ("pip install --no-cache-dir -r", "requirements*.txt"),
    ("uv sync", "pyproject.toml uv.lock"),
    ("poetry install", "pyproject.toml poetry.lock"),
    ("bundle install", "Gemfile Gemfile.lock"),
    ("composer install", "composer.json composer.lock"),
    ("go mod download", "go.mod go.sum"),
    ("mvn dependency:", "pom.xml"),
    ("cargo fetch", "Cargo.toml Cargo.lock"),
    ("dotnet restore", "*.csproj"),
    ("apt-get install", ""),
    ("apk add", ""),
    ("dnf install", ""),
];

/// What an installation needs.
const MANIFESTS: [&str; 20] = [
    "package*.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    ".npmrc",
    ".yarnrc*",
    "requirements*.txt",
    "pyproject.toml",
    "poetry.lock",
    "uv.lock",
    "Pipfile*",
    "Gemfile*",
    "composer.*",
    "go.mod",
    "go.sum",
    "pom.xml",
    "*.gradle*",
    "Cargo.*",
    "*.csproj",
    "*.sln",
];

pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    if !subject.is_from_dockerfile() {
        return Vec::new();
    }
    let layers: Vec<LayerIndex> = subject.own_layers().collect();
    let mut sources = None;
    let mut findings = Vec::new();
    for layer in &layers {
        let step = subject.step(*layer);
        match subject.kind(step) {
            Kind::Copy | Kind::Add => match is_manifest_only(subject, *layer) {
                Some(true) => return Vec::new(),
                Some(false) => sources = sources.or(Some(step)),
                None => {}
            },
            Kind::Run => {
                let Some(copied) = sources else { continue };
                let Some(command) = subject.story.command(step) else { continue };
                let install = INSTALLS.iter().find(|(verb, _)| command.text.contains(verb));
                let payload = subject.ledger.account(*layer).payload;
                let is_expensive = payload >= subject.limits.min_bytes.unwrap_or(EXPENSIVE);
                if let (Some((verb, needs)), true) = (install, is_expensive) {
                    findings.push(finding(subject, copied, *layer, verb, needs));
                    break;
                }
            }
            _ => {}
        }
    }
    findings
}

fn finding(subject: &Subject<'_>, copied: usize, layer: LayerIndex, verb: &str, needs: &str) -> Finding {
    let step = subject.step(layer);
    let again: u64 = (layer.0..=subject.ledger.layer_count())
        .map(|layer| subject.ledger.account(LayerIndex(layer)).payload)
        .sum();
    let mut finding = subject.about_steps(Rule::LayerOrder, vec![copied, step]);
    finding.severity = Severity::Low;
    finding.title =
        format!("Step {copied} copies sources before step {step} installs what hardly ever changes");
    finding.costs = format!("Every change of a source makes and pushes {} again.", size(again));
    let copy = subject.written(copied);
    let Some((install, rest)) = parts(subject, step, verb) else { return finding };
    let lists = if needs.is_empty() { String::new() } else { format!("COPY {needs} ./\n") };
    let rest = if rest.is_empty() { rest } else { format!("{rest}\n") };
    finding.fix = Some(Fix::new(FixKind::Command, format!("{lists}{install}\n{copy}\n{rest}")));
    finding
}

/// The RUN of a step up to its installation, and the rest of it, which may need the sources. `None`: it cannot be taken
/// apart, or the installation itself needs more of them than its lists.
fn parts(subject: &Subject<'_>, step: usize, verb: &str) -> Option<(String, String)> {
    let list = fix::chain(subject, step)?;
    let at = list.iter().rposition(|piece| piece.text.contains(verb))?;
    let is_local = |word: &str| {
        word.starts_with(['.', '<', '$'])
            || (word.contains('/') && fits("*.txt", word.as_bytes()))
            || ["--prefix", "--cwd", "--dir", "-C"].iter().any(|flag| word.starts_with(flag))
    };
    let moves = list[..at].iter().any(|piece| ["cd", "pushd"].contains(&fix::program(piece.text)));
    if moves || list[at].text.split_ascii_whitespace().any(is_local) {
        return None;
    }
    let is_cleanup = |text: &str| ["rm", "find"].contains(&fix::program(text)) || text.contains("clean");
    let cleanups = list[at + 1..].iter().take_while(|piece| is_cleanup(piece.text)).count();
    let commands: Vec<String> = list.iter().map(|piece| piece.text.to_owned()).collect();
    let (install, rest) = commands.split_at(at + 1 + cleanups);
    let rest = if rest.is_empty() { String::new() } else { fix::run(subject, step, rest)? };
    Some((fix::run(subject, step, install)?, rest))
}

/// Whether a layer brings nothing but what an installation needs; `None` where it brings no file.
fn is_manifest_only(subject: &Subject<'_>, layer: LayerIndex) -> Option<bool> {
    let tree = &subject.image.tree;
    let entries = tree.entries(layer);
    let mut files =
        (0..).zip(subject.ledger.fates(layer)).filter(|(entry, _)| entries.kind(*entry) == EntryKind::File);
    let is_manifest = |node| MANIFESTS.iter().any(|pattern| fits(pattern, tree.name(node)));
    let (_, first) = files.next()?;
    Some(is_manifest(first.node) && files.all(|(_, fate)| is_manifest(fate.node)))
}
