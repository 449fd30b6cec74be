//! The images that an archive or layout holds, and which of them is meant.

use super::SourceError;
use super::names::{familiar, is_id_prefix, tag_of};
use crate::oci::{Descriptor, Digest, Platform};

/// Something that a name refers to: an image, in one or more platforms.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Names as the archive spells them; empty for an image that was saved by ID.
    pub names: Vec<String>,
    /// Digest of what the name refers to: an index, else a manifest.
    pub target: Option<Digest>,
    /// The images and what stands beside them.
    pub leaves: Vec<Leaf>,
}

/// One manifest.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Its descriptor, where there is one.
    pub descriptor: Option<Descriptor>,
    /// What it turned out to be.
    pub kind: LeafKind,
}

/// What a manifest is.
#[derive(Clone, Debug, PartialEq)]
pub enum LeafKind {
    /// An image that can be opened.
    Image {
        /// How its documents are found.
        recipe: Recipe,
        /// Digest of its config.
        config: Option<Digest>,
        /// Its platform.
        platform: Platform,
        /// How many layers its manifest lists.
        layers: usize,
    },
    /// An attestation, of this manifest.
    Attestation(Option<String>),
    /// No container image; what it says it is.
    Artifact(String),
    /// The manifest is not in what was opened; why.
    Absent(&'static str),
}

/// How the documents of an image are found.
#[derive(Clone, Debug, PartialEq)]
pub enum Recipe {
    /// A manifest, in the file of this name.
    Manifest(String),
    /// A schema 1 manifest, in the file of this name.
    Schema1(String),
    /// The entry of this number in `manifest.json` of `docker save`.
    DockerSave(usize),
    /// The image of this ID in an archive of Docker 1.9 or before.
    Version1(String),
}

/// The image to open.
#[derive(Debug)]
pub struct Choice {
    /// What the name refers to, with everything that is set aside.
    pub candidate: Candidate,
    /// Which of its leaves.
    pub leaf: usize,
    /// The platform asked for is not there; this is the only one.
    pub other_platform: bool,
}

impl Leaf {
    fn ids(&self) -> impl Iterator<Item = &Digest> {
        let config = match &self.kind {
            LeafKind::Image { config, .. } => config.as_ref(),
            _ => None,
        };
        self.descriptor.iter().map(|descriptor| &descriptor.digest).chain(config)
    }

    fn platform(&self) -> Option<&Platform> {
        match &self.kind {
            LeafKind::Image { platform, .. } => Some(platform),
            _ => None,
        }
    }

    /// What it is, in a few words, for the list of what was set aside.
    pub fn what(&self) -> String {
        let stated = self.descriptor.as_ref().and_then(|descriptor| descriptor.platform.as_ref());
        match &self.kind {
            LeafKind::Image { platform, .. } => platform.to_string(),
            LeafKind::Attestation(Some(of)) => format!("attestation of {of}"),
            LeafKind::Attestation(None) => "attestation".to_owned(),
            LeafKind::Artifact(what) => format!("artifact {what}"),
            LeafKind::Absent(_) => {
                stated.map_or("manifest, not here".to_owned(), |platform| format!("{platform}, not here"))
            }
        }
    }
}

impl Candidate {
    fn images(&self) -> impl Iterator<Item = (usize, &Platform)> {
        self.leaves.iter().enumerate().filter_map(|(at, leaf)| Some((at, leaf.platform()?)))
    }

    /// Whether this is one of its names.
    pub fn is_called(&self, wanted: &str) -> bool {
        self.names.iter().any(|name| name == wanted || familiar(name) == familiar(wanted))
    }

    /// What `--image` takes for it.
    fn label(&self) -> String {
        let id = || {
            let leaf = self.leaves.iter().find(|leaf| leaf.platform().is_some());
            let config = leaf.and_then(|leaf| leaf.ids().last());
            config.or(self.target.as_ref()).map(|digest| digest.short().to_owned())
        };
        self.names.first().map(|name| familiar(name)).or_else(id).unwrap_or_default()
    }

    fn ids(&self) -> impl Iterator<Item = &Digest> {
        self.target.iter().chain(self.leaves.iter().flat_map(Leaf::ids))
    }
}

/// Chooses the image that `image` names (the only one without a name), and in it the platform.
///
/// # Errors
///
/// None, several, or not for this platform: each with the list of what there is.
pub fn choose(
    candidates: Vec<Candidate>,
    image: Option<&str>,
    platform: Option<&Platform>,
    path: &str,
) -> Result<Choice, SourceError> {
    let (mut images, others): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|candidate| candidate.images().next().is_some());
    if images.is_empty() {
        return Err(no_image(&others, path));
    }
    if let Some(wanted) = image {
        images = named(images, wanted, path)?;
    }
    if images.len() > 1 {
        let names = images.iter().map(Candidate::label).collect();
        return Err(SourceError::Several { path: path.to_owned(), names });
    }
    let Some(mut candidate) = images.pop() else { return Err(no_image(&others, path)) };
    let (leaf, other_platform) = leaf_of(&candidate, image, platform, path)?;
    // What stands beside the image in the archive without being one belongs to the list of what was set aside.
    candidate.leaves.extend(others.into_iter().flat_map(|other| other.leaves));
    Ok(Choice { candidate, leaf, other_platform })
}

/// The images of that name; names win over tags, tags over prefixes of IDs.
fn named(images: Vec<Candidate>, wanted: &str, path: &str) -> Result<Vec<Candidate>, SourceError> {
    let full = familiar(wanted);
    let latest = format!("{full}:latest");
    let tests: [&dyn Fn(&Candidate) -> bool; 4] = [
        &|it| it.is_called(wanted),
        &|it| it.names.iter().any(|name| familiar(name) == latest),
        &|it| it.names.iter().any(|name| tag_of(name) == Some(wanted)),
        &|it| it.ids().any(|digest| is_id_prefix(wanted, digest)),
    ];
    for test in tests {
        if images.iter().any(test) {
            return Ok(images.into_iter().filter(|image| test(image)).collect());
        }
    }
    let names = images.iter().map(Candidate::label).collect();
    Err(SourceError::NotFound { path: path.to_owned(), wanted: wanted.to_owned(), names })
}

fn leaf_of(
    candidate: &Candidate,
    image: Option<&str>,
    platform: Option<&Platform>,
    path: &str,
) -> Result<(usize, bool), SourceError> {
    let images: Vec<_> = candidate.images().collect();
    // Whoever names a manifest or config by its ID has chosen the platform, too.
    if let Some(wanted) = image.filter(|_| platform.is_none()) {
        let mut exact = images
            .iter()
            .filter(|(at, _)| candidate.leaves[*at].ids().any(|digest| is_id_prefix(wanted, digest)));
        if let (Some(&(at, _)), None) = (exact.next(), exact.next())
            && !candidate.names.iter().any(|name| familiar(name) == familiar(wanted) || tag_of(name) == image)
        {
            return Ok((at, false));
        }
    }
    let host = Platform::host();
    let wanted = platform.unwrap_or(&host);
    if let Some(&(at, _)) = images.iter().find(|(_, platform)| platform.serves(wanted)) {
        return Ok((at, false));
    }
    match images[..] {
        // A config that says nothing of a platform is no mismatch.
        [(at, only)] => Ok((at, !only.is_unknown())),
        _ => Err(SourceError::Platform {
            path: path.to_owned(),
            wanted: wanted.to_string(),
            available: images.iter().map(|(_, platform)| platform.to_string()).collect(),
        }),
    }
}

fn no_image(others: &[Candidate], path: &str) -> SourceError {
    let leaves: Vec<&Leaf> = others.iter().flat_map(|other| &other.leaves).collect();
    let absent = leaves.iter().find_map(|leaf| match leaf.kind {
        LeafKind::Absent(why) => Some((leaf, why)),
        _ => None,
    });
    if let Some((leaf, why)) = absent {
        let digest = leaf.descriptor.as_ref().map_or(String::new(), |it| format!(" {}", it.digest));
        return SourceError::Broken {
            path: path.to_owned(),
            why: format!("the manifest{digest} cannot be read: {why}"),
        };
    }
    let why = match leaves[..] {
        [] => "its index lists nothing".to_owned(),
        [leaf] => format!("it is the {}", leaf.what()),
        [leaf, ..] => format!(
            "it has {} manifests, none of them of an image; the first is the {}",
            leaves.len(),
            leaf.what()
        ),
    };
    SourceError::NoImage { path: path.to_owned(), why }
}
