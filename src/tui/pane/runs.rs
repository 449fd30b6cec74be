//! What a container of the image runs: ENTRYPOINT and CMD together, and what they replaced.

use crate::build::{Instruction, Kind};
use crate::oci::RunConfig;
use crate::role::Role;
use crate::tui::pane::image::Item;

/// The rows about ENTRYPOINT and CMD.
pub fn items(config: &RunConfig, instructions: &[Instruction]) -> Vec<Item> {
    let entrypoint = config.entrypoint.as_deref().unwrap_or_default();
    let cmd = config.cmd.as_deref().unwrap_or_default();
    let mut items = Vec::new();
    let ignores = is_shell(entrypoint);
    let whole: Vec<String> =
        if ignores { entrypoint.to_vec() } else { entrypoint.iter().chain(cmd).cloned().collect() };
    if whole.is_empty() {
        let none = Item::none("Runs", "nothing: neither ENTRYPOINT nor CMD is set");
        items.push(none.remark("`docker run` needs a command after the image's name"));
    } else {
        let mut runs = Item::new("Runs", &command(&whole)).role(Role::Heading);
        if is_shell(if entrypoint.is_empty() { cmd } else { entrypoint }) {
            runs = runs.remark("in a shell, which is process 1: signals do not reach the program");
        }
        items.push(runs);
        items.push(given_words(entrypoint, cmd));
    }
    items.extend(setting("ENTRYPOINT", config.entrypoint.as_deref(), Kind::Entrypoint, instructions));
    items.extend(setting("CMD", config.cmd.as_deref(), Kind::Cmd, instructions));
    if let Some(last) = items.last_mut().filter(|_| ignores && !cmd.is_empty()) {
        last.remarks.push("never used: the shell form of ENTRYPOINT ignores CMD".to_owned());
    }
    items
}

/// What `docker run IMAGE a b` runs, as an example is clearer than a rule.
fn given_words(entrypoint: &[String], cmd: &[String]) -> Item {
    let words = ["a".to_owned(), "b".to_owned()];
    let (runs, rule) = match (entrypoint, cmd) {
        ([], _) => (words.to_vec(), "words after the image's name take the place of all of it"),
        (entrypoint, _) if is_shell(entrypoint) => {
            (entrypoint.to_vec(), "words after the image's name are lost: the shell form takes none")
        }
        (entrypoint, []) => ([entrypoint, &words].concat(), "words after the image's name are added"),
        (entrypoint, _) => {
            ([entrypoint, &words].concat(), "words after the image's name take the place of CMD")
        }
    };
    let example = format!("`docker run IMAGE a b` runs `{}`", command(&runs));
    Item { copy: String::new(), ..Item::new("With words", &example) }.remark(rule)
}

/// `["/bin/sh", "-c", "..."]`
fn is_shell(words: &[String]) -> bool {
    matches!(words, [shell, flag, ..] if flag == "-c" && (shell.ends_with("sh")))
}

/// The words of a command as a shell would need them: quoted where they hold spaces.
fn command(words: &[String]) -> String {
    if let [_, _, script] = words
        && is_shell(words)
    {
        return script.clone();
    }
    let quote = |word: &String| {
        if word.is_empty() || word.contains([' ', '\t', '\n', '"', '\'', '$']) {
            format!("'{}'", word.replace('\'', r"'\''"))
        } else {
            word.clone()
        }
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// The setting in force, then what it replaced, newest first.
fn setting(label: &str, words: Option<&[String]>, kind: Kind, instructions: &[Instruction]) -> Vec<Item> {
    let steps: Vec<usize> =
        (0..instructions.len()).filter(|&at| instructions[at].kind == kind).rev().collect();
    let mut items = Vec::new();
    let in_force = words.is_some_and(|words| !words.is_empty());
    if let Some(words) = words.filter(|_| in_force) {
        let json = serde_json::to_string(words).unwrap_or_default();
        items.push(Item::new(label, &json).by(steps.first().copied()));
    } else {
        items.push(Item::none(label, "none"));
    }
    let mut replaced_by = if in_force { steps.first().copied() } else { None };
    for &step in steps.iter().skip(usize::from(in_force)) {
        let value = match replaced_by {
            Some(by) => format!("{}  replaced in step {}", instructions[step].body, by + 1),
            None => format!("{}  taken back later", instructions[step].body),
        };
        items.push(Item { label: String::new(), ..Item::new("", &value) }.by(Some(step)).role(Role::Dim));
        replaced_by = Some(step);
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::Builder;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    fn step(kind: Kind, body: &str) -> Instruction {
        Instruction { kind, builder: Builder::BuildKit, body: body.to_owned(), args: Vec::new() }
    }

    fn values(config: &RunConfig, steps: &[Instruction]) -> Vec<(String, String)> {
        items(config, steps).into_iter().map(|item| (item.label, item.value)).collect()
    }

    fn row(label: &str, value: &str) -> (String, String) {
        (label.to_owned(), value.to_owned())
    }

    #[test]
    fn entrypoint_and_cmd_are_put_together() {
        let config = RunConfig {
            entrypoint: Some(words(&["/entry.sh"])),
            cmd: Some(words(&["serve", "a b"])),
            ..RunConfig::default()
        };
        let rows = values(&config, &[]);
        assert_eq!(rows[0], row("Runs", "/entry.sh serve 'a b'"));
        assert_eq!(rows[1], row("With words", "`docker run IMAGE a b` runs `/entry.sh a b`"));
    }

    #[test]
    fn a_replaced_cmd_names_the_step_that_replaced_it() {
        let steps = [step(Kind::Cmd, r#"["bash"]"#), step(Kind::Cmd, r#"["python3", "bot.py"]"#)];
        let rows =
            values(&RunConfig { cmd: Some(words(&["python3", "bot.py"])), ..RunConfig::default() }, &steps);
        assert!(rows.contains(&row("CMD", r#"["python3","bot.py"]"#)), "{rows:?}");
        assert!(rows.contains(&row("", r#"["bash"]  replaced in step 2"#)), "{rows:?}");
    }

    #[test]
    fn a_shell_form_entrypoint_ignores_cmd() {
        let config = RunConfig {
            entrypoint: Some(words(&["/bin/sh", "-c", "exec top -b"])),
            cmd: Some(words(&["serve"])),
            ..RunConfig::default()
        };
        let rows = items(&config, &[]);
        assert_eq!((rows[0].label.as_str(), rows[0].value.as_str()), ("Runs", "exec top -b"));
        assert_eq!(rows[3].remarks, ["never used: the shell form of ENTRYPOINT ignores CMD"]);
    }

    #[test]
    fn an_image_that_runs_nothing_says_so() {
        assert_eq!(values(&RunConfig::default(), &[])[0].1, "nothing: neither ENTRYPOINT nor CMD is set");
    }
}
