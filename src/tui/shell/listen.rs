//! The threads that listen: to keys and mouse, and to signals. Each blocks until something happens.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossterm::event;
use rustix::process::{Signal, getpid, kill_process};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGWINCH};
use signal_hook::iterator::Signals;

use super::jobs::Message;
use super::terminal;
use crate::tui::event::Event;

/// How long the program may take to end by itself after a signal.
const GRACE: Duration = Duration::from_millis(500);
/// How long the input thread may take to let go of the terminal.
const PATIENCE: Duration = Duration::from_secs(1);

/// The thread that reads keys, mouse and pastes.
pub struct Input {
    pause: Arc<AtomicBool>,
    paused: Receiver<()>,
    /// Locked while the thread shall wait.
    gate: Arc<Mutex<()>>,
}

impl Input {
    /// Starts listening. Keys come from standard input where it is a terminal, else from the terminal that the process
    /// belongs to (crossterm sees to it), so that the image may come through a pipe.
    pub fn listen(to: Sender<Message>) -> Self {
        let pause = Arc::new(AtomicBool::new(false));
        let gate = Arc::new(Mutex::new(()));
        let (ack, paused) = channel();
        let input = Self { pause: Arc::clone(&pause), paused, gate: Arc::clone(&gate) };
        thread::spawn(move || {
            loop {
                let event = event::read();
                if pause.load(Ordering::Acquire) {
                    // This was the change of size that woke us: everything is drawn anew afterwards.
                    let _ = ack.send(());
                    drop(gate.lock().unwrap_or_else(PoisonError::into_inner));
                    continue;
                }
                let message = match event {
                    Ok(event) => match translate(event) {
                        Some(event) => Message::Event(event),
                        None => continue,
                    },
                    Err(error) => Message::Lost(error),
                };
                let lost = matches!(message, Message::Lost(_));
                if to.send(message).is_err() || lost {
                    return;
                }
            }
        });
        input
    }

    /// Does something while the thread lets the terminal alone, so that keys reach a pager.
    pub fn while_paused<R>(&self, act: impl FnOnce() -> R) -> R {
        let gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        while self.paused.try_recv().is_ok() {}
        self.pause.store(true, Ordering::Release);
        // The thread blocks in a read that nothing but input or a change of size ends.
        let _ = kill_process(getpid(), Signal::WINCH);
        let _ = self.paused.recv_timeout(PATIENCE);
        let answer = act();
        self.pause.store(false, Ordering::Release);
        drop(gate);
        answer
    }
}

fn translate(event: event::Event) -> Option<Event> {
    Some(match event {
        event::Event::Key(key) if key.kind != event::KeyEventKind::Release => Event::Key(key),
        event::Event::Mouse(mouse) => Event::Mouse(mouse),
        event::Event::Paste(text) => Event::Paste(text),
        // Changes of size are heard as signals, also those before the first read.
        event::Event::Key(_)
        | event::Event::Resize(..)
        | event::Event::FocusGained
        | event::Event::FocusLost => return None,
    })
}

/// Listens to the signals that end the program, that continue it, and that tell of a new size of the terminal. A program
/// that does not end soon after a signal is ended, with the terminal given back.
///
/// # Errors
///
/// The handlers cannot be installed.
pub fn signals(to: Sender<Message>) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP, SIGCONT, SIGWINCH])?;
    thread::spawn(move || {
        for signal in signals.forever() {
            if to.send(Message::Signal(signal)).is_err() {
                return;
            }
            if !matches!(signal, SIGCONT | SIGWINCH) {
                thread::sleep(GRACE);
                terminal::restore();
                std::process::exit(128 + signal);
            }
        }
    });
    Ok(())
}
