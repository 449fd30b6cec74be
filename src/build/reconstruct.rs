//! The Dockerfile that the history tells of.

use super::Story;

/// The whole Dockerfile, as far as the history tells it, annotated with comments; secrets are masked, and what is not
/// known is a comment.
pub fn reconstruct(_story: &Story) -> String {
    String::new()
}
