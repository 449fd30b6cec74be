//! The difference of two small texts, line by line (Myers, "An O(ND) Difference Algorithm", 1986).

use crate::text;

/// Lines around a change that are shown.
const CONTEXT: usize = 3;
/// Edits after which the rest counts as replaced: keeps hostile input from costing more than a moment.
const MOST_EDITS: usize = 1000;

/// A line of a unified diff. The text is safe for a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiffLine {
    /// `@@ -1,4 +1,5 @@`
    Hunk(String),
    /// In both.
    Same(String),
    /// In the newer only.
    Added(String),
    /// In the older only.
    Removed(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edit {
    Same,
    Removed,
    Added,
}

/// The unified diff; empty where the texts are equal.
pub fn unified(old: &[u8], new: &[u8]) -> Vec<DiffLine> {
    let (old, new) = (split(old), split(new));
    let edits = edits(&old, &new);
    let mut out = Vec::new();
    let changed: Vec<usize> = (0..edits.len()).filter(|&at| edits[at] != Edit::Same).collect();
    let mut next = 0;
    while next < changed.len() {
        let start = changed[next].saturating_sub(CONTEXT);
        let mut last = changed[next];
        while next < changed.len() && changed[next] <= last + 2 * CONTEXT {
            last = changed[next];
            next += 1;
        }
        let end = edits.len().min(last + CONTEXT + 1);
        let count = |edits: &[Edit], not: Edit| edits.iter().filter(|&&edit| edit != not).count();
        let (mut a, mut b) = (count(&edits[..start], Edit::Added), count(&edits[..start], Edit::Removed));
        let (a_len, b_len) =
            (count(&edits[start..end], Edit::Added), count(&edits[start..end], Edit::Removed));
        // An empty side names the line before it, as in `diff -u`.
        let first = |at: usize, len: usize| if len == 0 { at } else { at + 1 };
        out.push(DiffLine::Hunk(format!("@@ -{},{a_len} +{},{b_len} @@", first(a, a_len), first(b, b_len))));
        for edit in &edits[start..end] {
            match edit {
                Edit::Same => out.push(DiffLine::Same(text::display_multiline(old[a]))),
                Edit::Removed => out.push(DiffLine::Removed(text::display_multiline(old[a]))),
                Edit::Added => out.push(DiffLine::Added(text::display_multiline(new[b]))),
            }
            a += usize::from(*edit != Edit::Added);
            b += usize::from(*edit != Edit::Removed);
        }
    }
    out
}

fn split(text: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = text.split(|&byte| byte == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    lines
}

fn edits(old: &[&[u8]], new: &[&[u8]]) -> Vec<Edit> {
    let front = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = (&old[front..], &new[front..]);
    let back = rest.0.iter().rev().zip(rest.1.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&rest.0[..rest.0.len() - back], &rest.1[..rest.1.len() - back]);
    let mut edits = vec![Edit::Same; front];
    edits.extend(shortest(old, new).unwrap_or_else(|| {
        let mut all = vec![Edit::Removed; old.len()];
        all.extend(vec![Edit::Added; new.len()]);
        all
    }));
    edits.extend(vec![Edit::Same; back]);
    edits
}

/// The shortest script of edits, or `None` past [`MOST_EDITS`].
fn shortest(old: &[&[u8]], new: &[&[u8]]) -> Option<Vec<Edit>> {
    let most = (old.len() + new.len()).min(MOST_EDITS);
    let width = 2 * most + 3;
    let middle = most + 1;
    let mut furthest = vec![0_usize; width];
    let mut history: Vec<Vec<usize>> = Vec::new();
    for d in 0..=most {
        // Only the diagonals that step `d` reads are kept.
        history.push(furthest[middle - d - 1..=middle + d + 1].to_vec());
        for k in (0..=d).map(|i| 2 * i as isize - d as isize) {
            let at = middle.checked_add_signed(k)?;
            let down = k == -(d as isize) || (k != d as isize && furthest[at - 1] < furthest[at + 1]);
            let mut x = if down { furthest[at + 1] } else { furthest[at - 1] + 1 };
            let mut y = x.checked_add_signed(-k)?;
            while x < old.len() && y < new.len() && old[x] == new[y] {
                (x, y) = (x + 1, y + 1);
            }
            furthest[at] = x;
            if x >= old.len() && y >= new.len() {
                return trace(&history, old.len(), new.len());
            }
        }
    }
    None
}

fn trace(history: &[Vec<usize>], mut x: usize, mut y: usize) -> Option<Vec<Edit>> {
    let mut edits = Vec::new();
    for (d, furthest) in history.iter().enumerate().rev() {
        let middle = d + 1;
        let k = x as isize - y as isize;
        let at = middle.checked_add_signed(k)?;
        let down = k == -(d as isize) || (k != d as isize && furthest[at - 1] < furthest[at + 1]);
        let (from_x, from_k) = if down { (furthest[at + 1], k + 1) } else { (furthest[at - 1], k - 1) };
        let from_y = if d == 0 { 0 } else { from_x.checked_add_signed(-from_k)? };
        let from_x = if d == 0 { 0 } else { from_x };
        let (stop_x, stop_y) = if d == 0 {
            (0, 0)
        } else if down {
            (from_x, from_y + 1)
        } else {
            (from_x + 1, from_y)
        };
        while x > stop_x && y > stop_y {
            edits.push(Edit::Same);
            (x, y) = (x - 1, y - 1);
        }
        if d > 0 {
            edits.push(if down { Edit::Added } else { Edit::Removed });
            (x, y) = (from_x, from_y);
        }
    }
    edits.reverse();
    Some(edits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(old: &str, new: &str) -> String {
        let lines = unified(old.as_bytes(), new.as_bytes());
        let print = |line: &DiffLine| match line {
            DiffLine::Hunk(text) => text.clone(),
            DiffLine::Same(text) => format!(" {text}"),
            DiffLine::Added(text) => format!("+{text}"),
            DiffLine::Removed(text) => format!("-{text}"),
        };
        lines.iter().map(print).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_changed_line_stands_in_its_context() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        assert_eq!(
            plain(old, &old.replace('5', "five")),
            "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8"
        );
        assert_eq!(plain(old, old), "");
        assert_eq!(plain("", "a\n"), "@@ -0,0 +1,1 @@\n+a");
        assert_eq!(plain("a\n", ""), "@@ -1,1 +0,0 @@\n-a");
    }

    /// Every script turns the old text into the new one, and is as short as the table of all scripts says.
    #[test]
    fn scripts_are_right_and_shortest() {
        let texts: Vec<Vec<&[u8]>> = (0..3_usize.pow(5))
            .map(|mut code| {
                let mut text: Vec<&[u8]> = Vec::new();
                for _ in 0..5 {
                    match code % 3 {
                        0 => {}
                        1 => text.push(b"a"),
                        _ => text.push(b"b"),
                    }
                    code /= 3;
                }
                text
            })
            .collect();
        for old in texts.iter().step_by(3) {
            for new in texts.iter().step_by(2) {
                let script = shortest(old, new).unwrap();
                let (mut a, mut made) = (0, Vec::new());
                for edit in &script {
                    match edit {
                        Edit::Same => {
                            made.push(old[a]);
                            a += 1;
                        }
                        Edit::Removed => a += 1,
                        Edit::Added => made.push(new[made.len()]),
                    }
                }
                assert_eq!((a, &made), (old.len(), new), "{old:?} {script:?}");
                let cost = script.iter().filter(|&&edit| edit != Edit::Same).count();
                assert_eq!(cost, distance(old, new), "{old:?} {new:?}");
            }
        }
    }

    fn distance(old: &[&[u8]], new: &[&[u8]]) -> usize {
        let mut row: Vec<usize> = (0..=new.len()).collect();
        for (i, a) in old.iter().enumerate() {
            let mut diagonal = row[0];
            row[0] = i + 1;
            for (j, b) in new.iter().enumerate() {
                let best = if a == b { diagonal } else { 1 + row[j].min(row[j + 1]) };
                diagonal = std::mem::replace(&mut row[j + 1], best);
            }
        }
        row[new.len()]
    }
}
