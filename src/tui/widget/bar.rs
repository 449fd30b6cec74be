//! A bar whose length is a share.

use super::Look;
use crate::tui::theme::Glyphs;

const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// Whether a cell is a part of a bar.
pub fn is_bar(symbol: &str) -> bool {
    matches!(symbol, "█" | "▒") || EIGHTHS[1..].contains(&symbol)
}

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

/// A bar in two parts, what is seen and what is not; together as long as their sum is of `whole`. Less than half a cell
/// that is not seen is not drawn beside more that is, lest a few bytes look like waste.
pub fn split_bar(look: Look, seen: u64, dead: u64, whole: u64, width: usize) -> (String, String) {
    if dead == 0 || whole == 0 || width == 0 {
        return (bar(look, seen, whole, width), String::new());
    }
    let sum = seen.saturating_add(dead).min(whole);
    let cells =
        |bytes: u64, up: u128| ((u128::from(bytes) * width as u128 + up) / u128::from(whole)) as usize;
    let least = usize::from(dead > seen);
    let shade = cells(dead, u128::from(whole / 2)).clamp(least, width);
    if shade == 0 {
        return (bar(look, sum, whole, width), String::new());
    }
    let solid = bar(look, seen, whole, width);
    let solid = crate::text::prefix(&solid, width - shade).to_owned();
    // Eighths of the last cell would make it longer than it is.
    let all = cells(sum, u128::from(whole) - 1).max(1);
    let shade = all.saturating_sub(crate::text::width(&solid)).max(shade);
    (solid, look.pick("▒", ":").repeat(shade))
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

    #[test]
    fn a_bar_in_two_parts_shows_both_and_fits() {
        let look = Look { theme: Theme::Ansi, glyphs: Glyphs::Unicode };
        let bar = |seen, dead, whole, width| {
            let (solid, shade) = split_bar(look, seen, dead, whole, width);
            format!("{solid}{shade}")
        };
        assert_eq!(bar(5, 5, 10, 4), "██▒▒");
        assert_eq!(bar(10, 0, 10, 4), "████");
        assert_eq!(bar(0, 10, 10, 4), "▒▒▒▒");
        assert_eq!(bar(9_999, 1, 10_000, 4), "████");
        assert_eq!(bar(80, 20, 100, 4), "███▒");
        assert_eq!(bar(1, 9_999, 10_000, 4), "▒▒▒▒");
        assert_eq!(bar(15, 85, 100, 4), "▌▒▒▒");
        assert_eq!(bar(0, 1, 10_000, 4), "▒");
        assert_eq!(bar(1, 1, 2, 1), "▒");
        assert_eq!(bar(1, 1, 0, 4), "");
        for seen in 0..30 {
            for dead in 0..30 {
                let (solid, shade) = split_bar(look, seen, dead, 58, 7);
                assert!(crate::text::width(&solid) + crate::text::width(&shade) <= 7, "{seen} {dead}");
                assert!(dead <= seen || !shade.is_empty(), "{seen} {dead}");
                assert!(seen + dead == 0 || !(solid.is_empty() && shade.is_empty()), "{seen} {dead}");
            }
        }
    }
}
