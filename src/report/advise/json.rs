//! Findings and rows in JSON.

use std::io::{self, Write};

use serde::Serialize;

use super::{Report, figures};
use crate::advice::{Evidence, Finding, Fix, Row};
use crate::build::Alignment;
use crate::layer::LayerIndex;
use crate::report::document::{Document, lossless, write_line};
use crate::tree::{NodeId, Tree};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    findings: Vec<FindingRow<'a>>,
    spans: Vec<SpanRow<'a>>,
    avoidable_bytes: u64,
    avoidable_with_guesses_bytes: u64,
}

/// A finding.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingRow<'a> {
    rule: &'static str,
    severity: &'static str,
    confidence: &'static str,
    owner: &'static str,
    steps: &'a [usize],
    layers: Vec<u16>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    places: Vec<PlaceRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_min: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_max: Option<u64>,
    unique_bytes: u64,
    paths: PathsRow,
    title: &'a str,
    why: &'a str,
    evidence: Vec<EvidenceRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alternative: Option<FixRow<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    costs: &'a str,
    fingerprint: &'a str,
}

/// Where a step stands in the Dockerfile.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PlaceRow<'a> {
    step: usize,
    file: &'a str,
    line: usize,
    end_line: usize,
}

#[derive(Debug, Serialize)]
struct PathsRow {
    count: u64,
    sample: Vec<PathRow>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PathRow {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_path: Option<String>,
}

#[derive(Debug, Serialize)]
struct EvidenceRow<'a> {
    bytes: u64,
    text: &'a str,
    #[serde(flatten)]
    path: Option<PathRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    layer: Option<u16>,
}

#[derive(Debug, Serialize)]
struct FixRow<'a> {
    kind: &'static str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    diff: Option<&'a str>,
}

/// A row of RUN steps.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SpanRow<'a> {
    steps: &'a [usize],
    layers: Vec<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_min: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_max: Option<u64>,
    verdict: &'static str,
    groups: Vec<GroupRow>,
    sentence: &'a str,
}

/// Layers of a row that are worth being one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupRow {
    layers: Vec<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_min: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes_max: Option<u64>,
}

impl<'a> FindingRow<'a> {
    fn new(report: &Report<'a>, finding: &'a Finding) -> Self {
        let tree = &report.image.tree;
        let (bytes, bytes_min, bytes_max) = figures(finding.bytes);
        Self {
            rule: finding.rule.id(),
            severity: finding.severity.word(),
            confidence: finding.confidence.word(),
            owner: finding.owner.word(),
            steps: &finding.steps,
            layers: numbers(&finding.layers),
            places: places(report.story.dockerfile.as_ref(), &finding.steps),
            bytes,
            bytes_min,
            bytes_max,
            unique_bytes: finding.unique,
            paths: PathsRow {
                count: finding.paths.count,
                sample: finding.paths.sample.iter().map(|node| path(tree, *node)).collect(),
            },
            title: &finding.title,
            why: &finding.why,
            evidence: finding.evidence.iter().map(|evidence| EvidenceRow::new(tree, evidence)).collect(),
            fix: finding.fix.as_ref().map(FixRow::new),
            alternative: finding.alternative.as_ref().map(FixRow::new),
            costs: &finding.costs,
            fingerprint: &finding.fingerprint,
        }
    }
}

impl<'a> EvidenceRow<'a> {
    fn new(tree: &Tree, evidence: &'a Evidence) -> Self {
        Self {
            bytes: evidence.bytes,
            text: &evidence.text,
            path: evidence.at.map(|(node, _)| path(tree, node)),
            layer: evidence.at.map(|(_, layer)| layer.0),
        }
    }
}

impl<'a> FixRow<'a> {
    fn new(fix: &'a Fix) -> Self {
        Self { kind: fix.kind.word(), text: &fix.text, diff: fix.diff.as_deref() }
    }
}

impl<'a> SpanRow<'a> {
    fn new(row: &'a Row) -> Self {
        let (bytes, bytes_min, bytes_max) = figures(row.bytes);
        let group = |group: &crate::ledger::Group| {
            let price = crate::advice::Bytes { min: group.price.min(), max: group.price.max() };
            let (bytes, bytes_min, bytes_max) = figures(price);
            GroupRow { layers: (group.from.0..=group.to.0).collect(), bytes, bytes_min, bytes_max }
        };
        Self {
            steps: &row.steps,
            layers: numbers(&row.layers),
            bytes,
            bytes_min,
            bytes_max,
            verdict: row.verdict.word(),
            groups: row.groups.iter().map(group).collect(),
            sentence: &row.sentence,
        }
    }
}

fn places<'a>(dockerfile: Option<&'a Alignment>, steps: &[usize]) -> Vec<PlaceRow<'a>> {
    let place = |&step: &usize| {
        let file = dockerfile?;
        let (line, end_line) = file.step(step)?.lines.clone().into_inner();
        Some(PlaceRow { step, file: &file.file, line, end_line })
    };
    steps.iter().filter_map(place).collect()
}

fn numbers(layers: &[LayerIndex]) -> Vec<u16> {
    layers.iter().map(|layer| layer.0).collect()
}

fn path(tree: &Tree, node: NodeId) -> PathRow {
    let (path, raw_path) = lossless(&tree.path(node));
    PathRow { path, raw_path }
}

/// One document.
pub fn json(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let advice = report.advice;
    let answer = Answer {
        findings: advice.findings.iter().map(|finding| FindingRow::new(report, finding)).collect(),
        spans: advice.rows.iter().map(SpanRow::new).collect(),
        avoidable_bytes: advice.avoidable,
        avoidable_with_guesses_bytes: advice.avoidable_with_guesses,
    };
    Document::new(&report.image.info, answer).write(out)
}

/// One finding a line, then one row of RUN steps a line.
pub fn ndjson(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    report.advice.findings.iter().try_for_each(|it| write_line(out, &FindingRow::new(report, it)))?;
    report.advice.rows.iter().try_for_each(|row| write_line(out, &SpanRow::new(row)))
}
