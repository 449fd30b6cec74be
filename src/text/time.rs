//! Times for people and for JSON. The clock and the zone are parameters.

use jiff::Timestamp;
use jiff::tz::TimeZone;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// How long ago in one unit, with the thresholds that docker's listings have (`3 days ago`, `About an hour ago`). Both
/// in seconds since 1970; the future is `Less than a second ago`.
pub fn ago(then: i64, now: i64) -> String {
    let seconds = now.saturating_sub(then);
    // Hours are rounded to the nearest before they become days.
    let hours = seconds.saturating_add(HOUR / 2) / HOUR;
    let many = |number: i64, unit: &str| format!("{number} {unit}");
    let text = match (seconds, hours) {
        (..1, _) => "Less than a second".to_owned(),
        (1, _) => "1 second".to_owned(),
        (..60, _) => many(seconds, "seconds"),
        (..120, _) => "About a minute".to_owned(),
        (..HOUR, _) => many(seconds / MINUTE, "minutes"),
        (_, ..2) => "About an hour".to_owned(),
        (_, ..48) => many(hours, "hours"),
        (_, ..336) => many(hours / 24, "days"),
        (_, ..1440) => many(hours / (24 * 7), "weeks"),
        (_, ..17_520) => many(hours / (24 * 30), "months"),
        _ => many(seconds / HOUR / 24 / 365, "years"),
    };
    text + " ago"
}

/// `2026-01-02 03:04:05` in a zone; seconds since 1970 with `@` before them where no calendar reaches.
pub fn date_time(seconds: i64, zone: &TimeZone) -> String {
    Timestamp::from_second(seconds).map_or_else(
        |_| format!("@{seconds}"),
        |time| time.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
    )
}

/// `2026-01-02T03:04:05Z`, with as many places as `nanos` needs; `None` where no calendar reaches.
pub fn rfc3339(seconds: i64, nanos: u32) -> Option<String> {
    // `Timestamp::new` wants both of one sign.
    let time = Timestamp::from_second(seconds).ok()?;
    time.checked_add(jiff::SignedDuration::from_nanos(i64::from(nanos))).ok().map(|time| time.to_string())
}

/// The seconds since 1970 of an RFC 3339 time.
pub fn seconds(rfc3339: &str) -> Option<i64> {
    rfc3339.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_change_unit_where_docker_does() {
        const DAY: i64 = 24 * HOUR;
        for (seconds, expected) in [
            (-5, "Less than a second ago"),
            (0, "Less than a second ago"),
            (1, "1 second ago"),
            (59, "59 seconds ago"),
            (60, "About a minute ago"),
            (119, "About a minute ago"),
            (120, "2 minutes ago"),
            (HOUR - 1, "59 minutes ago"),
            (HOUR, "About an hour ago"),
            (HOUR + HOUR / 2, "2 hours ago"),
            (2 * DAY - HOUR / 2 - 1, "47 hours ago"),
            (2 * DAY - HOUR / 2, "2 days ago"),
            (3 * DAY, "3 days ago"),
            (14 * DAY, "2 weeks ago"),
            (60 * DAY, "2 months ago"),
            (2 * 365 * DAY, "2 years ago"),
            (i64::MAX, "292471208677 years ago"),
        ] {
            assert_eq!(ago(0, seconds), expected, "{seconds} s");
        }
        assert_eq!(ago(i64::MIN, i64::MAX), ago(0, i64::MAX), "the ends of time do not overflow");
    }

    #[test]
    fn times_stand_in_the_zone_that_is_asked_for() {
        let east = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(date_time(1_767_323_045, &TimeZone::UTC), "2026-01-02 03:04:05");
        assert_eq!(date_time(1_767_323_045, &east), "2026-01-02 05:04:05");
        assert_eq!(date_time(i64::MAX, &TimeZone::UTC), "@9223372036854775807");
    }

    #[test]
    fn seconds_are_read_from_what_engines_write() {
        assert_eq!(seconds("2026-01-02T03:04:05.123456789Z"), Some(1_767_323_045));
        assert_eq!(seconds("2026-01-02T05:04:05+02:00"), Some(1_767_323_045));
        assert_eq!(seconds("0001-01-01T00:00:00Z"), Some(-62_135_596_800));
        assert_eq!((seconds(""), seconds("yesterday")), (None, None));
    }

    #[test]
    fn json_times_are_utc_with_the_fraction_that_there_is() {
        assert_eq!(rfc3339(1_767_323_045, 0).as_deref(), Some("2026-01-02T03:04:05Z"));
        assert_eq!(rfc3339(1_767_323_045, 500_000_000).as_deref(), Some("2026-01-02T03:04:05.5Z"));
        assert_eq!(rfc3339(-1, 250_000_000).as_deref(), Some("1969-12-31T23:59:59.25Z"));
        assert_eq!(rfc3339(i64::MIN, 0), None);
    }
}
