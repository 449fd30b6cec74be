//! Sizes and durations as `github.com/docker/go-units` words them. No clock in here: ages are durations.

use jiff::SignedDuration;

const SIZES: [&str; 9] = ["B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
const SECOND: i128 = 1_000_000_000;
const MINUTE: i128 = 60 * SECOND;
const HOUR: i128 = 60 * MINUTE;

/// A size as `units.HumanSizeWithPrecision(size, 3)` prints it: decimal, three significant digits, no space, and
/// `1e+03kB` where rounding carries into the fourth digit.
pub fn human_size(bytes: u64) -> String {
    human_size_in(bytes, 3)
}

/// A size as `units.HumanSize(size)` prints it: the same with four digits.
pub fn human_size_4(bytes: u64) -> String {
    human_size_in(bytes, 4)
}

fn human_size_in(bytes: u64, digits: usize) -> String {
    let mut size = bytes as f64;
    let mut unit = 0;
    while size >= 1000.0 && unit + 1 < SIZES.len() {
        size /= 1000.0;
        unit += 1;
    }
    format!("{}{}", significant(size, digits), SIZES[unit])
}

/// Go's `%.3g` (or with other `digits`) of a number from 0 to below 1000.
fn significant(number: f64, digits: usize) -> String {
    let scientific = format!("{number:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    let Ok(exponent) = exponent.parse::<usize>() else { return number.to_string() };
    let Some(places) = (digits - 1).checked_sub(exponent) else {
        return format!("{mantissa}e+{exponent:02}");
    };
    let plain = format!("{number:.places$}");
    if places == 0 { plain } else { plain.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

/// A duration as `units.HumanDuration` words it: `Less than a second`, `About an hour`, `3 weeks`. Hours are rounded,
/// everything else is cut; years count 365 days of whole hours.
pub fn human_duration(duration: SignedDuration) -> String {
    let nanos = duration.as_nanos();
    let hours = (nanos + HOUR / 2).div_euclid(HOUR);
    if nanos < SECOND {
        "Less than a second".to_owned()
    } else if nanos < 2 * SECOND {
        "1 second".to_owned()
    } else if nanos < MINUTE {
        format!("{} seconds", nanos / SECOND)
    } else if nanos < 2 * MINUTE {
        "About a minute".to_owned()
    } else if nanos < HOUR {
        format!("{} minutes", nanos / MINUTE)
    } else if hours == 1 {
        "About an hour".to_owned()
    } else if hours < 48 {
        format!("{hours} hours")
    } else if hours < 24 * 7 * 2 {
        format!("{} days", hours / 24)
    } else if hours < 24 * 30 * 2 {
        format!("{} weeks", hours / 24 / 7)
    } else if hours < 24 * 365 * 2 {
        format!("{} months", hours / 24 / 30)
    } else {
        format!("{} years", nanos / HOUR / 24 / 365)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of go-units 0.5.0.
    #[test]
    fn sizes_are_those_of_go_units() {
        for (bytes, text) in [
            (0, "0B"),
            (1, "1B"),
            (12, "12B"),
            (999, "999B"),
            (1000, "1kB"),
            (1005, "1kB"),
            (1015, "1.01kB"),
            (1025, "1.02kB"),
            (1125, "1.12kB"),
            (1135, "1.14kB"),
            (9999, "10kB"),
            (10_000, "10kB"),
            (10_050, "10.1kB"),
            (10_150, "10.2kB"),
            (10_250, "10.2kB"),
            (12_345, "12.3kB"),
            (99_949, "99.9kB"),
            (99_950, "100kB"),
            (100_500, "100kB"),
            (101_500, "102kB"),
            (102_500, "102kB"),
            (999_499, "999kB"),
            (999_500, "1e+03kB"),
            (999_999, "1e+03kB"),
            (1_000_000, "1MB"),
            (1_125_000, "1.12MB"),
            (3_150_000, "3.15MB"),
            (164_024_401, "164MB"),
            (1_234_567_890, "1.23GB"),
            (4_500_000_000_000, "4.5TB"),
            (999_600_000_000_000_000, "1e+03PB"),
            (u64::MAX, "18.4EB"),
        ] {
            assert_eq!(human_size(bytes), text, "{bytes}");
        }
    }

    /// What `docker system df -v` prints.
    #[test]
    fn sizes_of_four_digits_are_those_of_go_units() {
        for (bytes, text) in [
            (0, "0B"),
            (8_908, "8.908kB"),
            (1_984_162, "1.984MB"),
            (2_010_970, "2.011MB"),
            (999_960, "1000kB"),
        ] {
            assert_eq!(human_size_4(bytes), text, "{bytes}");
        }
    }

    /// Answers of go-units 0.5.0, by milliseconds.
    #[test]
    fn durations_are_those_of_go_units() {
        for (millis, text) in [
            (-5_000, "Less than a second"),
            (900, "Less than a second"),
            (1_000, "1 second"),
            (1_900, "1 second"),
            (2_000, "2 seconds"),
            (59_000, "59 seconds"),
            (60_000, "About a minute"),
            (119_000, "About a minute"),
            (120_000, "2 minutes"),
            (3_599_000, "59 minutes"),
            (3_600_000, "About an hour"),
            (5_399_000, "About an hour"),
            (5_400_000, "2 hours"),
            (86_400_000, "24 hours"),
            (170_999_000, "47 hours"),
            (171_000_000, "2 days"),
            (172_799_000, "2 days"),
            (1_207_799_000, "13 days"),
            (1_207_800_000, "2 weeks"),
            (5_182_199_000, "8 weeks"),
            (5_182_200_000, "2 months"),
            (63_070_199_000, "24 months"),
            (63_070_200_000, "1 years"),
            (63_072_000_000, "2 years"),
            (94_607_999_000, "2 years"),
            (94_608_000_000, "3 years"),
        ] {
            assert_eq!(human_duration(SignedDuration::from_millis(millis)), text, "{millis} ms");
        }
    }
}
