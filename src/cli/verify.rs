//! `capas verify`.

use std::sync::Arc;

use super::progress::Meter;
use super::{Output, Session, signals};
use crate::args::{Format, VerifyArgs};
use crate::error::CliError;
use crate::image::ImageInfo;
use crate::report::verify::Findings;
use crate::source::{self, Check, SourceError};

/// Checks everything and reports; exit code 1 on findings.
pub fn run(session: &Session, args: &VerifyArgs) -> Result<(), CliError> {
    signals::watch(Arc::clone(&session.cancel));
    let meter = Meter::new(session);
    let hear = |progress| meter.hear(progress);
    let reference = session.reference(&args.image);
    let verified = match source::verify(&reference, &session.options()?, &hear, &session.cancel) {
        Ok(verified) => verified,
        // It is an image, and too broken to be opened: that is what was found.
        Err(SourceError::Broken { path, why }) => {
            drop(meter);
            let checks = [Check { subject: path, ok: false, message: why }];
            let info = ImageInfo {
                reference: args.image.clone(),
                source: "unreadable".to_owned(),
                ..ImageInfo::default()
            };
            return report(session, args, &Findings { checks: &checks, notes: &info.notes }, &info);
        }
        Err(error) => return Err(error.into()),
    };
    // The model has the notes of the layers and of their merging.
    let image = verified.opened.load(&hear, &session.cancel)?;
    drop(meter);
    let mut checks = verified.checks;
    // A blob may be what its digest says and still be no whole tar.
    for (layer, figures) in image.info.layers.iter().zip(&image.figures) {
        if let Some(fault) = &figures.fault {
            let subject = format!("layer {} tar", layer.index);
            checks.push(Check { subject, ok: false, message: fault.to_string() });
        }
    }
    report(session, args, &Findings { checks: &checks, notes: &image.notes }, &image.info)
}

fn report(
    session: &Session,
    args: &VerifyArgs,
    findings: &Findings<'_>,
    info: &ImageInfo,
) -> Result<(), CliError> {
    let mut out = Output::open(args.out.output.as_deref())?;
    match args.out.format {
        Format::Table => findings.table(&session.look(&args.out), args.quiet, &mut out)?,
        Format::Plain => findings.plain(&mut out)?,
        Format::Json => findings.json(info, &mut out)?,
        Format::Ndjson => findings.ndjson(&mut out)?,
    }
    out.finish()?;
    match findings.failed() {
        0 => Ok(()),
        failed => Err(CliError::said_no(format!("{failed} checks failed"))),
    }
}
