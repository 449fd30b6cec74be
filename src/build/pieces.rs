//! Shell text, taken apart as far as merging needs it. Whoever is not sure says so: nothing here guesses.

/// A command of a list, and what joins it to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The command, with its redirections, without blanks around it.
    pub text: &'a str,
    /// What follows it.
    pub joint: Joint,
}

/// What follows a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `;`
    Semicolon,
    /// `|`
    Pipe,
    /// `&`
    Background,
    /// A line end.
    Newline,
    /// Nothing.
    End,
}

/// Nesting of quotes and parentheses that no honest command reaches.
const DEEPEST: usize = 32;

/// Words that begin or end something longer than a command.
const KEYWORDS: [&str; 21] = [
    "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "function",
    "select", "coproc", "time", "in", "{", "}", "[[", "!",
];

/// Builtins whose effects outlive them, or that end the shell. With the special ones assignments before them do too.
const LASTING: [&str; 45] = [
    ".",
    ":",
    "alias",
    "bg",
    "break",
    "builtin",
    "cd",
    "command",
    "continue",
    "declare",
    "dirs",
    "disown",
    "enable",
    "eval",
    "exec",
    "exit",
    "export",
    "fg",
    "getopts",
    "hash",
    "jobs",
    "let",
    "local",
    "logout",
    "mapfile",
    "popd",
    "pushd",
    "read",
    "readarray",
    "readonly",
    "return",
    "set",
    "shift",
    "shopt",
    "source",
    "suspend",
    "times",
    "trap",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "wait",
    "history",
];

/// A list of commands.
struct List<'a> {
    pieces: Vec<Piece<'a>>,
    /// Where the first comment begins.
    comment: Option<usize>,
}

/// The commands of a list, `None` where that is not sure: heredocs, compound commands, what only some shells know,
/// what is not complete. A comment belongs to no piece.
pub fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    scan(text).map(|list| list.pieces)
}

fn scan(text: &str) -> Option<List<'_>> {
    let bytes = text.as_bytes();
    let mut found: Vec<Piece> = Vec::new();
    let mut comment = None;
    let mut start = 0;
    let mut word_start = true;
    let mut at = 0;
    while at < bytes.len() {
        let (byte, next) = (bytes[at], bytes.get(at + 1).copied());
        let before = at.checked_sub(1).map(|at| bytes[at]);
        let joint = match byte {
            b'#' if word_start => {
                push(&mut found, &text[start..at], Joint::Newline)?;
                comment = comment.or(Some(at));
                at += bytes[at..].iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len() - at);
                start = at;
                continue;
            }
            b'&' if next == Some(b'&') => Some(Joint::And),
            b'&' if matches!(before, Some(b'>' | b'<')) => None,
            b'&' if next == Some(b'>') => return None,
            b'&' => Some(Joint::Background),
            b'|' if next == Some(b'|') => Some(Joint::Or),
            b'|' if next == Some(b'&') => return None,
            b'|' if before == Some(b'>') => None,
            b'|' => Some(Joint::Pipe),
            b';' if next == Some(b';') => return None,
            b';' => Some(Joint::Semicolon),
            b'\n' => Some(Joint::Newline),
            b'<' if matches!(next, Some(b'<' | b'(')) => return None,
            b'>' if next == Some(b'(') => return None,
            // A subshell is a command; after a word it is something else.
            b'(' if !text[start..at].trim().is_empty() => return None,
            b')' => return None,
            _ => None,
        };
        if let Some(joint) = joint {
            push(&mut found, &text[start..at], joint)?;
            at += if matches!(joint, Joint::And | Joint::Or) { 2 } else { 1 };
            start = at;
            word_start = true;
        } else {
            word_start = matches!(byte, b' ' | b'\t');
            at = skip(bytes, at, 0)?;
        }
    }
    push(&mut found, &text[start..], Joint::End)?;
    let last = found.last_mut()?;
    if matches!(last.joint, Joint::And | Joint::Or | Joint::Pipe) {
        return None;
    }
    if last.joint == Joint::Newline {
        last.joint = Joint::End;
    }
    let is_command = |piece: &Piece| !KEYWORDS.contains(&first_word(piece.text));
    found.iter().all(is_command).then_some(List { pieces: found, comment })
}

/// Adds a piece; nothing is one only where the grammar lets it be. `None`: it does not.
fn push<'a>(list: &mut Vec<Piece<'a>>, text: &'a str, joint: Joint) -> Option<()> {
    let text = text.trim_matches([' ', '\t', '\n']);
    if !text.is_empty() {
        list.push(Piece { text, joint });
        return Some(());
    }
    matches!(joint, Joint::Newline | Joint::End).then_some(())
}

/// Where what begins at `at` ends: a byte, an escaped one, something quoted or in parentheses. `None`: not sure.
fn skip(bytes: &[u8], at: usize, depth: usize) -> Option<usize> {
    if depth > DEEPEST {
        return None;
    }
    let next = bytes.get(at + 1).copied();
    match bytes[at] {
        b'\\' => next.map(|_| at + 2),
        b'\'' => Some(at + 2 + bytes[at + 1..].iter().position(|&byte| byte == b'\'')?),
        b'"' => until(bytes, at + 1, b'"', |at| match (bytes[at], bytes.get(at + 1)) {
            (b'$', Some(b'(' | b'{')) | (b'`' | b'\\', _) => skip(bytes, at, depth + 1),
            _ => Some(at + 1),
        }),
        b'`' => until(bytes, at + 1, b'`', |at| Some(if bytes[at] == b'\\' { at + 2 } else { at + 1 })),
        b'$' => match next {
            Some(b'(') => skip(bytes, at + 1, depth + 1),
            Some(b'{') => until(bytes, at + 2, b'}', |at| skip(bytes, at, depth + 1)),
            // `$'...'` has escapes in bash and none in sh.
            Some(b'\'' | b'"') => None,
            _ => Some(at + 1),
        },
        b'(' => until(bytes, at + 1, b')', |at| {
            let word_start = bytes[at - 1].is_ascii_whitespace() || b"(;&|`".contains(&bytes[at - 1]);
            let rest = &bytes[at..];
            // The parentheses of `case`, of comments and of heredocs have no partners.
            let odd = word_start && (rest.starts_with(b"#") || rest.starts_with(b"case"));
            if odd || rest.starts_with(b"<<") { None } else { skip(bytes, at, depth + 1) }
        }),
        _ => Some(at + 1),
    }
}

/// Behind the closing byte; `step` says where what begins at a place ends.
fn until(bytes: &[u8], mut at: usize, closing: u8, step: impl Fn(usize) -> Option<usize>) -> Option<usize> {
    while at < bytes.len() {
        if bytes[at] == closing {
            return Some(at + 1);
        }
        at = step(at)?;
    }
    None
}

/// The words of a piece as they stand, quotes and all; redirections stay with the words they touch.
pub(super) fn words(text: &str) -> Option<Vec<&str>> {
    let bytes = text.as_bytes();
    let mut list = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < bytes.len() {
        if bytes[at].is_ascii_whitespace() {
            list.extend((start < at).then(|| &text[start..at]));
            at += 1;
            start = at;
        } else {
            at = skip(bytes, at, 0)?;
        }
    }
    list.extend((start < bytes.len()).then(|| &text[start..]));
    Some(list)
}

fn first_word(text: &str) -> &str {
    text.split_ascii_whitespace().next().unwrap_or_default()
}

/// Whether a command is nothing but words joined by `&&` and `|`, with no builtin that outlives it, so that it can
/// stand in a chain of `&&` as it is. When in doubt, it is not.
pub fn is_simple(text: &str) -> bool {
    let joints = |piece: &Piece| matches!(piece.joint, Joint::And | Joint::Pipe | Joint::End);
    let Some(pieces) = pieces(text) else { return false };
    !text.contains('\n')
        && without_comment(text) == Some(text)
        && pieces.iter().all(|piece| joints(piece) && leaves_nothing(piece.text))
}

/// Whether a command changes nothing in the shell that runs it.
fn leaves_nothing(text: &str) -> bool {
    let Some(words) = words(text) else { return false };
    let is_assignment = |word: &&str| {
        let name = word.split_once('=').map_or("", |(name, _)| name);
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let mut rest = words.iter().skip_while(|word| is_assignment(word));
    let Some(&command) = rest.next() else { return false };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_./+-@:,".contains(&byte);
    (command == "[" || command.bytes().all(plain))
        && !LASTING.contains(&command)
        // bash: printf -v name
        && !(command == "printf" && rest.clone().any(|word| word.starts_with("-v")))
        && !assigns(text)
}

/// Whether an expansion may assign or end the shell: `${a:=b}`, `${a:?b}`, `$((a = 1))`.
fn assigns(text: &str) -> bool {
    text.contains("$((")
        || text.match_indices("${").any(|(at, _)| {
            let inner = text[at..].split('}').next().unwrap_or_default();
            inner.contains(['=', '?'])
        })
}

/// The text without the comment that ends it. `None`: it has other comments, or may have.
pub fn without_comment(text: &str) -> Option<&str> {
    let may_begin =
        |at: usize| at == 0 || text[..at].ends_with([' ', '\t', '\n', ';', '&', '|', '(', ')', '`']);
    if !text.match_indices('#').any(|(at, _)| may_begin(at)) {
        return Some(text);
    }
    match scan(text)?.comment {
        None => Some(text),
        Some(at) => (!text[at..].contains('\n')).then(|| text[..at].trim_end()),
    }
}

/// A text with one blank where there are several, but in quotes; as it is where that is not sure.
pub(super) fn tidy(text: &str) -> String {
    let text = text.trim();
    if pieces(text).is_none() || text.contains('\n') {
        return text.to_owned();
    }
    words(text).map_or_else(|| text.to_owned(), |words| words.join(" "))
}
