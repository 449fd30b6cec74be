//! `|2 A=b C=d e /bin/sh -c command`: build arguments, shell, command.

/// Shells as builders write them, longest first where one begins with another.
const SHELLS: [&str; 12] = [
    "/bin/sh -c",
    "/bin/bash -c",
    "/bin/bash -ec",
    "/bin/bash -exc",
    "/bin/bash -euxo pipefail -c",
    "/bin/bash -eo pipefail -c",
    "/bin/bash -o pipefail -c",
    "/bin/ash -eo pipefail -c",
    "/bin/ash -c",
    "/bin/sh -ec",
    "powershell -Command",
    "cmd /S /C",
];

/// A command with what stood before it.
pub struct Command<'a> {
    /// `NAME=value`.
    pub args: Vec<String>,
    /// Whether a shell was found before it.
    pub shell_form: bool,
    /// The command without arguments and shell.
    pub text: &'a str,
}

/// Takes a recorded command apart. `shell` is the SHELL in force, where it is known.
pub fn split<'a>(text: &'a str, shell: &[String]) -> Command<'a> {
    let shell = shell.join(" ");
    let shells = || std::iter::once(shell.as_str()).filter(|s| !s.is_empty()).chain(SHELLS);
    let Some((count, rest)) = counted(text) else {
        let command = shells().find_map(|shell| after_shell(text, shell));
        return Command { args: Vec::new(), shell_form: command.is_some(), text: command.unwrap_or(text) };
    };
    // Values may hold spaces, so that only the shell says where the arguments end: the first one that occurs.
    let cuts = shells().filter_map(|shell| {
        let starts = rest.match_indices(shell).map(|(at, _)| at);
        let mut words = starts.filter(|&at| at == 0 || rest[..at].ends_with(' '));
        words.find_map(|at| Some((at, after_shell(&rest[at..], shell)?)))
    });
    // One with as many arguments before it as are said comes first; Buildah counts wrong.
    let cut = cuts.min_by_key(|(at, _)| (pairs(rest[..*at].trim_end()).len() != count, *at));
    if let Some((at, command)) = cut {
        return Command { args: pairs(rest[..at].trim_end()), shell_form: true, text: command };
    }
    // The exec form has no shell: take as many words as there are arguments.
    let end = rest.match_indices(' ').nth(count.saturating_sub(1)).map_or(rest.len(), |(at, _)| at);
    Command { args: pairs(&rest[..end]), shell_form: false, text: rest[end..].trim_start() }
}

/// `|2 rest`.
fn counted(text: &str) -> Option<(usize, &str)> {
    let (count, rest) = text.strip_prefix('|')?.split_once(' ')?;
    Some((count.parse().ok()?, rest))
}

/// What follows the shell, if the text begins with it.
fn after_shell<'a>(text: &'a str, shell: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(shell)?;
    let command = rest.strip_prefix([' ', '\t', '\n'])?;
    Some(command)
}

/// `A=b c D=e` as `A=b c` and `D=e`: a new pair begins where a name and `=` follow a space.
pub fn pairs(text: &str) -> Vec<String> {
    let mut pairs: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let name = word.split_once('=').map_or("", |(name, _)| name);
        let starts = !name.is_empty()
            && !name.starts_with(|c: char| c.is_ascii_digit())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-/".contains(&b));
        match pairs.last_mut() {
            Some(pair) if !starts => {
                pair.push(' ');
                pair.push_str(word);
            }
            _ if word.is_empty() => {}
            _ => pairs.push(word.to_owned()),
        }
    }
    pairs
}
