//! Why an engine did not answer, or not with what was asked for.

use std::error::Error;
use std::io;
use std::time::Duration;

use bollard::errors::Error as ClientError;

/// Why an engine did not answer, or not with what was asked for. The sentences are clauses that follow its address.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Nobody is at home.
    #[error("there is no such socket")]
    NoSocket,
    /// Nobody is at home, and nobody could be: this command is not there.
    #[error("there is no such socket, and no command `{0}`")]
    NotInstalled(&'static str),
    /// The socket is there, nobody listens.
    #[error("nothing listens there")]
    Refused,
    /// The socket may not be used.
    #[error("permission denied")]
    Denied,
    /// It takes the connection and says nothing.
    #[error("it gives no answer within {} s", .0.as_secs_f32())]
    Silent(Duration),
    /// It stopped in the middle.
    #[error("it stops in the middle of its answer for {} s", .0.as_secs_f32())]
    Stalled(Duration),
    /// It said no.
    #[error("{message} (HTTP {code})")]
    Status {
        /// HTTP's number.
        code: u16,
        /// Its own words.
        message: String,
    },
    /// The answer has no end, or is none.
    #[error("its answer breaks off: {0}")]
    Cut(String),
    /// Something else.
    #[error("{0}")]
    Other(String),
    /// The user cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl Failure {
    /// Whether nobody listens, so that a store must be read without its engine.
    pub fn is_nobody(&self) -> bool {
        matches!(self, Self::NoSocket | Self::NotInstalled(_) | Self::Refused)
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::SocketNotFoundError(_) => Self::NoSocket,
            ClientError::DockerResponseServerError { status_code, message } => {
                let message = message.trim().to_owned();
                let message = if message.is_empty() { "it says no".to_owned() } else { message };
                Self::Status { code: status_code, message }
            }
            other => from_causes(&other),
        }
    }
}

/// The operating system's reason stands at the end of the chain.
fn from_causes(error: &(dyn Error + 'static)) -> Failure {
    let mut causes = vec![error];
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause);
        next = cause.source();
    }
    let kind = causes.iter().rev().find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
    let last = causes.last().map_or_else(String::new, ToString::to_string);
    match kind {
        Some(io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Failure::NoSocket,
        Some(io::ErrorKind::ConnectionRefused) => Failure::Refused,
        Some(io::ErrorKind::PermissionDenied) => Failure::Denied,
        Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => {
            Failure::Cut(last)
        }
        _ if last.contains("before message completed") || last.contains("end of file") => Failure::Cut(last),
        _ => Failure::Other(last),
    }
}
