//! How figures are worded for the person in front of the screen: the unit of sizes, and now and the zone for times.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::size::{size, size_iec};
use super::time::ago;

/// Choices about figures, made once.
#[derive(Clone, Debug)]
pub struct Manner {
    /// Sizes in powers of 1024.
    pub iec: bool,
    /// Now, in seconds since 1970.
    pub now: i64,
    /// Where the reader is.
    pub zone: TimeZone,
}

impl Default for Manner {
    fn default() -> Self {
        Self { iec: false, now: 0, zone: TimeZone::UTC }
    }
}

impl Manner {
    /// A size: `12.9 MB`, or `12.3 MiB`.
    pub fn size(&self, bytes: u64) -> String {
        if self.iec { size_iec(bytes) } else { size(bytes) }
    }

    /// A moment in seconds since 1970, the part that is read first: `3 days ago, 2026-01-02 03:04:05 UTC`. What is
    /// still to come has no age; `@` and the seconds where no calendar reaches.
    pub fn time(&self, seconds: i64) -> String {
        let Ok(time) = Timestamp::from_second(seconds) else { return format!("@{seconds}") };
        let date = time.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string();
        if seconds > self.now { date } else { format!("{}, {date}", ago(seconds, self.now)) }
    }

    /// The same for a time that a config states; as it stands where it is none.
    pub fn stated_time(&self, rfc3339: &str) -> String {
        rfc3339.parse::<Timestamp>().map_or_else(|_| rfc3339.to_owned(), |time| self.time(time.as_second()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_unit_that_is_asked_for() {
        let manner = Manner { iec: true, ..Manner::default() };
        assert_eq!(manner.size(2048), "2.0 KiB");
        assert_eq!(Manner::default().size(2048), "2.0 kB");
    }

    #[test]
    fn times_say_how_long_ago_and_when_in_the_readers_zone() {
        let now = 1_767_323_045;
        let zone = TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::fixed(jiff::tz::offset(1)));
        let manner = Manner { now, zone, ..Manner::default() };
        let text = manner.stated_time("2025-12-30T03:04:05.123456789Z");
        assert!(text.starts_with("3 days ago, 2025-12-30 04:04:05 "), "{text}");
        let utc = Manner { now, ..Manner::default() };
        assert_eq!(utc.time(now + 9), "2026-01-02 03:04:14 UTC", "no age of what is still to come");
        assert_eq!(utc.time(i64::MAX), "@9223372036854775807");
        assert_eq!(utc.stated_time("yesterday\u{7}"), "yesterday\u{7}");
    }
}
