//! The checksum of one chunk, as a client may send it (tus `Upload-Checksum`).
//! Guards against damage on the way only; a dataset's address is always our own SHA-256.

use sha1::Sha1;
use sha2::{Digest, Sha256};

/// What a chunk must hash to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checksum {
    Sha1([u8; 20]),
    Sha256([u8; 32]),
}

impl Checksum {
    /// The algorithms' names on the wire.
    pub const ALGORITHMS: &'static str = "sha1,sha256";

    /// From an algorithm's name and the digest; `None` for an unknown name or a digest of another length.
    pub fn new(algorithm: &str, digest: &[u8]) -> Option<Self> {
        match algorithm {
            "sha1" => Some(Self::Sha1(digest.try_into().ok()?)),
            "sha256" => Some(Self::Sha256(digest.try_into().ok()?)),
            _ => None,
        }
    }
}

/// A checksum being computed beside what it must come to.
pub(super) enum RunningChecksum {
    Sha1(Sha1, [u8; 20]),
    Sha256(Sha256, [u8; 32]),
}

impl RunningChecksum {
    /// Starts with nothing hashed.
    pub(super) fn new(wanted: &Checksum) -> Self {
        match wanted {
            Checksum::Sha1(digest) => Self::Sha1(Sha1::new(), *digest),
            Checksum::Sha256(digest) => Self::Sha256(Sha256::new(), *digest),
        }
    }

    /// Takes bytes in.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(running, _) => running.update(bytes),
            Self::Sha256(running, _) => running.update(bytes),
        }
    }

    /// Whether everything taken in hashes to what was wanted.
    pub(super) fn matches(self) -> bool {
        match self {
            Self::Sha1(running, wanted) => running.finalize().as_slice() == wanted,
            Self::Sha256(running, wanted) => running.finalize().as_slice() == wanted,
        }
    }
}
