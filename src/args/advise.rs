//! `capas advise`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueHint};

use super::{BaseArgs, OpenArgs, OutArgs};

/// `capas advise`.
#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches")]
#[command(after_long_help = "\
Every figure is a sum over files that are in the layers. Every row of RUN steps is shown with what merging it would \
save; what is worth it is a finding, with the text to paste. Rules: `--rule help` lists them.

Examples:
  capas advise web.tar
  capas advise web.tar -f Dockerfile        with lines, and fixes as a diff
  capas advise web.tar --base debian.tar    layers of the base are not yours
  capas advise web.tar --rule ungrouped-run --format json | jq '.spans'
  capas advise web.tar --scan               secrets and equal files too: reads every byte
  capas advise web.tar --dockerfile         the Dockerfile that the history tells of
  capas advise web.tar -f Dockerfile --verify   build it as it is and grouped, and compare")]
pub struct AdviseArgs {
    /// The image
    pub image: String,

    /// Only this rule; several times for several; `help` lists them
    #[arg(long, value_name = "RULE")]
    pub rule: Vec<String>,

    /// What is worth a finding [default: 64 KiB or a thousandth of your layers]
    #[arg(long, value_name = "SIZE")]
    pub min_bytes: Option<String>,

    /// Findings of any size, and those that are off by default
    #[arg(long)]
    pub all: bool,

    /// Read all contents: secrets and equal files
    #[arg(long)]
    pub scan: bool,

    /// Print the Dockerfile that the history tells of
    #[arg(long, conflicts_with_all = ["verify", "rule"])]
    pub dockerfile: bool,

    /// Build the Dockerfile as it is and with the fixes, and compare (needs -f and an engine)
    #[arg(long)]
    pub verify: bool,

    /// A build argument for --verify, as the engine's build takes it
    #[arg(long, value_name = "NAME[=VALUE]", requires = "verify")]
    pub build_arg: Vec<String>,

    /// The network of the builds of --verify, as the engine's build takes it
    #[arg(long, value_name = "MODE", requires = "verify")]
    pub network: Option<String>,

    /// Dockerfile.
    #[command(flatten)]
    pub file: FileArgs,

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

/// The Dockerfile beside the image.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "Dockerfile")]
pub struct FileArgs {
    /// The Dockerfile that the image was built from; .dockerignore beside it is read too
    #[arg(short, long, value_name = "DOCKERFILE", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,

    /// The stage that the image is [default: the last one]
    #[arg(long, value_name = "STAGE", requires = "file")]
    pub target: Option<String>,

    /// The build context, for --verify [default: the Dockerfile's folder]
    #[arg(long, value_name = "DIR", requires = "file", value_hint = ValueHint::DirPath)]
    pub context: Option<PathBuf>,
}
