//! `[uploads]`: how much may come in.

use super::fault::ConfigFault;
use super::layers::Layers;
use serde::Deserialize;

/// `[uploads]`, checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UploadsConfig {
    /// The largest data file.
    pub max_bytes: u64,
}

impl UploadsConfig {
    pub(super) fn check(&self, layers: &Layers) -> Result<(), ConfigFault> {
        if self.max_bytes > 0 {
            return Ok(());
        }
        Err(layers.fault("uploads.max_bytes", "it must be at least 1, in bytes."))
    }
}
