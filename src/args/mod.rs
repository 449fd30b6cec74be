//! What can be typed. clap's derive and nothing else: what it means is decided in [`crate::settings`] and
//! [`crate::cli`].

mod advise;
mod build;
mod commands;
mod images;
mod waste;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum, ValueHint};

use crate::source::Engine;

pub use advise::{AdviseArgs, FileArgs};
pub use build::{BuildArgs, Builder};
pub use commands::{
    CatArgs, CompletionsArgs, ConfigArgs, DemoArgs, ExtractArgs, HistoryArgs, InspectArgs, LayersArgs,
    LsArgs, ManArgs, TreeArgs, VerifyArgs,
};
pub use images::{ImagesArgs, PruneArg, SortArg};
pub use waste::{WasteArgs, WasteBy};

/// Explore the layers of a container image: what every byte is for, and which build step wrote it.
///
/// Without a command, capas opens the explorer; where standard output is no terminal (or `CI` is set) it prints a
/// summary instead.
#[derive(Debug, Parser)]
#[command(name = "capas", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(override_usage = USAGE)]
#[command(after_help = SHORT_EXAMPLES, after_long_help = EXAMPLES)]
pub struct Args {
    /// The name of an image, an archive, an OCI layout, or `-` for standard input
    ///
    /// A name is looked for in the stores and engines of this machine: docker, podman, containerd; the first that has
    /// it wins. It may be an ID or the beginning of one. A scheme settles where a name or path alone does not:
    /// docker:NAME and podman:NAME (through the engine), docker-store:NAME, containers-storage:NAME and
    /// containerd:NAME (the files of the store; one elsewhere as in docker-store:[/mnt/docker]NAME), container:NAME
    /// (with its writable layer); docker-archive:PATH, oci-archive:PATH, oci:PATH (a folder), which take :REF behind
    /// the path, and dir:PATH.
    #[arg(value_hint = ValueHint::AnyPath)]
    pub image: Option<String>,

    /// Opening.
    #[command(flatten)]
    pub open: OpenArgs,

    /// The explorer.
    #[command(flatten)]
    pub screen: ScreenArgs,

    /// What the explorer shall know of the build.
    #[command(flatten)]
    pub beside: BesideArgs,

    /// What holds for all commands.
    #[command(flatten)]
    pub common: CommonArgs,

    /// The command, if any.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const USAGE: &str = "\
capas [OPTIONS] [IMAGE]
       capas COMMAND [OPTIONS] IMAGE";

const SHORT_EXAMPLES: &str = "\
Try `capas demo` for a first look, `capas COMMAND --help` for examples of a command.";

const EXAMPLES: &str = "\
Examples:
  capas demo                          a sample image, inside capas itself
  capas shop/web:2.4                  explore an image of docker, podman or containerd
  capas web.tar                       explore an archive
  docker save shop/web | capas -      explore what comes through a pipe
  capas layers web.tar                one row a layer
  capas tree web.tar --layer 3        what layer 3 added, changed and removed
  capas cat web.tar etc/os-release    print a file of the image
  capas advise web.tar                what need not ship, and how to stop shipping it
  capas verify web.tar                check every digest

Exit codes: 0 fine, 1 the check said no, 2 usage or could not run, 130 interrupted.

Settings come from flags, then CAPAS_* variables, then .capas.toml in this folder or above it, then \
$XDG_CONFIG_HOME/capas/config.toml; `capas config` shows what is in force and why.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The build steps, as `docker history` prints them
    History(HistoryArgs),
    /// The image's config, as `docker image inspect` prints it
    Inspect(InspectArgs),
    /// The images of the local stores: sizes, own and shared bytes, what removing would free
    Images(ImagesArgs),
    /// One row a layer: digests, sizes, the step that made it
    Layers(LayersArgs),
    /// What ships and is never seen: who wastes whom, why, and which files
    Waste(WasteArgs),
    /// What need not ship, why, and the text that puts it right
    Advise(Box<AdviseArgs>),
    /// The files of the image, of a layer or of a range, drawn as a tree
    Tree(TreeArgs),
    /// The files of one folder
    Ls(LsArgs),
    /// Print a file
    Cat(CatArgs),
    /// Write files or folders to disk
    Extract(ExtractArgs),
    /// Build with docker, podman or buildah, then look at the result
    Build(BuildArgs),
    /// Check every digest, history and entries; exit 1 on findings
    Verify(VerifyArgs),
    /// The sample image that is inside capas
    Demo(DemoArgs),
    /// The settings in force, and where each comes from
    Config(ConfigArgs),
    /// A completion script for a shell
    Completions(CompletionsArgs),
    /// The manual page, in roff
    Man(ManArgs),
}

/// How an image is opened.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct OpenArgs {
    /// Which of several images in an archive
    #[arg(long = "image", value_name = "NAME")]
    pub image_name: Option<String>,

    /// Where a name without a scheme is looked for: docker, podman, containerd, docker-archive
    #[arg(long, value_enum, value_name = "NAME", hide_possible_values = true, hide_short_help = true)]
    pub source: Option<Source>,

    /// Which of several platforms, as in linux/arm64 [default: this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,

    /// Bytes that standard input may take in the temporary folder [default: 90 % of the free space]
    #[arg(long, value_name = "SIZE", hide_short_help = true)]
    pub max_spool: Option<String>,

    /// Stop a layer that inflates past this size [default: 1 TiB]
    #[arg(long, value_name = "SIZE", hide_short_help = true)]
    pub max_layer_bytes: Option<String>,
}

/// Where a name without a scheme is looked for. The words are dive's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Source {
    /// Docker: its store, else its API
    Docker,
    /// Podman: its store, else its API
    Podman,
    /// containerd's store
    Containerd,
    /// An archive of `docker save`
    DockerArchive,
}

impl Source {
    /// The engine that is meant.
    pub fn engine(self) -> Option<Engine> {
        match self {
            Self::Docker => Some(Engine::Docker),
            Self::Podman => Some(Engine::Podman),
            Self::Containerd => Some(Engine::Containerd),
            Self::DockerArchive => None,
        }
    }
}

/// How the explorer looks and listens.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Explorer")]
pub struct ScreenArgs {
    /// Open the explorer whatever standard output is
    #[arg(long, hide_short_help = true)]
    pub tui: bool,

    /// Colours of the explorer
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub theme: Option<String>,

    /// Keys of the explorer: default or dive
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub keymap: Option<String>,

    /// Listen to the mouse
    #[arg(long, value_name = "BOOL", hide_possible_values = true, num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_short_help = true)]
    pub mouse: Option<bool>,

    /// Type these keys, print the screen, leave: `jj<tab><enter>`
    #[arg(long, value_name = "KEYS", hide = true)]
    pub keys: Option<String>,

    /// The screen of `--keys`, in columns and rows [default: 120x40]
    #[arg(long, value_name = "WxH", hide = true, value_parser = screen_size)]
    pub size: Option<(u16, u16)>,
}

/// What there is beside the image, for the explorer.
#[derive(Clone, Debug, Default, PartialEq, Eq, ClapArgs)]
#[command(next_help_heading = "Explorer")]
pub struct BesideArgs {
    /// The Dockerfile that the image was built from: fixes are diffs of it then
    #[arg(short, long, value_name = "DOCKERFILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    pub file: Option<PathBuf>,

    /// The image that this one was built on: its layers are not yours
    #[arg(long, value_name = "IMAGE", conflicts_with = "base_layers", hide_short_help = true)]
    pub base: Option<String>,

    /// How many of the first layers are the base's
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub base_layers: Option<u16>,
}

fn screen_size(text: &str) -> Result<(u16, u16), String> {
    let size =
        text.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    size.filter(|size| *size >= (1, 1) && *size <= (1000, 1000))
        .ok_or_else(|| "write it as in 80x24".to_owned())
}

/// What holds for all commands.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Everywhere")]
pub struct CommonArgs {
    /// Colour: auto, always or never
    #[arg(long, value_name = "WHEN", global = true, hide_short_help = true)]
    pub color: Option<String>,

    /// Draw with ASCII only
    #[arg(long, num_args = 0..=1, value_name = "BOOL", hide_possible_values = true, require_equals = true, default_missing_value = "true", global = true, hide_short_help = true)]
    pub ascii: Option<bool>,

    /// Sizes in powers of 1024
    #[arg(long, num_args = 0..=1, value_name = "BOOL", hide_possible_values = true, require_equals = true, default_missing_value = "true", global = true, hide_short_help = true)]
    pub iec: Option<bool>,
}

/// The shape of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Table,
    /// One record a line, fields parted by tabs, exact bytes, no heading
    Plain,
    /// One document
    Json,
    /// One entry a line
    Ndjson,
}

/// Where an answer goes, and in which shape.
#[derive(Clone, Debug, ClapArgs)]
#[command(next_help_heading = "Output")]
pub struct OutArgs {
    /// The shape of the answer
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t, hide_default_value = true)]
    pub format: Format,

    /// Write to a file (`-`: standard output)
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// Sizes for people; -H=false for exact bytes
    #[arg(short = 'H', long, value_name = "BOOL", hide_possible_values = true, num_args = 0..=1, require_equals = true,
        default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set,
        hide_default_value = true)]
    pub human: bool,
}

/// What the user knows of the base image.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Base")]
pub struct BaseArgs {
    /// The image that this one was built on: its layers are not yours
    #[arg(long, value_name = "IMAGE", conflicts_with = "base_layers")]
    pub base: Option<String>,

    /// How many of the first layers are the base's
    #[arg(long, value_name = "N")]
    pub base_layers: Option<u16>,
}

/// What is looked at: the final filesystem unless one of these is given.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "View")]
pub struct ViewArgs {
    /// What one layer says: its files, and what it removes
    #[arg(long, value_name = "N", conflicts_with_all = ["layers", "rootfs"])]
    pub layer: Option<u16>,

    /// What a row of layers changes, both included
    #[arg(long, value_name = "A..B", conflicts_with = "rootfs")]
    pub layers: Option<String>,

    /// The filesystem as it stood after a layer
    #[arg(long, value_name = "N")]
    pub rootfs: Option<u16>,
}
