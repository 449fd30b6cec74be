//! A real terminal for a program: a pseudo-terminal, and a screen that a thread keeps up to date with what the program
//! writes. Tests wait for what shall be on the screen, never for time to pass.
#![allow(clippy::allow_attributes, dead_code, reason = "each test binary uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    missing_docs,
    clippy::missing_panics_doc,
    reason = "test support"
)]

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, ExitStatus, MasterPty, PtyPair, PtySize, SlavePty, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

/// When a test gives up. Far beyond what anything takes, since the machine may be busy.
const DEADLINE: Duration = Duration::from_secs(180);

/// A program on a terminal.
pub struct Pty {
    seen: Arc<Seen>,
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    pid: Pid,
    /// The modes before the program started.
    before: String,
    /// Keeps the terminal alive after the program ended, so that its modes can be asked for.
    _slave: Box<dyn SlavePty + Send>,
}

#[derive(Default)]
struct Seen {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    parser: Option<vt100::Parser>,
    raw: Vec<u8>,
    exit: Option<ExitStatus>,
}

/// `capas` with some arguments and nothing of this machine's settings.
pub fn capas<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> CommandBuilder {
    let mut command = clean(env!("CARGO_BIN_EXE_capas"));
    command.args(args);
    command
}

/// A program with a small environment.
pub fn clean(program: &str) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.env_clear();
    for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("HOME", "/nonexistent")] {
        command.env(name, value);
    }
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.cwd(env!("CARGO_MANIFEST_DIR"));
    command
}

impl Pty {
    /// Starts a program on a terminal of `columns` by `rows`.
    pub fn start(command: CommandBuilder, (columns, rows): (u16, u16)) -> Self {
        let PtyPair { master, slave } = native_pty_system().openpty(size(columns, rows)).unwrap();
        let before = format!("{:?}", master.get_termios().unwrap());
        let seen = Arc::new(Seen::default());
        let (rows, columns) = (NonZeroU16::new(rows).unwrap(), NonZeroU16::new(columns).unwrap());
        seen.state.lock().unwrap().parser = Some(vt100::Parser::new(rows, columns, 0));
        let mut reader = master.try_clone_reader().unwrap();
        let writer = master.take_writer().unwrap();
        let mut child = slave.spawn_command(command).unwrap();
        let pid = Pid::from_raw(i32::try_from(child.process_id().unwrap()).unwrap()).unwrap();
        let screen = Arc::clone(&seen);
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                let mut state = screen.state.lock().unwrap();
                state.raw.extend_from_slice(&buffer[..read]);
                state.parser.as_mut().unwrap().process(&buffer[..read]);
                screen.changed.notify_all();
            }
        });
        let exit = Arc::clone(&seen);
        thread::spawn(move || {
            let status = child.wait().unwrap();
            exit.state.lock().unwrap().exit = Some(status);
            exit.changed.notify_all();
        });
        Self { seen, master, writer, pid, before, _slave: slave }
    }

    /// Types.
    pub fn send(&mut self, keys: impl AsRef<[u8]>) {
        self.writer.write_all(keys.as_ref()).unwrap();
        self.writer.flush().unwrap();
    }

    /// Changes the size of the terminal.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        let mut state = self.seen.state.lock().unwrap();
        let screen = state.parser.as_mut().unwrap().screen_mut();
        screen.set_size(NonZeroU16::new(rows).unwrap(), NonZeroU16::new(columns).unwrap());
        drop(state);
        self.master.resize(size(columns, rows)).unwrap();
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    /// The modes of the terminal (echo, line buffering and so on), to be compared.
    pub fn modes(&self) -> String {
        format!("{:?}", self.master.get_termios().unwrap())
    }

    /// Waits until the screen holds all of these texts, somewhere.
    pub fn wait_for(&self, texts: &[&str]) {
        self.wait(&format!("{texts:?}"), |screen| {
            let contents = screen.contents();
            texts.iter().all(|text| contents.contains(text))
        });
    }

    /// Waits until something holds of the screen.
    pub fn wait(&self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        self.wait_state(what, |state| holds(state.parser.as_ref().unwrap().screen()));
    }

    /// Waits until these bytes have been written.
    pub fn wait_for_bytes(&self, bytes: &[u8]) {
        let what = String::from_utf8_lossy(bytes).escape_debug().to_string();
        self.wait_state(&what, |state| state.raw.windows(bytes.len()).any(|window| window == bytes));
    }

    /// Waits until the program ends; returns its exit code.
    pub fn wait_for_exit(&self) -> u32 {
        self.wait_state("the program's end", |state| state.exit.is_some());
        self.seen.state.lock().unwrap().exit.as_ref().unwrap().exit_code()
    }

    fn wait_state(&self, what: &str, holds: impl Fn(&State) -> bool) {
        let until = Instant::now() + DEADLINE;
        let mut state = self.seen.state.lock().unwrap();
        while !holds(&state) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let exit = state.exit.clone();
                let screen = draw(state.parser.as_ref().unwrap().screen());
                drop(state);
                panic!("waited for {what}; exit: {exit:?}; the screen:\n{screen}");
            }
            state = self.seen.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Looks at the screen as it is.
    pub fn look<R>(&self, at: impl FnOnce(&vt100::Screen) -> R) -> R {
        at(self.seen.state.lock().unwrap().parser.as_ref().unwrap().screen())
    }

    /// What the program wrote so far. Its end does not mean that all of it has been read: wait for what comes last.
    pub fn raw(&self) -> Vec<u8> {
        self.seen.state.lock().unwrap().raw.clone()
    }

    /// Asserts that the terminal is as it was: its modes, the main screen, a visible cursor, no mouse, no paste marks.
    pub fn assert_restored(&self) {
        self.wait("the main screen", |screen| !screen.alternate_screen() && !screen.hide_cursor());
        self.look(|screen| {
            assert!(!screen.bracketed_paste(), "bracketed paste is still on");
            assert_eq!(self.modes(), self.before);
            assert_eq!(
                screen.mouse_protocol_mode(),
                vt100::MouseProtocolMode::None,
                "the mouse is still caught"
            );
        });
    }
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn draw(screen: &vt100::Screen) -> String {
    let (_, columns) = screen.size();
    let mut drawn = String::new();
    for row in screen.rows(0, columns.into()) {
        writeln!(drawn, "|{row}").unwrap();
    }
    drawn
}
