//! `logs-temp-cores`: what installing and trying out leave behind.

use super::by_pattern::Table;
use crate::advice::rerun::quoted;
use crate::advice::scan::BinaryKind;
use crate::advice::{Finding, Fix, Rule, Severity, Subject, patterns};
use crate::build::Kind;
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
    paths.sort_unstable();
    let mut end = 0;
    paths.retain(|path| {
        let is_top = path.0 >= end;
        end = end.max(tree.subtree(*path).end);
        is_top
    });
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
        let of_step = held.iter().filter(|held| subject.step(subject.maker(held.file)) == step);
        let mut tops: Vec<NodeId> = of_step
            .map(|held| paths[paths.partition_point(|path| *path <= held.node).saturating_sub(1)])
            .collect();
        tops.dedup();
        finding.fix = Some(fix(subject, step, &tops));
    }
    findings
}

/// Temporary files are best never on the disk; what is written elsewhere goes at the end of the step.
fn fix(subject: &Subject<'_>, step: usize, tops: &[NodeId]) -> Fix {
    let shown: Vec<String> = tops.iter().map(|top| subject.shown(*top)).collect();
    let homes = ["/tmp", "/var/tmp"].map(|home| (home, format!("{home}/")));
    let is_temporary = |path: &String| homes.iter().any(|(_, start)| path.starts_with(start));
    if shown.iter().all(is_temporary) {
        let used = homes.iter().filter(|(_, start)| shown.iter().any(|path| path.starts_with(start)));
        let mounts: Vec<String> = used.map(|(home, _)| format!("type=tmpfs,target={home}")).collect();
        if let Some(fix) = subject.with_mounts(step, &mounts, "") {
            return fix;
        }
    }
    let (logs, others): (Vec<String>, Vec<String>) = shown.into_iter().partition(|path| path == "/var/log");
    // Folders of logs stay: programs want them.
    let logs = logs.iter().map(|_| "find /var/log -type f -delete".to_owned());
    let mut names: Vec<String> = others.iter().take(MOST).map(|path| quoted(path)).collect();
    if others.len() > MOST {
        names.push("...".to_owned());
    }
    let rest = (!names.is_empty()).then(|| format!("rm -rf {}", names.join(" ")));
    subject.with_cleanup(step, &logs.chain(rest).collect::<Vec<_>>().join(" && "))
}

/// A clean-up names so many paths.
const MOST: usize = 12;
