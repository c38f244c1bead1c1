//! `[store]`: which database.

use super::fault::ConfigFault;
use super::layers::Layers;
use serde::Deserialize;
use std::path::PathBuf;

/// `[store]`, checked.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    /// `sqlite://PATH` or `postgres://...`.
    pub url: String,
}

impl StoreConfig {
    pub(super) fn check(&self, layers: &Layers) -> Result<(), ConfigFault> {
        let known = ["sqlite://", "postgres://", "postgresql://"];
        if known.iter().any(|scheme| self.url.starts_with(scheme)) {
            return Ok(());
        }
        Err(layers.fault("store.url", "it must begin with sqlite:// or postgres://."))
    }

    /// The database file, when it is one: one server at a time may use it.
    pub fn sqlite_file(&self) -> Option<PathBuf> {
        let path = self.url.strip_prefix("sqlite://")?;
        let path = path.split('?').next().unwrap_or(path);
        (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path))
    }
}

impl std::fmt::Debug for StoreConfig {
    /// Never prints the address: it may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoreConfig")
    }
}
