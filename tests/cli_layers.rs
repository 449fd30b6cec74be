//! `capas IMAGE` without a terminal, `capas layers`, and the manners of all commands: errors, hints, exit codes, pipes.

#[path = "common/cli.rs"]
mod cli;
mod common;
#[path = "common/story.rs"]
mod stories;

use std::io::Read as _;
use std::process::Stdio;

use cli::World;
use common::{Image, Layer};
use stories::story;

fn world() -> World {
    let world = World::new();
    world.file("web.tar", story().docker_archive());
    world
}

#[test]
fn without_a_terminal_the_image_is_summed_up() {
    insta::assert_snapshot!("summary", world().run(&["web.tar"]).fine().text());
    let ci = world().env("CI", "true");
    assert_eq!(ci.run(&["web.tar"]).fine().text(), world().run(&["web.tar"]).fine().text());
}

#[test]
fn layers_in_every_shape() {
    let world = world();
    let table = world.run(&["layers", "web.tar"]).fine();
    insta::assert_snapshot!("layers-table", table.text());
    insta::assert_snapshot!("layers-whole", world.run(&["layers", "--no-trunc", "web.tar"]).fine().text());
    insta::assert_snapshot!(
        "layers-plain",
        world.run(&["layers", "--format", "plain", "web.tar"]).fine().text()
    );
    insta::assert_snapshot!(
        "layers-json",
        world.run(&["layers", "--format", "json", "web.tar"]).fine().text()
    );
    let lines = world.run(&["layers", "--format", "ndjson", "web.tar"]).fine();
    let document = world.run(&["layers", "--format", "json", "web.tar"]).fine().json();
    let lines: Vec<serde_json::Value> =
        lines.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(document["layers"], serde_json::Value::from(lines), "the same objects, one a line");
    let quiet = world.run(&["layers", "-q", "web.tar"]).fine();
    assert_eq!(quiet.text().lines().count(), 3);
    assert!(quiet.text().lines().all(|line| line.starts_with("sha256:") && line.len() == 71));
    let exact = world.run(&["layers", "-H=false", "web.tar"]).fine();
    assert!(exact.text().contains(" 3034 "), "{}", exact.text());
    let iec = world.run(&["layers", "--iec", "web.tar"]).fine();
    assert!(iec.text().contains("3.0 KiB"), "{}", iec.text());
}

#[test]
fn output_goes_where_it_is_sent() {
    let world = world();
    let plain = world.run(&["layers", "web.tar"]).fine();
    assert!(world.run(&["layers", "web.tar", "-o", "out.txt"]).fine().out.is_empty());
    assert_eq!(std::fs::read(world.work().join("out.txt")).unwrap(), plain.out);
    assert_eq!(world.run(&["layers", "web.tar", "-o", "-"]).fine().out, plain.out);
    let ran = world.run(&["layers", "web.tar", "-o", "no/such/folder"]);
    assert!(ran.fails(2).starts_with("error: no/such/folder: No such file"), "{}", ran.err);
}

#[test]
fn standard_input_is_an_image_too() {
    let world = World::new();
    let archive = story().docker_archive();
    let from_pipe = world.run_with(&["layers", "--format", "json", "-"], &archive).fine().json();
    world.file("web.tar", &archive);
    let from_file = world.run(&["layers", "--format", "json", "web.tar"]).fine().json();
    assert_eq!(from_pipe["layers"], from_file["layers"]);
    assert_eq!(
        (&from_pipe["image"]["reference"], &from_file["image"]["reference"]),
        (&"-".into(), &"web.tar".into())
    );
    let zipped = world.run_with(&["layers", "-q", "-"], &common::gzip(&archive)).fine();
    assert_eq!(zipped.text().lines().count(), 3);
    let limited = world.run_with(&["layers", "--max-spool", "1kB", "-"], &archive);
    assert!(limited.fails(2).contains("hint: --max-spool"), "{}", limited.err);
}

#[test]
fn colour_comes_only_when_it_is_wanted() {
    let escapes = |world: &World, args: &[&str]| world.run(args).fine().out.contains(&0x1b);
    assert!(!escapes(&world(), &["layers", "web.tar"]), "not a terminal");
    assert!(escapes(&world(), &["layers", "web.tar", "--color", "always"]));
    assert!(escapes(&world(), &["--color", "always", "layers", "web.tar"]), "before the command too");
    assert!(escapes(&world().env("CLICOLOR_FORCE", "1"), &["layers", "web.tar"]));
    assert!(!escapes(&world().env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1"), &["layers", "web.tar"]));
    assert!(escapes(&world().env("CAPAS_COLOR", "always"), &["layers", "web.tar"]));
    assert!(!escapes(&world().env("CAPAS_COLOR", "always"), &["layers", "web.tar", "--color=never"]));
}

#[test]
fn what_cannot_be_opened_is_said_with_a_hint() {
    let world = world();
    world.file("empty.tar", "");
    world.file("text.txt", "no image at all, but quite some text in it to look at");
    world.file("folder/readme", "x");
    for (reference, error, hint) in [
        (
            "shop/none",
            "`shop/none` is no file, and no engine could be asked for an image of that name",
            "DOCKER_HOST says where",
        ),
        (
            "layrs",
            "`layrs` is no file, and no engine could be asked for an image of that name",
            "capas opens archives",
        ),
        ("none.tar", "no file or folder `none.tar`", "capas images"),
        ("", "`` is no image: it names nothing", "a scheme stands before"),
        ("empty.tar", "empty.tar holds no image", "an archive or an OCI layout folder"),
        ("text.txt", "text.txt holds no image", "an archive or an OCI layout folder"),
        ("folder/", "folder/ holds no image", "an archive or an OCI layout folder"),
        (
            "folder",
            "`folder` is no image by itself, and no engine could be asked for an image of that name",
            "capas opens archives",
        ),
        (
            "docker:shop/web",
            "docker at unix:///nonexistent/docker.sock (DOCKER_HOST): there is no such socket",
            "`docker version` tells",
        ),
        ("registry:ghcr.io/a/b", "`registry:` is not supported yet", "docker pull ghcr.io/a/b; docker save"),
    ] {
        for command in [&["layers", reference][..], &["tree", reference], &[reference]] {
            let ran = world.run(command);
            let said = ran.fails(2);
            assert!(said.starts_with(&format!("error: {error}")), "{command:?}: {said}");
            let hints = said.lines().filter(|line| line.starts_with("hint: "));
            let expected = if hint.is_empty() {
                hints.count() == 0
            } else {
                hints.filter(|line| line.contains(hint)).count() == 1
            };
            assert!(expected, "{command:?}: {said}");
            assert!(ran.out.is_empty(), "{command:?}");
        }
    }
}

#[test]
fn what_may_not_be_kept_or_looked_at_is_named() {
    let world = world().env("TMPDIR", "/nonexistent/tmp");
    let ran = world.run_with(&["layers", "-"], b"x");
    let said = ran.fails(2);
    assert!(said.contains("standard input: it cannot be kept in /nonexistent/tmp: No such file"), "{said}");
    assert!(said.contains("hint: --max-spool allows more, TMPDIR names another folder"), "{said}");
    std::os::unix::fs::symlink("round", world.work().join("round")).unwrap();
    let ran = world.run(&["layers", "round"]);
    assert!(ran.fails(2).starts_with("error: round: Too many levels of symbolic links"), "{}", ran.err);
    world.file("alpine", "");
    let ran = world.run(&["layers", "alpine/git"]);
    assert!(ran.fails(2).starts_with("error: `alpine/git` is no file, and no engine"), "{}", ran.err);
}

#[test]
fn a_mistyped_command_is_recognised() {
    let ran = World::new().run(&["layrs"]);
    assert!(ran.fails(2).contains("hint: the command is `capas layers`"), "{}", ran.err);
}

#[test]
fn a_choice_is_asked_for_with_the_names() {
    let world = World::new();
    let other = Image::new("shop/db:1").step("COPY x /", Layer::new().file("x", "x"));
    let files = story().oci_files("application/vnd.oci.image.layer.v1.tar", <[u8]>::to_vec);
    let more = other.oci_files("application/vnd.oci.image.layer.v1.tar", <[u8]>::to_vec);
    for (name, content) in files.iter().chain(&more) {
        world.file(format!("both/{name}"), content);
    }
    let index = |files: &[(String, Vec<u8>)]| -> serde_json::Value {
        serde_json::from_slice(&files.iter().find(|(name, _)| name == "index.json").unwrap().1).unwrap()
    };
    let mut both = index(&files);
    let second = index(&more)["manifests"][0].clone();
    both["manifests"].as_array_mut().unwrap().push(second);
    world.file("both/index.json", both.to_string());
    let ran = world.run(&["layers", "both"]);
    let said = ran.fails(2);
    assert!(said.contains("both holds 2 images") && said.contains("--image"), "{said}");
    assert!(said.contains("shop/web:2.4") && said.contains("shop/db:1"), "{said}");
    let chosen = world.run(&["layers", "both", "--image", "shop/db:1", "--format", "json"]).fine().json();
    assert_eq!(chosen["layers"].as_array().unwrap().len(), 1);
    let before = world.run(&["--image", "shop/db:1", "layers", "both", "-q"]).fine();
    assert_eq!(before.text().lines().count(), 1, "options before the command hold too");
    let ran = world.run(&["layers", "both", "--image", "shop/none"]);
    assert!(ran.fails(2).contains("shop/db:1"), "{}", ran.err);
    // The explorer lets one choose, from a stream as well: it is read once and kept.
    let both = files.iter().chain(&more).filter(|(name, _)| name != "index.json");
    let archive = both.fold(Layer::new(), |outer, (name, content)| outer.file(name, content));
    let archive =
        archive.file("index.json", std::fs::read(world.work().join("both/index.json")).unwrap()).tar();
    let ran = world.run_with(&["-", "--keys", "j", "--size", "80x12"], &archive);
    assert!(ran.text().contains("2 images: which one?"), "{}", ran.text());
    let ran = world.run_with(&["-", "--keys", "j<enter>", "--size", "80x12"], &archive).fine();
    assert!(ran.text().starts_with(" shop/db:1 "), "{}", ran.text());
    assert!(world.run_with(&["layers", "-"], &archive).fails(2).contains("holds 2 images"));
}

#[test]
fn a_layer_cut_short_is_shown_as_far_as_it_goes() {
    let world = World::new();
    let mut cut = Layer::new().file("whole", "whole\n").big("cut", 5000, 3).tar();
    cut.truncate(3000);
    world.file("cut.tar", Image::new("cut:1").step_tar("COPY . /", cut).docker_archive());
    for command in [&["layers", "cut.tar"][..], &["tree", "cut.tar"], &["cut.tar"], &["history", "cut.tar"]] {
        let ran = world.run(command);
        let said = ran.fails(2);
        assert!(said.starts_with("error: layer 1: ") && said.contains("capas verify"), "{command:?}: {said}");
        assert!(!ran.out.is_empty(), "{command:?}: what could be read is shown");
    }
    let mut whole = Image::new("whole:1").step("COPY x /", Layer::new().file("x", "x")).docker_archive();
    whole.truncate(whole.len() - 1024);
    let more = Layer::new().file("more", vec![b'x'; 4096]).unfinished();
    whole.extend_from_slice(&more[..3000]);
    world.file("after.tar", whole);
    let ran = world.run(&["layers", "after.tar", "-q"]);
    let said = ran.fails(2);
    assert!(
        said.contains("ends inside a file's data at byte ") && said.contains("could be read is shown"),
        "{said}"
    );
    assert_eq!(ran.text().lines().count(), 1, "all layers come before the cut");
    let encrypted = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/oci-encrypted");
    let ran = world.run(&["layers", encrypted]);
    assert!(ran.fails(2).contains("it is encrypted") && ran.err.contains("--decryption-key"), "{}", ran.err);
    let ran = world.run(&["cat", "cut.tar", "whole"]);
    assert_eq!(ran.text(), "whole\n", "the file that is whole can be read");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let world = World::new();
    let mut layer = Layer::new();
    for at in 0..4000 {
        layer = layer.file(format!("many/files/in/a/row/{at:08}"), "x");
    }
    world.file("many.tar", Image::new("many:1").step("COPY . /", layer).docker_archive());
    for args in
        [&["tree", "many.tar"][..], &["tree", "--format", "json", "many.tar"], &["ls", "-lR", "many.tar"]]
    {
        let mut child = world.command(args).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        out.read_exact(&mut [0; 100]).unwrap();
        drop(out);
        let done = child.wait_with_output().unwrap();
        assert_eq!(
            (done.status.code(), String::from_utf8_lossy(&done.stderr).as_ref()),
            (Some(0), ""),
            "{args:?}"
        );
    }
}

#[test]
fn a_full_disk_is_a_failure() {
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else { return };
    let done = world().command(&["layers", "web.tar"]).stdout(Stdio::from(full)).output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&done.stderr).contains("error: standard output: No space left"),
        "{done:?}"
    );
}

#[test]
fn an_interrupt_is_130() {
    let world = World::new();
    // Nothing ever comes from this standard input: the program waits until it is told to stop.
    let mut child = world.command(&["layers", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    let pid = rustix::process::Pid::from_child(&child);
    // The handler is in place once the program reads: it took what was written.
    let mut pipe = child.stdin.take().unwrap();
    let header = Layer::new().file("x", vec![0; 1 << 20]).tar();
    std::io::Write::write_all(&mut pipe, &header).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let done = child.wait_with_output().unwrap();
    drop(pipe);
    assert_eq!(done.status.code(), Some(130), "{done:?}");
    assert!(done.stderr.is_empty() && done.stdout.is_empty(), "{done:?}");
}

#[test]
fn the_sample_is_inside() {
    let world = World::new();
    let demo = world.run(&["demo"]).fine();
    assert!(demo.text().contains("LAYER"), "{}", demo.text());
    let layers = world.run(&["layers", "demo:", "--format", "json"]).fine().json();
    assert!(layers["layers"].as_array().unwrap().len() > 3);
}
