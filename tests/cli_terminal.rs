//! The commands on a real terminal: colour, and what `CI` changes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "common/cli.rs"]
mod cli;
mod common;
#[path = "common/story.rs"]
mod stories;

use std::io::Read as _;

use cli::World;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use stories::story;

/// Runs the program on a terminal of its own; returns what it wrote there and its exit code. Where the machine is busy
/// there may be a line of progress before, which is wiped away when the work is done.
fn on_a_terminal(world: &World, args: &[&str], env: &[(&str, &str)]) -> (String, u32) {
    let pty = native_pty_system()
        .openpty(PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 })
        .unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_capas"));
    command.args(args);
    command.cwd(world.work());
    command.env_clear();
    command.env("HOME", world.home());
    command.env("TZ", "UTC");
    command.env("TERM", "xterm-256color");
    for (name, value) in env {
        command.env(name, value);
    }
    let mut child = pty.slave.spawn_command(command).unwrap();
    drop(pty.slave);
    let mut reader = pty.master.try_clone_reader().unwrap();
    let mut out = Vec::new();
    // Linux ends a terminal whose programs are gone with an error, not with an end.
    let _ = reader.read_to_end(&mut out);
    let out = String::from_utf8(out).unwrap();
    (out.rsplit("\r\x1b[K").next().unwrap().to_owned(), child.wait().unwrap().exit_code())
}

fn world() -> World {
    let world = World::new();
    world.file("web.tar", story().docker_archive());
    world
}

#[test]
fn a_terminal_gets_colour_unless_it_is_not_wanted() {
    let world = world();
    let (out, code) = on_a_terminal(&world, &["layers", "web.tar"], &[]);
    assert!(code == 0 && out.contains("\x1b[1mLAYER"), "{out:?}");
    for env in [("NO_COLOR", "1"), ("TERM", "dumb"), ("CAPAS_COLOR", "never")] {
        let (out, _) = on_a_terminal(&world, &["layers", "web.tar"], &[env]);
        assert!(out.contains("LAYER") && !out.contains('\x1b'), "{env:?}: {out:?}");
    }
    let (out, code) = on_a_terminal(&world, &["cat", "web.tar", "etc"], &[]);
    assert!(code == 2 && out.starts_with("error: etc is a directory"), "{out:?}");
}

#[test]
fn in_ci_a_terminal_gets_the_summary() {
    let world = world();
    let (out, code) = on_a_terminal(&world, &["web.tar"], &[("CI", "true"), ("NO_COLOR", "1")]);
    assert!(code == 0 && out.starts_with("shop/web:2.4  linux/amd64"), "{out:?}");
}

#[test]
fn names_cannot_steer_the_terminal() {
    let world = world();
    for args in
        [&["tree", "web.tar"][..], &["ls", "-R", "web.tar"], &["tree", "--format", "plain", "web.tar"]]
    {
        let (out, code) = on_a_terminal(&world, args, &[("NO_COLOR", "1")]);
        assert!(code == 0 && out.contains("\\x1b[2Jevil"), "{out:?}");
        assert!(!out.contains('\x1b') && !out.contains('\u{202e}'), "{args:?}: {out:?}");
    }
}
