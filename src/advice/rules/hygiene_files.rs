//! Hygiene that files tell of: modes, capabilities, accounts, keys that every container shares, package managers.

use crate::advice::{Finding, Fix, FixKind, Rule, Severity, Subject, patterns};
use crate::layer::{Attrs, EntryKind};
use crate::text::{display, one_or_more, shell_word};
use crate::tree::{EntryRef, NodeId};

/// Where everybody may write by design.
const SHARED: [&str; 6] = ["tmp", "var/tmp", "run/lock", "var/lock", "dev", "var/spool/mail"];
const SETUID: u16 = 0o6000;
const STICKY: u16 = 0o1000;

pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = modes(subject);
    findings.extend(accounts(subject));
    findings.extend(keys(subject));
    if subject.limits.all {
        findings.extend(managers(subject));
    }
    findings
}

/// One look at every entry; at the paths of those that stand out.
fn modes(subject: &Subject<'_>) -> Vec<Finding> {
    let tree = &subject.image.tree;
    let shared: Vec<_> =
        SHARED.iter().filter_map(|path| Some(tree.subtree(tree.find(path.as_bytes())?))).collect();
    let (mut setuid, mut writable, mut capable, mut sudo) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for layer in subject.own_layers() {
        let entries = tree.entries(layer);
        let stands_out = |attrs: &Attrs| is_setuid(attrs) || is_open(attrs) || is_capable(attrs);
        // Entries share their attributes: there are few of those.
        if !entries.attrs.iter().any(stands_out) {
            continue;
        }
        for (entry, attrs) in (0..entries.entries.len() as u32).map(|entry| (entry, entries.attrs(entry))) {
            if !stands_out(attrs) {
                continue;
            }
            for node in subject.names(EntryRef { layer, entry }) {
                setuid.extend(is_setuid(attrs).then_some(node));
                sudo.extend((is_setuid(attrs) && tree.name(node) == b"sudo").then_some(node));
                let is_meant = shared.iter().any(|range| range.contains(&node.0));
                writable.extend((is_open(attrs) && !is_meant).then_some(node));
                capable.extend(is_capable(attrs).then_some(node));
            }
        }
    }
    for nodes in [&mut setuid, &mut writable, &mut capable, &mut sudo] {
        nodes.sort_unstable();
    }
    let paths = |nodes: &[NodeId]| {
        let first: Vec<String> = nodes.iter().take(3).map(|node| subject.shown(*node)).collect();
        let more = if nodes.len() > 3 { " and others" } else { "" };
        format!("{}{more}", first.join(", "))
    };
    let mut findings = Vec::new();
    let mut add = |rule, severity, nodes: &[NodeId], (one, more): (&str, &str), fix: Option<Fix>| {
        if nodes.is_empty() {
            return;
        }
        let mut finding = subject.about_paths(rule, nodes);
        finding.severity = severity;
        finding.title = format!("{}: {}", one_or_more(nodes.len(), one, more), paths(nodes));
        finding.fix = fix;
        findings.push(finding);
    };
    // A later `chmod` ships them again: where they are born is the place.
    let chmod = |flag: &str, nodes: &[NodeId]| {
        let all: Vec<String> = nodes.iter().take(20).map(|node| shell_word(&subject.shown(*node))).collect();
        Some(Fix::new(
            FixKind::FixAtBirth,
            format!("# In the step that makes them:\nchmod {flag} {}\n", all.join(" ")),
        ))
    };
    add(
        Rule::SetuidFiles,
        Severity::Low,
        &setuid,
        ("file runs as its owner or group", "files run as their owner or group"),
        chmod("a-s", &setuid),
    );
    add(
        Rule::WorldWritable,
        Severity::Low,
        &writable,
        ("path can be written by everybody", "paths can be written by everybody"),
        chmod("o-w", &writable),
    );
    let what = ("program has capabilities", "programs have capabilities");
    add(Rule::FileCapabilities, Severity::Info, &capable, what, None);
    add(Rule::SudoInstalled, Severity::Info, &sudo, ("program is sudo", "programs are sudo"), None);
    findings
}

/// A file that runs as its owner or its group.
fn is_setuid(attrs: &Attrs) -> bool {
    attrs.kind == EntryKind::File && attrs.mode & SETUID != 0
}

/// A file, or a directory without the sticky bit, that everybody may write.
fn is_open(attrs: &Attrs) -> bool {
    let is_dir = attrs.kind == EntryKind::Dir && attrs.mode & STICKY == 0;
    attrs.mode & 0o002 != 0 && (attrs.kind == EntryKind::File || is_dir)
}

fn is_capable(attrs: &Attrs) -> bool {
    attrs.xattrs.iter().any(|xattr| &*xattr.name == b"security.capability")
}

/// Accounts that need no password, and second roots.
fn accounts(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(scan) = subject.scan else { return Vec::new() };
    let accounts = &scan.accounts;
    let names: Vec<String> = accounts
        .without_password
        .iter()
        .map(|name| format!("{} has no password", display(name.as_bytes())))
        .chain(accounts.root_aliases.iter().map(|name| format!("{} is root", display(name.as_bytes()))))
        .collect();
    if names.is_empty() {
        return Vec::new();
    }
    let files = accounts.said_by.iter().copied().chain(["etc/passwd"]);
    let nodes: Vec<NodeId> = files.take(1).filter_map(|path| subject.live(path)).collect();
    let mut finding = subject.about_paths(Rule::EmptyPassword, &nodes);
    finding.severity = Severity::High;
    finding.title = format!("Of the accounts {}", names.join(", "));
    finding.fix = Some(Fix::new(FixKind::Command, "RUN passwd -l NAME\n"));
    vec![finding]
}

/// Private keys that an installation made, the same in every container.
fn keys(subject: &Subject<'_>) -> Vec<Finding> {
    let tree = &subject.image.tree;
    let patterns =
        ["etc/ssh/ssh_host_*_key", "etc/ssh/ssh_host_key", "etc/ssl/private/ssl-cert-snakeoil.key"];
    let mut nodes = patterns::find(tree, patterns);
    nodes.retain(|node| subject.file(*node).is_some());
    if nodes.is_empty() {
        return Vec::new();
    }
    let mut finding = subject.about_paths(Rule::SshHostKeys, &nodes);
    finding.severity = Severity::Medium;
    let all: Vec<String> = nodes.iter().map(|node| subject.shown(*node)).collect();
    finding.title = format!("Every container has the same private key: {}", all.join(", "));
    let paths: Vec<String> = all.iter().map(|path| shell_word(path)).collect();
    let text = format!(
        "# In the step that installs them; make new ones when the container starts:\nrm -f {}\n",
        paths.join(" ")
    );
    finding.fix = Some(Fix::new(FixKind::MoveCleanup, text));
    vec![finding]
}

/// Programs that install others. The database alone, which scanners read, is none.
fn managers(subject: &Subject<'_>) -> Option<Finding> {
    const PROGRAMS: [&str; 8] = [
        "*bin/apk",
        "usr/*bin/apk",
        "usr/bin/apt",
        "usr/bin/apt-get",
        "usr/bin/dnf",
        "usr/bin/dnf5",
        "usr/bin/microdnf",
        "usr/bin/yum",
    ];
    let tree = &subject.image.tree;
    let mut nodes = patterns::find(tree, PROGRAMS);
    let is_program = |node: NodeId| {
        let inode = tree.standing(node, subject.last()).and_then(|event| tree.inode(event));
        inode.is_some_and(|inode| tree.entries(inode.layer).kind(inode.entry) != EntryKind::Dir)
    };
    nodes.retain(|node| is_program(*node));
    let shown: Vec<String> = nodes.iter().map(|node| subject.shown(*node)).collect();
    let mut finding = subject.about_paths(Rule::PackageManagerPresent, &nodes);
    finding.title = format!("The container can install packages: {}", shown.join(", "));
    (!nodes.is_empty()).then_some(finding)
}
