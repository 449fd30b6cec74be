//! `capas build`: the engine's build, then its result. If the tag named an image before, what changed.

use std::ffi::{OsStr, OsString};
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::SIGINT;

use super::{Loaded, Session, explore};
use crate::args::{BesideArgs, BuildArgs, Builder};
use crate::error::{CliError, ErrorKind};
use crate::image::Image;
use crate::ledger::Ledger;
use crate::source::Engine;
use crate::text;

impl Builder {
    const ALL: [Self; 3] = [Self::Docker, Self::Podman, Self::Buildah];

    fn command(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Buildah => "buildah",
        }
    }

    /// Where its images go.
    pub fn engine(self) -> Engine {
        match self {
            Self::Docker => Engine::Docker,
            Self::Podman | Self::Buildah => Engine::Podman,
        }
    }

    /// The first that is there.
    ///
    /// # Errors
    ///
    /// None is.
    pub fn found(path: Option<&OsStr>) -> Result<Self, CliError> {
        let folders: Vec<PathBuf> =
            path.map(|path| std::env::split_paths(path).collect()).unwrap_or_default();
        let is_there =
            |builder: &&Self| folders.iter().any(|folder| folder.join(builder.command()).is_file());
        Self::ALL.iter().find(is_there).copied().ok_or_else(|| {
            CliError::failed("there is neither docker nor podman nor buildah to build with")
                .hint("install one of them: apt install docker.io, apt install podman")
        })
    }
}

/// What the arguments of a build say of its result.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    /// The first tag.
    tag: Option<String>,
    /// Where the ID is written.
    iidfile: Option<PathBuf>,
}

impl Said {
    fn of(args: &[OsString]) -> Self {
        let mut said = Self::default();
        let mut words = args.iter().map(|word| word.to_string_lossy().into_owned());
        while let Some(word) = words.next() {
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None if word.starts_with("-t") && word.len() > 2 => {
                    ("-t".to_owned(), Some(word[2..].to_owned()))
                }
                None => (word, None),
            };
            match name.as_str() {
                "--" => break,
                "-t" | "--tag" => {
                    let value = value.or_else(|| words.next());
                    said.tag = said.tag.or(value);
                }
                "--iidfile" => said.iidfile = value.or_else(|| words.next()).map(PathBuf::from),
                _ => {}
            }
        }
        said
    }
}

/// `capas build`. The session opens images of the builder's engine.
///
/// # Errors
///
/// The build fails, with the exit code of the engine; the result cannot be opened.
pub fn run(session: &Session, builder: Builder, args: &BuildArgs) -> Result<(), CliError> {
    let said = Said::of(&args.args);
    // Only what is there before can be told apart from what comes.
    let before = said.tag.as_deref().and_then(|tag| Loaded::quietly(session, tag).ok());
    let own = tempfile::tempdir()?;
    let iidfile = said.iidfile.clone().unwrap_or_else(|| own.path().join("iid"));
    let mut command = Command::new(builder.command());
    command.arg("build");
    if said.iidfile.is_none() {
        command.arg("--iidfile").arg(&iidfile);
    }
    command.args(&args.args);
    build(&mut command)?;
    let reference = match said.tag {
        Some(tag) => tag,
        None => id(&iidfile, builder)?,
    };
    if let Some(before) = before {
        let after = Loaded::quietly(session, &reference)?;
        if let Some(line) = compared(&before.image, &after.image, builder) {
            // Nobody reads it: no failure.
            let _ = writeln!(std::io::stderr(), "{line}");
        }
    }
    explore(session, Some(&reference), &BesideArgs::default())
}

/// Runs the build on this terminal. An interrupt is the engine's to answer, and its exit code ours.
fn build(command: &mut Command) -> Result<(), CliError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let heard = signal_hook::flag::register(SIGINT, Arc::new(AtomicBool::new(false)))?;
    let status = command.status();
    signal_hook::low_level::unregister(heard);
    let status = status.map_err(|error| {
        CliError::failed(format!("{name} cannot be run: {error}"))
            .hint("--engine names another one: docker, podman, buildah")
    })?;
    if status.success() {
        return Ok(());
    }
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(2);
    Err(CliError { kind: ErrorKind::Engine(code), ..CliError::failed(format!("{name} build: {status}")) })
}

fn id(iidfile: &Path, builder: Builder) -> Result<String, CliError> {
    let id = std::fs::read_to_string(iidfile).unwrap_or_default();
    match id.trim() {
        "" => {
            Err(CliError::failed(format!("the build is done, and {} has no image of it", builder.command()))
                .hint("buildx loads its result into docker with --load"))
        }
        id => Ok(id.to_owned()),
    }
}

/// One line of before and after; none where nothing changed.
fn compared(before: &Image, after: &Image, builder: Builder) -> Option<String> {
    if before.info.id == after.info.id {
        return None;
    }
    let figures = |image: &Image| {
        let ledger = Ledger::new(image);
        let (ship, dead) = (ledger.ship(), ledger.causes().total());
        format!("{} ships, {} of it dead", text::size(ship), text::size(dead))
    };
    let name = text::display(after.info.reference.as_bytes());
    let id = before.info.engine.id.as_ref().or(before.info.id.as_ref())?.short().to_owned();
    let others = before.info.tags.iter().find(|tag| !after.info.tags.contains(tag));
    let rest = match others {
        Some(other) => format!("the old image is still {}", text::display(other.as_bytes())),
        None => left_behind(before, after, builder, &id),
    };
    Some(format!("{name}: {}; before {}; {rest}", figures(after), figures(before)))
}

/// What an image that has lost its name keeps from being free.
fn left_behind(before: &Image, after: &Image, builder: Builder, id: &str) -> String {
    // A layer is one of another image only from the first on, since it is stored by what lies below it, too.
    let layers = before.info.layers.iter().zip(&after.info.layers);
    let shared = layers.take_while(|(old, new)| old.diff_id.is_some() && old.diff_id == new.diff_id).count();
    let own =
        before.info.layers.iter().skip(shared).filter_map(|layer| before.docker_bytes(layer.index)).sum();
    let remove = match builder {
        Builder::Docker => "docker image rm",
        Builder::Podman => "podman image rm",
        Builder::Buildah => "buildah rmi",
    };
    let most = match own {
        0 => "nothing of its own".to_owned(),
        // Another image may have the same layers.
        own => format!("at most {} of its own", text::size(own)),
    };
    format!("the old image has no name now and holds {most}: {remove} {id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_files_of_ids_are_found_in_every_spelling() {
        let said = |words: &str| Said::of(&words.split(' ').map(OsString::from).collect::<Vec<_>>());
        let tagged = |tag: &str| Said { tag: Some(tag.to_owned()), iidfile: None };
        assert_eq!(said("-t web ."), tagged("web"));
        assert_eq!(said("-tweb:1 -t other ."), tagged("web:1"));
        assert_eq!(said("--tag=shop/web --tag x ."), tagged("shop/web"));
        assert_eq!(said("--build-arg A=-t . --tag web"), tagged("web"));
        assert_eq!(said("--iidfile id ."), Said { tag: None, iidfile: Some("id".into()) });
        assert_eq!(said("--iidfile=id -q ."), Said { tag: None, iidfile: Some("id".into()) });
        assert_eq!(said("."), Said::default());
    }
}
