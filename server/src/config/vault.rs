//! `[vault]`: the key that seals stored secrets.

use crate::secret::SecretRef;
use serde::Deserialize;
use std::path::PathBuf;

/// `[vault]`, checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VaultConfig {
    /// Made at the first start when it is a file that is missing.
    #[serde(default = "default_key")]
    pub key: SecretRef,
}

impl Default for VaultConfig {
    fn default() -> Self {
        Self { key: default_key() }
    }
}

/// Not a value of the default layer: merged with `{ env = ".." }` it would name two places.
fn default_key() -> SecretRef {
    SecretRef::File(PathBuf::from("data/vault.key"))
}
