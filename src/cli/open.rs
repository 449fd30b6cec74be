//! Opening an image for a command, and what to say when that fails.

use std::io::Write as _;
use std::sync::Arc;

use super::progress::Meter;
use super::{Session, signals};
use crate::error::{CliError, ErrorKind};
use crate::image::{Image, LayerInfo, Presence};
use crate::report::layers;
use crate::source::{self, Opened, Reference, SourceError};
use crate::text::{self, counted};

/// An opened image with its layers read.
pub struct Loaded {
    /// The model.
    pub image: Arc<Image>,
    /// Where it came from, for contents.
    pub opened: Opened,
}

impl Loaded {
    /// Opens an image and reads its layers, with progress on standard error.
    ///
    /// # Errors
    ///
    /// There is no such image, or it is broken beyond reading. A layer that can be read in part only is no error
    /// here: see [`Self::faults`].
    pub fn open(session: &Session, reference: &str) -> Result<Self, CliError> {
        signals::watch(Arc::clone(&session.cancel));
        let loaded = Self::quietly(session, reference)?;
        if let Some(note) = chosen(&session.reference(reference), session, &loaded.opened) {
            // Nobody reads it: no failure.
            let _ = writeln!(std::io::stderr(), "{note}");
        }
        Ok(loaded)
    }

    /// The same, without a word on which source had it, and without a watch over signals.
    ///
    /// # Errors
    ///
    /// As for [`Self::open`].
    pub fn quietly(session: &Session, reference: &str) -> Result<Self, CliError> {
        let meter = Meter::new(session);
        let hear = |progress| meter.hear(progress);
        let options = session.options()?;
        let reference = session.reference(reference);
        let opened = source::open(&reference, &options, &hear, &session.cancel)?;
        let layers = &opened.info().layers;
        meter.expect(layers.len(), layers.iter().map(|layer| layer.stored_bytes).sum());
        let image = opened.load_quietly(&hear, &session.cancel)?;
        Ok(Self { image, opened })
    }

    /// After the answer: an error that names the first layer that could not be read to its end, if there is one.
    pub fn faults(&self) -> Result<(), CliError> {
        let faults: Vec<String> = self
            .image
            .info
            .layers
            .iter()
            .zip(&self.image.figures)
            .filter_map(|(layer, figures)| Some((layer, layers::fault(layer, figures)?)))
            .map(|(layer, why)| format!("layer {}: {why}", layer.index))
            .collect();
        match &faults[..] {
            [] => match self.opened.cut() {
                Some(cut) => Err(CliError::failed(format!("{cut}; what could be read is shown"))
                    .hint("`capas verify` checks every layer")),
                None => Ok(()),
            },
            [first, rest @ ..] => {
                let mut error = CliError::failed(match rest.len() {
                    0 => format!("{first}; what could be read is shown"),
                    1 => format!("{first} (and one more layer); what could be read is shown"),
                    more => format!("{first} (and {more} more layers); what could be read is shown"),
                });
                error = error.hint(if self.image.info.layers.iter().any(is_encrypted) {
                    "`skopeo copy --decryption-key KEY` writes an image without encryption"
                } else {
                    "`capas verify` checks every layer"
                });
                Err(error)
            }
        }
    }
}

fn is_encrypted(layer: &LayerInfo) -> bool {
    layer.presence == Presence::Encrypted
}

/// Which source had the image of a name that could have meant several.
fn chosen(reference: &str, session: &Session, opened: &Opened) -> Option<String> {
    let is_choice = match source::parse_reference(reference) {
        Ok(Reference::Name(_) | Reference::Container(_)) => true,
        Ok(Reference::Path { layout: None, .. }) => session.open.source.is_some(),
        _ => false,
    };
    is_choice.then(|| format!("{}: from the {}", text::display(reference.as_bytes()), opened.info().source))
}

/// A place that was tried, on one line that is not too long.
fn detail(error: &SourceError) -> String {
    match error {
        SourceError::NoStore { store, path } => match path.split_once(", ") {
            Some((first, rest)) => {
                let more = rest.split(", ").count() as u64;
                format!("no {store} at {first} and {}", counted(more, "other place"))
            }
            None => error.to_string(),
        },
        error => error.to_string(),
    }
}

impl From<SourceError> for CliError {
    fn from(error: SourceError) -> Self {
        let kind =
            if matches!(error, SourceError::Cancelled) { ErrorKind::Interrupted } else { ErrorKind::Failed };
        let hints = error.hints();
        let details = match &error {
            SourceError::Nowhere { tried, .. } => tried.iter().map(detail).collect(),
            _ => Vec::new(),
        };
        Self { kind, source: error.into(), details, hints }
    }
}
