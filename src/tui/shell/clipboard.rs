//! What fits on the clipboard. It is reached through the terminal (OSC 52), which works over SSH and needs no library.

use crate::text::Manner;

/// Most bytes that are copied. Terminals cut or drop sequences of more than 100,000 bytes, and base64 makes four of
/// three.
pub const MAX_BYTES: u64 = 74_994;

/// Whether so many bytes can be copied; else a sentence that says why not.
pub fn check(what: &str, bytes: u64, manner: &Manner) -> Result<(), String> {
    if bytes > MAX_BYTES {
        let (bytes, most) = (manner.size(bytes), manner.size(MAX_BYTES));
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
        let told = |what, bytes, iec| check(what, bytes, &Manner { iec, ..Manner::default() });
        assert_eq!(told("path", MAX_BYTES, false), Ok(()));
        let refused = told("usr/bin/python3", 6_800_000, false).unwrap_err();
        assert!(refused.starts_with("usr/bin/python3: 6.8 MB is too much"), "{refused}");
        let refused = told("usr/bin/python3", 6_800_000, true).unwrap_err();
        assert!(refused.starts_with("usr/bin/python3: 6.5 MiB is too much"), "{refused}");
        assert!(MAX_BYTES.div_ceil(3) * 4 < 100_000);
    }
}
