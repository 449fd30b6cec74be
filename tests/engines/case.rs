//! The cases that `tests/engines/run` prepared, and how to ask both sides about one.

use std::path::PathBuf;
use std::process::Command;

/// What an archive can be held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// History, inspect and files, all equal.
    Full,
    /// As `Full`, but the engine counts sizes and makes IDs in its own way (the containerd store).
    NoSize,
    /// The config is not the engine's byte by byte: history without IDs, and files.
    History,
    /// No engine to ask: files only.
    Tree,
}

/// One archive.
pub struct Case {
    pub name: String,
    pub kind: Kind,
    pub reference: String,
    /// `--image`, where the archive has several.
    pub image: Option<String>,
    socket: String,
    /// The image's name in the engine.
    pub engine_name: String,
    /// What `find` saw of its root filesystem.
    pub listing: PathBuf,
}

/// The folder that `tests/engines/run` made.
pub fn folder() -> PathBuf {
    std::env::var_os("CAPAS_ENGINES").unwrap_or_else(|| panic!("run tests/engines/run")).into()
}

/// All cases.
pub fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(folder().join("cases.tsv")).unwrap();
    let case = |line: &str| {
        let [name, kind, reference, image, socket, engine_name, listing] =
            line.split('\t').collect::<Vec<_>>()[..]
        else {
            panic!("{line}")
        };
        Case {
            name: name.to_owned(),
            kind: match kind {
                "full" => Kind::Full,
                "nosize" => Kind::NoSize,
                "history" => Kind::History,
                "tree" => Kind::Tree,
                _ => panic!("{line}"),
            },
            reference: reference.to_owned(),
            image: (image != "-").then(|| image.to_owned()),
            socket: socket.to_owned(),
            engine_name: engine_name.to_owned(),
            listing: listing.into(),
        }
    };
    text.lines().map(case).collect()
}

/// A copy of the program where every user may run it. Another process writes it, and once: a program that somebody has
/// open for writing, be it what another test forks just now, is not run ("text file busy").
pub fn public_capas() -> PathBuf {
    static COPIED: std::sync::Once = std::sync::Once::new();
    let program = folder().join("capas");
    COPIED.call_once(|| {
        run(Command::new("cp").arg(env!("CARGO_BIN_EXE_capas")).arg(&program));
    });
    program
}

/// `docker history` or `docker image inspect` of the image in its engine.
pub fn docker(case: &Case, command: &str, options: &[&str]) -> String {
    run(Command::new("/usr/bin/docker")
        .args(["-H", &format!("unix://{}", case.socket), "image", command])
        .args(options)
        .arg(&case.engine_name))
}

/// The same question to capas, about the archive.
pub fn capas(command: &str, case: &Case, options: &[&str]) -> String {
    let (ok, text) = try_capas(command, case, options);
    if ok { text } else { format!("capas {command} failed: {text}") }
}

/// Whether it exits with 0, and what it says.
pub fn try_capas(command: &str, case: &Case, options: &[&str]) -> (bool, String) {
    let mut capas = Command::new(env!("CARGO_BIN_EXE_capas"));
    capas.arg(command).arg(&case.reference).args(options).env("NO_COLOR", "1");
    if let Some(image) = &case.image {
        capas.args(["--image", image]);
    }
    let output = capas.output().unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    if !output.status.success() {
        text.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    (output.status.success(), text)
}

/// What a command prints; it must succeed.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
