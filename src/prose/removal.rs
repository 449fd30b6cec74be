//! What becomes of an image that is to be removed.

use crate::local::{Outcome, Reclaim};
use crate::text;

/// The outcome, as a clause.
pub fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Removed => "removed".to_owned(),
        Outcome::Untagged(names) => match &names[..] {
            [name] => format!("only untags: {} stays", shown(name)),
            [name, other] => format!("only untags: {} and {} stay", shown(name), shown(other)),
            [name, rest @ ..] => format!("only untags: {} and {} more names stay", shown(name), rest.len()),
            [] => "only untags".to_owned(),
        },
        Outcome::HasChildren(1) => "only untags: an image was made from it".to_owned(),
        Outcome::HasChildren(count) => format!("only untags: {count} images were made from it"),
        Outcome::UsedBy { container, running: true } => {
            format!("stays: the container {} runs on it", shown(container))
        }
        Outcome::UsedBy { container, running: false } => {
            format!("stays: the container {} uses it", shown(container))
        }
        Outcome::SeveralNames(names) => {
            format!("stays: its ID stands for {} names; the engine wants --force or the names", names.len())
        }
    }
}

/// How exact the sum is, to stand before it.
pub fn bound(reclaim: &Reclaim) -> &'static str {
    match (reclaim.partial, reclaim.uncertain > 0) {
        (false, false) => "",
        (true, false) => "at least ",
        (false, true) => "at most ",
        (true, true) => "about ",
    }
}

/// Who keeps bytes of removed images, and what lets them go: a sentence for each.
pub fn held(reclaim: &Reclaim, size: &dyn Fn(u64) -> String) -> Vec<String> {
    let sentence = |(who, bytes): &(String, u64)| {
        let bytes = size(*bytes);
        match who.as_str() {
            "the build cache" => {
                format!(
                    "{bytes} of them stay in the build cache until it is pruned, too: docker builder prune"
                )
            }
            who => format!("{bytes} of them stay as long as {} needs them", shown(who)),
        }
    };
    let mut sentences: Vec<String> = reclaim.held.iter().map(sentence).collect();
    if reclaim.uncertain > 0 {
        let bytes = size(reclaim.uncertain);
        sentences.push(format!(
            "up to {bytes} of it may stay: its engine does not tell what the build cache (docker builder prune) and \
             other images hold of it"
        ));
    }
    sentences
}

fn shown(name: &str) -> String {
    text::display(name.as_bytes())
}
