//! The arguments of `capas images`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum, ValueHint};

/// `capas images`.
#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "the flags of docker images, and ours")]
#[command(after_long_help = "\
OWN is what no other image holds, SHARED what others hold, too; both count what the store keeps.
capas itself removes nothing: --reclaim says what `docker rmi` or `podman rmi` would do.

Examples:
  capas images
  capas images 'shop/*' --sort own            what is worth removing
  capas images --filter dangling=true
  capas images --tree                         which images share which layers
  capas images --reclaim shop/web:2.3         what removing it would free, and who blocks it
  capas images --reclaim --prune=all          what `docker image prune -a` would free
  capas images --format '{{.Repository}}:{{.Tag}} {{.Size}}'
  capas images --store 'containerd:[/var/lib/containerd]'")]
pub struct ImagesArgs {
    /// Only images of these names (`*` and `?` as in docker); with --reclaim, the images to be removed
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,

    /// dangling=BOOL, reference=PATTERN, before=IMAGE, since=IMAGE, label=KEY[=VALUE]
    #[arg(short, long = "filter", value_name = "FILTER")]
    pub filters: Vec<String>,

    /// Steps of the classic builder, too
    #[arg(short, long)]
    pub all: bool,

    /// Draw the images by the layers that they share
    #[arg(long, conflicts_with_all = ["reclaim", "quiet"])]
    pub tree: bool,

    /// What removing exactly these images would free
    #[arg(long, conflicts_with = "quiet")]
    pub reclaim: bool,

    /// With --reclaim: what `image prune` would remove, or `image prune -a`
    #[arg(long, value_enum, value_name = "WHAT", num_args = 0..=1, require_equals = true,
        default_missing_value = "dangling", requires = "reclaim", conflicts_with = "names")]
    pub prune: Option<PruneArg>,

    /// The order of the rows
    #[arg(long, value_enum, value_name = "BY", default_value_t, hide_default_value = true)]
    pub sort: SortArg,

    /// Only this store, or one elsewhere: docker, podman, containerd, `docker-store:[ROOT]` [default: all]
    #[arg(long = "store", value_name = "STORE")]
    pub stores: Vec<String>,

    /// table, plain, json, ndjson or a template: '{{.Repository}}'
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<String>,

    /// Only IDs
    #[arg(short, long)]
    pub quiet: bool,

    /// Show IDs whole
    #[arg(long)]
    pub no_trunc: bool,

    /// Sizes for people; -H=false for exact bytes
    #[arg(short = 'H', long, value_name = "BOOL", hide_possible_values = true, num_args = 0..=1, require_equals = true,
        default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set,
        hide_default_value = true)]
    pub human: bool,

    /// Write to a file (`-`: standard output)
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
}

/// What `prune` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PruneArg {
    /// Images without a name, as `docker image prune`
    Dangling,
    /// Images without a container, as `docker image prune -a`
    All,
}

/// The order of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SortArg {
    /// Newest first
    #[default]
    Created,
    /// By name
    Name,
    /// Largest first
    Size,
    /// Largest own bytes first
    Own,
}
