//! Bytes to text for a terminal: the one gate. Names inside images are written by strangers.

/// A name or any other bytes of an image as text that is safe on a terminal: control characters (C0, C1, DEL),
/// bidirectional overrides, zero-width and tag characters and invalid UTF-8 come out visibly escaped
/// (`\x1b`, `\u{202e}`, `\xff`).
pub fn display(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).escape_default().to_string()
}

/// A size for people: decimal units with one place and a space, plain bytes below 1 kB: `12.9 MB`, `14 B`.
pub fn size(bytes: u64) -> String {
    humansize::format_size(bytes, humansize::DECIMAL.decimal_places(1).decimal_zeroes(1))
}
