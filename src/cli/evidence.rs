//! What there is beside an image to understand its history with: the base that the user
//! names, the Dockerfile, and what stands beside it.

use std::fs;
use std::io;
use std::path::Path;

use super::{Loaded, Session};
use crate::args::{BaseArgs, BesideArgs, FileArgs};
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
        Ok(Story::new(&self.image.info, &self.evidence(session, base)?))
    }

    /// What the user says of the base, and what the builder attested.
    ///
    /// # Errors
    ///
    /// The base image cannot be opened.
    pub fn evidence(&self, session: &Session, base: &BaseArgs) -> Result<Evidence, CliError> {
        Ok(Evidence { provenance: self.opened.statements(), ..evidence(session, base)? })
    }
}

/// The base by number of layers or by image; of an image only manifest and config are read.
fn evidence(session: &Session, args: &BaseArgs) -> Result<Evidence, CliError> {
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

/// The base and the Dockerfile that the explorer is told of.
///
/// # Errors
///
/// One of them cannot be read.
pub fn beside(session: &Session, args: &BesideArgs) -> Result<Evidence, CliError> {
    let base = BaseArgs { base: args.base.clone(), base_layers: args.base_layers };
    let mut evidence = evidence(session, &base)?;
    dockerfile(&mut evidence, &FileArgs { file: args.file.clone(), ..FileArgs::default() })?;
    Ok(evidence)
}

/// The longest Dockerfile that is read: nobody writes one of that size.
const MAX_FILE: u64 = 4 << 20;

/// The Dockerfile that the user names, and the `.dockerignore` that builders take for it.
pub fn dockerfile(evidence: &mut Evidence, args: &FileArgs) -> Result<(), CliError> {
    let Some(path) = &args.file else { return Ok(()) };
    let text = read(path).map_err(|error| CliError::failed(format!("{}: {error}", path.display())))?;
    evidence.dockerfile = Some((name(path), text));
    evidence.target.clone_from(&args.target);
    let own = path.with_file_name(format!(
        "{}.dockerignore",
        path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default()
    ));
    let folder = args.context.as_deref().or(path.parent()).unwrap_or(Path::new("."));
    for ignore in [own, folder.join(".dockerignore")] {
        match read(&ignore) {
            Ok(text) => {
                evidence.dockerignore = Some(text);
                break;
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(CliError::failed(format!("{}: {error}", ignore.display()))),
        }
    }
    Ok(())
}

/// A file as a diff names it: from the working directory where it is below that, so that the diff can be applied there,
/// else as the user wrote it.
fn name(path: &Path) -> String {
    let below = || {
        let here = std::env::current_dir().ok()?.canonicalize().ok()?;
        // The folder's own links are followed, a link that the file is stays.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = folder.canonicalize().ok()?;
        Some(folder.strip_prefix(here).ok()?.join(path.file_name()?))
    };
    below().as_deref().unwrap_or(path).display().to_string()
}

fn read(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > MAX_FILE {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is too long for a Dockerfile"));
    }
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}
