//! `secret-in-layer`: credentials in files of any layer, in variables, labels, steps and build arguments. Values are
//! shown nowhere: what may be shown is [`scan::mask`].

use crate::advice::rerun::is_plain;
use crate::advice::scan::{self, MAX_SECRETS, named, tokens_in};
use crate::advice::{Bytes, Confidence, Evidence, Finding, Fix, FixKind, Rule, Severity, Subject};
use crate::build::{Kind, Owner, Trust};
use crate::text::{count, display};
use crate::tree::{EntryRef, NodeId};

pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = in_files(subject);
    findings.extend(by_name(subject));
    findings.extend(in_texts(subject));
    findings
}

/// One finding a file: what reading its contents found.
fn in_files(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(scan) = subject.scan else { return Vec::new() };
    let files = scan.secrets.chunk_by(|one, other| one.file == other.file);
    let mut findings: Vec<Finding> = files
        .map(|secrets| {
            let first = &secrets[0];
            let mut finding = in_file(subject, first.file, first.node, first.what.name);
            finding.severity =
                secrets.iter().map(|secret| secret.what.severity).max().unwrap_or(Severity::High);
            finding.evidence = secrets
                .iter()
                .map(|secret| Evidence {
                    bytes: 0,
                    text: format!("{} at byte {}: {}", secret.what.name, count(secret.offset), secret.mark),
                    at: Some((secret.node, secret.file.layer)),
                })
                .collect();
            finding
        })
        .collect();
    if scan.more_secrets > 0
        && let Some(last) = findings.last_mut()
    {
        let more = count(scan.more_secrets);
        let said = format!(" There are {more} more secrets than the {MAX_SECRETS} that are kept.");
        last.why.push_str(&said);
    }
    findings
}

/// Files whose names say it, where their contents did not already.
fn by_name(subject: &Subject<'_>) -> Vec<Finding> {
    let tree = &subject.image.tree;
    let mut findings = Vec::new();
    let mut tell = |file: EntryRef, node: NodeId| {
        let Some(named) = named::find(&tree.path(node)) else { return };
        let mut finding = in_file(subject, file, node, named.what);
        finding.severity = Severity::High;
        findings.push(finding);
    };
    match subject.scan.filter(|scan| scan.has(scan::Look::Secrets)) {
        Some(scan) => {
            let is_told = |file: &EntryRef| scan.secrets.iter().any(|secret| secret.file == *file);
            scan.named.iter().filter(|(file, _)| !is_told(file)).for_each(|(file, node)| tell(*file, *node));
        }
        None => {
            for (file, node) in named::in_tree(subject) {
                tell(file, node);
            }
        }
    }
    findings
}

fn in_file(subject: &Subject<'_>, file: EntryRef, node: NodeId, what: &str) -> Finding {
    let mut finding = subject.about(Rule::SecretInLayer, vec![file.layer]);
    let path = subject.shown(node);
    let step = subject.step(file.layer);
    let death = subject.ledger.fate(file).death;
    finding.title = match death {
        None => format!("A {what} in {path}, from step {step}, is in the image"),
        Some(death) => {
            let killer = subject.step(death.killer);
            let digest = subject
                .image
                .info
                .layers
                .get(file.layer.offset())
                .and_then(|layer| layer.digest.as_ref().or(layer.diff_id.as_ref()))
                .map_or_else(String::new, |digest| format!(" ({}:{})", digest.algorithm(), digest.short()));
            let went = if death.cause.word() == "deleted" { "deleted" } else { "replaced" };
            format!(
                "A {what} in {path}, from step {step}, is {went} in step {killer}, recoverable from layer {}{digest}",
                file.layer
            )
        }
    };
    if let Some(death) = death {
        finding.steps.push(subject.step(death.killer));
        finding.steps.sort_unstable();
        finding.steps.dedup();
    }
    finding.bytes = Bytes::default();
    finding.confidence = Confidence::Heuristic;
    finding.paths.count = 1;
    finding.paths.sample = vec![node];
    finding.fix = fix(subject, step, &path);
    finding
}

/// A secret mount for a RUN; the file out of the context for a COPY.
fn fix(subject: &Subject<'_>, step: usize, path: &str) -> Option<Fix> {
    if !is_plain(path) {
        return None;
    }
    let name = path.rsplit('/').next().unwrap_or_default().trim_start_matches('.');
    match subject.kind(step) {
        Kind::Run => {
            let mount = format!("type=secret,id={name},target={path}");
            subject.with_mounts(step, &[mount], "")
        }
        Kind::Copy | Kind::Add => {
            let file = path.rsplit('/').next().unwrap_or_default();
            let text = format!(
                "# In .dockerignore:\n**/{file}\n# And where a step needs it:\nRUN --mount=type=secret,id={name},target={path} ...\n"
            );
            Some(Fix::new(FixKind::Ignore, text))
        }
        _ => None,
    }
}

/// Tokens in the config and the history.
fn in_texts(subject: &Subject<'_>) -> Vec<Finding> {
    let config = &subject.image.info.config.config;
    let mut findings = Vec::new();
    let mut look = |text: &str, place: &str, steps: Vec<usize>| {
        for (token, range) in tokens_in(text.as_bytes(), 0) {
            let mut finding = subject.about_steps(Rule::SecretInLayer, steps.clone());
            finding.severity = token.severity;
            finding.title = format!("A {} in {place}", token.name);
            finding.evidence = vec![Evidence {
                bytes: 0,
                text: format!("{}: {}", token.name, scan::mask(&text.as_bytes()[range])),
                at: None,
            }];
            finding.fix = Some(Fix::new(FixKind::Mount, "RUN --mount=type=secret,id=token,env=TOKEN ...\n"));
            findings.push(finding);
        }
    };
    for pair in &config.env {
        let (name, value) = pair.split_once('=').unwrap_or(("", pair));
        look(value, &format!("the variable {}", display(name.as_bytes())), Vec::new());
    }
    for (name, value) in &config.labels {
        look(value, &format!("the label {}", display(name.as_bytes())), Vec::new());
    }
    for step in &subject.image.info.steps {
        let is_base = step.index <= subject.story.base.steps && subject.story.base.trust() != Trust::Guess;
        if !is_base {
            look(&step.created_by, &format!("the history of step {}", step.index), vec![step.index]);
        }
    }
    for arg in subject.story.provenance.iter().flat_map(|provenance| &provenance.args) {
        let (name, value) = arg.split_once('=').unwrap_or(("", arg));
        let place = format!("the build argument {} of the provenance", display(name.as_bytes()));
        look(value, &place, Vec::new());
    }
    for finding in &mut findings {
        finding.owner = Owner::Own;
    }
    findings
}
