//! The commands: parse, settle the settings, open the image, hand it to a report, turn what went wrong into an exit
//! code. What prints to standard error stands here and in [`crate::error`], nowhere else.

mod advise;
mod build;
mod docker;
mod evidence;
mod extract;
mod files;
mod images;
mod open;
mod output;
mod progress;
mod rebuild;
mod scan;
mod settings;
mod shell;
mod signals;
mod verify;
mod view;
mod waste;

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory, Parser};
use jiff::Timestamp;

pub use open::Loaded;
pub use output::Output;

use crate::args::{
    Args, BesideArgs, Builder, Command, CommonArgs, Format, LayersArgs, OpenArgs, OutArgs, ScreenArgs, Source,
};
use crate::error::{self, CliError, ErrorKind};
use crate::ledger::Ledger;
use crate::report::{self, Look, lookup};
use crate::settings::{Flags, Settings};
use crate::source::local::list;
use crate::source::{self, Engine, Options, Reference, SourceError, Surroundings};
use crate::tui;

/// What `capas demo` opens.
const DEMO: &str = "demo:";

/// Parses the command line, runs the command, prints what went wrong.
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) if error.use_stderr() && is_image_first() => {
            let error = command_first("IMAGE");
            error::print(&error);
            return error.exit_code();
        }
        Err(error) => {
            if let Some(word) = meant_as_command(&error) {
                let error = no_such_command(&word);
                error::print(&error);
                return error.exit_code();
            }
            // A reader of the help that goes away early is no failure.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error::print(&error);
            error.exit_code()
        }
    }
}

/// What a command is given beside its own arguments.
pub struct Session {
    /// What is in force.
    pub settings: Settings,
    /// Set by the first interrupt.
    pub cancel: Arc<AtomicBool>,
    open: OpenArgs,
    screen: ScreenArgs,
}

fn env(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

impl Session {
    /// Settles the settings for a command with its own opening and screen arguments.
    fn new(common: &CommonArgs, open: OpenArgs, screen: ScreenArgs) -> Result<Self, CliError> {
        let flags = Flags {
            color: common.color.clone(),
            ascii: common.ascii,
            iec: common.iec,
            theme: screen.theme.clone(),
            keymap: screen.keymap.clone(),
            mouse: screen.mouse,
            platform: open.platform.clone(),
            max_spool: open.max_spool.clone(),
        };
        let dir = std::env::current_dir().ok();
        let files = crate::settings::files(dir.as_deref(), &env).map_err(CliError::failed)?;
        let settings = crate::settings::resolve(&flags, &env, &files).map_err(CliError::failed)?;
        settings::check(&settings)?;
        Ok(Self { settings, cancel: Arc::default(), open, screen })
    }

    /// An error once the user interrupted.
    fn check(&self) -> Result<(), CliError> {
        if self.cancel.load(Ordering::Relaxed) { Err(SourceError::Cancelled.into()) } else { Ok(()) }
    }

    /// How an image is opened.
    fn options(&self) -> Result<Options, CliError> {
        let mut options = Options {
            image: self.open.image_name.clone(),
            platform: self.settings.platform.value.clone(),
            max_spool: self.settings.max_spool.value,
            engine: self.open.source.and_then(Source::engine),
            surroundings: Arc::new(Surroundings::of_process()),
            ..Options::default()
        };
        if let Some(text) = &self.open.max_layer_bytes {
            options.max_layer_bytes = crate::settings::parse_size(text).ok_or_else(|| {
                CliError::failed(format!("--max-layer-bytes: `{text}` is no size"))
                    .hint("give bytes, or 20GB")
            })?;
        }
        Ok(options)
    }

    /// What was typed, with the scheme that `--source` stands for.
    fn reference(&self, typed: &str) -> String {
        let is_bare = matches!(
            source::parse_reference(typed),
            Ok(Reference::Name(_) | Reference::Path { layout: None, .. })
        );
        match self.open.source {
            Some(Source::DockerArchive) if is_bare => format!("docker-archive:{typed}"),
            _ => typed.to_owned(),
        }
    }

    /// How an answer looks on standard output.
    fn look_on_stdout(&self) -> Look {
        Look {
            color: self.settings.color.value.wants(&env, std::io::stdout().is_terminal()),
            ascii: self.settings.ascii.value,
            iec: self.settings.iec.value,
            exact: false,
            whole: false,
        }
    }

    /// How an answer looks on standard output, or in a file.
    fn look(&self, out: &OutArgs) -> Look {
        let look = self.look_on_stdout();
        let in_file = out.output.as_ref().is_some_and(|path| path != Path::new("-"));
        let color = if in_file { self.settings.color.value.wants(&env, false) } else { look.color };
        Look { color, exact: !out.human, ..look }
    }
}

/// Whether somebody typed `capas web.tar layers`.
fn is_image_first() -> bool {
    let command = Args::command();
    let is_command = |word: &String| command.find_subcommand(word).is_some();
    let mut words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let first = words.find(|word| !word.starts_with('-'));
    first.is_some_and(|first| !is_command(&first)) && words.any(|word| is_command(&word))
}

/// The word that stands where a command belongs and is none. It reads as an image, so that clap wonders at the next one,
/// in one of two ways, as that resembles a command or does not.
fn meant_as_command(error: &clap::Error) -> Option<String> {
    let context = match error.kind() {
        clap::error::ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        clap::error::ErrorKind::UnknownArgument => ContextKind::InvalidArg,
        _ => return None,
    };
    let Some(ContextValue::String(next)) = error.get(context) else { return None };
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let before: Vec<String> =
        words.take_while(|word| word != next).filter(|word| !word.starts_with('-')).collect();
    let command = Args::command();
    let names = || command.get_subcommands().map(clap::Command::get_name);
    if next.starts_with('-') || before.iter().any(|word| names().any(|name| name == word)) {
        return None;
    }
    let resembles = |word: &&String| names().any(|name| lookup::resembles(name, word));
    // What a flag takes stands before it.
    let word = before.iter().find(resembles).or(before.last())?;
    (!word.contains(['/', '.', ':'])).then(|| word.clone())
}

/// `capas layrs web.tar`.
fn no_such_command(word: &str) -> CliError {
    let error = CliError::failed(format!("there is no command `{word}`"));
    let hinted = mistyped(error, word);
    if hinted.hints.is_empty() { hinted.hint("`capas --help` lists the commands") } else { hinted }
}

fn command_first(image: &str) -> CliError {
    CliError::failed("the command stands before the image")
        .hint(format!("capas COMMAND {image}; a file with a command's name is opened as ./NAME"))
}

fn run(args: Args) -> Result<(), CliError> {
    let Args { image, open, screen, beside, common, command } = args;
    let with_screen =
        |own: ScreenArgs| Session::new(&common, open.clone(), merge_screen(own, screen.clone()));
    let session = |own: OpenArgs| Session::new(&common, merge(own, open.clone()), screen.clone());
    let Some(command) = command else {
        return explore(&session(OpenArgs::default())?, image.as_deref(), &beside);
    };
    if let Some(image) = image {
        return Err(command_first(&image));
    }
    if beside != BesideArgs::default() {
        return Err(CliError::failed("-f, --base and --base-layers stand behind the command")
            .hint("capas advise IMAGE -f Dockerfile"));
    }
    match command {
        Command::History(args) => docker::history(&session(args.open.clone())?, &args),
        Command::Inspect(args) => docker::inspect(&session(args.open.clone())?, &args),
        Command::Tree(args) => files::tree(&session(args.open.clone())?, &args),
        Command::Ls(args) => files::ls(&session(args.open.clone())?, &args),
        Command::Cat(args) => files::cat(&session(args.open.clone())?, &args),
        Command::Images(args) => images::run(&session(OpenArgs::default())?, &args),
        Command::Layers(args) => layers(&session(args.open.clone())?, &args),
        Command::Advise(args) => advise::run(&session(args.open.clone())?, &args),
        Command::Waste(args) => waste::run(&session(args.open.clone())?, &args),
        Command::Extract(args) => extract::run(&session(args.open.clone())?, &args),
        Command::Verify(args) => verify::run(&session(args.open.clone())?, &args),
        Command::Demo(args) => explore(&with_screen(args.screen)?, Some(DEMO), &beside),
        Command::Config(args) => {
            let session = with_screen(args.screen)?;
            settings::config(&session.settings, session.look_on_stdout())
        }
        Command::Build(args) => {
            let builder = match args.engine {
                Some(builder) => builder,
                None => Builder::found(std::env::var_os("PATH").as_deref())?,
            };
            let source = match builder.engine() {
                Engine::Docker => Source::Docker,
                _ => Source::Podman,
            };
            let own = OpenArgs { source: Some(source), ..OpenArgs::default() };
            build::run(&session(own)?, builder, &args)
        }
        Command::Completions(args) => shell::completions(args.shell),
        Command::Man(args) => shell::man(args.all.as_deref()),
    }
}

/// What a command says itself wins over what stands before it.
fn merge(own: OpenArgs, before: OpenArgs) -> OpenArgs {
    OpenArgs {
        image_name: own.image_name.or(before.image_name),
        source: own.source.or(before.source),
        platform: own.platform.or(before.platform),
        max_spool: own.max_spool.or(before.max_spool),
        max_layer_bytes: own.max_layer_bytes.or(before.max_layer_bytes),
    }
}

fn merge_screen(own: ScreenArgs, before: ScreenArgs) -> ScreenArgs {
    ScreenArgs {
        tui: own.tui || before.tui,
        theme: own.theme.or(before.theme),
        keymap: own.keymap.or(before.keymap),
        mouse: own.mouse.or(before.mouse),
        keys: own.keys.or(before.keys),
        size: own.size.or(before.size),
    }
}

/// `capas [IMAGE]`.
fn explore(session: &Session, image: Option<&str>, beside: &BesideArgs) -> Result<(), CliError> {
    let ci = env("CI").is_some_and(|value| !matches!(value.as_str(), "" | "0" | "false"));
    let keys = session.screen.keys.as_deref();
    if keys.is_some() || session.screen.tui || (std::io::stdout().is_terminal() && !ci) {
        let settings = &session.settings;
        let listing =
            image.is_none().then(|| session.options().map(|options| list(&options.surroundings, &[])));
        let setup = tui::Setup {
            evidence: evidence::beside(session, beside)?,
            reference: image.map(|image| session.reference(image)).unwrap_or_default(),
            listing: listing.transpose()?.map(Arc::new),
            options: session.options()?,
            theme: settings.theme.value.clone(),
            keymap: settings.keymap.value.clone(),
            keys: settings.keys.iter().map(|(action, keys)| (action.clone(), keys.value.clone())).collect(),
            mouse: settings.mouse.value,
            ascii: settings.ascii.value,
            color: settings.color.value.wants(&env, true),
            iec: settings.iec.value,
        };
        let Some(keys) = keys else { return tui::run(&setup) };
        let mut explorer = tui::Headless::open(
            &setup,
            session.screen.size.unwrap_or((120, 40)),
            Timestamp::now().as_second(),
        )?;
        explorer.keys(keys)?;
        let mut out = Output::open(None)?;
        out.write_all(explorer.text().as_bytes())?;
        return out.finish();
    }
    let Some(image) = image else {
        return Err(CliError::failed("no image given")
            .hint(
                "give the name of an image, an archive or an OCI layout folder: capas alpine, capas web.tar",
            )
            .hint("`capas images` lists what is on this machine, `capas demo` opens a sample"));
    };
    let loaded = Loaded::open(session, image).map_err(|error| mistyped(error, image))?;
    let mut out = Output::open(None)?;
    report::summary::write(&loaded.image, &Ledger::new(&loaded.image), &session.look_on_stdout(), &mut out)?;
    out.finish()?;
    loaded.faults()
}

/// `capas layrs` reads as an image; says which command was meant.
fn mistyped(error: CliError, image: &str) -> CliError {
    if image == "help" {
        return error.hint("`capas --help` lists the commands, `capas COMMAND --help` explains one");
    }
    let command = Args::command();
    let meant = command.get_subcommands().find(|command| lookup::resembles(command.get_name(), image));
    match meant {
        Some(meant) if error.kind == ErrorKind::Failed => {
            error.hint(format!("the command is `capas {}`", meant.get_name()))
        }
        _ => error,
    }
}

/// `capas layers`.
fn layers(session: &Session, args: &LayersArgs) -> Result<(), CliError> {
    let image = Loaded::open(session, &args.image)?;
    let story = image.story(session, &args.base)?;
    let ledger = Ledger::new(&image.image);
    let mut out = Output::open(args.out.output.as_deref())?;
    match args.out.format {
        _ if args.quiet => report::layers::quiet(&image.image, &mut out)?,
        Format::Table => {
            let look = Look { whole: args.no_trunc, ..session.look(&args.out) };
            report::layers::table(&image.image, &ledger, &look, &mut out)?;
        }
        Format::Plain => report::layers::plain(&image.image, &ledger, &story, &mut out)?,
        Format::Json => report::layers::json(&image.image, &ledger, &story, &mut out)?,
        Format::Ndjson => report::layers::ndjson(&image.image, &ledger, &story, &mut out)?,
    }
    out.finish()?;
    image.faults()
}
