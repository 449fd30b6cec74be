//! `capas advise --verify`: the Dockerfile built as it is and with every recommended group as one RUN, by the engine at
//! hand, and what that saves beside what was predicted.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Session;
use crate::advice::{self, Advice, Rule, Subject};
use crate::args::AdviseArgs;
use crate::error::CliError;
use crate::image::Image;
use crate::layer::LayerIndex;
use crate::ledger::{Ledger, Price};
use crate::report::advise::{Built, Rebuild};
use crate::source;

/// Who can build, in the order in which they are tried.
const ENGINES: [&str; 3] = ["docker", "podman", "buildah"];

/// Builds both and compares.
///
/// # Errors
///
/// Something that it needs is missing, or a build fails.
pub fn run(
    session: &Session,
    given: &AdviseArgs,
    subject: &Subject<'_>,
    advice: &Advice,
) -> Result<Rebuild, CliError> {
    let args = &given.file;
    let needs = |what: &str, hint: &str| Err(CliError::failed(format!("--verify needs {what}")).hint(hint));
    let Some(file) = &args.file else {
        return needs("the Dockerfile", "capas advise IMAGE -f Dockerfile --verify");
    };
    if subject.story.dockerfile.is_none() {
        return needs(
            "a Dockerfile that matches the image",
            "`capas advise IMAGE -f FILE` says where it differs",
        );
    }
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let context = args.context.as_deref().or(parent).unwrap_or(Path::new("."));
    if !context.is_dir() {
        return needs("the build context", "name its folder with --context DIR");
    }
    let groups: Vec<(LayerIndex, LayerIndex)> = advice
        .findings
        .iter()
        .filter(|finding| finding.rule == Rule::UngroupedRun)
        .filter_map(|finding| Some((*finding.layers.first()?, *finding.layers.last()?)))
        .collect();
    if groups.is_empty() {
        return needs("a row of RUN steps that is worth grouping", "`--min-bytes 1` takes rows of any price");
    }
    let Some(grouped) = advice::grouped(subject, advice) else {
        return needs("the text of every step", "`capas advise IMAGE -f FILE` says which step's is lost");
    };
    let Some(engine) = ENGINES.into_iter().find(|engine| is_there(engine)) else {
        return needs("an engine", "install docker, podman or buildah, and start it");
    };
    let folder = tempfile::tempdir().map_err(CliError::failed)?;
    let build = |text: &str, name: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).map_err(|error| CliError::failed(format!("{}: {error}", path.display())))?;
        let build = Build { engine, file: &path, context, given };
        session.check()?;
        build.image(session)
    };
    let original = subject.story.dockerfile.as_ref().map_or("", |file| &file.text);
    let (before, after) = (build(original, "Dockerfile.original")?, build(&grouped, "Dockerfile.grouped")?);
    let prices = price(subject.image, subject.ledger, &groups);
    // What the network brings today may differ from what it brought to the image: the price is that of the build.
    let ledger = Ledger::new(&before);
    let is_like_it = before.figures.len() == subject.image.figures.len();
    let rebuilt = if is_like_it { price(&before, &ledger, &groups) } else { prices };
    let ship = |image: &Image| image.figures.iter().map(|layer| layer.payload_bytes).sum();
    let sums = |image: &Image| Built { layers: image.figures.len(), bytes: ship(image) };
    Ok(Rebuild {
        engine,
        groups: groups.len(),
        original: sums(&before),
        grouped: sums(&after),
        image: prices,
        predicted: rebuilt,
    })
}

/// What groups of layers save together.
fn price(image: &Image, ledger: &Ledger, groups: &[(LayerIndex, LayerIndex)]) -> Price {
    groups.iter().fold(Price::default(), |sum, (from, to)| {
        let price = ledger.price(&image.tree, *from, *to);
        Price {
            saved: sum.saved + price.saved,
            relinked: sum.relinked + price.relinked,
            ambiguous: sum.ambiguous + price.ambiguous,
        }
    })
}

/// Whether an engine is installed and answers.
fn is_there(engine: &str) -> bool {
    let mut command = Command::new(engine);
    command.arg("info").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

struct Build<'a> {
    engine: &'static str,
    file: &'a Path,
    context: &'a Path,
    given: &'a AdviseArgs,
}

impl Build<'_> {
    /// Builds, saves, reads, and removes the image from the engine again.
    fn image(&self, session: &Session) -> Result<std::sync::Arc<Image>, CliError> {
        let stem = self.file.extension().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = format!("localhost/capas-verify:{stem}-{}", std::process::id());
        let archive: PathBuf = self.file.with_extension(format!("{stem}.tar"));
        let mut build = Command::new(self.engine);
        build.arg("build").arg("-t").arg(&name).arg("-f").arg(self.file);
        if self.engine != "docker" {
            // Without it they make one layer of all steps.
            build.arg("--layers");
        }
        let AdviseArgs { file, build_arg, network, .. } = self.given;
        if let Some(target) = &file.target {
            build.arg("--target").arg(target);
        }
        for pair in build_arg {
            build.arg("--build-arg").arg(pair);
        }
        if let Some(network) = network {
            build.arg("--network").arg(network);
        }
        self.done(build.arg(self.context), "build")?;
        let mut save = Command::new(self.engine);
        match self.engine {
            "buildah" => save.arg("push").arg(&name).arg(format!("docker-archive:{}", archive.display())),
            _ => save.arg("save").arg("-o").arg(&archive).arg(&name),
        };
        let saved = self.done(&mut save, "save");
        let mut remove = Command::new(self.engine);
        // What stays behind is named after us.
        let _ = self.done(remove.args(["rmi", &name]), "rmi");
        saved?;
        let reference = format!("docker-archive:{}", archive.display());
        let opened = source::open(&reference, &session.options()?, &|_| {}, &session.cancel)?;
        Ok(opened.load_quietly(&|_| {}, &session.cancel)?)
    }

    /// Runs one command of the engine. Its words go to standard error: standard output is for the answer.
    fn done(&self, command: &mut Command, what: &str) -> Result<(), CliError> {
        let output = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .map_err(|error| CliError::failed(format!("{}: {error}", self.engine)))?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = said.lines().rev().take(LINES).collect();
        let mut error = CliError::failed(format!("{} {what} failed with {}", self.engine, output.status));
        error.details = lines.into_iter().rev().map(str::to_owned).collect();
        Err(error)
    }
}

/// Lines of an engine's complaint that are shown.
const LINES: usize = 12;
