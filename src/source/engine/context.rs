//! Contexts of the docker command line: `config.json` names the current one, `contexts/meta/<sha256 of its name>/meta.json`
//! says where it listens, `contexts/tls/<the same>/docker` has its certificates.

use std::path::PathBuf;

use serde::Deserialize;

use super::endpoint::{Certificates, Endpoint, Transport, parse};
use crate::oci::{Digest, nullable};
use crate::source::Surroundings;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    #[serde(deserialize_with = "nullable")]
    current_context: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Meta {
    endpoints: Endpoints,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Endpoints {
    docker: Host,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Host {
    #[serde(deserialize_with = "nullable")]
    host: String,
}

/// `$DOCKER_CONFIG`, else `~/.docker`.
pub fn config_folder(surroundings: &Surroundings) -> Option<PathBuf> {
    surroundings.env_path("DOCKER_CONFIG").or_else(|| Some(surroundings.home()?.join(".docker")))
}

/// Where the current context listens; `None` for the default one.
///
/// # Errors
///
/// The context does not exist or cannot be used: one clause.
pub fn current(surroundings: &Surroundings) -> Result<Option<Endpoint>, String> {
    let Some(folder) = config_folder(surroundings) else { return Ok(None) };
    let (name, named_by) = if let Some(name) = surroundings.env("DOCKER_CONTEXT") {
        (name, "DOCKER_CONTEXT".to_owned())
    } else {
        let path = folder.join("config.json");
        // Without the file, and with one that docker could not read either, the default context is meant.
        let bytes = std::fs::read(&path).unwrap_or_default();
        let config: Config = serde_json::from_slice(&bytes).unwrap_or_default();
        (config.current_context, path.display().to_string())
    };
    if matches!(name.as_str(), "" | "default") {
        return Ok(None);
    }
    let key = Digest::of(name.as_bytes());
    let key = key.hex();
    let failed = |why: String| format!("the context `{name}`, named by {named_by}: {why}");
    let path = folder.join("contexts/meta").join(key).join("meta.json");
    let bytes = std::fs::read(&path).map_err(|error| failed(format!("{}: {error}", path.display())))?;
    let meta: Meta =
        serde_json::from_slice(&bytes).map_err(|error| failed(format!("{}: {error}", path.display())))?;
    let certificates = Certificates::of(&folder.join("contexts/tls").join(key).join("docker"));
    let has_tls = certificates.ca.is_file();
    let transport = parse(&meta.endpoints.docker.host, has_tls.then_some(certificates)).map_err(failed)?;
    // A context of the socket where docker always is says nothing new.
    let plain = Transport::Unix(surroundings.system("/var/run/docker.sock"));
    let origin = if transport == plain { String::new() } else { format!("context {name}") };
    Ok(Some(Endpoint { transport, origin }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// As `printf remote | sha256sum` says.
    const KEY: &str = "b71199ebd070b36beab7317920c2c2f1d777df8d05e5527d8458fda57cb17a7a";

    fn home(host: &str) -> tempfile::TempDir {
        let home = tempfile::tempdir().expect("a folder");
        let meta = home.path().join(".docker/contexts/meta").join(KEY);
        std::fs::create_dir_all(&meta).expect("folders");
        let text = format!(
            r#"{{"Name":"remote","Metadata":{{}},"Endpoints":{{"docker":{{"Host":"{host}","SkipTLSVerify":false}}}}}}"#
        );
        std::fs::write(meta.join("meta.json"), text).expect("meta.json");
        home
    }

    fn surroundings(home: &Path, context: &str) -> Surroundings {
        Surroundings::new("/", 1000, [("HOME", home.as_os_str()), ("DOCKER_CONTEXT", context.as_ref())])
    }

    #[test]
    fn the_context_of_the_variable_wins_over_that_of_the_file() {
        let home = home("ssh://me@build");
        let endpoint = |context: &str| current(&surroundings(home.path(), context));
        assert_eq!(endpoint(""), Ok(None));
        let config = home.path().join(".docker/config.json");
        std::fs::write(&config, r#"{"auths":{},"currentContext":"remote"}"#).expect("config.json");
        let remote =
            Endpoint { transport: Transport::Ssh("me@build".into()), origin: "context remote".into() };
        assert_eq!(endpoint(""), Ok(Some(remote)));
        assert_eq!(endpoint("default"), Ok(None));
        let why = endpoint("nowhere").expect_err("no such context");
        assert!(why.starts_with("the context `nowhere`, named by DOCKER_CONTEXT: "), "{why}");
    }

    #[test]
    fn certificates_of_a_context_make_it_tls() {
        let home = home("tcp://build:2376");
        let folder = home.path().join(".docker/contexts/tls").join(KEY).join("docker");
        let tcp = current(&surroundings(home.path(), "remote")).expect("a context").expect("an address");
        assert_eq!(tcp.transport, Transport::Tcp("build:2376".into()));
        std::fs::create_dir_all(&folder).expect("folders");
        std::fs::write(folder.join("ca.pem"), "").expect("ca.pem");
        let tls = current(&surroundings(home.path(), "remote")).expect("a context").expect("an address");
        assert_eq!(tls.transport, Transport::Tls("build:2376".into(), Certificates::of(&folder)));
    }
}
