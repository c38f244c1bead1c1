//! SESTEK / Knovvu: text clustering and text classification.

use crate::vendors::vendor::{ConnectionSettings, SettingsFault, Vendor, VendorConnection};
use std::sync::Arc;

/// The vendor.
pub struct Sestek;

impl Vendor for Sestek {
    fn name(&self) -> &'static str {
        "sestek"
    }

    fn connect(&self, settings: ConnectionSettings) -> Result<Arc<dyn VendorConnection>, SettingsFault> {
        Err(SettingsFault { key: settings.id.to_string(), message: "not built yet".to_owned() })
    }
}
