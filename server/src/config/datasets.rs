//! `[datasets]`: where uploaded files are kept.

use super::fault::ConfigFault;
use super::layers::Layers;
use crate::secret::SecretRef;
use serde::Deserialize;

/// `[datasets]`, checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetsConfig {
    /// `file://PATH` (a relative path is relative to the working directory).
    pub url: String,
    /// For `s3://` addresses.
    pub endpoint: Option<String>,
    pub region: Option<String>,
    pub access_key: Option<SecretRef>,
    pub secret_key: Option<SecretRef>,
}

impl DatasetsConfig {
    pub(super) fn check(&self, layers: &Layers) -> Result<(), ConfigFault> {
        if self.url.strip_prefix("file://").is_some_and(|path| !path.is_empty()) {
            return Ok(());
        }
        let message = if self.url.starts_with("s3://") {
            "this version keeps datasets in a folder only. Use file:// until a later version brings s3://."
        } else {
            "it must begin with file://, followed by a folder."
        };
        Err(layers.fault("datasets.url", message))
    }
}
