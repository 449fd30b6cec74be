//! What a RUN has a package manager do, as far as words tell.

/// Commands whose words are text, not commands.
const SPEAKERS: [&str; 3] = ["echo", "printf", "#"];

/// Flags whose value is the next word: `apt-get -t stable-backports install`.
const VALUED: [&str; 4] = ["-t", "-c", "-o", "-a"];

/// The verbs that a command gives any of some programs: `install` of `sudo apt-get -y install curl`, whatever stands
/// before the program (`xargs`, `then`, `bash -c "`).
pub fn verbs<'a>(command: &'a str, programs: &[&str]) -> Vec<&'a str> {
    let verb = |piece: &'a str| {
        let mut words = piece.split_whitespace().map(|word| word.trim_matches(['"', '\'', '`', '{', '}']));
        let is_program = |word: &str| programs.contains(&word.rsplit('/').next().unwrap_or_default());
        words.find(|word| is_program(word) || SPEAKERS.contains(word)).filter(|word| is_program(word))?;
        while let Some(word) = words.next() {
            if VALUED.contains(&word) {
                words.next();
            } else if !word.starts_with('-') && !word.contains('=') {
                return Some(word);
            }
        }
        None
    };
    command.split(['&', ';', '|', '\n', '(', ')']).filter_map(verb).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_of_chains() {
        let command =
            "A=b apt-get -qq update && (sudo apt-get install -y x; echo apt-get remove)\napt list | tee x";
        assert_eq!(verbs(command, &["apt-get", "apt"]), ["update", "install", "list"]);
        for command in [
            "apt-get -t stable-backports install -y x",
            "apt-get -o A::B=c -o D install x",
            "cat list | xargs -r apt-get install -y",
            "if true; then /usr/bin/apt-get install x; fi",
            "bash -c \"apt-get install x\"",
            "{ apt-get install x; }",
        ] {
            assert_eq!(verbs(command, &["apt-get"]), ["install"], "{command}");
        }
    }
}
