//! The Dockerfile that the history tells of. What is not known is a comment, so that the text always is a Dockerfile.

use std::fmt::Write as _;

use super::command::{Command, Form};
use super::dockerfile::opens_heredoc;
use super::pieces::{self, pieces};
use super::{BaseEvidence, Builder, Instruction, Kind, Story, Trust, command_lines, heredoc};
use crate::text::{display, display_multiline};

/// The whole Dockerfile, as far as the history tells it, with a comment above each step. The values of secrets are
/// masked. Safe on a terminal.
pub fn reconstruct(story: &Story) -> String {
    let mut out = String::new();
    let is_written = story.dockerfile.is_some();
    let has = |builder| story.steps.iter().skip(story.base.steps).any(|it| it.builder == builder);
    comment(&mut out, if is_written { HEAD_WRITTEN } else { HEAD });
    if !is_written && has(Builder::BuildKit) {
        comment(&mut out, "BuildKit records neither --mount nor --from, --link and --exclude.");
    }
    if !is_written && has(Builder::Kaniko) {
        comment(&mut out, "kaniko records no ENV, USER, SHELL, LABEL, CMD and the like.");
    }
    base(&mut out, story);
    for (at, instruction) in story.steps.iter().enumerate().skip(story.base.steps) {
        let step = at + 1;
        out.push('\n');
        comment(&mut out, &format!("step {step}{}", story.place(step)));
        match text(story, step, instruction).and_then(shown_as_it_is) {
            Ok(text) => out.push_str(&text),
            Err(why) => {
                comment(&mut out, why);
                let shown = story.shown(instruction);
                shown.lines().for_each(|line| comment(&mut out, line));
                continue;
            }
        }
        out.push('\n');
    }
    out
}

const HEAD: &str = "Reconstructed from the history of an image.";
const HEAD_WRITTEN: &str = "The instructions that made an image, as its Dockerfile has them.";

const NOT_A_LINE: &str = "it cannot be written in one line";

/// A comment of one line.
fn comment(out: &mut String, text: &str) {
    let text = display(text.as_bytes());
    out.push_str(if text.is_empty() { "#" } else { "# " });
    out.push_str(&text);
    out.push('\n');
}

/// FROM, and the steps that may be the base's.
fn base(out: &mut String, story: &Story) {
    let base = &story.base;
    if base.steps > 0 && base.trust() == Trust::Guess {
        comment(out, "The base image may end here; these steps may be its own:");
        for instruction in &story.steps[..base.steps.min(story.steps.len())] {
            let shown = story.shown(instruction);
            comment(out, &format!("  {}", shown.lines().next().unwrap_or_default()));
        }
    } else if base.steps > 0 {
        comment(out, &format!("Steps 1 to {} belong to the base image.", base.steps));
    }
    let is_plain = |name: &&str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/:@-".contains(&byte))
    };
    let is_scratch = base.steps == 0 && base.trust() != Trust::Guess && base.evidence != BaseEvidence::Told;
    match base.name.as_deref().filter(is_plain) {
        Some(name) => _ = writeln!(out, "FROM {name}"),
        None if is_scratch => out.push_str("FROM scratch\n"),
        None => {
            comment(out, "The name of the base image is not known: --build-arg BASE=name.");
            out.push_str("ARG BASE\nFROM ${BASE}\n");
        }
    }
}

impl Story {
    /// Where the layer and the lines of a step are, for a comment.
    fn place(&self, step: usize) -> String {
        let layer = self.layer_of(step).map_or(", no layer".to_owned(), |layer| format!(", layer {layer}"));
        let aligned = self.dockerfile.as_ref().and_then(|file| Some((file, file.step(step)?)));
        let lines = aligned.map(|(file, it)| format!(", {}:{}", file.file, it.lines.start()));
        layer + &lines.unwrap_or_default()
    }
}

/// A step as an instruction, or why it cannot be one.
fn text(story: &Story, step: usize, instruction: &Instruction) -> Result<String, &'static str> {
    let aligned = story.dockerfile.as_ref().and_then(|file| file.step(step));
    if let Some(aligned) = aligned.filter(|it| !it.is_trigger) {
        return Ok(story.masked(&aligned.text));
    }
    let written = match instruction.kind {
        Kind::Run => {
            return story.command(step).ok_or("not recorded").and_then(|it| run(story, instruction, it));
        }
        Kind::Copy | Kind::Add => {
            let mut words =
                instruction.body.split_ascii_whitespace().skip_while(|word| word.starts_with("--"));
            let first = words.next().unwrap_or_default();
            if ["file:", "dir:", "multi:"].iter().any(|kind| first.starts_with(kind)) {
                return Err("its source is not recorded");
            }
            if instruction.body.contains("<<") {
                return Err("its text is not recorded");
            }
            story.shown(instruction)
        }
        Kind::Healthcheck if instruction.body.starts_with(['&', '{']) => return Err("not understood"),
        Kind::Rootfs | Kind::Import | Kind::Commit | Kind::Squash | Kind::Tool | Kind::Unknown => {
            return Err("no instruction of a Dockerfile");
        }
        _ => story.written(step),
    };
    // A line end would begin another instruction, a backslash would swallow the next one.
    let is_line = !written.contains(['\n', '\r']) && !written.trim_end().ends_with('\\');
    let is_whole = is_line && !instruction.body.is_empty() && !opens_heredoc(&written);
    if is_whole { Ok(written) } else { Err(NOT_A_LINE) }
}

/// A text that needs no escapes on a terminal.
fn shown_as_it_is(text: String) -> Result<String, &'static str> {
    let plain = text.replace('\t', " ");
    if display_multiline(plain.as_bytes()) == plain {
        Ok(text)
    } else {
        Err("it has characters that show as nothing")
    }
}

/// A RUN as an instruction.
fn run(story: &Story, instruction: &Instruction, command: &Command) -> Result<String, &'static str> {
    if !command.complete {
        return Err("its script is not recorded");
    }
    let flags: String = command.flags.iter().fold(String::new(), |flags, flag| flags + flag + " ");
    let script = heredoc::script(&command.text).ok_or("its script is not recorded")?;
    let text = match &command.form {
        Form::Exec(Some(words)) => {
            let words: Vec<String> =
                words.iter().map(|word| serde_json::Value::from(word.as_str()).to_string()).collect();
            format!("[{}]", words.join(", "))
        }
        Form::Exec(None) => return Err("the words of its exec form cannot be told apart"),
        Form::Shell if script.contains(['\n', '\r']) => {
            if !matches!(instruction.builder, Builder::BuildKit | Builder::Buildah) {
                return Err("it has several lines, and this builder knows no heredocs");
            }
            heredoc("SCRIPT", &script)
        }
        Form::Shell
            if script.is_empty() || script.ends_with('\\') || opens_heredoc(&format!("RUN {script}")) =>
        {
            return Err(NOT_A_LINE);
        }
        // Only between commands is a line end sure to be harmless.
        Form::Shell if pieces(&script).is_some() => command_lines(&pieces::tidy(&script)).join(" \\\n    "),
        Form::Shell => script,
    };
    Ok(story.masked(&format!("RUN {flags}{text}")))
}
