//! Docker's and podman's API: addresses and contexts, questions, and images that an engine exports.
//!
//! The API client and its runtime are used here and nowhere else.

mod client;
mod container;
mod context;
mod endpoint;
mod failure;
mod image;
mod known;
mod ssh;

pub use client::Client;
pub use failure::Failure;
pub use image::{Row, digest};
pub use known::layer_sizes;

use std::sync::atomic::AtomicBool;

use super::choose::What;
use super::open::Opening;
use super::{Engine, Opened, SourceError, Surroundings};

/// Opens an image or container through the API of an engine, at the first address that answers.
///
/// # Errors
///
/// No address answers: why the first does not. The engine has no such image.
pub fn open(opening: &Opening<'_>, what: What, engine: Engine, name: &str) -> Result<Opened, SourceError> {
    let client = connect(opening, engine)?;
    match what {
        What::Image => image::open(opening, &client, name),
        What::Container => container::open(opening, &client, name),
    }
}

/// Whether a variable or a context names the engine's address, and that is none of the usual places.
pub fn is_named(engine: Engine, surroundings: &Surroundings) -> bool {
    let own = surroundings.runtime_dir();
    let usual = [
        surroundings.system("/var/run/docker.sock"),
        surroundings.system("/run/docker.sock"),
        surroundings.system("/run/podman/podman.sock"),
        own.join("docker.sock"),
        own.join("podman/podman.sock"),
    ];
    let is_usual = |endpoint: &endpoint::Endpoint| match &endpoint.transport {
        endpoint::Transport::Unix(path) => endpoint.origin.is_empty() || usual.contains(path),
        _ => false,
    };
    endpoint::endpoints(engine, surroundings).map_or(true, |endpoints| !endpoints.iter().all(is_usual))
}

/// The first address of an engine that answers.
///
/// # Errors
///
/// None does.
pub fn connect(opening: &Opening<'_>, engine: Engine) -> Result<Client, SourceError> {
    connect_in(&opening.options.surroundings, engine, opening.cancel)
}

/// The first address of an engine that answers, in these surroundings.
///
/// # Errors
///
/// None does.
pub fn connect_in(
    surroundings: &Surroundings,
    engine: Engine,
    cancel: &AtomicBool,
) -> Result<Client, SourceError> {
    let at = |at: String, failure| SourceError::Engine { engine, at, failure };
    let addresses = endpoint::endpoints(engine, surroundings)
        .map_err(|why| at("its address".to_owned(), Failure::Other(why)))?;
    let mut failed = None;
    for address in addresses {
        match Client::connect(&address, surroundings.patience, cancel) {
            Ok(client) => return Ok(client),
            Err(Failure::Cancelled) => return Err(SourceError::Cancelled),
            Err(failure) => {
                let failure = match failure {
                    Failure::NoSocket
                        if address.origin.is_empty() && !surroundings.has_command(engine.command()) =>
                    {
                        Failure::NotInstalled(engine.command())
                    }
                    failure => failure,
                };
                failed.get_or_insert_with(|| at(address.to_string(), failure));
            }
        }
    }
    Err(failed.unwrap_or_else(|| at("its address".to_owned(), Failure::NoSocket)))
}
