//! `capas waste`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use super::scan::scan;
use super::{Loaded, Output, Session};
use crate::advice::Look as Contents;
use crate::args::{Format, WasteArgs, WasteBy};
use crate::build::RemarkKind;
use crate::error::{self, CliError};
use crate::layer::LayerIndex;
use crate::ledger::{Duplicates, Hashes, Ledger};
use crate::prose;
use crate::report::Look;
use crate::report::waste::{self, By, Options, Waste};
use crate::text;
use crate::tree::{NodeId, Tree};

/// Rows of each table for people.
const TOP: usize = 10;

/// `capas waste`.
pub fn run(session: &Session, args: &WasteArgs) -> Result<(), CliError> {
    let loaded = Loaded::open(session, &args.image)?;
    let story = loaded.story(session, &args.base)?;
    // The base that was asked for, where it is not.
    let asked = [RemarkKind::TooManyBaseLayers, RemarkKind::NotTheBase];
    for remark in story.remarks.iter().filter(|it| asked.contains(&it.kind)) {
        error::note(&prose::story::remark(remark));
    }
    let ledger = Ledger::new(&loaded.image);
    let hashes = if args.scan {
        scan(session, &loaded, &ledger, &story, &[Contents::Duplicates])?.hashes
    } else {
        Hashes::new()
    };
    // Inflating hashes everything; of plain layers only what decides a cause is read.
    let is_known = args.scan || loaded.image.figures.iter().all(|layer| layer.compression != "none");
    let duplicates = is_known.then(|| Duplicates::new(&loaded.image, &ledger, &hashes)).flatten();
    let duplicates = duplicates.map(|duplicates| duplicates.bytes);
    let waste = Waste { image: &loaded.image, ledger: &ledger, story: &story, duplicates };
    let is_table = args.out.format == Format::Table;
    let options = Options {
        by: by(args, is_table),
        top: match args.top {
            Some(0) => None,
            Some(rows) => Some(rows),
            None => is_table.then_some(TOP),
        },
        layer: layer(args.layer, ledger.layer_count())?,
        under: under(&loaded.image.tree, args.path.as_deref())?,
    };
    let look = Look { whole: false, ..session.look(&args.out) };
    let mut out = Output::open(args.out.output.as_deref())?;
    match args.out.format {
        Format::Table => waste::table(&waste, &options, &look, &mut out)?,
        Format::Plain => waste::plain(&waste, &options, &mut out)?,
        Format::Json => waste::json(&waste, &options, &mut out)?,
        Format::Ndjson => waste::ndjson(&waste, &options, &mut out)?,
    }
    out.finish()?;
    loaded.faults()
}

fn by(args: &WasteArgs, is_table: bool) -> Vec<By> {
    let by = |by: &WasteBy| match by {
        WasteBy::Pair => By::Pair,
        WasteBy::Born => By::Born,
        WasteBy::Killed => By::Killed,
        WasteBy::Cause => By::Cause,
        WasteBy::Directory => By::Directory(args.depth),
        WasteBy::File => By::File,
        WasteBy::Extension => By::Extension,
    };
    match &args.by[..] {
        [] if is_table => vec![By::Pair, By::Directory(args.depth), By::File],
        [] => vec![By::File],
        asked => asked.iter().map(by).collect(),
    }
}

fn layer(number: Option<u16>, count: u16) -> Result<Option<LayerIndex>, CliError> {
    match number {
        Some(number) if number == 0 || number > count => {
            Err(CliError::failed(format!("there is no layer {number}"))
                .hint(format!("the image has layers 1 to {count}")))
        }
        number => Ok(number.map(LayerIndex)),
    }
}

/// The node of a path that any layer has: what is dead is mostly not there any more.
fn under(tree: &Tree, path: Option<&OsStr>) -> Result<NodeId, CliError> {
    let Some(path) = path else { return Ok(NodeId::ROOT) };
    tree.find(path.as_bytes()).ok_or_else(|| {
        CliError::failed(format!("no layer has `{}`", text::display(path.as_bytes())))
            .hint("`capas waste --by directory` lists where dead bytes lie")
    })
}
