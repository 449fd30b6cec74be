//! The OCI image specification (and Docker's forerunner of it) as plain types. No I/O, nothing of ours.
//!
//! The types are permissive on purpose: every field may be absent or `null`, since engines have shipped all of
//! that (`"manifests": null` by Docker 25.0). What a document says beyond the known fields is kept by the caller
//! as raw JSON where it is needed.

mod config;
mod digest;
mod hasher;
mod manifest;
mod platform;

pub use config::{HistoryEntry, ImageConfig, RootFs, RunConfig};
pub use digest::{Digest, DigestError};
pub use hasher::Hasher;
pub use manifest::{Descriptor, Index, Manifest, list, media_type, nullable};
pub use platform::{Platform, PlatformError};
