//! Files of an image written to disk, and never outside the folder that was asked for.
//!
//! Names and links in an image are written by strangers. Every folder on the way is opened from its parent's
//! descriptor without following links (`target::Target`), so neither a symlink that was there before nor one that this
//! extraction made can lead out; symlinks are made after all files, and the modes of folders set last. May use the core
//! and rustix, neither terminal nor command line.

mod target;
mod write;

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::image::Image;
use crate::layer::{Bodies, BodyError, EntryKind, LayerIndex};
use crate::text;
use crate::tree::{ChangeKind, EntryRef, Facts, NodeId, Tree, View};
use target::Target;
use write::Meta;

/// How many paths that were left out are told one by one.
const TOLD: usize = 1000;

/// What may be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Replace files that exist.
    pub force: bool,
    /// Keep owners, setuid and setgid bits, and all extended attributes (capabilities among them); needs root.
    pub same_owner: bool,
}

/// What is written where.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Of a rootfs what is there, of a changeset or a range what it adds or changes.
    pub view: View,
    /// These and everything below them, under their whole paths.
    pub roots: &'a [NodeId],
    /// The target folder; made if it is not there.
    pub folder: &'a Path,
}

/// What is heard meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Bytes written so far.
    Written(u64),
    /// Bytes of a layer's tar that were passed on the way to a file, and how many there are to pass.
    Passed(u64, u64),
}

/// What was written.
#[derive(Debug, Default)]
pub struct Written {
    /// Regular files.
    pub files: u64,
    /// Folders that were not there.
    pub dirs: u64,
    /// Symlinks and further names of files.
    pub links: u64,
    /// Bytes of files, holes included.
    pub bytes: u64,
    /// Extended attributes that were not written: all but `user.*` need [`Options::same_owner`], and not every file
    /// system takes them.
    pub attributes_lost: u64,
    /// What was left out, at most a thousand of it.
    pub left_out: Vec<LeftOut>,
    /// How much was left out as planned: devices, pipes.
    pub skipped: u64,
    /// How much was left out that should not have been: files that exist, failures.
    pub failed: u64,
}

/// A path that was not written.
#[derive(Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The path in the image.
    pub path: Vec<u8>,
    /// Why, as a clause.
    pub why: String,
}

/// Why extraction stopped.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// The target folder cannot be used, or is full.
    #[error("{path}: {error}")]
    Target {
        /// The folder, and what in it.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// The user cancelled.
    #[error("cancelled")]
    Cancelled,
}

/// Why one path was not written.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error("its content ends early")]
    Short,
    #[error("its map of holes is broken")]
    Holes,
    #[error("{0} is there already")]
    Exists(&'static str),
    #[error("a symlink or file stands where its folder should be; nothing is written through it")]
    NoFolder,
    #[error("{0}")]
    Io(io::Error),
    #[error("cancelled")]
    Cancelled,
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<rustix::io::Errno> for Trouble {
    fn from(error: rustix::io::Errno) -> Self {
        Self::Io(error.into())
    }
}

/// Writes what is wanted. `hear` is told how far it is.
///
/// # Errors
///
/// The folder cannot be used, or is full; the user cancelled. A path that cannot be written is left out and told in
/// [`Written`].
pub fn extract(
    image: &Image,
    bodies: &dyn Bodies,
    wanted: &Wanted<'_>,
    options: Options,
    hear: &dyn Fn(Heard),
    cancel: &AtomicBool,
) -> Result<Written, ExtractError> {
    let &Wanted { view, roots, folder } = wanted;
    let target = Target::open(folder)
        .map_err(|error| ExtractError::Target { path: folder.display().to_string(), error })?;
    let tree = &image.tree;
    let (_, at) = view.points();
    let mut job = Job {
        tree,
        at,
        bodies,
        target,
        options,
        hear,
        cancel,
        folder,
        written: Written::default(),
        made: Vec::new(),
        parent: None,
    };
    job.run(&chosen(tree, view, roots))?;
    Ok(job.written)
}

/// The nodes to write: those of the view at and below the roots, and the folders that lead to them.
fn chosen(tree: &Tree, view: View, roots: &[NodeId]) -> Vec<NodeId> {
    let mut wanted = vec![false; tree.len()];
    for &root in roots {
        for number in tree.subtree(root) {
            let node = NodeId(number);
            let wants = match view {
                View::Rootfs(_) => tree.is_in(node, view),
                View::Changeset(_) => {
                    tree.is_in(node, view) && tree.change(node, view).kind != ChangeKind::Removed
                }
                View::Range(..) => {
                    matches!(tree.change(node, view).kind, ChangeKind::Added | ChangeKind::Modified)
                }
            };
            if !wants || wanted[number as usize] {
                continue;
            }
            let mut node = node;
            while !std::mem::replace(&mut wanted[node.0 as usize], true) {
                node = tree.parent(node);
            }
        }
    }
    wanted.iter().enumerate().filter(|(_, wanted)| **wanted).map(|(at, _)| NodeId(at as u32)).collect()
}

struct Job<'a> {
    tree: &'a Tree,
    at: LayerIndex,
    bodies: &'a dyn Bodies,
    target: Target,
    options: Options,
    hear: &'a dyn Fn(Heard),
    cancel: &'a AtomicBool,
    folder: &'a Path,
    written: Written,
    /// Folders that this extraction made.
    made: Vec<NodeId>,
    /// The folder that was opened last.
    parent: Option<(NodeId, rustix::fd::OwnedFd)>,
}

impl Job<'_> {
    fn run(&mut self, nodes: &[NodeId]) -> Result<(), ExtractError> {
        let mut files: Vec<(EntryRef, NodeId)> = Vec::new();
        let mut symlinks = Vec::new();
        for &node in nodes {
            let Some(facts) = self.tree.facts(node, self.at) else { continue };
            match facts.kind {
                EntryKind::Dir if node == NodeId::ROOT => {}
                EntryKind::Dir => self.attempt(node, |job| job.folder(node))?,
                EntryKind::File | EntryKind::HardLink => match facts.content {
                    Some(content) => files.push((content, node)),
                    None => self.skip(node, "a hard link to nothing"),
                },
                EntryKind::Symlink => symlinks.push(node),
                EntryKind::Char | EntryKind::Block => self.skip(node, "a device"),
                EntryKind::Fifo => self.skip(node, "a named pipe"),
            }
        }
        // In the order of the layers' bytes: a compressed layer is inflated once.
        files.sort_unstable_by_key(|(content, node)| (content.layer, content.entry, *node));
        let mut first_names: HashMap<EntryRef, NodeId> = HashMap::new();
        for (content, node) in files {
            if let Some(first) = first_names.get(&content).copied() {
                self.attempt(node, |job| job.name_again(first, node, content))?;
                continue;
            }
            let failed = self.written.failed;
            self.attempt(node, |job| job.file(node, content))?;
            if self.written.failed == failed {
                first_names.insert(content, node);
            }
        }
        for node in symlinks {
            self.attempt(node, |job| job.symlink(node))?;
        }
        // Children first: writing into a folder changes its time.
        for node in std::mem::take(&mut self.made).into_iter().rev() {
            self.attempt(node, |job| job.settle(node))?;
        }
        Ok(())
    }

    /// Does something for a path; what fails is told, but a full disk and an interrupt end it all.
    fn attempt(
        &mut self,
        node: NodeId,
        act: impl FnOnce(&mut Self) -> Result<(), Trouble>,
    ) -> Result<(), ExtractError> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(ExtractError::Cancelled);
        }
        match act(self) {
            Ok(()) => Ok(()),
            Err(Trouble::Cancelled) => Err(ExtractError::Cancelled),
            Err(Trouble::Io(error)) if is_final(&error) => Err(ExtractError::Target {
                path: format!("{}/{}", self.folder.display(), text::display(&self.tree.path(node))),
                error,
            }),
            Err(trouble) => {
                self.written.failed += 1;
                self.tell(node, trouble.to_string());
                Ok(())
            }
        }
    }

    fn skip(&mut self, node: NodeId, why: &str) {
        self.written.skipped += 1;
        self.tell(node, why.to_owned());
    }

    fn tell(&mut self, node: NodeId, why: String) {
        if self.written.left_out.len() < TOLD {
            self.written.left_out.push(LeftOut { path: self.tree.path(node), why });
        }
    }
}

impl<'a> Job<'a> {
    fn facts(&self, node: NodeId) -> Result<Facts<'a>, Trouble> {
        self.tree.facts(node, self.at).ok_or(Trouble::Short)
    }
}

/// No later file would fare better.
fn is_final(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(error.kind(), K::StorageFull | K::QuotaExceeded | K::ReadOnlyFilesystem)
}

impl<'a> Meta<'a> {
    fn of(facts: &Facts<'a>, options: Options) -> Self {
        Self {
            mode: facts.mode & if options.same_owner { 0o7777 } else { 0o1777 },
            owner: options.same_owner.then_some((facts.uid, facts.gid)),
            mtime: facts.mtime,
            attributes: facts.xattrs,
            privileged: options.same_owner,
        }
    }
}
