//! What fits on the clipboard. It is reached through the terminal (OSC 52), which works over SSH and needs no library.

use crate::text;

/// Most bytes that are copied. Terminals cut or drop sequences of more than 100,000 bytes, and base64 makes four of
/// three.
pub const MAX_BYTES: u64 = 74_994;

/// Whether so many bytes can be copied; else a sentence that says why not.
pub fn check(what: &str, bytes: u64) -> Result<(), String> {
    if bytes > MAX_BYTES {
        let (bytes, most) = (text::size(bytes), text::size(MAX_BYTES));
        Err(format!("{what}: {bytes} is too much for a terminal's clipboard ({most}); x writes it to a file"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_terminals_would_drop_is_refused() {
        assert_eq!(check("path", MAX_BYTES), Ok(()));
        let refused = check("usr/bin/python3", 6_800_000).unwrap_err();
        assert!(refused.starts_with("usr/bin/python3: 6.8 MB is too much"), "{refused}");
        assert!(MAX_BYTES.div_ceil(3) * 4 < 100_000);
    }
}
