//! The application with its jobs, without a terminal: hears messages, performs the effects that need none, hands on
//! those that do. [`super::runtime`] runs it on a terminal, [`super::headless`] in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::clipboard;
use super::contents::Contents;
use super::jobs::{Jobs, Kind, Load, Message, panic_sentence};
use super::page::Page;
use super::setup::Setup;
use crate::build::Evidence;
use crate::error::CliError;
use crate::layer::Bodies;
use crate::local::Listing;
use crate::source::{self, Options, Progress, SourceError, local};
use crate::text::Manner;
use crate::tree::Filter;
use crate::tui::app::{App, Start, update};
use crate::tui::effect::Effect;
use crate::tui::event::{Content, Event, Failure};
use crate::tui::keymap::Keymap;
use crate::tui::pane::groups::Groups;
use crate::tui::theme::{Glyphs, Theme};
use crate::tui::view::Ctx;

/// Something that needs the terminal.
pub enum Task {
    /// Leave.
    Quit,
    /// Stop until `fg`.
    Suspend,
    /// Put this on the clipboard.
    Copy {
        /// What it is.
        what: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Show this file in the pager.
    Page(Page),
}

/// How urgently a frame is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stale {
    /// Not at all.
    #[default]
    No,
    /// Progress: some time soon.
    Soon,
    /// The user waits for it.
    Now,
}

/// The application with its jobs.
pub struct Session {
    /// The state.
    pub app: App,
    /// What else drawing depends on.
    pub ctx: Ctx,
    /// Whether the last frame is still true.
    pub stale: Stale,
    to: Sender<Message>,
    /// What happened.
    pub from: Receiver<Message>,
    jobs: Jobs,
    reference: String,
    /// The images of this machine, where they were asked for first.
    listing: Option<Arc<Listing>>,
    options: Options,
    evidence: Evidence,
    /// The number of the newest loading; news of older ones are dropped.
    load: u64,
    cancel: Arc<AtomicBool>,
    /// The user left: what is being written stops.
    leaving: Arc<AtomicBool>,
    bodies: Option<Arc<dyn Bodies>>,
    failure: Option<CliError>,
}

impl Session {
    /// The application before anything is known of the image.
    ///
    /// # Errors
    ///
    /// The settings name a theme, a key map or a key that does not exist.
    pub fn new(setup: &Setup, size: (u16, u16)) -> Result<Self, CliError> {
        let keymap = Keymap::named(&setup.keymap).and_then(|keymap| keymap.rebind(&setup.keys));
        let keymap = keymap.map_err(CliError::failed)?;
        let ctx = Ctx { theme: theme(setup)?, glyphs: glyphs(setup) };
        let (to, from) = channel();
        let listing = setup.listing.clone();
        let (reference, ascii) = (setup.reference.clone(), setup.ascii);
        Ok(Self {
            app: App::new(Start { reference, keymap, size, manner: manner(setup), ascii, listing }),
            ctx,
            stale: Stale::Now,
            jobs: Jobs::new(&to),
            to,
            from,
            reference: setup.reference.clone(),
            listing: setup.listing.clone(),
            options: setup.options.clone(),
            evidence: setup.evidence.clone(),
            load: 0,
            cancel: Arc::default(),
            leaving: Arc::default(),
            bodies: None,
            failure: None,
        })
    }

    /// Where messages go.
    pub fn sender(&self) -> Sender<Message> {
        self.to.clone()
    }

    /// Whether no job runs and no image is being read.
    pub fn is_idle(&self) -> bool {
        self.jobs.are_idle()
    }

    /// Why there is no image, if there is none.
    pub fn into_failure(self) -> Option<CliError> {
        self.failure
    }

    /// Opens and reads the image in a thread of its own.
    pub fn load(&mut self) {
        self.stop_loading();
        self.cancel = Arc::default();
        self.load += 1;
        let (number, to, cancel) = (self.load, self.to.clone(), Arc::clone(&self.cancel));
        let (reference, options) = (self.reference.clone(), self.options.clone());
        self.jobs.spawn(move || {
            let say = |load| {
                // Nobody listens any more: the program ends.
                let _ = to.send(Message::Load(number, load));
            };
            let read = || read(&reference, &options, &say, &cancel);
            let last = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read))
                .unwrap_or_else(|panic| Load::Broken(panic_sentence(&*panic)));
            Some(Message::Load(number, last))
        });
    }

    /// Stops reading; what was read stays.
    pub fn stop_loading(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    /// Lets go of the image; what its loading still tells is not heard.
    fn close(&mut self) {
        self.stop_loading();
        self.load += 1;
        (self.bodies, self.failure) = (None, None);
        self.options.image = None;
        self.evidence.provenance.clear();
    }

    /// Takes a message, and performs what it leads to as far as no terminal is needed.
    pub fn hear(&mut self, message: Message) -> Vec<Task> {
        let (stale, event) = match message {
            Message::Event(event) => (Stale::Now, event),
            Message::Load(number, load) if number == self.load => self.news(load),
            Message::Copy { what, bytes } => return vec![Task::Copy { what, bytes }],
            Message::Page(page) => return vec![Task::Page(page)],
            Message::Done => {
                self.jobs.done();
                return Vec::new();
            }
            Message::Load(..) | Message::Signal(_) | Message::Lost(_) => return Vec::new(),
        };
        self.apply(stale, event)
    }

    /// Gives the application an event.
    pub fn apply(&mut self, stale: Stale, event: Event) -> Vec<Task> {
        self.stale = self.stale.max(stale);
        let effects = update(&mut self.app, event);
        effects.into_iter().filter_map(|effect| self.perform(effect)).collect()
    }

    fn news(&mut self, load: Load) -> (Stale, Event) {
        match load {
            Load::Opened(info, bodies, provenance) => {
                self.bodies = Some(bodies);
                self.evidence.provenance = provenance;
                (Stale::Now, Event::Opened(info))
            }
            Load::Progress(Progress::Known(info)) => (Stale::Now, Event::Opened(info)),
            Load::Progress(Progress::Preparing) => (Stale::Soon, Event::Spooled(0)),
            Load::Progress(Progress::Spooled(bytes)) => (Stale::Soon, Event::Spooled(bytes)),
            Load::Progress(Progress::Layer(layer, bytes)) => (Stale::Soon, Event::Layer(layer, bytes)),
            Load::Progress(Progress::LayerDone(layer)) => (Stale::Soon, Event::LayerDone(layer)),
            Load::Progress(Progress::Merged(image)) => (Stale::Soon, Event::Merged(image)),
            Load::Finished => (Stale::Now, Event::Loaded),
            Load::Failed(SourceError::Several { names, .. }) => (Stale::Now, Event::Several(names)),
            Load::Failed(error) => (Stale::Now, self.failed(error.into())),
            Load::Broken(sentence) => (Stale::Now, self.failed(CliError::failed(sentence))),
        }
    }

    /// An error is a state of the screen, and of the exit code where it leaves nothing to look at.
    fn failed(&mut self, error: CliError) -> Event {
        let mut causes = error.details.clone();
        let mut cause = error.source.source();
        while let Some(next) = cause {
            causes.push(next.to_string());
            cause = next.source();
        }
        let failure = Failure { message: error.source.to_string(), causes, hints: error.hints.clone() };
        if self.app.info().is_none() {
            self.failure = Some(error);
        }
        Event::Failed(failure)
    }

    fn perform(&mut self, effect: Effect) -> Option<Task> {
        match effect {
            Effect::Quit => {
                self.stop_loading();
                self.leaving.store(true, Ordering::Relaxed);
                return Some(Task::Quit);
            }
            Effect::Suspend => return Some(Task::Suspend),
            Effect::Open(name) => {
                self.options.image = Some(name);
                self.load();
            }
            Effect::OpenReference(reference) => {
                self.reference = reference;
                self.load();
            }
            Effect::CloseImage => self.close(),
            Effect::CancelLoad => self.stop_loading(),
            Effect::LoadPreview { generation, entry, limit } => {
                let to = self.to.clone();
                self.replace(Kind::Preview, move |contents, wanted| {
                    let passed = |bytes| {
                        // Nobody listens any more: the program ends.
                        let _ = to.send(Message::Event(Event::PreviewProgress { generation, bytes }));
                    };
                    let result = contents.read(entry, limit, wanted, &passed).transpose()?;
                    Some(Message::Event(Event::Preview { generation, result }))
                });
            }
            Effect::LoadDiff { generation, old, new, limit } => {
                self.replace(Kind::Diff, move |contents, wanted| {
                    let read = |at| match at {
                        Some(at) => contents.read(at, limit, wanted, &|_| {}),
                        None => Ok(Some(Content::default())),
                    };
                    let both = read(old).and_then(|old| Ok(old.zip(read(new)?)));
                    Some(Message::Event(Event::Diff { generation, result: both.transpose()? }))
                });
            }
            Effect::Match { generation, filter, view } => {
                self.replace(Kind::Match, move |contents, _| {
                    let matches = contents.image.tree.matches(&Filter::parse(&filter).ok()?, view);
                    Some(Message::Event(Event::Matched { generation, matches }))
                });
            }
            Effect::Account { generation, thorough } => {
                let (evidence, cancel) = (self.evidence.clone(), Arc::clone(&self.cancel));
                self.replace(Kind::Account, move |contents, _| {
                    let insight = Arc::new(contents.insight(&evidence, thorough, &cancel)?);
                    Some(Message::Event(Event::Accounted { generation, insight }))
                });
            }
            Effect::Sift { generation, filter } => {
                let insight = self.app.insight.clone()?;
                self.replace(Kind::Sift, move |contents, _| {
                    let filter = Filter::parse(&filter).ok()?;
                    let groups = Groups::new(&contents.image.tree, &insight.ledger, Some(&filter));
                    Some(Message::Event(Event::Sifted { generation, groups: Arc::new(groups) }))
                });
            }
            Effect::FindNeighbours { generation } => {
                let (listing, surroundings) = (self.listing.clone(), Arc::clone(&self.options.surroundings));
                let info = Arc::clone(self.app.info()?);
                self.jobs.spawn(move || {
                    let listing = listing.unwrap_or_else(|| Arc::new(local::list(&surroundings, &[])));
                    let neighbours = listing.neighbours(&info.ids(), info.layers.len());
                    Some(Message::Event(Event::Neighbours { generation, neighbours }))
                });
            }
            Effect::Copy { what, text } => {
                return Some(Task::Copy { what, bytes: text.into_bytes() });
            }
            Effect::CopyContent { what, entry } => self.beside(move |contents| {
                let size = contents.image.tree.entries(entry.layer).apparent_size(entry.entry);
                clipboard::check(&what, size, &contents.manner)?;
                let content = contents.read(entry, clipboard::MAX_BYTES, &|| true, &|_| {})?;
                Ok(content.map(|content| Message::Copy { what, bytes: content.bytes }))
            }),
            Effect::Extract { at, path, target } => {
                let stop = Arc::clone(&self.leaving);
                self.beside(move |contents| {
                    let said = contents.extract(at, &path, &target, &stop)?;
                    Ok(Some(Message::Event(Event::Extracted(said))))
                });
            }
            Effect::OpenPager { entry, name } => self.beside(move |contents| {
                let (mut file, page) = Page::create(&name)?;
                contents.pour(entry, u64::MAX, &mut file, &|| true, &|_| {})?;
                Ok(Some(Message::Page(page)))
            }),
            Effect::PageText { name, text } => self.jobs.spawn(move || {
                let written = Page::create(&name).and_then(|(mut file, page)| {
                    std::io::Write::write_all(&mut file, text.as_bytes())
                        .map_err(|error| error.to_string())?;
                    Ok(page)
                });
                Some(written.map_or_else(|why| Message::Event(Event::Error(why)), Message::Page))
            }),
        }
        None
    }

    fn contents(&self) -> Option<Contents> {
        Some(Contents {
            image: Arc::clone(self.app.image()?),
            bodies: Arc::clone(self.bodies.as_ref()?),
            manner: self.app.manner.clone(),
        })
    }

    /// A job of which only the newest of its kind counts.
    fn replace(
        &mut self,
        kind: Kind,
        job: impl FnOnce(&Contents, &dyn Fn() -> bool) -> Option<Message> + Send + 'static,
    ) {
        if let Some(contents) = self.contents() {
            self.jobs.replace(kind, move |wanted| job(&contents, &|| wanted.is_wanted()));
        }
    }

    /// A job whose failure is a sentence on screen.
    fn beside(&mut self, job: impl FnOnce(&Contents) -> Result<Option<Message>, String> + Send + 'static) {
        if let Some(contents) = self.contents() {
            self.jobs
                .spawn(move || job(&contents).unwrap_or_else(|why| Some(Message::Event(Event::Error(why)))));
        }
    }
}

/// Opens and reads an image, telling what is known as soon as it is.
fn read(reference: &str, options: &Options, say: &(dyn Fn(Load) + Sync), cancel: &AtomicBool) -> Load {
    let progress = |progress| say(Load::Progress(progress));
    let done = source::open(reference, options, &progress, cancel).and_then(|opened| {
        say(Load::Opened(Arc::clone(opened.info()), opened.bodies(), opened.statements()));
        opened.load(&progress, cancel)
    });
    match done {
        Ok(_) | Err(SourceError::Cancelled) => Load::Finished,
        Err(error) => Load::Failed(error),
    }
}

fn theme(setup: &Setup) -> Result<Theme, CliError> {
    let theme = match setup.theme.as_str() {
        "" => Theme::default(),
        name => Theme::named(name).map_err(CliError::failed)?,
    };
    Ok(if !setup.color {
        Theme::None
    } else if theme.is_truecolor() && !anstyle_query::truecolor() {
        Theme::Ansi
    } else {
        theme
    })
}

fn manner(setup: &Setup) -> Manner {
    Manner { iec: setup.iec, now: Timestamp::now().as_second(), zone: TimeZone::system() }
}

fn glyphs(setup: &Setup) -> Glyphs {
    if setup.ascii { Glyphs::Ascii } else { Glyphs::Unicode }
}
