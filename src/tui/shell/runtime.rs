//! The explorer on a real terminal: one thread draws and decides, the others read keys, signals and the image, and
//! all of them speak through one channel. At rest every thread blocks.

use std::io::{self, IsTerminal};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use signal_hook::consts::{SIGCONT, SIGWINCH};

use super::clipboard;
use super::jobs::{Load, Message};
use super::listen::{self, Input};
use super::page::Page;
use super::session::{Session, Stale, Task};
use super::setup::Setup;
use super::terminal::{self, Terminal};
use crate::error::{CliError, ErrorKind};
use crate::source::SourceError;
use crate::tui::event::Event;
use crate::tui::view::view;

/// How long the first frame waits for manifest and config, so that it has the history in it where that is near.
const FIRST_FRAME: Duration = Duration::from_millis(30);
/// How often progress is drawn; drawing more often would only slow the reading down.
const PROGRESS: Duration = Duration::from_millis(50);
/// How often something that moves by itself moves.
const TICK: Duration = Duration::from_millis(250);
/// How long events are taken in before a frame is drawn all the same.
const FLOOD: Duration = Duration::from_millis(16);

/// Runs the terminal UI until the user quits.
///
/// # Errors
///
/// There is no image to show, the terminal cannot be used, or a signal ended it.
pub fn run(setup: &Setup) -> Result<(), CliError> {
    if setup.reference == "-" && io::stdin().is_terminal() {
        return Err(CliError::failed("standard input is the terminal, not an image")
            .hint("docker save IMAGE | capas -"));
    }
    let size = crossterm::terminal::size().map_err(|error| no_terminal(&error))?;
    let mut shell = Session::new(setup, size)?;
    // Before anything is drawn: a size that changes meanwhile must not be missed.
    listen::signals(shell.sender())?;
    if setup.listing.is_none() {
        shell.load();
    }
    // What fails at once is told where it was typed, without a flicker.
    let first = match shell.from.recv_timeout(FIRST_FRAME) {
        Ok(Message::Load(_, Load::Failed(error))) if !matches!(error, SourceError::Several { .. }) => {
            return Err(error.into());
        }
        first => first.ok(),
    };
    terminal::install_panic_hook();
    let terminal = Terminal::enter(setup.mouse).map_err(|error| no_terminal(&error))?;
    let input = Input::listen(shell.sender());
    let mut explorer = Explorer { shell, terminal, input, drawn: Instant::now() };
    let end = explorer.run(first);
    let Explorer { shell, terminal, .. } = explorer;
    drop(terminal);
    match end? {
        Ended::Quit => shell.into_failure().map_or(Ok(()), Err),
        Ended::Signal(signal) => Err(CliError {
            kind: ErrorKind::Signal(signal),
            ..CliError::failed(format!("ended by signal {signal}"))
        }),
    }
}

fn no_terminal(error: &io::Error) -> CliError {
    CliError::failed(format!("the explorer needs a terminal: {error}"))
        .hint("`capas layers IMAGE` and the other commands need none")
}

enum Ended {
    Quit,
    Signal(i32),
}

struct Explorer {
    shell: Session,
    terminal: Terminal,
    input: Input,
    /// When the last frame was drawn.
    drawn: Instant,
}

impl Explorer {
    fn run(&mut self, first: Option<Message>) -> Result<Ended, CliError> {
        let mut waiting = first;
        loop {
            // All that happened is taken in before a frame is drawn.
            let since = Instant::now();
            while let Some(message) = waiting.take().or_else(|| self.shell.from.try_recv().ok()) {
                if matches!(message, Message::Event(_)) && self.shell.stale == Stale::Now {
                    self.measure()?;
                }
                if let Some(ended) = self.take(message)? {
                    return Ok(ended);
                }
                if since.elapsed() > FLOOD {
                    break;
                }
            }
            let due = self.drawn + PROGRESS;
            if self.shell.stale == Stale::Now || (self.shell.stale == Stale::Soon && Instant::now() >= due) {
                self.draw()?;
            }
            waiting = self.wait();
        }
    }

    /// The next message. Blocks, unless a frame is due or something moves by itself.
    fn wait(&mut self) -> Option<Message> {
        let since_drawn = self.drawn.elapsed();
        let patience = match self.shell.stale {
            Stale::No if self.shell.app.is_moving() => TICK.saturating_sub(since_drawn),
            // A sender lives in the shell itself, so that receiving cannot fail.
            Stale::No => return self.shell.from.recv().ok(),
            Stale::Soon => PROGRESS.saturating_sub(since_drawn),
            Stale::Now => Duration::ZERO,
        };
        match self.shell.from.recv_timeout(patience) {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) if self.shell.stale == Stale::No => {
                Some(Message::Event(Event::Tick))
            }
            Err(_) => None,
        }
    }

    fn draw(&mut self) -> Result<(), CliError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.shell.app.manner.now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let (app, ctx) = (&self.shell.app, &self.shell.ctx);
        let layout = self.terminal.draw(|frame| view(app, ctx, frame))?;
        self.shell.app.set_layout(layout);
        self.shell.stale = Stale::No;
        self.drawn = Instant::now();
        Ok(())
    }

    /// Keys and mouse mean what the screen would show, also where they come faster than frames are drawn.
    fn measure(&mut self) -> Result<(), CliError> {
        let (app, ctx) = (&self.shell.app, &self.shell.ctx);
        let layout = self.terminal.measure(|frame| view(app, ctx, frame))?;
        self.shell.app.set_layout(layout);
        Ok(())
    }

    fn take(&mut self, message: Message) -> Result<Option<Ended>, CliError> {
        let tasks = match message {
            Message::Signal(SIGCONT) => {
                // Somebody else stopped us, and the shell has had the terminal since.
                self.retake()?;
                return Ok(None);
            }
            Message::Signal(SIGWINCH) => {
                self.redraw()?;
                return Ok(None);
            }
            Message::Signal(signal) => return Ok(Some(Ended::Signal(signal))),
            Message::Lost(error) => return Err(error.into()),
            #[cfg(debug_assertions)]
            Message::Event(Event::Key(_)) if std::env::var_os("CAPAS_DEBUG_PANIC").is_some() => {
                panic_for_tests()
            }
            message => self.shell.hear(message),
        };
        self.perform(tasks)
    }

    fn perform(&mut self, tasks: Vec<Task>) -> Result<Option<Ended>, CliError> {
        for task in tasks {
            match task {
                Task::Quit => return Ok(Some(Ended::Quit)),
                Task::Suspend => {
                    self.terminal.suspend()?;
                    self.redraw()?;
                }
                Task::Copy { what, bytes } => {
                    let event = match clipboard::check(&what, bytes.len() as u64, &self.shell.app.manner) {
                        Ok(()) => {
                            self.terminal.copy(&bytes)?;
                            Event::Copied(what, bytes.len())
                        }
                        Err(why) => Event::Error(why),
                    };
                    self.shell.apply(Stale::Now, event);
                }
                Task::Page(page) => self.page(&page)?,
            }
        }
        Ok(None)
    }

    fn page(&mut self, page: &Page) -> Result<(), CliError> {
        let mut command = page.command();
        let (input, terminal) = (&self.input, &mut self.terminal);
        let said = match input.while_paused(|| terminal.run(&mut command)) {
            Ok(status) if status.success() => None,
            Ok(status) => Some(format!("the pager ended with {status}; $PAGER says which one it is")),
            Err(error) => Some(format!("the pager cannot be started: {error}")),
        };
        if let Some(said) = said {
            self.shell.apply(Stale::Now, Event::Error(said));
        }
        self.redraw()
    }

    fn retake(&mut self) -> Result<(), CliError> {
        self.terminal.retake()?;
        self.redraw()
    }

    /// The terminal is ours again; its size may have changed meanwhile.
    fn redraw(&mut self) -> Result<(), CliError> {
        let (width, height) = self.terminal.size()?;
        self.shell.apply(Stale::Now, Event::Resize(width, height));
        Ok(())
    }
}

/// For the test that a panic gives the terminal back. Not part of release builds.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "what it is for")]
fn panic_for_tests() -> ! {
    panic!("as asked for by CAPAS_DEBUG_PANIC")
}
