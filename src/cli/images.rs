//! `capas images`: the local stores.

use std::io::{IsTerminal, stdout};
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Output, Session};
use crate::args::{ImagesArgs, PruneArg, SortArg};
use crate::error::{self, CliError};
use crate::local::{Filter, Found, Listing, NotFound, Prune, Sort};
use crate::report::docker::history::Clock;
use crate::report::docker::{Reader, images as docker};
use crate::report::images::Images;
use crate::report::{Look, images_tree, reclaim};
use crate::source::local::{Wanted, list};
use crate::text;

/// `capas images`.
pub fn run(session: &Session, args: &ImagesArgs) -> Result<(), CliError> {
    let listing = listing(session, args)?;
    let mut out = Output::open(args.output.as_deref())?;
    let in_file = args.output.as_deref().is_some_and(|path| path != Path::new("-"));
    let look = session.look_on_stdout();
    let color = look.color && !in_file;
    let look = Look { color, exact: !args.human, whole: args.no_trunc, ..look };
    if args.reclaim {
        what_if(&listing, args, look, &mut out)?;
    } else if args.tree {
        match args.format.as_deref() {
            None | Some("table") => images_tree::table(&listing, &look, &mut out)?,
            Some("json") => images_tree::json(&listing, &mut out)?,
            Some(other) => return Err(no_format("--tree", other)),
        }
    } else {
        let rows = listing.rows(&filter(&listing, args)?, sort(args.sort));
        let images = Images { listing: &listing, rows: &rows };
        let clock = Clock { now: Timestamp::now(), zone: TimeZone::system() };
        match args.format.as_deref() {
            Some("json") => images.json(&mut out)?,
            Some("ndjson") => images.ndjson(&mut out)?,
            Some("plain") => images.plain(&mut out)?,
            None | Some("" | "table") if args.quiet => images.quiet(&look, &mut out)?,
            None | Some("" | "table") => images.table(&look, &clock, &mut out)?,
            Some(template) => {
                let reader =
                    if in_file || !stdout().is_terminal() { Reader::Program } else { Reader::Terminal };
                docker::write(&mut out, &listing, &rows, template, args.no_trunc, &clock, reader)?;
            }
        }
    }
    out.finish()
}

/// Reads the stores. What could not be read is said on standard error; nothing at all is an error.
fn listing(session: &Session, args: &ImagesArgs) -> Result<Listing, CliError> {
    let wanted = |text: &String| {
        Wanted::parse(text).ok_or_else(|| {
            CliError::failed(format!("--store: `{text}` is no store"))
                .hint("docker, podman, containerd, or one elsewhere: docker-store:[/var/lib/docker]")
        })
    };
    let wanted = args.stores.iter().map(wanted).collect::<Result<Vec<_>, _>>()?;
    let surroundings = session.options()?.surroundings;
    let listing = list(&surroundings, &wanted);
    let unread = listing.unread.iter().map(|unread| (&unread.what, &unread.why));
    let within =
        listing.stores.iter().flat_map(|store| &store.unread).map(|unread| (&unread.what, &unread.why));
    let problems: Vec<String> = unread
        .chain(within)
        .map(|(what, why)| if why.contains(what.as_str()) { why.clone() } else { format!("{what}: {why}") })
        .collect();
    if listing.stores.is_empty() {
        let mut problems = problems.into_iter();
        let mut error = CliError::failed(match problems.next() {
            Some(first) => first,
            None => "no store of docker, podman or containerd on this machine".to_owned(),
        });
        error.details.extend(problems);
        for hint in &listing.hints {
            error = error.hint(hint);
        }
        if !surroundings.is_root() {
            error = error.hint("root's stores: sudo capas images");
        }
        return Err(error.hint("a store elsewhere: --store 'docker-store:[ROOT]'"));
    }
    for problem in problems {
        error::note(&text::display(problem.as_bytes()));
    }
    Ok(listing)
}

fn what_if(listing: &Listing, args: &ImagesArgs, look: Look, out: &mut Output) -> Result<(), CliError> {
    let answer = match args.prune {
        Some(PruneArg::Dangling) => listing.prune(Prune::Dangling),
        Some(PruneArg::All) => listing.prune(Prune::All),
        None if args.names.is_empty() => {
            return Err(CliError::failed("--reclaim: no image named")
                .hint("capas images --reclaim NAME..., or --prune for what `image prune` would remove"));
        }
        None => {
            let mut found: Vec<Found> = Vec::new();
            for name in &args.names {
                found.extend(listing.find(name).map_err(absent)?);
            }
            listing.reclaim(&found)
        }
    };
    match args.format.as_deref() {
        None | Some("table") => reclaim::table(listing, &answer, &look, out)?,
        Some("json") => reclaim::json(listing, &answer, out)?,
        Some("plain") => reclaim::plain(listing, &answer, out)?,
        Some(other) => return Err(no_format("--reclaim", other)),
    }
    Ok(())
}

fn absent(error: NotFound) -> CliError {
    CliError::failed(error).hint("`capas images` lists what is there")
}

fn no_format(flag: &str, format: &str) -> CliError {
    CliError::failed(format!("{flag} has no format `{format}`")).hint("table or json")
}

fn sort(sort: SortArg) -> Sort {
    match sort {
        SortArg::Created => Sort::Created,
        SortArg::Name => Sort::Name,
        SortArg::Size => Sort::Size,
        SortArg::Own => Sort::Own,
    }
}

/// `--filter`, with docker's words.
fn filter(listing: &Listing, args: &ImagesArgs) -> Result<Filter, CliError> {
    let mut filter = Filter { all: args.all, references: args.names.clone(), ..Filter::default() };
    // A name without a pattern means its repository or one tag of it, as with docker.
    for text in &args.filters {
        let wrong = |why: &str| {
            CliError::failed(format!("--filter: `{text}` {why}")).hint(
                "dangling=true, reference='shop/*', before=IMAGE, since=IMAGE, label=KEY or label=KEY=VALUE",
            )
        };
        let (key, value) = text.split_once('=').ok_or_else(|| wrong("has no value"))?;
        match key {
            "dangling" => match value {
                "true" | "1" => filter.dangling = Some(true),
                "false" | "0" => filter.dangling = Some(false),
                _ => return Err(wrong("is neither true nor false")),
            },
            "reference" => filter.references.push(value.to_owned()),
            "before" => filter.before = Some(created(listing, value)?),
            "since" => filter.since = Some(created(listing, value)?),
            "label" => {
                let (name, wanted) =
                    value.split_once('=').map_or((value, None), |(name, value)| (name, Some(value)));
                filter.labels.push((name.to_owned(), wanted.map(str::to_owned)));
            }
            _ => return Err(wrong("is no filter")),
        }
    }
    Ok(filter)
}

/// When an image was made.
fn created(listing: &Listing, name: &str) -> Result<i64, CliError> {
    let found = listing.find(name).map_err(absent)?;
    let image = |found: &Found| listing.stores[found.store].images[found.image].created;
    let times = found.iter().filter_map(image);
    times.max().ok_or_else(|| CliError::failed(format!("the image `{name}` does not say when it was made")))
}
