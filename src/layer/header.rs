//! One 512-byte header block: the fields that its dialect (v7, ustar, star, GNU) has.

use tar::Header;

use super::number;

/// The dialects differ in what follows the link name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    V7,
    Ustar,
    Star,
    Gnu,
}

/// Whether the checksum of a block is that of its bytes, counted unsigned or, as some old tars did, signed.
pub(super) fn checksum_fits(block: &[u8; 512]) -> bool {
    let stated = number::field(&block[148..156]);
    let field: i64 = block[148..156].iter().map(|&byte| i64::from(byte)).sum();
    let unsigned = sum(block) - field + 8 * i64::from(b' ');
    if stated == Some(unsigned) {
        return true;
    }
    let high = block[..148].iter().chain(&block[156..]).filter(|&&byte| byte >= 0x80).count();
    stated == Some(unsigned - 256 * high as i64)
}

/// The sum of all bytes, eight at a time: every header of a million goes through here.
fn sum(block: &[u8; 512]) -> i64 {
    const EVEN: u64 = 0x00ff_00ff_00ff_00ff;
    let (words, _) = block.as_chunks::<8>();
    // Four sums of 128 bytes each side by side, which 16 bits hold.
    let lanes = words.iter().fold(0, |lanes: u64, &word| {
        let word = u64::from_ne_bytes(word);
        lanes + (word & EVEN) + (word >> 8 & EVEN)
    });
    (0..4).map(|lane| (lanes >> (16 * lane) & 0xffff) as i64).sum()
}

pub(super) fn is_zero(block: &[u8; 512]) -> bool {
    block[0] == 0 && block.iter().all(|&byte| byte == 0)
}

/// The bytes before the first NUL.
pub(super) fn text(field: &[u8]) -> &[u8] {
    match field {
        // Most fields of most headers are empty.
        [0, ..] => &[],
        _ => &field[..memchr::memchr(0, field).unwrap_or(field.len())],
    }
}

pub(super) fn dialect(header: &Header) -> Dialect {
    let block = header.as_bytes();
    if header.as_gnu().is_some() {
        Dialect::Gnu
    } else if block[257..263] == *b"ustar\0" {
        if block[508..512] == *b"tar\0" { Dialect::Star } else { Dialect::Ustar }
    } else {
        Dialect::V7
    }
}

/// Puts the name into `name`, with the prefix of ustar and star before it.
pub(super) fn name(header: &Header, dialect: Dialect, name: &mut Vec<u8>) {
    name.clear();
    let prefix = match (dialect, header.as_ustar()) {
        (Dialect::Ustar, Some(ustar)) => text(&ustar.prefix),
        (Dialect::Star, Some(ustar)) => text(&ustar.prefix[..131]),
        _ => &[],
    };
    if !prefix.is_empty() {
        name.extend_from_slice(prefix);
        name.push(b'/');
    }
    name.extend_from_slice(text(&header.as_old().name));
}
