//! The arguments of `capas build`.

use std::ffi::OsString;

use clap::{Args as ClapArgs, ValueEnum};

/// `capas build`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "\
The arguments go to the engine's own build as they are, its output comes as it is, and if it fails its exit code is \
capas's. If the tag named an image before, a line on standard error compares the two.

Examples:
  capas build -t shop/web .
  capas build --engine podman -t shop/web -f Containerfile .
  capas build -t shop/web . >summary.txt          the summary instead of the explorer")]
pub struct BuildArgs {
    /// docker, podman or buildah [default: the first that is installed]
    #[arg(long, value_enum, value_name = "NAME", hide_possible_values = true)]
    pub engine: Option<Builder>,

    /// The arguments of the engine's build
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    pub args: Vec<OsString>,
}

/// What builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Builder {
    /// `docker build`
    Docker,
    /// `podman build`
    Podman,
    /// `buildah build`
    Buildah,
}
