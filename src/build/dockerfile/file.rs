//! A Dockerfile, read: its stages, and their instructions with lines, flags and remarks.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use super::Aligned;
use crate::build::{Kind, pieces};

/// A longer file is no Dockerfile.
const MAX_BYTES: usize = 4 << 20;

/// A stage: FROM and what follows.
pub struct Stage {
    /// What its FROM says, arguments filled in.
    pub from: String,
    /// The line of its FROM.
    pub line: usize,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Its instructions.
    pub items: Vec<Item>,
}

/// An instruction.
#[derive(Clone)]
pub struct Item {
    /// What it does.
    pub kind: Kind,
    /// How it stands in the file.
    pub written: Aligned,
}

/// The stages of a Dockerfile. `args` are values of build arguments, `NAME=value`, for its FROMs.
///
/// # Errors
///
/// It is none: line and reason.
pub fn read(name: &str, text: &str, args: &[String]) -> Result<Vec<Stage>, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("{name} has {} bytes, the limit is {MAX_BYTES}", text.len()));
    }
    let args: HashMap<&str, &str> = args.iter().filter_map(|arg| arg.split_once('=')).collect();
    let mut globals = HashMap::new();
    let mut stages: Vec<Stage> = Vec::new();
    let mut before = Vec::new();
    let mut lines = Lines::of(text);
    while let Some((number, line)) = lines.next() {
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            before.push(line.trim());
            continue;
        }
        let whole = lines.whole(number, line).map_err(|why| format!("{name}:{number}: {why}"))?;
        let (keyword, rest) = whole.logical.split_once([' ', '\t', '\n']).unwrap_or((&whole.logical, ""));
        let keyword = keyword.to_ascii_uppercase();
        let kind = Kind::parse(&keyword).map(|(kind, _)| kind);
        match (kind, stages.last_mut()) {
            _ if keyword == "FROM" => {
                let words = rest.split_ascii_whitespace().filter(|word| !word.starts_with("--"));
                let words: Vec<&str> = words.collect();
                let Some(from) = words.first() else {
                    return Err(format!("{name}:{number}: FROM names nothing"));
                };
                let is_named = words.get(1).is_some_and(|word| word.eq_ignore_ascii_case("as"));
                stages.push(Stage {
                    from: expand(from, &globals),
                    line: number,
                    name: words.get(2).filter(|_| is_named).map(|&name| name.to_owned()),
                    items: Vec::new(),
                });
            }
            (None, _) => return Err(format!("{name}:{number}: unknown instruction {keyword}")),
            (Some(Kind::Arg), None) => {
                let value = expand(rest.trim(), &globals);
                let (name, value) = value.split_once('=').unwrap_or((&value, ""));
                let value = args.get(name).copied().unwrap_or(value.trim_matches(['"', '\'']));
                globals.insert(name.to_owned(), value.to_owned());
            }
            (Some(_), None) => return Err(format!("{name}:{number}: {keyword} stands before FROM")),
            (Some(kind), Some(stage)) => {
                let ignores = pragmas(&before);
                stage.items.push(item(kind, rest, whole.text, whole.lines, ignores));
            }
        }
        before.clear();
    }
    if stages.is_empty() {
        return Err(format!("{name} has no FROM"));
    }
    for (number, stage) in stages.iter_mut().enumerate() {
        let name = stage.name.clone().unwrap_or_else(|| number.to_string());
        for item in &mut stage.items {
            item.written.stage.clone_from(&name);
        }
    }
    Ok(stages)
}

/// The lines of a Dockerfile, numbered from 1.
struct Lines<'a> {
    rest: std::str::Split<'a, char>,
    next: usize,
    escape: char,
}

/// An instruction in one piece.
struct Whole {
    /// As it stands in the file.
    text: String,
    lines: RangeInclusive<usize>,
    /// Without continuations and the remarks within; heredocs with their lines.
    logical: String,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let directives = text.lines().map_while(|line| {
            let (name, value) = line.trim().strip_prefix('#')?.split_once('=')?;
            let name = name.trim().to_ascii_lowercase();
            ["syntax", "escape", "check"].contains(&name.as_str()).then(|| (name, value.trim()))
        });
        let mut escapes = directives.filter(|(name, _)| name == "escape");
        let escape = if escapes.next().is_some_and(|(_, value)| value == "`") { '`' } else { '\\' };
        Self { rest: text.split('\n'), next: 1, escape }
    }

    fn next(&mut self) -> Option<(usize, &'a str)> {
        let line = self.rest.next()?;
        self.next += 1;
        Some((self.next - 1, line.strip_suffix('\r').unwrap_or(line)))
    }

    /// The instruction that begins with this line: to the line that does not go on, and then the heredocs.
    fn whole(&mut self, first: usize, line: &'a str) -> Result<Whole, String> {
        let mut text = line.to_owned();
        let mut logical = String::new();
        let mut last = first;
        let mut line = line.trim_start();
        loop {
            let Some(part) = self.continued(line) else {
                logical.push_str(line);
                break;
            };
            logical.push_str(part);
            // Blank lines and remarks within do not end it.
            let is_nothing = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
            let next = loop {
                let Some((number, next)) = self.next() else { break None };
                text.push('\n');
                text.push_str(next);
                last = number;
                if !is_nothing(next) {
                    break Some(next);
                }
            };
            let Some(next) = next else { break };
            line = next;
        }
        for (word, strips_tabs) in heredocs(&logical) {
            loop {
                let (number, next) = self.next().ok_or_else(|| format!("the heredoc {word} does not end"))?;
                for text in [&mut text, &mut logical] {
                    text.push('\n');
                    text.push_str(next);
                }
                last = number;
                if word == if strips_tabs { next.trim_start_matches('\t') } else { next } {
                    break;
                }
            }
        }
        Ok(Whole { text: text.trim_end().to_owned(), lines: first..=last, logical })
    }

    /// The line without the character that makes it go on.
    fn continued<'l>(&self, line: &'l str) -> Option<&'l str> {
        let part = line.trim_end_matches([' ', '\t']).strip_suffix(self.escape)?;
        (!part.ends_with(self.escape)).then_some(part)
    }
}

/// Whether an instruction in one line goes on in the lines after it, as a heredoc.
pub fn opens_heredoc(line: &str) -> bool {
    !heredocs(line).is_empty()
}

/// The words that end the heredocs of an instruction, and whether tabs before them do not count: `<<WORD` is a word of
/// RUN, COPY or ADD.
fn heredocs(logical: &str) -> Vec<(String, bool)> {
    let mut words =
        pieces::words(logical).unwrap_or_else(|| logical.split_ascii_whitespace().collect()).into_iter();
    let keyword = words.next().unwrap_or_default().to_ascii_uppercase();
    if !["RUN", "COPY", "ADD", "ONBUILD"].contains(&keyword.as_str()) {
        return Vec::new();
    }
    let word = |word: &str| {
        let word = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
        let (strips_tabs, word) = word.strip_prefix('-').map_or((false, word), |word| (true, word));
        let word = word.trim_matches(['"', '\'']);
        (!word.is_empty() && !word.contains(['<', '"', '\''])).then(|| (word.to_owned(), strips_tabs))
    };
    words.filter_map(word).collect()
}

/// The rules of `# capas: ignore=a,b` in the remarks right above an instruction.
fn pragmas(before: &[&str]) -> Vec<String> {
    let remarks = before.iter().rev().take_while(|line| line.starts_with('#'));
    let lists = remarks.filter_map(|line| {
        line.trim_start_matches('#').trim_start().strip_prefix("capas:")?.trim_start().strip_prefix("ignore=")
    });
    let rules = lists.flat_map(|list| list.split([',', ' '])).map(str::trim);
    rules.filter(|rule| !rule.is_empty()).map(str::to_owned).collect()
}

fn item(kind: Kind, rest: &str, text: String, lines: RangeInclusive<usize>, ignores: Vec<String>) -> Item {
    let (flags, body) = match kind {
        Kind::Run | Kind::Copy | Kind::Add => flags(rest),
        _ => (Vec::new(), rest.trim()),
    };
    let body = body.to_owned();
    Item {
        kind,
        written: Aligned { lines, text, body, flags, stage: String::new(), is_trigger: false, ignores },
    }
}

/// What an ONBUILD leaves to the images built on it.
pub fn trigger(onbuild: &Item) -> Option<Item> {
    let (keyword, rest) = onbuild.written.body.split_once([' ', '\t'])?;
    let (kind, _) = Kind::parse(&keyword.to_ascii_uppercase())?;
    let (flags, body) = flags(rest);
    let written = Aligned { body: body.to_owned(), flags, is_trigger: true, ..onbuild.written.clone() };
    Some(Item { kind, written })
}

/// The flags before a body, and the body.
fn flags(text: &str) -> (Vec<String>, &str) {
    let mut flags = Vec::new();
    let mut rest = text.trim();
    while rest.starts_with("--") {
        let line = rest.lines().next().unwrap_or_default();
        let quoted = pieces::words(line).and_then(|words| words.first().copied());
        let flag = quoted.or_else(|| rest.split_ascii_whitespace().next()).unwrap_or(rest);
        flags.push(flag.to_owned());
        rest = rest[flag.len()..].trim_start();
    }
    (flags, rest)
}

/// `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME-word}` with these values; what is not known stays.
fn expand(text: &str, values: &HashMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let braced = after.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let (inner, end) = if let Some((inner, _)) = braced {
            (inner, inner.len() + 2)
        } else {
            let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
            let length = after.bytes().take_while(is_of_name).count();
            (&after[..length], length)
        };
        let (name, default) = match inner.split_once('-') {
            Some((name, default)) => (name.trim_end_matches(':'), Some(default)),
            None => (inner, None),
        };
        let value = values.get(name).map(String::as_str);
        match value.filter(|value| !value.is_empty()).or(default) {
            Some(value) => out.push_str(value),
            None => out.push_str(&rest[at..=at + end]),
        }
        rest = &after[end..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_lines_flags_and_remarks() {
        let text = "# syntax=docker/dockerfile:1\nARG V=12\nARG N=deb${X:-ian}\nFROM $N:${V} AS base\n\nfrom base\n\
                    # why\n# capas: ignore=a,b c\nRUN --mount=type=cache,target=/c one && \\\n  # inside\n\n  two\n\
                    # after\nRUN <<E\n# kept\nx\nE\nCOPY --from=base a \\\n b\n";
        let stages = read("Dockerfile", text, &["V=13".to_owned()]).expect("a Dockerfile");
        let froms: Vec<_> = stages.iter().map(|it| (it.from.as_str(), it.line, it.name.as_deref())).collect();
        assert_eq!(froms, [("debian:13", 4, Some("base")), ("base", 6, None)]);
        let items: Vec<_> = stages[1].items.iter().map(|it| &it.written).collect();
        let lines: Vec<_> = items.iter().map(|it| it.lines.clone()).collect();
        assert_eq!(lines, [9..=12, 14..=17, 18..=19]);
        assert_eq!(items[0].body, "one &&   two");
        assert_eq!(items[0].flags, ["--mount=type=cache,target=/c"]);
        assert_eq!(items[0].ignores, ["a", "b", "c"]);
        assert_eq!(items[1].body, "<<E\n# kept\nx\nE");
        assert_eq!((items[2].body.as_str(), &*items[2].flags), ("a  b", &["--from=base".to_owned()][..]));
        assert_eq!(items[2].stage, "1");
        assert!(items[0].text.contains("# inside"));
    }

    #[test]
    fn heredocs_stand_anywhere_in_a_command() {
        let text =
            "FROM x\nRUN cat <<A <<-'B' > /f && \\\n  x\n# a\nA\nRUN b\n\tB\nRUN cat<<A 2>&1\nENV X <<A\n";
        let stages = read("D", text, &[]).expect("a Dockerfile");
        let lines: Vec<_> = stages[0].items.iter().map(|it| it.written.lines.clone()).collect();
        assert_eq!(lines, [2..=7, 8..=8, 9..=9]);
        assert_eq!(stages[0].items[0].written.body, "cat <<A <<-'B' > /f &&   x\n# a\nA\nRUN b\n\tB");
    }

    #[test]
    fn the_escape_character_may_be_another() {
        let text = "# syntax=x\n# Escape = `\nFROM x\nRUN a \\\nRUN b `\n c\nRUN d ``\n";
        let stages = read("D", text, &[]).expect("a Dockerfile");
        let bodies: Vec<_> = stages[0].items.iter().map(|it| it.written.body.as_str()).collect();
        assert_eq!(bodies, ["a \\", "b  c", "d ``"]);
    }

    #[test]
    fn what_is_no_dockerfile_says_where() {
        for (text, why) in [
            ("FROM x\nRUNN y\n", "D:2: unknown instruction RUNN"),
            ("RUN x", "D:1: RUN stands before FROM"),
            ("# nothing\n", "D has no FROM"),
            ("FROM", "D:1: FROM names nothing"),
            ("FROM x\n\nRUN <<E\nx", "D:3: the heredoc E does not end"),
        ] {
            assert_eq!(read("D", text, &[]).err().as_deref(), Some(why), "{text}");
        }
    }

    #[test]
    fn arguments_are_filled_in_where_they_are_known() {
        let values = [("A", "1"), ("E", "")].map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        for (text, expected) in [
            ("x:$A", "x:1"),
            ("x:${A}-y", "x:1-y"),
            ("${B:-d}${E:-e}${B-f}", "def"),
            ("$B ${B} $", "$B ${B} $"),
            ("${", "${"),
            ("$é", "$é"),
        ] {
            assert_eq!(expand(text, &values), expected, "{text}");
        }
    }
}
