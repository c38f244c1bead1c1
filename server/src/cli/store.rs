//! Opening the database for a command that works beside a running server.
//! Locks nothing; only `serve` does.

use super::fault::CommandFault;
use crate::clock::WallClock;
use crate::config::Config;
use crate::people::People;
use crate::store::{Store, StoreError};
use std::path::Path;
use std::sync::Arc;

/// The people of this installation.
pub(super) async fn open_people(config: &Config) -> Result<People, CommandFault> {
    Ok(People::new(open_store(config).await?, Arc::new(WallClock)))
}

/// The store, brought up to date.
pub(super) async fn open_store(config: &Config) -> Result<Store, CommandFault> {
    make_store_folder(config)?;
    let store = Store::open(&config.store.url, Arc::new(WallClock)).await.map_err(explain_store)?;
    store.migrate().await.map_err(explain_store)?;
    Ok(store)
}

/// Makes the folder of an SQLite file that is still to be made.
pub(super) fn make_store_folder(config: &Config) -> Result<(), CommandFault> {
    let Some(file) = config.store.sqlite_file() else { return Ok(()) };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|error| {
        CommandFault::Failed(format!("the folder {} cannot be made ({error}). Check store.url.", folder.display()))
    })
}

/// A store error, with what to look at.
fn explain_store(error: StoreError) -> CommandFault {
    CommandFault::Failed(format!("the database cannot be used ({error}). Check store.url."))
}
