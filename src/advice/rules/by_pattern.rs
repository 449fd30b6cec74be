//! Rules that are a table of paths: live files of the image's own layers that a pattern fits, one finding a step.

use crate::advice::held::{Held, total};
use crate::advice::{Evidence, Finding, Fix, FixKind, Rule, Severity, Subject, patterns};
use crate::text::size;
use crate::tree::NodeId;

/// So many folders or packages are listed.
const SHOWN: usize = 10;

/// A rule of this kind.
pub(super) struct Table {
    pub rule: Rule,
    /// What the files are: `documentation and locales`.
    pub what: &'static str,
    pub patterns: &'static [&'static str],
    /// The most that it can matter.
    pub severity: Severity,
    pub fix: Option<(FixKind, &'static str)>,
}

impl Table {
    /// The findings, without the files that are `kept`.
    pub fn find(&self, subject: &Subject<'_>, kept: impl Fn(NodeId) -> bool) -> Vec<Finding> {
        let paths = patterns::find(&subject.image.tree, self.patterns.iter().copied());
        self.findings(subject, &paths, subject.own(&paths, |node| !kept(node)))
    }

    /// The findings about files below some paths.
    pub fn findings(&self, subject: &Subject<'_>, paths: &[NodeId], held: Vec<Held>) -> Vec<Finding> {
        let worth = subject.by_maker(held).into_iter().filter(|(_, held)| subject.is_worth(total(held)));
        worth.map(|(_, held)| self.finding(subject, paths, &held)).collect()
    }

    fn finding(&self, subject: &Subject<'_>, paths: &[NodeId], held: &[Held]) -> Finding {
        let mut finding = subject.finding(self.rule, held);
        finding.severity = finding.severity.min(self.severity);
        let steps = subject.from_steps(held);
        let bytes = size(total(held));
        finding.title = format!("{bytes} of {} from {steps}", self.what);
        finding.evidence = parts(subject, paths, held);
        finding.fix = self.fix.map(|(kind, text)| Fix::new(kind, text));
        finding
    }
}

/// The files by package where one is known, else by the path that the pattern fitted; most bytes first.
fn parts(subject: &Subject<'_>, paths: &[NodeId], held: &[Held]) -> Vec<Evidence> {
    let packages = subject.scan.map(|scan| &scan.packages);
    let mut parts: Vec<(String, Evidence)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for held in held {
        let top = paths[paths.partition_point(|path| *path <= held.node).saturating_sub(1)];
        let package = packages.and_then(|packages| packages.owner(held.node));
        let key = package.map_or_else(|| subject.shown(top), |package| format!("package {package}"));
        let at = *places.entry(key.clone()).or_insert_with(|| {
            let at = Some((held.node, held.file.layer));
            parts.push((key.clone(), Evidence { bytes: 0, text: key, at }));
            parts.len() - 1
        });
        parts[at].1.bytes += held.bytes;
    }
    let mut parts: Vec<Evidence> = parts.into_iter().map(|(_, part)| part).collect();
    parts.sort_by(|one, other| (other.bytes, &one.text).cmp(&(one.bytes, &other.text)));
    parts.truncate(SHOWN);
    for part in &mut parts {
        part.text = format!("{}: {}", size(part.bytes), part.text);
    }
    parts
}
