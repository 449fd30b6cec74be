//! `capas verify`: clean, with findings, with notes; and every document against the schema.

#[path = "common/cli.rs"]
mod cli;
mod common;
#[path = "common/story.rs"]
mod stories;

use cli::World;
use common::{Image, Layer};
use serde_json::{Value, json};
use stories::story;

#[test]
fn a_sound_image_is_0() {
    let world = World::new();
    world.file("web.oci.tar", story().oci_archive());
    let ran = world.run(&["verify", "web.oci.tar"]).fine();
    assert!(ran.text().contains("all fine") && !ran.text().contains("BAD"), "{}", ran.text());
    assert_eq!(world.run(&["verify", "-q", "web.oci.tar"]).fine().text(), "");
    let document = world.run(&["verify", "--format", "json", "web.oci.tar"]).fine().json();
    assert!(document["checks"].as_array().unwrap().iter().all(|check| check["ok"] == true));
}

#[test]
fn findings_are_1_and_the_report_is_whole() {
    let world = World::new();
    let mut cut = Layer::new().file("a", "a").big("cut", 5000, 3).tar();
    cut.truncate(3000);
    let odd = Layer::new().whiteout("never/there").file("twice", "1").file("twice", "2");
    let image = Image::new("bad:1").step("COPY odd /", odd).step_tar("COPY cut /", cut);
    let mut files = image.oci_files("application/vnd.oci.image.layer.v1.tar", <[u8]>::to_vec);
    // One blob is not what its name says: a letter of a file differs.
    files[1].1[1024] ^= 1;
    for (name, content) in &files {
        world.file(format!("bad/{name}"), content);
    }
    let ran = world.run(&["verify", "bad"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""), "findings need no error beside the report");
    assert!(ran.text().contains("BAD") && ran.text().contains("Notes"), "{}", ran.text());
    assert!(
        ran.text().contains("BAD  layer 2 tar"),
        "its digest is right and its tar is cut: {}",
        ran.text()
    );
    assert!(ran.text().contains("layer 1: a path occurs more than once in one layer"), "{}", ran.text());
    let quiet = world.run(&["verify", "-q", "bad"]);
    assert_eq!(quiet.code, Some(1));
    assert!(quiet.text().lines().all(|line| line.starts_with("BAD")), "{}", quiet.text());
    let document = world.run(&["verify", "--format", "json", "bad"]);
    assert_eq!(document.code, Some(1));
    let kinds: Vec<Value> =
        document.json()["notes"].as_array().unwrap().iter().map(|note| note["kind"].clone()).collect();
    assert!(kinds.contains(&json!("repeated-path")), "{kinds:?}");
    assert_eq!(world.run(&["verify", "none.tar"]).code, Some(2), "nothing to verify");
}

/// An image that is too broken to be opened is a finding too.
#[test]
fn an_image_that_cannot_be_opened_is_reported() {
    let world = World::new();
    let whole = story().docker_archive();
    world.file("cut.tar", &whole[..700]);
    let ran = world.run(&["verify", "cut.tar"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""), "{}", ran.text());
    assert!(
        ran.text().contains("BAD  cut.tar") && ran.text().contains("before its manifest"),
        "{}",
        ran.text()
    );
    let document = world.run(&["verify", "--format", "json", "cut.tar"]);
    assert_eq!((document.code, &document.json()["checks"][0]["ok"]), (Some(1), &json!(false)));
    let ran = world.run(&["layers", "cut.tar"]);
    assert!(ran.fails(2).contains("hint: `capas verify`"), "{}", ran.err);
}

/// Every document of every command keeps to the published schema.
#[test]
fn documents_keep_to_the_schema() {
    let schema: Value = serde_json::from_str(include_str!("../assets/capas.schema.json")).unwrap();
    let whole = jsonschema::validator_for(&schema).unwrap();
    let part = |name: &str| {
        let mut schema = json!({"$ref": format!("#/$defs/{name}")});
        schema["$defs"] = serde_json::from_str::<Value>(include_str!("../assets/capas.schema.json")).unwrap()
            ["$defs"]
            .clone();
        jsonschema::validator_for(&schema).unwrap()
    };
    let world = World::new();
    world.file("web.tar", story().docker_archive());
    world.file("web.oci.tar", story().oci_archive());
    world.file("rootfs.tar", Layer::new().dir("etc").file("etc/passwd", "root:x:0:0\n").dir("bin").tar());
    let mut cut = Layer::new().file("a", "a").opaque("a/b").big("cut", 5000, 3).tar();
    cut.truncate(5000);
    world.file("cut.tar", Image::new("cut:1").step_tar("COPY . /", cut).docker_archive());
    let commands: [(&str, &[&str]); 10] = [
        ("layer", &["layers"]),
        ("deadFile", &["waste"]),
        ("finding", &["advise", "--all"]),
        ("step", &["history"]),
        ("entry", &["tree"]),
        ("entry", &["tree", "--layer", "1"]),
        ("entry", &["tree", "--layers", "1..1"]),
        ("entry", &["tree", "--rootfs", "0"]),
        ("entry", &["ls"]),
        ("check", &["verify"]),
    ];
    world.file("half.tar", &story().docker_archive()[..700]);
    let document = world.run(&["verify", "--format", "json", "half.tar"]).json();
    assert!(whole.is_valid(&document), "{document}");
    for image in ["web.tar", "web.oci.tar", "rootfs.tar", "cut.tar", "demo:"] {
        for (name, command) in commands {
            let args = [command, &["--format", "json", image]].concat();
            let document = world.run(&args).json();
            let errors: Vec<String> = whole.iter_errors(&document).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{args:?}: {errors:#?}");
            assert_eq!(
                document.as_object().unwrap().keys().next().unwrap(),
                "schemaVersion",
                "it comes first"
            );
            let args = [command, &["--format", "ndjson", image]].concat();
            let (line_schema, note, span) = (part(name), part("note"), part("span"));
            for line in world.run(&args).text().lines() {
                let value: Value = serde_json::from_str(line).unwrap();
                assert!(
                    line_schema.is_valid(&value)
                        || (name == "check" && note.is_valid(&value))
                        || (name == "finding" && span.is_valid(&value)),
                    "{args:?}: {line}"
                );
            }
        }
    }
    assert!(!whole.is_valid(&json!({"schemaVersion": 1})), "the schema can say no");
    let stranger = json!({"schemaVersion": 1, "image": {"reference": "", "source": "", "tags": [], "platform": ""}, "layers": [], "more": 1});
    assert!(!whole.is_valid(&stranger), "and knows what does not belong");
}
