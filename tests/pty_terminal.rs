//! The terminal is taken over and, whatever ends the program, given back.
#[path = "common/pty.rs"]
mod pty;

use pty::{Pty, capas, clean};
use rustix::process::Signal;

const DEMO: &str = "assets/demo.tar";
/// A step of the sample that every layout shows.
const STEP: &str = "apt-get update";
/// What the header says when all layers are read.
const READ: &str = "never seen";
const WIDE: (u16, u16) = (120, 40);

/// The rows of the screen; a cell that was never written is a space.
fn lines(screen: &vt100::Screen) -> Vec<String> {
    screen.rows(0, u16::MAX).map(|row| row.trim_end().to_owned()).collect()
}

fn explore() -> Pty {
    let pty = Pty::start(capas([DEMO]), WIDE);
    pty.wait_for(&[STEP]);
    pty
}

#[test]
fn the_history_is_on_the_alternate_screen_and_q_gives_the_terminal_back() {
    let mut pty = explore();
    pty.look(|screen| assert!(screen.alternate_screen() && screen.bracketed_paste()));
    pty.send("q");
    assert_eq!(pty.wait_for_exit(), 0);
    pty.assert_restored();
}

#[test]
fn ctrl_c_quits() {
    let mut pty = explore();
    pty.send("\x03");
    assert_eq!(pty.wait_for_exit(), 0);
    pty.assert_restored();
}

#[test]
fn frames_are_synchronized_updates() {
    let mut pty = explore();
    pty.send("q");
    pty.wait_for_exit();
    pty.assert_restored();
    let raw = String::from_utf8(pty.raw()).unwrap();
    let frames: Vec<&str> = raw.split("\x1b[?2026h").skip(1).collect();
    assert!(!frames.is_empty() && frames.iter().all(|frame| frame.contains("\x1b[?2026l")), "{frames:?}");
}

#[test]
fn sigterm_and_sighup_give_the_terminal_back_and_exit_128_and_their_number() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)] {
        let pty = explore();
        pty.signal(signal);
        assert_eq!(pty.wait_for_exit(), code);
        pty.assert_restored();
    }
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_is_reported() {
    let mut command = capas([DEMO]);
    command.env("CAPAS_DEBUG_PANIC", "1");
    let mut pty = Pty::start(command, WIDE);
    pty.wait_for(&[STEP]);
    pty.send("j");
    assert_eq!(pty.wait_for_exit(), 101);
    pty.assert_restored();
    pty.wait_for(&["as asked for by CAPAS_DEBUG_PANIC"]);
}

#[test]
fn ctrl_z_stops_and_fg_continues_where_it_was() {
    let mut shell = clean("bash");
    shell.args(["--norc", "--noprofile", "-i"]);
    shell.env("PS1", "ready> ");
    let mut pty = Pty::start(shell, WIDE);
    pty.wait_for(&["ready>"]);
    pty.send(format!("{} {DEMO}\n", env!("CARGO_BIN_EXE_capas")));
    pty.wait_for(&[STEP, READ]);
    pty.send("4");
    // The last row is drawn last.
    pty.wait_for(&["What it is", "raw JSON"]);
    let before = pty.look(lines);
    pty.send("\x1a");
    // With its second prompt, so that it asks again.
    pty.wait("the shell", |screen| {
        let contents = screen.contents();
        !screen.alternate_screen() && contents.contains("Stopped") && contents.matches("ready>").count() == 2
    });
    pty.look(|screen| assert!(!screen.hide_cursor()));
    pty.send("fg\n");
    pty.wait("the same frame", |screen| screen.alternate_screen() && lines(screen) == before);
    pty.send("q");
    // What is typed before the shell asks would still be ours.
    pty.wait("the third prompt", |screen| screen.contents().matches("ready>").count() == 3);
    pty.send("exit\n");
    pty.wait_for_exit();
}

#[test]
fn a_session_leader_has_no_shell_to_stop_for() {
    let mut pty = explore();
    pty.send("\x1a");
    pty.send("4");
    pty.wait("another screen", |screen| screen.alternate_screen() && !screen.contents().contains(STEP));
    pty.send("q");
    assert_eq!(pty.wait_for_exit(), 0);
}

#[test]
fn a_new_size_is_filled() {
    let mut pty = explore();
    pty.resize(80, 24);
    let fits = |columns: usize, rows: usize| {
        move |screen: &vt100::Screen| {
            let lines: Vec<String> = lines(screen);
            lines.len() == rows && lines.iter().any(|line| line.chars().count() == columns)
        }
    };
    pty.wait("a frame of 80x24", |screen| fits(80, 24)(screen) && screen.contents().contains(STEP));
    pty.resize(30, 8);
    pty.wait("the size that is needed", |screen| screen.contents().contains("40"));
    pty.resize(120, 40);
    pty.wait("a frame of 120x40", |screen| fits(120, 40)(screen) && screen.contents().contains(STEP));
    pty.send("q");
    assert_eq!(pty.wait_for_exit(), 0);
    pty.assert_restored();
}

/// Keys and changes of size come to the program by different ways, and none of them makes it deaf to another.
#[test]
fn a_key_typed_while_the_size_changes_is_taken() {
    let mut pty = explore();
    pty.wait_for(&[READ]);
    pty.send("/");
    let mut typed = String::new();
    // No file has such a name, as the title says.
    for letter in "qxzwvjk".chars().cycle().take(200) {
        if typed.len() == 14 {
            typed.clear();
            pty.send("\x15");
        }
        typed.push(letter);
        pty.signal(Signal::WINCH);
        pty.send(letter.to_string());
        pty.wait_for(&[&format!("{typed}: ")]);
    }
}

#[test]
fn what_fails_at_once_is_told_without_a_flicker() {
    let is_quiet = || {
        let mut pty = Pty::start(capas(["no/such/image.tar"]), WIDE);
        pty.wait("the failure", |screen| screen.alternate_screen() || screen.contents().contains("error: "));
        if pty.look(vt100::Screen::alternate_screen) {
            pty.send("q");
            pty.wait_for_exit();
            return false;
        }
        assert_eq!(pty.wait_for_exit(), 2);
        pty.wait_for(&["error: ", "no/such/image.tar"]);
        !pty.raw().windows(8).any(|bytes| bytes == b"\x1b[?1049h")
    };
    // Where other programs hold the processor, the failure may come after the 30 ms that the first frame waits for it.
    assert!((0..20).any(|_| is_quiet()), "the alternate screen was entered each time");
}
