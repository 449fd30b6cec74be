//! The command of a RUN step.

use super::dockerfile::Aligned;
use super::provenance::Exec;
use super::{Builder, Instruction, Kind, heredoc, pieces};
use crate::image::Step;

/// What a RUN step ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// How it was given.
    pub form: Form,
    /// The script for the shell in force, with the line ends of heredocs; for the exec form the words as recorded.
    pub text: String,
    /// `--mount=...`, `--network=...`, `--security=...`, as far as they are known.
    pub flags: Vec<String>,
    /// Whether there are no flags but those in `flags`. BuildKit's history hides them.
    pub flags_known: bool,
    /// Whether the text is all there: scripts of heredocs get lost.
    pub complete: bool,
    /// Where the text is from.
    pub origin: Origin,
}

/// How a command was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// To the shell in force.
    Shell,
    /// Its words, where they can be told apart.
    Exec(Option<Vec<String>>),
}

/// Where a command's text is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The history.
    History,
    /// The provenance.
    Provenance,
    /// The Dockerfile.
    Dockerfile,
}

impl Command {
    /// The command of a step, `None` where it is no RUN. `shell` is the SHELL in force.
    pub(super) fn of(
        step: &Step,
        instruction: &Instruction,
        shell: &[String],
        exec: Option<&Exec>,
        aligned: Option<&Aligned>,
    ) -> Option<Self> {
        if instruction.kind != Kind::Run {
            return None;
        }
        let mut command = recorded(step, instruction, shell);
        if let Some(exec) = exec {
            command.attested(exec, shell);
        }
        if let Some(aligned) = aligned {
            command.flags.clone_from(&aligned.flags);
            command.flags_known = true;
            // The history keeps what ran; the file is asked for what the history lost.
            let lost = !command.complete || matches!(command.form, Form::Exec(None));
            if lost && let Some((form, text)) = written(&aligned.body) {
                command.form = form;
                command.text = text;
                command.complete = true;
                command.origin = Origin::Dockerfile;
            }
        }
        Some(command)
    }

    /// The script that a shell is given, with the last lines of its heredocs. `None`: it is no script, or not all of it is
    /// known.
    pub fn script(&self) -> Option<String> {
        let is_script = self.complete && self.form == Form::Shell;
        if is_script { heredoc::script(&pieces::tidy(&self.text)) } else { None }
    }

    /// Takes what was attested: the words are exact, and no mount is hidden.
    fn attested(&mut self, exec: &Exec, shell: &[String]) {
        self.flags = exec.flags();
        self.flags_known = true;
        if exec.args.first().is_none_or(|word| word.starts_with("/dev/pipes/")) {
            return;
        }
        self.origin = Origin::Provenance;
        self.complete = true;
        if let Some([script]) = exec.args.strip_prefix(shell) {
            self.form = Form::Shell;
            script.trim().clone_into(&mut self.text);
        } else {
            self.form = Form::Exec(Some(exec.args.clone()));
            self.text = exec.args.join(" ");
        }
    }
}

/// The command as the history has it.
fn recorded(step: &Step, instruction: &Instruction, shell: &[String]) -> Command {
    let builder = instruction.builder;
    let mut command = Command {
        form: Form::Shell,
        text: instruction.body.clone(),
        flags: Vec::new(),
        flags_known: !matches!(builder, Builder::BuildKit | Builder::Unknown),
        complete: true,
        origin: Origin::History,
    };
    if matches!(builder, Builder::Buildah | Builder::Kaniko | Builder::Unknown) {
        (command.flags, command.text) = peel(&instruction.body);
        if let Some((form, text)) = written(&command.text) {
            (command.form, command.text) = (form, text);
        } else {
            command.complete = false;
        }
        return command;
    }
    // The text ends with what the shell was given; what stands before it tells the shell from another program.
    let whole = step.created_by.trim().trim_end_matches("# buildkit").trim();
    let before = whole.strip_suffix(instruction.body.as_str()).unwrap_or_default().trim_end();
    if !before.ends_with(&shell.join(" ")) {
        let inner = before.rsplit_once(' ').map_or(before, |_| before);
        let words = SHELLS.iter().find(|words| inner.ends_with(&words.join(" ")));
        command.form = Form::Exec(words.map(|words| {
            let script = std::iter::once(instruction.body.as_str());
            words.iter().copied().chain(script).map(str::to_owned).collect()
        }));
        if let Some(words) = words {
            command.text = format!("{} {}", words.join(" "), instruction.body);
        }
    }
    if instruction.body.starts_with("/dev/pipes/") {
        command.complete = false;
    }
    command
}

/// The shells of exec forms whose one script follows them, as everybody writes it.
const SHELLS: [[&str; 2]; 3] = [["/bin/sh", "-c"], ["/bin/bash", "-c"], ["sh", "-c"]];

/// A command as its author wrote it: JSON is the exec form; a heredoc is a script. `None`: the script is lost.
fn written(text: &str) -> Option<(Form, String)> {
    if let Ok(words) = serde_json::from_str::<Vec<String>>(text)
        && !words.is_empty()
    {
        return Some((Form::Exec(Some(words.clone())), words.join(" ")));
    }
    heredoc::script(text).map(|script| (Form::Shell, script))
}

/// The flags before a command, and the command.
pub(super) fn peel(text: &str) -> (Vec<String>, String) {
    let mut flags = Vec::new();
    let mut rest = text.trim_start();
    while ["--mount=", "--network=", "--security=", "--device="].iter().any(|flag| rest.starts_with(flag)) {
        let first = pieces::words(rest).and_then(|words| words.first().copied());
        let flag = first.or_else(|| rest.split_ascii_whitespace().next()).unwrap_or(rest);
        flags.push(flag.to_owned());
        rest = rest[flag.len()..].trim_start();
    }
    (flags, rest.to_owned())
}
