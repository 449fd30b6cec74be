//! Contents of files: for previews, comparisons, the clipboard, the pager and the user's disk.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::build::Evidence;
use crate::extract::{Options, Wanted, Written, extract};
use crate::image::Image;
use crate::layer::{Bodies, LayerIndex};
use crate::ledger::Ledger;
use crate::text::{self, Manner, counted};
use crate::tree::{EntryRef, View};
use crate::tui::event::Content;
use crate::tui::insight::Insight;

/// Bytes between two looks at whether a job is still wanted.
const PIECE: usize = 64 * 1024;

/// Where contents come from.
#[derive(Clone)]
pub struct Contents {
    /// The entries.
    pub image: Arc<Image>,
    /// The bytes.
    pub bodies: Arc<dyn Bodies>,
    /// How sizes are told.
    pub manner: Manner,
}

impl Contents {
    /// What all layers together tell; `thorough` reads the contents that tell moved files from deleted ones. `None` when it
    /// was cancelled.
    pub fn insight(&self, evidence: &Evidence, thorough: bool, cancel: &AtomicBool) -> Option<Insight> {
        let mut ledger = Ledger::new(&self.image);
        if thorough {
            ledger.read_moves(&self.image.tree, &*self.bodies, cancel, &mut |_| {}).ok()?;
        }
        Some(Insight::new(&self.image, ledger, evidence, thorough))
    }

    /// The first `limit` logical bytes of a regular file's entry; `None` when they are no longer wanted. `passed` hears how
    /// many bytes of a compressed layer were passed on the way to them.
    ///
    /// # Errors
    ///
    /// A sentence that says why they cannot be had.
    pub fn read(
        &self,
        at: EntryRef,
        limit: u64,
        wanted: &dyn Fn() -> bool,
        passed: &dyn Fn(u64),
    ) -> Result<Option<Content>, String> {
        let mut bytes = Vec::new();
        let total = self.pour(at, limit, &mut bytes, wanted, passed)?;
        Ok(total.map(|total| Content { bytes, total }))
    }

    /// Writes the first `limit` logical bytes; returns how many there are in all, or `None` when they are no longer
    /// wanted.
    ///
    /// # Errors
    ///
    /// A sentence that says why they cannot be had, or cannot be written.
    pub fn pour(
        &self,
        at: EntryRef,
        limit: u64,
        out: &mut dyn Write,
        wanted: &dyn Fn() -> bool,
        passed: &dyn Fn(u64),
    ) -> Result<Option<u64>, String> {
        let sentence = |error: &dyn std::error::Error| text::display(error.to_string().as_bytes());
        let entries = self.image.tree.entries(at.layer);
        let hear = |bytes| {
            passed(bytes);
            wanted()
        };
        let stored = match self.bodies.open_heard(at.layer, entries.get(at.entry), &hear) {
            Ok(stored) => stored,
            Err(_) if !wanted() => return Ok(None),
            Err(error) => return Err(sentence(&error)),
        };
        let reader: Box<dyn Read> = match entries.sparse(at.entry) {
            Some(map) => Box::new(map.expand(stored)),
            None => Box::new(stored),
        };
        let total = entries.apparent_size(at.entry);
        let mut rest = reader.take(limit.min(total));
        let mut piece = vec![0; PIECE];
        while wanted() {
            match rest.read(&mut piece) {
                Ok(0) => return Ok(Some(total)),
                Ok(read) => out.write_all(&piece[..read]).map_err(|error| sentence(&error))?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(sentence(&error)),
            }
        }
        Ok(None)
    }

    /// How much was written, in words.
    fn amount(&self, written: &Written) -> String {
        let Written { files, dirs, links, bytes, .. } = *written;
        let mut parts = Vec::new();
        if files > 0 {
            parts.push(format!("{} in {}", self.manner.size(bytes), counted(files, "file")));
        }
        if links > 0 {
            parts.push(counted(links, "link"));
        }
        if dirs > 0 && parts.is_empty() {
            parts.push(counted(dirs, "folder"));
        }
        if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
    }

    /// Writes a path and all below it, as the rootfs after a layer has it, into a folder of the user; returns a
    /// sentence that says what was written.
    ///
    /// # Errors
    ///
    /// A sentence.
    pub fn extract(
        &self,
        at: LayerIndex,
        path: &[u8],
        target: &str,
        stop: &AtomicBool,
    ) -> Result<String, String> {
        let node = self.image.tree.find(path).ok_or("there is no such path")?;
        let (folder, options) = (home(target), Options::default());
        let wanted = Wanted { view: View::Rootfs(at), roots: &[node], folder: &folder };
        let hear = |_| {};
        let written = extract(&self.image, &*self.bodies, &wanted, options, &hear, stop)
            .map_err(|error| text::display(error.to_string().as_bytes()))?;
        let shown = text::display(target.as_bytes());
        let said = format!("{} written to {shown}", self.amount(&written));
        let said = match written.attributes_lost {
            0 => said,
            lost => format!("{said}, {} extended attributes not among them", text::count(lost)),
        };
        let said = match written.left_out.first() {
            None => said,
            Some(first) => {
                let path = text::display(&first.path);
                match written.skipped + written.failed {
                    1 => format!("{said}; {path} left out: {}", first.why),
                    more => format!("{said}; {} left out, {path} first: {}", text::count(more), first.why),
                }
            }
        };
        if written.failed > 0 { Err(said) } else { Ok(said) }
    }
}

/// A folder as typed, with `~` for the home folder as shells have it.
fn home(target: &str) -> PathBuf {
    match (target.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => target.into(),
    }
}
