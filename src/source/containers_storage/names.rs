//! Which image of the store is meant.

use super::{ContainersStorage, image::Record};
use crate::oci::Digest;
use crate::source::SourceError;
use crate::source::names::{canonical, familiar, tagged};

impl ContainersStorage {
    /// The image that is meant: by its whole ID, by a name as podman completes it (as it is, below `localhost/`, below
    /// `docker.io/library/`, or the end of any one name), by the digest of its manifest, by the beginning of its ID.
    pub(super) fn find_image<'a>(
        &self,
        images: &'a [Record],
        wanted: &str,
    ) -> Result<&'a Record, SourceError> {
        let hex = wanted.strip_prefix("sha256:").unwrap_or(wanted);
        if let Some(image) = images.iter().find(|image| image.id == hex) {
            return Ok(image);
        }
        if let Some((name, digest)) = wanted.split_once('@') {
            let repository = |name: &str| {
                let name = name.split_once('@').map_or(name, |(name, _)| name);
                let last = name.rfind('/').map_or(0, |at| at + 1);
                name[last..].find(':').map_or(name, |at| &name[..last + at]).to_owned()
            };
            let wanted_name = repository(name);
            let is_named = |image: &Record| {
                image.names.iter().any(|name| canonical(&repository(name)) == canonical(&wanted_name))
            };
            let named = images.iter().find(|image| image.has_digest(digest) && is_named(image));
            return named.ok_or_else(|| self.not_here("image", wanted));
        }
        let full = tagged(wanted);
        let exact = [full.clone(), format!("localhost/{full}"), canonical(&full)];
        for name in &exact {
            let named = images.iter().find(|image| image.names.iter().any(|other| other == name));
            if let Some(image) = named {
                return Ok(image);
            }
        }
        let end = format!("/{full}");
        let tests: [&dyn Fn(&&Record) -> bool; 3] = [
            &|image| image.names.iter().any(|name| name.ends_with(&end)),
            &|image| image.has_digest(&format!("sha256:{hex}")),
            &|image| !hex.is_empty() && image.id.starts_with(hex),
        ];
        for test in tests {
            let mut found: Vec<&Record> = images.iter().filter(test).collect();
            let mut known = std::collections::HashSet::new();
            found.retain(|image| known.insert(&image.id));
            match found[..] {
                [] => {}
                [image] => return Ok(image),
                [..] => {
                    let names = found.iter().map(|image| image.shown()).collect();
                    let wanted = wanted.to_owned();
                    return Err(SourceError::Ambiguous { path: self.label(), wanted, names });
                }
            }
        }
        Err(self.not_here("image", wanted))
    }
}

impl Record {
    /// Whether it is known by this digest of a manifest.
    fn has_digest(&self, digest: &str) -> bool {
        self.digests().any(|known| known.as_str() == digest)
    }

    /// The digests of its manifests, that of the index it was pulled by included.
    pub fn digests(&self) -> impl Iterator<Item = Digest> + '_ {
        let manifests = self.big_data_names.iter().filter_map(|name| name.strip_prefix("manifest-"));
        self.digest.iter().cloned().chain(manifests.filter_map(|digest| digest.parse().ok()))
    }

    fn shown(&self) -> String {
        let id = self.id.chars().take(12).collect::<String>();
        self.names.first().map_or(id.clone(), |name| format!("{id} ({})", familiar(name)))
    }
}
