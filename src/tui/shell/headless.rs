//! The explorer in memory: the real application, jobs and drawing, with keys from a string. For tests, for pictures of
//! the screens, and for `--keys`, which shows what some keys lead to.

use jiff::tz::TimeZone;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;

use super::clipboard;
use super::jobs::Message;
use super::session::{Session, Stale, Task};
use super::setup::Setup;
use crate::error::CliError;
use crate::text;
use crate::tui::event::Event;
use crate::tui::keymap::Key;
use crate::tui::view::view;

/// The explorer in memory.
pub struct Headless {
    shell: Session,
    screen: ratatui::Terminal<TestBackend>,
    copied: Vec<u8>,
    quit: bool,
}

impl Headless {
    /// Opens an image and reads it to its end. `now` is in seconds since 1970.
    ///
    /// # Errors
    ///
    /// The settings are wrong. An image that cannot be opened is shown as the explorer shows it.
    pub fn open(setup: &Setup, size: (u16, u16), now: i64) -> Result<Self, CliError> {
        let mut shell = Session::new(setup, size)?;
        shell.app.manner.now = now;
        // The same picture everywhere.
        shell.app.manner.zone = TimeZone::UTC;
        let screen = ratatui::Terminal::new(TestBackend::new(size.0, size.1)).map_err(CliError::failed)?;
        let mut headless = Self { shell, screen, copied: Vec::new(), quit: false };
        headless.draw()?;
        if setup.listing.is_none() {
            headless.shell.load();
        }
        headless.settle()?;
        Ok(headless)
    }

    /// Types keys: characters, and names in angle brackets (`jj<tab><ctrl-d>`; `<<` types `<`). After each key all jobs
    /// are waited for, and a frame is drawn.
    ///
    /// # Errors
    ///
    /// A name that is no key.
    pub fn keys(&mut self, keys: &str) -> Result<(), CliError> {
        let mut rest = keys;
        while let Some(first) = rest.chars().next() {
            let name = rest.strip_prefix('<').filter(|name| !name.starts_with('<'));
            let named = name.and_then(|name| name.split_once('>'));
            let typed = match (named, first) {
                (Some((name, _)), _) => name.to_owned(),
                (None, ' ') => "space".to_owned(),
                (None, first) => first.to_string(),
            };
            rest = named.map_or_else(
                || rest.strip_prefix("<<").unwrap_or(&rest[first.len_utf8()..]),
                |(_, behind)| behind,
            );
            let key = Key::parse(&typed).map_err(CliError::failed)?;
            self.event(Event::Key(key.event()))?;
        }
        Ok(())
    }

    /// Gives the application any event, waits for all jobs and draws a frame.
    ///
    /// # Errors
    ///
    /// Drawing fails, which it does not in memory.
    pub fn event(&mut self, event: Event) -> Result<(), CliError> {
        self.hear(Message::Event(event));
        self.settle()
    }

    /// What is on screen.
    pub fn buffer(&self) -> &Buffer {
        self.screen.backend().buffer()
    }

    /// What is on screen as text, one line a row, without trailing spaces.
    pub fn text(&self) -> String {
        let buffer = self.buffer();
        let mut screen = String::new();
        for y in buffer.area.rows() {
            let mut row = String::new();
            // Cells under the right half of a wide character hold what stood there before.
            let mut covered = 0;
            for symbol in y.columns().filter_map(|at| Some(buffer.cell(at.as_position())?.symbol())) {
                if covered == 0 {
                    row.push_str(symbol);
                    covered = text::width(symbol);
                }
                covered = covered.saturating_sub(1);
            }
            screen.push_str(row.trim_end());
            screen.push('\n');
        }
        screen
    }

    /// What was put on the clipboard last.
    pub fn copied(&self) -> &[u8] {
        &self.copied
    }

    /// Whether the user left.
    pub fn has_quit(&self) -> bool {
        self.quit
    }

    fn settle(&mut self) -> Result<(), CliError> {
        self.draw()?;
        while !self.shell.is_idle() {
            let Ok(message) = self.shell.from.recv() else { break };
            self.hear(message);
        }
        self.draw()
    }

    fn hear(&mut self, message: Message) {
        for task in self.shell.hear(message) {
            match task {
                Task::Quit => self.quit = true,
                Task::Copy { what, bytes } => {
                    let event = match clipboard::check(&what, bytes.len() as u64, &self.shell.app.manner) {
                        Ok(()) => Event::Copied(what, bytes.len()),
                        Err(why) => Event::Error(why),
                    };
                    self.copied = bytes;
                    self.shell.apply(Stale::Now, event);
                }
                Task::Page(page) => {
                    let said = format!("a pager would show {}", text::display(page.name.as_bytes()));
                    self.shell.apply(Stale::Now, Event::Extracted(said));
                }
                Task::Suspend => {}
            }
        }
    }

    fn draw(&mut self) -> Result<(), CliError> {
        let (app, ctx) = (&self.shell.app, &self.shell.ctx);
        let mut layout = None;
        self.screen.draw(|frame| layout = Some(view(app, ctx, frame))).map_err(CliError::failed)?;
        if let Some(layout) = layout {
            self.shell.app.set_layout(layout);
        }
        self.shell.stale = Stale::No;
        Ok(())
    }
}
