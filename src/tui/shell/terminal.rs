//! The terminal: taken over, drawn on, given back. Whatever ends the program (quitting, an error, a panic, a signal)
//! gives it back first, exactly once.
//!
//! A frame is collected in memory and written in one piece between the marks of a synchronized update, so that no
//! terminal shows half of it.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::process::{Command, ExitStatus, Stdio};
use std::rc::Rc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::queue;
use crossterm::style::{ResetColor, force_color_output};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use ratatui::Frame;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use rustix::process::{Signal, getpid, getsid, kill_current_process_group};

/// The terminal while it is ours. Held while anything is written, so that a signal cannot cut a frame in two or be
/// followed by one.
static TAKEN: Mutex<Option<Taken>> = Mutex::new(None);

/// What is needed to give it back.
struct Taken {
    tty: File,
    mouse: bool,
}

fn taken() -> MutexGuard<'static, Option<Taken>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Gives the terminal back as it was found. Does nothing when it is not ours; errors have nobody left to hear them.
pub fn restore() {
    let Some(Taken { mut tty, mouse }) = taken().take() else { return };
    let mut out = Vec::new();
    let _ = queue!(out, EndSynchronizedUpdate, DisableBracketedPaste);
    if mouse {
        let _ = queue!(out, DisableMouseCapture);
    }
    let _ = queue!(out, ResetColor, Show, LeaveAlternateScreen);
    let _ = tty.write_all(&out);
    let _ = disable_raw_mode();
}

/// From now on a panic of this thread gives the terminal back before it is reported. Panics of other threads are not
/// reported while the terminal is ours: their jobs turn them into errors on screen.
pub fn install_panic_hook() {
    let drawing = std::thread::current().id();
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == drawing {
            restore();
        }
        if taken().is_none() {
            report(panic);
        }
    }));
}

/// What has been drawn and not yet been written. Flushing is for [`Terminal::draw`] alone.
#[derive(Clone, Default)]
struct Pending(Rc<RefCell<Vec<u8>>>);

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The terminal, taken over. Dropping it gives the terminal back.
pub struct Terminal {
    screen: ratatui::Terminal<CrosstermBackend<Pending>>,
    pending: Pending,
    mouse: bool,
}

impl Terminal {
    /// Takes the terminal over: raw mode, alternate screen, bracketed paste, and the mouse if it is wanted.
    ///
    /// # Errors
    ///
    /// There is no terminal.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        // Otherwise crossterm obeys `NO_COLOR` by writing a reset for every colour, which takes reverse video with it
        // and hides the selected row. The theme decides about colours.
        force_color_output(true);
        take(mouse)?;
        let pending = Pending::default();
        let screen =
            ratatui::Terminal::new(CrosstermBackend::new(pending.clone())).inspect_err(|_| restore())?;
        Ok(Self { screen, pending, mouse })
    }

    /// The width and height in cells.
    ///
    /// # Errors
    ///
    /// The terminal does not say.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.screen.size()?;
        Ok((size.width, size.height))
    }

    /// Draws a frame: only the cells that changed are written, all at once.
    ///
    /// # Errors
    ///
    /// The terminal is gone.
    pub fn draw<R>(&mut self, render: impl FnOnce(&mut Frame<'_>) -> R) -> io::Result<R> {
        queue!(self.pending, BeginSynchronizedUpdate)?;
        let mut answer = None;
        self.screen.draw(|frame| answer = Some(render(frame)))?;
        queue!(self.pending, EndSynchronizedUpdate)?;
        self.commit()?;
        answer.ok_or_else(|| io::Error::other("nothing was drawn"))
    }

    /// Draws a frame that nobody sees, for what it says about where things are.
    ///
    /// # Errors
    ///
    /// The terminal does not say how large it is.
    pub fn measure<R>(&mut self, render: impl FnOnce(&mut Frame<'_>) -> R) -> io::Result<R> {
        self.screen.autoresize()?;
        let answer = render(&mut self.screen.get_frame());
        self.screen.current_buffer_mut().reset();
        Ok(answer)
    }

    /// Puts a text on the clipboard, through the terminal (OSC 52).
    ///
    /// # Errors
    ///
    /// The terminal is gone.
    pub fn copy(&mut self, text: &[u8]) -> io::Result<()> {
        queue!(self.pending, CopyToClipboard::to_clipboard_from(text))?;
        self.commit()
    }

    /// Stops the process as Ctrl-Z does in programs that leave it to the terminal. Returns when it continues; then
    /// everything is to be drawn anew. A session leader has no shell to go to, and the kernel would ignore the
    /// signal.
    ///
    /// # Errors
    ///
    /// The terminal cannot be taken again.
    pub fn suspend(&mut self) -> io::Result<()> {
        if getsid(None).is_ok_and(|leader| leader == getpid()) {
            return Ok(());
        }
        restore();
        // The whole group: in `sh -c 'capas x'` the shell must stop with us, or nobody would be left to type `fg` to.
        let stopped = kill_current_process_group(Signal::TSTP);
        self.retake()?;
        Ok(stopped?)
    }

    /// Runs a command of the user's on the terminal, a pager for example, and takes the terminal back. The input
    /// thread must be paused.
    ///
    /// # Errors
    ///
    /// The command cannot be started, or the terminal cannot be taken again.
    pub fn run(&mut self, command: &mut Command) -> io::Result<ExitStatus> {
        if !io::stdin().is_terminal() {
            command.stdin(tty()?);
        }
        if !io::stdout().is_terminal() {
            command.stdout(Stdio::from(tty()?));
        }
        restore();
        let status = command.status();
        self.retake()?;
        status
    }

    /// Takes the terminal again after somebody else had it, and forgets what was on it.
    ///
    /// # Errors
    ///
    /// The terminal is gone.
    pub fn retake(&mut self) -> io::Result<()> {
        restore();
        take(self.mouse)?;
        // Not `clear`, which asks the terminal where its cursor is and fails when nobody answers.
        let (width, height) = self.size()?;
        self.screen.resize(Rect::new(0, 0, width, height))
    }

    fn commit(&mut self) -> io::Result<()> {
        let bytes = std::mem::take(&mut *self.pending.0.borrow_mut());
        // After a signal has given the terminal back there is nothing to draw on.
        taken().as_mut().map_or(Ok(()), |taken| taken.tty.write_all(&bytes))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

fn take(mouse: bool) -> io::Result<()> {
    let mut tty = output()?;
    let mut taken = taken();
    enable_raw_mode()?;
    let mut out = Vec::new();
    queue!(out, EnterAlternateScreen, Hide, EnableBracketedPaste)?;
    if mouse {
        queue!(out, EnableMouseCapture)?;
    }
    if let Err(error) = tty.write_all(&out) {
        let _ = disable_raw_mode();
        return Err(error);
    }
    *taken = Some(Taken { tty, mouse });
    Ok(())
}

/// Standard output where it is a terminal, else the terminal that the process belongs to (`--tui` with a pipe).
fn output() -> io::Result<File> {
    let stdout = io::stdout();
    if stdout.is_terminal() { Ok(stdout.as_fd().try_clone_to_owned()?.into()) } else { tty() }
}

fn tty() -> io::Result<File> {
    File::options().read(true).write(true).open("/dev/tty")
}
