//! What is in force: flags, then `CAPAS_*` variables, then `.capas.toml` (the nearest, from the working directory
//! upwards), then `$XDG_CONFIG_HOME/capas/config.toml`, then defaults. Every value remembers where it came from.
//!
//! [`resolve`] is pure: files and variables are handed to it, so that precedence is a table in a test.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::oci::Platform;

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` or `TERM=dumb` speak against it.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorChoice {
    /// Whether to colour what goes to a stream, given the environment.
    pub fn wants(self, env: &dyn Fn(&str) -> Option<String>, is_terminal: bool) -> bool {
        let set = |name: &str| env(name).is_some_and(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if set("NO_COLOR") => false,
            Self::Auto if env("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0") => {
                true
            }
            Self::Auto => {
                is_terminal
                    && env("TERM").is_none_or(|term| term != "dumb")
                    && env("CLICOLOR").is_none_or(|value| value != "0")
            }
        }
    }
}

impl fmt::Display for ColorChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        })
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A line of a settings file.
    File(PathBuf, usize),
    /// An environment variable.
    Env(String),
    /// A flag.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Env(name) => f.write_str(name),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

/// All settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `color`.
    pub color: Setting<ColorChoice>,
    /// `ascii`: no line-drawing characters.
    pub ascii: Setting<bool>,
    /// `iec`: sizes in powers of 1024.
    pub iec: Setting<bool>,
    /// `theme`: a name that the terminal UI knows.
    pub theme: Setting<String>,
    /// `keymap`: a name that the terminal UI knows.
    pub keymap: Setting<String>,
    /// `mouse`.
    pub mouse: Setting<bool>,
    /// `platform`; this machine's when `None`.
    pub platform: Setting<Option<Platform>>,
    /// `max_spool`, in bytes; 90 % of the free space when `None`.
    pub max_spool: Setting<Option<u64>>,
    /// `[keys]`: action to keys.
    pub keys: BTreeMap<String, Setting<Vec<String>>>,
}

/// What the flags say.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--color`
    pub color: Option<String>,
    /// `--ascii`
    pub ascii: Option<bool>,
    /// `--iec`
    pub iec: Option<bool>,
    /// `--theme`
    pub theme: Option<String>,
    /// `--keymap`
    pub keymap: Option<String>,
    /// `--mouse`
    pub mouse: Option<bool>,
    /// `--platform`
    pub platform: Option<String>,
    /// `--max-spool`
    pub max_spool: Option<String>,
}

/// A setting that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A value is not what the setting takes.
    #[error("{origin}: `{value}` is no {name}: {why}")]
    Value {
        /// The setting.
        name: &'static str,
        /// What was given.
        value: String,
        /// Where.
        origin: Origin,
        /// What would be right.
        why: String,
    },
    /// A settings file is not TOML, or has a key that does not exist.
    #[error("{}:{line}: {why}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// What is wrong there.
        why: String,
    },
    /// A settings file cannot be read.
    #[error("{}: {why}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

/// A settings file as it stands.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Document {
    color: Option<Spanned<String>>,
    ascii: Option<Spanned<bool>>,
    iec: Option<Spanned<bool>>,
    theme: Option<Spanned<String>>,
    keymap: Option<Spanned<String>>,
    mouse: Option<Spanned<bool>>,
    platform: Option<Spanned<String>>,
    max_spool: Option<Spanned<Size>>,
    keys: BTreeMap<String, Spanned<Keys>>,
}

/// A size as a number or as text with a unit.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Size {
    Number(u64),
    Text(String),
}

/// One key or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Keys {
    One(String),
    Many(Vec<String>),
}

/// A settings file with its text, for line numbers.
struct File {
    path: PathBuf,
    text: String,
    document: Document,
}

impl File {
    fn parse(path: PathBuf, text: String) -> Result<Self, SettingsError> {
        match toml::from_str(&text) {
            Ok(document) => Ok(Self { path, text, document }),
            Err(error) => {
                let line = error.span().map_or(1, |span| line_of(&text, span.start));
                let why = error.message().replace('\n', " ");
                Err(SettingsError::File { path, line, why })
            }
        }
    }

    fn get<T: Clone>(&self, of: impl Fn(&Document) -> Option<&Spanned<T>>) -> Option<(T, Origin)> {
        let value = of(&self.document)?;
        let line = line_of(&self.text, value.span().start);
        Some((value.get_ref().clone(), Origin::File(self.path.clone(), line)))
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].split(|&byte| byte == b'\n').count()
}

/// The settings in force. `files` are the texts of the settings files, the nearest first.
///
/// # Errors
///
/// A file that is not TOML or has an unknown key; a value that its setting does not take. The sentence names file
/// and line, variable or flag.
pub fn resolve(
    flags: &Flags,
    env: &dyn Fn(&str) -> Option<String>,
    files: &[(PathBuf, String)],
) -> Result<Settings, SettingsError> {
    let files = files
        .iter()
        .map(|(path, text)| File::parse(path.clone(), text.clone()))
        .collect::<Result<Vec<_>, _>>()?;
    let env = |name: &str| {
        let name = format!("CAPAS_{name}");
        env(&name).filter(|value| !value.is_empty()).map(|value| (value, Origin::Env(name)))
    };
    let text =
        |flag: &Option<String>, flag_name, name: &str, of: fn(&Document) -> Option<&Spanned<String>>| {
            let flag = flag.clone().map(|value| (value, Origin::Flag(flag_name)));
            flag.or_else(|| env(name)).or_else(|| files.iter().find_map(|file| file.get(of)))
        };
    let switch = |flag: Option<bool>,
                  flag_name,
                  name: &'static str,
                  default: bool,
                  of: fn(&Document) -> Option<&Spanned<bool>>| {
        if let Some(value) = flag {
            return Ok(Setting { value, origin: Origin::Flag(flag_name) });
        }
        if let Some((value, origin)) = env(&name.to_uppercase()) {
            return Ok(Setting { value: parse_bool(name, &value, &origin)?, origin });
        }
        let found = files.iter().find_map(|file| file.get(of));
        let (value, origin) = found.unwrap_or((default, Origin::Default));
        Ok(Setting { value, origin })
    };
    let color = text(&flags.color, "--color", "COLOR", |d| d.color.as_ref());
    let platform = text(&flags.platform, "--platform", "PLATFORM", |d| d.platform.as_ref());
    let theme = text(&flags.theme, "--theme", "THEME", |d| d.theme.as_ref());
    let keymap = text(&flags.keymap, "--keymap", "KEYMAP", |d| d.keymap.as_ref());
    let max_spool = flags
        .max_spool
        .clone()
        .map(|value| (Size::Text(value), Origin::Flag("--max-spool")))
        .or_else(|| env("MAX_SPOOL").map(|(value, origin)| (Size::Text(value), origin)))
        .or_else(|| files.iter().find_map(|file| file.get(|d| d.max_spool.as_ref())));
    Ok(Settings {
        color: or_default(color, ColorChoice::Auto, parse_color)?,
        ascii: switch(flags.ascii, "--ascii", "ascii", false, |d| d.ascii.as_ref())?,
        iec: switch(flags.iec, "--iec", "iec", false, |d| d.iec.as_ref())?,
        theme: or_default(theme, "ansi".to_owned(), |value, _| Ok(value))?,
        keymap: or_default(keymap, "default".to_owned(), |value, _| Ok(value))?,
        mouse: switch(flags.mouse, "--mouse", "mouse", true, |d| d.mouse.as_ref())?,
        platform: or_default(platform, None, parse_platform)?,
        max_spool: or_default(max_spool, None, |value, origin| match value {
            Size::Number(bytes) => Ok(Some(bytes)),
            Size::Text(text) => parse_size(&text).map(Some).ok_or_else(|| {
                not("max_spool", &text, origin, "a number of bytes, or one with a unit: 20GB")
            }),
        })?,
        keys: keys(&files),
    })
}

/// The keys of all files; a nearer file wins key by key.
fn keys(files: &[File]) -> BTreeMap<String, Setting<Vec<String>>> {
    let mut found = BTreeMap::new();
    for file in files.iter().rev() {
        for (action, keys) in &file.document.keys {
            let origin = Origin::File(file.path.clone(), line_of(&file.text, keys.span().start));
            let value = match keys.get_ref() {
                Keys::One(key) => vec![key.clone()],
                Keys::Many(keys) => keys.clone(),
            };
            found.insert(action.clone(), Setting { value, origin });
        }
    }
    found
}

fn or_default<T, U>(
    found: Option<(T, Origin)>,
    default: U,
    read: impl Fn(T, &Origin) -> Result<U, SettingsError>,
) -> Result<Setting<U>, SettingsError> {
    Ok(match found {
        Some((value, origin)) => Setting { value: read(value, &origin)?, origin },
        None => Setting { value: default, origin: Origin::Default },
    })
}

fn not(name: &'static str, value: &str, origin: &Origin, why: impl fmt::Display) -> SettingsError {
    SettingsError::Value {
        name,
        value: value.to_owned(),
        origin: origin.clone(),
        why: format!("expected {why}"),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that `or_default` takes")]
fn parse_color(value: String, origin: &Origin) -> Result<ColorChoice, SettingsError> {
    match value.as_str() {
        "auto" => Ok(ColorChoice::Auto),
        "always" => Ok(ColorChoice::Always),
        "never" => Ok(ColorChoice::Never),
        _ => Err(not("color", &value, origin, "auto, always or never")),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that `or_default` takes")]
fn parse_platform(value: String, origin: &Origin) -> Result<Option<Platform>, SettingsError> {
    let why = "os/architecture or os/architecture/variant, as in linux/arm64";
    value.parse().map(Some).map_err(|_| not("platform", &value, origin, why))
}

fn parse_bool(name: &'static str, value: &str, origin: &Origin) -> Result<bool, SettingsError> {
    match value {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err(not(name, value, origin, "true or false")),
    }
}

/// A number of bytes, with an optional unit: `20MB` (powers of 1000), `20MiB` (of 1024), `1.5G`.
pub fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim().to_ascii_lowercase();
    let base: u64 = if unit.contains('i') { 1024 } else { 1000 };
    let power = match unit.trim_end_matches('b').trim_end_matches('i') {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        _ => return None,
    };
    let factor = base.checked_pow(power)?;
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor);
    }
    let bytes = number.parse::<f64>().ok()? * factor as f64;
    (bytes.is_finite() && (0.0..1e18).contains(&bytes)).then_some(bytes as u64)
}

/// The settings files that are there, the nearest first: `.capas.toml` in `dir` or the first folder above it that has
/// one, then the user's.
///
/// # Errors
///
/// A file is there and cannot be read. Behind a folder that may not be entered there is none.
pub fn files(
    dir: Option<&Path>,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<(PathBuf, String)>, SettingsError> {
    let mut found = Vec::new();
    for dir in dir.into_iter().flat_map(Path::ancestors) {
        if let Some(file) = read(dir.join(".capas.toml"))? {
            found.push(file);
            break;
        }
    }
    let absolute = |path: String| Some(PathBuf::from(path)).filter(|path| path.is_absolute());
    let home = env("XDG_CONFIG_HOME")
        .and_then(absolute)
        .or_else(|| env("HOME").and_then(absolute).map(|home| home.join(".config")));
    if let Some(home) = home {
        found.extend(read(home.join("capas/config.toml"))?);
    }
    Ok(found)
}

/// Settings take a few kB. What lies in a folder above the working directory may be anybody's.
const LONGEST: u64 = 1 << 20;

fn read(path: PathBuf) -> Result<Option<(PathBuf, String)>, SettingsError> {
    let text = || {
        // A pipe would never come to its end, and `/dev/zero` neither.
        let metadata = std::fs::metadata(&path)?;
        if !metadata.is_file() || metadata.len() > LONGEST {
            return Err(std::io::Error::other(format!(
                "no file of settings, or one of more than {LONGEST} bytes"
            )));
        }
        std::fs::read_to_string(&path)
    };
    match text() {
        Ok(text) => Ok(Some((path, text))),
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
        {
            Ok(None)
        }
        // Another user's home, kept by `sudo -u`: what nobody may look for is not there.
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied && path.metadata().is_err() => {
            Ok(None)
        }
        Err(error) => Err(SettingsError::Io { path, why: error.to_string() }),
    }
}
