//! A file for the user's pager.

use std::fs::File;
use std::process::Command;

/// Of a long name the end is kept.
const LONGEST_NAME: usize = 100;

/// A file written for a pager.
pub struct Page {
    /// Removed when dropped.
    pub folder: tempfile::TempDir,
    /// The file's name in it.
    pub name: String,
}

impl Page {
    /// A file for a pager in a folder of its own, which nobody else can read. Of the name, which is a stranger's, only
    /// plain characters are kept: its suffix tells the pager what it is.
    ///
    /// # Errors
    ///
    /// A sentence.
    pub fn create(name: &str) -> Result<(File, Self), String> {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
        let base = name.rsplit('/').next().unwrap_or_default();
        let kept: Vec<char> = base.chars().map(plain).collect();
        let name: String = kept[kept.len().saturating_sub(LONGEST_NAME)..].iter().collect();
        let name = format!("capas{}{name}", if name.starts_with('.') { "" } else { "-" });
        let made = tempfile::Builder::new().prefix("capas-").tempdir().and_then(|folder| {
            let file = File::create_new(folder.path().join(&name))?;
            Ok((file, Self { folder, name }))
        });
        made.map_err(|error| format!("no temporary file can be made: {error}"))
    }

    /// `$PAGER`, else `$EDITOR`, else `less`, through a shell since either may hold arguments.
    pub fn command(&self) -> Command {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let mut pager = set("PAGER").or_else(|| set("EDITOR")).unwrap_or_else(|| "less".into());
        pager.push(" \"$1\"");
        let mut command = Command::new("sh");
        command.arg("-c").arg(pager).arg("capas").arg(self.folder.path().join(&self.name));
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_strangers_name_the_suffix_is_kept_and_nothing_that_a_shell_or_pager_reads() {
        for (name, expected) in [
            ("settings.toml", "capas-settings.toml"),
            ("usr/lib/a b$(reboot).py", "capas-a_b__reboot_.py"),
            ("-rf", "capas--rf"),
            ("..", "capas.."),
            (".bashrc", "capas.bashrc"),
            ("", "capas-"),
            ("caf\u{e9}\n", "capas-caf__"),
        ] {
            let (_, page) = Page::create(name).unwrap();
            assert_eq!(page.name, expected);
        }
        let (_, long) = Page::create(&format!("{}.json", "x".repeat(300))).unwrap();
        assert!(long.name.ends_with("x.json") && long.name.len() < 120, "{}", long.name);
    }

    #[test]
    fn the_file_goes_with_the_page() {
        let (_, page) = Page::create("a").unwrap();
        let path = page.folder.path().to_owned();
        assert!(path.join("capas-a").exists());
        drop(page);
        assert!(!path.exists());
    }
}
