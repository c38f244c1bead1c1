//! Seals secrets for the store: XChaCha20-Poly1305 under a key made from the vault's, bound to the place they are kept at.
//! Keeps nothing and knows no table; whoever seals names the place.

use super::derive::SecretMaker;
use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use zeroize::Zeroizing;

/// What the vault's key is asked for; another purpose gives another key.
const PURPOSE: &str = "seal";
/// The form of the envelope: `v1.<key id>.<nonce>.<ciphertext>`, the last two in base64url without padding.
const VERSION: &str = "v1";
/// A random nonce of this length never meets itself again.
const NONCE_BYTES: usize = 24;

/// Why a secret cannot be sealed or opened. The text is for people and says nothing of what is inside.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealFault {
    #[error(
        "It was sealed with another vault key ({sealed_with}; the one in use is {ours}). Put that key back, or write the secret again."
    )]
    OtherKey { sealed_with: String, ours: String },
    /// Changed, damaged, or moved here from another place: these cannot be told apart, and must not be.
    #[error("What is sealed does not belong here or was changed. Write the secret again.")]
    Broken,
    #[error("What is kept is no sealed secret of this version.")]
    Malformed,
    #[error("This machine gives no random numbers, so nothing can be sealed.")]
    NoRandom,
}

/// Seals and opens; cheap to clone.
#[derive(Clone)]
pub struct Sealer {
    key: Arc<Zeroizing<[u8; 32]>>,
    key_id: String,
}

impl Sealer {
    /// Over the vault's key.
    pub fn new(maker: &SecretMaker) -> Self {
        let key = maker.make_key(PURPOSE);
        let digest = Sha256::digest(*key);
        let key_id = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Self { key: Arc::new(key), key_id }
    }

    /// Names the key without saying it.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The envelope of a secret that is kept at `place`. The same secret again gives another envelope.
    pub fn seal(&self, place: &[&str], secret: &Secret) -> Result<String, SealFault> {
        let mut nonce = [0_u8; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| SealFault::NoRandom)?;
        let bound = bind_place(&self.key_id, place);
        let payload = Payload { msg: secret.expose().as_bytes(), aad: &bound };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload).map_err(|_| SealFault::Broken)?;
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        Ok(format!("{VERSION}.{}.{}.{}", self.key_id, text(&nonce), text(&sealed)))
    }

    /// The secret in an envelope that was sealed for `place` with this key.
    pub fn unseal(&self, place: &[&str], envelope: &str) -> Result<Secret, SealFault> {
        let parts: Vec<&str> = envelope.split('.').collect();
        let [VERSION, key_id, nonce, sealed] = parts[..] else { return Err(SealFault::Malformed) };
        if key_id != self.key_id {
            // Only what a key id can be is repeated.
            let known = key_id.len() == self.key_id.len() && key_id.bytes().all(|byte| byte.is_ascii_hexdigit());
            let sealed_with = if known { key_id } else { "unknown" }.to_owned();
            return Err(SealFault::OtherKey { sealed_with, ours: self.key_id.clone() });
        }
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| SealFault::Malformed);
        let nonce: [u8; NONCE_BYTES] = bytes(nonce)?.try_into().map_err(|_| SealFault::Malformed)?;
        let bound = bind_place(key_id, place);
        let payload = Payload { msg: &bytes(sealed)?, aad: &bound };
        let opened = self.cipher().decrypt(&XNonce::from(nonce), payload).map_err(|_| SealFault::Broken)?;
        let opened = Zeroizing::new(opened);
        let text = std::str::from_utf8(&opened).map_err(|_| SealFault::Broken)?;
        Ok(Secret::new(text))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&(**self.key).into())
    }
}

/// What is authenticated beside the secret: the form, the key's id and every part of the place, each with its length.
fn bind_place(key_id: &str, place: &[&str]) -> Vec<u8> {
    let mut bound = Vec::new();
    for part in [VERSION, key_id].iter().chain(place) {
        bound.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bound.extend_from_slice(part.as_bytes());
    }
    bound
}

#[cfg(test)]
mod tests {
    use super::{SealFault, Sealer};
    use crate::secret::Secret;
    use crate::vault::SecretMaker;

    const PLACE: &[&str] = &["kept_secret", "knovvu", "receiver"];
    const WORD: &str = "correct-horse-battery-staple";

    fn sealer(key: &str) -> Sealer {
        Sealer::new(&SecretMaker::new(&Secret::new(key)))
    }

    fn ours() -> Sealer {
        sealer("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
    }

    #[test]
    fn a_sealed_secret_comes_back_whole_and_never_looks_the_same() {
        for word in [WORD, "ş", &"x".repeat(10_000)] {
            let first = ours().seal(PLACE, &Secret::new(word)).expect("sealed");
            let second = ours().seal(PLACE, &Secret::new(word)).expect("sealed");
            assert_ne!(first, second);
            assert!(!first.contains(word) && first.starts_with(&format!("v1.{}.", ours().key_id())), "{first}");
            assert_eq!(ours().unseal(PLACE, &first).expect("opened").expose(), word);
        }
    }

    #[test]
    fn g32_another_key_is_named_and_opens_nothing() {
        let other = sealer("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        let envelope = ours().seal(PLACE, &Secret::new(WORD)).expect("sealed");
        let fault = other.unseal(PLACE, &envelope).expect_err("refused");
        let expected = SealFault::OtherKey { sealed_with: ours().key_id().to_owned(), ours: other.key_id().to_owned() };
        assert_eq!(fault, expected);
        // An envelope that lies about its key opens nothing either.
        let lying = envelope.replace(ours().key_id(), other.key_id());
        assert_eq!(other.unseal(PLACE, &lying).expect_err("refused"), SealFault::Broken);
        let odd = envelope.replace(ours().key_id(), "<script>");
        assert!(!ours().unseal(PLACE, &odd).expect_err("refused").to_string().contains("script"));
    }

    #[test]
    fn g32_an_envelope_opens_only_where_it_was_sealed_for() {
        let envelope = ours().seal(PLACE, &Secret::new(WORD)).expect("sealed");
        let places: [&[&str]; 5] = [
            &["kept_secret", "other", "receiver"],
            &["kept_secret", "knovvu", "other"],
            &["elsewhere", "knovvu", "receiver"],
            &["kept_secret", "knovvur", "eceiver"],
            &["kept_secret", "knovvu"],
        ];
        for place in places {
            assert_eq!(ours().unseal(place, &envelope).expect_err("refused"), SealFault::Broken, "{place:?}");
        }
    }

    #[test]
    fn g32_an_envelope_with_any_letter_changed_opens_nothing() {
        let envelope = ours().seal(PLACE, &Secret::new(WORD)).expect("sealed");
        for at in 0..envelope.len() {
            let letter = if envelope.as_bytes()[at] == b'A' { "B" } else { "A" };
            let mut changed = envelope.clone();
            changed.replace_range(at..=at, letter);
            assert!(ours().unseal(PLACE, &changed).is_err(), "letter {at}");
        }
        for broken in ["", "v1", "v2.a.b.c", &envelope[..envelope.len() - 4], &format!("{envelope}.x")] {
            assert!(ours().unseal(PLACE, broken).is_err(), "{broken}");
        }
    }
}
