//! Manifests, indexes and configs by digest: read within bounds, and checked.

use std::cell::{Cell, RefCell};

use super::SourceError;
use super::names::stated_digest;
use super::outer::Missing;
use super::store::{Files, blob_path};
use crate::oci::{Descriptor, Digest};

/// One thing that was checked, for `verify`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What: `config sha256:...`, `layer 3 DiffID`.
    pub subject: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// One clause.
    pub message: String,
}

/// How blobs are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// `blobs/sha256/<hex>`.
    Layout,
    /// `<hex>`, and `<hex>.manifest.json` for manifests of an index: skopeo's `dir:`.
    Flat,
}

/// The documents of an archive or layout.
pub struct Documents<'a> {
    /// Where they lie.
    pub files: &'a Files,
    /// How they are named.
    pub naming: Naming,
    /// Whether a wrong digest ends it; `verify` goes on and tells.
    pub strict: bool,
    /// What was checked.
    pub checks: RefCell<Vec<Check>>,
    /// Bytes read so far of documents that were only glanced at.
    pub glanced: Cell<u64>,
}

/// Documents of all images of an archive together, read to find out which is meant. Ten thousand links to one config of
/// 64 MiB would keep us busy for an hour.
const MAX_GLANCED: u64 = 256 << 20;

impl Documents<'_> {
    /// The name of a blob's file.
    pub fn blob_name(&self, digest: &Digest) -> String {
        match self.naming {
            Naming::Layout => blob_path(digest),
            Naming::Flat => digest.hex().to_owned(),
        }
    }

    /// The name of a manifest's file.
    pub fn manifest_name(&self, digest: &Digest) -> String {
        match self.naming {
            Naming::Layout => blob_path(digest),
            Naming::Flat => format!("{}.manifest.json", digest.hex()),
        }
    }

    /// A document that says what there is to choose from; it is checked when it is chosen.
    ///
    /// # Errors
    ///
    /// It cannot be read, is too long, or there are too many of them.
    pub fn glance(&self, name: &str, limit: u64) -> Result<Result<Vec<u8>, Missing>, SourceError> {
        let document = self.files.document(name, limit)?;
        self.glanced.set(self.glanced.get() + document.as_ref().map_or(0, Vec::len) as u64);
        if self.glanced.get() > MAX_GLANCED {
            let why = format!("its manifests and configs together are longer than {MAX_GLANCED} bytes");
            return Err(SourceError::Limit { path: self.files.label.clone(), why });
        }
        Ok(document)
    }

    /// A document whose descriptor is known: its digest and its size are checked.
    ///
    /// # Errors
    ///
    /// It cannot be read, is too long, or (when strict) is not what its descriptor says.
    pub fn described(
        &self,
        what: &str,
        name: &str,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Result<Vec<u8>, Missing>, SourceError> {
        let bytes = match self.glance(name, limit)? {
            Ok(bytes) => bytes,
            Err(missing) => return Ok(Err(missing)),
        };
        self.check(what, name, &descriptor.digest, &bytes)?;
        if descriptor.size != 0 && descriptor.size != bytes.len() as u64 {
            let message = format!("its descriptor says {} bytes, it has {}", descriptor.size, bytes.len());
            self.note(format!("{what} {} size", descriptor.digest), false, message);
        }
        Ok(Ok(bytes))
    }

    /// A document whose file name may state its digest.
    ///
    /// # Errors
    ///
    /// As for [`Self::described`].
    pub fn named(&self, what: &str, name: &str, limit: u64) -> Result<Result<Vec<u8>, Missing>, SourceError> {
        let bytes = match self.files.document(name, limit)? {
            Ok(bytes) => bytes,
            Err(missing) => return Ok(Err(missing)),
        };
        if let Some(digest) = stated_digest(name) {
            self.check(what, name, &digest, &bytes)?;
        }
        Ok(Ok(bytes))
    }

    fn check(&self, what: &str, name: &str, digest: &Digest, bytes: &[u8]) -> Result<(), SourceError> {
        let subject = format!("{what} {digest}");
        match digest.matches(bytes) {
            Some(true) => self.note(subject, true, "its bytes have this digest".to_owned()),
            None => self.note(subject, true, format!("{} is not computed here", digest.algorithm())),
            Some(false) => {
                let found = Digest::of(bytes);
                if self.strict {
                    return Err(self.files.broken(
                        name,
                        format!("the {what} should have the digest {digest} and has {found}"),
                    ));
                }
                self.note(subject, false, format!("its bytes have the digest {found}"));
            }
        }
        Ok(())
    }

    fn note(&self, subject: String, ok: bool, message: String) {
        let check = Check { subject, ok, message };
        let mut checks = self.checks.borrow_mut();
        if !checks.contains(&check) {
            checks.push(check);
        }
    }
}
