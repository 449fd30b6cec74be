//! What there is to say about a finding, in lines: what happens, the evidence, what is saved, what it costs, how to put
//! it right.

use crate::advice::{Advice, Confidence, Finding, Fix, FixKind, Row, Rule};
use crate::build::Alignment;
use crate::image::Image;
use crate::role::Role;
use crate::text::{self, Manner};
use crate::tui::doc::Line;
use crate::tui::pane::bracket::range;

/// Width of the bytes of a part of the evidence.
const SIZE: u16 = 10;
/// Steps that are named.
const STEPS: usize = 8;
/// Paths that are named where there is no evidence.
const PATHS: usize = 8;

/// What the lines are made of.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The image.
    pub image: &'a Image,
    /// What it ships.
    pub ships: u64,
    /// All rows of RUNs.
    pub rows: &'a [Row],
    /// The instructions, one line each.
    pub steps: &'a [String],
    /// Where they stand in the Dockerfile, where there is one.
    pub dockerfile: Option<&'a Alignment>,
    /// How figures are worded.
    pub manner: &'a Manner,
}

/// The lines of a finding.
pub fn lines(finding: &Finding, known: &Known<'_>) -> Vec<Line> {
    let mut lines = vec![Line::of(Role::Heading, shown(&finding.title)), Line::new()];
    lines.extend(steps(&finding.steps, known));
    for part in &finding.evidence {
        let size = known.manner.size(part.bytes);
        let says = shown(&part.text);
        // The sentence begins with the size, which stands in a column here.
        let says = says.strip_prefix(&size).map_or(says.as_str(), str::trim_start);
        let size = Line::of(Role::Dead, text::pad_left(&size, usize::from(SIZE)));
        lines.push(size.add(Role::Plain, format!("  {says}")).indent(SIZE + 2));
    }
    if finding.evidence.is_empty() {
        lines.extend(paths(finding, known));
    }
    if !matches!(lines.last(), Some(line) if line.spans.is_empty()) {
        lines.push(Line::new());
    }
    lines.extend(saves(finding, known));
    if !finding.costs.is_empty() {
        lines.push(Line::of(Role::Plain, shown(&finding.costs)));
    }
    if let Some(row) = row_of(finding, known.rows) {
        lines.push(Line::new());
        lines.push(Line::of(Role::Plain, format!("{}.", shown(&row.sentence))));
    }
    if !finding.why.is_empty() {
        lines.push(Line::new());
        lines.push(Line::of(Role::Plain, shown(&finding.why)));
    }
    let text = finding.fix.as_ref().map(|fix| &fix.text);
    let other = finding.alternative.as_ref().filter(|it| Some(&it.text) != text);
    for (heading, fix) in finding.fix.iter().map(|fix| ("Fix", fix)).chain(other.map(|fix| ("Or", fix))) {
        lines.push(Line::new());
        lines.extend(how(heading, fix));
    }
    lines
}

/// The steps concerned, with their layers and lines, as the list of steps has no numbers.
fn steps(numbers: &[usize], known: &Known<'_>) -> Vec<Line> {
    let line = |&number: &usize| {
        let at = number.checked_sub(1)?;
        let layer = known.image.info.steps.get(at)?.layer;
        let layer = layer.map_or_else(|| "no layer".to_owned(), |layer| format!("layer {layer}"));
        let place = known.dockerfile.and_then(|file| file.step(number));
        let place = place.map_or_else(String::new, |aligned| format!(" · {}", aligned.place()));
        let text = known.steps.get(at).map_or("", String::as_str);
        let label = format!("step {number} · {layer}{place}  ");
        Some(Line::of(Role::Dim, label).add(Role::Plain, text.to_owned()).cut())
    };
    let most = if numbers.len() > STEPS + 1 { STEPS } else { numbers.len() };
    let mut lines: Vec<Line> = numbers[..most].iter().filter_map(line).collect();
    if most < numbers.len() {
        lines.push(Line::of(Role::Dim, format!("and {} steps more", numbers.len() - most)));
    }
    if !lines.is_empty() {
        lines.push(Line::new());
    }
    lines
}

/// The paths concerned.
fn paths(finding: &Finding, known: &Known<'_>) -> Vec<Line> {
    let shown = finding.paths.sample.iter().take(PATHS);
    let mut lines: Vec<Line> = shown
        .map(|&node| Line::of(Role::Plain, text::display(&known.image.tree.path(node))).indent(4))
        .collect();
    let rest = finding.paths.count.saturating_sub(lines.len() as u64);
    if rest > 0 && !lines.is_empty() {
        lines.push(Line::of(Role::Dim, format!("and {} more", text::count(rest))));
    }
    lines
}

/// What following it saves, and how sure that is.
fn saves(finding: &Finding, known: &Known<'_>) -> Vec<Line> {
    let size = |bytes| known.manner.size(bytes);
    let bytes = finding.bytes;
    if bytes.max == 0 {
        return match finding.confidence {
            Confidence::Heuristic => {
                vec![Line::of(Role::Dim, "A guess from a pattern: look before you act.")]
            }
            _ => Vec::new(),
        };
    }
    let before_and_after =
        |saved: u64| format!("({} → {})", size(known.ships), size(known.ships.saturating_sub(saved)));
    let mut lines = vec![match finding.confidence {
        Confidence::Exact => Line::of(Role::Heading, format!("Saves exactly {}", size(bytes.max)))
            .add(Role::Plain, format!(" {}.", before_and_after(bytes.max))),
        Confidence::Bounded => Line::of(Role::Heading, format!("Saves {}", range(bytes, known.manner)))
            .add(Role::Plain, ": between these, nobody can tell from the image alone."),
        Confidence::Heuristic => Line::of(Role::Heading, format!("Up to {}", size(bytes.max))).add(
            Role::Plain,
            ": the bytes are exact, that nobody needs them is a guess. Look before you act.",
        ),
    }];
    if finding.unique < bytes.min {
        let counted = size(bytes.min - finding.unique);
        lines.push(Line::of(
            Role::Dim,
            format!("{counted} of it are in findings that stand before it as well."),
        ));
    }
    lines
}

/// A fix: the change of the Dockerfile where there is one, else the text to paste.
fn how(heading: &str, fix: &Fix) -> Vec<Line> {
    let mut lines =
        vec![Line::of(Role::Heading, heading.to_owned()).add(Role::Dim, format!(": {}", remedy(fix.kind)))];
    let code = |role, line: &str| Line::of(role, text::display(line.as_bytes())).indent(4);
    match &fix.diff {
        Some(diff) => lines.extend(diff.lines().map(|line| {
            let role = match line.as_bytes().first() {
                Some(b'+') => Role::Added,
                Some(b'-') => Role::Removed,
                Some(b'@') => Role::Key,
                _ => Role::Plain,
            };
            code(role, line)
        })),
        None => lines.extend(fix.text.lines().map(|line| code(Role::Plain, line))),
    }
    lines
}

/// What a fix does, in a few words.
fn remedy(kind: FixKind) -> &'static str {
    match kind {
        FixKind::Merge => "one RUN",
        FixKind::MoveCleanup => "clean up in the step that makes it",
        FixKind::FixAtBirth => "set it where the files are made",
        FixKind::Copy => "copy it otherwise",
        FixKind::Mount => "mount it while the step runs",
        FixKind::Ignore => "keep it out of the build context",
        FixKind::Command => "another command",
        FixKind::Stage => "a stage of its own",
        FixKind::Outside => "outside the Dockerfile",
    }
}

/// The row of RUNs that a group is only a part of.
fn row_of<'a>(finding: &Finding, rows: &'a [Row]) -> Option<&'a Row> {
    let is_part = |row: &&Row| {
        row.layers.len() > finding.layers.len()
            && finding.layers.iter().all(|layer| row.layers.contains(layer))
    };
    rows.iter().find(is_part).filter(|_| finding.rule == Rule::UngroupedRun)
}

/// The lines of a row of RUNs that is best left alone.
pub fn row_lines(row: &Row, known: &Known<'_>) -> Vec<Line> {
    let mut lines = vec![Line::of(Role::Heading, shown(&row.sentence)), Line::new()];
    lines.extend(steps(&row.steps, known));
    lines
}

/// The numbers of the layers or steps of a finding, in a few words.
pub fn place(finding: &Finding) -> String {
    let numbers: Vec<usize> = if finding.layers.is_empty() {
        finding.steps.clone()
    } else {
        finding.layers.iter().map(|layer| usize::from(layer.0)).collect()
    };
    let word = if finding.layers.is_empty() { "step" } else { "layer" };
    match numbers[..] {
        [] => String::new(),
        [one] => format!("{word} {one}"),
        [first, .., last] if last - first + 1 == numbers.len() => format!("{word}s {first}–{last}"),
        [first, second] => format!("{word}s {first}, {second}"),
        [first, .., last] => format!("{word}s {first} … {last}"),
    }
}

/// How sure a finding is, in a word.
pub fn sureness(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Exact => "exact",
        Confidence::Bounded => "range",
        Confidence::Heuristic => "guess",
    }
}

/// Text of a rule: paths in it are made safe already, the rest is ours; what is not passes the gate all the same.
fn shown(text: &str) -> String {
    text::display(text.as_bytes())
}

/// What all advice together is worth, in a line.
pub fn sum(advice: &Advice, count: usize, ships: u64, manner: &Manner) -> String {
    let findings = text::counted(count as u64, "finding");
    if advice.avoidable == 0 {
        return findings;
    }
    let share = u128::from(advice.avoidable) * 100 / u128::from(ships.max(1));
    format!("{findings} · together {} can go ({share} % of what ships)", manner.size(advice.avoidable))
}
