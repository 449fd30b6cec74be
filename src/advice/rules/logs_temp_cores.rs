//! `logs-temp-cores`: what installing and trying out leave behind.

use super::by_pattern::Table;
use super::plan;
use crate::advice::scan::BinaryKind;
use crate::advice::{Finding, Fix, FixKind, Rule, Severity, Subject, patterns};
use crate::build::Kind;
use crate::layer::LayerIndex;
use crate::text::shell_word;
use crate::tree::NodeId;

/// What work by hand and installations leave.
pub(super) const LEFTOVERS: &[&str] = &[
    "var/log",
    "tmp/*",
    "var/tmp/*",
    "root/.bash_history",
    "root/.ash_history",
    "root/.python_history",
    "root/.viminfo",
    "root/.lesshst",
    "root/.wget-hsts",
    "home/*/.bash_history",
    "home/*/.viminfo",
    "home/*/.wget-hsts",
    "**/*.hprof",
    "**/hs_err_pid*",
    "**/npm-debug.log*",
];

const TABLE: Table = Table {
    rule: Rule::LogsTempCores,
    what: "logs, temporary files and core dumps",
    patterns: LEFTOVERS,
    severity: Severity::High,
    fix: None,
};

pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let tree = &subject.image.tree;
    let mut paths = patterns::find(tree, TABLE.patterns.iter().copied());
    let cores = subject.scan.into_iter().flat_map(|scan| &scan.binaries);
    let cores = cores.filter(|binary| binary.kind == BinaryKind::Core);
    paths.extend(cores.map(|binary| subject.ledger.fate(binary.file).node));
    paths = patterns::outermost(tree, paths);
    // Some images keep their program there.
    let config = &subject.image.info.config.config;
    let words = config.entrypoint.iter().flatten().chain(config.cmd.iter().flatten());
    let words: Vec<&String> = words.chain([&config.working_dir]).collect();
    paths.retain(|path| {
        let shown = subject.shown(*path);
        !words.iter().any(|word| **word == shown || word.starts_with(&format!("{shown}/")))
    });
    // Databases of logins are mostly holes: another rule's business.
    let kept = |node| matches!(tree.name(node), b"lastlog" | b"faillog");
    let held = subject.own(&paths, |node| !kept(node));
    let mut findings = TABLE.findings(subject, &paths, held.clone());
    for finding in &mut findings {
        let Some(step) = finding.steps.first().copied().filter(|step| subject.kind(*step) == Kind::Run)
        else {
            continue;
        };
        let Some(&layer) = finding.layers.first() else { continue };
        let of_step: Vec<NodeId> =
            held.iter().filter(|held| subject.maker(held.file) == layer).map(|held| held.node).collect();
        let top = |node: &NodeId| paths[paths.partition_point(|path| path <= node).saturating_sub(1)];
        let mut tops: Vec<NodeId> = of_step.iter().map(top).collect();
        tops.dedup();
        let cleanup = cleanup(subject, &tops, &of_step);
        finding.fix = match plan::last_user(subject, &of_step, step) {
            None => Some(fix(subject, layer, step, &tops, &paths, &cleanup)),
            // Where they are a row, all can go when the last one has been served.
            Some(last) => {
                let merged = subject.story.merged_and(step..=last, Some(&cleanup)).ok();
                merged.map(|merged| Fix::new(FixKind::MoveCleanup, format!("{merged}\n")))
            }
        };
    }
    findings
}

/// Temporary files are best never on the disk; what is written elsewhere goes at the end of the step.
fn fix(
    subject: &Subject<'_>,
    layer: LayerIndex,
    step: usize,
    tops: &[NodeId],
    paths: &[NodeId],
    cleanup: &str,
) -> Fix {
    let tree = &subject.image.tree;
    let homes: Vec<NodeId> =
        ["tmp", "var/tmp"].iter().filter_map(|home| tree.find(home.as_bytes())).collect();
    let is_in = |home: NodeId| move |top: &NodeId| tree.parent(*top) == home;
    // An empty folder over it hides nothing that was there, and loses nothing that is to stay.
    let is_scratch = |home: NodeId| {
        tree.children(home).all(|node| {
            let is_there = |at: LayerIndex| tree.standing(node, at).is_some();
            !is_there(layer.below()) && (!is_there(layer) || paths.binary_search(&node).is_ok())
        })
    };
    let used: Vec<NodeId> = homes.into_iter().filter(|home| tops.iter().any(is_in(*home))).collect();
    if tops.iter().all(|top| used.contains(&tree.parent(*top))) && used.iter().all(|home| is_scratch(*home)) {
        let mounts: Vec<String> =
            used.iter().map(|home| format!("type=tmpfs,target={}", subject.shown(*home))).collect();
        if let Some(fix) = subject.with_mounts(step, &mounts, "") {
            return fix;
        }
    }
    subject.with_cleanup(step, cleanup)
}

/// Takes away what a step left. Of the logs only its own files: programs want the folders, and others have theirs there.
fn cleanup(subject: &Subject<'_>, tops: &[NodeId], files: &[NodeId]) -> String {
    let tree = &subject.image.tree;
    let (logs, others): (Vec<NodeId>, Vec<NodeId>) =
        tops.iter().partition(|top| subject.shown(**top) == "/var/log");
    let is_log = |file: &&NodeId| logs.iter().any(|top| tree.subtree(*top).contains(&file.0));
    let names = |nodes: Vec<NodeId>| {
        let mut names: Vec<String> =
            nodes.iter().take(MOST).map(|node| shell_word(&subject.shown(*node))).collect();
        if nodes.len() > MOST {
            names.push("...".to_owned());
        }
        names.join(" ")
    };
    let logs: Vec<NodeId> = files.iter().filter(is_log).copied().collect();
    let logs = (!logs.is_empty()).then(|| format!("rm -f {}", names(logs)));
    let others = (!others.is_empty()).then(|| format!("rm -rf {}", names(others)));
    logs.into_iter().chain(others).collect::<Vec<_>>().join(" && ")
}

/// A clean-up names so many paths.
const MOST: usize = 12;
