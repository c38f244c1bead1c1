//! `[sandbox]`: the built-in fake vendors.

use super::fault::ConfigFault;
use super::layers::Layers;
use serde::Deserialize;
use std::net::SocketAddr;

/// `[sandbox]`, checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SandboxConfig {
    pub listen: SocketAddr,
    /// Vendor seconds per real second.
    pub speed: f64,
}

impl SandboxConfig {
    pub(super) fn check(&self, layers: &Layers) -> Result<(), ConfigFault> {
        if self.speed > 0.0 && self.speed <= 1_000_000.0 {
            return Ok(());
        }
        Err(layers.fault("sandbox.speed", "it must be more than 0 and at most 1000000, in vendor seconds per second."))
    }
}
