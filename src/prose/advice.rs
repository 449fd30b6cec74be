//! What findings say: titles, reasons, prices. Sizes and paths come as text, ready for a terminal.

use crate::build::Owner;
use crate::ledger::Cause;
use crate::text;

/// Steps by number: `step 3`, `steps 3 and 5`, `steps 3 to 6`.
pub fn steps(steps: &[usize]) -> String {
    let in_a_row = steps.windows(2).all(|pair| pair[0] + 1 == pair[1]);
    match steps {
        [] => "no step".to_owned(),
        [one] => format!("step {one}"),
        [first, .., last] if in_a_row && steps.len() > 2 => format!("steps {first} to {last}"),
        [rest @ .., last] => format!("steps {} and {last}", list(rest)),
    }
}

fn list(numbers: &[usize]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The same at the beginning of a sentence.
pub fn at_start(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A clause as a sentence.
pub fn sentence(clause: &str) -> String {
    format!("{}.", at_start(clause))
}

/// A part of the bytes of a finding.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The bytes.
    pub size: &'a str,
    /// The step that shipped them.
    pub born: usize,
    /// The step since which nobody sees them.
    pub killed: usize,
    /// Why.
    pub cause: Cause,
    /// What differs, where the bytes do not; empty for nothing.
    pub delta: &'a str,
    /// Where: `/var/lib/apt/lists`.
    pub place: &'a str,
}

/// What became of some bytes.
pub fn part(of: Part<'_>) -> String {
    let Part { size, born, killed, cause, delta, place } = of;
    match cause {
        Cause::Deleted => format!("{size} of step {born} that step {killed} deletes: {place}"),
        Cause::Metadata | Cause::Rewritten if delta.is_empty() => {
            format!("{size} of step {born} that step {killed} ships again with nothing changed: {place}")
        }
        Cause::Metadata | Cause::Rewritten => {
            format!("{size} of step {born} that step {killed} ships again, {delta} changed: {place}")
        }
        Cause::Overwritten => format!("{size} of step {born} that step {killed} writes anew: {place}"),
        Cause::Repeated => format!("{size} that step {born} holds twice in one tar: {place}"),
    }
}

/// The largest of some files that have no folder in common.
pub fn and_others(largest: &str, others: usize) -> String {
    format!("{largest} and {}", text::counted(others as u64, "other"))
}

/// Hard links copied apart.
pub fn apart(size: &str, step: usize, place: &str) -> String {
    format!("{size} of names of one file that step {step} made files of their own: {place}")
}

/// Where there are no findings.
pub const NOTHING: &str = "Nothing to improve.";

/// What the list of findings leaves out, and the option that lists it.
pub fn left_out(threshold: &str) -> String {
    format!("What takes less than {threshold} is left out; `--all` lists it too.")
}

/// The diffs of some findings, by number, that change the same steps.
pub fn same_lines(findings: &[usize]) -> String {
    format!(
        "The diffs of findings {} change the same steps, and after one another may not apply: apply one, build, ask again.",
        list(findings)
    )
}

/// The same below the list of the explorer, which has no options.
pub fn left_out_here(threshold: &str) -> String {
    format!("less than {threshold} is left out")
}

/// The title of a row of RUNs worth grouping.
pub fn group_title(numbers: &[usize], ship: &str, keep: &str, saved: &str, is_exact: bool) -> String {
    let sure = if is_exact { " (exact)" } else { "" };
    format!(
        "{} ship {ship} to deliver {keep}. As one RUN they drop {saved}{sure}.",
        at_start(&steps(numbers))
    )
}

/// Why rows of RUNs waste.
pub const GROUP_WHY: &str = "Every RUN makes a layer of its own, and a layer can only add. What a later step deletes, \
    changes or copies is still in the layer of the step that made it, and everybody who pulls the image pulls it too. One \
    RUN makes one layer, which holds each file once, as it stands at the end.";

/// Why a range and no figure.
pub const AMBIGUOUS: &str = "Some names of one file differ by now. Whether they were edited in place, which would keep \
    them one file, or replaced, no image tells: hence two figures.";

/// What a builder that hides steps leaves open.
pub const HIDDEN_STEPS: &str = "The history of kaniko has no ENV, USER, SHELL and the like: check in the Dockerfile that \
    nothing of it stands between these steps.";

/// Mounts that the history does not show.
pub const HIDDEN_FLAGS: &str =
    "The history does not show `--mount` and other flags of RUN: keep those that the steps have.";

/// What merging costs: bytes to push when only the last step of a row changes.
pub fn group_costs(last: usize, today: &str, merged: &str, is_more: bool) -> String {
    if is_more {
        format!(
            "The steps share one cache entry then: after a change of step {last} alone, {merged} are built and pushed \
             again instead of {today}."
        )
    } else {
        format!("After a change of step {last} alone, {merged} are pushed again; today it is {today}.")
    }
}

/// Seconds of the build that one cache entry covers.
pub fn group_seconds(seconds: i64) -> String {
    format!("About {seconds} s of the build stand behind that entry.")
}

/// What to know before a clean-up moves over other steps.
pub fn moved_over(numbers: &[usize]) -> String {
    format!("Moving the clean-up is right as long as {} need not what it deletes.", steps(numbers))
}

/// The verdict on a row of RUNs.
#[derive(Clone, Copy, Debug)]
pub enum RowVerdict<'a> {
    /// Nothing to gain.
    Leave,
    /// These rows as one each.
    Merge(&'a [Vec<usize>]),
    /// The clean-up of the second into the first.
    MoveCleanup(usize, &'a [usize]),
    /// Owner and mode in the first, in place of the second.
    FixAtBirth(&'a [usize], &'a [usize]),
}

/// A row of RUNs with its price, as a sentence. `bytes` is what one RUN for all saves, `groups` what the verdict saves.
pub fn row(
    numbers: &[usize],
    bytes: &str,
    is_nothing: bool,
    groups: &str,
    verdict: RowVerdict<'_>,
) -> String {
    let row = format!("{} RUN in a row ({}): merging ", numbers.len(), steps(numbers));
    match verdict {
        RowVerdict::Leave if is_nothing => {
            format!("{row}these saves 0 B, leave them: separate steps keep their cache")
        }
        RowVerdict::Leave => format!("{row}saves {bytes}, leave them: the cache is worth more"),
        RowVerdict::Merge([all]) if all.len() == numbers.len() => format!("{row}saves {bytes}"),
        RowVerdict::Merge(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| steps(part)).collect();
            format!(
                "{row}all saves {bytes}; {} {groups}, and more of the cache is kept",
                match &parts[..] {
                    [one] => format!("{one} alone save"),
                    parts => format!("{}, each by itself, save", parts.join(" and ")),
                }
            )
        }
        RowVerdict::MoveCleanup(birth, killers) => {
            format!(
                "{row}saves {bytes}; moving the clean-up of {} into step {birth} saves {groups}",
                steps(killers)
            )
        }
        RowVerdict::FixAtBirth(births, killers) => format!(
            "{row}saves {bytes}; setting owner and mode in {} and dropping {} saves {groups}",
            steps(births),
            steps(killers)
        ),
    }
}

/// What the whole image ships, shows, and could do without.
#[derive(Clone, Copy, Debug)]
pub struct Sums<'a> {
    /// What ships.
    pub ship: &'a str,
    /// What a container sees.
    pub visible: &'a str,
    /// What can be avoided for certain.
    pub avoidable: &'a str,
    /// What can be avoided if guesses are right.
    pub guessed: &'a str,
    /// Whether there are such guesses.
    pub is_guessing: bool,
}

/// The same in a sentence.
pub fn sums(of: Sums<'_>) -> String {
    let Sums { ship, visible, avoidable, guessed, is_guessing } = of;
    let more = if is_guessing { format!(", and perhaps {guessed} more") } else { String::new() };
    format!("The image ships {ship} and shows {visible}. {avoidable} can be avoided{more}.")
}

/// How sure a finding is, and whose layers it is about.
pub fn standing(confidence: &str, owner: Owner) -> String {
    let owner = match owner {
        Owner::Own | Owner::Unknown => "",
        Owner::Base => ", of the base image: not yours to avoid",
    };
    format!("{confidence}{owner}")
}

/// What a fix of a kind does; the words are those of JSON.
pub fn fix(kind: &str) -> &'static str {
    match kind {
        "merge" => "one RUN for these steps",
        "move-cleanup" => "clean up in the step that makes the files",
        "fix-at-birth" => "owner and mode where the files are made",
        "copy" => "another COPY",
        "mount" => "a mount (BuildKit)",
        "dockerignore" => "lines for .dockerignore",
        "command" => "another command",
        "stage" => "a stage of its own",
        _ => "outside the Dockerfile",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_read_as_people_say_them() {
        for (numbers, said) in [
            (&[3][..], "step 3"),
            (&[3, 4], "steps 3 and 4"),
            (&[3, 4, 5], "steps 3 to 5"),
            (&[3, 4, 6], "steps 3, 4 and 6"),
        ] {
            assert_eq!(steps(numbers), said);
        }
    }
}
