//! Where an engine listens: the variables, contexts and sockets that its own command line would use.

use std::fmt;
use std::path::{Path, PathBuf};

use super::context;
use crate::source::{Engine, Surroundings};

/// An address, and what named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// How it is reached.
    pub transport: Transport,
    /// What named it: `DOCKER_HOST`, `context remote`; empty for a socket that is just where sockets are.
    pub origin: String,
}

/// How an engine is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A socket of this machine.
    Unix(PathBuf),
    /// `HOST:PORT`, in the clear.
    Tcp(String),
    /// `HOST:PORT`, encrypted.
    Tls(String, Certificates),
    /// `[USER@]HOST[:PORT]`, through ssh.
    Ssh(String),
}

/// The files of a TLS client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificates {
    /// Who signs the engine's certificate.
    pub ca: PathBuf,
    /// Our certificate.
    pub cert: PathBuf,
    /// Our key.
    pub key: PathBuf,
}

impl Certificates {
    /// `ca.pem`, `cert.pem` and `key.pem` of a folder.
    pub fn of(folder: &Path) -> Self {
        let file = |name| folder.join(name);
        Self { ca: file("ca.pem"), cert: file("cert.pem"), key: file("key.pem") }
    }
}

/// An address without the password that somebody may have written into it.
fn shown(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").map_or(("", address), |(scheme, rest)| (scheme, rest));
    let slashes = if scheme.is_empty() { "" } else { "://" };
    match rest.rsplit_once('@').map(|(who, host)| (who.split_once(':'), host)) {
        Some((Some((user, _)), host)) => format!("{scheme}{slashes}{user}:***@{host}"),
        _ => address.to_owned(),
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.transport {
            Transport::Unix(path) => write!(f, "unix://{}", path.display())?,
            Transport::Tcp(address) => write!(f, "tcp://{}", shown(address))?,
            Transport::Tls(address, _) => write!(f, "tcp://{} (TLS)", shown(address))?,
            Transport::Ssh(target) => write!(f, "ssh://{}", shown(target))?,
        }
        if self.origin.is_empty() { Ok(()) } else { write!(f, " ({})", self.origin) }
    }
}

/// Where the engine may listen, the likeliest first. What a variable or a context names is the only one.
///
/// # Errors
///
/// A variable or a context says something that cannot be used: one clause.
pub fn endpoints(engine: Engine, surroundings: &Surroundings) -> Result<Vec<Endpoint>, String> {
    match engine {
        Engine::Docker => docker(surroundings),
        Engine::Podman => podman(surroundings),
        Engine::Containerd => Ok(Vec::new()),
    }
}

fn docker(surroundings: &Surroundings) -> Result<Vec<Endpoint>, String> {
    if let Some(host) = surroundings.env("DOCKER_HOST") {
        let wants_tls =
            ["DOCKER_TLS_VERIFY", "DOCKER_TLS"].iter().any(|name| surroundings.env(name).is_some());
        let folder =
            surroundings.env_path("DOCKER_CERT_PATH").or_else(|| context::config_folder(surroundings));
        let certificates = folder.filter(|_| wants_tls).map(|folder| Certificates::of(&folder));
        let transport =
            parse(&host, certificates).map_err(|why| format!("DOCKER_HOST is `{}`: {why}", shown(&host)))?;
        return Ok(vec![Endpoint { transport, origin: "DOCKER_HOST".to_owned() }]);
    }
    if let Some(endpoint) = context::current(surroundings)? {
        return Ok(vec![endpoint]);
    }
    let mut sockets = vec![surroundings.system("/var/run/docker.sock")];
    if !surroundings.is_root() || surroundings.env("XDG_RUNTIME_DIR").is_some() {
        sockets.push(surroundings.runtime_dir().join("docker.sock"));
    }
    if let Some(home) = surroundings.home() {
        // Docker Desktop (two generations), colima (two generations), Rancher Desktop, OrbStack.
        let places = [
            ".docker/run/docker.sock",
            ".docker/desktop/docker.sock",
            ".colima/default/docker.sock",
            ".colima/docker.sock",
            ".rd/docker.sock",
            ".orbstack/run/docker.sock",
        ];
        sockets.extend(places.iter().map(|place| home.join(place)));
    }
    Ok(existing(sockets))
}

fn podman(surroundings: &Surroundings) -> Result<Vec<Endpoint>, String> {
    if let Some(host) = surroundings.env("CONTAINER_HOST") {
        let transport =
            parse(&host, None).map_err(|why| format!("CONTAINER_HOST is `{}`: {why}", shown(&host)))?;
        return Ok(vec![Endpoint { transport, origin: "CONTAINER_HOST".to_owned() }]);
    }
    let own = surroundings.runtime_dir().join("podman/podman.sock");
    let system = surroundings.system("/run/podman/podman.sock");
    let mut sockets = if surroundings.is_root() { vec![system, own] } else { vec![own, system] };
    if let Some(data) = surroundings.data_home() {
        sockets.push(data.join("containers/podman/machine/podman.sock"));
    }
    Ok(existing(sockets))
}

/// The sockets that are there, else the first, so that there is one to name.
fn existing(sockets: Vec<PathBuf>) -> Vec<Endpoint> {
    let there: Vec<PathBuf> = sockets.iter().filter(|path| is_there(path)).cloned().collect();
    let sockets = if there.is_empty() { sockets.into_iter().take(1).collect() } else { there };
    let endpoint = |path| Endpoint { transport: Transport::Unix(path), origin: String::new() };
    sockets.into_iter().map(endpoint).collect()
}

/// A socket in a folder that may not be entered is there as far as anybody can tell.
fn is_there(path: &Path) -> bool {
    path.try_exists().unwrap_or_else(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
}

/// An address as `DOCKER_HOST` spells it.
///
/// # Errors
///
/// It is none that can be spoken to: one clause.
pub fn parse(host: &str, certificates: Option<Certificates>) -> Result<Transport, String> {
    let (scheme, rest) = host.split_once("://").unwrap_or(("tcp", host));
    if rest.is_empty() {
        return Err("it names no address".to_owned());
    }
    match scheme {
        "unix" if rest.starts_with('/') => Ok(Transport::Unix(rest.into())),
        "unix" => Err("the path of a socket begins with a slash: unix:///run/docker.sock".to_owned()),
        "tcp" | "http" | "https" => {
            let tls = certificates.filter(|_| scheme != "http");
            let address = with_port(rest.trim_end_matches('/'), if tls.is_some() { 2376 } else { 2375 });
            match (tls, scheme) {
                (Some(certificates), _) => Ok(Transport::Tls(address, certificates)),
                (None, "https") => Err("set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH for TLS".to_owned()),
                (None, _) => Ok(Transport::Tcp(address)),
            }
        }
        "ssh" => match rest.split_once('/') {
            None | Some((_, "")) => Ok(Transport::Ssh(rest.trim_end_matches('/').to_owned())),
            Some((target, path)) => Err(format!(
                "sockets behind ssh are reached through a forwarded one: ssh -nNT -L /tmp/engine.sock:/{path} \
                 {} &, then unix:///tmp/engine.sock",
                shown(target)
            )),
        },
        _ => Err(format!("`{scheme}://` is not supported; unix, tcp and ssh are")),
    }
}

fn with_port(address: &str, port: u16) -> String {
    let after_brackets = address.rsplit(']').next().unwrap_or(address);
    if after_brackets.contains(':') { address.to_owned() } else { format!("{address}:{port}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(engine: Engine, surroundings: &Surroundings) -> Vec<String> {
        endpoints(engine, surroundings).expect("addresses").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn hosts_are_spelled_as_docker_spells_them() {
        let certificates = Certificates::of(Path::new("/certs"));
        let tls = |address: &str| Ok(Transport::Tls(address.to_owned(), certificates.clone()));
        let tcp = |address: &str| Ok(Transport::Tcp(address.to_owned()));
        assert_eq!(parse("unix:///run/x.sock", None), Ok(Transport::Unix("/run/x.sock".into())));
        assert_eq!(parse("tcp://host:1", None), tcp("host:1"));
        assert_eq!(parse("tcp://host/", None), tcp("host:2375"));
        assert_eq!(parse("host:99", None), tcp("host:99"));
        assert_eq!(parse("http://[::1]", Some(certificates.clone())), tcp("[::1]:2375"));
        assert_eq!(parse("tcp://host", Some(certificates.clone())), tls("host:2376"));
        assert_eq!(parse("https://host:1", Some(certificates.clone())), tls("host:1"));
        assert_eq!(parse("ssh://me@host:22", None), Ok(Transport::Ssh("me@host:22".into())));
        for bad in ["unix://x", "unix://", "npipe:////./pipe/x", "https://host", "ssh://host/run/x", "fd://"]
        {
            assert!(parse(bad, None).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_variable_is_the_only_address() {
        let env = [
            ("DOCKER_HOST", "tcp://build:2376"),
            ("DOCKER_TLS_VERIFY", "1"),
            ("DOCKER_CERT_PATH", "/c"),
            ("CONTAINER_HOST", "unix:///p"),
        ];
        let surroundings = Surroundings::new("/dev/null", 1000, env);
        assert_eq!(addresses(Engine::Docker, &surroundings), ["tcp://build:2376 (TLS) (DOCKER_HOST)"]);
        assert_eq!(addresses(Engine::Podman, &surroundings), ["unix:///p (CONTAINER_HOST)"]);
        let wrong = Surroundings::new("/dev/null", 0, [("DOCKER_HOST", "npipe:////x")]);
        let why = endpoints(Engine::Docker, &wrong).expect_err("no named pipes");
        assert_eq!(why, "DOCKER_HOST is `npipe:////x`: `npipe://` is not supported; unix, tcp and ssh are");
    }

    #[test]
    fn passwords_of_addresses_are_not_shown() {
        for (host, expected) in [
            ("tcp://me:secret@build:1", "tcp://me:***@build:1 (DOCKER_HOST)"),
            ("ssh://me:se@cret@build", "ssh://me:***@build (DOCKER_HOST)"),
            ("ssh://me@build:22", "ssh://me@build:22 (DOCKER_HOST)"),
        ] {
            let surroundings = Surroundings::new("/dev/null", 0, [("DOCKER_HOST", host)]);
            assert_eq!(addresses(Engine::Docker, &surroundings), [expected]);
        }
        for host in ["npipe://me:secret@x", "ssh://me:secret@x/y"] {
            let wrong = Surroundings::new("/dev/null", 0, [("DOCKER_HOST", host)]);
            let why = endpoints(Engine::Docker, &wrong).expect_err("no address");
            assert!(!why.contains("secret"), "{why}");
        }
    }

    #[test]
    fn sockets_that_are_there_are_tried_and_one_is_named_where_none_is() {
        let world = tempfile::tempdir().expect("a folder");
        let home = world.path().join("home");
        let surroundings = Surroundings::new(world.path(), 1000, [("HOME", &home)]);
        let at = |path: &str| format!("unix://{}", world.path().join(path).display());
        assert_eq!(addresses(Engine::Docker, &surroundings), [at("var/run/docker.sock")]);
        assert_eq!(addresses(Engine::Podman, &surroundings), [at("run/user/1000/podman/podman.sock")]);
        for path in
            ["home/.colima/default/docker.sock", "run/user/1000/docker.sock", "run/podman/podman.sock"]
        {
            let path = world.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
            std::fs::write(path, "").expect("a file in place of a socket");
        }
        let expected = [at("run/user/1000/docker.sock"), at("home/.colima/default/docker.sock")];
        assert_eq!(addresses(Engine::Docker, &surroundings), expected);
        assert_eq!(addresses(Engine::Podman, &surroundings), [at("run/podman/podman.sock")]);
        assert!(addresses(Engine::Containerd, &surroundings).is_empty());
    }
}
