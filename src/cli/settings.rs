//! `capas config`: what is in force, and where each value came from.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::Output;
use crate::error::CliError;
use crate::oci::Platform;
use crate::report::{Align, Cell, Look, Table};
use crate::role::Role;
use crate::settings::{Origin, Setting, Settings};
use crate::text;
use crate::tui::keymap::Keymap;
use crate::tui::theme::Theme;

/// Checks the names that only the explorer knows, whatever the command: a wrong line in a file is found at once.
///
/// # Errors
///
/// There is no such theme, key map, action or key; the sentence names the place.
pub fn check(settings: &Settings) -> Result<(), CliError> {
    let at = |origin: &Origin, why: &dyn Display| CliError::failed(format!("{origin}: {why}"));
    Theme::named(&settings.theme.value).map_err(|error| at(&settings.theme.origin, &error))?;
    let keymap =
        Keymap::named(&settings.keymap.value).map_err(|error| at(&settings.keymap.origin, &error))?;
    let mut bindings = BTreeMap::new();
    for (action, keys) in &settings.keys {
        // One more each time: what clashes is named by the line that makes it clash.
        bindings.insert(action.clone(), keys.value.clone());
        keymap.clone().rebind(&bindings).map_err(|error| at(&keys.origin, &error))?;
    }
    Ok(())
}

/// Prints the settings.
pub fn config(settings: &Settings, look: Look) -> Result<(), CliError> {
    let mut table = Table::new(&[("SETTING", Align::Left), ("VALUE", Align::Left), ("FROM", Align::Left)]);
    let mut row = |name: &str, value: String, origin: &Origin| {
        let role = if *origin == Origin::Default { Role::Dim } else { Role::Plain };
        table.row(vec![
            Cell::new(name, Role::Keyword),
            Cell::plain(text::display(value.as_bytes())),
            Cell::new(text::display(origin.to_string().as_bytes()), role),
        ]);
    };
    row("color", settings.color.value.to_string(), &settings.color.origin);
    row("ascii", settings.ascii.value.to_string(), &settings.ascii.origin);
    row("iec", settings.iec.value.to_string(), &settings.iec.origin);
    row("theme", settings.theme.value.clone(), &settings.theme.origin);
    row("keymap", settings.keymap.value.clone(), &settings.keymap.origin);
    row("mouse", settings.mouse.value.to_string(), &settings.mouse.origin);
    let Setting { value: platform, origin } = &settings.platform;
    let platform = platform.as_ref().map_or_else(|| Platform::host().to_string(), ToString::to_string);
    row("platform", platform, origin);
    let spool = settings.max_spool.value.map_or_else(|| "90 % of the free space".to_owned(), text::size);
    row("max_spool", spool, &settings.max_spool.origin);
    for (action, keys) in &settings.keys {
        row(&format!("keys.{}", text::display(action.as_bytes())), keys.value.join(" "), &keys.origin);
    }
    let mut out = Output::open(None)?;
    table.write(&mut out, &look)?;
    out.finish()
}
