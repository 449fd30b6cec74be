//! Help and palette: the table of actions, searched by typing.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::tui::action::{ACTIONS, Action, Scope, Spec};
use crate::tui::input::Input;
use crate::tui::keymap::Keymap;
use crate::tui::scroll::{self, Step};

/// Help or palette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Grouped by where the keys hold.
    Help,
    /// Best match first.
    Palette,
}

/// A row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// Where the keys below hold.
    Heading(Scope),
    /// An action.
    Action(Action),
}

/// The window.
#[derive(Clone, Debug)]
pub struct Menu {
    /// Help or palette.
    pub kind: Kind,
    /// What was typed.
    pub input: Input,
    /// The rows that match.
    pub rows: Vec<Row>,
    /// The selected row, never a heading.
    pub selected: usize,
    /// The first row on screen.
    pub offset: usize,
    scope: Scope,
}

impl Menu {
    /// The window with everything in it; `scope` comes first.
    pub fn new(kind: Kind, scope: Scope, keymap: &Keymap) -> Self {
        let mut menu =
            Self { kind, input: Input::default(), rows: Vec::new(), selected: 0, offset: 0, scope };
        menu.search(keymap);
        menu
    }

    /// Finds the rows for what was typed.
    pub fn search(&mut self, keymap: &Keymap) {
        let mut found = ranked(self.input.text(), keymap);
        if self.kind == Kind::Palette {
            self.rows = found.into_iter().map(|spec| Row::Action(spec.action)).collect();
        } else {
            found.sort_by_key(|spec| spec.action);
            let mut scopes = Scope::ALL;
            scopes.sort_by_key(|scope| *scope != self.scope);
            self.rows.clear();
            for scope in scopes {
                let of: Vec<Row> = found
                    .iter()
                    .filter(|spec| spec.scope == scope)
                    .map(|spec| Row::Action(spec.action))
                    .collect();
                if !of.is_empty() {
                    self.rows.push(Row::Heading(scope));
                    self.rows.extend(of);
                }
            }
        }
        self.selected = 0;
        self.offset = 0;
        self.go(Step::By(0), 1);
    }

    /// Moves the selection, over headings.
    pub fn go(&mut self, step: Step, height: usize) {
        let down = !matches!(step, Step::By(..0) | Step::Last);
        let mut row = scroll::step(self.selected, step, self.rows.len());
        let heading = |row: usize| matches!(self.rows.get(row), Some(Row::Heading(_)));
        if heading(row) && (down || row == 0) {
            row += 1;
        } else if heading(row) {
            row -= 1;
        }
        self.selected = row.min(self.rows.len().saturating_sub(1));
        // A heading comes along with the row below it.
        let top = if self.selected == 1 && heading(0) { 0 } else { self.selected };
        self.offset = scroll::fit(self.offset, top, height, self.rows.len());
    }

    /// The selected action.
    pub fn action(&self) -> Option<Action> {
        match self.rows.get(self.selected) {
            Some(Row::Action(action)) => Some(*action),
            _ => None,
        }
    }
}

/// Actions that match what was typed, best first; all, in the order of the table, when nothing was.
fn ranked(text: &str, keymap: &Keymap) -> Vec<&'static Spec> {
    if text.trim().is_empty() {
        return ACTIONS.iter().collect();
    }
    let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let lower = text.to_lowercase();
    let mut score = |spec: &Spec| {
        // A key that was typed as it stands is what is asked for.
        if keymap.keys(spec.action).iter().any(|key| key.to_string() == text) {
            return Some(u32::MAX);
        }
        let mut best = |haystack: &str, weight: u32| {
            pattern.score(Utf32Str::new(haystack, &mut buffer), &mut matcher).map(|score| score * weight)
        };
        // In a whole sentence any few letters are found somewhere: there the words count.
        let named = best(spec.label, 3).max(best(spec.id, 2));
        let help = spec.help.to_lowercase();
        named.or_else(|| lower.split_whitespace().all(|word| help.contains(word)).then_some(1))
    };
    let mut found: Vec<(u32, &Spec)> = ACTIONS.iter().filter_map(|spec| Some((score(spec)?, spec))).collect();
    found.sort_by_key(|(score, spec)| (std::cmp::Reverse(*score), spec.action));
    found.into_iter().map(|(_, spec)| spec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn menu(kind: Kind, text: &str) -> Menu {
        let mut menu = Menu::new(kind, Scope::Layers, &Keymap::default());
        menu.input.insert(text);
        menu.search(&Keymap::default());
        menu
    }

    #[test]
    fn every_action_stands_in_the_help_under_its_heading() {
        let help = menu(Kind::Help, "");
        for spec in ACTIONS {
            let at = help.rows.iter().position(|row| *row == Row::Action(spec.action)).unwrap();
            let heading = help.rows[..at].iter().rev().find(|row| matches!(row, Row::Heading(_)));
            assert_eq!(heading, Some(&Row::Heading(spec.scope)), "{}", spec.id);
        }
    }

    #[test]
    fn a_command_is_found_by_a_part_of_its_name_or_by_its_key() {
        assert_eq!(menu(Kind::Palette, "extr").action(), Some(Action::Extract));
        assert_eq!(menu(Kind::Palette, "rjson").action(), Some(Action::RawJson));
        assert_eq!(menu(Kind::Palette, "ctrl-z").action(), Some(Action::Suspend));
        assert_eq!(menu(Kind::Palette, "xyzzy").action(), None);
    }

    #[test]
    fn the_selection_is_never_a_heading() {
        let mut help = menu(Kind::Help, "");
        for step in [Step::First, Step::Last, Step::By(-7), Step::By(1), Step::By(-99), Step::By(9)] {
            help.go(step, 5);
            assert!(help.action().is_some(), "{step:?}");
        }
        help.go(Step::First, 5);
        for _ in 0..help.rows.len() {
            help.go(Step::By(1), 5);
            assert!(help.action().is_some() && (help.offset..help.offset + 5).contains(&help.selected));
        }
    }
}
