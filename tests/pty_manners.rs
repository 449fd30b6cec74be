//! Colours, keys and names on a real terminal.
#[path = "common/mod.rs"]
mod common;
#[path = "common/pty.rs"]
mod pty;

use base64::Engine as _;
use common::{Image, Layer};
use pty::{Pty, capas, clean};

const DEMO: &str = "assets/demo.tar";
const STEP: &str = "apt-get update";
const WIDE: (u16, u16) = (120, 40);

fn inverse_rows(screen: &vt100::Screen) -> usize {
    let (rows, columns) = screen.size();
    let inverse = |row, column| screen.cell(row, column).is_some_and(vt100::Cell::inverse);
    (0..rows.get()).filter(|&row| (0..columns.get()).any(|column| inverse(row, column))).count()
}

#[test]
fn no_color_keeps_the_selection_visible_and_writes_no_colour() {
    let mut command = capas([DEMO]);
    command.env("NO_COLOR", "1");
    let mut pty = Pty::start(command, WIDE);
    pty.wait("a selected row", |screen| screen.contents().contains(STEP) && inverse_rows(screen) > 0);
    pty.look(|screen| {
        let (rows, columns) = screen.size();
        for (row, column) in
            (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)))
        {
            let cell = screen.cell(row, column).unwrap();
            let colours = (cell.fgcolor(), cell.bgcolor());
            assert_eq!(colours, (vt100::Color::Default, vt100::Color::Default), "row {row}, column {column}");
        }
    });
    pty.send("q");
    assert_eq!(pty.wait_for_exit(), 0);
}

#[test]
fn colours_are_used_where_they_may_be() {
    let pty = Pty::start(capas([DEMO]), WIDE);
    pty.wait("a colour", |screen| {
        let (rows, columns) = screen.size();
        let cells = (0..rows.get()).flat_map(|row| (0..columns.get()).map(move |column| (row, column)));
        cells
            .filter_map(|(row, column)| screen.cell(row, column))
            .any(|cell| cell.fgcolor() != vt100::Color::Default)
    });
    pty.signal(rustix::process::Signal::TERM);
    pty.wait_for_exit();
}

#[test]
fn keys_come_from_the_terminal_when_the_image_comes_through_a_pipe() {
    let mut command = clean("sh");
    command.args(["-c", &format!("cat {DEMO} | {} -", env!("CARGO_BIN_EXE_capas"))]);
    let mut pty = Pty::start(command, WIDE);
    pty.wait_for(&[STEP]);
    pty.send("4");
    pty.wait("another screen", |screen| !screen.contents().contains(STEP));
    pty.send("q");
    assert_eq!(pty.wait_for_exit(), 0);
    pty.assert_restored();
}

#[test]
fn of_several_images_in_a_pipe_one_is_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("two.tar");
    std::fs::write(&path, two_images()).unwrap();
    let mut command = clean("sh");
    command.args(["-c", &format!("cat {} | {} -", path.display(), env!("CARGO_BIN_EXE_capas"))]);
    let mut pty = Pty::start(command, WIDE);
    pty.wait_for(&["2 images: which one?", "one:1", "two:2"]);
    pty.send("j\r");
    pty.wait_for(&["COPY two /"]);
    pty.send("q");
    assert_eq!(pty.wait_for_exit(), 0);
}

/// What `docker save one:1 two:2` writes.
fn two_images() -> Vec<u8> {
    let mut outer = Layer::new();
    let mut entries = Vec::new();
    for (name, file) in [("one:1", "one"), ("two:2", "two")] {
        let image = Image::new(name).step(&format!("COPY {file} /"), Layer::new().file(file, file));
        outer = outer.file(format!("{file}.json"), image.config_json());
        outer = outer.file(format!("{file}.tar"), &image.layers[0]);
        let (config, layers) = (format!("{file}.json"), [format!("{file}.tar")]);
        entries.push(serde_json::json!({"Config": config, "RepoTags": [name], "Layers": layers}));
    }
    outer.file("manifest.json", serde_json::json!(entries).to_string()).tar()
}

#[test]
fn a_terminal_is_no_image() {
    let pty = Pty::start(capas(["-"]), WIDE);
    assert_eq!(pty.wait_for_exit(), 2);
    pty.wait_for(&["standard input is the terminal", "docker save"]);
}

#[test]
fn y_puts_the_command_on_the_clipboard_through_the_terminal() {
    let mut pty = Pty::start(capas([DEMO]), WIDE);
    pty.wait_for(&[STEP]);
    pty.send("y");
    pty.wait_for_bytes(b"\x1b]52;c;");
    let raw = pty.raw();
    let start = raw.windows(7).position(|window| window == b"\x1b]52;c;").unwrap() + 7;
    let end = start + raw[start..].iter().position(|&byte| byte == 0x1b || byte == 7).unwrap();
    let copied = base64::prelude::BASE64_STANDARD.decode(&raw[start..end]).unwrap();
    assert!(!copied.is_empty() && std::str::from_utf8(&copied).is_ok(), "{copied:?}");
    pty.send("q");
    assert_eq!(pty.wait_for_exit(), 0);
}

#[test]
fn hostile_names_draw_no_escape() {
    let payload = "\x1b]52;c;cm0gLXJmIC8=\x07";
    let image = Image::new("evil:1").step(
        &format!("RUN echo {payload}\x1b[2J"),
        Layer::new()
            .file(format!("a{payload}"), "x")
            .file("b\u{9b}2J\u{202e}txt", "y")
            .file(b"c\xff\x9b31m", "z"),
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evil.tar");
    std::fs::write(&path, image.docker_archive()).unwrap();
    let mut pty = Pty::start(capas([&path]), WIDE);
    pty.wait_for(&["a\\x1b]52", "b\\u{9b}2J\\u{202e}txt", "c\\xff\\x9b31m"]);
    pty.send("q");
    assert_eq!(pty.wait_for_exit(), 0);
    pty.assert_restored();
    let raw = String::from_utf8(pty.raw()).expect("no stray byte reached the terminal");
    assert!(!raw.contains("\x1b]52") && !raw.contains('\x07'), "the clipboard was written");
    assert!(!raw.contains(['\u{9b}', '\u{202e}']), "C1 and bidi characters are escaped");
}

#[test]
fn keys_that_come_faster_than_frames_do_what_they_do_one_by_one() {
    // How far a page goes depends on how much of the screen the pane has.
    let steps = "jjjjjjjjjjjjj<tab>E<pagedown>z<pageup>z<pagedown>jjjzz";
    let typed = steps.replace("<tab>", "\t").replace("<pagedown>", "\x1b[6~").replace("<pageup>", "\x1b[5~");
    let expected = std::process::Command::new(env!("CARGO_BIN_EXE_capas"))
        .args([DEMO, "--keys", steps, "--size", "120x40"])
        .env_clear()
        .env("HOME", "/nonexistent")
        .output()
        .unwrap();
    let expected = String::from_utf8(expected.stdout).unwrap();
    let mut pty = Pty::start(capas([DEMO]), WIDE);
    pty.wait_for(&[STEP, "never seen"]);
    pty.send(typed);
    pty.wait(&format!("the screen\n{expected}"), |screen| {
        let rows = screen.rows(0, 120).map(|row| row.trim_end().to_owned());
        rows.eq(expected.lines().map(str::to_owned))
    });
    pty.send("q");
    assert_eq!(pty.wait_for_exit(), 0);
}

#[test]
fn the_pager_gets_the_terminal_and_gives_it_back() {
    let mut command = capas([DEMO]);
    // Shows the file, then waits for a key of the user: from the terminal, which must not be ours meanwhile.
    command.env(
        "PAGER",
        "echo PAGER SHOWS; read -r line; echo \"got $line\" > \"$OUT\"; cat >/dev/null </dev/null; : ",
    );
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    command.env("OUT", &out);
    let mut pty = Pty::start(command, WIDE);
    // All layers are read.
    pty.wait_for(&[STEP, "never seen"]);
    // To the step that copies the application, and to the last of its pages.
    pty.send("jjjjjj\t/*.html\rEG");
    pty.wait_for(&["File", "base.html"]);
    pty.send("e");
    pty.wait("the pager", |screen| !screen.alternate_screen() && screen.contents().contains("PAGER SHOWS"));
    pty.send("jqk\r");
    pty.wait("the explorer", |screen| screen.alternate_screen() && screen.contents().contains("html"));
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "got jqk\n");
    pty.send("q");
    assert_eq!(pty.wait_for_exit(), 0);
    pty.assert_restored();
}
