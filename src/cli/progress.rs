//! A line on standard error while something takes long: only on a terminal, only after 300 ms, gone when done.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Session;
use crate::source::Progress;
use crate::text::Manner;

const PATIENCE: Duration = Duration::from_millis(300);
const PACE: Duration = Duration::from_millis(100);

/// Draws the line.
pub struct Meter {
    on: bool,
    manner: Manner,
    state: Mutex<State>,
}

struct State {
    /// When the line is drawn next.
    due: Instant,
    drawn: bool,
    spooled: u64,
    /// Stored bytes read of each layer.
    layers: Vec<u64>,
    done: usize,
    total: u64,
}

impl Meter {
    /// A meter; silent where standard error is no terminal.
    pub fn new(session: &Session) -> Self {
        let state = State {
            due: Instant::now() + PATIENCE,
            drawn: false,
            spooled: 0,
            layers: Vec::new(),
            done: 0,
            total: 0,
        };
        let manner = Manner { iec: session.settings.iec.value, ..Manner::default() };
        Self { on: std::io::stderr().is_terminal(), manner, state: Mutex::new(state) }
    }

    /// How many layers there are, and their stored bytes.
    pub fn expect(&self, layers: usize, bytes: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.layers = vec![0; layers];
        state.total = bytes;
    }

    /// Hears of progress, and draws when it is time to.
    #[expect(clippy::needless_pass_by_value, reason = "the shape of the callback")]
    pub fn hear(&self, progress: Progress) {
        self.update(|state| {
            match progress {
                Progress::Spooled(bytes) => state.spooled = bytes,
                Progress::Layer(layer, bytes) => {
                    if let Some(read) = state.layers.get_mut(layer.offset()) {
                        *read = bytes;
                    }
                }
                Progress::LayerDone(_) => state.done += 1,
                Progress::Known(_) | Progress::Preparing | Progress::Merged(_) => {}
            }
            if state.layers.is_empty() {
                if state.spooled == 0 {
                    return "waiting for the engine, which prepares the export".to_owned();
                }
                return format!("reading: {}", self.manner.size(state.spooled));
            }
            let read: u64 = state.layers.iter().sum();
            format!(
                "reading layers: {} of {}, {} of {} done",
                self.manner.size(read),
                self.manner.size(state.total),
                state.done,
                state.layers.len()
            )
        });
    }

    /// Hears how many bytes were written so far.
    pub fn wrote(&self, bytes: u64) {
        self.update(|_| format!("writing: {}", self.manner.size(bytes)));
    }

    /// Hears how many bytes of how many of a layer's tar were passed on the way to a file.
    pub fn passed(&self, bytes: u64, of: u64) {
        self.update(|_| {
            format!("on the way to the file: {} of {}", self.manner.size(bytes), self.manner.size(of))
        });
    }

    /// Hears how many bytes of how many were looked through.
    pub fn scanned(&self, done: u64, total: u64) {
        self.update(|_| {
            format!("looking through contents: {} of {}", self.manner.size(done), self.manner.size(total))
        });
    }

    fn update(&self, line: impl FnOnce(&mut State) -> String) {
        if !self.on {
            return;
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let line = line(&mut state);
        let now = Instant::now();
        if now >= state.due {
            state.due = now + PACE;
            state.drawn = true;
            // A terminal that goes away must not stop the command.
            let _ = write!(std::io::stderr(), "\r{line}\x1b[K");
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        if state.drawn {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
