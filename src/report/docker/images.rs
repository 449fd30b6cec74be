//! `docker images --format`: docker's fields, with the sizes that docker's own command leaves out.

use std::io::Write;

use jiff::Timestamp;

use super::history::Clock;
use super::template::RowFormat;
use super::{PrintError, Reader, Value, shown, units};
use crate::local::{Listing, LocalImage, Row};

const HEADINGS: [(&str, &str); 11] = [
    ("Containers", "CONTAINERS"),
    ("CreatedAt", "CREATED AT"),
    ("CreatedSince", "CREATED"),
    ("Digest", "DIGEST"),
    ("ID", "IMAGE ID"),
    ("Repository", "REPOSITORY"),
    ("SharedSize", "SHARED SIZE"),
    ("Size", "SIZE"),
    ("Tag", "TAG"),
    ("UniqueSize", "UNIQUE SIZE"),
    ("VirtualSize", "VIRTUAL SIZE"),
];

/// What docker prints where it does not know.
const NONE: &str = "<none>";

/// Prints rows by a template.
///
/// # Errors
/// When the template is refused, or writing fails.
pub fn write(
    out: &mut dyn Write,
    listing: &Listing,
    rows: &[Row],
    format: &str,
    no_trunc: bool,
    clock: &Clock,
    reader: Reader,
) -> Result<(), PrintError> {
    let format = RowFormat::parse(format)?;
    let row = |row: &Row| {
        let image = &listing.stores[row.store].images[row.image];
        let size = |bytes: Option<u64>, words: fn(u64) -> String| bytes.map_or("N/A".to_owned(), words);
        let part = |part: &Option<String>| shown(part.as_deref().unwrap_or(NONE), reader);
        let id = match &image.id {
            Some(id) if no_trunc => id.as_str(),
            Some(id) => id.short(),
            None => NONE,
        };
        Value::Methods(vec![
            ("Containers", row.containers.len().to_string()),
            ("CreatedAt", created_at(image, clock)),
            ("CreatedSince", created(image, clock)),
            ("Digest", digest(image, row, reader)),
            ("ID", id.to_owned()),
            ("Repository", part(&row.repository)),
            ("SharedSize", size(row.share.known_shared(), units::human_size_4)),
            ("Size", size(image.size, units::human_size)),
            ("Tag", part(&row.tag)),
            ("UniqueSize", size(row.share.known_own(), units::human_size_4)),
            ("VirtualSize", size(image.size, units::human_size_4)),
        ])
    };
    let rows: Vec<Value> = rows.iter().map(row).collect();
    format.write(out, &rows, &HEADINGS)
}

/// The digest that its repository knows it by.
fn digest(image: &LocalImage, row: &Row, reader: Reader) -> String {
    let of = |name: &String| {
        let (repository, digest) = name.split_once('@')?;
        (Some(repository) == row.repository.as_deref()).then(|| shown(digest, reader))
    };
    image.repo_digests.iter().find_map(of).unwrap_or_else(|| NONE.to_owned())
}

/// Docker's words for the age of an image.
pub fn created(image: &LocalImage, clock: &Clock) -> String {
    // A time that is missing is 1970 to docker.
    let seconds = image.created.unwrap_or(0);
    let Ok(time) = Timestamp::from_second(seconds) else { return "N/A".to_owned() };
    if seconds <= super::history::EPOCH {
        return "N/A".to_owned();
    }
    format!("{} ago", units::human_duration(clock.now.duration_since(time)))
}

/// Go's `Time.String`.
fn created_at(image: &LocalImage, clock: &Clock) -> String {
    let Ok(time) = Timestamp::from_second(image.created.unwrap_or(0)) else { return "N/A".to_owned() };
    time.to_zoned(clock.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %z %Z").to_string()
}
