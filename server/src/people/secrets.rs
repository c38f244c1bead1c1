//! The secrets people hold: session ids, sign-in links, API tokens. How they are drawn, written and hashed.
//! Keeps none; see `store::people`.

use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// What every API token begins with, so that secret scanners know one.
const TOKEN_PREFIX: &str = "ty_";
/// 32 random bytes in base64url.
const BODY_LEN: usize = 43;
/// The checksum at the end of an API token: a typing error is told from a revoked token without asking the store.
const CHECKSUM_LEN: usize = 6;

/// The machine gives no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gives no random numbers")]
pub struct NoRandomness;

/// Draws 256 random bits, written with `[A-Za-z0-9_-]`.
pub fn draw_secret() -> Result<Secret, NoRandomness> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(Secret::new(URL_SAFE_NO_PAD.encode(bytes)))
}

/// Draws an API token: `ty_`, 256 random bits, a checksum.
pub fn draw_token() -> Result<Secret, NoRandomness> {
    let body = draw_secret()?;
    let head = format!("{TOKEN_PREFIX}{}", body.expose());
    Ok(Secret::new(format!("{head}{}", checksum(&head))))
}

/// Whether `text` can be one of our API tokens at all.
pub fn is_token_shaped(text: &str) -> bool {
    let head_len = TOKEN_PREFIX.len() + BODY_LEN;
    text.is_ascii()
        && text.len() == head_len + CHECKSUM_LEN
        && text.starts_with(TOKEN_PREFIX)
        && checksum(&text[..head_len]) == text[head_len..]
}

/// SHA-256, hexadecimal: how a secret is kept. Enough here, because every secret already has 256 bits.
pub fn hash_secret(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn checksum(head: &str) -> String {
    let mut text = URL_SAFE_NO_PAD.encode(Sha256::digest(head.as_bytes()));
    text.truncate(CHECKSUM_LEN);
    text
}

#[cfg(test)]
mod tests {
    use super::{draw_secret, draw_token, hash_secret, is_token_shaped};

    #[test]
    fn a_drawn_token_is_recognised_and_a_changed_one_is_not() {
        let token = draw_token().unwrap();
        let text = token.expose();
        assert!(is_token_shaped(text));
        assert!(text.starts_with("ty_"));
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'));
        for at in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert!(!is_token_shaped(std::str::from_utf8(&bytes).unwrap()), "a change at {at} went unnoticed");
        }
    }

    #[test]
    fn other_texts_are_no_tokens() {
        let long = "ty_".repeat(1_000);
        for text in ["", "ty_", "Bearer", "ty_é", long.as_str()] {
            assert!(!is_token_shaped(text), "{text}");
        }
    }

    #[test]
    fn no_two_secrets_are_equal_and_a_hash_is_no_secret() {
        let (one, two) = (draw_secret().unwrap(), draw_secret().unwrap());
        assert_ne!(one.expose(), two.expose());
        assert_eq!(hash_secret(one.expose()).len(), 64);
        assert_ne!(hash_secret(one.expose()), hash_secret(two.expose()));
    }
}
