//! Work beside the screen: reading contents, comparing, matching, extracting. Of previews, comparisons and filters only
//! the newest request counts: it overtakes those that wait and cancels the one that runs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use super::page::Page;
use crate::image::ImageInfo;
use crate::layer::Bodies;
use crate::source::{Progress, SourceError};
use crate::text;
use crate::tui::event::Event;

/// What the main thread hears, all through one channel.
pub enum Message {
    /// An event for the application: input, or the answer of a job.
    Event(Event),
    /// News of the loading of this number; those of older ones are dropped.
    Load(u64, Load),
    /// Put this on the clipboard.
    Copy {
        /// What it is.
        what: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Show this file, then remove it with its folder.
    Page(Page),
    /// A job is over. Its answer, if it has one, came before.
    Done,
    /// A signal arrived.
    Signal(i32),
    /// Input ended.
    Lost(std::io::Error),
}

/// What is heard of an image that is being read.
pub enum Load {
    /// Its manifest and config are read, and what its builder attests.
    Opened(Arc<ImageInfo>, Arc<dyn Bodies>, Vec<Vec<u8>>),
    /// Its layers are being read.
    Progress(Progress),
    /// All layers are read, or it was cancelled.
    Finished,
    /// It cannot be opened or read.
    Failed(SourceError),
    /// The thread that read it panicked.
    Broken(String),
}

/// Whether a job is still wanted.
#[derive(Clone)]
pub struct Wanted {
    newest: Arc<AtomicU64>,
    number: u64,
}

impl Wanted {
    /// Whether no newer request came.
    pub fn is_wanted(&self) -> bool {
        self.newest.load(Ordering::Relaxed) == self.number
    }
}

type Job = Box<dyn FnOnce(&Wanted) -> Option<Message> + Send>;

/// A thread for one kind of request of which only the newest counts.
struct Latest {
    newest: Arc<AtomicU64>,
    queue: Sender<(u64, Job)>,
}

impl Latest {
    fn start(to: Sender<Message>) -> Self {
        let (queue, jobs): (_, Receiver<(u64, Job)>) = channel();
        let newest = Arc::new(AtomicU64::new(0));
        let wanted = Arc::clone(&newest);
        thread::spawn(move || {
            for (number, job) in jobs {
                let wanted = Wanted { newest: Arc::clone(&wanted), number };
                if wanted.is_wanted() {
                    finish(&to, || job(&wanted));
                } else if to.send(Message::Done).is_err() {
                    return;
                }
            }
        });
        Self { newest, queue }
    }

    fn request(&self, job: Job) {
        let number = self.newest.fetch_add(1, Ordering::Relaxed) + 1;
        // The thread lives as long as this sender.
        let _ = self.queue.send((number, job));
    }
}

/// The kinds of request of which only the newest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A preview.
    Preview,
    /// A comparison of two contents.
    Diff,
    /// A filter.
    Match,
    /// The account of the image.
    Account,
    /// A filter over dead files.
    Sift,
}

/// The threads beside the screen.
pub struct Jobs {
    to: Sender<Message>,
    latest: [Latest; 5],
    running: usize,
}

impl Jobs {
    /// Threads that answer to a channel.
    pub fn new(to: &Sender<Message>) -> Self {
        let latest = [(); 5].map(|()| Latest::start(to.clone()));
        Self { to: to.clone(), latest, running: 0 }
    }

    /// Runs a job in place of the one of its kind that runs or waits.
    pub fn replace(&mut self, kind: Kind, job: impl FnOnce(&Wanted) -> Option<Message> + Send + 'static) {
        self.running += 1;
        self.latest[kind as usize].request(Box::new(job));
    }

    /// Runs a job beside all others.
    pub fn spawn(&mut self, job: impl FnOnce() -> Option<Message> + Send + 'static) {
        self.running += 1;
        let to = self.to.clone();
        thread::spawn(move || finish(&to, job));
    }

    /// Counts a job that ended ([`Message::Done`]).
    pub fn done(&mut self) {
        self.running = self.running.saturating_sub(1);
    }

    /// Whether no job runs or waits.
    pub fn are_idle(&self) -> bool {
        self.running == 0
    }
}

/// Runs a job, sends its answer, and that it is over. A panic becomes a sentence on screen.
fn finish(to: &Sender<Message>, job: impl FnOnce() -> Option<Message>) {
    let answer = catch_unwind(AssertUnwindSafe(job))
        .unwrap_or_else(|panic| Some(Message::Event(Event::Error(panic_sentence(&*panic)))));
    for message in answer.into_iter().chain([Message::Done]) {
        // Nobody listens any more: the program ends.
        let _ = to.send(message);
    }
}

/// What a panic said.
pub fn panic_sentence(panic: &(dyn std::any::Any + Send)) -> String {
    let said = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no reason given");
    format!("a fault inside capas: {}", text::display(said.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A job that says that it began, and ends when it is told to; its answer says whether it was still wanted.
    fn held(
        began: &Sender<()>,
        go_on: Receiver<()>,
    ) -> impl FnOnce(&Wanted) -> Option<Message> + Send + use<> {
        let began = began.clone();
        move |wanted| {
            began.send(()).ok()?;
            go_on.recv().ok()?;
            Some(Message::Event(Event::Extracted(format!("held, wanted {}", wanted.is_wanted()))))
        }
    }

    fn says(what: &'static str) -> impl FnOnce(&Wanted) -> Option<Message> {
        move |_| Some(Message::Event(Event::Extracted(what.to_owned())))
    }

    /// What so many jobs said until all were done.
    fn heard(jobs: &mut Jobs, from: &Receiver<Message>) -> Vec<String> {
        let mut said = Vec::new();
        while !jobs.are_idle() {
            match from.recv().expect("the threads live") {
                Message::Done => jobs.done(),
                Message::Event(Event::Extracted(what) | Event::Error(what)) => said.push(what),
                _ => {}
            }
        }
        said
    }

    #[test]
    fn the_newest_of_a_kind_overtakes_those_that_wait_and_cancels_the_one_that_runs() {
        let (to, from) = channel();
        let (began, has_begun) = channel();
        let (release, go_on) = channel();
        let mut jobs = Jobs::new(&to);
        jobs.replace(Kind::Preview, held(&began, go_on));
        has_begun.recv().expect("it runs");
        jobs.replace(Kind::Preview, says("overtaken"));
        jobs.replace(Kind::Preview, says("newest"));
        release.send(()).expect("it waits");
        assert_eq!(heard(&mut jobs, &from), ["held, wanted false", "newest"]);
    }

    #[test]
    fn kinds_and_other_jobs_do_not_wait_for_each_other() {
        let (to, from) = channel();
        let (began, has_begun) = channel();
        let (release, go_on) = channel();
        let mut jobs = Jobs::new(&to);
        jobs.replace(Kind::Match, held(&began, go_on));
        has_begun.recv().expect("it runs");
        jobs.replace(Kind::Diff, says("diff"));
        while !matches!(from.recv().expect("the threads live"), Message::Done) {}
        jobs.done();
        jobs.spawn(|| Some(Message::Event(Event::Extracted("beside".to_owned()))));
        while !matches!(from.recv().expect("the threads live"), Message::Done) {}
        jobs.done();
        assert!(!jobs.are_idle());
        release.send(()).expect("it waits");
        assert_eq!(heard(&mut jobs, &from), ["held, wanted true"]);
    }

    #[test]
    fn a_panic_is_a_sentence_and_ends_the_job() {
        let (to, from) = channel();
        let mut jobs = Jobs::new(&to);
        jobs.replace(Kind::Account, |_| std::panic::panic_any("a \x1b of no use"));
        jobs.replace(Kind::Account, says("after it"));
        let said = heard(&mut jobs, &from);
        assert!(
            said.iter().all(|what| what == "after it" || what == r"a fault inside capas: a \x1b of no use")
        );
        assert_eq!(said.last().map(String::as_str), Some("after it"));
    }
}
