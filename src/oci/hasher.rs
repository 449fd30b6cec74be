//! Digests of streams.

use sha2::{Digest as _, Sha256, Sha512};

use super::Digest;
use super::digest::hex;

/// Computes a digest piece by piece.
#[derive(Clone)]
pub enum Hasher {
    /// SHA-256, the one that everybody uses.
    Sha256(Sha256),
    /// SHA-512, the other registered one.
    Sha512(Sha512),
}

impl Hasher {
    /// For SHA-256.
    pub fn sha256() -> Self {
        Self::Sha256(Sha256::new())
    }

    /// For the algorithm of `digest`; `None` where it is not known here.
    pub fn like(digest: &Digest) -> Option<Self> {
        match digest.algorithm() {
            "sha256" => Some(Self::sha256()),
            "sha512" => Some(Self::Sha512(Sha512::new())),
            _ => None,
        }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(state) => state.update(bytes),
            Self::Sha512(state) => state.update(bytes),
        }
    }

    /// The digest of all bytes taken.
    pub fn finish(self) -> Digest {
        match self {
            Self::Sha256(state) => Digest::from_sha256(state.finalize().as_slice()),
            Self::Sha512(state) => Digest::of_parts("sha512", &hex(state.finalize().as_slice())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_have_the_digest_of_the_whole() {
        let (whole, pieces) = (b"some bytes", [&b"some "[..], b"", b"bytes"]);
        let sha512: Digest = "sha512:9afb3fa31dbbf2ad39eddf3ff7a1d6cfee85cccd71fa1f3ff1e05b93bb2f9d12d1a1f1e2d3c4b5a6978800112233445566778899aabbccddeeff00112233445566ff"
            .parse()
            .expect("well formed");
        for known in [Digest::of(whole), sha512] {
            let mut hasher = Hasher::like(&known).expect("a known algorithm");
            for piece in pieces {
                hasher.update(piece);
            }
            let found = hasher.finish();
            assert_eq!(found.matches(whole), Some(true));
            assert_eq!(found == known, known.algorithm() == "sha256");
        }
        let other: Digest = format!("blake3:{}", "0".repeat(64)).parse().expect("well formed");
        assert!(Hasher::like(&other).is_none() && other.matches(whole).is_none());
    }
}
