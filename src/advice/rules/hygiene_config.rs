//! Hygiene that the config tells of: who the container runs as, what process 1 is, variables, volumes, labels.

use crate::advice::rerun::is_plain;
use crate::advice::{Finding, Fix, FixKind, Rule, Severity, Subject};
use crate::build::{Builder, SecretPlace, is_secret_name, secret_keys};
use crate::text::display;

const LABELS: [&str; 4] = ["source", "revision", "version", "licenses"];
const SENSITIVE: [&str; 3] = ["/proc", "/sys", "/dev"];

pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let config = &subject.image.info.config.config;
    let mut findings = Vec::new();
    let mut add = |rule, severity, title: String, fix: Option<Fix>| {
        let mut finding = subject.about_steps(rule, Vec::new());
        finding.severity = severity;
        finding.title = title;
        finding.fix = fix;
        findings.push(finding);
    };
    let user = config.user.split(':').next().unwrap_or_default();
    if matches!(user, "" | "root" | "0") && !subject.image.info.config_json.is_empty() {
        let text = "RUN useradd --no-log-init -u 10001 app\nUSER 10001:10001\n";
        let title = "The container runs as root".to_owned();
        add(Rule::RunsAsRoot, Severity::Low, title, Some(Fix::new(FixKind::Command, text)));
    }
    for (name, words) in [("ENTRYPOINT", &config.entrypoint), ("CMD", &config.cmd)] {
        if name == "CMD" && config.entrypoint.as_ref().is_some_and(|words| !words.is_empty()) {
            continue;
        }
        if let Some([shell, flag, command, ..]) = words.as_deref()
            && matches!(shell.as_str(), "/bin/sh" | "/bin/bash" | "sh" | "bash")
            && flag == "-c"
            && !command.trim_start().starts_with("exec ")
        {
            let title = format!("{name} is run by a shell, which hands no signal on");
            let words: Vec<String> = command.split_whitespace().map(|word| format!("{word:?}")).collect();
            let is_plain = command.chars().all(|c| c.is_alphanumeric() || " ./_-=:".contains(c));
            let text = if is_plain {
                format!("{name} [{}]\n", words.join(", "))
            } else {
                format!("{name} exec {command}\n")
            };
            let text = subject.story.masked(&text);
            add(Rule::ShellFormEntrypoint, Severity::Low, title, Some(Fix::new(FixKind::Command, text)));
        }
    }
    for volume in config.volumes.keys() {
        let is_below = |dir: &&str| volume == *dir || volume.starts_with(&format!("{dir}/"));
        if SENSITIVE.iter().any(is_below) {
            let title = format!("A volume lies over {}", display(volume.as_bytes()));
            add(Rule::SensitiveVolume, Severity::High, title, None);
        }
    }
    if subject.limits.all {
        // The OCI format has no place for it, so that images in it cannot have one.
        let is_buildah = subject.story.steps.iter().any(|step| step.builder == Builder::Buildah);
        if config.healthcheck.is_none() && !is_buildah {
            add(Rule::HealthcheckMissing, Severity::Info, "There is no HEALTHCHECK".to_owned(), None);
        }
        let is_missing =
            |name: &&str| !config.labels.contains_key(&format!("org.opencontainers.image.{name}"));
        let missing: Vec<&str> = LABELS.into_iter().filter(is_missing).collect();
        if !missing.is_empty() {
            let title = format!("No label says the image's {}", missing.join(", "));
            add(Rule::LabelsMissing, Severity::Info, title, None);
        }
    }
    findings.extend(secrets(subject));
    findings
}

/// Variables and build arguments whose names promise a secret. Their values are not looked at.
fn secrets(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut told = Vec::new();
    let mut add = |rule, place: &str, name: &str, step: Option<usize>| {
        if told.contains(&(rule, name.to_owned())) {
            return;
        }
        told.push((rule, name.to_owned()));
        let mut finding = subject.about_steps(rule, step.into_iter().collect());
        finding.severity = Severity::High;
        let shown = display(name.as_bytes());
        finding.title = format!("The {place} {shown} has a value, and its name says that it is a secret");
        let id = shown.to_ascii_lowercase();
        let text = format!("RUN --mount=type=secret,id={id},env={shown} ...\n");
        finding.fix = is_plain(&shown).then(|| Fix::new(FixKind::Mount, text));
        findings.push(finding);
    };
    for key in secret_keys(&subject.story.steps) {
        match key.place {
            SecretPlace::Env => add(Rule::EnvSecret, "variable", &key.name, Some(key.step)),
            SecretPlace::Arg => add(Rule::ArgSecret, "build argument", &key.name, Some(key.step)),
        }
    }
    let env = &subject.image.info.config.config.env;
    let args = subject.story.provenance.iter().flat_map(|provenance| &provenance.args);
    let places = env.iter().map(|pair| (Rule::EnvSecret, "variable", pair));
    for (rule, place, pair) in places.chain(args.map(|pair| (Rule::ArgSecret, "build argument", pair))) {
        if let Some((name, value)) = pair.split_once('=')
            && is_secret_name(name)
            && !value.is_empty()
        {
            add(rule, place, name, None);
        }
    }
    findings
}
