//! The arguments of the commands that have no words of their own.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueHint};

use super::{BaseArgs, OpenArgs, OutArgs, ScreenArgs, ViewArgs};

/// `capas history`.
#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "the flags of docker history")]
#[command(after_long_help = "\
Examples:
  capas history web.tar
  capas history --wide web.tar              with files added, changed and removed by each step
  capas history --format '{{.CreatedBy}}' web.tar
  capas history --format json web.tar")]
pub struct HistoryArgs {
    /// The image
    pub image: String,

    /// Add what docker cannot say: instruction, files, live and dead bytes, stored size, owner, digest
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
    #[arg(short = 'H', long, value_name = "BOOL", hide_possible_values = true, num_args = 0..=1, require_equals = true,
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

    /// Show digests and commands whole
    #[arg(long)]
    pub no_trunc: bool,

    /// Base.
    #[command(flatten)]
    pub base: BaseArgs,

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
  capas cat web.tar app/.env --layer 4    as layer 4 left it, before a later one removed it
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
Nothing is ever written outside the target folder, whatever names and links in the image say. Files that exist are \
kept unless --force; devices are left out; setuid and setgid bits and all extended attributes but user.* are \
dropped unless --same-owner.

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

    /// Keep owners, setuid bits and extended attributes (needs root)
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
Reads every blob and checks digests of manifests, configs and layers, DiffIDs, and history against layers, then lists \
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
#[command(after_long_help = "\
Examples:
  capas demo
  capas demo --theme light
  capas demo | less             its summary, where standard output is no terminal")]
pub struct DemoArgs {
    /// The explorer.
    #[command(flatten)]
    pub screen: ScreenArgs,
}

/// `capas config`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "\
Examples:
  capas config
  CAPAS_ASCII=true capas config | grep ascii")]
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
