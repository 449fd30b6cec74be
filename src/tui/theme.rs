//! Meanings to styles: the only place that names a colour.

use ratatui::style::{Color, Modifier, Style};

use crate::role::Role;

/// A theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// The terminal's own sixteen colours, on light and dark backgrounds.
    #[default]
    Ansi,
    /// Truecolor for dark backgrounds.
    Dark,
    /// Truecolor for light backgrounds.
    Light,
    /// Bold and reverse instead of shades.
    HighContrast,
    /// Blue and orange instead of green and red.
    ColourBlind,
    /// `NO_COLOR`: modifiers only.
    None,
}

/// Whether lines, bars and marks may leave ASCII.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// Box drawing, blocks and arrows.
    #[default]
    Unicode,
    /// ASCII only.
    Ascii,
}

/// The colours of a theme; `Reset` is the terminal's own.
struct Colours {
    ground: Color,
    text: Color,
    dim: Color,
    added: Color,
    modified: Color,
    removed: Color,
    accent: Color,
    link: Color,
    warning: Color,
    error: Color,
}

/// The terminal's own colours, named so that both light and dark palettes carry them. The darker blue does not: on
/// black it is all but invisible in the palettes of xterm, Windows and the console.
const ANSI: Colours = Colours {
    ground: Color::Reset,
    text: Color::Reset,
    dim: Color::Reset,
    added: Color::Green,
    modified: Color::Yellow,
    removed: Color::Red,
    accent: Color::LightBlue,
    link: Color::Cyan,
    warning: Color::Magenta,
    error: Color::Red,
};

const DARK: Colours = Colours {
    ground: Color::Rgb(0x1b, 0x1e, 0x25),
    text: Color::Rgb(0xd8, 0xdc, 0xe4),
    dim: Color::Rgb(0x8a, 0x92, 0xa3),
    added: Color::Rgb(0x8c, 0xd1, 0x7d),
    modified: Color::Rgb(0xe8, 0xc2, 0x6a),
    removed: Color::Rgb(0xf0, 0x80, 0x7d),
    accent: Color::Rgb(0x7f, 0xb4, 0xf5),
    link: Color::Rgb(0x6f, 0xcf, 0xcf),
    warning: Color::Rgb(0xd9, 0x9a, 0xf0),
    error: Color::Rgb(0xff, 0x6b, 0x6b),
};

const LIGHT: Colours = Colours {
    ground: Color::Rgb(0xfb, 0xfa, 0xf7),
    text: Color::Rgb(0x25, 0x29, 0x33),
    dim: Color::Rgb(0x67, 0x6d, 0x79),
    added: Color::Rgb(0x1d, 0x6f, 0x2b),
    modified: Color::Rgb(0x85, 0x5a, 0x00),
    removed: Color::Rgb(0xb3, 0x26, 0x1e),
    accent: Color::Rgb(0x1a, 0x56, 0xb0),
    link: Color::Rgb(0x00, 0x6a, 0x72),
    warning: Color::Rgb(0x8a, 0x2a, 0x9c),
    error: Color::Rgb(0xb3, 0x00, 0x1b),
};

const CONTRAST: Colours = Colours {
    ground: Color::Black,
    text: Color::White,
    dim: Color::Gray,
    added: Color::LightGreen,
    modified: Color::LightYellow,
    removed: Color::LightRed,
    accent: Color::LightCyan,
    link: Color::LightCyan,
    warning: Color::LightMagenta,
    error: Color::LightRed,
};

/// Blue, orange and vermilion keep apart for every common kind of colour blindness (Okabe and Ito, 2008).
const BLIND: Colours = Colours {
    ground: Color::Reset,
    text: Color::Reset,
    dim: Color::Reset,
    added: Color::Rgb(0x00, 0x8f, 0xd5),
    modified: Color::Rgb(0xc9, 0x8a, 0x00),
    removed: Color::Rgb(0xd5, 0x5e, 0x00),
    accent: Color::Rgb(0x00, 0x8f, 0xd5),
    link: Color::Rgb(0x00, 0x9e, 0x73),
    warning: Color::Rgb(0xb8, 0x63, 0x94),
    error: Color::Rgb(0xd5, 0x5e, 0x00),
};

const NONE: Colours = Colours {
    ground: Color::Reset,
    text: Color::Reset,
    dim: Color::Reset,
    added: Color::Reset,
    modified: Color::Reset,
    removed: Color::Reset,
    accent: Color::Reset,
    link: Color::Reset,
    warning: Color::Reset,
    error: Color::Reset,
};

/// A name that no theme has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no theme `{}`: there are {}", .0, Theme::ALL.map(|(name, _)| name).join(", "))]
pub struct NoTheme(String);

impl Theme {
    /// All, with their names in the settings.
    pub const ALL: [(&'static str, Self); 6] = [
        ("ansi", Self::Ansi),
        ("dark", Self::Dark),
        ("light", Self::Light),
        ("high-contrast", Self::HighContrast),
        ("colour-blind", Self::ColourBlind),
        ("none", Self::None),
    ];

    /// The theme of a name in the settings.
    ///
    /// # Errors
    ///
    /// There is none of that name.
    pub fn named(name: &str) -> Result<Self, NoTheme> {
        let found = Self::ALL.iter().find(|(other, _)| *other == name);
        found.map(|&(_, theme)| theme).ok_or_else(|| NoTheme(name.to_owned()))
    }

    /// Whether it needs 24-bit colour.
    pub fn is_truecolor(self) -> bool {
        matches!(self, Self::Dark | Self::Light | Self::ColourBlind)
    }

    fn colours(self) -> &'static Colours {
        match self {
            Self::Ansi => &ANSI,
            Self::Dark => &DARK,
            Self::Light => &LIGHT,
            Self::HighContrast => &CONTRAST,
            Self::ColourBlind => &BLIND,
            Self::None => &NONE,
        }
    }

    /// Text and background where nothing else is said.
    pub fn ground(self) -> Style {
        Style::new().fg(self.colours().text).bg(self.colours().ground)
    }

    /// The style of a meaning; it leaves the background alone.
    pub fn style(self, role: Role) -> Style {
        let colours = self.colours();
        let of = |colour: Color| Style::new().fg(colour);
        match role {
            Role::Plain | Role::Executable => of(colours.text),
            // With the terminal's own colours, faint is the only shade that is safe on light and dark.
            Role::Dim if colours.dim == Color::Reset => of(colours.dim).add_modifier(Modifier::DIM),
            Role::Dim => of(colours.dim),
            Role::Heading | Role::Keyword => of(colours.text).add_modifier(Modifier::BOLD),
            Role::Key | Role::Directory => of(colours.accent).add_modifier(Modifier::BOLD),
            Role::Added | Role::Live => of(colours.added),
            Role::Modified => of(colours.modified),
            Role::Removed | Role::Dead => of(colours.removed),
            Role::Link => of(colours.link),
            Role::Warning => of(colours.warning).add_modifier(Modifier::BOLD),
            Role::Error => of(colours.error).add_modifier(Modifier::BOLD),
            Role::Match => of(colours.text).add_modifier(Modifier::UNDERLINED),
        }
    }

    /// A name that a filter matched.
    pub fn matched(self, role: Role) -> Style {
        self.style(role).add_modifier(Modifier::UNDERLINED)
    }

    /// The name of what is removed.
    pub fn gone(self) -> Style {
        self.style(Role::Removed).add_modifier(Modifier::CROSSED_OUT)
    }

    /// The frame of a pane.
    pub fn border(self, focused: bool) -> Style {
        if focused { self.style(Role::Plain).fg(self.colours().accent) } else { self.style(Role::Dim) }
    }

    /// Lies over the selected row: reverse where the keys go, bold elsewhere.
    pub fn selected(self, focused: bool) -> Style {
        let modifier = if focused { Modifier::REVERSED } else { Modifier::BOLD };
        // Faint reversed text is unreadable on many terminals.
        Style::new().add_modifier(modifier).remove_modifier(Modifier::DIM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: [Role; 16] = [
        Role::Plain,
        Role::Dim,
        Role::Heading,
        Role::Added,
        Role::Modified,
        Role::Removed,
        Role::Directory,
        Role::Link,
        Role::Executable,
        Role::Live,
        Role::Dead,
        Role::Warning,
        Role::Error,
        Role::Match,
        Role::Key,
        Role::Keyword,
    ];

    #[test]
    fn without_colour_no_style_has_one() {
        for role in ROLES {
            let style = Theme::None.style(role);
            assert_eq!((style.fg, style.bg), (Some(Color::Reset), None), "{role:?}");
        }
        assert!(Theme::None.selected(true).add_modifier.contains(Modifier::REVERSED));
    }

    #[test]
    fn truecolor_themes_are_readable() {
        for (name, theme) in Theme::ALL {
            let ground = theme.ground().bg.unwrap_or_default();
            let Color::Rgb(..) = ground else { continue };
            for role in ROLES {
                let ink = theme.style(role).fg.unwrap_or_default();
                let ratio = contrast(ink, ground);
                assert!(ratio >= 4.5, "{name}: {role:?} has a contrast of {ratio:.1}");
            }
        }
    }

    #[test]
    fn the_accent_is_readable_on_black_and_white_in_common_palettes() {
        let black = Color::Rgb(0, 0, 0);
        let white = Color::Rgb(0xff, 0xff, 0xff);
        for (palette, blue, light_blue) in [
            ("xterm", Color::Rgb(0, 0, 0xee), Color::Rgb(0x5c, 0x5c, 0xff)),
            ("console", Color::Rgb(0, 0, 0xaa), Color::Rgb(0x55, 0x55, 0xff)),
            ("windows", Color::Rgb(0, 0x37, 0xda), Color::Rgb(0x3b, 0x78, 0xff)),
        ] {
            let frame = Theme::Ansi.border(true).fg;
            let ink = if frame == Some(Color::LightBlue) { light_blue } else { blue };
            for ground in [black, white] {
                let ratio = contrast(ink, ground);
                assert!(ratio >= 3.0, "{palette}: a contrast of {ratio:.1} on {ground:?}");
            }
        }
    }

    /// The contrast ratio of WCAG 2.1.
    fn contrast(one: Color, other: Color) -> f64 {
        let luminance = |colour: Color| {
            let Color::Rgb(r, g, b) = colour else { return 0.0 };
            let linear = |byte: u8| {
                let value = f64::from(byte) / 255.0;
                if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
        };
        let (a, b) = (luminance(one), luminance(other));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}
