//! Keys as text, and which key means which action.

use std::collections::BTreeMap;
use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::{ACTIONS, Action, Scope};

/// A key with its modifiers, normalised: a shifted letter is the capital letter, shift-tab is `BackTab`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// A text that is no key, or an action that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a key.
    #[error("`{0}` is no key: write a character, `enter`, `ctrl-d`, `shift-tab` or `f5`")]
    NoKey(String),
    /// Not an action.
    #[error("`{0}` is no action")]
    NoAction(String),
    /// One key for two actions of one scope.
    #[error("`{key}` is both `{one}` and `{other}`")]
    Conflict {
        /// The key.
        key: String,
        /// An action's id.
        one: &'static str,
        /// Another's.
        other: &'static str,
    },
    /// Nothing of that name.
    #[error("there is no key map `{0}`: `default` and `dive` exist")]
    NoMap(String),
}

const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("space", KeyCode::Char(' ')),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
];

impl Key {
    /// Reads `ctrl-d`, `shift-tab`, `G`, `f5`.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let wrong = || KeyError::NoKey(text.to_owned());
        let mut rest = text;
        let mut modifiers = KeyModifiers::NONE;
        if let Some(code) = named(text) {
            return Ok(Self { code, modifiers });
        }
        loop {
            let (modifier, tail) = match rest.split_once('-') {
                Some(("ctrl", tail)) => (KeyModifiers::CONTROL, tail),
                Some(("alt", tail)) => (KeyModifiers::ALT, tail),
                Some(("shift", tail)) => (KeyModifiers::SHIFT, tail),
                _ => break,
            };
            modifiers |= modifier;
            rest = tail;
        }
        let code = if let Some(code) = named(rest) {
            code
        } else if let Some(number) = rest.strip_prefix('f').and_then(|number| number.parse::<u8>().ok()) {
            if !(1..=12).contains(&number) {
                return Err(wrong());
            }
            KeyCode::F(number)
        } else {
            let mut characters = rest.chars();
            match (characters.next(), characters.next()) {
                (Some(character), None) if !character.is_control() => KeyCode::Char(character),
                _ => return Err(wrong()),
            }
        };
        Ok(Self::normal(code, modifiers))
    }

    /// The key of an event.
    pub fn of(event: &KeyEvent) -> Self {
        Self::normal(event.code, event.modifiers)
    }

    /// The event that this key makes, for tests and the palette.
    pub fn event(self) -> KeyEvent {
        KeyEvent::new(self.code, self.modifiers)
    }

    /// Terminals differ in whether a capital letter comes with Shift, and whether Shift-Tab does.
    fn normal(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let kept = modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        match code {
            KeyCode::Char(c) if kept.contains(KeyModifiers::SHIFT) => Self {
                code: KeyCode::Char(c.to_uppercase().next().unwrap_or(c)),
                modifiers: kept - KeyModifiers::SHIFT,
            },
            KeyCode::Tab if kept.contains(KeyModifiers::SHIFT) => {
                Self { code: KeyCode::BackTab, modifiers: kept - KeyModifiers::SHIFT }
            }
            KeyCode::BackTab => Self { code, modifiers: kept - KeyModifiers::SHIFT },
            _ => Self { code, modifiers: kept },
        }
    }
}

fn named(text: &str) -> Option<KeyCode> {
    NAMED.iter().find(|(name, _)| *name == text).map(|&(_, code)| code)
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, name) in
            [(KeyModifiers::CONTROL, "ctrl-"), (KeyModifiers::ALT, "alt-"), (KeyModifiers::SHIFT, "shift-")]
        {
            if self.modifiers.contains(modifier) {
                f.write_str(name)?;
            }
        }
        match (NAMED.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(c)) => write!(f, "{c}"),
            (None, KeyCode::F(n)) => write!(f, "f{n}"),
            (None, other) => write!(f, "{other:?}"),
        }
    }
}

/// Which key means which action.
#[derive(Clone, Debug)]
pub struct Keymap {
    /// Parallel to [`ACTIONS`].
    keys: Vec<Vec<Key>>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::of(|spec| spec.keys)
    }
}

impl Keymap {
    fn of(keys: impl Fn(&super::action::Spec) -> &'static [&'static str]) -> Self {
        let parse = |spec| keys(spec).iter().filter_map(|key| Key::parse(key).ok()).collect();
        Self { keys: ACTIONS.iter().map(parse).collect() }
    }

    /// The keys of dive where it has an action of the same meaning, ours elsewhere.
    pub fn dive() -> Self {
        Self::of(|spec| spec.dive.unwrap_or(spec.keys))
    }

    /// A key map by its name in the settings.
    pub fn named(name: &str) -> Result<Self, KeyError> {
        match name {
            "default" | "" => Ok(Self::default()),
            "dive" => Ok(Self::dive()),
            other => Err(KeyError::NoMap(other.to_owned())),
        }
    }

    /// Gives actions other keys: `toggle-added = ["a", "ctrl-a"]`; an empty list takes all keys away. A key that
    /// was another action's default moves to the action that asks for it.
    ///
    /// # Errors
    ///
    /// An unknown action, a text that is no key, or one key asked for twice.
    pub fn rebind(mut self, bindings: &BTreeMap<String, Vec<String>>) -> Result<Self, KeyError> {
        let mut asked: Vec<(Action, Vec<Key>)> = Vec::new();
        for (id, keys) in bindings {
            let action = Action::from_id(id).ok_or_else(|| KeyError::NoAction(id.clone()))?;
            let keys: Vec<Key> = keys.iter().map(|key| Key::parse(key)).collect::<Result<_, _>>()?;
            for (other, taken) in &asked {
                if let Some(key) = taken.iter().find(|key| keys.contains(key) && clash(action, *other)) {
                    let (key, one, other) = (key.to_string(), other.spec().id, action.spec().id);
                    return Err(KeyError::Conflict { key, one, other });
                }
            }
            asked.push((action, keys));
        }
        for (action, keys) in asked {
            for spec in ACTIONS.iter().filter(|spec| clash(spec.action, action)) {
                self.keys[spec.action as usize].retain(|key| !keys.contains(key));
            }
            self.keys[action as usize] = keys;
        }
        Ok(self)
    }

    /// The keys of an action, the first being the one that hints show.
    pub fn keys(&self, action: Action) -> &[Key] {
        &self.keys[action as usize]
    }

    /// What a key means where `scopes` hold, the first scope first.
    pub fn action(&self, key: Key, scopes: &[Scope]) -> Option<Action> {
        scopes.iter().find_map(|scope| {
            ACTIONS
                .iter()
                .find(|spec| spec.scope == *scope && self.keys(spec.action).contains(&key))
                .map(|spec| spec.action)
        })
    }
}

/// Whether two actions may be asked for at the same time, so that they cannot share a key.
fn clash(one: Action, other: Action) -> bool {
    let (a, b) = (one.spec().scope, other.spec().scope);
    one != other && (a == b || !a.is_local() || !b.is_local())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bindings(of: &[(&str, &[&str])]) -> BTreeMap<String, Vec<String>> {
        of.iter()
            .map(|(id, keys)| ((*id).to_owned(), keys.iter().map(|&key| key.to_owned()).collect()))
            .collect()
    }

    #[test]
    fn keys_are_read_and_printed_alike() {
        for text in
            ["j", "G", "ctrl-d", "shift-tab", "alt-x", "f5", "space", "pagedown", "?", "-", "ctrl--", "é"]
        {
            assert_eq!(Key::parse(text).map(|key| key.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(Key::parse("shift-g"), Key::parse("G"));
        for wrong in ["", "ctrl-", "f13", "hyper-x", "xy", "\x1b"] {
            assert_eq!(Key::parse(wrong), Err(KeyError::NoKey(wrong.to_owned())));
        }
    }

    #[test]
    fn what_terminals_send_differently_is_one_key() {
        let capital = KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT);
        assert_eq!(Key::of(&capital), Key::parse("G").unwrap());
        let back = KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT);
        assert_eq!(Key::of(&back), Key::parse("shift-tab").unwrap());
    }

    #[test]
    fn no_key_means_two_things_at_once() {
        for (name, keymap) in [("default", Keymap::default()), ("dive", Keymap::dive())] {
            for one in ACTIONS {
                for other in ACTIONS.iter().filter(|other| clash(one.action, other.action)) {
                    let shared =
                        keymap.keys(one.action).iter().find(|key| keymap.keys(other.action).contains(key));
                    assert_eq!(shared, None, "{name}: {} and {}", one.id, other.id);
                }
            }
        }
    }

    #[test]
    fn every_default_key_is_a_key() {
        for spec in ACTIONS {
            for key in spec.keys.iter().chain(spec.dive.unwrap_or_default()) {
                assert!(Key::parse(key).is_ok(), "{}: {key}", spec.id);
            }
        }
    }

    #[test]
    fn a_key_that_is_asked_for_leaves_its_old_action() {
        let keymap = Keymap::default().rebind(&bindings(&[("sort", &["a"])])).unwrap();
        let a = Key::parse("a").unwrap();
        assert_eq!(keymap.action(a, &[Scope::Layers, Scope::Global]), Some(Action::Sort));
        assert!(keymap.keys(Action::ToggleAdded).is_empty());
        assert_eq!(keymap.action(Key::parse("s").unwrap(), &[Scope::Layers]), None);
    }

    #[test]
    fn bindings_that_cannot_be_are_told() {
        let conflict =
            Keymap::default().rebind(&bindings(&[("sort", &["a"]), ("zoom", &["a"])])).unwrap_err();
        assert_eq!(conflict.to_string(), "`a` is both `sort` and `zoom`");
        let unknown = Keymap::default().rebind(&bindings(&[("fly", &["f"])])).unwrap_err();
        assert_eq!(unknown.to_string(), "`fly` is no action");
        assert!(Keymap::named("emacs").is_err());
    }
}
