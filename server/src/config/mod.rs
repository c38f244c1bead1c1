//! The settings: the annotated defaults, over them a TOML file, over that the environment. Each section has its file.
//! Names no vendor and reads no secret's value by itself; nobody else reads the process environment.

pub mod connection;
pub mod datasets;
pub mod fault;
mod layers;
pub mod log;
pub mod polling;
pub mod sandbox;
mod secrets;
pub mod server;
pub mod store;
pub mod uploads;
pub mod vault;

pub use connection::ConnectionEntry;
pub use datasets::DatasetsConfig;
pub use fault::ConfigFault;
pub use log::{LogConfig, LogFormat};
pub use polling::PollingConfig;
pub use sandbox::SandboxConfig;
pub use secrets::ProcessSecrets;
pub use server::{ServerConfig, find_program_folder};
pub use store::StoreConfig;
pub use uploads::UploadsConfig;
pub use vault::VaultConfig;

use layers::Layers;
use serde::Deserialize;
use std::path::Path;

/// The annotated default file: the manual of every key, and the lowest layer.
pub const DEFAULTS: &str = include_str!("../../config.default.toml");

/// Everything that can be set, checked.
#[derive(Clone, Debug)]
pub struct Config {
    pub server: ServerConfig,
    pub store: StoreConfig,
    pub datasets: DatasetsConfig,
    pub uploads: UploadsConfig,
    pub vault: VaultConfig,
    pub polling: PollingConfig,
    pub sandbox: SandboxConfig,
    pub log: LogConfig,
    pub connections: Vec<ConnectionEntry>,
}

/// The sections as they are written, before they are checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    server: server::RawServer,
    store: StoreConfig,
    datasets: DatasetsConfig,
    uploads: UploadsConfig,
    #[serde(default)]
    vault: VaultConfig,
    polling: PollingConfig,
    sandbox: SandboxConfig,
    log: LogConfig,
    #[serde(default)]
    connections: Vec<connection::RawConnection>,
}

impl Config {
    /// Reads the defaults, `file` and the process environment. `vendors` are the names of the vendors in this build.
    pub fn load(file: Option<&Path>, vendors: &[&str]) -> Result<Self, ConfigFault> {
        Self::load_with(file, std::env::vars_os(), vendors)
    }

    /// As `load`, with the environment given.
    pub fn load_with(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
        vendors: &[&str],
    ) -> Result<Self, ConfigFault> {
        let layers = Layers::read(file, environment)?;
        let raw: RawConfig = layers.extract()?;
        let config = Self {
            server: raw.server.check(&layers)?,
            store: raw.store,
            datasets: raw.datasets,
            uploads: raw.uploads,
            vault: raw.vault,
            polling: raw.polling,
            sandbox: raw.sandbox,
            log: raw.log,
            connections: connection::check_connections(raw.connections, vendors, &layers)?,
        };
        config.store.check(&layers)?;
        config.datasets.check(&layers)?;
        config.uploads.check(&layers)?;
        config.polling.check(&layers)?;
        config.sandbox.check(&layers)?;
        Ok(config)
    }
}
