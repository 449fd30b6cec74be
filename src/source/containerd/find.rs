//! Which image is meant: names, digests and beginnings of IDs, in one namespace after the other.

use super::database::Target;
use super::{Containerd, NAMESPACES};
use crate::oci::{Descriptor, Digest, Index, Manifest};
use crate::source::names::{familiar, is_id_prefix};
use crate::source::store::{Files, MAX_MANIFEST, blob_path};
use crate::source::{Engine, SourceError};

/// Docker's name for an image that has none.
const DANGLING: &str = "moby-dangling@";
/// Docker's label for what the classic builder made an image from.
const PARENT: &str = "org.mobyproject.image.parent";

/// An image that was found.
pub struct Found {
    /// Its namespace.
    pub namespace: String,
    /// One of its names.
    pub target: Target,
    /// All of its names that are names.
    pub names: Vec<String>,
    /// Its parents as docker's classic builder left them, nearest first.
    pub ancestors: Vec<Digest>,
}

impl Containerd {
    /// The image that is meant. `asked` is the namespace that is looked through first.
    ///
    /// # Errors
    ///
    /// It is not here, or several images are meant.
    pub fn find(&self, wanted: &str, asked: Option<&str>) -> Result<Found, SourceError> {
        let mut namespaces = self.targets()?;
        namespaces.sort_by_key(|(name, _)| (Some(name.as_str()) != asked, rank(name)));
        // `k8s.io/...` may be a namespace or the beginning of a name; a namespace of that name decides, if the rest is
        // in it.
        if let Some((first, rest)) = wanted.split_once('/')
            && let Some((name, targets)) = namespaces.iter().find(|(name, _)| name == first)
            && let Some(found) = self.find_in(name, targets, rest)?
        {
            return Ok(found);
        }
        for (name, targets) in &namespaces {
            if let Some(found) = self.find_in(name, targets, wanted)? {
                return Ok(found);
            }
        }
        let (engine, wanted) = (Engine::Containerd, wanted.escape_debug().to_string());
        Err(SourceError::NotHere { engine, path: self.label(), what: "image", wanted })
    }

    /// Names win over digests, digests over beginnings of IDs; the digest of a config is an ID, too.
    fn find_in(
        &self,
        namespace: &str,
        targets: &[Target],
        wanted: &str,
    ) -> Result<Option<Found>, SourceError> {
        let full = familiar(wanted);
        let latest = format!("{full}:latest");
        let digest = wanted.rsplit_once('@').and_then(|(_, digest)| digest.parse::<Digest>().ok());
        let files = self.files();
        let tests: [&dyn Fn(&Target) -> bool; 4] = [
            &|target| target.name == wanted || familiar(&target.name) == full,
            &|target| is_untagged(&full) && familiar(&target.name) == latest,
            &|target| {
                digest.as_ref() == Some(&target.descriptor.digest)
                    || is_id_prefix(wanted, &target.descriptor.digest)
            },
            &|target| {
                looks_like_id(wanted)
                    && configs(&files, &target.descriptor).iter().any(|id| is_id_prefix(wanted, id))
            },
        ];
        for test in tests {
            let mut found: Vec<&Target> = targets.iter().filter(|target| test(target)).collect();
            found.sort_by_key(|target| &target.descriptor.digest);
            found.dedup_by_key(|target| &target.descriptor.digest);
            match found[..] {
                [] => {}
                [target] => return Ok(Some(found_in(namespace, targets, target))),
                _ => {
                    let names = found.iter().map(|target| label(targets, target)).collect();
                    let wanted = wanted.escape_debug().to_string();
                    return Err(SourceError::Ambiguous { path: self.label(), wanted, names });
                }
            }
        }
        Ok(None)
    }
}

/// Where a namespace stands in the order in which they are looked through.
pub fn rank(name: &str) -> usize {
    NAMESPACES.iter().position(|known| *known == name).unwrap_or(NAMESPACES.len())
}

/// An ID and a name, for the list of what could be meant.
fn label(targets: &[Target], target: &Target) -> String {
    let short = target.descriptor.digest.short();
    let named = names(targets, &target.descriptor.digest).next();
    named.map_or(short.to_owned(), |name| format!("{short} ({})", familiar(name)))
}

fn found_in(namespace: &str, targets: &[Target], target: &Target) -> Found {
    let digest = &target.descriptor.digest;
    let mut ancestors: Vec<Digest> = Vec::new();
    let mut next = parent(targets, digest);
    while let Some(id) = next.filter(|id| !ancestors.contains(id) && id != digest) {
        next = parent(targets, &id);
        ancestors.push(id);
    }
    Found {
        namespace: namespace.to_owned(),
        target: target.clone(),
        names: names(targets, digest).map(str::to_owned).collect(),
        ancestors,
    }
}

/// What docker's classic builder made an image from, where that is still here.
pub fn parent(targets: &[Target], digest: &Digest) -> Option<Digest> {
    let of = targets.iter().filter(|target| target.descriptor.digest == *digest);
    let parent: Digest = of.filter_map(|target| target.labels.get(PARENT)).find_map(|id| id.parse().ok())?;
    targets.iter().any(|target| target.descriptor.digest == parent).then_some(parent)
}

/// The names of an image by tag or digest. Kubernetes' names that are IDs are none.
pub fn names<'a>(targets: &'a [Target], digest: &'a Digest) -> impl Iterator<Item = &'a str> {
    let of = targets.iter().filter(move |target| target.descriptor.digest == *digest);
    of.map(|target| target.name.as_str())
        .filter(|name| !name.starts_with(DANGLING) && !name.starts_with("sha256:"))
}

fn is_untagged(name: &str) -> bool {
    !name.contains('@') && name.rsplit('/').next().is_some_and(|last| !last.contains(':'))
}

fn looks_like_id(text: &str) -> bool {
    let hex = text.strip_prefix("sha256:").unwrap_or(text);
    hex.len() >= 4 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The configs of a manifest, or of the manifests of an index. What cannot be read has none: the image that is looked
/// for is another.
fn configs(files: &Files, descriptor: &Descriptor) -> Vec<Digest> {
    let document = |digest: &Digest| files.document(&blob_path(digest), MAX_MANIFEST).ok()?.ok();
    let config = |bytes: &[u8]| Some(serde_json::from_slice::<Manifest>(bytes).ok()?.config?.digest);
    let Some(bytes) = document(&descriptor.digest) else { return Vec::new() };
    let listed = serde_json::from_slice::<Index>(&bytes).map(|index| index.manifests).unwrap_or_default();
    let below = listed.iter().filter_map(|child| config(&document(&child.digest)?));
    config(&bytes).into_iter().chain(below).collect()
}
