//! Numbers of tar headers and PAX records, as Go's `archive/tar` reads them: that is what all engines use.

/// A header field: base-256 (two's complement, the top bit of the first byte set) or octal digits between spaces and
/// NULs. `tar::Header` loses the sign of the former, and is slow at the latter.
pub(super) fn field(bytes: &[u8]) -> Option<i64> {
    if let Some(value) = filled(bytes) {
        return Some(value);
    }
    if bytes.first().is_some_and(|&first| first & 0x80 != 0) { base_256(bytes) } else { octal(bytes) }
}

/// What nearly all fields are: as many octal digits as fit, and a blank or two. A million headers have six of them each.
fn filled(bytes: &[u8]) -> Option<i64> {
    const ZEROS: u64 = u64::from_be_bytes([b'0'; 8]);
    let (head, tail) = bytes.split_first_chunk::<8>()?;
    let mut head = u64::from_be_bytes(*head);
    let blank = |digits: u64| matches!(digits as u8, b' ' | 0);
    match *tail {
        [] => {
            // Two at most, as behind a checksum; a blank makes room for a leading zero.
            for _ in 0..2 {
                if blank(head) {
                    head = head >> 8 | ZEROS << 56;
                }
            }
            eight(head)
        }
        [a, b, c, b' ' | 0] => {
            let tail = u64::from_be_bytes([b'0', b'0', b'0', b'0', b'0', a, b, c]);
            Some(eight(head)? << 9 | eight(tail)?)
        }
        _ => None,
    }
}

/// The value of eight octal digits, the first of them in the highest byte.
fn eight(digits: u64) -> Option<i64> {
    let ones = digits ^ u64::from_be_bytes([b'0'; 8]);
    if ones & 0xf8f8_f8f8_f8f8_f8f8 != 0 {
        return None;
    }
    let pairs = (ones >> 5 | ones) & 0x003f_003f_003f_003f;
    let fours = (pairs >> 10 | pairs) & 0x0000_0fff_0000_0fff;
    Some((fours >> 20 | fours) as i64 & 0xff_ffff)
}

fn base_256(bytes: &[u8]) -> Option<i64> {
    let invert = if bytes[0] & 0x40 == 0 { 0 } else { 0xff };
    let mut value: u64 = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        let byte = byte ^ invert;
        let byte = if at == 0 { byte & 0x7f } else { byte };
        if value >> 56 != 0 {
            return None;
        }
        value = value << 8 | u64::from(byte);
    }
    let value = i64::try_from(value).ok()?;
    Some(if invert == 0 { value } else { !value })
}

fn octal(bytes: &[u8]) -> Option<i64> {
    let blank = |byte: &u8| matches!(byte, b' ' | 0);
    let start = bytes.iter().position(|byte| !blank(byte)).unwrap_or(bytes.len());
    let mut value: i64 = 0;
    for (at, &byte) in bytes.iter().enumerate().skip(start) {
        match byte {
            b'0'..=b'7' if value >> 59 == 0 => value = value << 3 | i64::from(byte - b'0'),
            0 => break,
            b' ' if bytes[at..].iter().all(blank) => break,
            _ => return None,
        }
    }
    Some(value)
}

/// A decimal number of a PAX record.
pub(super) fn decimal<T: std::str::FromStr>(bytes: &[u8]) -> Option<T> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

/// A time of a PAX record: seconds, perhaps negative, perhaps with a fraction, as whole seconds (rounded down) and
/// nanoseconds (finer digits cut off).
pub(super) fn time(bytes: &[u8]) -> Option<(i64, u32)> {
    let mut parts = bytes.splitn(2, |&byte| byte == b'.');
    let whole = parts.next()?;
    let seconds: i64 = decimal(whole)?;
    let mut nanos: u32 = 0;
    let mut unit = 100_000_000;
    for &digit in parts.next().unwrap_or_default() {
        if !digit.is_ascii_digit() {
            return None;
        }
        nanos += u32::from(digit - b'0') * unit;
        unit /= 10;
    }
    if nanos > 0 && whole.first() == Some(&b'-') {
        return Some((seconds.checked_sub(1)?, 1_000_000_000 - nanos));
    }
    Some((seconds, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_fields() {
        assert_eq!(field(b"0000644\0"), Some(0o644));
        assert_eq!(field(b"   644 \0"), Some(0o644));
        assert_eq!(field(b"77777777777\0"), Some(0o77_777_777_777));
        assert_eq!(field(b"\0\0\0\0"), Some(0));
        assert_eq!(field(b"        "), Some(0));
        assert_eq!(field(b"0000648\0"), None);
        assert_eq!(field(b"-000001\0"), None);
        assert_eq!(field(b"12\x003\0\0"), Some(0o12));
        assert_eq!(field(b"1234567\0"), Some(0o1_234_567));
        assert_eq!(field(b"12345670"), Some(0o12_345_670));
        assert_eq!(field(b"012345\0 "), Some(0o12_345), "a checksum");
        assert_eq!(field(b"01234 \0\0"), Some(0o1234));
        assert_eq!(field(b"01234567012 "), Some(0o1_234_567_012));
        assert_eq!(field(b"012345670123"), Some(0o12_345_670_123));
        assert_eq!(field(b"0123456701\x002"), Some(0o123_456_701));
        assert_eq!(field(b"0123 56701\0\0"), None);
        assert_eq!(field(b"01234567018\0"), None);
    }

    #[test]
    fn the_short_way_says_what_the_long_one_says() {
        let mut taken = 0;
        for number in 0..6_u32.pow(6) {
            let mut bytes = *b"000000000000";
            for (at, byte) in bytes[6..].iter_mut().enumerate() {
                *byte = b"07 \x008\xb1"[(number / 6_u32.pow(at as u32) % 6) as usize];
            }
            for field in [&bytes[..], &bytes[4..]] {
                if let Some(value) = filled(field) {
                    taken += 1;
                    assert_eq!(Some(value), octal(field), "{}", field.escape_ascii());
                }
            }
        }
        assert!(taken > 200);
    }

    #[test]
    fn base_256_fields() {
        assert_eq!(field(&[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, 1]), Some(0x20_0001));
        assert_eq!(field(&[0xff; 12]), Some(-1));
        assert_eq!(field(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]), Some(-2));
        assert_eq!(field(&[0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]), None, "2^63");
        assert_eq!(field(&[0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), Some(i64::MAX));
        assert_eq!(field(&[0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), None, "2^80");
    }

    #[test]
    fn times() {
        assert_eq!(time(b"1350244992.023960108"), Some((1_350_244_992, 23_960_108)));
        assert_eq!(time(b"1.0000000019"), Some((1, 1)));
        assert_eq!(time(b"-1.5"), Some((-2, 500_000_000)));
        assert_eq!(time(b"-0.25"), Some((-1, 750_000_000)));
        assert_eq!(time(b"-3"), Some((-3, 0)));
        assert_eq!(time(b"7."), Some((7, 0)));
        for bad in [&b""[..], b".5", b"1.x", b"1e3", b"-9223372036854775808.5"] {
            assert_eq!(time(bad), None, "{}", bad.escape_ascii());
        }
    }
}
