//! `logs-temp-cores`: what installing and trying out leave behind.

use super::by_pattern::Table;
use crate::advice::scan::BinaryKind;
use crate::advice::{Finding, FixKind, Rule, Severity, Subject, patterns};

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
    fix: Some((
        FixKind::Mount,
        "RUN --mount=type=tmpfs,target=/tmp --mount=type=tmpfs,target=/var/log ...\n",
    )),
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
    TABLE.findings(subject, &paths, subject.own(&paths, |node| !kept(node)))
}
