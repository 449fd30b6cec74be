//! Changes of a Dockerfile as a unified diff, as `patch` and `git apply` read it.

use std::fmt::Write as _;
use std::ops::{Range, RangeInclusive};

use crate::build::Alignment;

/// Lines around a change.
const CONTEXT: usize = 3;

/// New lines in place of old ones.
pub struct Edit {
    /// The old lines, from 1.
    pub lines: RangeInclusive<usize>,
    /// The new ones, without line ends.
    pub text: Vec<String>,
}

/// The diff of some edits that do not overlap.
pub fn unified(file: &Alignment, edits: Vec<Edit>) -> String {
    let lines: Vec<&str> = file.text.split_inclusive('\n').collect();
    let end = if lines.first().is_some_and(|line| line.ends_with("\r\n")) { "\r\n" } else { "\n" };
    let mut changes: Vec<(Range<usize>, Vec<String>)> = edits
        .into_iter()
        .map(|edit| {
            let old =
                edit.lines.start().saturating_sub(1).min(lines.len())..(*edit.lines.end()).min(lines.len());
            trimmed(&lines, old, edit.text)
        })
        .filter(|(old, new)| !old.is_empty() || !new.is_empty())
        .collect();
    changes.sort_by_key(|(old, _)| old.start);
    // As git has it, also for a path from the root: `patch -p1 -d /` takes that.
    let name = file.file.trim_start_matches('/');
    let mut diff = format!("--- a/{name}\n+++ b/{name}\n");
    // How many lines more the new file has so far.
    let mut shift = 0_isize;
    let near = |one: &(Range<usize>, _), next: &(Range<usize>, _)| next.0.start <= one.0.end + 2 * CONTEXT;
    for hunk in changes.chunk_by(near) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { continue };
        let start = first.0.start.saturating_sub(CONTEXT);
        let stop = (last.0.end + CONTEXT).min(lines.len());
        let mut body = String::new();
        let (mut at, mut grown) = (start, 0_isize);
        for (old, new) in hunk {
            lines[at..old.start].iter().for_each(|line| put(&mut body, ' ', line));
            lines[old.clone()].iter().for_each(|line| put(&mut body, '-', line));
            for line in new {
                put(&mut body, '+', &format!("{line}{end}"));
            }
            at = old.end;
            grown += new.len().cast_signed() - old.len().cast_signed();
        }
        lines[at..stop].iter().for_each(|line| put(&mut body, ' ', line));
        let count = stop - start;
        let new_count = count.saturating_add_signed(grown);
        let new_start = start.saturating_add_signed(shift);
        let _ = writeln!(
            diff,
            "@@ -{},{count} +{},{new_count} @@",
            start + usize::from(count > 0),
            new_start + usize::from(new_count > 0)
        );
        diff.push_str(&body);
        shift += grown;
    }
    diff
}

/// The file after some edits that do not overlap.
pub fn applied(text: &str, mut edits: Vec<Edit>) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    edits.sort_by_key(|edit| *edit.lines.start());
    let mut new = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let start = edit.lines.start().saturating_sub(1).clamp(at, lines.len());
        new.extend(lines[at..start].iter().copied());
        edit.text.iter().for_each(|line| {
            new.push_str(line);
            new.push('\n');
        });
        at = (*edit.lines.end()).clamp(start, lines.len());
    }
    new.extend(lines[at..].iter().copied());
    new
}

/// A change without the lines that stay as they are at its ends.
fn trimmed(lines: &[&str], mut old: Range<usize>, mut new: Vec<String>) -> (Range<usize>, Vec<String>) {
    let bare = |at: usize| lines[at].trim_end_matches(['\n', '\r']);
    while !old.is_empty() && new.last().is_some_and(|line| *line == bare(old.end - 1)) {
        old.end -= 1;
        new.pop();
    }
    let same = old.clone().zip(&new).take_while(|(at, line)| bare(*at) == **line).count();
    old.start += same;
    (old, new.split_off(same))
}

fn put(body: &mut String, mark: char, line: &str) {
    body.push(mark);
    body.push_str(line);
    if !line.ends_with('\n') {
        body.push_str("\n\\ No newline at end of file\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Alignment {
        Alignment {
            file: "Dockerfile".into(),
            text: text.into(),
            base: "scratch".into(),
            base_line: 1,
            first: 1,
            steps: Vec::new(),
            silent: Vec::new(),
        }
    }

    fn edit(lines: RangeInclusive<usize>, text: &[&str]) -> Edit {
        Edit { lines, text: text.iter().map(|&line| line.to_owned()).collect() }
    }

    #[test]
    fn far_changes_are_hunks_of_their_own() {
        let file = file("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12");
        assert_eq!(
            unified(&file, vec![edit(11..=12, &["11", "twelve", "13"]), edit(2..=3, &["two"])]),
            "--- a/Dockerfile\n+++ b/Dockerfile\n@@ -1,6 +1,5 @@\n 1\n-2\n-3\n+two\n 4\n 5\n 6\n@@ -9,4 +8,5 @@\n 9\n 10\n 11\n\
             -12\n\\ No newline at end of file\n+twelve\n+13\n"
        );
    }

    #[test]
    fn what_stays_is_no_change_and_line_ends_are_the_file_s() {
        let file = file("FROM a\r\nRUN b\r\nRUN c\r\n");
        assert_eq!(
            unified(&file, vec![edit(2..=3, &["RUN b", "RUN d"])]),
            "--- a/Dockerfile\n+++ b/Dockerfile\n@@ -1,3 +1,3 @@\n FROM a\r\n RUN b\r\n-RUN c\r\n+RUN d\r\n"
        );
    }
}
