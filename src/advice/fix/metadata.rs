//! Owner and mode set by the steps that make the files, in place of a later step that changes them all.

use super::chain::chain;
use super::{Fix, FixKind, Subject, replaced};

/// Each step that makes files with what gives those of them another owner that need one: a plain `chown -R` would copy
/// up those of earlier steps once more.
pub fn at_births(subject: &Subject<'_>, births: &[usize], killers: &[usize]) -> Option<Fix> {
    let mut finds = Vec::new();
    for &killer in killers {
        for piece in chain(subject, killer)? {
            finds.extend(instead(subject, killer, piece.text)?);
        }
    }
    let append = |birth: &usize| {
        let run = subject.story.joined(&[*birth]).ok()?.run;
        // After a heredoc, or commands that are no chain of `&&`, nothing can be appended.
        if run.contains("<<") || run.contains(';') {
            return None;
        }
        let all = std::iter::once(run.as_str()).chain(finds.iter().map(String::as_str));
        Some(all.collect::<Vec<_>>().join(" \\\n && "))
    };
    let runs: Vec<String> = births.iter().map(append).collect::<Option<_>>()?;
    let gone = killers.iter().map(|killer| (*killer, String::new()));
    let diff = replaced(subject, births.iter().copied().zip(runs.iter().cloned()).chain(gone));
    Some(Fix { kind: FixKind::FixAtBirth, text: runs.join("\n"), diff })
}

/// What does for the files that need it what one command does for all; nothing where it changes nothing. `None`: not
/// understood.
pub fn instead(subject: &Subject<'_>, step: usize, command: &str) -> Option<Vec<String>> {
    if command.contains(['\'', '"', '\\', '$', '`', '*', '?', '<', '>']) {
        return None;
    }
    let mut words = command.split_ascii_whitespace();
    let program = words.next()?;
    let (flags, operands): (Vec<&str>, Vec<&str>) = words.partition(|word| word.starts_with('-'));
    let (what, paths) = operands.split_first()?;
    if paths.is_empty()
        || !paths.iter().all(|path| path.starts_with('/'))
        || flags.iter().any(|flag| *flag != "-R")
    {
        return None;
    }
    let depth = if flags.is_empty() { " -maxdepth 0" } else { "" };
    let paths = paths.join(" ");
    match program {
        "chmod" if changes_no_mode(subject, step) => Some(Vec::new()),
        "chmod" if what.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(vec![format!("find {paths}{depth} ! -type l ! -perm {what} -exec chmod {what} {{}} +")])
        }
        "chown" => {
            let (user, group) =
                what.split_once([':', '.']).map_or((*what, ""), |(user, group)| (user, group));
            let test = match (user, group) {
                ("", "") => return None,
                (user, "") => format!("! -user {user}"),
                ("", group) => format!("! -group {group}"),
                (user, group) => format!("\\( ! -user {user} -o ! -group {group} \\)"),
            };
            Some(vec![format!("find {paths}{depth} {test} -exec chown -h {what} {{}} +")])
        }
        _ => None,
    }
}

/// Whether no file that a step ships has another mode than before.
fn changes_no_mode(subject: &Subject<'_>, step: usize) -> bool {
    let tree = &subject.image.tree;
    let Some(layer) = subject.image.info.steps.get(step - 1).and_then(|step| step.layer) else { return true };
    let entries = tree.entries(layer);
    (0..).zip(subject.ledger.fates(layer)).all(|(entry, fate)| {
        let before = tree.facts(fate.node, layer.below());
        before.is_some_and(|before| before.mode == entries.attrs(entry).mode)
    })
}
