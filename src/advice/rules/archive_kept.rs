//! `add-archive-kept`: archives that a step unpacks, and that ship all the same.
//!
//! No archive is read: a command that unpacks it says so by its name. What ADD downloads is told where a later step deletes
//! it, too: `deleted-later` claims the bytes, and this has the way without them.

use super::plan;
use super::unpacking::{Unpacking, is_archive, piped, unpackings};
use crate::advice::draft::is_hash;
use crate::advice::held::{Held, total};
use crate::advice::rerun::is_plain;
use crate::advice::{Evidence, Finding, Fix, FixKind, Rule, Severity, Subject};
use crate::build::Kind;
use crate::layer::{EntryKind, LayerIndex};
use crate::ledger::{Cause, Death};
use crate::text::{shell_word, size};
use crate::tree::EntryRef;

/// An archive and the command that unpacks it.
struct Kept<'a> {
    held: Held,
    /// The step that made it.
    made: usize,
    /// The step that unpacks it.
    unpacked: usize,
    by: &'a Unpacking,
    is_live: bool,
}

pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let steps = (1..=subject.story.steps.len()).filter_map(|step| Some((step, subject.story.command(step)?)));
    let all: Vec<(usize, Unpacking)> = steps
        .flat_map(|(step, command)| unpackings(&command.text).into_iter().map(move |by| (step, by)))
        .collect();
    if all.is_empty() {
        return Vec::new();
    }
    let mut kept: Vec<Kept> = Vec::new();
    for layer in subject.own_layers() {
        let entries = subject.image.tree.entries(layer);
        let files = (0..entries.entries.len() as u32).filter(|entry| entries.kind(*entry) == EntryKind::File);
        kept.extend(files.filter_map(|entry| of(subject, EntryRef { layer, entry }, &all)));
    }
    kept.sort_by_key(|kept| (kept.made, kept.unpacked, kept.is_live, kept.held.node));
    let key = |kept: &Kept| (kept.made, kept.unpacked, kept.is_live);
    kept.chunk_by(|one, other| key(one) == key(other)).filter_map(|kept| finding(subject, kept)).collect()
}

/// The archive that a file is, if it need not ship.
fn of<'a>(subject: &Subject<'_>, file: EntryRef, all: &'a [(usize, Unpacking)]) -> Option<Kept<'a>> {
    let tree = &subject.image.tree;
    let fate = subject.ledger.fate(file);
    if !is_archive(tree.name(fate.node)) {
        return None;
    }
    let held = Held { file, node: fate.node, bytes: subject.bytes(file) };
    let made = subject.step(subject.maker(file));
    let last = match fate.death {
        // With another name it stays, whatever is removed.
        None if subject.file(fate.node) == Some(held)
            && tree.link_group(fate.node, subject.last()).is_empty() =>
        {
            usize::MAX
        }
        Some(Death { killer, cause: Cause::Deleted }) if url(subject, made, "").is_some() => {
            subject.step(killer)
        }
        _ => return None,
    };
    let path = String::from_utf8(tree.path(fate.node)).ok()?;
    let names = |(step, by): &&(usize, Unpacking)| (made..=last).contains(step) && by.names(&path);
    let (unpacked, by) = all.iter().find(names)?;
    Some(Kept { held, made, unpacked: *unpacked, by, is_live: fate.death.is_none() })
}

fn finding(subject: &Subject<'_>, kept: &[Kept]) -> Option<Finding> {
    let held: Vec<Held> = kept.iter().map(|kept| kept.held).collect();
    let bytes = total(&held);
    let first = kept.first().filter(|_| subject.is_worth(bytes))?;
    let (made, unpacked) = (first.made, first.unpacked);
    let mut finding = subject.finding(Rule::AddArchiveKept, &held);
    finding.steps.extend([made, unpacked]);
    finding.steps.sort_unstable();
    finding.steps.dedup();
    let more = if kept.len() > 1 { " and others" } else { "" };
    let (name, bytes) = (subject.shown(first.held.node), size(bytes));
    if first.is_live {
        finding.severity = finding.severity.min(Severity::Medium);
        finding.title = format!("Step {unpacked} unpacks {name}{more}, which ships all the same: {bytes}");
    } else {
        finding.severity = Severity::Info;
        finding.claims = Vec::new();
        finding.title =
            format!("Step {made} adds {name}{more} for step {unpacked} to unpack: {bytes}, deleted too late");
    }
    let part = |kept: &Kept| Evidence {
        bytes: kept.held.bytes,
        text: format!("{}: {}", size(kept.held.bytes), subject.shown(kept.held.node)),
        at: Some((kept.held.node, kept.held.file.layer)),
    };
    finding.evidence = kept.iter().map(part).collect();
    (finding.fix, finding.alternative) = fixes(subject, kept, first);
    Some(finding)
}

/// The way without the archive.
fn fixes(subject: &Subject<'_>, kept: &[Kept], first: &Kept) -> (Option<Fix>, Option<Fix>) {
    let (made, unpacked) = (first.made, first.unpacked);
    let paths: Vec<String> = kept.iter().map(|kept| shell_word(&subject.shown(kept.held.node))).collect();
    let clean = format!("rm -f {}", paths.join(" "));
    match subject.kind(made) {
        Kind::Run if made == unpacked => (Some(subject.with_cleanup(made, &clean)), None),
        Kind::Run => {
            let text = match subject.story.merged_and(made..=unpacked, Some(&clean)) {
                Ok(merged) => format!("{merged}\n"),
                Err(_) => format!("# At the end of one RUN for steps {made} and {unpacked}:\n{clean}\n"),
            };
            (Some(Fix::new(FixKind::MoveCleanup, text)), None)
        }
        Kind::Copy | Kind::Add if kept.len() == 1 => downloaded(subject, first)
            .unwrap_or_else(|| (lent(subject, first, &subject.shown(first.held.node)), None)),
        _ => (None, None),
    }
}

/// Downloaded and unpacked in one step. ADD can do both where nothing is taken off the names.
fn downloaded(subject: &Subject<'_>, kept: &Kept) -> Option<(Option<Fix>, Option<Fix>)> {
    let (made, unpacked, by) = (kept.made, kept.unpacked, kept.by);
    let path = subject.shown(kept.held.node);
    let name = path.rsplit('/').next()?;
    let (flags, url) = url(subject, made, name)?;
    let place = format!("# In place of step {made}, and of the unpacking in step {unpacked}:\n");
    let folder = folder(by);
    let is_there = folder.as_ref().is_none_or(|folder| is_there(subject, folder, unpacked));
    let mkdir = folder.as_ref().filter(|_| !is_there).map(|folder| format!("mkdir -p {folder} && "));
    let mkdir = mkdir.unwrap_or_default();
    let checksum =
        flags.iter().find_map(|flag| flag.strip_prefix("--checksum=sha256:")).filter(|sum| is_plain(sum));
    let (shown, tar) = (shell_word(&url), piped(name));
    let run = if let Some(tar) = tar.filter(|_| checksum.is_none()) {
        let target = folder.as_ref().map(|folder| format!("-C {folder}"));
        let words = [Some(tar.to_owned()), by.strip.clone(), target];
        let words: Vec<String> = words.into_iter().flatten().collect();
        format!("RUN {mkdir}curl -fsSL {shown} | tar {}\n", words.join(" "))
    } else {
        // What cannot be read from a pipe, or has to be looked at before.
        let path = shell_word(&path);
        let check = checksum.map(|sum| format!("echo '{sum}  '{path} | sha256sum -c \\\n    && "));
        let check = check.unwrap_or_default();
        let cd = by.folder.as_ref().map(|folder| format!("cd {folder} && ")).unwrap_or_default();
        let get = format!("RUN {mkdir}curl -fsSL -o {path} {shown} \\\n    && {check}");
        format!("{get}{cd}{} \\\n    && rm -f {path}\n", by.line)
    };
    let run = Fix::new(FixKind::Command, subject.story.masked(&format!("{place}{run}")));
    let target = folder.or_else(|| plan::folder(subject, unpacked).map(str::to_owned));
    let target = target.unwrap_or_else(|| "/".to_owned());
    let can_add = tar.is_some() && by.strip.is_none() && is_plain(&target) && !url.contains('$');
    let add = can_add.then(|| {
        let target = format!("{}/", target.trim_end_matches('/'));
        let mut words = vec!["ADD"];
        words.extend(flags.iter().map(String::as_str));
        words.extend(["--unpack=true", &url, &target]);
        Fix::new(FixKind::Copy, format!("# syntax=docker/dockerfile:1.17\n{place}{}\n", words.join(" ")))
    });
    Some((Some(run), add))
}

/// The directory that an archive is unpacked to, as the command says it; `None` where that is the WORKDIR.
fn folder(by: &Unpacking) -> Option<String> {
    match (&by.folder, &by.target) {
        (Some(folder), Some(target)) if !target.starts_with(['/', '"', '\'', '$']) => {
            Some(format!("{folder}/{target}"))
        }
        (folder, target) => target.clone().or_else(|| folder.clone()),
    }
}

/// Whether a directory is there before a step.
fn is_there(subject: &Subject<'_>, folder: &str, step: usize) -> bool {
    let tree = &subject.image.tree;
    let before = subject.story.layer_of(step).map_or(subject.last(), LayerIndex::below);
    tree.find(folder.as_bytes()).is_some_and(|node| tree.standing(node, before).is_some())
}

/// The flags and the address of an ADD; of several the one with that name.
fn url(subject: &Subject<'_>, step: usize, name: &str) -> Option<(Vec<String>, String)> {
    if subject.kind(step) != Kind::Add {
        return None;
    }
    let text = subject.text(step);
    let words = || text.split_whitespace().skip(1);
    let is_url = |word: &&str| word.starts_with("http://") || word.starts_with("https://");
    let is_named = |word: &&str| word.split(['?', '#']).next().is_some_and(|url| url.ends_with(name));
    let url = words().filter(is_url).find(is_named).or_else(|| words().find(is_url))?;
    let flags = words().filter(|word| word.starts_with("--")).map(str::to_owned).collect();
    Some((flags, url.to_owned()))
}

/// What a COPY brings for the step that unpacks it, lent to that step by a bind mount.
fn lent(subject: &Subject<'_>, kept: &Kept, path: &str) -> Option<Fix> {
    let body = &subject.story.instruction(kept.made)?.body;
    let (flags, words): (Vec<&str>, Vec<&str>) =
        body.split_whitespace().partition(|word| word.starts_with("--"));
    let name = path.rsplit('/').next()?;
    let source = words.iter().rev().skip(1).find(|word| word.rsplit('/').next() == Some(name));
    let source = source.filter(|source| is_plain(source) && !is_hash(source)).copied().unwrap_or("...");
    let from = flags.iter().find_map(|flag| flag.strip_prefix("--from="));
    let from = from.filter(|from| is_plain(from)).map(|from| format!(",from={from}")).unwrap_or_default();
    let mount = format!("type=bind{from},source={source},target={path}");
    is_plain(path).then_some(())?;
    subject.with_mounts(
        kept.unpacked,
        &[mount],
        &format!("# In place of steps {} and {}:\n", kept.made, kept.unpacked),
    )
}
