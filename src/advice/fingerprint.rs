//! What tells a finding of one build from one of another build of the same Dockerfile.

use super::{Finding, Subject};
use crate::oci::Digest;
use crate::tree::{NodeId, Tree};

/// Directories that count of a finding's paths.
const DEPTH: usize = 3;
/// Hexadecimal digits of a fingerprint.
const DIGITS: usize = 16;

/// A hash over the rule, whose layers it is about, the commands of its steps and the directories that its paths have in
/// common. Numbers of steps, digests, sizes and times are not in it. `nth` tells apart what is the same in all of it.
pub(super) fn fingerprint(subject: &Subject<'_>, finding: &Finding, nth: usize) -> String {
    let mut text = format!("{}\0{}\0{nth}", finding.rule.id(), finding.owner.word()).into_bytes();
    for &step in &finding.steps {
        text.push(0);
        if let Some(instruction) = subject.story.instruction(step) {
            let words = instruction.to_string();
            text.extend(words.split_ascii_whitespace().collect::<Vec<_>>().join(" ").bytes());
        }
    }
    text.push(0);
    text.extend(pattern(&subject.image.tree, &finding.paths.sample));
    Digest::of(&text).hex().chars().take(DIGITS).collect()
}

/// The directory that paths have in common, at most three names deep.
fn pattern(tree: &Tree, nodes: &[NodeId]) -> Vec<u8> {
    let (Some(&first), Some(&last)) = (nodes.iter().min(), nodes.iter().max()) else { return Vec::new() };
    let mut at = tree.parent(first);
    while !tree.subtree(at).contains(&last.0) {
        at = tree.parent(at);
    }
    let path = tree.path(at);
    path.split(|byte| *byte == b'/').take(DEPTH).collect::<Vec<_>>().join(&b'/')
}
