//! Secrets made from the vault's key: the same question gives the same secret, so none of them has to be kept.
//! Knows nothing of what they are for; whoever asks names it.

use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use zeroize::Zeroizing;

/// SHA-256 works on blocks of this size.
const BLOCK_BYTES: usize = 64;

/// Makes secrets; cheap to clone.
#[derive(Clone)]
pub struct SecretMaker {
    key: Arc<Zeroizing<Vec<u8>>>,
}

impl SecretMaker {
    /// Over the vault's key (see `open_key`).
    pub fn new(key: &Secret) -> Self {
        let bytes = STANDARD.decode(key.expose()).unwrap_or_else(|_| key.expose().as_bytes().to_vec());
        Self { key: Arc::new(Zeroizing::new(bytes)) }
    }

    /// The secret of `purpose` for these parts: 256 bits, written with `[A-Za-z0-9_-]`.
    pub fn make_secret(&self, purpose: &str, parts: &[&str]) -> Secret {
        Secret::new(URL_SAFE_NO_PAD.encode(hmac_sha256(&self.key, &write_question(purpose, parts))))
    }

    /// The key for `purpose`: 256 bits. No other purpose of `make_secret` may be called `key`.
    pub(super) fn make_key(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(hmac_sha256(&self.key, &write_question("key", &[purpose])))
    }
}

/// The question, each part with its length before it: so no part can lend letters to its neighbour.
fn write_question(purpose: &str, parts: &[&str]) -> Vec<u8> {
    let mut message = Vec::new();
    for part in std::iter::once(&purpose).chain(parts) {
        message.extend_from_slice(&(part.len() as u64).to_be_bytes());
        message.extend_from_slice(part.as_bytes());
    }
    message
}

/// HMAC (RFC 2104) over SHA-256.
fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = Zeroizing::new([0_u8; BLOCK_BYTES]);
    if key.len() > BLOCK_BYTES {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |pad: u8| Zeroizing::new(block.map(|byte| byte ^ pad));
    let inner = Sha256::new().chain_update(*padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(*padded(0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::{SecretMaker, hmac_sha256};
    use crate::secret::Secret;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn it_is_the_hmac_of_rfc_4231() {
        let short = hmac_sha256(&[0x0b; 20], b"Hi There");
        assert_eq!(hex(&short), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        let long = hmac_sha256(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First");
        assert_eq!(hex(&long), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }

    #[test]
    fn each_key_purpose_and_part_has_its_own_secret() {
        let maker = SecretMaker::new(&Secret::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
        let other = SecretMaker::new(&Secret::new("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
        let one = maker.make_secret("path", &["ab", "c"]);
        assert_eq!(one.expose(), maker.make_secret("path", &["ab", "c"]).expose());
        assert_eq!(one.expose().len(), 43);
        for different in [
            maker.make_secret("path", &["a", "bc"]),
            maker.make_secret("client", &["ab", "c"]),
            other.make_secret("path", &["ab", "c"]),
        ] {
            assert_ne!(one.expose(), different.expose());
        }
    }
}
