//! What builders attest about an image: BuildKit puts in-toto statements beside it, as a manifest of their own in the same
//! index.

use super::Opened;
use super::documents::Documents;
use super::draft::Draft;
use super::region::Region;
use super::store::MAX_MANIFEST;
use crate::oci::Manifest;

/// A statement with a Dockerfile, its build graph and the layers of each step has some 100 kB.
const LONGEST: u64 = 16 << 20;
/// Nobody writes more than an SBOM and a provenance.
const MOST: usize = 8;

const TYPE: &str = "vnd.docker.reference.type";
const OF: &str = "vnd.docker.reference.digest";
const PREDICATE: &str = "in-toto.io/predicate-type";
const PROVENANCE: &str = "https://slsa.dev/provenance/";

/// Where the provenance statements about the image of `draft` lie. What cannot be read is left out: the image is whole
/// without it, and `verify` tells.
pub fn find(documents: &Documents<'_>, draft: &Draft) -> Vec<Region> {
    let own = draft.manifest_digest.as_ref().map(ToString::to_string);
    let about_it = draft.set_aside.iter().map(|aside| &aside.descriptor).filter(|descriptor| {
        let says = |name: &str| descriptor.annotations.get(name);
        says(TYPE).is_some_and(|kind| kind == "attestation-manifest") && says(OF) == own.as_ref()
    });
    let manifests = about_it.take(MOST).filter_map(|descriptor| {
        let name = documents.manifest_name(&descriptor.digest);
        let bytes = documents.glance(&name, MAX_MANIFEST).ok()?.ok()?;
        documents.files.parse::<Manifest>(&name, &bytes).ok()
    });
    let statements = manifests.flat_map(|manifest| manifest.layers).filter(|layer| {
        layer.annotations.get(PREDICATE).is_some_and(|predicate| predicate.starts_with(PROVENANCE))
    });
    let regions =
        statements.filter_map(|layer| documents.files.find(&documents.blob_name(&layer.digest)).ok()?.ok());
    regions.filter(|region| region.len() <= LONGEST).take(MOST).collect()
}

impl Opened {
    /// The provenance statements that the builder attached, as stored: nobody has signed or checked them.
    pub fn statements(&self) -> Vec<Vec<u8>> {
        self.statements.iter().filter_map(|region| region.read_all().ok()).collect()
    }
}
