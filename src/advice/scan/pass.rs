//! The pass: which contents are read, how far, and who looks at them.

use std::collections::HashSet;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};

use xxhash_rust::xxh3::Xxh3;

use super::binary::Elf;
use super::window::Window;
use super::{Look, MAX_SECRETS, PATTERN_BYTES, Scan, Secret, TEXT_BYTES, ZERO_BYTES, locks, named};
use crate::build::{Owner, Story};
use crate::image::Image;
use crate::layer::{Bodies, Cancelled, Entry, EntryKind, LayerIndex};
use crate::ledger::Ledger;
use crate::tree::{EntryRef, NodeId};

const PIECE: usize = 64 << 10;
/// Zeros are counted in blocks of this length, as filesystems have them.
const BLOCK: usize = 4 << 10;
/// Programs smaller than this have nothing to strip that is worth it.
const PROGRAM: u64 = 64 << 10;

pub(super) struct Pass<'a> {
    pub image: &'a Image,
    pub ledger: &'a Ledger,
    pub story: &'a Story,
    pub undecided: Vec<EntryRef>,
    pub what: &'a [Look],
    pub progress: &'a (dyn Fn(u64, u64) + Sync),
    pub cancel: &'a AtomicBool,
}

/// A content to be read.
struct Job {
    file: EntryRef,
    node: NodeId,
    looks: Vec<Look>,
}

impl Pass<'_> {
    pub fn run(&self, bodies: &dyn Bodies, scan: &mut Scan) -> Result<(), Cancelled> {
        let layers: Vec<(LayerIndex, Vec<Job>)> = (1..=self.ledger.layer_count())
            .map(|at| (LayerIndex(at), self.jobs(LayerIndex(at))))
            .filter(|(_, jobs)| !jobs.is_empty())
            .collect();
        let total = layers.iter().map(|(layer, _)| self.ledger.account(*layer).tar).sum();
        let mut before = 0;
        for (layer, jobs) in layers {
            let entries: Vec<Entry> =
                jobs.iter().map(|job| *self.image.tree.entries(layer).get(job.file.entry)).collect();
            let mut fault = None;
            let swept = bodies.sweep(layer, &entries, &mut |at, content| {
                (self.progress)(before + entries[at].offset, total);
                if let Err(error) = self.look(&jobs[at], &entries[at], content, scan) {
                    fault = Some(error.to_string());
                }
                fault.is_none() && !self.cancel.load(Ordering::Relaxed)
            });
            if self.cancel.load(Ordering::Relaxed) {
                return Err(Cancelled);
            }
            let fault = fault.or_else(|| swept.err().map(|error| error.to_string()));
            scan.unread.extend(fault.map(|fault| (layer, fault)));
            before += self.ledger.account(layer).tar;
        }
        (self.progress)(total, total);
        Ok(())
    }

    /// What is worth reading of a layer, in the order in which it lies.
    fn jobs(&self, layer: LayerIndex) -> Vec<Job> {
        let tree = &self.image.tree;
        let entries = tree.entries(layer);
        let from = self.undecided.partition_point(|file| file.layer < layer);
        let undecided = self.undecided[from..].iter().take_while(|file| file.layer == layer);
        let undecided: HashSet<EntryRef> = undecided.copied().collect();
        let is_own = self.story.owner(layer) != Owner::Base;
        let mut jobs = Vec::new();
        for (entry, fate) in (0..).zip(self.ledger.fates(layer)) {
            let size = entries.get(entry).size;
            if size == 0 || entries.kind(entry) != EntryKind::File {
                continue;
            }
            let file = EntryRef { layer, entry };
            let is_live = fate.death.is_none();
            let wants = |look: &Look| match look {
                Look::Secrets => is_own && !named::is_quiet(&tree.path(fate.node)),
                Look::Duplicates => undecided.contains(&file),
                Look::Zeros => is_own && size >= ZERO_BYTES,
                Look::Binaries => is_own && is_live && size >= PROGRAM && self.may_be_binary(file, fate.node),
                Look::Texts => size <= TEXT_BYTES && self.is_text(fate.node, is_live),
            };
            let looks: Vec<Look> = self.what.iter().copied().filter(wants).collect();
            if !looks.is_empty() {
                jobs.push(Job { file, node: fate.node, looks });
            }
        }
        jobs.sort_by_key(|job| entries.get(job.file.entry).offset);
        jobs
    }

    fn may_be_binary(&self, file: EntryRef, node: NodeId) -> bool {
        let name = self.image.tree.name(node);
        let mode = self.image.tree.entries(file.layer).attrs(file.entry).mode;
        mode & 0o111 != 0
            || memchr::memmem::find(name, b".so").is_some()
            || name == b"core"
            || name.starts_with(b"core.")
    }

    /// Whether a path is a database that is read whole.
    fn is_text(&self, node: NodeId, is_live: bool) -> bool {
        let tree = &self.image.tree;
        let name = tree.name(node);
        match name {
            // Every version, to tell what a layer added.
            b"status" | b"installed" => is_database(&tree.path(node)),
            b"passwd" | b"shadow" => is_live && tree.path(tree.parent(node)) == b"etc",
            _ if locks::is_lock(name) => is_live,
            _ if name.ends_with(b".list") => is_live && tree.path(tree.parent(node)) == b"var/lib/dpkg/info",
            _ => false,
        }
    }

    /// Reads a content as far as anybody wants it.
    fn look(&self, job: &Job, entry: &Entry, content: &mut dyn Read, scan: &mut Scan) -> io::Result<()> {
        let wants = |look: Look| job.looks.contains(&look);
        let mut hasher = wants(Look::Duplicates).then(Xxh3::new);
        let mut zeros = wants(Look::Zeros).then_some(Zeros::default());
        let mut elf = wants(Look::Binaries).then(Elf::default);
        let mut text = wants(Look::Texts).then(Vec::new);
        let mut window = wants(Look::Secrets).then(Window::default);
        let path = self.image.tree.path(job.node);
        let named = window.as_ref().and_then(|_| named::find(&path));
        let mut start = Vec::new();
        let mut piece = vec![0; PIECE];
        let mut passed = 0;
        let mut go_on = true;
        while go_on && passed < entry.size && !self.cancel.load(Ordering::Relaxed) {
            let count = match content.read(&mut piece) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let piece = &piece[..count];
            passed += count as u64;
            go_on = false;
            if let Some(hasher) = &mut hasher {
                hasher.update(piece);
                go_on = true;
            }
            if let Some(zeros) = &mut zeros {
                zeros.add(piece);
                go_on = true;
            }
            if let Some(text) = &mut text {
                text.extend_from_slice(piece);
                go_on = true;
            }
            if let Some(elf) = &mut elf {
                go_on |= elf.add(piece);
            }
            if let Some(window) = &mut window
                && passed - (count as u64) < PATTERN_BYTES
            {
                go_on |= window.add(piece) && passed < PATTERN_BYTES;
                if named.is_some() && start.len() < PIECE {
                    start.extend_from_slice(piece);
                }
            }
        }
        scan.hashes.extend(hasher.map(|hasher| (job.file, hasher.digest())));
        scan.zeros.extend(zeros.map(|zeros| (job.file, zeros.finish())).filter(|(_, bytes)| *bytes > 0));
        scan.binaries.extend(elf.and_then(|elf| elf.finish(job.file)));
        if let Some(text) = text {
            self.understand(job, &path, &text, scan);
        }
        if let Some(mut window) = window {
            window.finish();
            Self::keep(job, window, scan);
            if named.is_some_and(|named| named::holds(named, &start)) {
                scan.named.push((job.file, job.node));
            }
        }
        Ok(())
    }

    fn keep(job: &Job, window: Window, scan: &mut Scan) {
        let room = MAX_SECRETS.saturating_sub(scan.secrets.len());
        scan.more_secrets += window.more + window.hits.len().saturating_sub(room) as u64;
        scan.secrets.extend(window.hits.into_iter().take(room).map(|hit| Secret {
            file: job.file,
            node: job.node,
            what: hit.what,
            offset: hit.offset,
            mark: hit.mark,
        }));
    }

    fn understand(&self, job: &Job, path: &[u8], text: &[u8], scan: &mut Scan) {
        let tree = &self.image.tree;
        let name = tree.name(job.node);
        let is_last = self.ledger.fate(job.file).death.is_none();
        match path {
            b"etc/passwd" => scan.accounts.passwd(text),
            b"etc/shadow" => scan.accounts.shadow(text),
            b"var/lib/dpkg/status" => scan.packages.status(job.file.layer, text),
            _ if name == b"installed" => scan.packages.installed(tree, job.file.layer, text, is_last),
            _ if locks::is_lock(name) => scan.development.extend(locks::development(tree, job.node, text)),
            _ => scan.packages.list(tree, name, text),
        }
    }
}

fn is_database(path: &[u8]) -> bool {
    matches!(path, b"var/lib/dpkg/status" | b"lib/apk/db/installed" | b"usr/lib/apk/db/installed")
}

/// Counts the bytes of blocks that hold nothing but zeros.
#[derive(Default)]
struct Zeros {
    bytes: u64,
    /// Length of the block so far, and whether it is zero so far.
    length: usize,
    is_other: bool,
}

impl Zeros {
    fn add(&mut self, mut piece: &[u8]) {
        while !piece.is_empty() {
            let (part, rest) = piece.split_at(piece.len().min(BLOCK - self.length));
            self.is_other |= part.iter().any(|byte| *byte != 0);
            self.length += part.len();
            if self.length == BLOCK {
                self.end();
            }
            piece = rest;
        }
    }

    fn end(&mut self) {
        if !self.is_other {
            self.bytes += self.length as u64;
        }
        self.length = 0;
        self.is_other = false;
    }

    fn finish(mut self) -> u64 {
        self.end();
        self.bytes
    }
}
