//! `capas extract`.

use std::io::Write;

use super::progress::Meter;
use super::{Loaded, Session, files, view};
use crate::args::ExtractArgs;
use crate::error::CliError;
use crate::extract::{self, ExtractError, Heard, Options, Wanted, Written};
use crate::report::lookup::Last;
use crate::source::SourceError;
use crate::text::{self, Manner, counted};

/// How many paths that were left out are printed.
const SHOWN: usize = 20;

impl From<ExtractError> for CliError {
    fn from(error: ExtractError) -> Self {
        match error {
            ExtractError::Cancelled => SourceError::Cancelled.into(),
            error @ ExtractError::Target { .. } => Self::failed(error),
        }
    }
}

/// Extracts, and says on standard error what came of it.
pub fn run(session: &Session, args: &ExtractArgs) -> Result<(), CliError> {
    if args.same_owner && !rustix::process::geteuid().is_root() {
        return Err(CliError::failed("--same-owner needs root").hint("without it, files belong to you"));
    }
    let loaded = Loaded::open(session, &args.image)?;
    let image = &loaded.image;
    let view = view::resolve(&args.view, image.info.layers.len())?;
    let roots = args
        .paths
        .iter()
        .map(|path| files::find(&image.tree, view, Some(path), Last::Keep))
        .collect::<Result<Vec<_>, _>>()?;
    let options = Options { force: args.force, same_owner: args.same_owner };
    let wanted = Wanted { view, roots: &roots, folder: &args.output };
    let meter = Meter::new(session);
    let bodies = loaded.opened.bodies();
    let hear = |heard| match heard {
        Heard::Written(bytes) => meter.wrote(bytes),
        Heard::Passed(bytes, of) => meter.passed(bytes, of),
    };
    let written = extract::extract(image, &*bodies, &wanted, options, &hear, &session.cancel)?;
    drop(meter);
    tell(session, &written, args)?;
    loaded.faults()
}

fn tell(session: &Session, written: &Written, args: &ExtractArgs) -> Result<(), CliError> {
    let manner = Manner { iec: session.settings.iec.value, ..Manner::default() };
    let mut err = std::io::stderr().lock();
    for left in written.left_out.iter().take(SHOWN) {
        // Nobody listening is no failure.
        let _ = writeln!(err, "skipped {}: {}", text::display(&left.path), left.why);
    }
    let more = (written.skipped + written.failed).saturating_sub(SHOWN as u64);
    if more > 0 {
        let _ = writeln!(err, "and {more} more");
    }
    let _ = writeln!(
        err,
        "{}, {}, {}, {} in {}",
        counted(written.files, "file"),
        counted(written.dirs, "folder"),
        counted(written.links, "link"),
        manner.size(written.bytes),
        args.output.display(),
    );
    if written.attributes_lost > 0 {
        let _ = writeln!(
            err,
            "not written: {} ({})",
            counted(written.attributes_lost, "extended attribute"),
            if args.same_owner {
                "the file system does not take them"
            } else {
                "all but user.* need --same-owner, and a file system that takes them"
            },
        );
    }
    if written.failed == 0 {
        return Ok(());
    }
    let exists = written.left_out.iter().any(|left| left.why.ends_with("there already"));
    let error = CliError::failed(match written.failed {
        1 => "one path was not written".to_owned(),
        many => format!("{} paths were not written", text::count(many)),
    });
    Err(if exists && !args.force { error.hint("--force replaces files that exist") } else { error })
}
