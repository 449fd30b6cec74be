//! What a RUN has a package manager do, as far as words tell.

/// The verbs that a command gives any of some programs: `install` of `sudo apt-get -y install curl`.
pub fn verbs<'a>(command: &'a str, programs: &[&str]) -> Vec<&'a str> {
    let verb = |piece: &'a str| {
        let mut words = piece.split_whitespace().filter(|word| !word.starts_with('-') && !word.contains('='));
        let program = words.find(|word| *word != "sudo")?;
        if programs.contains(&program) { words.next() } else { None }
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
    }
}
