//! What becomes of an image that is to be removed.

use crate::local::{Outcome, Reclaim};
use crate::text;

/// The outcome, as a clause.
pub fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Removed => "removed".to_owned(),
        Outcome::Untagged(names) => match &names[..] {
            [name] => format!("only untags: {} stays", shown(name)),
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
    reclaim.held.iter().map(sentence).collect()
}

fn shown(name: &str) -> String {
    text::display(name.as_bytes())
}
