//! Why an image could not be opened or read.

use super::Engine;
use super::engine::Failure;

/// Why an image could not be opened or read. Whatever stands here of
/// the inside of an image is already escaped; the lists of names are as the image spells them.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file or stream failed.
    #[error("{path}: {error}")]
    Io {
        /// The file, or `standard input`.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// Neither a file nor a folder, nor a scheme.
    #[error("no file or folder `{name}`")]
    NoFile {
        /// What was typed.
        name: String,
    },
    /// A scheme of an engine or a store.
    #[error("`{scheme}:` is not supported yet")]
    Unsupported {
        /// The scheme, without the colon.
        scheme: String,
        /// What followed it.
        name: String,
    },
    /// A scheme that is followed by nothing of use.
    #[error("`{text}` is no image: {why}")]
    Reference {
        /// What was typed.
        text: String,
        /// One clause.
        why: String,
    },
    /// It is there, but holds no image.
    #[error("{path} holds no image: {why}")]
    NoImage {
        /// The file or folder.
        path: String,
        /// One clause.
        why: String,
    },
    /// Several images, and none was named.
    #[error("{path} holds {} images", names.len())]
    Several {
        /// The file or folder.
        path: String,
        /// What `--image` takes.
        names: Vec<String>,
    },
    /// No image of that name.
    #[error("{path} holds no image `{wanted}`")]
    NotFound {
        /// The file or folder.
        path: String,
        /// What was asked for.
        wanted: String,
        /// What there is.
        names: Vec<String>,
    },
    /// The beginning of an ID that several images share.
    #[error("{path} holds several images whose ID begins with `{wanted}`")]
    Ambiguous {
        /// The file, folder or engine.
        path: String,
        /// What was asked for.
        wanted: String,
        /// What there is: an ID, and a name where it has one.
        names: Vec<String>,
    },
    /// No image for the platform.
    #[error("{path} holds no image for {wanted}")]
    Platform {
        /// The file or folder.
        path: String,
        /// What was asked for.
        wanted: String,
        /// What there is.
        available: Vec<String>,
    },
    /// A document or blob is not what it should be.
    #[error("{path}: {why}")]
    Broken {
        /// The file, and the member or digest in it.
        path: String,
        /// One clause.
        why: String,
    },
    /// A limit was passed.
    #[error("{path}: {why}")]
    Limit {
        /// The file, and the member or digest in it.
        path: String,
        /// One clause with the limit.
        why: String,
    },
    /// The temporary folder may not take so much, or takes nothing.
    #[error("{path}: {why}")]
    NoRoom {
        /// The file or stream.
        path: String,
        /// One clause with the folder, and the limit or why it takes nothing.
        why: String,
    },
    /// No store of an engine is there.
    #[error("no {store} at {path}")]
    NoStore {
        /// What kind: `docker store`.
        store: &'static str,
        /// The folders where it was looked for.
        path: String,
    },
    /// What is there may not be read.
    #[error("{path} cannot be read: permission denied")]
    NotPermitted {
        /// The file or folder.
        path: String,
        /// The command that would be permitted, as a clause.
        hint: String,
    },
    /// An engine or its store has no image (or container) of that name.
    #[error("{path} has no {what} `{wanted}`")]
    NotHere {
        /// Whose store or API it is.
        engine: Engine,
        /// The store's folder, or the engine.
        path: String,
        /// `image` or `container`.
        what: &'static str,
        /// As typed.
        wanted: String,
    },
    /// An engine does not answer, or not with what was asked for.
    #[error("{} at {at}: {failure}", engine.command())]
    Engine {
        /// The engine.
        engine: Engine,
        /// Its address.
        at: String,
        /// Why.
        failure: Failure,
    },
    /// No engine has it, or none could be asked.
    #[error("{}", nowhere(name, what, tried))]
    Nowhere {
        /// As typed.
        name: String,
        /// `image` or `container`.
        what: &'static str,
        /// Where it was looked for, and why each place did not do.
        tried: Vec<SourceError>,
    },
    /// The user cancelled.
    #[error("cancelled")]
    Cancelled,
}

fn nowhere(name: &str, what: &str, tried: &[SourceError]) -> String {
    let article = if what == "image" { "an" } else { "a" };
    let answered = tried.iter().any(|error| matches!(error, SourceError::NotHere { .. }));
    let no_engine = if answered { "no engine has" } else { "no engine could be asked for" };
    let folder = tried.iter().any(|error| matches!(error, SourceError::NoImage { .. }));
    let itself = if folder { "no image by itself" } else { "no file" };
    format!("`{name}` is {itself}, and {no_engine} {article} {what} of that name")
}
