//! Shell text, taken apart as far as merging needs it.

/// Whether a command is nothing but words joined by `&&` and `|`, with no builtin that outlives it, so that it can
/// stand in a chain of `&&` as it is. When in doubt, it is not.
pub fn is_simple(_text: &str) -> bool {
    false
}
