//! A bar whose length is a share.

use super::Look;
use crate::tui::theme::Glyphs;

const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// `width` cells of which `part` of `whole` are filled; never empty where there is something.
pub fn bar(look: Look, part: u64, whole: u64, width: usize) -> String {
    if whole == 0 || part == 0 || width == 0 {
        return String::new();
    }
    let eighths = (u128::from(part.min(whole)) * width as u128 * 8 / u128::from(whole)) as usize;
    match look.glyphs {
        Glyphs::Unicode => format!("{}{}", "█".repeat(eighths.max(1) / 8), EIGHTHS[eighths.max(1) % 8]),
        Glyphs::Ascii => "#".repeat((eighths / 8).max(1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Theme;

    #[test]
    fn a_bar_is_as_long_as_its_share() {
        let look = Look { theme: Theme::Ansi, glyphs: Glyphs::Unicode };
        assert_eq!(bar(look, 10, 10, 4), "████");
        assert_eq!(bar(look, 5, 10, 3), "█▌");
        assert_eq!(bar(look, 1, 1_000_000, 4), "▏");
        assert_eq!(bar(look, 0, 10, 4), "");
        assert_eq!(bar(look, u64::MAX, u64::MAX, 4), "████");
        assert_eq!(bar(Look { glyphs: Glyphs::Ascii, ..look }, 5, 10, 4), "##");
    }
}
