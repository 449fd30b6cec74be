//! The terminal UI: how soon the first frame with the history in it stands, and what a key costs.

use std::io::Read;
use std::time::{Duration, Instant};

use capas::tui::event::Event;
use capas::tui::keymap::Key;
use capas::tui::{Headless, Setup};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use super::CAPAS;
use super::inputs::Input;
use super::measure::median;

/// What a key may take, in milliseconds; and the first frame.
const KEY: f64 = 8.0;
const FRAME: f64 = 50.0;

/// From the start of the process to the first frame that shows a step, in a real terminal.
pub fn first_frames(input: &Input, runs: usize) {
    for (name, file) in [("plain", &input.plain), ("gzip", &input.gzip), ("zstd", &input.zstd)] {
        let one =
            |_| first_frame(CAPAS, &["--tui", file.to_str().unwrap()], "step", 60).map(|(time, _)| time);
        let times: Vec<f64> = (0..runs).filter_map(one).collect();
        if times.len() == runs {
            println!("first frame, {name}: {:.0} ms (target {FRAME:.0})", median(&times));
        } else {
            println!("first frame, {name}: none");
        }
    }
}

/// Milliseconds until a program in a terminal of 120x40 has written `marker`, and its peak memory in kB by then.
pub fn first_frame(program: &str, arguments: &[&str], marker: &str, seconds: u64) -> Option<(f64, u64)> {
    let pty = native_pty_system().openpty(PtySize { rows: 40, cols: 120, ..PtySize::default() }).unwrap();
    let mut command = CommandBuilder::new(program);
    command.args(arguments);
    command.env("TERM", "xterm-256color");
    let mut reader = pty.master.try_clone_reader().unwrap();
    let start = Instant::now();
    let mut child = pty.slave.spawn_command(command).unwrap();
    drop(pty.slave);
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(read @ 1..) = reader.read(&mut buffer) {
            if send.send(buffer[..read].to_vec()).is_err() {
                break;
            }
        }
    });
    let mut seen = Vec::new();
    let deadline = start + Duration::from_secs(seconds);
    let mut found = None;
    while found.is_none() {
        let Ok(bytes) = receive.recv_timeout(deadline.saturating_duration_since(Instant::now())) else {
            break;
        };
        seen.extend(bytes);
        if memchr::memmem::find(&seen, marker.as_bytes()).is_some() {
            let time = start.elapsed().as_secs_f64() * 1000.0;
            found = Some((time, child.process_id().and_then(peak).unwrap_or_default()));
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    found
}

/// `VmHWM` of a process.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// Keys in the explorer in memory, everything open: update, jobs and drawing.
pub fn keys(input: &Input) {
    let setup = Setup { reference: input.plain.display().to_string(), ..Setup::default() };
    let Ok(mut explorer) = Headless::open(&setup, (120, 40), 1_770_000_000) else {
        println!("keys: the explorer does not open");
        return;
    };
    // To the tree, the whole image, everything open.
    for key in ["tab", "t", "E"] {
        press(&mut explorer, key);
    }
    for (what, keys) in [
        ("move", &["j", "pagedown", "k", "pageup", "G", "g"][..]),
        ("open and close", &["h", "l", "h", "l"]),
        ("show and hide a kind", &["u", "u", "a", "a"]),
        ("layer or rootfs", &["t", "t"]),
        ("expand and collapse all", &["C", "E"]),
        ("waste", &["2", "j", "enter", "G", "esc", "f", "G", "s", "s", "c", "d", "p", "1"]),
        ("advice", &["3", "j", "k", "1"]),
        ("change layer", &["tab", "tab", "k", "k", "k", "j", "j", "j"]),
    ] {
        let times: Vec<f64> = (0..5).flat_map(|_| keys).map(|key| press(&mut explorer, key)).collect();
        let worst = times.iter().copied().fold(0.0, f64::max);
        println!("key, {what}: median {:.2} ms, worst {worst:.2} ms (target {KEY:.0})", median(&times));
    }
}

fn press(explorer: &mut Headless, key: &str) -> f64 {
    let event = Event::Key(Key::parse(key).unwrap().event());
    let start = Instant::now();
    explorer.event(event).unwrap();
    start.elapsed().as_secs_f64() * 1000.0
}
