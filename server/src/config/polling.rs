//! `[polling]`: the pace of our own waits.

use super::fault::ConfigFault;
use super::layers::Layers;
use serde::Deserialize;

/// `[polling]`, checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PollingConfig {
    /// Multiplies every wait that we choose (see `vendors::vendor::Pace`).
    pub scale: f64,
}

impl PollingConfig {
    pub(super) fn check(&self, layers: &Layers) -> Result<(), ConfigFault> {
        if self.scale > 0.0 && self.scale <= 1_000.0 {
            return Ok(());
        }
        Err(layers.fault("polling.scale", "it must be more than 0 and at most 1000; 1.0 is the vendors' own pace."))
    }
}
