//! Names of variables that hold secrets, and texts without their values.

use super::Instruction;

/// Whether a build argument or variable of this name should hold a secret, by BuildKit's rule
/// (`SecretsUsedInArgOrEnv`): a whole word of the name is one of nine, and none says that it is public.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let has = |list: &[&str]| name.split('_').any(|word| list.contains(&word));
    has(&[
        "apikey",
        "auth",
        "credential",
        "credentials",
        "key",
        "password",
        "pword",
        "passwd",
        "secret",
        "token",
    ]) && !has(&["public", "file", "version"])
        && !matches!(name.as_str(), "gpg_key" | "gpg_keys")
}

/// Where a variable with a secret name got a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretKey {
    /// The number of the step.
    pub step: usize,
    /// Whether a build argument or a variable of the image.
    pub place: SecretPlace,
    /// Its name. Its value is nobody's business.
    pub name: String,
}

/// What a secret was written into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// ARG: in the history.
    Arg,
    /// ENV: in the config and in every container.
    Env,
    /// LABEL: in the config.
    Label,
}

/// Variables with secret names that got a value, in step order.
pub fn secret_keys(steps: &[Instruction]) -> Vec<SecretKey> {
    let _ = steps;
    Vec::new()
}
