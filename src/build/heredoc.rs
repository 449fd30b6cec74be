//! Heredocs in commands as builders record them: with their scripts, without their last lines, or lost.

/// A `<<WORD` of a command.
struct Operator<'a> {
    /// Where it begins.
    at: usize,
    /// Behind its word.
    end: usize,
    word: &'a str,
    /// `<<-`: tabs before the lines do not count.
    strips_tabs: bool,
}

/// The command as the shell needs it: `<<EOF` alone is its script, and what ends the last heredoc is there. `None`:
/// the text of a heredoc is lost, or something else than a shell reads it.
pub fn script(text: &str) -> Option<String> {
    let found = operators(text);
    let [first, ..] = &found[..] else { return Some(text.to_owned()) };
    let (_, lines) = text.split_once('\n')?;
    let ends = |operator: &Operator, line: &str| {
        let line = if operator.strips_tabs { line.trim_start_matches('\t') } else { line };
        line == operator.word
    };
    if first.at == 0 && text[first.end..].starts_with('\n') {
        let lines = lines.lines().take_while(|line| !ends(first, line));
        let lines = lines.map(|line| if first.strips_tabs { line.trim_start_matches('\t') } else { line });
        let script = lines.collect::<Vec<_>>().join("\n");
        return (!script.starts_with("#!")).then_some(script);
    }
    let is_open = |operator: &&Operator| !text[operator.end..].lines().any(|line| ends(operator, line));
    let open: Vec<&Operator> = found.iter().filter(is_open).collect();
    match open[..] {
        [] => Some(text.to_owned()),
        // Buildah drops the last line.
        [one] if found.last().is_some_and(|last| last.at == one.at) => {
            Some(format!("{}\n{}", text.trim_end_matches('\n'), one.word))
        }
        _ => None,
    }
}

/// A script as the heredoc of a RUN, with an end that no line of it is.
pub fn heredoc(word: &str, script: &str) -> String {
    let mut word = word.to_owned();
    while script.lines().any(|line| line.trim_start_matches('\t') == word) {
        word.push('_');
    }
    format!("<<'{word}'\n{}\n{word}", script.trim_end_matches('\n'))
}

/// The heredocs that a command opens. What only looks like one, in quotes, counts too: its text is then said to be
/// lost, which is safe.
fn operators(text: &str) -> Vec<Operator<'_>> {
    let mut list = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find("<<").map(|at| from + at) {
        from = at + 2;
        let rest = &text[from..];
        // `<<<` is a string, `$((1 << 2))` has no word.
        if rest.starts_with('<') {
            from += rest.len() - rest.trim_start_matches('<').len();
            continue;
        }
        let (strips_tabs, rest) = rest.strip_prefix('-').map_or((false, rest), |rest| (true, rest));
        let quoted = rest.strip_prefix(['\'', '"']);
        let word = quoted.unwrap_or(rest);
        let length = word.bytes().take_while(|&byte| byte.is_ascii_alphanumeric() || byte == b'_').count();
        let word = &word[..length];
        if length == 0 || word.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let end = from + usize::from(strips_tabs) + usize::from(quoted.is_some()) + length;
        let closed = quoted.is_some() && text[end..].starts_with(['\'', '"']);
        from = end + usize::from(closed);
        list.push(Operator { at, end: from, word, strips_tabs });
    }
    list
}

#[cfg(test)]
mod tests {
    use super::script;

    #[test]
    fn scripts_are_found_closed_or_lost() {
        for (text, expected) in [
            ("make", Some("make")),
            ("<<EOF\nset -e\necho h1 > /h1", Some("set -e\necho h1 > /h1")),
            ("<<'EOF'\na\nEOF\n", Some("a")),
            ("<<-EOF\n\ta\n\tEOF", Some("a")),
            ("cat <<EOT > /h3 && echo done\nhello", Some("cat <<EOT > /h3 && echo done\nhello\nEOT")),
            ("cat <<EOT\nhello\nEOT", Some("cat <<EOT\nhello\nEOT")),
            ("<<EOT bash\necho x", Some("<<EOT bash\necho x\nEOT")),
            ("cat <<A <<B\na\nA\nb\nB", Some("cat <<A <<B\na\nA\nb\nB")),
            ("cat <<A <<B\na\nA\nb", Some("cat <<A <<B\na\nA\nb\nB")),
            ("cat <<A <<B\na\nb", None),
            ("<<A\na <<B\nB\nA", Some("a <<B\nB")),
            ("<<EOF", None),
            ("cat <<EOT > /h3", None),
            ("<<EOF\n#!/usr/bin/perl\nprint", None),
            ("cat <<< word", Some("cat <<< word")),
            ("echo $((1 << 2)) $((1<<2))", Some("echo $((1 << 2)) $((1<<2))")),
            ("cat <<", Some("cat <<")),
            ("cat <<é", Some("cat <<é")),
            ("cat <<'é", Some("cat <<'é")),
            ("cat <<'E", None),
            ("cat <<'Eé\nx", Some("cat <<'Eé\nx\nE")),
        ] {
            assert_eq!(script(text).as_deref(), expected, "{text:?}");
        }
    }
}
