//! Where the base image ends and the user's own steps begin, with the evidence for it.

use super::Instruction;
use super::dockerfile::Alignment;
use super::provenance::Provenance;
use super::remark::Remark;
use super::story::Evidence;
use crate::image::ImageInfo;
use crate::layer::LayerIndex;

/// The base of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Base {
    /// How many layers are its, from the first on.
    pub layers: u16,
    /// How many steps are its, from the first on. The metadata around the boundary may be either's.
    pub steps: usize,
    /// Its name, where something says it.
    pub name: Option<String>,
    /// What says where it ends.
    pub evidence: BaseEvidence,
}

/// What says where the base ends, the best first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BaseEvidence {
    /// The user said how many layers (`--base-layers`).
    Told,
    /// The layers of the image that the user named (`--base`) are the first ones of this image.
    Given,
    /// The layers of another image at hand are the first ones of this image.
    Local,
    /// Buildah wrote `FROM name` at the first step of its own.
    Comment,
    /// The provenance names the base and its layers.
    Provenance,
    /// The Dockerfile matches the history down to its FROM.
    Dockerfile,
    /// A CMD in the middle of the history, as bases end with one. A guess.
    Cmd,
    /// A pause of over an hour between two steps. A guess.
    Pause,
    /// The first layer, as most images have a base. A guess.
    FirstLayer,
    /// Nothing.
    #[default]
    None,
}

/// How far the boundary can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It is so.
    Exact,
    /// Somebody says so.
    Declared,
    /// It may be so: drawn, never counted with.
    Guess,
}

/// Whose a layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The user's.
    Own,
    /// The base image's.
    Base,
    /// Nobody can tell.
    Unknown,
}

impl Owner {
    /// Its name in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Base => "base",
            Self::Unknown => "unknown",
        }
    }
}

impl BaseEvidence {
    /// How far it can be trusted.
    pub fn trust(self) -> Trust {
        match self {
            Self::Given | Self::Local | Self::Comment | Self::Provenance | Self::Dockerfile => Trust::Exact,
            Self::Told => Trust::Declared,
            Self::Cmd | Self::Pause | Self::FirstLayer | Self::None => Trust::Guess,
        }
    }
}

impl Base {
    /// How far the boundary can be trusted.
    pub fn trust(&self) -> Trust {
        self.evidence.trust()
    }

    /// Whose a layer is. A guess makes no layer the base's.
    pub fn owner(&self, layer: LayerIndex) -> Owner {
        match self.trust() {
            Trust::Guess => Owner::Unknown,
            _ if layer.offset() < usize::from(self.layers) => Owner::Base,
            _ => Owner::Own,
        }
    }
}

/// Finds the base by the best evidence that there is.
pub(super) fn find(
    _info: &ImageInfo,
    _steps: &[Instruction],
    evidence: &Evidence,
    _provenance: Option<&Provenance>,
    _dockerfile: Option<&Alignment>,
    _remarks: &mut Vec<Remark>,
) -> Base {
    let layers = evidence.base_layers.unwrap_or_default();
    Base { layers, ..Base::default() }
}
