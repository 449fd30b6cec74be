//! Content digests: `algorithm:encoded`, as in the image specification's `descriptor.md`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256, Sha512};

/// A well-formed digest, `sha256:` and 64 lower-case hexadecimal digits in practice.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(Box<str>);

/// A text that is no digest.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is no digest: expected an algorithm, a colon and hexadecimal digits")]
pub struct DigestError(String);

impl Digest {
    /// The SHA-256 digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_sha256(Sha256::digest(bytes).as_slice())
    }

    /// The digest whose SHA-256 value is `hash` (32 bytes).
    pub fn from_sha256(hash: &[u8]) -> Self {
        Self::of_parts("sha256", &hex(hash))
    }

    pub(super) fn of_parts(algorithm: &str, hex: &str) -> Self {
        Self(format!("{algorithm}:{hex}").into())
    }

    /// Whether `bytes` have this digest; `None` where the algorithm is not known here.
    pub fn matches(&self, bytes: &[u8]) -> Option<bool> {
        match self.algorithm() {
            "sha256" => Some(Self::of(bytes) == *self),
            "sha512" => Some(hex(Sha512::digest(bytes).as_slice()) == self.hex()),
            _ => None,
        }
    }

    /// The `ChainIDs` of layers with these `DiffIDs`, base first (`config.md`, "Layer ChainID"): a layer together with all
    /// below it.
    pub fn chain(diff_ids: &[Self]) -> Vec<Self> {
        let mut chain: Vec<Self> = Vec::with_capacity(diff_ids.len());
        for diff_id in diff_ids {
            let id = match chain.last() {
                None => diff_id.clone(),
                Some(below) => Self::of(format!("{below} {diff_id}").as_bytes()),
            };
            chain.push(id);
        }
        chain
    }

    /// `sha256`, or another algorithm's name.
    pub fn algorithm(&self) -> &str {
        self.0.split_once(':').map_or("", |(algorithm, _)| algorithm)
    }

    /// The encoded part, after the colon.
    pub fn hex(&self) -> &str {
        self.0.split_once(':').map_or("", |(_, hex)| hex)
    }

    /// The first twelve digits, as engines print short IDs.
    pub fn short(&self) -> &str {
        let hex = self.hex();
        &hex[..hex.len().min(12)]
    }

    /// The whole text, algorithm included.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(hash: &[u8]) -> String {
    use fmt::Write as _;
    hash.iter().fold(String::with_capacity(2 * hash.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let well_formed = text.split_once(':').is_some_and(|(algorithm, hex)| {
            !algorithm.is_empty()
                && algorithm.bytes().all(|b| b.is_ascii_alphanumeric() || b"+._-".contains(&b))
                && hex.len() >= 32
                && hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
                && (algorithm != "sha256" || hex.len() == 64)
        });
        if well_formed { Ok(Self(text.into())) } else { Err(DigestError(text.chars().take(100).collect())) }
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0.into()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_checked_and_taken_apart() {
        let empty = Digest::of(b"");
        assert_eq!(empty.as_str(), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!((empty.algorithm(), empty.short()), ("sha256", "e3b0c44298fc"));
        assert_eq!(empty.as_str().parse(), Ok(empty));
        for wrong in ["", "sha256", "sha256:", "sha256:abc", "sha256:../../../../etc/passwd", ":e3b0"] {
            assert!(wrong.parse::<Digest>().is_err(), "{wrong}");
        }
    }
}
