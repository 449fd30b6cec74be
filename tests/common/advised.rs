//! Advice that no rule gives, so that screens stay the same while rules are bettered.
#![allow(clippy::allow_attributes, dead_code, reason = "each test binary uses its own part")]
#![allow(clippy::unwrap_used, missing_docs, clippy::missing_panics_doc, reason = "test support")]

use capas::advice::{
    Advice, Bytes, Confidence, Evidence, Finding, Fix, FixKind, Paths, Row, Rule, Severity, Verdict,
};
use capas::build::Owner;
use capas::image::Image;
use capas::layer::LayerIndex;
use capas::ledger::{Group, Price};
use capas::tui::insight::Insight;

fn finding(rule: Rule, bytes: u64, layers: &[u16], title: &str) -> Finding {
    Finding {
        rule,
        severity: Severity::Medium,
        confidence: Confidence::Exact,
        owner: Owner::Own,
        steps: layers.iter().map(|&layer| usize::from(layer) + 1).collect(),
        layers: layers.iter().map(|&layer| LayerIndex(layer)).collect(),
        bytes: Bytes::exact(bytes),
        unique: bytes,
        claims: Vec::new(),
        paths: Paths::default(),
        title: title.to_owned(),
        why: "Because a layer can only add.".to_owned(),
        evidence: Vec::new(),
        fix: None,
        alternative: None,
        costs: String::new(),
        fingerprint: format!("{:016x}", title.len()),
    }
}

/// Three findings and a row of RUNs that does not pay.
pub fn advised(image: &Image, insight: &mut Insight) {
    let lists = image.tree.find(b"var/lib/apt/lists/main_Packages").unwrap();
    let logo = image.tree.find(b"srv/logo.png").unwrap();
    let part = |bytes, text: &str, at| Evidence { bytes, text: text.to_owned(), at };
    let group = Group {
        from: LayerIndex(4),
        to: LayerIndex(6),
        price: Price { saved: 1_300_000, ..Price::default() },
    };
    let mut merge = finding(Rule::UngroupedRun, 1_300_000, &[4, 5, 6], "Three steps ship too much.");
    merge.evidence = vec![
        part(900_000, "900.0 kB of step 3 that step 8 deletes", Some((lists, LayerIndex(6)))),
        part(24_000, "24.0 kB that step 7 ships again", Some((logo, LayerIndex(5)))),
    ];
    merge.fix = Some(Fix {
        kind: FixKind::Merge,
        text: "RUN one \\\n && two".to_owned(),
        diff: Some("@@ -1,2 +1 @@\n-RUN one\n-RUN two\n+RUN one && two\n".to_owned()),
    });
    merge.alternative =
        Some(Fix { kind: FixKind::Mount, text: "RUN --mount=type=cache".to_owned(), diff: None });
    merge.costs = String::from("One cache entry for all.");
    merge.unique = 1_000_000;
    let mut secret = finding(Rule::SecretInLayer, 0, &[3], "A key lies in a layer.");
    (secret.severity, secret.confidence) = (Severity::Critical, Confidence::Heuristic);
    secret.paths = Paths { count: 12, sample: vec![logo] };
    let mut docs = finding(Rule::DocsLocale, 5_000, &[], "Manuals \u{1b}[31m.");
    (docs.confidence, docs.steps) = (Confidence::Heuristic, vec![1]);
    insight.advice = Advice {
        findings: vec![merge, secret, docs],
        rows: vec![
            Row {
                steps: vec![6, 7, 8],
                layers: (4..=6).map(LayerIndex).collect(),
                bytes: Bytes::exact(1_300_000),
                groups: vec![group],
                verdict: Verdict::Merge,
                sentence: String::new(),
            },
            Row {
                steps: vec![3, 4],
                layers: vec![LayerIndex(2), LayerIndex(3)],
                bytes: Bytes::exact(702),
                groups: Vec::new(),
                verdict: Verdict::Leave,
                sentence: "2 RUN in a row: merging saves 702 B, leave them".to_owned(),
            },
        ],
        avoidable: 1_300_000,
        avoidable_with_guesses: 1_305_000,
        threshold: 65_536,
    };
}
