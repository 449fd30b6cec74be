//! What helps when an image could not be opened: the command to type, or the names to choose from.

use std::io::ErrorKind;

use super::reference::is_clearly_a_path;
use super::{Engine, Failure, SourceError};
use crate::text::{self, shell_word};

/// Not all of a long list.
const SHOWN: usize = 20;

impl SourceError {
    /// Sentences that name the command that helps.
    pub fn hints(&self) -> Vec<String> {
        let one = |hint: &str| vec![hint.to_owned()];
        match self {
            Self::Several { names, .. } => vec![format!("choose one with --image NAME: {}", listed(names))],
            Self::NotFound { names, .. } if !names.is_empty() => vec![format!("it holds: {}", listed(names))],
            Self::Ambiguous { names, .. } => vec![format!("give more of it: {}", listed(names))],
            Self::Platform { available, .. } if !available.is_empty() => {
                vec![format!("choose one with --platform OS/ARCH: {}", listed(available))]
            }
            Self::NoImage { .. } => one(
                "an image is what `docker save`, `podman save`, `skopeo copy` or buildx write: an archive or an OCI \
                 layout folder",
            ),
            Self::Broken { .. } => vec![
                "if it was cut short or damaged on its way, save or copy it again".to_owned(),
                "`capas verify` checks every part".to_owned(),
            ],
            Self::NoFile { name } if !is_clearly_a_path(name) => {
                one("an image of an engine has a scheme where a file has its name: docker:NAME, podman:NAME")
            }
            Self::NoFile { .. } => {
                one("`capas images` lists the images of this machine, `capas demo` opens a sample")
            }
            Self::Io { path, error } if error.kind() == ErrorKind::PermissionDenied => {
                let path = shell_word(path);
                vec![format!("`ls -ld {path}` shows whose it is; sudo reads what is another user's")]
            }
            Self::Unsupported { scheme, name } => vec![around(scheme, name)],
            Self::Reference { .. } => one(
                "a scheme stands before the name: docker:NAME, podman:NAME, docker-store:[FOLDER]NAME, container:NAME",
            ),
            Self::NoRoom { .. } => {
                one("--max-spool allows more, TMPDIR names another folder; an archive as it is needs none")
            }
            Self::Limit { .. } => one(
                "no builder writes such an image and no engine runs it; `tar tvf` lists what an archive holds",
            ),
            Self::NoStore { store, .. } => vec![elsewhere(store)],
            Self::NotPermitted { hint, .. } if !hint.is_empty() => one(hint),
            Self::NotHere { engine, what, wanted, .. } => vec![fetch(*engine, what, wanted)],
            Self::Engine { engine, at, failure } => {
                address(*engine, at, failure).or_else(|| reach(*engine, failure)).into_iter().collect()
            }
            Self::Nowhere { name, what, tried } => nowhere(name, what, tried),
            _ => Vec::new(),
        }
    }
}

fn listed(names: &[String]) -> String {
    let mut shown: Vec<String> =
        names.iter().take(SHOWN).map(|name| text::display(name.as_bytes())).collect();
    if names.len() > SHOWN {
        shown.push(format!("and {} more", names.len() - SHOWN));
    }
    shown.join(", ")
}

/// How a store that is not where engines put it is named.
fn elsewhere(store: &str) -> String {
    let scheme = match store {
        "docker store" => "docker-store",
        "containers-storage" => store,
        _ => "containerd",
    };
    format!("a store in another place stands in brackets: {scheme}:[FOLDER]NAME")
}

/// The way around what is not supported.
fn around(scheme: &str, name: &str) -> String {
    let engine = if scheme == "containers-storage" { "podman" } else { "docker" };
    let name = if name.is_empty() { "NAME".to_owned() } else { shell_word(name) };
    match scheme {
        "container" => format!("commit it first: {engine} commit {name} x; {engine} save x | capas -"),
        "registry" => format!("{engine} pull {name}; {engine} save {name} | capas -"),
        _ => format!("{engine} save {name} | capas -"),
    }
}

/// The command that would fetch or list what is not here.
fn fetch(engine: Engine, what: &str, wanted: &str) -> String {
    let command = match engine {
        Engine::Docker => "docker",
        Engine::Podman => "podman",
        Engine::Containerd => "nerdctl",
    };
    let name = shell_word(wanted);
    let is_id = wanted.starts_with("sha256:") || wanted.bytes().all(|byte| byte.is_ascii_hexdigit());
    match what {
        "container" => format!("`{command} ps -a` lists the containers that are here"),
        _ if is_id => format!("`{command} images -a` lists the images that are here"),
        _ => format!("`{command} pull {name}` fetches it; `{command} images` lists what is here"),
    }
}

/// What an address that somebody named lacks.
fn address(engine: Engine, at: &str, failure: &Failure) -> Option<String> {
    let tls = "DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH (with ca.pem, cert.pem and key.pem) are for addresses with TLS";
    if at.contains("(TLS)") {
        return Some(tls.to_owned());
    }
    // What cannot be an address at all is quoted in the failure.
    let said = failure.to_string();
    let is_in = |name: &&str| at.contains(name) || said.starts_with(&format!("{name} is "));
    let named = ["DOCKER_HOST", "CONTAINER_HOST"].into_iter().find(is_in);
    if let Some(name) = named.filter(|_| !matches!(failure, Failure::Denied)) {
        let command = engine.command();
        return Some(format!(
            "{name} says where it is: `{command} version` tells whether it is reached there"
        ));
    }
    let context = at.contains("(context ") || at.contains("its address");
    (context && !matches!(failure, Failure::Denied))
        .then(|| "`docker context ls` shows the contexts, `docker context use default` goes back".to_owned())
}

/// How the engine is reached.
fn reach(engine: Engine, failure: &Failure) -> Option<String> {
    Some(match (failure, engine) {
        (Failure::Denied, Engine::Podman) => {
            "that socket is another user's: `systemctl --user start podman.socket` starts your own".to_owned()
        }
        (Failure::Denied, _) => {
            "join the group that may: sudo usermod -aG docker $USER, then log in again; or run it with sudo"
                .to_owned()
        }
        (Failure::NotInstalled(command), _) => format!(
            "an archive needs no engine: `{command} save -o image.tar NAME` where {command} is, then capas image.tar"
        ),
        (Failure::NoSocket | Failure::Refused, Engine::Podman) => {
            "its API is started by: systemctl --user start podman.socket".to_owned()
        }
        (Failure::NoSocket | Failure::Refused, _) => {
            "the daemon does not run: sudo systemctl start docker (Docker Desktop: start the application)"
                .to_owned()
        }
        (Failure::Silent(_) | Failure::Stalled(_), _) => {
            let command = engine.command();
            format!("the daemon hangs or is no {command}: `{command} version` tells, a restart of it helps")
        }
        (Failure::Cut(_), _) => "try again; the log of the daemon says why: journalctl -u docker".to_owned(),
        _ => return None,
    })
}

/// First what keeps us out, then who could fetch it, then who could be started.
fn nowhere(name: &str, what: &str, tried: &[SourceError]) -> Vec<String> {
    let mut hints = Vec::new();
    let answered = tried.iter().find_map(|error| match error {
        SourceError::NotHere { engine, .. } => Some(*engine),
        _ => None,
    });
    for error in tried {
        let hint = match error {
            SourceError::Engine { engine, at, failure } => match failure {
                // Whoever does without an engine need not hear of it.
                Failure::NotInstalled(_) => None,
                Failure::NoSocket | Failure::Refused if answered.is_some() => address(*engine, at, failure),
                // The store beside it may say the same; one sentence is enough.
                Failure::NoSocket if *engine == Engine::Podman => None,
                _ => address(*engine, at, failure).or_else(|| reach(*engine, failure)),
            },
            _ => None,
        };
        hints.extend(hint.filter(|hint| !hints.contains(hint)));
    }
    if let Some(engine) = answered {
        hints.push(fetch(engine, what, name));
    } else if hints.is_empty() {
        // Nobody could be asked but stores that may not be read.
        let is_there = |error: &&SourceError| matches!(error, SourceError::NotPermitted { .. });
        hints.extend(tried.iter().filter(is_there).flat_map(SourceError::hints).take(1));
    }
    if what == "image" && answered.is_none() {
        hints.push("without an engine, capas opens archives and OCI layouts: capas web.tar".to_owned());
    }
    hints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_not_be_read_is_named_by_its_path() {
        let path = "my layout/blobs/sha256/ab".to_owned();
        let hints = |kind: ErrorKind| SourceError::Io { path: path.clone(), error: kind.into() }.hints();
        let denied = hints(ErrorKind::PermissionDenied);
        assert_eq!(
            denied,
            ["`ls -ld 'my layout/blobs/sha256/ab'` shows whose it is; sudo reads what is another user's"]
        );
        assert_eq!(hints(ErrorKind::NotADirectory), [""; 0]);
    }

    #[test]
    fn commands_can_be_pasted_whatever_the_name() {
        let wanted = "web; reboot".to_owned();
        let (engine, path) = (Engine::Docker, String::new());
        let absent = SourceError::NotHere { engine, path, what: "image", wanted: wanted.clone() };
        assert!(
            absent.hints()[0].starts_with("`docker pull 'web; reboot'` fetches it"),
            "{:?}",
            absent.hints()
        );
        let hints = SourceError::Unsupported { scheme: "registry".to_owned(), name: wanted }.hints();
        assert_eq!(hints, ["docker pull 'web; reboot'; docker save 'web; reboot' | capas -"]);
    }
}
