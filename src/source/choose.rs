//! Which engine has the image of a bare name: each in turn, its store on disk first where that can be read, then its
//! API. The first that has it wins.

use super::open::Opening;
use super::{
    Engine, Failure, Opened, Place, SourceError, StoreKind, containerd, containers_storage, docker_store,
    engine,
};

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// An image.
    Image,
    /// A container.
    Container,
}

impl What {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Container => "container",
        }
    }
}

/// Opens the image or container of that name, of the first engine that has it.
///
/// # Errors
///
/// [`SourceError::Nowhere`] with what was tried and why it did not do; of an engine that has it, why it cannot be
/// opened.
pub fn anywhere(opening: &Opening<'_>, what: What, name: &str) -> Result<Opened, SourceError> {
    let engines = match opening.options.engine {
        Some(engine) => vec![engine],
        None => Engine::ALL.to_vec(),
    };
    let mut tried = Vec::new();
    for engine in engines {
        // An address that somebody named is another machine's as likely as not, and its store is not this one's.
        if !engine::is_named(engine, &opening.options.surroundings) {
            match store(opening, what, engine.store(), &Place::default(), name) {
                Err(error) if !is_final(&error) => tried.push(error),
                settled => return settled,
            }
            // Docker 29 keeps its images in containerd's, in a namespace of its own.
            if (engine, what) == (Engine::Docker, What::Image) {
                match store(opening, what, StoreKind::Containerd, &Place::default(), &format!("moby/{name}"))
                {
                    Err(error) if !is_final(&error) => {}
                    settled => return settled,
                }
            }
        }
        if engine == Engine::Containerd {
            continue;
        }
        match engine::open(opening, what, engine, name) {
            Err(error) if !is_final(&error) => tried.push(error),
            settled => return settled,
        }
    }
    // What cannot be read here at all yet was not tried.
    tried.retain(|error| !matches!(error, SourceError::Unsupported { .. }));
    let name = name.escape_debug().to_string();
    Err(SourceError::Nowhere { name, what: what.word(), tried })
}

/// Opens from a store on disk.
pub fn store(
    opening: &Opening<'_>,
    what: What,
    kind: StoreKind,
    place: &Place,
    name: &str,
) -> Result<Opened, SourceError> {
    match (kind, what) {
        (StoreKind::Docker, What::Image) => docker_store::open(opening, place, name),
        (StoreKind::Docker, What::Container) => docker_store::open_container(opening, place, name),
        (StoreKind::Containers, What::Image) => containers_storage::open(opening, place, name),
        (StoreKind::Containers, What::Container) => containers_storage::open_container(opening, place, name),
        (StoreKind::Containerd, What::Image) => containerd::open(opening, place, name),
        _ => {
            let scheme = if what == What::Image { kind.scheme() } else { "container" };
            Err(SourceError::Unsupported { scheme: scheme.to_owned(), name: name.to_owned() })
        }
    }
}

/// Opens through the API of an engine, or from its store where nobody listens.
///
/// # Errors
///
/// Why the API does not do.
pub fn through(opening: &Opening<'_>, engine: Engine, name: &str) -> Result<Opened, SourceError> {
    let error = match engine::open(opening, What::Image, engine, name) {
        Err(error) if matches!(&error, SourceError::Engine { failure, .. } if failure.is_nobody()) => error,
        settled => return settled,
    };
    if engine::is_named(engine, &opening.options.surroundings) {
        return Err(error);
    }
    store(opening, What::Image, engine.store(), &Place::default(), name).map_err(|other| match other {
        SourceError::Cancelled => other,
        _ => error,
    })
}

/// Whether the search ends: the image is there, and cannot be shown or is not the only one. Whatever is wrong with a
/// store, its engine may still read it.
fn is_final(error: &SourceError) -> bool {
    match error {
        SourceError::Cancelled
        | SourceError::Ambiguous { .. }
        | SourceError::Platform { .. }
        | SourceError::Several { .. }
        | SourceError::NoRoom { .. }
        | SourceError::Limit { .. } => true,
        SourceError::Engine { failure, .. } => matches!(failure, Failure::Cut(_) | Failure::Stalled(_)),
        _ => false,
    }
}
