//! `capas advise`.

use super::scan::scan;
use super::{Loaded, Output, Session, evidence, rebuild};
use crate::advice::{self, Advice, Limits, Look, Rule, Subject};
use crate::args::{AdviseArgs, Format};
use crate::build::{self, Story};
use crate::error::CliError;
use crate::ledger::Ledger;
use crate::report::advise::{self, Report};
use crate::report::{Align, Cell, Table, lookup};
use crate::settings::parse_size;
use crate::source::SourceError;

/// `capas advise`.
pub fn run(session: &Session, args: &AdviseArgs) -> Result<(), CliError> {
    if args.rule.iter().any(|rule| rule == "help") {
        return list_rules(session, args);
    }
    let rules = args.rule.iter().map(|id| rule(id)).collect::<Result<Vec<Rule>, CliError>>()?;
    let limits = limits(args)?;
    let loaded = Loaded::open(session, &args.image)?;
    let mut evidence = loaded.evidence(session, &args.base)?;
    evidence::dockerfile(&mut evidence, &args.file)?;
    let story = Story::new(&loaded.image.info, &evidence);
    let mut out = Output::open(args.out.output.as_deref())?;
    if args.dockerfile {
        std::io::Write::write_all(&mut out, build::reconstruct(&story).as_bytes())?;
        out.finish()?;
        return loaded.faults();
    }
    let ledger = ledger(session, &loaded)?;
    let scan = if args.scan { Some(scan(session, &loaded, &ledger, &story, &Look::ALL)?) } else { None };
    let subject =
        Subject { image: &loaded.image, ledger: &ledger, story: &story, scan: scan.as_ref(), limits };
    let mut advice = advice::advise(&subject);
    if args.verify {
        let built = rebuild::run(session, args, &subject, &advice)?;
        match args.out.format {
            Format::Table | Format::Plain => built.table(&session.look(&args.out), &mut out)?,
            Format::Json | Format::Ndjson => built.json(&loaded.image.info, &mut out)?,
        }
        out.finish()?;
        let said_no = || CliError::said_no("the build is not what was predicted");
        return if built.is_as_predicted() { loaded.faults() } else { Err(said_no()) };
    }
    retain(&mut advice, &rules);
    let report = Report { image: &loaded.image, ledger: &ledger, story: &story, advice: &advice };
    match args.out.format {
        Format::Table => advise::table(&report, &session.look(&args.out), &mut out)?,
        Format::Plain => advise::plain(&report, &mut out)?,
        Format::Json => advise::json(&report, &mut out)?,
        Format::Ndjson => advise::ndjson(&report, &mut out)?,
    }
    out.finish()?;
    loaded.faults()
}

/// The account, with the contents read that tell moved files from deleted ones.
fn ledger(session: &Session, loaded: &Loaded) -> Result<Ledger, CliError> {
    let mut ledger = Ledger::new(&loaded.image);
    let bodies = loaded.opened.bodies();
    let read = ledger.read_moves(&loaded.image.tree, &*bodies, &session.cancel, &mut |_| {});
    read.map_err(|_| SourceError::Cancelled)?;
    Ok(ledger)
}

fn limits(args: &AdviseArgs) -> Result<Limits, CliError> {
    let min_bytes = match &args.min_bytes {
        None => None,
        Some(text) => Some(parse_size(text).ok_or_else(|| {
            CliError::failed(format!("--min-bytes: `{text}` is no size")).hint("give bytes, or 20MB")
        })?),
    };
    Ok(Limits { min_bytes, all: args.all })
}

fn rule(id: &str) -> Result<Rule, CliError> {
    Rule::parse(id).ok_or_else(|| {
        let error = CliError::failed(format!("there is no rule `{id}`"));
        let error = match Rule::all().find(|rule| lookup::resembles(rule.id(), id)) {
            Some(meant) => error.hint(format!("the rule is `{}`", meant.id())),
            None => error,
        };
        error.hint("`capas advise --rule help IMAGE` lists them")
    })
}

/// Drops the findings of other rules; all stay where none is named. Rows belong to `ungrouped-run`.
fn retain(advice: &mut Advice, rules: &[Rule]) {
    if !rules.is_empty() {
        advice.findings.retain(|finding| rules.contains(&finding.rule));
        if !rules.contains(&Rule::UngroupedRun) {
            advice.rows.clear();
        }
    }
}

fn list_rules(session: &Session, args: &AdviseArgs) -> Result<(), CliError> {
    let mut table = Table::bare(&[Align::Left, Align::Left]);
    for rule in Rule::all() {
        table.row(vec![Cell::plain(rule.id()), Cell::plain(rule.about())]);
    }
    let mut out = Output::open(args.out.output.as_deref())?;
    table.write(&mut out, &session.look(&args.out))?;
    out.finish()
}
