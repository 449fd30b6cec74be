//! Against the engines themselves: what capas says of an archive is what dockerd says of the image in it.
//!
//! `tests/engines/run` starts the engines, builds images, saves them in every format and runs these tests with
//! `CAPAS_ENGINES` naming the folder. Without it they are ignored.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "what was measured is the point")]

#[path = "engines/advised.rs"]
mod advised;
#[path = "engines/api.rs"]
mod api;
#[path = "engines/case.rs"]
mod case;
mod common;
#[path = "engines/crafted.rs"]
mod crafted;
#[path = "engines/listing.rs"]
mod listing;
#[path = "engines/rebuild.rs"]
mod rebuild;
#[path = "engines/stores.rs"]
mod stores;

use case::{Case, Kind, capas, cases, docker};
use serde_json::{Map, Value};

const NEEDS: &str = "needs the engines that tests/engines/run starts";

/// Ways to ask for the history. `{{json .}}` is docker's own line of JSON.
const HISTORY: [&[&str]; 7] = [
    &[],
    &["--no-trunc"],
    &["-q"],
    &["-q", "--no-trunc"],
    &["-H=false"],
    &["--format", "{{json .}}"],
    &[
        "--no-trunc",
        "--format",
        "{{.ID}}|{{.CreatedAt}}|{{.CreatedSince}}|{{.CreatedBy}}|{{.Size}}|{{.Comment}}",
    ],
];

fn report(failures: &[String]) {
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
#[ignore = "needs the engines that tests/engines/run starts"]
fn history_is_the_engines_own() {
    let mut failures = Vec::new();
    let mut compared = 0;
    for case in cases() {
        if case.kind == Kind::Tree {
            continue;
        }
        for options in HISTORY {
            let is_piped = options.iter().any(|option| option.contains("}}|{{"));
            let theirs = || mask_history(&case, &docker(&case, "history", options), is_piped);
            let mut expected = theirs();
            let ours = loop {
                let ours = mask_history(&case, &capas("history", &case, options), is_piped);
                let again = theirs();
                // "5 seconds ago" may have become 6 between the two: ask until dockerd says the same twice.
                if expected == again {
                    break ours;
                }
                expected = again;
            };
            compared += 1;
            if ours != expected {
                failures
                    .push(format!("{} history {options:?}\ndocker:\n{expected}\ncapas:\n{ours}", case.name));
            }
        }
    }
    assert!(compared > 0, "{NEEDS}");
    report(&failures);
}

/// Takes out what the archive cannot know: IDs below the top row everywhere; the top row's ID where the archive's
/// config is not the engine's; sizes where the engine counts blocks of its store.
fn mask_history(case: &Case, text: &str, is_piped: bool) -> String {
    text.lines()
        .enumerate()
        .map(|(row, line)| {
            let is_top = row == usize::from(line.starts_with("IMAGE") || text.starts_with("IMAGE"));
            let line = if is_top && case.kind == Kind::Full { line.to_owned() } else { mask_id(line) };
            if case.kind == Kind::NoSize { mask_size(&line, is_piped) } else { line }
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// An ID of 12 or 64 digits at the start of the line or in `"ID":"..."`, as `<missing>`; the columns after it stay
/// where they are, and blanks at the end are cut.
fn mask_id(line: &str) -> String {
    let at = line.find("\"ID\":\"").map_or(0, |at| at + 6);
    let (head, rest) = line.split_at(at);
    let end = rest.find([' ', '|', '"']).unwrap_or(rest.len());
    let (id, tail) = rest.split_at(end);
    if id.strip_prefix("sha256:").unwrap_or(id).bytes().all(|byte| byte.is_ascii_hexdigit()) && id.len() >= 12
    {
        let padding = if at == 0 && tail.starts_with(' ') { id.len().saturating_sub(9) } else { 0 };
        let missing = if at == 0 { "<missing>" } else { "\\u003cmissing\\u003e" };
        format!("{head}{missing}{}{tail}", " ".repeat(padding))
    } else {
        line.to_owned()
    }
}

/// Words that are sizes (`4.1kB`, or the figure of `-H=false` between blanks), as `SIZE`, and runs of blanks as one.
fn mask_size(line: &str, is_piped: bool) -> String {
    let is_size = |word: &str| {
        let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = &word[digits.len()..];
        matches!(unit, "" | "B" | "kB" | "MB" | "GB") && digits.parse::<f64>().is_ok()
    };
    if let Ok(Value::Object(mut object)) = serde_json::from_str(line) {
        object.insert("Size".to_owned(), "SIZE".into());
        return Value::Object(object).to_string();
    }
    let separator = if is_piped { "|" } else { " " };
    let words = line.split(separator).filter(|word| separator == "|" || !word.is_empty());
    words.map(|word| if is_size(word) { "SIZE" } else { word }).collect::<Vec<_>>().join(separator)
}

#[test]
#[ignore = "needs the engines that tests/engines/run starts"]
fn inspect_is_the_engines_own() {
    let mut failures = Vec::new();
    let mut compared = 0;
    for case in cases() {
        if !matches!(case.kind, Kind::Full | Kind::NoSize) {
            continue;
        }
        let theirs = known(&case, &docker(&case, "inspect", &[]));
        let ours = known(&case, &capas("inspect", &case, &[]));
        compared += 1;
        for field in theirs.keys().chain(ours.keys()).collect::<std::collections::BTreeSet<_>>() {
            let (theirs, ours) = (theirs.get(field), ours.get(field));
            if theirs != ours {
                failures.push(format!("{} {field}:\ndocker {theirs:?}\ncapas  {ours:?}", case.name));
            }
        }
    }
    assert!(compared > 0, "{NEEDS}");
    report(&failures);
}

/// The fields that an archive can know, without the empty ones: absent and zero are the same.
fn known(case: &Case, text: &str) -> Map<String, Value> {
    // Only a store knows these; `Parent` and the `Container*` fields are of the classic builder's daemon.
    let engine =
        ["GraphDriver", "Metadata", "Container", "ContainerConfig", "VirtualSize", "Parent", "RepoDigests"];
    // The containerd store counts differently, names the index, and gives its own version as that of the builder.
    let store = ["Id", "Size", "Descriptor", "Manifests", "DockerVersion"];
    let Ok(Value::Array(mut images)) = serde_json::from_str(text) else { panic!("{}: no array", case.name) };
    assert_eq!(images.len(), 1, "{}", case.name);
    let Value::Object(mut image) = images.remove(0) else { panic!("{}: no object", case.name) };
    image.retain(|field, _| !engine.contains(&field.as_str()));
    if case.kind == Kind::NoSize {
        image.retain(|field, _| !store.contains(&field.as_str()));
    }
    if let Some(Value::Array(tags)) = image.get_mut("RepoTags") {
        // An archive knows the names that it was saved under.
        tags.retain(|tag| tag.as_str().is_some_and(|tag| tag.starts_with(&case.engine_name)));
    }
    image.retain(|_, value| !is_empty(value));
    image.values_mut().for_each(prune);
    image
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(value) => value.as_f64() == Some(0.0),
        Value::String(value) => value.is_empty() || value == "0001-01-01T00:00:00Z",
        Value::Array(values) => values.is_empty(),
        Value::Object(values) => values.is_empty(),
    }
}

/// Takes out empty fields. An empty object inside a map (`"80/tcp": {}`) stays: its key is the news.
fn prune(value: &mut Value) {
    if let Value::Object(fields) = value {
        fields.values_mut().for_each(prune);
        fields.retain(|_, value| value.is_object() || !is_empty(value));
    }
}

#[test]
#[ignore = "needs the engines that tests/engines/run starts"]
fn the_rootfs_is_what_another_tool_unpacks() {
    let mut failures = Vec::new();
    let mut compared = 0;
    for case in cases() {
        let theirs = listing::of_find(&std::fs::read(&case.listing).unwrap());
        assert!(theirs.len() > 200, "{}: {} files", case.name, theirs.len());
        let ours = listing::of_tree(&capas("tree", &case, &["--format", "json"]));
        compared += 1;
        let differences = listing::differences(&theirs, &ours);
        if !differences.is_empty() {
            failures.push(format!("{}:\n{}", case.name, differences.join("\n")));
        }
    }
    assert!(compared > 0, "{NEEDS}");
    report(&failures);
}

#[test]
#[ignore = "needs the engines that tests/engines/run starts"]
fn every_archive_verifies_clean() {
    let mut failures = Vec::new();
    for case in cases() {
        let (ok, text) = case::try_capas("verify", &case, &[]);
        // What skopeo 1.9 writes as zstd:chunked is not the tar that the DiffID is of (`zstd -dc | sha256sum` agrees).
        let is_broken = case.name == "skopeo-chunked";
        if ok == is_broken {
            failures.push(format!("{}:\n{text}", case.name));
        }
    }
    report(&failures);
}

#[test]
#[ignore = "needs the engines that tests/engines/run starts"]
fn crafted_layers_are_what_a_container_sees() {
    report(&crafted::compare());
}

#[test]
#[ignore = "needs the engines that tests/engines/run starts"]
fn grouping_saves_what_is_predicted() {
    let mut failures = Vec::new();
    let mut exact = [0; rebuild::BUILDERS.len()];
    for pair in rebuild::pairs(&case::folder()) {
        let (price, measured) = pair.measure();
        let line = format!("{} by {}: {price:?}, measured {measured}", pair.name, pair.builder);
        println!("{line}");
        if !(price.min()..=price.max()).contains(&measured) {
            failures.push(line);
        }
        if price.is_exact() {
            exact[rebuild::BUILDERS.iter().position(|builder| *builder == pair.builder).unwrap()] += 1;
        }
    }
    assert!(exact.iter().all(|pairs| *pairs >= 15), "{exact:?}: {NEEDS}");
    report(&failures);
}

#[test]
#[ignore = "needs the engines that tests/engines/run starts"]
fn stores_on_disk_are_what_their_archives_are() {
    let all = stores::all();
    assert!(all.len() >= 30, "{}: {NEEDS}", all.len());
    report(&all.iter().flat_map(stores::Stored::differs_from_archive).collect::<Vec<_>>());
}

#[test]
#[ignore = "needs the engines that tests/engines/run starts"]
fn stores_on_disk_are_what_their_engines_say() {
    report(&stores::all().iter().flat_map(stores::Stored::differs_from_engine).collect::<Vec<_>>());
}

#[test]
#[ignore = "needs the engines that tests/engines/run starts"]
fn containers_on_disk_are_what_docker_diff_and_commit_say() {
    report(&stores::compare_containers());
}

#[test]
#[ignore = "needs the engines that tests/engines/run starts"]
fn the_advised_dockerfile_saves_what_is_promised() {
    let folder = case::folder();
    let mut failures = Vec::new();
    let mut measured = 0;
    // buildah's images are dockerd's to build here, so that its histories are left out.
    for pair in rebuild::pairs(&folder).iter().filter(|pair| pair.builder != "buildah") {
        for cure in advised::cures(pair, &folder) {
            let (saved, same) = cure.measure(pair, &folder);
            let line =
                format!("{}: promised {:?}, measured {saved}, same paths {same}", cure.name, cure.promised);
            println!("{line}");
            measured += 1;
            if !(cure.promised.0..=cure.promised.1).contains(&saved) || !same {
                failures.push(line);
            }
        }
    }
    assert!(measured >= 20, "{measured}: {NEEDS}");
    report(&failures);
}

#[test]
#[ignore = "needs the engines that tests/engines/run starts"]
fn the_api_gives_what_archives_and_engines_give() {
    let images = api::images();
    assert!(images.len() > 10, "{NEEDS}");
    let mut failures: Vec<String> = images.iter().flat_map(stores::Stored::differs_from_archive).collect();
    // Several images end with the same layer there, and podman's history begins with the ID of any of them.
    let unique = images.iter().filter(|stored| !stored.name.ends_with("podman-overlay-buildah"));
    failures.extend(unique.flat_map(stores::Stored::differs_from_engine));
    failures.extend(api::inspects());
    report(&failures);
}

#[test]
#[ignore = "needs the engines that tests/engines/run starts"]
fn the_api_gives_containers_keeps_strangers_out_and_speaks_tls() {
    report(&[api::container(), api::permission(), api::tls()].concat());
}
