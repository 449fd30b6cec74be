//! What there is beside an image to understand its history with: the base that the user names.

use super::{Loaded, Session};
use crate::args::BaseArgs;
use crate::build::{Evidence, Story};
use crate::error::CliError;
use crate::source;

impl Loaded {
    /// The history, understood with what the user says of the base.
    ///
    /// # Errors
    ///
    /// The base image cannot be opened.
    pub fn story(&self, session: &Session, base: &BaseArgs) -> Result<Story, CliError> {
        let evidence = evidence(session, base)?;
        Ok(Story::new(&self.image.info, &evidence))
    }
}

/// The base by number of layers or by image; of an image only manifest and config are read.
pub fn evidence(session: &Session, args: &BaseArgs) -> Result<Evidence, CliError> {
    let mut evidence = Evidence { base_layers: args.base_layers, ..Evidence::default() };
    if let Some(reference) = &args.base {
        let opened = source::open(reference, &session.options()?, &|_| {}, &session.cancel)?;
        let info = opened.info();
        let diff_ids = info.layers.iter().filter_map(|layer| layer.diff_id.clone()).collect();
        let name = info.tags.first().unwrap_or(reference).clone();
        evidence.base = Some((name, diff_ids));
    }
    Ok(evidence)
}
