//! What a build step was: a history entry, in whichever builder's words, as the instruction that its author wrote.
//!
//! No builder records a Dockerfile. The legacy builder and Buildah write a shell command with `#(nop)` in it, BuildKit
//! the instruction with a shell and its own mark, kaniko the line as it stood, and every other tool something else.
//! The texts are those of real images, by the version that wrote them.

mod args;
mod base;
mod command;
mod dockerfile;
mod exec_form;
mod heredoc;
mod ignore;
mod lines;
mod merge;
mod pieces;
mod provenance;
mod reconstruct;
mod remark;
mod secret;
mod span;
mod story;
mod tool;
mod variables;
mod words;

use std::fmt;

use crate::image::{ImageInfo, Step};

pub use base::{Base, BaseEvidence, Owner, Trust};
pub use command::{Command, Form, Origin};
pub use dockerfile::{Aligned, Alignment};
pub use heredoc::heredoc;
pub use ignore::DockerIgnore;
pub use lines::command_lines;
pub use merge::{Merged, NoText};
pub use pieces::{Joint, Piece, is_simple, pieces, without_comment};
pub use provenance::{Attested, Exec, Provenance};
pub use reconstruct::reconstruct;
pub use remark::{Remark, RemarkKind};
pub use secret::{SecretKey, SecretPlace, is_secret_name, secret_keys};
pub use span::{Barrier, Between, Class, Span};
pub use story::{Candidate, Evidence, Story};

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the instructions of a Dockerfile say what they are")]
pub enum Kind {
    Run,
    Copy,
    Add,
    Workdir,
    Env,
    Label,
    Expose,
    Cmd,
    Entrypoint,
    User,
    Volume,
    Arg,
    Shell,
    Healthcheck,
    Stopsignal,
    Onbuild,
    Maintainer,
    /// A root filesystem made by a tool, as bases are.
    Rootfs,
    /// `docker import`: a tar became a layer.
    Import,
    /// `docker commit`: a container became a layer. Its text is what the container ran.
    Commit,
    /// Several layers in one.
    Squash,
    /// What a tool that is no Dockerfile builder did.
    Tool,
    /// What a container has written so far: no step of the image.
    Container,
    /// The history does not say.
    Unknown,
}

const KEYWORDS: [(&str, Kind); 17] = [
    ("RUN", Kind::Run),
    ("COPY", Kind::Copy),
    ("ADD", Kind::Add),
    ("WORKDIR", Kind::Workdir),
    ("ENV", Kind::Env),
    ("LABEL", Kind::Label),
    ("EXPOSE", Kind::Expose),
    ("CMD", Kind::Cmd),
    ("ENTRYPOINT", Kind::Entrypoint),
    ("USER", Kind::User),
    ("VOLUME", Kind::Volume),
    ("ARG", Kind::Arg),
    ("SHELL", Kind::Shell),
    ("HEALTHCHECK", Kind::Healthcheck),
    ("STOPSIGNAL", Kind::Stopsignal),
    ("ONBUILD", Kind::Onbuild),
    ("MAINTAINER", Kind::Maintainer),
];

impl Kind {
    /// One word: the instruction's keyword, or what else it is.
    pub fn word(self) -> &'static str {
        match self {
            Self::Rootfs => "rootfs",
            Self::Import => "import",
            Self::Commit => "commit",
            Self::Squash => "squash",
            Self::Tool => "tool",
            Self::Container => "container",
            Self::Unknown => "unknown",
            instruction => {
                KEYWORDS.iter().find(|(_, kind)| *kind == instruction).map_or("unknown", |(word, _)| word)
            }
        }
    }

    /// The instruction that a line begins with, and the rest of the line.
    fn parse(text: &str) -> Option<(Self, &str)> {
        let (word, rest) = text.split_once([' ', '\t', '\n']).unwrap_or((text, ""));
        let kind = KEYWORDS.iter().find(|(keyword, _)| *keyword == word)?.1;
        Some((kind, rest.trim()))
    }
}

/// Who wrote the history entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names of the builders")]
pub enum Builder {
    /// `docker build` without BuildKit.
    Legacy,
    BuildKit,
    Buildah,
    Kaniko,
    /// `docker commit` and `docker import`.
    Docker,
    Jib,
    Ko,
    Apko,
    Buildpacks,
    Bazel,
    Nix,
    Crane,
    Umoci,
    Debuerreotype,
    Unknown,
}

impl Builder {
    /// Its name, in small letters.
    pub fn word(self) -> &'static str {
        match self {
            Self::Legacy => "docker",
            Self::BuildKit => "buildkit",
            Self::Buildah => "buildah",
            Self::Kaniko => "kaniko",
            Self::Docker => "docker-engine",
            Self::Jib => "jib",
            Self::Ko => "ko",
            Self::Apko => "apko",
            Self::Buildpacks => "buildpacks",
            Self::Bazel => "bazel",
            Self::Nix => "nix",
            Self::Crane => "crane",
            Self::Umoci => "umoci",
            Self::Debuerreotype => "debuerreotype",
            Self::Unknown => "unknown",
        }
    }
}

/// A step in its author's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// What it does.
    pub kind: Kind,
    /// Who wrote it down.
    pub builder: Builder,
    /// What follows the keyword, as an author would write it: `apt-get update && apt-get install -y curl`, `80/tcp`.
    /// Sources of the legacy builder's COPY and ADD are hashes: `file:c9d3de58a4bb`.
    pub body: String,
    /// Build arguments in force, `NAME=value`, in the builder's order.
    pub args: Vec<String>,
}

/// As an author would write it: `RUN apt-get update`; what is no instruction has no keyword.
impl fmt::Display for Instruction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Rootfs | Kind::Import | Kind::Commit | Kind::Squash | Kind::Tool | Kind::Unknown
                if self.body.is_empty() =>
            {
                write!(f, "({})", if self.kind == Kind::Unknown { "not recorded" } else { self.kind.word() })
            }
            Kind::Import | Kind::Commit | Kind::Squash => write!(f, "({}) {}", self.kind.word(), self.body),
            Kind::Rootfs | Kind::Tool | Kind::Container | Kind::Unknown => f.write_str(&self.body),
            kind if self.body.is_empty() => f.write_str(kind.word()),
            kind => write!(f, "{} {}", kind.word(), self.body),
        }
    }
}

/// The instructions of an image's steps, oldest first. SHELL is followed from step to step, and where the text does
/// not tell the legacy builder from Buildah, the neighbours do.
pub fn instructions(info: &ImageInfo) -> Vec<Instruction> {
    let mut shell = Vec::new();
    let mut list: Vec<Instruction> = Vec::with_capacity(info.steps.len());
    for step in &info.steps {
        let instruction =
            instruction(step, if shell.is_empty() { &info.config.config.shell } else { &shell });
        if instruction.kind == Kind::Shell {
            shell = serde_json::from_str(&instruction.body).unwrap_or_default();
        }
        list.push(instruction);
    }
    // What only the neighbours tell, when there is no comment.
    let is_open = |of: &Instruction| {
        of.builder == Builder::Legacy && matches!(of.kind, Kind::Run | Kind::Workdir | Kind::Copy | Kind::Add)
    };
    let is_buildah = |of: &Instruction| match of.builder {
        Builder::Buildah => Some(true),
        Builder::Legacy if !is_open(of) => Some(false),
        _ => None,
    };
    let mut known = list.iter().find_map(is_buildah);
    for instruction in &mut list {
        if is_open(instruction) && known == Some(true) {
            instruction.builder = Builder::Buildah;
        }
        known = is_buildah(instruction).or(known);
    }
    exec_form::tell(info, &mut list);
    for (step, instruction) in info.steps.iter().zip(&mut list) {
        let layer = step.layer.and_then(|layer| info.layers.get(layer.offset()));
        if layer.is_some_and(|layer| layer.writable) {
            *instruction = bare(Kind::Container, Builder::Docker, &step.created_by);
        }
    }
    list
}

/// The instruction of one step. `shell` is the SHELL in force, where it is known; the usual ones are recognised
/// without.
pub fn instruction(step: &Step, shell: &[String]) -> Instruction {
    let text = step.created_by.trim();
    if step.synthetic {
        return bare(Kind::Unknown, Builder::Unknown, "");
    }
    if let Some(found) = tool::recognise(step) {
        return found;
    }
    if let Some((_, after)) = text.split_once("#(nop)") {
        // Buildah writes one space where the legacy builder writes two, except before what makes a layer.
        let one_space = after.starts_with(' ') && !after.starts_with("  ");
        let Some((kind, body)) = Kind::parse(after.trim()) else {
            return bare(Kind::Unknown, Builder::Legacy, after.trim());
        };
        let layered = matches!(kind, Kind::Copy | Kind::Add | Kind::Workdir);
        let buildah = step.comment.starts_with("FROM ")
            || (one_space && !layered)
            || step.created_by.ends_with("      ");
        let builder = if buildah { Builder::Buildah } else { Builder::Legacy };
        return bare(kind, builder, &words::body(kind, body));
    }
    if let Some((kind, body)) = Kind::parse(text) {
        let unmarked = body.strip_suffix("# buildkit");
        let builder = match step.author.as_str() {
            "kaniko" => Builder::Kaniko,
            _ if unmarked.is_some() || step.comment.starts_with("buildkit.") => Builder::BuildKit,
            _ => Builder::Unknown,
        };
        let body = unmarked.map_or(body, str::trim_end);
        return match kind {
            // Kaniko keeps the line as it stood in the Dockerfile.
            Kind::Run if builder != Builder::Kaniko => run(builder, body, shell),
            kind => bare(kind, builder, &words::body(kind, body)),
        };
    }
    let command = args::split(text, shell);
    let is_run = command.shell_form || text.starts_with('|');
    let commented = !step.comment.is_empty() && !step.comment.starts_with("FROM ");
    match text {
        "" if commented => bare(Kind::Import, Builder::Docker, &step.comment),
        "" => bare(Kind::Unknown, Builder::Unknown, ""),
        _ if is_run && !commented => {
            let from_buildah = step.comment.starts_with("FROM ");
            run(if from_buildah { Builder::Buildah } else { Builder::Legacy }, text, shell)
        }
        _ => bare(Kind::Commit, Builder::Docker, text),
    }
}

fn bare(kind: Kind, builder: Builder, body: &str) -> Instruction {
    Instruction { kind, builder, body: body.to_owned(), args: Vec::new() }
}

fn run(builder: Builder, text: &str, shell: &[String]) -> Instruction {
    let command = args::split(text, shell);
    let is_digest = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    // Buildah glues the digest of a bind mount's source to the command.
    let body = match command.text.rsplit_once(":sha256:") {
        Some((before, digest)) if before.starts_with("--mount=") && is_digest(digest) => before,
        _ => command.text,
    };
    Instruction { kind: Kind::Run, builder, body: body.trim().to_owned(), args: command.args }
}
