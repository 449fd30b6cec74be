//! `package-cache`: what package managers keep for their next run, in an image where they will not run again.

use super::package_cache_tools::{Index, TOOLS, Tool};
use super::verbs::verbs;
use crate::advice::held::{Held, by_place, total};
use crate::advice::{Evidence, Finding, Fix, FixKind, Rule, Severity, Subject, patterns};
use crate::build::{Kind, Owner};
use crate::text::{shell_word, size};
use crate::tree::NodeId;

/// How many folders a finding lists.
const FOLDERS: usize = 8;

pub(super) fn find(subject: &Subject<'_>) -> Vec<Finding> {
    let homes = homes(subject);
    TOOLS.iter().flat_map(|tool| of_tool(subject, tool, &homes)).collect()
}

/// Everything that a package manager's cache is in.
pub(super) fn paths(subject: &Subject<'_>) -> Vec<NodeId> {
    let homes = homes(subject);
    TOOLS.iter().filter(|tool| !tool.at_run_time).flat_map(|tool| paths_of(subject, tool, &homes)).collect()
}

fn of_tool(subject: &Subject<'_>, tool: &Tool, homes: &[String]) -> Vec<Finding> {
    let paths = paths_of(subject, tool, homes);
    // What hangs together by the index is one cache, however many steps fill it.
    let mut caches: Vec<(Vec<usize>, Vec<Held>)> = Vec::new();
    for (layer, held) in subject.by_maker(subject.held(&paths, |_| true)) {
        let step = subject.step(layer);
        match caches.last_mut().filter(|(chain, _)| chain.contains(&step)) {
            Some((_, all)) => all.extend(held),
            None => caches.push((chain(subject, tool, step), held)),
        }
    }
    let worth = caches.into_iter().filter(|(_, held)| subject.is_worth(total(held)));
    worth.map(|(chain, held)| finding(subject, tool, &paths, &held, &chain)).collect()
}

/// A step, and the later ones that read the index which it fetched or kept: emptied any earlier, they would fail.
fn chain(subject: &Subject<'_>, tool: &Tool, step: usize) -> Vec<usize> {
    let mut chain = vec![step];
    let Some(Index { programs, fetches, reads, .. }) = &tool.index else { return chain };
    for later in step + 1..=subject.story.steps.len() {
        let Some(command) = subject.story.command(later) else { continue };
        let verbs = verbs(&command.text, programs);
        let own = verbs.iter().position(|verb| verb == fetches);
        let first = verbs.iter().position(|verb| reads.is_empty() || reads.contains(verb));
        // It fetches its own before it reads: nothing that comes after it needs the older one.
        match (own, first) {
            (Some(own), Some(first)) if own < first => break,
            (Some(_), None) => break,
            (_, Some(_)) => chain.push(later),
            (None, None) => {}
        }
    }
    chain
}

fn paths_of(subject: &Subject<'_>, tool: &Tool, homes: &[String]) -> Vec<NodeId> {
    let mut patterns = Vec::new();
    for path in tool.paths {
        match path.strip_prefix("~/") {
            Some(rest) => patterns.extend(homes.iter().map(|home| format!("{home}{rest}"))),
            None => patterns.push((*path).to_owned()),
        }
        // What is in `.cache` moves with this variable.
        if let (Some(rest), Some(dir)) = (path.strip_prefix("~/.cache/"), variable(subject, "XDG_CACHE_HOME"))
        {
            patterns.push(format!("{dir}/{rest}"));
        }
    }
    for (name, rest) in tool.variables {
        patterns.extend(variable(subject, name).map(|value| format!("{value}{rest}")));
    }
    let mut paths = patterns::find(&subject.image.tree, patterns.iter().map(String::as_str));
    paths.retain(|path| !is_needed(subject, *path));
    paths
}

fn finding(subject: &Subject<'_>, tool: &Tool, paths: &[NodeId], held: &[Held], chain: &[usize]) -> Finding {
    let mut finding = subject.finding(Rule::PackageCache, held);
    let folders = folders(subject, paths, held);
    let names: Vec<String> = folders.iter().take(2).map(|(node, _)| subject.shown(*node)).collect();
    let more = if folders.len() > names.len() { " and others" } else { "" };
    finding.title = format!(
        "The cache of {} ({}{more}) holds {}, written by {}",
        tool.name,
        names.join(", "),
        size(total(held)),
        subject.from_steps(held),
    );
    if tool.at_run_time {
        finding.why.push(' ');
        finding.why.push_str(crate::prose::rules::MAY_BE_LOADED);
        // Whether it is needed at all is for the reader to say.
        finding.severity = finding.severity.min(Severity::Medium);
    }
    let layer = held.first().map(|held| held.file.layer);
    finding.evidence = folders
        .iter()
        .take(FOLDERS)
        .map(|(node, bytes)| Evidence {
            bytes: *bytes,
            text: format!("{}: {}", size(*bytes), subject.shown(*node)),
            at: layer.map(|layer| (*node, layer)),
        })
        .collect();
    if finding.owner != Owner::Base {
        (finding.fix, finding.alternative) = fixes(subject, tool, &folders, chain);
    }
    finding
}

/// The clean-up where the cache is made, and the cache mount.
fn fixes(
    subject: &Subject<'_>,
    tool: &Tool,
    folders: &[(NodeId, u64)],
    chain: &[usize],
) -> (Option<Fix>, Option<Fix>) {
    let shown: Vec<String> = folders.iter().map(|(node, _)| shell_word(&subject.shown(*node))).collect();
    let step = chain[0];
    match subject.kind(step) {
        Kind::Run => {
            let rm = format!("rm -rf {}", shown.join(" "));
            let clean = if tool.clean.is_empty() { &rm } else { tool.clean };
            let mounts: Vec<String> =
                tool.mounts.iter().map(|target| format!("type=cache,target={target}")).collect();
            let before = match tool.name {
                // The script of Debian's images empties the cache after every run, mounted or not.
                "apt" if subject.live("etc/apt/apt.conf.d/docker-clean").is_some() => {
                    "RUN rm -f /etc/apt/apt.conf.d/docker-clean\n"
                }
                "uv" => "ENV UV_LINK_MODE=copy\n",
                _ => "",
            };
            if chain.len() > 1 {
                return of_chain(subject, tool, chain, clean, &mounts, before);
            }
            let flag = tool.flag.and_then(|(old, new)| subject.with_words(step, old, new));
            let fix = flag.unwrap_or_else(|| subject.with_cleanup(step, clean));
            let mount = if mounts.is_empty() { None } else { subject.with_mounts(step, &mounts, before) };
            (Some(fix), mount)
        }
        Kind::Copy | Kind::Add => {
            let text = format!("# Leave out what step {step} copies with the rest:\n# {}\n", shown.join(" "));
            (Some(Fix::new(FixKind::Copy, text)), None)
        }
        _ => (None, None),
    }
}

/// The same for steps of which the later ones read what the first one fetched: one RUN with the clean-up at its end where
/// they are a row, and the mounts for each of them in any case.
fn of_chain(
    subject: &Subject<'_>,
    tool: &Tool,
    chain: &[usize],
    clean: &str,
    mounts: &[String],
    before: &str,
) -> (Option<Fix>, Option<Fix>) {
    let index = tool.index.as_ref();
    let fetch = index.map_or("", |index| index.fetch);
    // A mount may be empty when a step runs and those before it come from the cache: each fetches for itself then.
    let has_own = |step: usize| {
        let command = subject.story.command(step)?;
        let index = index?;
        Some(verbs(&command.text, index.programs).contains(&index.fetches))
    };
    let first = |step: usize| if step == chain[0] { before } else { "" };
    let each = chain.iter().map(|step| {
        let fetch = if has_own(*step)? { "" } else { fetch };
        Some(subject.with_mounts_and(*step, mounts, first(*step), fetch)?.text)
    });
    let mounted = each.collect::<Option<String>>().map(|text| Fix::new(FixKind::Mount, text));
    let last = chain[chain.len() - 1];
    match subject.story.merged_and(chain[0]..=last, Some(clean)) {
        Ok(merged) => (Some(Fix::new(FixKind::MoveCleanup, format!("{merged}\n"))), mounted),
        Err(_) => (mounted, None),
    }
}

/// The folders that the files are in, most bytes first.
fn folders(subject: &Subject<'_>, paths: &[NodeId], held: &[Held]) -> Vec<(NodeId, u64)> {
    let tree = &subject.image.tree;
    let folder = |held: &Held| {
        let top = paths[paths.partition_point(|path| *path <= held.node).saturating_sub(1)];
        let is_dir = tree.subtree(top).len() > 1;
        (if is_dir { top } else { tree.parent(top) }, held.bytes)
    };
    by_place(held.iter().map(folder))
}

/// Whether a cache is what the program runs from: with Plug'n'Play, yarn's is the installation.
fn is_needed(subject: &Subject<'_>, path: NodeId) -> bool {
    let tree = &subject.image.tree;
    let project = tree.parent(tree.parent(path));
    let is_yarn = tree.name(path) == b"cache" && tree.name(tree.parent(path)) == b".yarn";
    let is_there = |name: &[u8]| {
        tree.child(project, name).is_some_and(|node| tree.standing(node, subject.last()).is_some())
    };
    is_yarn && [&b".pnp.cjs"[..], b".pnp.js", b".pnp.loader.mjs"].into_iter().any(is_there)
}

/// Every home that the image knows, each with a slash behind it; no leading slash.
fn homes(subject: &Subject<'_>) -> Vec<String> {
    let mut homes = vec!["root/".to_owned(), "home/*/".to_owned()];
    homes.extend(variable(subject, "HOME").map(|home| home + "/"));
    for account in subject.scan.map_or(&[][..], |scan| &scan.accounts.homes) {
        homes.push(format!("{}/", account.trim_matches('/')));
    }
    for home in &mut homes {
        if home == "/" {
            home.clear();
        }
    }
    homes.sort();
    homes.dedup();
    homes
}

/// The value of a variable that names a folder, without slashes around it.
fn variable(subject: &Subject<'_>, name: &str) -> Option<String> {
    let env = &subject.image.info.config.config.env;
    let value = env.iter().find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    // A `*` would be a pattern.
    let is_path = value.starts_with('/') && value.len() > 1 && !value.contains('*');
    is_path.then(|| value.trim_matches('/').to_owned())
}
