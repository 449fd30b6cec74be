//! Names of variables that hold secrets, and texts without their values.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};

use super::variables::{pair, variables};
use super::{Instruction, Kind};

/// What stands for a value that nobody is to read.
const MASK: &str = "****";

/// Values shorter than this are not looked for in texts: they would be found everywhere.
const SHORTEST: usize = 4;

/// Each value is looked for in each text: an image with more of them has no secret to keep.
const MOST: usize = 200;

/// Whether a build argument or variable of this name should hold a secret, by BuildKit's rule
/// (`SecretsUsedInArgOrEnv`): a whole word of the name is one of ten, and none says that it is public.
pub fn is_secret_name(name: &str) -> bool {
    const SECRET: [&str; 10] = [
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
    ];
    let name = name.to_ascii_lowercase();
    let has = |list: &[&str]| name.split('_').any(|word| list.contains(&word));
    // Public keys of packagers, in many official images.
    let is_public = matches!(name.as_str(), "gpg_key" | "gpg_keys") || has(&["public", "file", "version"]);
    has(&SECRET) && !is_public
}

/// Where a variable with a secret name got a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretKey {
    /// The number of the first step that has it.
    pub step: usize,
    /// What it was written into.
    pub place: SecretPlace,
    /// Its name. Its value is nobody's business.
    pub name: String,
}

/// What a secret was written into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretPlace {
    /// ARG: in the history.
    Arg,
    /// ENV: in the config, and in every container.
    Env,
}

/// The variables of a step that have a secret name and a value, with the value as the text has it.
fn of_step(step: &Instruction) -> Vec<(SecretPlace, String, Option<String>)> {
    let named = |place: SecretPlace| {
        let variables = variables(&step.body, |_| true).into_iter();
        variables.filter(|it| is_secret_name(&it.name)).map(move |it| (place, it.name, it.value))
    };
    let is_empty = |value: &Option<String>| value.as_ref().is_some_and(String::is_empty);
    match step.kind {
        Kind::Env => named(SecretPlace::Env).filter(|it| !is_empty(&it.2)).collect(),
        // `ARG NAME` alone says nothing.
        Kind::Arg => {
            named(SecretPlace::Arg).filter(|it| it.2.as_ref().is_some_and(|it| !it.is_empty())).collect()
        }
        _ => {
            let pairs = step.args.iter().map(|arg| pair(arg));
            let secret = pairs.filter(|(name, value)| is_secret_name(name) && !value.is_empty());
            secret.map(|(name, value)| (SecretPlace::Arg, name.to_owned(), Some(value.to_owned()))).collect()
        }
    }
}

/// Variables with secret names that got a value: each once per place, in step order.
pub fn secret_keys(steps: &[Instruction]) -> Vec<SecretKey> {
    let mut seen = HashSet::new();
    let mut list = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        for (place, name, _) in of_step(step) {
            if seen.insert((place, name.clone())) {
                list.push(SecretKey { step: at + 1, place, name });
            }
        }
    }
    list
}

/// The values that no text may show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Secrets {
    /// The longest first, since one may hold another.
    values: Vec<String>,
}

impl Secrets {
    /// The secrets of an image: of its steps, of its variables, of the build's arguments.
    pub fn new<'a>(steps: &[Instruction], variables: impl Iterator<Item = &'a str>) -> Self {
        let of_steps = steps.iter().flat_map(of_step).filter_map(|(_, _, value)| value);
        let named = variables.map(pair).filter(|(name, _)| is_secret_name(name));
        let values: BTreeSet<String> = of_steps.chain(named.map(|(_, value)| value.to_owned())).collect();
        let mut values: Vec<String> = values.into_iter().filter(|value| value.len() >= SHORTEST).collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values.truncate(MOST);
        Self { values }
    }

    /// A text without them.
    pub fn masked<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.values.iter().fold(Cow::Borrowed(text), |text, value| {
            if text.contains(value) { Cow::Owned(text.replace(value, MASK)) } else { text }
        })
    }

    /// An instruction as its author wrote it, without them; an ARG keeps its name only.
    pub fn instruction(&self, step: &Instruction) -> String {
        if step.kind == Kind::Arg && !of_step(step).is_empty() {
            let all = variables(&step.body, |_| true);
            let words = all.into_iter().map(|it| match it.value {
                Some(value) if !is_secret_name(&it.name) => super::variables::assignment(&it.name, &value),
                _ => it.name,
            });
            return format!("ARG {}", words.collect::<Vec<_>>().join(" "));
        }
        let hidden: Vec<String> = of_step(step).into_iter().map(|(_, name, _)| name).collect();
        if step.kind == Kind::Env && !hidden.is_empty() {
            let all = variables(&step.body, |_| true);
            let words = all.into_iter().map(|it| match it.value {
                Some(value) if !hidden.contains(&it.name) => super::variables::assignment(&it.name, &value),
                _ => format!("{}={MASK}", it.name),
            });
            return format!("ENV {}", words.collect::<Vec<_>>().join(" "));
        }
        self.masked(&step.to_string()).into_owned()
    }
}
