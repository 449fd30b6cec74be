//! Sizes and counts for people.

use humansize::{BINARY, DECIMAL, FormatSizeOptions, format_size};

/// A size in decimal units with one place and a space, plain bytes below 1 kB: `12.9 MB`, `14 B`.
pub fn size(bytes: u64) -> String {
    scaled(bytes, 1000, DECIMAL)
}

/// A size in powers of 1024 (`--iec`): `12.3 MiB`, `14 B`.
pub fn size_iec(bytes: u64) -> String {
    scaled(bytes, 1024, BINARY)
}

fn scaled(bytes: u64, base: u64, units: FormatSizeOptions) -> String {
    if bytes < base {
        return format!("{bytes} B");
    }
    let options = units.decimal_places(1).decimal_zeroes(1);
    let text = format_size(bytes, options);
    // `humansize` chooses the unit before it rounds: 999,950 would be `1000.0 kB`.
    match std::iter::successors(Some(base), |unit| unit.checked_mul(base)).find(|&unit| unit > bytes) {
        Some(next) if text.starts_with(&format!("{base}.0 ")) => format_size(next, options),
        _ => text,
    }
}

/// A number with separators: `1,704`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number and what is counted, in the plural unless it is one: `1 layer`, `1,704 layers`.
pub fn counted(number: u64, what: &str) -> String {
    one_or_more(number as usize, what, &format!("{what}s"))
}

/// The same with words of which the plural is no matter of an `s`: `1 copy`, `2 copies`.
pub fn one_or_more(number: usize, one: &str, more: &str) -> String {
    format!("{} {}", count(number as u64), if number == 1 { one } else { more })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_one_place_and_bytes_have_none() {
        for (bytes, decimal, iec) in [
            (0, "0 B", "0 B"),
            (14, "14 B", "14 B"),
            (999, "999 B", "999 B"),
            (1000, "1.0 kB", "1000 B"),
            (1023, "1.0 kB", "1023 B"),
            (1024, "1.0 kB", "1.0 KiB"),
            (1_050, "1.1 kB", "1.0 KiB"),
            (204_800, "204.8 kB", "200.0 KiB"),
            (12_900_000, "12.9 MB", "12.3 MiB"),
            (u64::MAX, "18.4 EB", "16.0 EiB"),
        ] {
            assert_eq!((size(bytes).as_str(), size_iec(bytes).as_str()), (decimal, iec), "{bytes}");
        }
    }

    #[test]
    fn rounding_never_shows_a_thousand_of_a_unit() {
        assert_eq!((size(999_949), size(999_950)), ("999.9 kB".into(), "1.0 MB".into()));
        assert_eq!(size(999_999_999), "1.0 GB");
        assert_eq!(size_iec(1024 * 1024 - 1), "1.0 MiB");
    }

    #[test]
    fn counts_have_separators() {
        for (number, expected) in [(0, "0"), (999, "999"), (1704, "1,704"), (1_000_000, "1,000,000")] {
            assert_eq!(count(number), expected);
        }
        let files = [0, 1, 1704].map(|number| counted(number, "file"));
        assert_eq!(files, ["0 files", "1 file", "1,704 files"]);
    }
}
