//! Opening an image for a command, and what to say when that fails.

use std::sync::Arc;

use super::progress::Meter;
use super::{Session, signals};
use crate::error::{CliError, ErrorKind};
use crate::image::Image;
use crate::report::layers;
use crate::source::{self, Opened, SourceError};
use crate::text;

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
        let meter = Meter::new();
        let hear = |progress| meter.hear(progress);
        let options = session.options()?;
        let opened = source::open(reference, &options, &hear, &session.cancel)?;
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
                error = error.hint("`capas verify` checks every layer");
                Err(error)
            }
        }
    }
}

/// Not all of a long list.
const SHOWN: usize = 20;

fn list(names: &[String]) -> String {
    let mut shown: Vec<String> =
        names.iter().take(SHOWN).map(|name| text::display(name.as_bytes())).collect();
    if names.len() > SHOWN {
        shown.push(format!("and {} more", names.len() - SHOWN));
    }
    shown.join(", ")
}

impl From<SourceError> for CliError {
    fn from(error: SourceError) -> Self {
        let mut hints = Vec::new();
        let mut kind = ErrorKind::Failed;
        match &error {
            SourceError::Cancelled => kind = ErrorKind::Interrupted,
            SourceError::Several { names, .. } => {
                hints.push(format!("choose one with --image NAME: {}", list(names)));
            }
            SourceError::NotFound { names, .. } if names.is_empty() => {}
            SourceError::NotFound { names, .. } => hints.push(format!("it holds: {}", list(names))),
            SourceError::Ambiguous { names, .. } => hints.push(format!("give more of it: {}", list(names))),
            SourceError::Platform { available, .. } if available.is_empty() => {}
            SourceError::Platform { available, .. } => {
                hints.push(format!("choose one with --platform OS/ARCH: {}", list(available)));
            }
            SourceError::NoImage { .. } => hints.push(
                "an image is what `docker save`, `podman save`, `skopeo copy` or buildx write: an archive or an OCI \
                 layout folder"
                    .to_owned(),
            ),
            SourceError::Broken { .. } => {
                hints.push("if it was cut short or damaged on its way, save or copy it again".to_owned());
                hints.push("`capas verify` checks every part".to_owned());
            }
            SourceError::NotPermitted { hint, .. } => hints.push(hint.clone()),
            SourceError::NoStore { .. } | SourceError::NotHere { .. } => {}
            SourceError::NoFile { .. }
            | SourceError::Unsupported { .. }
            | SourceError::NoRoom { .. }
            | SourceError::Limit { .. } => hints.extend(error.hint()),
            SourceError::Reference { .. } => hints.push(
                "a scheme stands before the name: docker:NAME, podman:NAME, docker-store:[FOLDER]NAME, container:NAME".to_owned(),
            ),
            SourceError::Io { .. } => {}
        }
        Self { kind, source: error.into(), hints }
    }
}
