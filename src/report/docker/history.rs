//! `docker history`: its table, its `--format`, `--quiet`, `--no-trunc` and `--human=false`.
//!
//! Rows are the steps, newest first. The newest row has the image's ID, the next ones those of its parents where the
//! source knows them, all others `<missing>`. A layer that the history does not mention is a row all the same, which docker leaves
//! out.

use std::io::Write;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::template::RowFormat;
use super::{PrintError, Reader, Value, gotime, shown, table, units};
use crate::image::{Image, Step};

const TABLE: &str = "table {{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";
const TABLE_PLAIN: &str = "table {{.ID}}\t{{.CreatedAt}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";
const HEADINGS: [(&str, &str); 6] = [
    ("ID", "IMAGE"),
    ("CreatedSince", "CREATED"),
    ("CreatedAt", "CREATED AT"),
    ("CreatedBy", "CREATED BY"),
    ("Size", "SIZE"),
    ("Comment", "COMMENT"),
];

/// 2000-01-01: docker prints no age of what claims to be as old as this.
pub(super) const EPOCH: i64 = 946_684_800;

/// What a size is called that is not known: its layer is not there, or not read to its end.
const UNKNOWN: &str = "N/A";

/// Docker's flags.
#[derive(Clone, Debug)]
pub struct Options {
    /// `--format`: a template; `None` or `table` for docker's table.
    pub format: Option<String>,
    /// `--human`: ages and rounded sizes, else times and bytes.
    pub human: bool,
    /// `--no-trunc`: whole IDs and commands.
    pub no_trunc: bool,
    /// `--quiet`: IDs only. As with docker, a template wins.
    pub quiet: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { format: None, human: true, no_trunc: false, quiet: false }
    }
}

/// The time, and where.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Now.
    pub now: Timestamp,
    /// The local time zone.
    pub zone: TimeZone,
}

/// Prints the history as docker does.
///
/// # Errors
/// When the template is refused, or writing fails.
pub fn write(
    out: &mut dyn Write,
    image: &Image,
    options: &Options,
    clock: &Clock,
    reader: Reader,
) -> Result<(), PrintError> {
    let format = match options.format.as_deref() {
        Some(template) if !matches!(template, "" | "table") => template,
        _ if options.quiet => "{{.ID}}",
        _ if options.human => TABLE,
        _ => TABLE_PLAIN,
    };
    let format = RowFormat::parse(format)?;
    let rows: Vec<Value> = rows(image, options, clock, reader).into_iter().map(Value::Methods).collect();
    format.write(out, &rows, &HEADINGS)
}

/// The fields of docker's rows, newest first.
pub(super) fn rows(
    image: &Image,
    options: &Options,
    clock: &Clock,
    reader: Reader,
) -> Vec<Vec<(&'static str, String)>> {
    let info = &image.info;
    let parent = info.parent.iter().filter(|_| info.engine.ancestors.is_empty());
    let ancestors = info.engine.ancestors.iter().map(Option::as_ref);
    // What a container has written is no image.
    let container = info.engine.container.iter().map(|_| None);
    let mut ids = container
        .chain(std::iter::once(info.engine.id.as_ref().or(info.id.as_ref())))
        .chain(parent.map(Some))
        .chain(ancestors);
    let newest_first = info.steps.iter().rev();
    newest_first
        .map(|step| {
            let id = match ids.next().flatten() {
                Some(id) if options.no_trunc => id.as_str(),
                Some(id) => id.short(),
                None => "<missing>",
            };
            let (since, at) = times(step, options, clock);
            vec![
                ("Comment", shown(&step.comment, reader)),
                ("CreatedAt", at),
                ("CreatedBy", command(step, options, reader)),
                ("CreatedSince", since),
                ("ID", id.to_owned()),
                ("Size", size(image, step, options.human)),
            ]
        })
        .collect()
}

fn times(step: &Step, options: &Options, clock: &Clock) -> (String, String) {
    // A time that is missing or no time is 1970 to docker.
    let created = gotime::parse(&step.created).unwrap_or(Timestamp::UNIX_EPOCH);
    let seconds = created.as_nanosecond().div_euclid(1_000_000_000) as i64;
    let at = gotime::rfc3339(seconds, &clock.zone);
    let since = if !options.human {
        at.clone()
    } else if seconds <= EPOCH {
        "N/A".to_owned()
    } else {
        let whole = Timestamp::from_second(seconds).unwrap_or(created);
        format!("{} ago", units::human_duration(clock.now.duration_since(whole)))
    };
    (since, at)
}

fn command(step: &Step, options: &Options, reader: Reader) -> String {
    let command = shown(&step.created_by.replace('\t', " "), reader);
    if options.no_trunc { command } else { table::ellipsis(&command, 45) }
}

fn size(image: &Image, step: &Step, human: bool) -> String {
    let bytes = match step.layer {
        None => Some(0),
        Some(layer) => image.docker_bytes(layer),
    };
    match bytes {
        None => UNKNOWN.to_owned(),
        Some(bytes) if human => units::human_size(bytes),
        Some(bytes) => bytes.to_string(),
    }
}
