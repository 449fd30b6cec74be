//! A long command in lines.

/// A command cut for reading: before `&&` and `||`, after `;`, at tabs and line ends. Quotes, `$(...)`, `(...)` and
/// `{...}` stay whole, but for their own line ends. Nothing but white space around the cuts is lost.
pub fn command_lines(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let mut lines = Vec::new();
    let mut start = 0;
    let mut quote = None;
    let mut depth = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        let open = quote.is_none() && depth == 0;
        let next = bytes.get(at + 1).copied();
        let mut length = 1;
        match (quote, bytes[at]) {
            (_, b'\n') => cut(&mut lines, text, &mut start, at),
            // A line end that a backslash hides is one to read at all the same.
            (None | Some(b'"' | b'`'), b'\\') if next != Some(b'\n') => length = 2,
            (Some(closing), byte) if byte == closing => quote = None,
            (None, byte @ (b'\'' | b'"' | b'`')) => quote = Some(byte),
            (None, b'(') => depth += 1,
            (None, b'{') if next.is_some_and(|b| b.is_ascii_whitespace()) => depth += 1,
            (None, b')') => depth = depth.saturating_sub(1),
            (None, b'}') if at > 0 && bytes[at - 1].is_ascii_whitespace() => depth = depth.saturating_sub(1),
            (None, byte @ (b'&' | b'|')) if open && next == Some(byte) => {
                cut(&mut lines, text, &mut start, at);
                length = 2;
            }
            (None, b';') if open => {
                if next == Some(b';') {
                    length = 2;
                }
                cut(&mut lines, text, &mut start, at + length);
            }
            (None, b'\t') if open => cut(&mut lines, text, &mut start, at),
            _ => {}
        }
        at += length;
    }
    cut(&mut lines, text, &mut start, bytes.len());
    lines
}

fn cut(lines: &mut Vec<String>, text: &str, start: &mut usize, end: usize) {
    let line = text[*start..end].trim();
    if !line.is_empty() {
        lines.push(line.to_owned());
    }
    *start = end;
}
