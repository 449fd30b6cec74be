//! Several RUN instructions as one that behaves the same: it fails where they failed, and nothing leaks from one into
//! the next.

use std::fmt;
use std::ops::RangeInclusive;

use super::command::{Command, Form};
use super::pieces::{self, pieces};
use super::span::Class;
use super::variables::{self, assignment};
use super::{Builder, Kind, Story, args, heredoc, is_secret_name};
use crate::text::shell_word;

/// A row of instructions as one RUN, with what stood between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Instructions that go before it (ARG).
    pub before: Vec<String>,
    /// The RUN instruction, with its keyword and its flags, in as many lines as it needs.
    pub run: String,
    /// Instructions that go after it, in order.
    pub after: Vec<String>,
    /// Whether the steps may have had `--mount` and the like that nothing tells of.
    pub hides_flags: bool,
}

/// All of it, one instruction after the other.
impl fmt::Display for Merged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.before.iter().chain(std::iter::once(&self.run)).chain(&self.after);
        f.write_str(&all.map(String::as_str).collect::<Vec<_>>().join("\n"))
    }
}

/// Why no text can be written, with the number of the step: group them by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoText {
    /// The script of the step is not recorded.
    ScriptLost(usize),
    /// The words of the step's exec form cannot be told apart.
    WordsLost(usize),
    /// The value of a variable is not known.
    ValueLost(usize),
    /// The merged RUN would have to say a secret.
    Secret(usize),
    /// The steps are no row.
    NotARow(usize),
    /// The step's SHELL is none whose language is known here.
    OtherShell(usize),
    /// The step has several lines, and its builder knows no heredocs.
    Lines(usize),
}

/// A part of the merged command.
pub(super) enum Part {
    /// What a step ran.
    Run(String),
    /// What carries a setting from one to the next: commands that go together.
    Carry(Vec<String>),
}

/// RUN steps on their way to be one.
#[derive(Default)]
struct Join {
    parts: Vec<Part>,
    flags: Vec<String>,
    hides_flags: bool,
    knows_heredocs: bool,
}

impl Join {
    fn add(&mut self, story: &Story, command: &Command, step: usize) -> Result<(), NoText> {
        self.parts.push(Part::Run(script(command, step)?));
        self.flags.clone_from(&command.flags);
        self.hides_flags |= !command.flags_known;
        let builder = story.instruction(step).map(|it| it.builder);
        self.knows_heredocs |= matches!(builder, Some(Builder::BuildKit | Builder::Buildah));
        Ok(())
    }

    /// The instruction that stands where the step `first` did.
    fn run(self, story: &Story, first: usize) -> Result<String, NoText> {
        let shell = Shell::of(story.shell_at(first)).ok_or(NoText::OtherShell(first))?;
        let text = render(&self.parts, shell, self.knows_heredocs).ok_or(NoText::Lines(first))?;
        let words: Vec<&str> = self.flags.iter().map(String::as_str).chain([text.as_str()]).collect();
        Ok(story.masked(&format!("RUN {}", words.join(" \\\n    "))))
    }
}

impl Story {
    /// The text of the steps as one RUN; the first and the last step are RUNs of one row.
    ///
    /// # Errors
    ///
    /// Why it cannot be written.
    pub fn merged(&self, steps: RangeInclusive<usize>) -> Result<Merged, NoText> {
        self.merged_and(steps, None)
    }

    /// The same with one command more at the end of the RUN: a clean-up.
    ///
    /// # Errors
    ///
    /// Why it cannot be written.
    pub fn merged_and(&self, steps: RangeInclusive<usize>, and: Option<&str>) -> Result<Merged, NoText> {
        let (first, last) = steps.clone().into_inner();
        let span = self.span_of(first).filter(|span| span.has_run(last) && first < last);
        let span = span.ok_or(NoText::NotARow(first))?;
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut join = Join::default();
        for step in steps {
            if let Some(command) = self.command(step).filter(|_| span.has_run(step)) {
                join.add(self, command, step)?;
                continue;
            }
            match span.class_of(step).ok_or(NoText::NotARow(step))? {
                Class::Before => before.push(self.written(step)),
                Class::Neutral => after.push(self.written(step)),
                Class::Carried => {
                    join.parts.push(Part::Carry(self.carry(step)?));
                    after.push(self.written(step));
                }
            }
        }
        join.parts.extend(and.map(|command| Part::Run(command.to_owned())));
        let hides_flags = join.hides_flags;
        Ok(Merged { before, run: join.run(self, first)?, after, hides_flags })
    }

    /// The commands of RUN steps as one RUN in place of the first one, whatever stands between them, as long as it does
    /// not change what the commands mean. Whoever asks knows that nothing between needs what moves.
    ///
    /// # Errors
    ///
    /// Why it cannot be written.
    pub fn joined(&self, steps: &[usize]) -> Result<Merged, NoText> {
        let (first, last) = steps.first().zip(steps.last()).ok_or(NoText::NotARow(0))?;
        let changes = |step: &usize| {
            let kind = self.instruction(*step).map(|it| it.kind);
            matches!(kind, Some(Kind::User | Kind::Shell | Kind::Workdir))
        };
        if let Some(step) = (*first..*last).find(changes) {
            return Err(NoText::NotARow(step));
        }
        let mut join = Join::default();
        for &step in steps {
            let command = self.command(step).ok_or(NoText::NotARow(step))?;
            if (*first..step).any(|before| self.may_need(command, before)) {
                return Err(NoText::NotARow(step));
            }
            if !join.parts.is_empty() && join.flags != command.flags {
                return Err(NoText::NotARow(step));
            }
            join.add(self, command, step)?;
        }
        let hides_flags = join.hides_flags;
        Ok(Merged { before: Vec::new(), run: join.run(self, *first)?, after: Vec::new(), hides_flags })
    }

    /// Whether a command may mean something else before an ENV or ARG: it names the variable, or runs what may read it.
    fn may_need(&self, command: &Command, before: usize) -> bool {
        let Some(set) = self.instruction(before).filter(|it| matches!(it.kind, Kind::Env | Kind::Arg)) else {
            return false;
        };
        let variables = variables::variables(&set.body, |_| true);
        let is_named = |it: &variables::Variable| {
            variables::mentions(&command.text, &it.name) || it.name == "HOME" && command.text.contains('~')
        };
        let is_deaf = |piece: &pieces::Piece| {
            DEAF.contains(&piece.text.split_ascii_whitespace().next().unwrap_or_default())
        };
        variables.iter().any(is_named) || !pieces(&command.text).is_some_and(|list| list.iter().all(is_deaf))
    }

    /// The commands that do for later commands of the same RUN what an ENV or WORKDIR does.
    fn carry(&self, step: usize) -> Result<Vec<String>, NoText> {
        let instruction = self.instruction(step).ok_or(NoText::NotARow(step))?;
        if instruction.kind == Kind::Workdir {
            let body = instruction.body.trim();
            // Only Buildah keeps quotes and variables; the others record the folder.
            let plain = match instruction.builder {
                Builder::Buildah => variables::unquoted(body),
                _ => Some(body.to_owned()),
            };
            let dir = match plain {
                Some(dir) => shell_word(&dir),
                None if body.contains(['"', '\'', '`', '\\']) => return Err(NoText::ValueLost(step)),
                None => format!("\"{body}\""),
            };
            let make = (dir != "/").then(|| format!("mkdir -p {dir}"));
            return Ok(make.into_iter().chain([format!("cd {dir}")]).collect());
        }
        let mut words = vec!["export".to_owned()];
        for variable in self.variables(step) {
            let value = variable.value.ok_or(NoText::ValueLost(step))?;
            if is_secret_name(&variable.name) && !value.is_empty() {
                return Err(NoText::Secret(step));
            }
            words.push(format!("{}={}", variable.name, shell_word(&value)));
        }
        if words.len() == 1 { Err(NoText::ValueLost(step)) } else { Ok(vec![words.join(" ")]) }
    }

    /// An instruction as it can stand in a Dockerfile, without secrets.
    pub fn written(&self, step: usize) -> String {
        let Some(instruction) = self.instruction(step) else { return String::new() };
        if let Some(aligned) = self.dockerfile.as_ref().and_then(|file| file.step(step)) {
            return self.masked(&aligned.text);
        }
        // Quotes are lost, and a value with blanks would be several arguments.
        if instruction.kind == Kind::Arg && instruction.builder != Builder::Buildah {
            let pairs = args::pairs(&instruction.body);
            if let [one] = &pairs[..]
                && let Some((name, value)) = one.split_once('=')
                && value.contains(' ')
                && !is_secret_name(name)
            {
                return self.masked(&format!("ARG {}", assignment(name, value)));
            }
        }
        if instruction.kind == Kind::Env {
            let variables = self.variables(step);
            let known = |it: &variables::Variable| {
                let secret = is_secret_name(&it.name);
                Some(assignment(&it.name, it.value.as_deref().filter(|_| !secret)?))
            };
            if let Some(words) = variables.iter().map(known).collect::<Option<Vec<_>>>()
                && !words.is_empty()
            {
                return self.masked(&format!("ENV {}", words.join(" ")));
            }
        }
        self.shown(instruction)
    }
}

/// What the shell is given to run a step.
fn script(command: &Command, step: usize) -> Result<String, NoText> {
    if !command.complete {
        return Err(NoText::ScriptLost(step));
    }
    match &command.form {
        Form::Exec(None) => Err(NoText::WordsLost(step)),
        Form::Exec(Some(words)) => Ok(exec(words)),
        Form::Shell => command.script().ok_or(NoText::ScriptLost(step)),
    }
}

/// Programs that do the same in every environment.
const DEAF: [&str; 8] = ["rm", "rmdir", "find", "chown", "chmod", "chgrp", "touch", "true"];

/// Builtins of shells that are programs too: the exec form means the program.
const BOTH: [&str; 9] = ["echo", "printf", "test", "[", "true", "false", "pwd", "kill", "time"];

fn exec(words: &[String]) -> String {
    let is_both = |word: &&String| BOTH.contains(&word.as_str());
    let program = words.first().filter(is_both).map(|_| "env".to_owned());
    program.into_iter().chain(words.iter().map(|word| shell_word(word))).collect::<Vec<_>>().join(" ")
}

/// What of a SHELL matters here.
#[derive(Clone, Copy)]
pub(super) struct Shell {
    /// It stops at the first command that fails: `/bin/bash -ec`.
    pub errexit: bool,
}

impl Shell {
    /// `None`: its language is not known here.
    fn of(words: &[String]) -> Option<Self> {
        let (program, flags) = words.split_first()?;
        let name = program.rsplit('/').next()?;
        let is_known = ["sh", "bash", "dash", "ash"].contains(&name);
        let takes_script = flags.last().is_some_and(|flag| flag.starts_with('-') && flag.ends_with('c'));
        let has_e = |flag: &String| flag.starts_with('-') && !flag.starts_with("--") && flag.contains('e');
        let errexit = flags.iter().any(|flag| has_e(flag) || flag == "errexit");
        (is_known && takes_script).then_some(Self { errexit })
    }
}

/// The commands as one. `None`: they have several lines, and a Dockerfile of this builder cannot hold them.
pub(super) fn render(parts: &[Part], shell: Shell, knows_heredocs: bool) -> Option<String> {
    // `&&` switches off what stops a shell at the first failure, in whatever stands before it.
    let stops = |part: &Part| matches!(part, Part::Run(text) if may_stop(text));
    let stepwise = shell.errexit || parts.iter().any(stops);
    let lines: Option<Vec<Vec<String>>> = parts
        .iter()
        .map(|part| match part {
            Part::Carry(commands) => Some(commands.clone()),
            Part::Run(text) => Some(vec![wrapped(one_line(text)?, stepwise && !shell.errexit, stepwise)]),
        })
        .collect();
    if let Some(lines) = lines {
        let lines = lines.concat();
        if !stepwise {
            return Some(lines.join(" \\\n && "));
        }
        let first = (!shell.errexit).then(|| "set -e".to_owned());
        return Some(first.into_iter().chain(lines).collect::<Vec<_>>().join("; \\\n    "));
    }
    if !knows_heredocs {
        return None;
    }
    let mut body = if shell.errexit { String::new() } else { "set -e\n".to_owned() };
    for part in parts {
        match part {
            Part::Carry(commands) => commands.iter().for_each(|command| {
                body.push_str(command);
                body.push('\n');
            }),
            Part::Run(text) => {
                let line = one_line(text).map(|line| wrapped(line, !shell.errexit, true));
                let block = || {
                    let reset = if shell.errexit || sets_errexit(text) { "" } else { "set +e" };
                    // A last backslash would hide the parenthesis.
                    (!text.ends_with('\\')).then(|| format!("({reset}\n{}\n)", text.trim_end_matches('\n')))
                };
                body.push_str(&line.or_else(block)?);
                body.push('\n');
            }
        }
    }
    Some(heredoc("STEP", &body))
}

/// A command of one line, without a comment behind it.
fn one_line(text: &str) -> Option<&str> {
    let text = pieces::without_comment(text)?;
    (!text.contains('\n') && !text.ends_with('\\') && !text.is_empty()).then_some(text)
}

/// A command of one line so that nothing leaks out of it. `resets`: the shell around it was told to stop at failures,
/// and it was not. `stepwise`: what stands around it are single commands.
fn wrapped(text: &str, resets: bool, stepwise: bool) -> String {
    let substitutes = text.contains("$(") || text.contains('`');
    let count = pieces(text).map_or(0, |list| list.len());
    let is_safe = pieces::is_simple(text) && (!stepwise || (count == 1 && !(resets && substitutes)));
    if is_safe {
        return text.to_owned();
    }
    let simple = pieces::is_simple(text) && !substitutes;
    let reset = if resets && !simple && !sets_errexit(text) { "set +e; " } else { "" };
    // `((` begins something else.
    let space = if reset.is_empty() && text.starts_with('(') { " " } else { "" };
    format!("({reset}{space}{text})")
}

/// Whether a command may tell its shell to stop at failures, or run something when it ends or fails.
fn may_stop(text: &str) -> bool {
    let words = text.split(|c: char| c.is_ascii_whitespace() || ";&|(){}`".contains(c));
    words.into_iter().any(|word| ["set", "trap", "source", ".", "eval", "errexit"].contains(&word))
}

/// Whether the first thing that a command does is to tell its shell, and no other, to stop at failures.
fn sets_errexit(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("set -") else { return false };
    let length = rest.bytes().take_while(u8::is_ascii_lowercase).count();
    let (flags, rest) = rest.split_at(length);
    let rest = rest.trim_start_matches([' ', '\t']);
    flags.contains('e') && [";", "&&", "\n"].iter().any(|joint| rest.starts_with(joint))
}
