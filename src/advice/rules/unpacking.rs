//! Which archives a command unpacks, as far as words tell.

use crate::advice::patterns;

/// Ends of the names of archives, and what has `tar` unpack one from a pipe; `None` where it is no tar.
const ENDS: [(&str, Option<&str>); 11] = [
    (".tar", Some("-x")),
    (".tar.gz", Some("-xz")),
    (".tgz", Some("-xz")),
    (".tar.xz", Some("-xJ")),
    (".txz", Some("-xJ")),
    (".tar.bz2", Some("-xj")),
    (".tbz2", Some("-xj")),
    (".tar.zst", Some("--zstd -x")),
    (".tzst", Some("--zstd -x")),
    (".zip", None),
    (".whl", None),
];

/// What may stand before a program.
const BEFORE: [&str; 8] = ["sudo", "exec", "time", "if", "then", "else", "do", "!"];
/// What has `unzip` look only, or write to the next program.
const LOOKS: [&str; 6] = ["-l", "-t", "-v", "-p", "-z", "-Z"];

/// Whether a name is that of an archive.
pub fn is_archive(name: &[u8]) -> bool {
    ENDS.iter().any(|(end, _)| name.len() > end.len() && name.ends_with(end.as_bytes()))
}

/// What has `tar` unpack an archive of that name from a pipe; `None` where it is no tar.
pub fn piped(name: &str) -> Option<&'static str> {
    ENDS.iter().find(|(end, _)| name.ends_with(end))?.1
}

/// A command that unpacks.
#[derive(Debug)]
pub struct Unpacking {
    /// It, with what it reads from: `cat app.tgz | tar xz`.
    pub line: String,
    /// The directory that the command went to before, as it is written.
    pub folder: Option<String>,
    /// Where `tar` is told to go to, as it is written.
    pub target: Option<String>,
    /// The option of `tar` that takes directories off the names.
    pub strip: Option<String>,
}

/// The commands of a script that unpack.
pub fn unpackings(script: &str) -> Vec<Unpacking> {
    let script = script.replace("\\\n", " ");
    let mut folder = None;
    let mut found = Vec::new();
    for line in script.split(['&', ';', '\n', '(', ')']) {
        let mut stages = line.split('|').map(program);
        if let Some(("cd", [to])) = program(line).as_ref().map(|(name, words)| (*name, &words[..])) {
            folder = Some((*to).to_owned());
        }
        if let Some((name, words)) = stages.find_map(|stage| stage.filter(unpacks)) {
            let is_tar = name != "unzip";
            let value = |names: &[&str]| option(&words, names).filter(|_| is_tar);
            found.push(Unpacking {
                line: line.trim().to_owned(),
                folder: folder.clone(),
                target: value(&["-C", "--directory"]),
                strip: value(&["--strip-components", "--strip"])
                    .map(|count| format!("--strip-components={count}")),
            });
        }
    }
    found
}

/// The program of a command and its words.
fn program(command: &str) -> Option<(&str, Vec<&str>)> {
    let mut words = command.split_whitespace().skip_while(|word| {
        BEFORE.contains(word) || (word.contains('=') && !word.starts_with('-') && !word.contains('/'))
    });
    let name = words.next()?.rsplit('/').next()?;
    Some((name, words.collect()))
}

fn unpacks((name, words): &(&str, Vec<&str>)) -> bool {
    match *name {
        "unzip" => !words.iter().any(|word| LOOKS.contains(word)),
        "tar" | "bsdtar" | "gtar" => words.iter().enumerate().any(|(at, word)| {
            let letters = match word.strip_prefix('-') {
                // What follows these letters is their value: a name may have an `x` in it.
                Some(letters) => letters.split(['f', 'C', 'I']).next().unwrap_or_default(),
                None if at == 0 => word,
                None => return false,
            };
            matches!(*word, "--extract" | "--get") || (!letters.starts_with('-') && letters.contains('x'))
        }),
        _ => false,
    }
}

/// The value of an option: `-C DIR`, `--directory=DIR`.
fn option(words: &[&str], names: &[&str]) -> Option<String> {
    let at = words.iter().position(|word| names.contains(&word.split('=').next().unwrap_or_default()))?;
    let value = words[at].split_once('=').map(|(_, value)| value);
    value.or_else(|| words.get(at + 1).copied()).map(str::to_owned)
}

impl Unpacking {
    /// Whether a word of it names the file of a path (without its first slash). Of a relative word the directory is
    /// not known; a variable stands for anything, but not for a whole name.
    pub fn names(&self, path: &str) -> bool {
        self.line.split(|c: char| c.is_whitespace() || "<|".contains(c)).any(|word| names(word, path))
    }
}

fn names(word: &str, path: &str) -> bool {
    let word: String = word.strip_prefix("--file=").unwrap_or(word).replace(['"', '\''], "");
    if !is_archive(word.as_bytes()) || word.contains("://") {
        return false;
    }
    let pattern = with_stars(&word);
    let is_whole = pattern.starts_with('/');
    let said: Vec<&str> = pattern.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let said: Vec<&str> = said.into_iter().rev().take_while(|part| *part != "..").collect();
    let there: Vec<&str> = path.split('/').rev().collect();
    let is_said = is_whole || said.first().is_some_and(|name| !name.starts_with('*'));
    let is_length = if is_whole { said.len() == there.len() } else { said.len() <= there.len() };
    is_said && is_length && said.iter().zip(&there).all(|(part, name)| patterns::fits(part, name.as_bytes()))
}

/// A word with `*` for its variables.
fn with_stars(word: &str) -> String {
    let mut parts = word.split('$');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = match part.strip_prefix('{') {
            Some(inner) => inner.split_once('}').map_or("", |(_, rest)| rest),
            None => part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_'),
        };
        text.push('*');
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commands_unpack() {
        let unpacked: [(&str, &str); 12] = [
            ("tar xzf app.tgz", "srv/app.tgz"),
            ("cd /tmp && tar -C /opt -zxvf ./app.tar.gz a/b", "tmp/app.tar.gz"),
            ("set -e; \\\n tar \\\n -xf /tmp/app.tar", "tmp/app.tar"),
            ("tar --extract --file=/tmp/app.tar.zst", "tmp/app.tar.zst"),
            ("tar xz < app.tar.gz", "app.tar.gz"),
            ("xz -dc /app.tar.xz | sudo tar x", "app.tar.xz"),
            ("curl -fsSL https://x.test/a.tgz | tee /tmp/a.tgz | tar xz", "tmp/a.tgz"),
            ("if true; then bsdtar -xf ../a.zip; fi", "srv/a.zip"),
            ("A=b unzip -q \"/tmp/${NAME}.zip\" -d /opt", "tmp/app.zip"),
            ("/bin/tar -xJf node-v$V-linux.tar.xz", "node-v20.1-linux.tar.xz"),
            ("unzip a.whl", "a.whl"),
            ("echo a | cat; (unzip a.zip)", "opt/a.zip"),
        ];
        for (command, path) in unpacked {
            assert!(unpackings(command).iter().any(|it| it.names(path)), "{command}");
        }
        let others: [(&str, &str); 10] = [
            ("tar czf app.tgz ./x", "app.tgz"),
            ("tar tf app.tgz", "app.tgz"),
            ("tar -cf x.tar -C /x .", "x.tar"),
            ("curl https://x.test/a.tgz | tar xz", "a.tgz"),
            ("unzip -l a.zip", "a.zip"),
            ("tar xf /opt/a.tar", "srv/a.tar"),
            ("tar xf b/a.tar", "srv/a.tar"),
            ("tar xzf $NAME.tar.gz", "usr/share/doc/x.tar.gz"),
            ("echo tar xf a.tar", "a.tar"),
            ("tar xf b.tar; cp a.tar /srv", "a.tar"),
        ];
        for (command, path) in others {
            assert!(!unpackings(command).iter().any(|it| it.names(path)), "{command}");
        }
    }
}
