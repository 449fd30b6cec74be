//! `recopied-identical`: the same file, shipped again unchanged by a later COPY.

use super::lots::{self, Lot};
use crate::advice::{Confidence, Finding, Severity, Subject};
use crate::prose::lots as prose;
use crate::text;

/// Less than this is hidden.
const LEAST: u64 = 1_000_000;

pub fn find(subject: &Subject<'_>, lot: &Lot) -> Option<Finding> {
    if !lot.is_worth(subject, LEAST) {
        return None;
    }
    let mut finding = lot.finding(subject);
    let (birth, killer) = (lot.birth(subject), lot.killer(subject));
    finding.title = prose::recopied_title(killer, birth, &text::size(lot.bytes), lot.owner);
    prose::RECOPIED_WHY.clone_into(&mut finding.why);
    if lots::is_copy(subject, lot.born)
        && lot.dead.iter().all(|dead| is_manifest(subject.image.tree.name(dead.1)))
    {
        finding.severity = Severity::Info;
        finding.confidence = Confidence::Heuristic;
        prose::MANIFEST_FIRST.clone_into(&mut finding.why);
    }
    Some(finding)
}

/// Files that are copied first, so that an installation keeps its cache when only sources change.
fn is_manifest(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 25] = [
        b"package.json",
        b"package-lock.json",
        b"npm-shrinkwrap.json",
        b"yarn.lock",
        b"pnpm-lock.yaml",
        b"requirements.txt",
        b"constraints.txt",
        b"pyproject.toml",
        b"poetry.lock",
        b"uv.lock",
        b"Pipfile",
        b"Pipfile.lock",
        b"setup.py",
        b"setup.cfg",
        b"go.mod",
        b"go.sum",
        b"Cargo.toml",
        b"Cargo.lock",
        b"Gemfile",
        b"Gemfile.lock",
        b"composer.json",
        b"composer.lock",
        b"pom.xml",
        b"build.gradle",
        b"mix.exs",
    ];
    NAMES.contains(&name)
}
