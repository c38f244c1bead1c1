//! The vendors we can talk to: one registration line each.

pub mod conformance;
pub mod http;
pub mod llm;
pub mod rehearsal;
pub mod sestek;
pub mod vendor;

use std::sync::Arc;
use vendor::Vendor;

/// Every vendor of this build.
pub fn all_vendors() -> Vec<Arc<dyn Vendor>> {
    vec![Arc::new(sestek::Sestek)]
}
