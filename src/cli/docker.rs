//! `capas history` and `capas inspect`: docker's own output.

use std::io::{IsTerminal, stdout};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Loaded, Output, Session};
use crate::args::{BaseArgs, HistoryArgs, InspectArgs};
use crate::error::CliError;
use crate::ledger::Ledger;
use crate::report::Look;
use crate::report::docker::history::{Clock, Options};
use crate::report::docker::{Reader, history, inspect, steps};

/// A terminal must not see raw control characters; a program gets docker's bytes.
fn reader(output: Option<&std::path::Path>) -> Reader {
    if output.is_none() && stdout().is_terminal() { Reader::Terminal } else { Reader::Program }
}

/// `capas history`.
pub fn history(session: &Session, args: &HistoryArgs) -> Result<(), CliError> {
    let loaded = Loaded::open(session, &args.image)?;
    let options = Options {
        format: args.format.clone(),
        human: args.human,
        no_trunc: args.no_trunc,
        quiet: args.quiet,
    };
    let clock = Clock { now: Timestamp::now(), zone: TimeZone::system() };
    let mut out = Output::open(args.output.as_deref())?;
    let image = &loaded.image;
    match args.format.as_deref() {
        Some("json") => steps::json(image, &mut out)?,
        Some("ndjson") => steps::ndjson(image, &mut out)?,
        Some("plain") => steps::plain(image, &mut out)?,
        None | Some("table") if args.wide && !args.quiet => {
            let look = session.look_on_stdout();
            let color = look.color && args.output.is_none();
            let look = Look { color, exact: !args.human, whole: args.no_trunc, ..look };
            let (ledger, story) = (Ledger::new(image), loaded.story(session, &BaseArgs::default())?);
            steps::wide(image, &ledger, &story, &options, &clock, &look, &mut out)?;
        }
        _ => history::write(&mut out, image, &options, &clock, reader(args.output.as_deref()))?,
    }
    out.finish()?;
    loaded.faults()
}

/// `capas inspect`. Of several images those that open are printed, then the first error.
pub fn inspect(session: &Session, args: &InspectArgs) -> Result<(), CliError> {
    let mut failed = Ok(());
    let mut opened = Vec::new();
    for image in &args.images {
        match Loaded::open(session, image) {
            Ok(loaded) => opened.push(loaded),
            Err(error) => failed = failed.and(Err(error)),
        }
    }
    if opened.is_empty() {
        return failed;
    }
    let images: Vec<_> = opened.iter().map(|loaded| &*loaded.image).collect();
    let mut out = Output::open(args.output.as_deref())?;
    let printed = inspect::write(&mut out, &images, args.format.as_deref(), reader(args.output.as_deref()));
    out.finish()?;
    printed?;
    failed?;
    opened.iter().try_for_each(Loaded::faults)
}
