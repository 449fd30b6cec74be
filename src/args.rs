//! What can be typed. clap's derive and nothing else: what it means is decided in [`crate::settings`] and
//! [`crate::cli`].

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum, ValueHint};

/// Explore the layers of a container image: what every byte is for, and which build step wrote it.
///
/// Without a command, capas opens the explorer; where standard output is no terminal (or `CI` is set) it prints a
/// summary instead.
#[derive(Debug, Parser)]
#[command(name = "capas", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(after_help = SHORT_EXAMPLES, after_long_help = EXAMPLES)]
pub struct Args {
    /// An archive (`docker save`, `podman save`, OCI), an OCI layout folder, or `-` for standard input
    ///
    /// A scheme settles what it is where the name does not: docker-archive:PATH, oci-archive:PATH[:REF],
    /// oci:PATH[:REF] (a folder), dir:PATH.
    #[arg(value_hint = ValueHint::AnyPath)]
    pub image: Option<String>,

    /// Opening.
    #[command(flatten)]
    pub open: OpenArgs,

    /// The explorer.
    #[command(flatten)]
    pub screen: ScreenArgs,

    /// What holds for all commands.
    #[command(flatten)]
    pub common: CommonArgs,

    /// The command, if any.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const SHORT_EXAMPLES: &str = "\
Try `capas demo` for a first look, `capas COMMAND --help` for examples of a command.";

const EXAMPLES: &str = "\
Examples:
  capas demo                          a sample image, inside capas itself
  docker save shop/web | capas -      explore an image of an engine
  capas web.tar                       explore an archive
  capas layers web.tar                one row a layer
  capas tree web.tar --layer 3        what layer 3 added, changed and removed
  capas cat web.tar etc/os-release    print a file of the image
  capas verify web.tar                check every digest

Exit codes: 0 fine, 1 the check said no, 2 usage or could not run, 130 interrupted.

Settings come from flags, then CAPAS_* variables, then .capas.toml in this folder or above it, then
$XDG_CONFIG_HOME/capas/config.toml; `capas config` shows what is in force and why.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The build steps, as `docker history` prints them
    History(HistoryArgs),
    /// The image's config, as `docker image inspect` prints it
    Inspect(InspectArgs),
    /// One row a layer: digests, sizes, the step that made it
    Layers(LayersArgs),
    /// The files of the image, of a layer or of a range, drawn as a tree
    Tree(TreeArgs),
    /// The files of one folder
    Ls(LsArgs),
    /// Print a file
    Cat(CatArgs),
    /// Write files or folders to disk
    Extract(ExtractArgs),
    /// Check digests, `DiffIDs`, history and entries; exit 1 on findings
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
#[command(next_help_heading = "Opening")]
pub struct OpenArgs {
    /// Which of several images in an archive
    #[arg(long = "image", value_name = "NAME")]
    pub image_name: Option<String>,

    /// Which platform of a multi-platform image, as in linux/arm64 [default: this machine's]
    #[arg(long, value_name = "OS/ARCH")]
    pub platform: Option<String>,

    /// Bytes that standard input may take in the temporary folder [default: 90 % of the free space]
    #[arg(long, value_name = "SIZE", hide_short_help = true)]
    pub max_spool: Option<String>,

    /// Stop a layer that inflates past this size [default: 1 TiB]
    #[arg(long, value_name = "SIZE", hide_short_help = true)]
    pub max_layer_bytes: Option<String>,
}

/// How the explorer looks and listens.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Explorer")]
pub struct ScreenArgs {
    /// Open the explorer whatever standard output is
    #[arg(long)]
    pub tui: bool,

    /// Colours of the explorer
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub theme: Option<String>,

    /// Keys of the explorer: default or dive
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub keymap: Option<String>,

    /// Listen to the mouse
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_short_help = true)]
    pub mouse: Option<bool>,
}

/// What holds for all commands.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Everywhere")]
pub struct CommonArgs {
    /// Colour: auto, always or never
    #[arg(long, value_name = "WHEN", global = true)]
    pub color: Option<String>,

    /// Draw with ASCII only
    #[arg(long, num_args = 0..=1, value_name = "BOOL", require_equals = true, default_missing_value = "true", global = true, hide_short_help = true)]
    pub ascii: Option<bool>,

    /// Sizes in powers of 1024
    #[arg(long, num_args = 0..=1, value_name = "BOOL", require_equals = true, default_missing_value = "true", global = true, hide_short_help = true)]
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

    /// Show digests and commands whole
    #[arg(long)]
    pub no_trunc: bool,

    /// Sizes for people; -H=false for exact bytes
    #[arg(short = 'H', long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set,
        hide_default_value = true)]
    pub human: bool,
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

/// `capas history`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "\
Examples:
  capas history web.tar
  capas history --wide web.tar              with files added, changed and removed by each step
  capas history --format '{{.CreatedBy}}' web.tar
  capas history --format json web.tar")]
pub struct HistoryArgs {
    /// The image
    pub image: String,

    /// Add what docker cannot say: instruction, files, stored size, digest
    #[arg(long)]
    pub wide: bool,

    /// table, plain, json, ndjson or a template: '{{.ID}}: {{.Size}}'
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,

    /// Do not cut the commands
    #[arg(long)]
    pub no_trunc: bool,

    /// Only IDs
    #[arg(short, long)]
    pub quiet: bool,

    /// Sizes and dates for people; -H=false for exact ones
    #[arg(short = 'H', long, value_name = "BOOL", num_args = 0..=1, require_equals = true,
        default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set,
        hide_default_value = true)]
    pub human: bool,

    /// Write to a file (`-`: standard output)
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// Opening.
    #[command(flatten)]
    pub open: OpenArgs,
}

/// `capas inspect`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "\
Examples:
  capas inspect web.tar
  capas inspect -f '{{.Config.Env}}' web.tar
  capas inspect -f '{{json .Config.Labels}}' web.tar")]
pub struct InspectArgs {
    /// The images
    #[arg(required = true, value_name = "IMAGE")]
    pub images: Vec<String>,

    /// json or a template: '{{.Config.User}}'
    #[arg(short = 'f', long, value_name = "FORMAT")]
    pub format: Option<String>,

    /// Write to a file (`-`: standard output)
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// Opening.
    #[command(flatten)]
    pub open: OpenArgs,
}

/// `capas layers`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "\
Examples:
  capas layers web.tar
  capas layers --no-trunc web.tar
  capas layers --format json web.tar | jq '.layers[].storedBytes'")]
pub struct LayersArgs {
    /// The image
    pub image: String,

    /// Only digests
    #[arg(short, long)]
    pub quiet: bool,

    /// Output.
    #[command(flatten)]
    pub out: OutArgs,

    /// Opening.
    #[command(flatten)]
    pub open: OpenArgs,
}

/// `capas tree`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "\
Marks: + added, ~ modified, - removed.

Examples:
  capas tree web.tar
  capas tree web.tar usr/share --depth 1
  capas tree web.tar --layer 3
  capas tree web.tar --layers 2..4 --format json")]
pub struct TreeArgs {
    /// The image
    pub image: String,

    /// Only this folder or file
    pub path: Option<OsString>,

    /// How many levels deep
    #[arg(short, long, value_name = "N")]
    pub depth: Option<usize>,

    /// Only folders
    #[arg(long)]
    pub dirs: bool,

    /// View.
    #[command(flatten)]
    pub view: ViewArgs,

    /// Output.
    #[command(flatten)]
    pub out: OutArgs,

    /// Opening.
    #[command(flatten)]
    pub open: OpenArgs,
}

/// `capas ls`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "\
Examples:
  capas ls web.tar etc
  capas ls -l web.tar usr/bin
  capas ls -lR web.tar app --layer 4")]
pub struct LsArgs {
    /// The image
    pub image: String,

    /// The folder, or a file [default: the root]
    pub path: Option<OsString>,

    /// Modes, owners, sizes, times
    #[arg(short, long)]
    pub long: bool,

    /// Names that begin with a dot are always listed
    #[arg(short, long)]
    pub all: bool,

    /// Folders below it too
    #[arg(short = 'R', long)]
    pub recursive: bool,

    /// View.
    #[command(flatten)]
    pub view: ViewArgs,

    /// Output.
    #[command(flatten)]
    pub out: OutArgs,

    /// Opening.
    #[command(flatten)]
    pub open: OpenArgs,
}

/// `capas cat`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "\
Symlinks are followed inside the image. The bytes are printed as they are: a binary may upset a terminal.

Examples:
  capas cat web.tar etc/os-release
  capas cat web.tar app/.env --layer 4        as it stood after layer 4, before a later one removed it
  capas cat web.tar usr/bin/tool -o tool")]
pub struct CatArgs {
    /// The image
    pub image: String,

    /// The file
    pub path: OsString,

    /// As it stood after this layer
    #[arg(long, value_name = "N")]
    pub layer: Option<u16>,

    /// Write to a file (`-`: standard output)
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// Opening.
    #[command(flatten)]
    pub open: OpenArgs,
}

/// `capas extract`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "\
Nothing is ever written outside the target folder, whatever names and links in the image say. Files that exist are
kept unless --force; devices are skipped; setuid and setgid bits are dropped unless --same-owner.

Examples:
  capas extract web.tar etc/nginx -o out
  capas extract web.tar / -o rootfs
  capas extract web.tar app --layer 4 -o layer4")]
pub struct ExtractArgs {
    /// The image
    pub image: String,

    /// Files or folders; `/` for everything
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<OsString>,

    /// The target folder; made if it is not there
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub output: PathBuf,

    /// Replace files that exist
    #[arg(long)]
    pub force: bool,

    /// Keep owners and setuid bits (needs root)
    #[arg(long)]
    pub same_owner: bool,

    /// View.
    #[command(flatten)]
    pub view: ViewArgs,

    /// Opening.
    #[command(flatten)]
    pub open: OpenArgs,
}

/// `capas verify`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "\
Reads every blob and checks digests of manifests, configs and layers, DiffIDs, and history against layers, then lists
what engines and the specification see differently. Exit 0 clean, 1 findings, 2 when nothing is an image.

Examples:
  capas verify web.tar
  capas verify --format json web.tar | jq '.checks[] | select(.ok | not)'")]
pub struct VerifyArgs {
    /// The image
    pub image: String,

    /// Only what is wrong
    #[arg(short, long)]
    pub quiet: bool,

    /// Output.
    #[command(flatten)]
    pub out: OutArgs,

    /// Opening.
    #[command(flatten)]
    pub open: OpenArgs,
}

/// `capas demo`.
#[derive(Debug, ClapArgs)]
pub struct DemoArgs {
    /// The explorer.
    #[command(flatten)]
    pub screen: ScreenArgs,
}

/// `capas config`.
#[derive(Debug, ClapArgs)]
pub struct ConfigArgs {
    /// The explorer.
    #[command(flatten)]
    pub screen: ScreenArgs,
}

/// `capas completions`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "\
Examples:
  capas completions bash > ~/.local/share/bash-completion/completions/capas
  capas completions fish > ~/.config/fish/completions/capas.fish")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `capas man`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "\
Examples:
  capas man | man -l -
  capas man --all DIR")]
pub struct ManArgs {
    /// Write the pages of all commands into a folder
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub all: Option<PathBuf>,
}
