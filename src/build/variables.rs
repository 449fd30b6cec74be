//! The names and values of ENV and ARG.

use super::pieces;

/// A variable that an instruction sets; no value where it cannot be told for sure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value, without the quotes of a Dockerfile.
    pub value: Option<String>,
}

/// The variables of the body of an ENV or ARG. BuildKit's and the legacy builder's have lost their quotes: a value that
/// ends in what looks like a variable is told by the names that the image really has, where they are given.
pub fn variables(body: &str, is_name: impl Fn(&str) -> bool) -> Vec<Variable> {
    let words = pieces::words(body).unwrap_or_else(|| body.split_ascii_whitespace().collect());
    let starts = |word: &str| {
        word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && !name.contains(['"', '\'', '$', '{', '}', ',', ':']) && is_name(name)
        })
    };
    // `ENV NAME a value of old`; `ARG NAME` has none.
    if let Some((&name, rest)) = words.split_first().filter(|(name, _)| !name.contains('=')) {
        let value = body.trim_start().strip_prefix(name).map(str::trim).filter(|_| !rest.is_empty());
        return vec![Variable { name: name.to_owned(), value: value.map(str::to_owned) }];
    }
    let mut found: Vec<Variable> = Vec::new();
    for word in words {
        match (word.split_once('='), found.last_mut()) {
            (Some((name, value)), _) if starts(word) => {
                found.push(Variable { name: name.to_owned(), value: unquoted(value) });
            }
            // Part of a value whose quotes are gone.
            (_, Some(last)) => last.value = None,
            _ => {}
        }
    }
    found
}

/// Whether a command expands a variable: `$NAME`, `${NAME...`.
pub fn mentions(text: &str, name: &str) -> bool {
    text.match_indices('$').any(|(at, _)| {
        let rest = text[at + 1..].trim_start_matches('{').trim_start_matches(['#', '!']);
        let rest = rest.strip_prefix(name);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
    })
}

/// The name of a `NAME=value` and its value.
pub fn pair(text: &str) -> (&str, &str) {
    text.split_once('=').unwrap_or((text, ""))
}

/// A word without the quotes and escapes of a Dockerfile; `None` where it has expansions.
pub fn unquoted(word: &str) -> Option<String> {
    let mut value = String::with_capacity(word.len());
    let mut quote = None;
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (Some('\''), c) => value.push(c),
            (_, '$') => return None,
            (Some(_), '\\') if !matches!(chars.peek(), Some('"' | '\\' | '$')) => value.push('\\'),
            (_, '\\') => value.extend(chars.next()),
            (_, c) => value.push(c),
        }
    }
    quote.is_none().then_some(value)
}

/// `NAME="value"` as ENV and ARG take it.
pub fn assignment(name: &str, value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:-+@%,=".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        return format!("{name}={value}");
    }
    let escaped = value.replace('\\', r"\\").replace('"', "\\\"").replace('$', r"\$");
    format!("{name}=\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str, names: &[&str]) -> Vec<(String, Option<String>)> {
        let is_name = |name: &str| names.is_empty() || names.contains(&name);
        variables(body, is_name).into_iter().map(|it| (it.name, it.value)).collect()
    }

    #[test]
    fn variables_are_read_as_they_are_written() {
        let some = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
        let none = |name: &str| (name.to_owned(), None);
        assert_eq!(read("A=1 B=\"two words\"", &[]), [some("A", "1"), some("B", "two words")]);
        assert_eq!(read(r"A=a\ b B='x\y$' C=", &[]), [some("A", "a b"), some("B", r"x\y$"), some("C", "")]);
        assert_eq!(read(r#"A="q\"q\$\n""#, &[]), [some("A", r#"q"q$\n"#)]);
        assert_eq!(read("PATH=/a:$PATH B=2", &[]), [none("PATH"), some("B", "2")]);
        assert_eq!(read("NAME old style", &[]), [some("NAME", "old style")]);
        assert_eq!(read("NAME", &[]), [none("NAME")]);
        // Quotes lost: only the image's own names are names.
        assert_eq!(read("A=x B=y", &["A"]), [none("A")]);
        assert_eq!(read(r#"J={"a": 1} B=2"#, &["J", "B"]), [none("J"), some("B", "2")]);
        assert_eq!(read("A='x", &[]), [none("A")]);
        assert_eq!(read("", &[]), []);
        assert_eq!(read("=x", &[]), []);
    }

    #[test]
    fn assignments_read_back() {
        for value in ["", "a", "a b", r#"a"b"#, "$HOME", r"a\b", "é'"] {
            let text = assignment("A", value);
            assert_eq!(read(&text, &[]), [("A".to_owned(), Some(value.to_owned()))], "{text}");
        }
    }
}
