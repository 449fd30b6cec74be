//! `capas tree`, `capas ls`, `capas cat`.

#[path = "common/cli.rs"]
mod cli;
mod common;
#[path = "common/story.rs"]
mod stories;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use cli::World;
use common::{Image, Layer};
use stories::{EVIL, LATIN, story};

fn world() -> World {
    let world = World::new();
    world.file("web.tar", story().docker_archive());
    world
}

#[test]
fn the_tree_of_every_view() {
    let world = world();
    let draw = |args: &[&str]| world.run(&[&["tree", "web.tar"], args].concat()).fine().text().to_owned();
    insta::assert_snapshot!("tree-rootfs", draw(&[]));
    insta::assert_snapshot!("tree-layer-3", draw(&["--layer", "3"]));
    insta::assert_snapshot!("tree-range", draw(&["--layers", "2..3"]));
    insta::assert_snapshot!("tree-rootfs-2-ascii", draw(&["app", "--rootfs", "2", "--ascii"]));
    insta::assert_snapshot!("tree-depth", draw(&["--depth", "1", "--dirs"]));
    insta::assert_snapshot!("tree-plain", draw(&["--format", "plain"]));
    assert!(draw(&["--rootfs", "0"]).contains("nothing"));
    assert!(!draw(&[]).contains('\u{202e}') && !draw(&[]).contains('\x1b'), "names are escaped");
}

#[test]
fn the_tree_for_scripts() {
    let world = world();
    let json =
        |args: &[&str]| world.run(&[&["tree", "web.tar", "--format", "json"], args].concat()).fine().json();
    insta::assert_snapshot!(
        "tree-json-layer-3",
        serde_json::to_string_pretty(&json(&["--layer", "3"])).unwrap()
    );
    let rootfs = json(&[]);
    assert_eq!((&rootfs["view"], &rootfs["to"]), (&"rootfs".into(), &3.into()));
    assert!(rootfs.get("from").is_none());
    let entries = rootfs["entries"].as_array().unwrap();
    let entry = |path: &str| entries.iter().find(|entry| entry["path"] == path).unwrap();
    assert_eq!(entry("bin/sh")["type"], "file");
    assert_eq!(entry("bin/bash")["type"], "file", "a container sees a file");
    assert_eq!(entry("bin/bash")["size"], 8);
    assert_eq!(entry("bin/bash")["linkGroup"], entry("bin/sh")["linkGroup"]);
    assert!(entry("etc/passwd").get("linkGroup").is_none());
    assert_eq!(entry("etc/passwd")["mode"], 0o600);
    assert_eq!(entry("usr/bin/sudo")["mode"], 0o4755);
    assert_eq!(entry("dev/null")["device"], serde_json::json!({"major": 1, "minor": 3}));
    assert_eq!(entry("lib")["linkTarget"], "usr/lib");
    assert_eq!(entry("app/main.py")["uid"], 1000);
    assert_eq!(entry("app/main.py")["mtime"], "2026-01-02T03:04:05Z");
    assert_eq!(entry("srv/noted")["xattrs"], serde_json::json!({"user.note": "a2VwdA=="}));
    assert_eq!((&entry("usr")["implied"], &entry("usr")["mode"]), (&true.into(), &0o755.into()));
    assert_eq!(entry("usr")["totalBytes"], 3004);
    assert_eq!(entry(EVIL)["type"], "file", "JSON keeps the name as it is");
    assert_eq!(entry("srv/caf\\xe9")["rawPath"], "c3J2L2NhZuk=");
    assert!(!entries.iter().any(|entry| entry["path"] == "app/.secret"));
    let first = json(&["--layer", "1"]);
    let link = first["entries"].as_array().unwrap().iter().find(|entry| entry["path"] == "bin/bash").unwrap();
    assert_eq!((&link["type"], &link["linkTarget"]), (&"hardlink".into(), &"bin/sh".into()));
    let lines = world.run(&["tree", "web.tar", "--format", "ndjson"]).fine();
    let lines: Vec<serde_json::Value> =
        lines.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(&lines, entries);
}

#[test]
fn folders_are_listed() {
    let world = world();
    let list = |args: &[&str]| world.run(&[&["ls", "web.tar"], args].concat()).fine().text().to_owned();
    insta::assert_snapshot!("ls-root", list(&[]));
    insta::assert_snapshot!("ls-long", list(&["-la", "srv"]));
    insta::assert_snapshot!("ls-recursive", list(&["-lR", "/app", "--rootfs", "2"]));
    insta::assert_snapshot!("ls-layer", list(&["app", "--layer", "3", "-l"]));
    assert_eq!(list(&["lib"]), "libc.so\n", "a link to a folder is that folder");
    assert_eq!(list(&["lib/"]), "libc.so\n");
    assert!(list(&["-l", "lib"]).ends_with("lib -> usr/lib\n"), "unless its details are asked for");
    assert_eq!(list(&["etc/passwd"]), "etc/passwd\n");
    let json = world.run(&["ls", "web.tar", "etc", "--format", "json"]).fine().json();
    let paths: Vec<&str> =
        json["entries"].as_array().unwrap().iter().map(|entry| entry["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["etc/os-release", "etc/passwd"]);
}

#[test]
fn contents_are_printed_as_they_are() {
    let world = world();
    let cat = |args: &[&str]| world.run(&[&["cat", "web.tar"], args].concat()).fine().out;
    assert_eq!(cat(&["etc/os-release"]), b"NAME=capas\n");
    assert_eq!(cat(&["/etc//os-release"]), b"NAME=capas\n");
    assert_eq!(cat(&["app/conf"]), b"NAME=capas\n", "an absolute link starts at the image's root");
    assert_eq!(cat(&["lib/libc.so"]).len(), 3000, "a link on the way");
    assert_eq!(cat(&["bin/bash"]), b"#!shell\n", "a hard link");
    assert_eq!(cat(&["app/.secret", "--layer", "2"]), b"hunter2\n", "deleted later, and still there");
    assert_eq!(cat(&[EVIL]), b"evil");
    let latin = world.run(&[OsStr::new("cat"), OsStr::new("web.tar"), OsStr::from_bytes(LATIN)]).fine();
    assert_eq!(latin.out, b"latin");
    world.run(&["cat", "web.tar", "bin/sh", "-o", "sh"]).fine();
    assert_eq!(std::fs::read(world.work().join("sh")).unwrap(), b"#!shell\n");
}

#[test]
fn the_root_is_an_entry_only_where_the_tar_says_something_of_it() {
    let world = World::new();
    let image = Image::new("t:1")
        .step("ADD rootfs", Layer::new().file("a", "x"))
        .step("RUN chmod 700 /", Layer::new().mode(0o700).dir("./").file("b", "x"));
    world.file("t.tar", image.docker_archive());
    let paths = |args: &[&str]| -> Vec<String> {
        let json = world.run(&[&["tree", "t.tar", "--format", "json"], args].concat()).fine().json();
        let entries = json["entries"].as_array().unwrap().iter();
        entries.map(|entry| entry["path"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(paths(&["--layer", "1"]), ["a"]);
    assert_eq!(paths(&["--layers", "1..1"]), ["a"]);
    assert_eq!(paths(&["--layer", "2"]), ["", "b"]);
    assert_eq!(paths(&["--layers", "2..2"]), ["", "b"]);
    assert_eq!(paths(&["--rootfs", "2"]), ["a", "b"]);
}

#[test]
fn contents_come_out_of_compressed_layers() {
    let world = World::new();
    world.file("web.oci.tar", story().oci_archive());
    assert_eq!(world.run(&["cat", "web.oci.tar", "app/main.py"]).fine().text(), "print('hello')\n");
    world.file("web.oci.tar.gz", common::gzip(&story().oci_archive()));
    assert_eq!(world.run(&["cat", "web.oci.tar.gz", "app/main.py"]).fine().text(), "print('hello')\n");
}

#[test]
fn holes_of_sparse_files_are_filled() {
    let world = World::new();
    let map = b"2\n2\n3\n10\n3\n";
    let mut stored = map.to_vec();
    stored.resize(512, 0);
    stored.extend_from_slice(b"abcdef");
    let layer = Layer::new()
        .pax("GNU.sparse.major", "1")
        .pax("GNU.sparse.minor", "0")
        .pax("GNU.sparse.name", "holes")
        .pax("GNU.sparse.realsize", "16")
        .file("GNUSparseFile.0/holes", stored);
    world.file("sparse.tar", Image::new("s:1").step("COPY holes /", layer).docker_archive());
    let out = world.run(&["cat", "sparse.tar", "holes"]).fine().out;
    assert_eq!(out, b"\0\0abc\0\0\0\0\0def\0\0\0");
}

#[test]
fn what_is_no_file_is_said_with_what_would_be() {
    let world = world();
    for (args, error, hint) in [
        (&["cat", "web.tar", "etc"][..], "etc is a directory", "capas ls web.tar etc"),
        (&["cat", "web.tar", "/"], "/ is a directory", "capas ls web.tar /"),
        (&["cat", "web.tar", "etc/paswd"], "there is no etc/paswd in the image", "did you mean etc/passwd?"),
        (&["cat", "web.tar", "libc.so"], "there is no libc.so in the image", "did you mean usr/lib/libc.so?"),
        (&["cat", "web.tar", "app/.secret"], "app/.secret is gone: layer 3 removed it", "--layer 2"),
        (&["cat", "web.tar", "app/main.py", "--layer", "1"], "there is no app/main.py", "--layer 2"),
        (
            &["cat", "web.tar", "etc/passwd", "--layer", "7"],
            "there is no layer 7: the image has layers 1 to 3",
            "",
        ),
        (&["cat", "web.tar", "app/loop"], "symlinks lead in circles at app/loop", ""),
        (&["cat", "web.tar", "etc/passwd/x"], "etc/passwd is no directory", ""),
        (&["cat", "web.tar", "dev/null"], "dev/null is a device and has no content", ""),
        (&["cat", "web.tar", "run/pipe"], "run/pipe is a named pipe", ""),
        (&["ls", "web.tar", "ect"], "there is no ect in the image", "did you mean etc?"),
        (&["tree", "web.tar", "x\x1by"], "there is no x\\x1by in the image", ""),
        (&["tree", "web.tar", "--layers", "3..1"], "--layers: 3 is above 1", "--layers 1..3"),
    ] {
        let ran = world.run(args);
        let said = ran.fails(2);
        assert!(said.starts_with(&format!("error: {error}")), "{args:?}: {said}");
        assert!(hint.is_empty() || said.contains("hint: ") && said.contains(hint), "{args:?}: {said}");
        assert!(ran.out.is_empty(), "{args:?}");
    }
}

/// Hard links whose target is not there have no bytes, and an empty answer would be a lie.
#[test]
fn a_hard_link_to_nothing_has_no_content() {
    let world = World::new();
    let layer = Layer::new().hardlink("a", "b").hardlink("b", "a").file("empty", "");
    world.file("loop.tar", Image::new("loop:1").step("COPY . /", layer).docker_archive());
    let ran = world.run(&["cat", "loop.tar", "a"]);
    assert!(ran.fails(2).starts_with("error: a is a hard link to nothing and has no content"), "{}", ran.err);
    assert_eq!(world.run(&["cat", "loop.tar", "empty"]).fine().text(), "");
}
