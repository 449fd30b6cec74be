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

    /// The theme of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(other, _)| *other == name).map(|&(_, theme)| theme)
    }

    /// Whether it needs 24-bit colour.
    pub fn is_truecolor(self) -> bool {
        matches!(self, Self::Dark | Self::Light)
    }

    /// The style of a meaning.
    pub fn style(self, role: Role) -> Style {
        let plain = Style::new().fg(Color::Reset).bg(Color::Reset);
        match role {
            Role::Heading | Role::Key | Role::Keyword => plain.add_modifier(Modifier::BOLD),
            Role::Dim => plain.add_modifier(Modifier::DIM),
            _ => plain,
        }
    }
}
