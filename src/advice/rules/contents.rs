//! Rules about single files: `large-files`, and what only reading shows, `sparse-expanded` and `unstripped-binaries`.

use crate::advice::held::{Held, total};
use crate::advice::scan::{Binary, BinaryKind};
use crate::advice::{Bytes, Confidence, Evidence, Finding, Fix, FixKind, Paths, Rule, Severity, Subject};
use crate::text::{one_or_more, shell_word, size};

/// So many of the largest files are listed.
const LARGEST: usize = 10;
/// From this size on a file is large.
const LARGE: u64 = 10_000_000;
/// A file of which so many hundredths are zeros is a hole.
const HOLLOW: u64 = 99;
/// Symbols smaller than this are not worth a word.
const SYMBOLS: u64 = 64 << 10;

/// Kinds of large files, by the end of their names.
const KINDS: &[(&str, &str)] = &[
    (".safetensors", "model weights"),
    (".gguf", "model weights"),
    (".onnx", "model weights"),
    (".tar", "an archive"),
    (".tar.gz", "an archive"),
    (".tgz", "an archive"),
    (".tar.xz", "an archive"),
    (".zip", "an archive"),
    (".jar", "an archive"),
    (".deb", "a package"),
    (".mp4", "media"),
    (".debug", "debugging symbols"),
    (".pdb", "debugging symbols"),
];

/// The largest files of the image's own layers. Nothing says that they are not needed: no bytes are claimed.
pub(super) fn large_files(subject: &Subject<'_>) -> Vec<Finding> {
    let least = subject.limits.min_bytes.unwrap_or(LARGE);
    let mut large = Vec::new();
    subject.each_own_file(least.max(1), |held, _| large.push(held));
    large.sort_by_key(|held| (std::cmp::Reverse(held.bytes), held.node));
    large.truncate(LARGEST);
    let Some(first) = large.first() else { return Vec::new() };
    let mut finding = subject.finding(Rule::LargeFiles, &large);
    finding.title = format!("The largest file is {}, {}", subject.shown(first.node), size(first.bytes));
    finding.severity = Severity::Info;
    finding.bytes = Bytes::default();
    finding.claims = Vec::new();
    finding.evidence = large
        .iter()
        .map(|held| {
            let name = subject.image.tree.name(held.node);
            let kind = KINDS.iter().find(|(end, _)| name.ends_with(end.as_bytes()));
            let kind = kind.map_or_else(String::new, |(_, kind)| format!(", {kind}"));
            let (bytes, steps) = (size(held.bytes), subject.from_steps(&[*held]));
            let text = format!("{bytes}: {}, from {steps}{kind}", subject.shown(held.node));
            Evidence { bytes: held.bytes, text, at: Some((held.node, held.file.layer)) }
        })
        .collect();
    vec![finding]
}

/// Files that are nothing but zeros, which compress well and take the whole space on every disk.
pub(super) fn sparse_expanded(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(scan) = subject.scan else { return Vec::new() };
    let hollow = scan.zeros.iter().filter(|(file, zeros)| {
        u128::from(*zeros) * 100 >= u128::from(subject.bytes(*file)) * u128::from(HOLLOW)
    });
    let held: Vec<Held> = hollow
        .map(|(file, _)| Held {
            file: *file,
            node: subject.ledger.fate(*file).node,
            bytes: subject.bytes(*file),
        })
        .collect();
    let findings = subject.by_maker(held).into_iter().map(|(_, held)| {
        let mut finding = subject.finding(Rule::SparseExpanded, &held);
        finding.confidence = Confidence::Exact;
        let largest = held
            .iter()
            .max_by_key(|held| held.bytes)
            .map_or_else(String::new, |held| subject.shown(held.node));
        finding.title =
            format!("{} of zeros from {}: {largest}", size(total(&held)), subject.from_steps(&held));
        let is_login = largest.ends_with("/lastlog") || largest.ends_with("/faillog");
        finding.fix = Some(if is_login {
            Fix::new(FixKind::Command, "RUN useradd --no-log-init -u 10001 app\n")
        } else {
            Fix::new(
                FixKind::Command,
                format!(
                    "rm {}  # in the same RUN, or make it when the container starts\n",
                    shell_word(&largest)
                ),
            )
        });
        finding
    });
    findings.collect()
}

/// Programs with the symbols that only a debugger reads.
pub(super) fn unstripped(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(scan) = subject.scan else { return Vec::new() };
    let tree = &subject.image.tree;
    let is_meant = |binary: &Binary| {
        let node = subject.ledger.fate(binary.file).node;
        tree.path(node).starts_with(b"usr/lib/debug/") || tree.name(node).ends_with(b".debug")
    };
    let binaries = scan.binaries.iter().filter(|binary| {
        binary.kind == BinaryKind::Program
            && binary.strippable >= SYMBOLS.min(subject.limits.min_bytes.unwrap_or(SYMBOLS)).max(1)
            && binary.strippable <= subject.bytes(binary.file)
            && !is_meant(binary)
    });
    let held = binaries.map(|binary| Held {
        file: binary.file,
        node: subject.ledger.fate(binary.file).node,
        bytes: binary.strippable,
    });
    let worth =
        subject.by_maker(held.collect()).into_iter().filter(|(_, held)| subject.is_worth(total(held)));
    let findings = worth.map(|(_, held)| {
        let mut finding = subject.finding(Rule::UnstrippedBinaries, &held);
        // A part of each file: none of them is claimed.
        finding.claims = Vec::new();
        finding.paths = Paths::of(held.iter().map(|held| (held.node, held.bytes)));
        finding.severity = finding.severity.min(Severity::Medium);
        finding.title = format!(
            "{} of symbols in {} from {}",
            size(total(&held)),
            one_or_more(held.len(), "program or library", "programs and libraries"),
            subject.from_steps(&held)
        );
        finding.fix = Some(Fix::new(
            FixKind::Stage,
            "# Where it is built: strip --strip-unneeded, -ldflags=\"-s -w\" (Go), strip = true (Cargo)\n",
        ));
        finding
    });
    findings.collect()
}
