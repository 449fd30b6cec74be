//! Arithmetic of lists longer than their pane.

/// The first row on screen so that `selected` is among `height` rows: as near to `offset` as can be, and never with
/// empty rows below the last while there are rows above the first.
pub fn fit(offset: usize, selected: usize, height: usize, rows: usize) -> usize {
    let height = height.max(1);
    let lowest = rows.saturating_sub(height);
    let offset = offset.min(lowest);
    if selected < offset {
        selected
    } else if selected >= offset + height {
        (selected + 1 - height).min(lowest)
    } else {
        offset
    }
}

/// A step over rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many down, or up when negative.
    By(isize),
    /// To the first.
    First,
    /// To the last.
    Last,
}

/// Where a step leads.
pub fn step(from: usize, step: Step, rows: usize) -> usize {
    let last = rows.saturating_sub(1);
    match step {
        Step::By(by) => from.saturating_add_signed(by).min(last),
        Step::First => 0,
        Step::Last => last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_row_is_always_on_screen_and_the_screen_is_full() {
        for rows in 0..20_usize {
            for height in 1..8 {
                for offset in 0..25 {
                    for selected in 0..rows {
                        let first = fit(offset, selected, height, rows);
                        assert!((first..first + height).contains(&selected));
                        assert!(first + height <= rows.max(height), "{rows} {height} {offset} {selected}");
                        let visible = (offset..offset + height).contains(&selected);
                        assert!(!visible || offset + height > rows || first == offset, "moved without need");
                    }
                }
            }
        }
    }

    #[test]
    fn steps_stop_at_the_ends() {
        assert_eq!(step(3, Step::By(-9), 10), 0);
        assert_eq!(step(3, Step::By(99), 10), 9);
        assert_eq!(step(3, Step::Last, 0), 0);
    }
}
