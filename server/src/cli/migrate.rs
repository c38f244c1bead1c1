//! `trainyard migrate`: brings the database up to date.

use super::fault::CommandFault;
use crate::clock::WallClock;
use crate::config::Config;
use crate::store::Store;
use std::process::ExitCode;
use std::sync::Arc;

/// Opens the store, migrates it and stops.
pub(super) async fn migrate_store(config: Config) -> Result<ExitCode, CommandFault> {
    make_store_folder(&config)?;
    let store = Store::open(&config.store.url, Arc::new(WallClock)).await.map_err(explain_store)?;
    store.migrate().await.map_err(explain_store)?;
    store.close().await;
    println!("The database is up to date.");
    Ok(ExitCode::SUCCESS)
}

/// Makes the folder of an SQLite file that is still to be made.
pub(super) fn make_store_folder(config: &Config) -> Result<(), CommandFault> {
    let Some(folder) = config.store.sqlite_file().and_then(|file| file.parent().map(std::path::Path::to_path_buf))
    else {
        return Ok(());
    };
    std::fs::create_dir_all(&folder).map_err(|error| {
        CommandFault::Failed(format!("the folder {} cannot be made ({error}). Check store.url.", folder.display()))
    })
}

/// A store error, with what to look at.
pub(super) fn explain_store(error: crate::store::StoreError) -> CommandFault {
    CommandFault::Failed(format!("the database cannot be used ({error}). Check store.url."))
}
