//! How an answer looks: colour, units, glyphs.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::role::Role;
use crate::text;

/// How an answer looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, named as the flags")]
pub struct Look {
    /// ANSI colours.
    pub color: bool,
    /// ASCII glyphs only.
    pub ascii: bool,
    /// Sizes in powers of 1024.
    pub iec: bool,
    /// Exact bytes instead of sizes for people.
    pub exact: bool,
    /// Digests and commands whole.
    pub whole: bool,
}

impl Look {
    /// A size as this answer prints it.
    pub fn size(&self, bytes: u64) -> String {
        if self.exact {
            bytes.to_string()
        } else if self.iec {
            text::size_iec(bytes)
        } else {
            text::size(bytes)
        }
    }

    /// Writes text in a role. The text must be safe for a terminal already.
    pub fn write(&self, out: &mut dyn Write, role: Role, text: &str) -> io::Result<()> {
        let style = if self.color { style(role) } else { Style::new() };
        write!(out, "{style}{text}{style:#}")
    }
}

/// The ANSI style of a role.
fn style(role: Role) -> Style {
    let color = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
    match role {
        Role::Plain | Role::Live => Style::new(),
        Role::Dim => Style::new().dimmed(),
        Role::Heading | Role::Keyword => Style::new().bold(),
        Role::Added | Role::Executable => color(AnsiColor::Green),
        Role::Modified | Role::Warning | Role::Dead => color(AnsiColor::Yellow),
        Role::Removed => color(AnsiColor::Red),
        Role::Error => color(AnsiColor::Red).bold(),
        Role::Directory => color(AnsiColor::Blue).bold(),
        Role::Link | Role::Key => color(AnsiColor::Cyan),
        Role::Match => Style::new().underline(),
    }
}
