//! `capas waste`: the account for people and for scripts.

#[path = "common/cli.rs"]
mod cli;
mod common;
#[path = "common/story.rs"]
mod stories;

use cli::World;
use common::{Image, Layer};
use serde_json::{Value, json};
use stories::story;

/// A base of one layer, then steps that waste each other's bytes.
fn wasteful() -> Image {
    let site = |layer: Layer| layer.big("usr/lib/site/a.py", 4000, 2).big("usr/lib/site/b.SO", 9000, 3);
    Image::new("shop/wasteful:1")
        .step(
            "/bin/sh -c #(nop) ADD file:0123 in / ",
            Layer::new().dir("etc").file("etc/motd", "hello").big("usr/share/doc/huge", 2000, 9),
        )
        .step(
            "RUN /bin/sh -c apt-get update # buildkit",
            Layer::new().big("var/lib/apt/lists/index", 5000, 1),
        )
        .step("RUN /bin/sh -c pip install numpy # buildkit", site(Layer::new().dir("usr/lib/site")))
        .step("RUN /bin/sh -c chown -R 7:7 /usr/lib/site # buildkit", {
            let mut layer = Layer::new();
            for (name, size, seed) in [("a.py", 4000, 2), ("b.SO", 9000, 3)] {
                layer = layer.owner(7, 7).big(format!("usr/lib/site/{name}"), size, seed);
            }
            layer
        })
        .step(
            "RUN /bin/sh -c rm -rf /var/lib/apt/lists /usr/share/doc # buildkit",
            Layer::new().whiteout("var/lib/apt/lists").whiteout("usr/share/doc").file(b"etc/\x1b\xff", "x"),
        )
}

fn world() -> World {
    let world = World::new();
    world.file("web.tar", wasteful().docker_archive());
    world
}

#[test]
fn the_account_for_people() {
    let world = world();
    insta::assert_snapshot!("waste", world.run(&["waste", "web.tar"]).fine().text());
    let every = ["born", "killed", "cause", "directory", "extension"].map(|by| ["--by", by]).concat();
    let args = [&["waste", "web.tar", "--top", "2", "--base-layers", "1"], &every[..]].concat();
    insta::assert_snapshot!("waste-by-everything", world.run(&args).fine().text());
    insta::assert_snapshot!(
        "waste-plain",
        world.run(&["waste", "web.tar", "--format", "plain"]).fine().text()
    );
}

#[test]
fn a_base_that_is_not_there_is_said() {
    let ran = world().run(&["waste", "web.tar", "--base-layers", "9"]);
    assert!(
        ran.err.contains("note: `--base-layers` asks for more layers than there are (9, 5)"),
        "{}",
        ran.err
    );
}

#[test]
fn the_account_for_scripts_adds_up() {
    let world = world();
    let document = world.run(&["waste", "web.tar", "--format", "json", "--base-layers", "1"]).fine().json();
    let sum = |list: &Value, field: &str| -> u64 {
        list.as_array().unwrap().iter().map(|row| row[field].as_u64().unwrap()).sum()
    };
    assert_eq!(document["shipBytes"], 2005 + 5000 + 13000 + 13000 + 1);
    assert_eq!(document["deadBytes"], 5000 + 2000 + 13000);
    assert_eq!(document["causes"], json!({"deleted": 7000, "metadata": 13000}));
    assert_eq!(document["owners"], json!({"ownBytes": 18000, "inheritedBytes": 2000, "baseBytes": 0}));
    assert_eq!(document["layers"][0]["owner"], "base");
    assert_eq!(document["duplicateBytes"], Value::Null);
    assert_eq!(sum(&document["layers"], "payloadBytes"), document["shipBytes"].as_u64().unwrap());
    assert_eq!(sum(&document["layers"], "liveBytes"), document["visibleBytes"].as_u64().unwrap());
    assert_eq!(sum(&document["layers"], "deadBytes"), document["deadBytes"].as_u64().unwrap());
    assert_eq!(sum(&document["matrix"], "bytes"), document["deadBytes"].as_u64().unwrap());
    assert_eq!(sum(&document["paths"], "bytes"), document["deadBytes"].as_u64().unwrap());
    assert_eq!(
        document["layers"][4]["kills"],
        json!([{"layer": 1, "bytes": 2000}, {"layer": 2, "bytes": 5000}])
    );
    assert_eq!(
        document["matrix"][0],
        json!({"born": 1, "killed": 5, "files": 1, "bytes": 2000, "causes": {"deleted": 2000}})
    );
    for layer in document["layers"].as_array().unwrap() {
        let of = |field: &str| layer[field].as_u64().unwrap();
        assert_eq!(of("liveBytes") + of("deadBytes") + of("overheadBytes"), of("tarBytes"));
    }
}

#[test]
fn equal_files_are_counted_where_their_bytes_were_read() {
    let world = World::new();
    let twins = Layer::new().big("a", 5000, 1).big("b/c", 5000, 1).big("d", 5000, 2).hardlink("e", "d");
    let image = Image::new("t:1").step("COPY . /", twins);
    world.file("plain.tar", image.docker_archive());
    world.file("gzip.tar", image.oci_archive());
    let duplicates = |args: &[&str]| {
        let args = [&["waste", "--format", "json"], args].concat();
        world.run(&args).fine().json()["duplicateBytes"].clone()
    };
    assert_eq!(duplicates(&["plain.tar"]), Value::Null);
    assert_eq!(duplicates(&["plain.tar", "--scan"]), 5000);
    assert_eq!(duplicates(&["gzip.tar"]), 5000);
    let table = world.run(&["waste", "plain.tar", "--scan"]).fine();
    assert!(table.text().contains("seen more than once with the same bytes: 5.0 kB\n"), "{}", table.text());
}

#[test]
fn parts_can_be_asked_for() {
    let world = world();
    let paths = |args: &[&str]| -> Vec<String> {
        let ran = world.run(&[&["waste", "web.tar", "--format", "ndjson"], args].concat()).fine();
        let lines = ran.text().lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.map(|file| file["path"].as_str().unwrap().to_owned()).collect()
    };
    let all = ["usr/lib/site/b.SO", "var/lib/apt/lists/index", "usr/lib/site/a.py", "usr/share/doc/huge"];
    assert_eq!(paths(&[]), all);
    assert_eq!(paths(&["--top", "1"]), all[..1]);
    assert_eq!(paths(&["--layer", "5"]), [all[1], all[3]]);
    assert_eq!(paths(&["--layer", "2"]), [all[1]]);
    assert_eq!(paths(&["--path", "usr/share"]), [all[3]]);
    assert!(paths(&["--path", "etc"]).is_empty());
    let nothing = world.run(&["waste", "web.tar", "--path", "etc"]).fine();
    assert!(nothing.text().ends_with("\nNothing of what was asked for is dead.\n"), "{}", nothing.text());
    for (args, error) in [
        (["--layer", "6"], "error: there is no layer 6\nhint: the image has layers 1 to 5\n"),
        (
            ["--path", "no/\x1bwhere"],
            "error: no layer has `no/\\x1bwhere`\nhint: `capas waste --by directory` lists where dead bytes lie\n",
        ),
    ] {
        assert_eq!(world.run(&[&["waste", "web.tar"], &args[..]].concat()).fails(2), error);
    }
}

#[test]
fn a_base_image_owns_its_layers() {
    let world = world();
    let base = Image { layers: wasteful().layers[..1].to_vec(), ..Image::new("base:1") };
    let base = Image { history: vec![json!({"created_by": "ADD"})], ..base };
    world.file("base.tar", base.docker_archive());
    let args = ["waste", "web.tar", "--format", "json"];
    let told = world.run(&[&args[..], &["--base-layers", "1"]].concat()).fine().json();
    let given = world.run(&[&args[..], &["--base", "base.tar"]].concat()).fine().json();
    assert_eq!(told, given);
    let missing = world.run(&[&args[..], &["--base", "none.tar"]].concat());
    assert!(missing.fails(2).starts_with("error: no file or folder `none.tar`"), "{}", missing.err);
}

#[test]
fn an_image_without_waste_says_so() {
    let world = World::new();
    world.file(
        "clean.tar",
        Image::new("clean:1").step("COPY a /", Layer::new().file("a", "a")).docker_archive(),
    );
    let ran = world.run(&["waste", "clean.tar"]).fine();
    assert_eq!(ran.text(), "ships 1 B · shows 1 B · dead 0 B (0.0 %)\n\nEvery byte that ships is seen.\n");
    world.file("story.tar", story().docker_archive());
    world.run(&["waste", "story.tar"]).fine();
}
