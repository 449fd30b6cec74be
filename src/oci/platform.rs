//! Platforms: `os/architecture[/variant]`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::manifest::nullable;

/// What an image runs on. Empty strings stand for what a document does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Platform {
    /// CPU architecture in Go's words: `amd64`, `arm64`.
    #[serde(deserialize_with = "nullable")]
    pub architecture: String,
    /// Operating system in Go's words: `linux`, `windows`.
    #[serde(deserialize_with = "nullable")]
    pub os: String,
    /// Operating system version, Windows only in practice.
    #[serde(rename = "os.version", deserialize_with = "nullable", skip_serializing_if = "String::is_empty")]
    pub os_version: String,
    /// CPU variant: `v8` of `arm64`.
    #[serde(deserialize_with = "nullable", skip_serializing_if = "String::is_empty")]
    pub variant: String,
}

/// A text that is no platform.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no platform: expected os/architecture or os/architecture/variant, as in linux/arm64")]
pub struct PlatformError(String);

impl Platform {
    /// The platform of this machine, with Linux in place of a system that runs Linux containers in a machine.
    pub fn host() -> Self {
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "x86" => "386",
            "powerpc64" => "ppc64le",
            other => other,
        };
        Self { architecture: architecture.into(), os: "linux".into(), ..Self::default() }
    }

    /// Whether this (of a document) serves `wanted`: what `wanted` does not say matches anything, and `arm64`
    /// is `arm64/v8`.
    pub fn serves(&self, wanted: &Self) -> bool {
        let variant = |p: &Self| match (p.architecture.as_str(), p.variant.as_str()) {
            ("arm64", "") => "v8".to_owned(),
            (_, variant) => variant.to_owned(),
        };
        self.os == wanted.os
            && self.architecture == wanted.architecture
            && (wanted.variant.is_empty() || variant(self) == variant(wanted))
    }

    /// Whether nothing is known: `unknown/unknown` marks an attestation.
    pub fn is_unknown(&self) -> bool {
        matches!(self.os.as_str(), "" | "unknown") && matches!(self.architecture.as_str(), "" | "unknown")
    }
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split('/').collect();
        let (os, architecture, variant) = match parts[..] {
            [os, architecture] => (os, architecture, ""),
            [os, architecture, variant] if !variant.is_empty() => (os, architecture, variant),
            _ => return Err(PlatformError(text.to_owned())),
        };
        if os.is_empty() || architecture.is_empty() {
            return Err(PlatformError(text.to_owned()));
        }
        let architecture = match architecture {
            "x86_64" | "x86-64" => "amd64",
            "aarch64" => "arm64",
            "i386" => "386",
            other => other,
        };
        Ok(Self {
            architecture: architecture.into(),
            os: os.into(),
            variant: variant.into(),
            ..Self::default()
        })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = |s: &str| if s.is_empty() { "unknown".to_owned() } else { s.to_owned() };
        write!(f, "{}/{}", known(&self.os), known(&self.architecture))?;
        if !self.variant.is_empty() {
            write!(f, "/{}", self.variant)?;
        }
        Ok(())
    }
}
