//! The API against the archives and the command line of the same engines: dockerd, dockerd with TLS, podman's service.

use std::process::Command;

use super::case::{folder, public_capas, run};
use super::stores::{self, Stored};

/// The images of dockerd and of podman, each through the API.
pub fn images() -> Vec<Stored> {
    let podman = folder().join("pod-overlay/api.sock").display().to_string();
    let through = |stored: Stored| {
        let Stored { name, archive, address, image, .. } = stored;
        let address = match name.split_once('-') {
            Some(("overlay2", _)) => address,
            Some(("podman", rest)) if rest.starts_with("overlay-") => podman.clone(),
            _ => return None,
        };
        let (name, reference) = (format!("api-{name}"), format!("docker:{image}"));
        Some(Stored { name, engine: "docker".to_owned(), reference, archive, address, image })
    };
    stores::all().into_iter().filter_map(through).collect()
}

fn capas(args: &[&str], env: &[(&str, &str)]) -> Command {
    let mut capas = Command::new(env!("CARGO_BIN_EXE_capas"));
    capas.args(args).envs(env.iter().copied()).env("NO_COLOR", "1");
    capas
}

/// What `docker inspect` prints is what capas prints, to the byte.
pub fn inspects() -> Vec<String> {
    let differ = |stored: &Stored| {
        let host = format!("unix://{}", stored.address);
        let theirs =
            run(Command::new("/usr/bin/docker").args(["-H", &host, "image", "inspect", &stored.image]));
        let ours = run(&mut capas(&["inspect", &stored.reference], &[("DOCKER_HOST", &host)]));
        (ours != theirs).then(|| format!("{} inspect:\ndocker:\n{theirs}\ncapas:\n{ours}", stored.name))
    };
    images().iter().filter_map(differ).collect()
}

/// A container through the API is what it is in the store.
pub fn container() -> Vec<String> {
    let store = folder().join("store-overlay2");
    let host = format!("unix://{}", store.join("sock").display());
    let home = store.join("home").display().to_string();
    // Another test may have made it already.
    let _ = std::fs::create_dir_all(store.join("home"));
    let _ = std::os::unix::fs::symlink(store.join("data"), store.join("home/docker"));
    let ask = |command: &str, env: &[(&str, &str)]| {
        let text = run(&mut capas(&[command, "--format", "json", "container:written"], env));
        let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
        document.as_object_mut().unwrap().remove("image");
        stores::without_places(&document)
    };
    let mut failures = Vec::new();
    for command in ["tree", "waste"] {
        let through_api = ask(command, &[("DOCKER_HOST", &host)]);
        let from_store = ask(command, &[("XDG_DATA_HOME", &home)]);
        if through_api != from_store {
            failures.push(format!(
                "container {command}:\n{}",
                stores::first_difference(&through_api, &from_store)
            ));
        }
    }
    failures
}

/// With the right certificates the engine is reached; without, it is said what is wrong.
pub fn tls() -> Vec<String> {
    let dir = folder().join("tls");
    let port = std::fs::read_to_string(dir.join("port")).unwrap();
    let host = format!("tcp://127.0.0.1:{}", port.trim());
    let certificates = |name: &str| dir.join(name).display().to_string();
    let ask = |folder: &str, verify: &str| {
        let env =
            [("DOCKER_HOST", host.as_str()), ("DOCKER_TLS_VERIFY", verify), ("DOCKER_CERT_PATH", folder)];
        let output = capas(&["layers", "-q", "docker:child"], &env).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let mut failures = Vec::new();
    for (folder, verify, code, said) in [
        ("client", "1", Some(0), String::new()),
        ("stranger", "1", Some(2), format!("{host} (TLS)")),
        ("nowhere", "1", Some(2), "ca.pem".to_owned()),
        ("client", "", Some(2), format!("{host} (DOCKER_HOST)")),
    ] {
        let got = ask(&certificates(folder), verify);
        if got.0 != code || !got.1.contains(&said) {
            failures.push(format!("TLS with {folder}, verify `{verify}`: {got:?}"));
        }
    }
    failures
}

/// A user who may use neither the socket nor the store is told so, and what helps.
pub fn permission() -> Vec<String> {
    let store = folder().join("store-overlay2");
    let program = public_capas();
    let socket = format!("unix://{}", store.join("sock").display());
    let mut capas = Command::new("setpriv");
    capas.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(&program);
    let output = capas
        .args(["layers", "base"])
        .env("DOCKER_HOST", &socket)
        .env("HOME", "/nonexistent")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let expected = [
        format!("  docker at {socket} (DOCKER_HOST): permission denied\n"),
        "hint: join the group that may: sudo usermod -aG docker $USER, then log in again; or run it with sudo\n".to_owned(),
    ];
    let missing = expected.iter().filter(|line| !said.contains(line.as_str()));
    let mut failures: Vec<String> = missing.map(|line| format!("no `{line}` in:\n{said}")).collect();

    // The same of the list. Who may ask docker is not bothered with its containerd, which is root's.
    let home = store.join("stranger");
    let root = home.join(".local/share/containerd/io.containerd.metadata.v1.bolt");
    std::fs::create_dir_all(&root).unwrap();
    std::fs::write(root.join("meta.db"), "root's").unwrap();
    run(Command::new("chmod").arg("600").arg(root.join("meta.db")));
    let images = |group: &str| {
        let mut capas = Command::new("setpriv");
        capas.args(["--reuid=nobody", &format!("--regid={group}"), "--clear-groups"]).arg(&program);
        let output = capas.arg("images").env("DOCKER_HOST", &socket).env("HOME", &home).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = images("nogroup");
    if code != Some(2) || !said.contains(&expected[1]) {
        failures.push(format!("images, {code:?}:\n{said}"));
    }
    let (code, said) = images("docker");
    if code != Some(0) || said.contains("meta.db") {
        failures.push(format!("images of the group, {code:?}:\n{said}"));
    }
    failures
}
