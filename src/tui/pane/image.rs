//! The image screen: what the image runs, and what it is, as rows that can be selected, copied and followed.

use serde_json::Value;

use crate::build::{Instruction, Kind};
use crate::image::{Image, ImageInfo};
use crate::prose;
use crate::role::Role;
use crate::text::{self, Manner};
use crate::tui::pane::runs;

/// One row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Item {
    /// The label; empty where the row goes on with the one above.
    pub label: String,
    /// What it says, safe for a terminal.
    pub value: String,
    /// How it is meant; `None` is plain.
    pub role: Option<Role>,
    /// The step that set it, from 0.
    pub step: Option<usize>,
    /// What `y` copies; empty where there is nothing to copy.
    pub copy: String,
    /// Sentences under the value.
    pub remarks: Vec<String>,
}

impl Item {
    /// A row with a label.
    pub fn new(label: &str, value: &str) -> Self {
        let shown = text::display(value.as_bytes());
        Self { label: label.to_owned(), value: shown, copy: value.to_owned(), ..Self::default() }
    }

    /// A row that says that something is not there.
    pub fn none(label: &str, value: &str) -> Self {
        let (label, value) = (label.to_owned(), value.to_owned());
        Self { label, value, role: Some(Role::Dim), ..Self::default() }
    }

    /// Adds a sentence.
    #[must_use]
    pub fn remark(mut self, sentence: impl Into<String>) -> Self {
        self.remarks.push(sentence.into());
        self
    }

    /// Names the step that set it.
    #[must_use]
    pub fn by(mut self, step: Option<usize>) -> Self {
        self.step = step;
        self
    }

    /// Says how it is meant.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.role = Some(role);
        self
    }
}

/// One of the two panes.
#[derive(Clone, Debug, Default)]
pub struct ItemsPane {
    /// The rows.
    pub items: Vec<Item>,
    /// The selected row.
    pub selected: usize,
    /// The first row on screen.
    pub offset: usize,
}

impl ItemsPane {
    /// The selected row.
    pub fn item(&self) -> Option<&Item> {
        self.items.get(self.selected)
    }
}

/// The last step of a kind whose body holds `what`.
pub fn step_of(instructions: &[Instruction], kind: Kind, what: &str) -> Option<usize> {
    instructions.iter().rposition(|instruction| instruction.kind == kind && instruction.body.contains(what))
}

/// The rows of "What runs".
pub fn runs(info: &ImageInfo, instructions: &[Instruction]) -> Vec<Item> {
    let config = &info.config.config;
    let mut items = runs::items(config, instructions);
    let plain = |label: &str, value: &str, default: &str, kind: Kind| {
        if value.is_empty() {
            Item::none(label, default)
        } else {
            Item::new(label, value).by(step_of(instructions, kind, ""))
        }
    };
    items.push(plain("User", &config.user, "root (no USER is set)", Kind::User));
    items.push(plain("Workdir", &config.working_dir, "/", Kind::Workdir));
    let ports: Vec<&String> = config.exposed_ports.keys().collect();
    items.extend(group("Ports", &ports, "none exposed", |port| {
        let number = port.split('/').next().unwrap_or(port);
        Item::new("", port).by(step_of(instructions, Kind::Expose, number))
    }));
    let volumes: Vec<&String> = config.volumes.keys().collect();
    items.extend(group("Volumes", &volumes, "none", |volume| {
        Item::new("", volume).by(step_of(instructions, Kind::Volume, volume))
    }));
    if !volumes.is_empty() {
        remark_last(&mut items, "an engine makes an unnamed volume for each unless `-v` names one");
    }
    items.push(plain("Stop signal", &config.stop_signal, "SIGTERM (the default)", Kind::Stopsignal));
    items.extend(health(config.healthcheck.as_ref(), instructions));
    let variables: Vec<&String> = config.env.iter().collect();
    items.extend(group("Environment", &variables, "none", |pair| {
        let name = pair.split('=').next().unwrap_or(pair);
        Item::new("", pair).by(step_of(instructions, Kind::Env, name))
    }));
    let labels: Vec<(&String, &String)> = config.labels.iter().collect();
    items.extend(group("Labels", &labels, "none", |(name, value)| {
        Item::new("", &format!("{name}={value}")).by(step_of(instructions, Kind::Label, name))
    }));
    if !config.shell.is_empty() {
        items.push(Item::new("Shell", &config.shell.join(" ")).by(step_of(instructions, Kind::Shell, "")));
    }
    if !config.on_build.is_empty() {
        let triggers: Vec<&String> = config.on_build.iter().collect();
        items.extend(group("On build", &triggers, "", |trigger| {
            Item::new("", trigger).by(step_of(instructions, Kind::Onbuild, trigger))
        }));
        remark_last(&mut items, "run when another image is built FROM this one");
    }
    items
}

/// Rows of which the first carries the label.
fn group<T: Copy>(label: &str, values: &[T], none: &str, item: impl Fn(T) -> Item) -> Vec<Item> {
    if values.is_empty() {
        return vec![Item::none(label, none)];
    }
    let mut items: Vec<Item> = values.iter().map(|&value| item(value)).collect();
    label.clone_into(&mut items[0].label);
    items
}

fn health(check: Option<&Value>, instructions: &[Instruction]) -> Vec<Item> {
    let test = |check: &Value| -> Option<String> {
        let words: Vec<&str> = check.get("Test")?.as_array()?.iter().filter_map(Value::as_str).collect();
        match words.as_slice() {
            ["NONE"] | [] => None,
            ["CMD-SHELL" | "CMD", rest @ ..] | rest => Some(rest.join(" ")),
        }
    };
    let Some((check, command)) = check.and_then(|check| Some((check, test(check)?))) else {
        return vec![Item::none("Health", "not checked")];
    };
    let step = step_of(instructions, Kind::Healthcheck, "");
    let item = Item::new("Health", &command).by(step);
    let seconds = |key: &str| check.get(key).and_then(Value::as_u64).filter(|&nanos| nanos > 0);
    let mut times: Vec<String> =
        [("Interval", "every"), ("Timeout", "timeout"), ("StartPeriod", "start period")]
            .into_iter()
            .filter_map(|(key, word)| Some(format!("{word} {} s", seconds(key)? / 1_000_000_000)))
            .collect();
    times.extend(check.get("Retries").and_then(Value::as_u64).map(|count| format!("{count} retries")));
    vec![if times.is_empty() { item } else { item.remark(times.join(", ")) }]
}

fn remark_last(items: &mut [Item], sentence: &str) {
    if let Some(last) = items.last_mut() {
        last.remarks.push(sentence.to_owned());
    }
}

/// The rows of "What it is".
pub fn facts(info: &ImageInfo, image: Option<&Image>, manner: &Manner) -> Vec<Item> {
    let mut items = Vec::new();
    let mut add = |label: &str, value: &str| {
        if !value.is_empty() {
            items.push(Item::new(label, value));
        }
    };
    let platform = info.platform.to_string();
    add("Platform", if info.platform.is_unknown() { "not stated" } else { &platform });
    add("Created", &manner.stated_time(&info.config.created));
    add("Author", &info.config.author);
    add("Comment", &info.config.comment);
    let engine = &info.config.docker_version;
    add("Made by", &if engine.is_empty() { String::new() } else { format!("docker {engine}") });
    add("Image ID", info.id.as_ref().map_or("", |digest| digest.as_str()));
    add("Manifest", info.manifest_digest.as_ref().map_or("", |digest| digest.as_str()));
    let target = info.target_digest.as_ref().filter(|target| info.manifest_digest.as_ref() != Some(*target));
    add("Index", target.map_or("", |digest| digest.as_str()));
    add("Parent", info.parent.as_ref().map_or("", |digest| digest.as_str()));
    add("Source", &format!("{}, {}", info.reference, info.source));
    let tags: Vec<&String> = info.tags.iter().collect();
    items.extend(group("Tags", &tags, "none", |tag| Item::new("", tag)));
    items.push(Item::new("Layers", &layers(info, image, manner)));
    let aside: Vec<&str> = info.set_aside.iter().map(|aside| aside.what.as_str()).collect();
    if !aside.is_empty() {
        items.extend(group("Set aside", &aside, "", |what| Item::new("", what)));
        remark_last(&mut items, "in the same index, not part of this image");
    }
    let notes = image.map_or(&info.notes, |image| &image.notes);
    let notes: Vec<String> = notes.iter().map(prose::note).collect();
    if !notes.is_empty() {
        let rows: Vec<&String> = notes.iter().collect();
        items.extend(group("Notes", &rows, "", |note| Item {
            value: note.clone(),
            copy: note.clone(),
            ..Item::default()
        }));
    }
    items
}

fn layers(info: &ImageInfo, image: Option<&Image>, manner: &Manner) -> String {
    let stored: u64 = info.layers.iter().map(|layer| layer.stored_bytes).fold(0, u64::saturating_add);
    let counts =
        format!("{} of {} steps, {} stored", info.layers.len(), info.steps.len(), manner.size(stored));
    match image.filter(|image| image.is_complete()) {
        Some(image) => {
            let payload =
                image.figures.iter().map(|figures| figures.payload_bytes).fold(0, u64::saturating_add);
            format!("{counts}, {} of file content", manner.size(payload))
        }
        None => counts,
    }
}
