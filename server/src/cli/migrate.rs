//! `trainyard migrate`: brings the database up to date.

use super::fault::CommandFault;
use super::store::open_store;
use crate::config::Config;
use std::process::ExitCode;

/// Opens the store, which migrates it, and stops.
pub(super) async fn migrate_store(config: Config) -> Result<ExitCode, CommandFault> {
    open_store(&config).await?.close().await;
    println!("The database is up to date.");
    Ok(ExitCode::SUCCESS)
}
