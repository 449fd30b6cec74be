//! Hygiene that steps tell of. Texts are hints with the number of a step, never bytes.

use super::verbs::verbs;
use crate::advice::{Finding, Fix, FixKind, Rule, Severity, Subject};
use crate::build::{Builder, Kind, Trust};
use crate::layer::LayerIndex;
use crate::text::display;
use crate::tree::NodeId;

pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    if !subject.is_from_dockerfile() {
        return Vec::new();
    }
    let first = if subject.story.base.trust() == Trust::Guess { 0 } else { subject.story.base.steps };
    let mut findings = Vec::new();
    for step in first + 1..=subject.story.steps.len() {
        match subject.kind(step) {
            Kind::Add => findings.extend(add_remote(subject, step)),
            Kind::Run => findings.extend(apt(subject, step)),
            Kind::Volume => findings.extend(volume_discards(subject, step)),
            _ => {}
        }
    }
    findings
}

fn finding(subject: &Subject<'_>, rule: Rule, step: usize, severity: Severity, title: String) -> Finding {
    let mut finding = subject.about_steps(rule, vec![step]);
    finding.severity = severity;
    finding.title = title;
    finding
}

/// `ADD https://...`: whatever is there on that day.
fn add_remote(subject: &Subject<'_>, step: usize) -> Option<Finding> {
    let text = subject.text(step);
    let url =
        text.split_whitespace().find(|word| word.starts_with("http://") || word.starts_with("https://"))?;
    if text.contains("--checksum=")
        || url.split('#').next().is_some_and(|url| url.strip_suffix(".git").is_some())
    {
        return None;
    }
    let title = format!("Step {step} adds {} without a checksum", display(url.as_bytes()));
    let mut finding = finding(subject, Rule::AddRemote, step, Severity::Low, title);
    let fixed = text.replacen("ADD ", "ADD --checksum=sha256:... ", 1);
    finding.fix = Some(Fix::new(FixKind::Copy, format!("{fixed}\n")));
    Some(finding)
}

/// `apt-get update` alone, and upgrades of everything.
fn apt(subject: &Subject<'_>, step: usize) -> Vec<Finding> {
    let Some(command) = subject.story.command(step) else { return Vec::new() };
    let verbs = verbs(&command.text, &["apt-get", "apt"]);
    let has = |wanted: &[&str]| verbs.iter().any(|verb| wanted.contains(verb));
    let mut findings = Vec::new();
    if has(&["update"])
        && !has(&["install", "upgrade", "dist-upgrade", "full-upgrade", "build-dep", "download"])
    {
        let title =
            format!("Step {step} only updates the lists of packages: later steps use them when they are old");
        findings.push(finding(subject, Rule::AptGetUpdateAlone, step, Severity::Info, title));
    }
    if has(&["dist-upgrade", "full-upgrade"]) {
        let title = format!("Step {step} upgrades the whole system: another day, another image");
        findings.push(finding(subject, Rule::DistUpgrade, step, Severity::Info, title));
    }
    findings
}

/// With the legacy builder, what later steps write below a VOLUME is lost: it should be there and is not.
fn volume_discards(subject: &Subject<'_>, step: usize) -> Option<Finding> {
    let instruction = subject.story.instruction(step)?;
    if instruction.builder != Builder::Legacy {
        return None;
    }
    let folders = instruction.body.split(|c: char| c.is_whitespace() || "[],\"".contains(c));
    let folders: Vec<&str> = folders.filter(|word| word.starts_with('/') && word.len() > 1).collect();
    let later = (step + 1..=subject.story.steps.len()).filter(|later| {
        let command = subject.story.command(*later).map_or("", |command| &*command.text);
        folders.iter().any(|folder| names(command, folder)) && !is_written(subject, *later, &folders)
    });
    let later: Vec<usize> = later.collect();
    let last = later.last()?;
    let shown: Vec<String> = folders.iter().map(|folder| display(folder.as_bytes())).collect();
    let title =
        format!("Step {step} makes a volume of {}; what step {last} writes there is lost", shown.join(", "));
    let mut finding = finding(subject, Rule::VolumeDiscards, step, Severity::Medium, title);
    finding.steps.extend(&later);
    finding.fix = Some(Fix::new(FixKind::Command, format!("# After step {last}:\n{}\n", subject.text(step))));
    Some(finding)
}

/// Whether a command names a folder, as a word or the start of one.
fn names(command: &str, folder: &str) -> bool {
    command.match_indices(folder).any(|(at, _)| {
        let (before, after) = (&command[..at], &command[at + folder.len()..]);
        let starts = before.chars().last().is_none_or(|c| c.is_whitespace() || "=>\"'".contains(c));
        starts && after.chars().next().is_none_or(|c| c.is_whitespace() || "/;&|\"'".contains(c))
    })
}

/// Whether a step's layer has anything below the folders.
fn is_written(subject: &Subject<'_>, step: usize, folders: &[&str]) -> bool {
    let tree = &subject.image.tree;
    let layer = subject.image.info.steps.get(step - 1).and_then(|step| step.layer);
    let is_in = |node: NodeId, layer: LayerIndex| tree.events(node).iter().any(|event| event.layer == layer);
    let below = |folder: &&str| {
        let node = tree.find(folder.as_bytes())?;
        Some(tree.subtree(node).skip(1).map(NodeId))
    };
    layer.is_some_and(|layer| folders.iter().filter_map(below).flatten().any(|node| is_in(node, layer)))
}
