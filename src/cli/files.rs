//! `capas tree`, `capas ls` and `capas cat`.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;

use jiff::tz::TimeZone;

use super::progress::Meter;
use super::{Loaded, Output, Session, view};
use crate::args::{CatArgs, Format, LsArgs, TreeArgs};
use crate::error::CliError;
use crate::layer::{EntryKind, LayerIndex};
use crate::report::lookup::{self, Last, LookupError};
use crate::report::walk::{Limits, Walk};
use crate::report::{entries, ls, tree};
use crate::text;
use crate::tree::{EntryRef, NodeId, Tree, View};

impl From<LookupError> for CliError {
    fn from(error: LookupError) -> Self {
        let hint = error.hint();
        let failed = Self::failed(error.sentence());
        match hint {
            Some(hint) => failed.hint(hint),
            None => failed,
        }
    }
}

/// The node of a path in a view. What a layer or a range removed is found too.
pub fn find(tree: &Tree, view: View, path: Option<&OsStr>, last: Last) -> Result<NodeId, CliError> {
    let path = path.map_or(&b""[..], OsStrExt::as_bytes);
    let (before, after) = view.points();
    lookup::follow(tree, after, path, last)
        .or_else(|error| match view {
            View::Rootfs(_) => Err(error),
            View::Changeset(_) | View::Range(..) => {
                lookup::follow(tree, before, path, last).map_err(|_| error)
            }
        })
        .map_err(Into::into)
}

/// `capas tree`.
pub fn tree(session: &Session, args: &TreeArgs) -> Result<(), CliError> {
    let loaded = Loaded::open(session, &args.image)?;
    let all = &loaded.image.tree;
    let view = view::resolve(&args.view, loaded.image.info.layers.len())?;
    let start = find(all, view, args.path.as_deref(), Last::Keep)?;
    let walk = Walk::new(all, view, start, Limits { depth: args.depth, dirs_only: args.dirs });
    let mut out = Output::open(args.out.output.as_deref())?;
    match args.out.format {
        Format::Table => tree::draw(&walk, &session.look(&args.out), &mut out)?,
        Format::Plain => tree::plain(&walk, &mut out)?,
        Format::Json => entries::json(&loaded.image, &walk, &mut out)?,
        Format::Ndjson => entries::ndjson(&walk, &mut out)?,
    }
    out.finish()?;
    loaded.faults()
}

/// `capas ls`.
pub fn ls(session: &Session, args: &LsArgs) -> Result<(), CliError> {
    let loaded = Loaded::open(session, &args.image)?;
    let all = &loaded.image.tree;
    let view = view::resolve(&args.view, loaded.image.info.layers.len())?;
    // As ls does: a link to a folder is the folder, unless its own details are asked for.
    let slash = args.path.as_ref().is_some_and(|path| path.as_bytes().ends_with(b"/"));
    let last = if args.long && !slash { Last::Keep } else { Last::Follow };
    let start = find(all, view, args.path.as_deref(), last)
        .or_else(|error| find(all, view, args.path.as_deref(), Last::Keep).map_err(|_| error))?;
    let depth = if args.recursive { None } else { Some(1) };
    let walk = Walk::new(all, view, start, Limits { depth, dirs_only: false }).below();
    let look = session.look(&args.out);
    let mut out = Output::open(args.out.output.as_deref())?;
    match args.out.format {
        Format::Table => {
            let listing = ls::Listing { long: args.long, zone: TimeZone::system() };
            ls::write(&walk, &listing, &look, &mut out)?;
        }
        Format::Plain => tree::plain(&walk, &mut out)?,
        Format::Json => entries::json(&loaded.image, &walk, &mut out)?,
        Format::Ndjson => entries::ndjson(&walk, &mut out)?,
    }
    out.finish()?;
    loaded.faults()
}

/// `capas cat`.
pub fn cat(session: &Session, args: &CatArgs) -> Result<(), CliError> {
    let loaded = Loaded::open(session, &args.image)?;
    let tree = &loaded.image.tree;
    let layers = loaded.image.info.layers.len();
    let at = match args.layer {
        Some(layer) => view::existing(layer, layers)?,
        None => view::last(layers),
    };
    let node = find(tree, View::Rootfs(at), Some(&args.path), Last::Follow)?;
    let content = regular(tree, node, at, &args.image)?;
    let mut out = Output::open(args.output.as_deref())?;
    copy(&loaded, content, &mut out, session)?;
    out.finish()?;
    loaded.faults()
}

/// The entry with a file's bytes.
fn regular(tree: &Tree, node: NodeId, at: LayerIndex, image: &str) -> Result<EntryRef, CliError> {
    let path = text::display(&tree.path(node));
    let Some(facts) = tree.facts(node, at) else {
        return Err(CliError::failed(format!("there is no {path} in the image")));
    };
    let what = match facts.kind {
        EntryKind::File | EntryKind::HardLink => match facts.content {
            Some(content) => return Ok(content),
            None => "a hard link to nothing",
        },
        EntryKind::Dir => {
            let path = if path.is_empty() { "/".to_owned() } else { path };
            return Err(CliError::failed(format!("{path} is a directory"))
                .hint(format!("capas ls {image} {path}, or capas extract {image} {path} -o DIR")));
        }
        EntryKind::Symlink => "a symlink",
        EntryKind::Char | EntryKind::Block => "a device",
        EntryKind::Fifo => "a named pipe",
    };
    Err(CliError::failed(format!("{path} is {what} and has no content")))
}

/// Copies a file's logical bytes: holes of a sparse file come out as zeros.
fn copy(loaded: &Loaded, at: EntryRef, out: &mut Output, session: &Session) -> Result<(), CliError> {
    let table = loaded.image.tree.entries(at.layer);
    let entry = table.get(at.entry);
    let bodies = loaded.opened.bodies();
    let meter = Meter::new(session);
    let passed = |bytes| {
        meter.passed(bytes, entry.offset);
        session.check().is_ok()
    };
    let body = bodies.open_heard(at.layer, entry, &passed);
    drop(meter);
    session.check()?;
    let mut body = body.map_err(CliError::failed)?;
    match table.sparse(at.entry) {
        None => pour(&mut body, entry.size, out, session),
        Some(sparse) => pour(&mut sparse.expand(body), sparse.size, out, session),
    }
}

fn pour(from: &mut dyn Read, length: u64, out: &mut Output, session: &Session) -> Result<(), CliError> {
    let mut buffer = vec![0; 1 << 16];
    let mut left = length;
    while left > 0 {
        session.check()?;
        let want = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        // A pipe that breaks while we read is a failure; only one that breaks while we write is not.
        let got = from.read(&mut buffer[..want]).map_err(CliError::failed)?;
        if got == 0 {
            return Err(CliError::failed(format!("the content ends {left} bytes early")));
        }
        out.write_all(&buffer[..got])?;
        left -= got as u64;
    }
    Ok(())
}
