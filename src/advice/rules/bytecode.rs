//! `bytecode`: Python compiled beside its source.

use super::by_pattern::Table;
use crate::advice::{Finding, FixKind, Rule, Severity, Subject, patterns};
use crate::build::Kind;
use crate::tree::NodeId;

const TABLE: Table = Table {
    rule: Rule::Bytecode,
    what: "compiled Python beside its source",
    patterns: &["**/*.pyc"],
    severity: Severity::Low,
    fix: Some((FixKind::Command, "ENV PYTHONDONTWRITEBYTECODE=1\n# and pip install --no-compile\n")),
};

pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let mut paths = patterns::find(&subject.image.tree, TABLE.patterns.iter().copied());
    paths.retain(|path| has_source(subject, *path));
    let held = subject.own(&paths, |_| true);
    // By folder: there are thousands of them.
    let mut folders: Vec<NodeId> = paths.iter().map(|path| subject.image.tree.parent(*path)).collect();
    folders.sort_unstable();
    folders.dedup();
    let mut findings = TABLE.findings(subject, &folders, held);
    for finding in &mut findings {
        let Some(step) = finding.steps.first().copied().filter(|step| subject.kind(*step) == Kind::Run)
        else {
            continue;
        };
        // The variable is for what runs: pip compiles whatever it says.
        if let Some(fix) = subject.with_words(step, "pip install", "pip install --no-compile") {
            finding.fix = Some(fix);
        }
        // Debian's packages compile when they are installed, whatever the variables say.
        let paths = &finding.paths.sample;
        let is_packaged =
            paths.iter().any(|path| subject.image.tree.path(*path).starts_with(b"usr/lib/python3"));
        if is_packaged {
            finding.fix = Some(subject.with_cleanup(step, "find /usr/lib -name '*.pyc' -delete"));
        }
    }
    findings
}

/// `a/__pycache__/b.cpython-312.pyc` of `a/b.py`, or `a/b.pyc` of it.
fn has_source(subject: &Subject<'_>, path: NodeId) -> bool {
    let tree = &subject.image.tree;
    let dir = tree.parent(path);
    let (dir, stem) = match tree.name(dir) {
        b"__pycache__" => (tree.parent(dir), tree.name(path).split(|byte| *byte == b'.').next()),
        _ => (dir, tree.name(path).strip_suffix(b".pyc")),
    };
    let source = stem.and_then(|stem| tree.child(dir, &[stem, b".py"].concat()));
    source.is_some_and(|source| tree.standing(source, subject.last()).is_some())
}
