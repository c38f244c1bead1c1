//! SESTEK / Knovvu: text clustering, text classification and generative question answering.
//! What it asks and survives is written in `docs.md` beside this file.

mod client;
mod config;
mod inference;
mod map;
mod parts;
mod preview;
mod retired;
mod samples;
mod token;
mod wire;

pub use client::SestekConnection;

use crate::vendors::vendor::{
    ConnectionSettings, SampleTraining, SandboxAccount, SettingsFault, Vendor, VendorConnection,
};
use std::net::SocketAddr;
use std::sync::Arc;

/// The vendor.
pub struct Sestek;

impl Vendor for Sestek {
    fn name(&self) -> &'static str {
        "sestek"
    }

    fn sandbox_account(&self, address: SocketAddr) -> Option<SandboxAccount> {
        let mut own = toml::toml! {
            client_id = "sandbox"
            client_secret = { env = "SANDBOX" }
            tenant_name = "sandbox"
            default_product_name = "Sandbox"
        };
        let base_url = format!("http://{address}/sestek");
        own.insert("identity_base_url".to_owned(), toml::Value::String(format!("{base_url}/identity")));
        Some(SandboxAccount { name: "SESTEK sandbox", base_url, own })
    }

    fn samples(&self) -> Vec<SampleTraining> {
        samples::sample_trainings()
    }

    fn connect(&self, settings: ConnectionSettings) -> Result<Arc<dyn VendorConnection>, SettingsFault> {
        Ok(Arc::new(SestekConnection::open(settings)?))
    }
}
