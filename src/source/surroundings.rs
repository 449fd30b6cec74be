//! The world around capas: environment, home folder, where the system's folders lie, how long to wait for an engine.
//! Read once, at the outer face; whatever finds engines and stores is handed it, and so can be tested in a world of
//! its own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Environment, folders and patience.
#[derive(Clone, Debug)]
pub struct Surroundings {
    env: BTreeMap<OsString, OsString>,
    root: PathBuf,
    user: u32,
    /// How long engines may keep us waiting.
    pub patience: Patience,
}

/// How long to wait for an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the answer to a question that costs an engine nothing.
    pub answer: Duration,
    /// For the first byte of an export: engines write the whole of it to a disk of theirs before they send any.
    pub export: Duration,
    /// For the next bytes of an answer that has begun.
    pub stall: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(15),
            export: Duration::from_secs(15 * 60),
            stall: Duration::from_secs(2 * 60),
        }
    }
}

impl Default for Surroundings {
    /// Nothing: no variables, no home, no engine, no store.
    fn default() -> Self {
        Self { env: BTreeMap::new(), root: "/dev/null".into(), user: 0, patience: Patience::default() }
    }
}

impl Surroundings {
    /// Those of this process.
    pub fn of_process() -> Self {
        Self {
            env: std::env::vars_os().collect(),
            root: "/".into(),
            user: rustix::process::geteuid().as_raw(),
            patience: Patience::default(),
        }
    }

    /// A world whose `/` is the folder `root`, with these variables and the user of this number.
    pub fn new<N, V>(root: impl Into<PathBuf>, user: u32, env: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<OsString>,
        V: Into<OsString>,
    {
        let env = env.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { env, root: root.into(), user, ..Self::default() }
    }

    /// A variable that is set to something; what is not UTF-8 in it is replaced.
    pub fn env(&self, name: &str) -> Option<String> {
        let value = self.env.get(std::ffi::OsStr::new(name))?;
        (!value.is_empty()).then(|| value.to_string_lossy().into_owned())
    }

    /// A variable that names an absolute path. It is taken as it is: only [`Self::system`] knows of another root.
    pub fn env_path(&self, name: &str) -> Option<PathBuf> {
        self.env.get(std::ffi::OsStr::new(name)).map(PathBuf::from).filter(|path| path.is_absolute())
    }

    /// Whether there is a command of that name.
    pub fn has_command(&self, name: &str) -> bool {
        let path = self.env.get(std::ffi::OsStr::new("PATH"));
        path.is_some_and(|path| std::env::split_paths(path).any(|folder| folder.join(name).is_file()))
    }

    /// The user's home folder.
    pub fn home(&self) -> Option<PathBuf> {
        self.env_path("HOME")
    }

    /// `$XDG_DATA_HOME`, else `~/.local/share`.
    pub fn data_home(&self) -> Option<PathBuf> {
        self.env_path("XDG_DATA_HOME").or_else(|| Some(self.home()?.join(".local/share")))
    }

    /// `$XDG_CONFIG_HOME`, else `~/.config`.
    pub fn config_home(&self) -> Option<PathBuf> {
        self.env_path("XDG_CONFIG_HOME").or_else(|| Some(self.home()?.join(".config")))
    }

    /// `$XDG_RUNTIME_DIR`, else the folder that systemd makes for the user.
    pub fn runtime_dir(&self) -> PathBuf {
        self.env_path("XDG_RUNTIME_DIR").unwrap_or_else(|| self.system(format!("/run/user/{}", self.user)))
    }

    /// A folder or file of the system, by its absolute path.
    pub fn system(&self, path: impl AsRef<Path>) -> PathBuf {
        let path = path.as_ref();
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// The user's number.
    pub fn user(&self) -> u32 {
        self.user
    }

    /// Whether the user is root.
    pub fn is_root(&self) -> bool {
        self.user == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_follow_the_variables() {
        let bare = Surroundings::new("/w", 1000, [("HOME", "/h"), ("EMPTY", "")]);
        assert_eq!(bare.data_home(), Some("/h/.local/share".into()));
        assert_eq!(bare.config_home(), Some("/h/.config".into()));
        assert_eq!(bare.runtime_dir(), Path::new("/w/run/user/1000"));
        assert_eq!(bare.system("/var/lib/docker"), Path::new("/w/var/lib/docker"));
        assert_eq!((bare.env("EMPTY"), bare.env("NONE"), bare.is_root()), (None, None, false));

        let xdg = [("XDG_DATA_HOME", "/d"), ("XDG_CONFIG_HOME", "relative"), ("XDG_RUNTIME_DIR", "/r")];
        let given = Surroundings::new("/", 0, xdg);
        assert_eq!((given.data_home(), given.config_home()), (Some("/d".into()), None));
        assert_eq!((given.runtime_dir(), given.is_root()), ("/r".into(), true));
    }

    #[test]
    fn by_default_there_is_nothing() {
        let nothing = Surroundings::default();
        assert_eq!((nothing.home(), nothing.env("PATH")), (None, None));
        assert!(!nothing.system("/var/run/docker.sock").exists());
    }
}
