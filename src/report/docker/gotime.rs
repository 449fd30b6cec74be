//! Times as Go's `time` package prints them.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// A timestamp of a config, as RFC 3339 says it. `None` if it is missing or says something else.
pub fn parse(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// `time.RFC3339` in a zone: `2026-11-21T10:00:00+01:00`, and `Z` where the offset is zero.
pub fn rfc3339(seconds: i64, zone: &TimeZone) -> String {
    let Ok(time) = Timestamp::from_second(seconds) else { return seconds.to_string() };
    let local = Zoned::new(time, zone.clone());
    let offset = local.offset().seconds() / 60;
    let date = local.strftime("%Y-%m-%dT%H:%M:%S");
    if offset == 0 {
        format!("{date}Z")
    } else {
        let sign = if offset < 0 { '-' } else { '+' };
        format!("{date}{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)
    }
}

/// `time.RFC3339Nano` of a time in RFC 3339: as it stands, without the zeros at the end of its fraction.
pub fn rfc3339_nano(text: &str) -> String {
    let Some(point) = text.find('.') else { return text.to_owned() };
    let digits = text[point + 1..].bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, rest) = text[point + 1..].split_at(digits);
    match fraction.get(..9).unwrap_or(fraction).trim_end_matches('0') {
        "" => format!("{}{rest}", &text[..point]),
        kept => format!("{}.{kept}{rest}", &text[..point]),
    }
}

/// `time.Duration.String()`: `1m30s`, `1.5ms`, `0s`.
pub fn duration(nanos: i64) -> String {
    let size = nanos.unsigned_abs();
    let sign = if nanos < 0 { "-" } else { "" };
    let decimal = |value: u64, unit: u64, digits: usize| {
        let fraction = format!("{:0digits$}", value % unit);
        match fraction.trim_end_matches('0') {
            "" => (value / unit).to_string(),
            kept => format!("{}.{kept}", value / unit),
        }
    };
    let seconds = size / 1_000_000_000;
    match size {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{size}ns"),
        1_000..1_000_000 => format!("{sign}{}µs", decimal(size, 1_000, 3)),
        1_000_000..1_000_000_000 => format!("{sign}{}ms", decimal(size, 1_000_000, 6)),
        _ => {
            let below = decimal(size % 60_000_000_000, 1_000_000_000, 9);
            match (seconds / 3600, seconds / 60 % 60) {
                (0, 0) => format!("{sign}{below}s"),
                (0, minutes) => format!("{sign}{minutes}m{below}s"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{below}s"),
            }
        }
    }
}
