//! A template's text as pieces, and an action's text as tokens.

use super::TemplateError;

/// A piece of a template.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text, white space trimmed where a neighbour asks for it.
    Text(&'a str),
    /// What stands between `{{` and `}}`, trimmed.
    Action(&'a str),
}

/// Cuts a template at its actions; comments are gone.
pub fn pieces(template: &str) -> Result<Vec<Piece<'_>>, TemplateError> {
    let is_space = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
    let mut pieces = Vec::new();
    let mut rest = template;
    let mut trim_start = false;
    loop {
        let (text, after) = match rest.split_once("{{") {
            Some((text, after)) => (text, Some(after)),
            None => (rest, None),
        };
        let text = if trim_start { text.trim_start_matches(is_space) } else { text };
        let Some(mut action) = after else {
            pieces.push(Piece::Text(text));
            return Ok(pieces);
        };
        let trims_before = action.starts_with('-') && action[1..].starts_with(is_space);
        if trims_before {
            action = &action[1..];
        }
        pieces.push(Piece::Text(if trims_before { text.trim_end_matches(is_space) } else { text }));
        let end = end_of_action(action)
            .ok_or_else(|| TemplateError(format!("unclosed action `{{{{{}`", action.trim_end())))?;
        let mut body = &action[..end];
        trim_start = body.strip_suffix('-').is_some_and(|before| before.ends_with(is_space));
        if trim_start {
            body = &body[..body.len() - 1];
        }
        let body = body.trim_matches(is_space);
        if let Some(comment) = body.strip_prefix("/*") {
            if !comment.ends_with("*/") {
                return Err(TemplateError(format!("a comment must end the action: `{body}`")));
            }
        } else {
            pieces.push(Piece::Action(body));
        }
        rest = &action[end + 2..];
    }
}

/// Where `}}` stands, outside of strings and comments.
fn end_of_action(action: &str) -> Option<usize> {
    let start = action.len() - action.trim_start().len();
    if action[start..].starts_with("/*") {
        let end = start + action[start..].find("*/")?;
        return Some(end + action[end..].find("}}")?);
    }
    let bytes = action.as_bytes();
    let mut quote = None;
    let mut at = 0;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(b'"' | b'\''), b'\\') => at += 1,
            (Some(open), byte) if byte == open => quote = None,
            (None, byte @ (b'"' | b'`' | b'\'')) => quote = Some(byte),
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// A token of an action, and whether white space stands before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Whether white space stands before it: `.A.B` is one path, `.A .B` are two.
    pub spaced: bool,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// `.`
    Dot,
    /// `.Name`, without the dot.
    Field(String),
    /// `$`
    Root,
    /// A keyword, a function, `true`, `false` or `nil`.
    Word(String),
    /// A string, unquoted.
    Text(String),
    /// An integer.
    Integer(i64),
    /// `|`
    Pipe,
    /// `(`
    Open,
    /// `)`
    Close,
}

/// The tokens of a part of an action.
pub fn tokens(text: &str, action: &str) -> Result<Vec<Token>, TemplateError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        let trimmed = rest.trim_start();
        let spaced = trimmed.len() < rest.len();
        let Some(first) = trimmed.chars().next() else { return Ok(tokens) };
        let (kind, length) = token(trimmed, first)
            .ok_or_else(|| TemplateError(format!("`{trimmed}` is not supported in `{{{{{action}}}}}`")))?;
        tokens.push(Token { kind, spaced });
        rest = &trimmed[length..];
    }
}

fn token(text: &str, first: char) -> Option<(TokenKind, usize)> {
    let word = |text: &str| text.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(text.len());
    Some(match first {
        '|' => (TokenKind::Pipe, 1),
        '(' => (TokenKind::Open, 1),
        ')' => (TokenKind::Close, 1),
        '$' if word(&text[1..]) == 0 => (TokenKind::Root, 1),
        '.' => match word(&text[1..]) {
            0 => (TokenKind::Dot, 1),
            _ if text[1..].starts_with(|c: char| c.is_ascii_digit()) => return None,
            length => (TokenKind::Field(text[1..=length].to_owned()), length + 1),
        },
        '"' => quoted(text)?,
        '`' => {
            let end = text[1..].find('`')?;
            (TokenKind::Text(text[1..=end].to_owned()), end + 2)
        }
        '+' | '-' | '0'..='9' => {
            let length = 1 + word(&text[1..]);
            // `1.5`, `0x10` and the like are numbers in Go, and of no use here.
            if text[length..].starts_with('.') {
                return None;
            }
            (TokenKind::Integer(text[..length].parse().ok()?), length)
        }
        c if c == '_' || c.is_alphabetic() => {
            let length = word(text);
            (TokenKind::Word(text[..length].to_owned()), length)
        }
        _ => return None,
    })
}

/// A string in double quotes with Go's escapes.
fn quoted(text: &str) -> Option<(TokenKind, usize)> {
    let mut out = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((TokenKind::Text(out), at + 1)),
            '\n' => return None,
            '\\' => {
                let digits = match chars.next()?.1 {
                    'n' => {
                        out.push('\n');
                        continue;
                    }
                    't' => {
                        out.push('\t');
                        continue;
                    }
                    'r' => {
                        out.push('\r');
                        continue;
                    }
                    c @ ('"' | '\\') => {
                        out.push(c);
                        continue;
                    }
                    'x' => 2,
                    'u' => 4,
                    'U' => 8,
                    _ => return None,
                };
                let hex: String = chars.by_ref().take(digits).map(|(_, c)| c).collect();
                // `\xff` would be a byte that is no character: refused, like every other odd escape.
                let code = u32::from_str_radix(&hex, 16).ok().filter(|&c| digits > 2 || c < 0x80)?;
                out.push(char::from_u32(code)?);
            }
            c => out.push(c),
        }
    }
    None
}
