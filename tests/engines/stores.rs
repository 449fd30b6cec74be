//! Stores on disk against the engines that own them, and against the archives that they saved.

use std::process::Command;

use serde_json::{Map, Value, json};

use super::case::{folder, public_capas, run};
use super::{HISTORY, prune};

/// An image of a store.
pub struct Stored {
    pub name: String,
    pub engine: String,
    pub reference: String,
    pub archive: String,
    /// A socket, or podman's options.
    pub address: String,
    /// Its name there.
    pub image: String,
}

/// All images of all stores.
pub fn all() -> Vec<Stored> {
    let text = std::fs::read_to_string(folder().join("stores.tsv")).unwrap();
    let stored = |line: &str| {
        let [name, engine, reference, archive, address, image] =
            line.split('\t').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap();
        Stored { name, engine, reference, archive, address, image }
    };
    text.lines().map(stored).collect()
}

impl Stored {
    fn capas(&self, command: &str, reference: &str, options: &[&str]) -> String {
        let mut capas = Command::new(env!("CARGO_BIN_EXE_capas"));
        if self.engine == "user" {
            // As that user, whose store is found by the home folder.
            capas = Command::new("setpriv");
            capas.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(public_capas());
            capas.env("HOME", format!("{}/home", self.address)).current_dir(&self.address);
        }
        capas.arg(command).arg(reference).args(options).env("NO_COLOR", "1");
        capas.env("DOCKER_HOST", format!("unix://{}", self.address));
        let output = capas.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        if output.status.success() {
            text
        } else {
            format!("{text}{}", String::from_utf8_lossy(&output.stderr))
        }
    }

    fn docker(&self, command: &str, options: &[&str]) -> String {
        let mut docker = Command::new("/usr/bin/docker");
        docker.args(["-H", &format!("unix://{}", self.address), "image", command]).args(options);
        run(docker.arg(&self.image))
    }

    fn podman(&self, options: &[&str]) -> String {
        run(Command::new("podman").args(self.address.split(' ')).args(options).arg(&self.image))
    }

    /// What differs between the store and the archive of the same image, in a few words.
    pub fn differs_from_archive(&self) -> Vec<String> {
        let document = |reference: &str, command: &str| {
            let text = self.capas(command, reference, &["--format", "json"]);
            let mut value: Value = serde_json::from_str(&text).unwrap_or(json!(text));
            if let Some(document) = value.as_object_mut() {
                document.remove("image");
            }
            value
        };
        let mut failures = Vec::new();
        for command in ["tree", "waste"] {
            let (ours, theirs) = (document(&self.reference, command), document(&self.archive, command));
            if theirs.get("schemaVersion").is_none() || without_places(&ours) != without_places(&theirs) {
                failures.push(format!("{} {command}:\n{}", self.name, first_difference(&ours, &theirs)));
            }
        }
        let verified = self.capas("verify", &self.reference, &[]);
        if !verified.ends_with("all fine\n") {
            failures.push(format!("{} verify:\n{verified}", self.name));
        }
        failures
    }

    /// What differs between the store and what the engine that owns it says.
    pub fn differs_from_engine(&self) -> Vec<String> {
        match self.engine.as_str() {
            "docker" => [self.docker_history(), self.docker_inspect()].concat(),
            "podman" => [self.podman_history(), self.podman_inspect()].concat(),
            _ => Vec::new(),
        }
    }

    fn docker_history(&self) -> Vec<String> {
        // Podman's IDs have no algorithm, which moves the columns.
        let told = |text: &str| {
            if self.name.contains("podman") {
                text.replace("sha256:", "").split_whitespace().collect::<Vec<_>>().join(" ")
            } else {
                text.to_owned()
            }
        };
        let mut failures = Vec::new();
        for options in HISTORY {
            let mut theirs = self.docker("history", options);
            let ours = loop {
                let ours = self.capas("history", &self.reference, options);
                // "5 seconds ago" may have become 6 between the two: ask until dockerd says the same twice.
                let again = self.docker("history", options);
                if theirs == again {
                    break ours;
                }
                theirs = again;
            };
            if told(&ours) != told(&theirs) {
                failures
                    .push(format!("{} history {options:?}\ndocker:\n{theirs}\ncapas:\n{ours}", self.name));
            }
        }
        failures
    }

    fn docker_inspect(&self) -> Vec<String> {
        // What capas does not make up: fields of the container that a classic build ran in.
        let left_out = ["Container", "ContainerConfig", "VirtualSize"];
        let mut theirs = fields(&self.docker("inspect", &[]));
        let mut ours = fields(&self.capas("inspect", &self.reference, &[]));
        // An engine's own answer has them.
        if self.reference.starts_with("docker:") {
            ours.retain(|field, _| !left_out.contains(&field.as_str()));
        }
        theirs.retain(|field, _| !left_out.contains(&field.as_str()));
        self.compare("docker", &theirs, &ours)
    }

    fn podman_history(&self) -> Vec<String> {
        let theirs: Value = serde_json::from_str(&self.podman(&["history", "--format", "json"])).unwrap();
        let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
        let line =
            |row: &Value| format!("{}|{}|{}\n", text(row, "CreatedBy"), row["size"], text(row, "comment"));
        let theirs: String = theirs.as_array().unwrap().iter().map(line).collect();
        let format = ["--no-trunc", "--human=false", "--format", "{{.CreatedBy}}|{{.Size}}|{{.Comment}}"];
        let ours = self.capas("history", &self.reference, &format);
        if ours == theirs {
            return Vec::new();
        }
        vec![format!("{} history\npodman:\n{theirs}\ncapas:\n{ours}", self.name)]
    }

    fn podman_inspect(&self) -> Vec<String> {
        let asked = [
            "RepoTags",
            "RepoDigests",
            "Size",
            "RootFS",
            "Parent",
            "GraphDriver",
            "Architecture",
            "Os",
            "Created",
            "Author",
        ];
        let only = |mut fields: Map<String, Value>| {
            fields.retain(|field, _| asked.contains(&field.as_str()));
            // podman leaves out the algorithm of IDs.
            if let Some(Value::String(parent)) = fields.get_mut("Parent") {
                *parent = parent.trim_start_matches("sha256:").to_owned();
            }
            fields
        };
        let theirs = only(fields(&self.podman(&["image", "inspect"])));
        let ours = only(fields(&self.capas("inspect", &self.reference, &[])));
        self.compare("podman", &theirs, &ours)
    }

    fn compare(&self, engine: &str, theirs: &Map<String, Value>, ours: &Map<String, Value>) -> Vec<String> {
        let all: std::collections::BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
        let differ = all.into_iter().filter(|field| theirs.get(*field) != ours.get(*field));
        let line = |field: &String| {
            format!("{} {field}:\n{engine} {:?}\ncapas  {:?}", self.name, theirs.get(field), ours.get(field))
        };
        differ.map(line).collect()
    }
}

/// The one object of an `inspect`, without empty fields: absent and zero are the same.
fn fields(text: &str) -> Map<String, Value> {
    let Ok(Value::Array(mut images)) = serde_json::from_str(text) else { panic!("no array: {text}") };
    let mut image = images.remove(0);
    prune(&mut image);
    // Whatever is left of them: an engine sorts its lists in its own way.
    let Value::Object(mut fields) = image else { panic!("no object: {text}") };
    fields.retain(|_, value| !super::is_empty(value));
    fields
}

/// A document without what an archive has a place for and a store has not.
pub fn without_places(value: &Value) -> Value {
    let mut value = value.clone();
    for layer in value["layers"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        for place in ["digest", "folder", "mediaType", "storedBytes"] {
            layer.remove(place);
        }
    }
    value
}

pub fn first_difference(ours: &Value, theirs: &Value) -> String {
    let lines = |value: &Value| {
        serde_json::to_string_pretty(&without_places(value))
            .unwrap()
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let (ours, theirs) = (lines(ours), lines(theirs));
    let at = ours.iter().zip(&theirs).take_while(|(one, other)| one == other).count();
    let around = |lines: &[String]| lines[at.saturating_sub(8)..lines.len().min(at + 4)].join("\n");
    format!("store:\n{}\narchive:\n{}", around(&ours), around(&theirs))
}

/// A container of each of docker's stores: what `docker diff` says that it changed, and what `docker commit` made of it.
pub fn compare_containers() -> Vec<String> {
    let mut failures = Vec::new();
    for driver in ["overlay2", "vfs"] {
        let store = folder().join(format!("store-{driver}"));
        let home = store.join("home");
        let link = home.join("docker");
        std::fs::create_dir_all(&home).unwrap();
        // Another test may have made it already, or make it now.
        let _ = std::os::unix::fs::symlink(store.join("data"), &link);
        let capas = |command: &str, reference: &str, options: &[&str]| {
            let mut capas = Command::new(env!("CARGO_BIN_EXE_capas"));
            capas.arg(command).arg(reference).args(options).env("XDG_DATA_HOME", &home).env("NO_COLOR", "1");
            run(&mut capas)
        };
        let layers = |reference: &str| -> Vec<Value> {
            let document: Value =
                serde_json::from_str(&capas("layers", reference, &["--format", "json"])).unwrap();
            document["layers"].as_array().unwrap().clone()
        };
        let (container, committed) =
            (layers("container:written"), layers(store.join("saved/holding.tar").to_str().unwrap()));
        let top = container.len().to_string();
        let plain = capas("tree", "container:written", &["--layer", &top, "--format", "plain"]);
        let mut ours: Vec<String> = plain
            .lines()
            .map(|line| {
                let change = match line.split('\t').next().unwrap() {
                    "added" => "A",
                    "removed" => "D",
                    // A folder on the way that is as it was: its time was set.
                    _ => "C",
                };
                format!("{change} /{}", line.split('\t').nth(6).unwrap())
            })
            .collect();
        ours.sort();
        let theirs = std::fs::read_to_string(store.join("written.diff")).unwrap();
        if ours.join("\n") != theirs.trim_end() {
            failures.push(format!("{driver}\ndocker diff:\n{theirs}\ncapas:\n{}", ours.join("\n")));
        }
        let shipped = |layers: &[Value]| {
            let last = layers.last().unwrap();
            ["tarBytes", "payloadBytes", "entries"].map(|figure| last[figure].clone())
        };
        if container.len() != committed.len() || shipped(&container) != shipped(&committed) {
            failures.push(format!(
                "{driver} commit: {:?}, predicted {:?}",
                shipped(&committed),
                shipped(&container)
            ));
        }
    }
    failures
}
