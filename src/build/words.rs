//! What builders record after a keyword, as an author would have written it.

use super::Kind;
use super::args;

/// The body of an instruction. What is not understood stays as it is.
pub fn body(kind: Kind, text: &str) -> String {
    let rewritten = match kind {
        Kind::Copy | Kind::Add => return copy(text),
        Kind::Env | Kind::Label => return quoted_pairs(text),
        Kind::Cmd | Kind::Entrypoint => go_strings(text).map(|strings| array(&strings)),
        Kind::Shell => go_strings(text).or_else(|| go_words(text)).map(|strings| array(&strings)),
        Kind::Expose | Kind::Volume => go_words(text).map(|words| words.join(" ")),
        Kind::Healthcheck => healthcheck(text),
        _ => None,
    };
    rewritten.unwrap_or_else(|| text.to_owned())
}

/// `--chown=1:1multi:<64 digits> in /srv/` as `--chown=1:1 multi:<12 digits> /srv/`.
fn copy(text: &str) -> String {
    for source in ["file:", "dir:", "multi:"] {
        for (at, _) in text.match_indices(source) {
            let hex = &text[at + source.len()..];
            let digits = hex.bytes().take_while(u8::is_ascii_hexdigit).count();
            let Some(target) = hex[digits..].strip_prefix(" in ") else { continue };
            if digits != 64 {
                continue;
            }
            // 20.10 forgets the space after a flag.
            let flags = text[..at].trim_end();
            let space = if flags.is_empty() { "" } else { " " };
            return format!("{flags}{space}{source}{} {}", &hex[..12], target.trim());
        }
    }
    text.to_owned()
}

/// `FOO=bar BAZ=q u o` as `FOO=bar BAZ="q u o"`.
fn quoted_pairs(text: &str) -> String {
    if text.contains('"') {
        return text.to_owned();
    }
    let quote = |pair: String| match pair.split_once('=') {
        Some((name, value)) if value.contains([' ', '\t', '\'', '$', '#']) || value.is_empty() => {
            format!("{name}=\"{}\"", value.replace('\\', "\\\\"))
        }
        _ => pair,
    };
    let pairs = args::pairs(text);
    // `ENV NAME value` of old has no `=`.
    if pairs.first().is_none_or(|pair| !pair.contains('=')) {
        return text.to_owned();
    }
    pairs.into_iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// A JSON array with a space after each comma, as people write it.
fn array(strings: &[String]) -> String {
    let quoted: Vec<String> =
        strings.iter().map(|s| serde_json::Value::from(s.as_str()).to_string()).collect();
    format!("[{}]", quoted.join(", "))
}

/// Go's `%q` of a slice: `["a" "b \"c\""]`.
fn go_strings(text: &str) -> Option<Vec<String>> {
    let inner = text.strip_prefix('[')?.strip_suffix(']')?;
    let mut strings = Vec::new();
    let mut rest = inner.trim_start();
    while !rest.is_empty() {
        let (string, after) = go_string(rest)?;
        strings.push(string);
        // Commas: it was JSON already.
        rest = after.trim_start_matches([' ', ',']);
    }
    Some(strings)
}

fn go_string(text: &str) -> Option<(String, &str)> {
    let mut bytes = Vec::new();
    let inner = text.strip_prefix('"')?;
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        let code = match c {
            '"' => return Some((String::from_utf8(bytes).ok()?, &inner[at + 1..])),
            '\\' => match chars.next()?.1 {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'a' => '\x07',
                'b' => '\x08',
                'f' => '\x0c',
                'v' => '\x0b',
                letter @ ('x' | 'u' | 'U') => {
                    let digits = [('x', 2), ('u', 4), ('U', 8)].iter().find(|(l, _)| *l == letter)?.1;
                    let hex: String = chars.by_ref().take(digits).map(|(_, c)| c).collect();
                    let code = u32::from_str_radix(&hex, 16).ok()?;
                    if letter == 'x' {
                        bytes.push(u8::try_from(code).ok()?);
                        continue;
                    }
                    char::from_u32(code)?
                }
                c => c,
            },
            c => c,
        };
        bytes.extend_from_slice(code.encode_utf8(&mut [0; 4]).as_bytes());
    }
    None
}

/// Go's `%v` of a slice of words, `[a b]`, or of a set of them, `map[a:{} b:{}]`.
fn go_words(text: &str) -> Option<Vec<String>> {
    let (inner, is_map) = match text.strip_prefix("map[") {
        Some(inner) => (inner, true),
        None => (text.strip_prefix('[')?, false),
    };
    let inner = inner.strip_suffix(']')?;
    if inner.contains('"') {
        return None;
    }
    let word = |word: &str| if is_map { word.strip_suffix(":{}").unwrap_or(word) } else { word }.to_owned();
    Some(inner.split_whitespace().map(word).collect())
}

/// `&{["CMD" "true"] "5s" "0s" "0s" '\x00'}` (20.10), with a start interval (25 and later), or unquoted (28).
fn healthcheck(text: &str) -> Option<String> {
    let fields = text.strip_prefix("&{").or_else(|| text.strip_prefix('{'))?.strip_suffix('}')?;
    let fields = fields.strip_prefix("Test:").unwrap_or(fields);
    let (open_list, rest) = fields.rsplit_once(']')?;
    let list = format!("{open_list}]");
    let value =
        |word: &str| word.split_once(':').map_or(word, |(_, value)| value).trim_matches('"').to_owned();
    let values: Vec<String> = rest.split_whitespace().map(value).collect();
    let (retries, durations) = values.split_last()?;
    let names: &[&str] = match durations.len() {
        3 => &["interval", "timeout", "start-period"],
        4 => &["interval", "timeout", "start-period", "start-interval"],
        _ => return None,
    };
    let flags = names.iter().zip(durations).filter(|(_, duration)| *duration != "0s");
    let mut words: Vec<String> = flags.map(|(name, duration)| format!("--{name}={duration}")).collect();
    let retries = go_character(retries)?;
    if retries > 0 {
        words.push(format!("--retries={retries}"));
    }
    // Without quotes the words of the exec form cannot be told apart at their spaces.
    let command = go_strings(&list).or_else(|| go_words(&list))?;
    match command.split_first()? {
        (kind, []) if kind == "NONE" => return Some("NONE".to_owned()),
        (kind, rest) if kind == "CMD-SHELL" => words.push(format!("CMD {}", rest.join(" "))),
        (kind, rest) if kind == "CMD" => words.push(format!("CMD {}", array(rest))),
        _ => return None,
    }
    Some(words.join(" "))
}

/// Go's `%q` of a number is a character: `'\x03'`, `'\n'`; `%v` is the number.
fn go_character(text: &str) -> Option<u32> {
    let Some(quoted) = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\'')) else {
        return text.parse().ok();
    };
    let (string, _) = go_string(&format!("\"{}\"", quoted.replace('"', "\\\"")))?;
    string.chars().next().map(u32::from)
}
