//! Where containers/storage is, as `storage.conf` says.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::source::{SourceError, Surroundings, disk};

/// What matters of the settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conf {
    /// The store.
    pub root: PathBuf,
    /// Where lists lie that do not survive a reboot.
    pub run_root: Option<PathBuf>,
    /// The driver.
    pub driver: Option<String>,
    /// A second tree, which has the images and their layers.
    pub image_store: Option<PathBuf>,
    /// Trees that are only read.
    pub additional: Vec<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    storage: Storage,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Storage {
    driver: String,
    graphroot: String,
    runroot: String,
    rootless_storage_path: String,
    imagestore: String,
    options: StorageOptions,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct StorageOptions {
    additionalimagestores: Vec<String>,
}

impl Conf {
    /// Reads the first file that is there: what the environment names, the user's own, the system's.
    ///
    /// # Errors
    ///
    /// It is no TOML, or cannot be read.
    pub fn read(surroundings: &Surroundings) -> Result<Self, SourceError> {
        let rootless = !surroundings.is_root();
        let own = surroundings.config_home().map(|config| config.join("containers/storage.conf"));
        let own = own.filter(|path| rootless && path.exists());
        let named = surroundings.env_path("CONTAINERS_STORAGE_CONF");
        let is_own = named.is_some() || own.is_some();
        let paths = [
            named.or(own),
            Some(surroundings.system("/etc/containers/storage.conf")),
            Some(surroundings.system("/usr/share/containers/storage.conf")),
        ];
        for path in paths.iter().flatten() {
            let Some(bytes) = disk::read(path, 1 << 20)? else { continue };
            let text = String::from_utf8_lossy(&bytes);
            let file: File = toml::from_str(&text)
                .map_err(|error| disk::broken(path, format!("it is no valid TOML: {}", error.message())))?;
            return Ok(Self::of(file.storage, is_own, surroundings));
        }
        Ok(Self::of(Storage::default(), false, surroundings))
    }

    /// `is_own`: whether the file is the user's, who then names folders of their own.
    fn of(storage: Storage, is_own: bool, surroundings: &Surroundings) -> Self {
        let path = |text: &str| {
            let home = surroundings.home().unwrap_or_default().to_string_lossy().into_owned();
            let uid = surroundings.user().to_string();
            let user = surroundings.env("USER").unwrap_or_default();
            let text = [("$HOME", home), ("$UID", uid), ("$USER", user)]
                .into_iter()
                .fold(text.to_owned(), |text, (name, value)| text.replace(name, &value));
            match text.strip_prefix(surroundings.home().unwrap_or_default().to_string_lossy().as_ref()) {
                _ if !Path::new(&text).is_absolute() => None,
                // A path in the home folder is one of this world already.
                Some(_) if surroundings.home().is_some_and(|home| home != Path::new("/")) => {
                    Some(text.into())
                }
                _ => Some(surroundings.system(text)),
            }
        };
        let given = |text: &str| if text.is_empty() { None } else { path(text) };
        let root = if surroundings.is_root() {
            given(&storage.graphroot).unwrap_or_else(|| surroundings.system("/var/lib/containers/storage"))
        } else {
            let own = given(&storage.graphroot).filter(|_| is_own);
            let usual = || surroundings.data_home().unwrap_or_default().join("containers/storage");
            own.or_else(|| given(&storage.rootless_storage_path)).unwrap_or_else(usual)
        };
        let run_root = if surroundings.is_root() || is_own { given(&storage.runroot) } else { None };
        Self {
            root,
            run_root,
            driver: (!storage.driver.is_empty() && (surroundings.is_root() || is_own))
                .then_some(storage.driver),
            image_store: given(&storage.imagestore),
            additional: storage.options.additionalimagestores.iter().filter_map(|text| given(text)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conf(text: &str, user: u32, is_own: bool) -> Conf {
        let file: File = toml::from_str(text).expect("TOML");
        Conf::of(file.storage, is_own, &Surroundings::new("/w", user, [("HOME", "/h/me")]))
    }

    #[test]
    fn folders_of_root_and_of_users() {
        let system = "[storage]\ndriver = \"overlay\"\ngraphroot = \"/data/c\"\nrunroot = \"/run/c\"\n\
                      rootless_storage_path = \"/big/$UID/storage\"\n\
                      [storage.options]\nadditionalimagestores = [\"/usr/lib/images\"]\n";
        let root = conf(system, 0, false);
        assert_eq!(root.root, Path::new("/w/data/c"));
        assert_eq!((root.run_root, root.driver.as_deref()), (Some("/w/run/c".into()), Some("overlay")));
        assert_eq!(root.additional, [Path::new("/w/usr/lib/images")]);
        // The system's folders are not a user's.
        let user = conf(system, 1000, false);
        assert_eq!((user.root, user.run_root, user.driver), ("/w/big/1000/storage".into(), None, None));
        let own = conf("[storage]\ngraphroot = \"$HOME/c\"\n", 1000, true);
        assert_eq!(own.root, Path::new("/h/me/c"));
        assert_eq!(conf("", 1000, false).root, Path::new("/h/me/.local/share/containers/storage"));
        assert_eq!(conf("", 0, false).root, Path::new("/w/var/lib/containers/storage"));
    }
}
