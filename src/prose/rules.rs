//! Why a rule matters, in one to three sentences, by its id.

/// Said of caches that may be more than that.
pub const MAY_BE_LOADED: &str = "Some programs load from here when they run: check that yours does not.";

/// Why a finding of this rule is one; empty for an unknown id.
pub fn why(rule: &str) -> &'static str {
    WHY.iter().find(|(id, _)| *id == rule).map_or("", |(_, why)| why)
}

const WHY: &[(&str, &str)] = &[(
    "package-cache",
    "Package managers keep what they downloaded for their next run. An image is not installed into again, so that \
         the cache only ships. Emptying it in a later step saves nothing: it has to happen in the step that fills it.",
)];
