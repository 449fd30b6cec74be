//! `.dockerignore`: what of the build context stays out.

/// The patterns of a `.dockerignore`, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DockerIgnore {
    /// The patterns without slashes around them, and whether each brings files back (`!`).
    pub patterns: Vec<(String, bool)>,
}

/// More patterns than any project has are not heeded: each is tried on each path.
const MOST: usize = 2000;

impl DockerIgnore {
    /// Reads the text of a `.dockerignore`.
    pub fn parse(text: &str) -> Self {
        let lines = text.trim_start_matches('\u{feff}').lines().filter(|line| !line.starts_with('#'));
        let pattern = |line: &str| {
            let line = line.trim();
            let (line, returns) = line.strip_prefix('!').map_or((line, false), |line| (line.trim(), true));
            let parts = line.split('/').filter(|part| !part.is_empty() && *part != ".");
            (parts.collect::<Vec<_>>().join("/"), returns)
        };
        Self { patterns: lines.map(pattern).filter(|(pattern, _)| !pattern.is_empty()).take(MOST).collect() }
    }

    /// Whether a path of the context (`a/b`, no leading slash) stays out: the last pattern that fits it or a folder
    /// above it decides.
    pub fn excludes(&self, path: &str) -> bool {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let fits = |pattern: &str| {
            let pattern: Vec<&str> = pattern.split('/').collect();
            (1..=parts.len()).any(|length| is_match(&pattern, &parts[..length]))
        };
        let last = self.patterns.iter().rev().find(|(pattern, _)| fits(pattern));
        last.is_some_and(|(_, returns)| !returns)
    }
}

/// Whether a path matches part for part; `**` is any number of parts.
fn is_match(pattern: &[&str], path: &[&str]) -> bool {
    // One row of the table of which beginnings match: no pattern takes longer than its length times the path's.
    let mut row = vec![false; path.len() + 1];
    row[0] = true;
    for part in pattern {
        let mut next = vec![false; path.len() + 1];
        for at in 0..=path.len() {
            next[at] = if *part == "**" {
                row[at] || (at > 0 && next[at - 1])
            } else {
                at > 0 && row[at - 1] && is_part(part, path[at - 1])
            };
        }
        row = next;
    }
    row[path.len()]
}

/// Go's `filepath.Match` on one part: `*`, `?`, `[a-z]`, `[^a]`, `\x`.
fn is_part(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    // Where the last `*` stands, and how much of the name it has taken.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        let step = match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
                continue;
            }
            Some(_) => one(&pattern[p..], name[n]),
            None => None,
        };
        match (step, star) {
            (Some(length), _) => {
                p += length;
                n += 1;
            }
            (None, Some((at, taken))) => {
                star = Some((at, taken + 1));
                (p, n) = (at + 1, taken + 1);
            }
            (None, None) => return false,
        }
    }
    pattern[p.min(pattern.len())..].iter().all(|&c| c == '*')
}

/// How much of the pattern stands for this character; `None`: it does not match.
fn one(pattern: &[char], c: char) -> Option<usize> {
    match pattern {
        ['?', ..] => Some(1),
        ['\\', escaped, ..] => (*escaped == c).then_some(2),
        ['[', rest @ ..] => {
            let (negated, list) = match rest {
                ['^', list @ ..] => (true, list),
                list => (false, list),
            };
            let end = list.iter().skip(1).position(|&c| c == ']')? + 1;
            let mut at = 0;
            let mut found = false;
            while at < end {
                let (low, high, length) = match list[at..end] {
                    [low, '-', high, ..] => (low, high, 3),
                    ['\\', low, ..] => (low, low, 2),
                    [low, ..] => (low, low, 1),
                    [] => break,
                };
                found |= (low..=high).contains(&c);
                at += length;
            }
            (found != negated).then_some(pattern.len() - list.len() + end + 1)
        }
        [plain, ..] => (*plain == c).then_some(1),
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_keep_files_out_and_bring_them_back() {
        let ignore = DockerIgnore::parse(
            "\u{feff}# a remark\n/.git/\n./*.log\n\n**/node_modules\ndoc/**/*.md\n!doc/keep/README.md\ntemp?\n[a-c]x\n!  back\nback/inner\n",
        );
        for (path, excluded) in [
            (".git", true),
            (".git/config", true),
            ("a/.git", false),
            ("x.log", true),
            ("a/x.log", false),
            ("node_modules/y", true),
            ("a/b/node_modules/c", true),
            ("doc/a.md", true),
            ("doc/a/b/c.md", true),
            ("doc/keep/README.md", false),
            ("doc/a.txt", false),
            ("temp1", true),
            ("temp", false),
            ("temp12", false),
            ("bx", true),
            ("dx", false),
            ("back", false),
            ("back/inner/x", true),
            ("", false),
        ] {
            assert_eq!(ignore.excludes(path), excluded, "{path}");
        }
    }

    #[test]
    fn parts_match_as_go_matches_them() {
        for (pattern, name, expected) in [
            ("*", "", true),
            ("a*c*e", "abcde", true),
            ("a*c*e", "abcd", false),
            ("[^a-c]", "d", true),
            ("[^a-c]", "b", false),
            ("[]a]", "]", true),
            ("[a-", "a", false),
            (r"\*", "*", true),
            (r"\*", "a", false),
            ("é?", "éü", true),
            ("[", "[", false),
            ("**", "ab", true),
        ] {
            assert_eq!(is_part(pattern, name), expected, "{pattern} {name}");
        }
        assert!(!is_part(&"*a".repeat(500), &"b".repeat(5000)));
    }
}
