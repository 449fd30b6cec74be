//! Brackets beside the steps: which RUNs should be one, with what that saves, and which are best left alone.

use crate::advice::{Bytes, Row, Rule, Verdict};
use crate::image::{Image, ImageInfo};
use crate::layer::LayerIndex;
use crate::ledger::Group;
use crate::text::Manner;
use crate::tui::insight::Insight;

/// A bracket beside steps in a row, and the line below them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bracket {
    /// Its first step, from 0.
    pub first: usize,
    /// Its last step, from 0.
    pub last: usize,
    /// Whether following the advice saves enough to be worth it.
    pub pays: bool,
    /// What the line says, the longest way first.
    pub says: Vec<String>,
    /// The finding that goes with it, by its place in the advice.
    pub finding: Option<usize>,
}

/// Where a step stands in a bracket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// At its upper end.
    First,
    /// Between its ends.
    Middle,
    /// At its lower end.
    Last,
}

impl Bracket {
    /// Where a step stands in it.
    pub fn part(&self, step: usize) -> Option<Part> {
        match step {
            _ if !(self.first..=self.last).contains(&step) => None,
            _ if step == self.first => Some(Part::First),
            _ if step == self.last => Some(Part::Last),
            _ => Some(Part::Middle),
        }
    }
}

/// The brackets of an image, oldest first; none overlaps another.
pub fn brackets(image: &Image, insight: &Insight, manner: &Manner) -> Vec<Bracket> {
    let (info, advice) = (&image.info, &insight.advice);
    let mut brackets = Vec::new();
    for row in &advice.rows {
        if row.groups.is_empty() || row.verdict == Verdict::Leave {
            brackets.extend(bracket(info, &row.layers, false, idle(row.bytes, manner), None));
            continue;
        }
        // What no group takes is best left alone, and has its price all the same.
        for layers in rest(row) {
            if let (Some(&from), Some(&to)) = (layers.first(), layers.last()) {
                let price = insight.ledger.price(&image.tree, from, to);
                let bytes = Bytes { min: price.min(), max: price.max() };
                brackets.extend(bracket(info, &layers, false, idle(bytes, manner), None));
            }
        }
        for group in &row.groups {
            let layers = [group.from, group.to];
            let finding = advice.findings.iter().position(|finding| {
                finding.rule == Rule::UngroupedRun
                    && (finding.layers.first(), finding.layers.last()) == (Some(&group.from), Some(&group.to))
            });
            brackets.extend(bracket(info, &layers, true, saving(row.verdict, group, manner), finding));
        }
    }
    brackets.sort_by_key(|bracket| bracket.first);
    brackets
}

fn bracket(
    info: &ImageInfo,
    layers: &[LayerIndex],
    pays: bool,
    says: Vec<String>,
    finding: Option<usize>,
) -> Option<Bracket> {
    let step = |layer: &LayerIndex| info.layers.get(layer.offset())?.step.checked_sub(1);
    let (first, last) = (step(layers.first()?)?, step(layers.last()?)?);
    (first < last).then_some(Bracket { first, last, pays, says, finding })
}

/// What a group saves.
fn saving(verdict: Verdict, group: &Group, manner: &Manner) -> Vec<String> {
    let bytes = range(Bytes { min: group.price.min(), max: group.price.max() }, manner);
    let Group { from, to, .. } = group;
    match verdict {
        Verdict::MoveCleanup => vec![
            format!("removing in the step that makes it would save {bytes}"),
            format!("clean up in the same RUN: -{bytes}"),
            format!("clean up earlier: -{bytes}"),
            format!("-{bytes}"),
        ],
        Verdict::FixAtBirth => vec![
            format!("owner and mode set at once would save {bytes}"),
            format!("owner and mode at once: -{bytes}"),
            format!("-{bytes}"),
        ],
        Verdict::Merge | Verdict::Leave => vec![
            format!("one RUN for {from}–{to} would save {bytes}"),
            format!("merge {from}–{to}: -{bytes}"),
            format!("-{bytes}"),
        ],
    }
}

/// The layers of a row before, between and behind its groups.
fn rest(row: &Row) -> Vec<Vec<LayerIndex>> {
    let group =
        |layer: LayerIndex| row.groups.iter().position(|group| (group.from..=group.to).contains(&layer));
    row.layers
        .chunk_by(|&one, &other| group(one) == group(other))
        .filter(|layers| group(layers[0]).is_none())
        .map(<[LayerIndex]>::to_vec)
        .collect()
}

/// What a row does not save.
fn idle(bytes: Bytes, manner: &Manner) -> Vec<String> {
    let bytes = range(bytes, manner);
    vec![
        format!("merging saves {bytes}, leave them"),
        format!("leave them, {bytes} to save"),
        format!("leave: {bytes}"),
    ]
}

/// One figure, or the two that it lies between.
pub fn range(bytes: Bytes, manner: &Manner) -> String {
    let (min, max) = (manner.size(bytes.min), manner.size(bytes.max));
    if min == max {
        return max;
    }
    // `12.1–14.0 MB`: the unit stands once where it is the same.
    match (min.split_once(' '), max.split_once(' ')) {
        (Some((number, unit)), Some((_, other))) if unit == other => format!("{number}–{max}"),
        _ => format!("{min}–{max}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_names_its_unit_once() {
        let manner = Manner::default();
        let range = |min, max| range(Bytes { min, max }, &manner);
        assert_eq!(range(12_100_000, 14_000_000), "12.1–14.0 MB");
        assert_eq!(range(900, 14_000), "900 B–14.0 kB");
        assert_eq!(range(702, 702), "702 B");
    }
}
