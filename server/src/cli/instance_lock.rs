//! One server per SQLite file: a lock on a file beside the database, held as long as the process lives.
//! PostgreSQL needs none of this, and no command but `serve` takes it.

use super::fault::CommandFault;
use crate::config::Config;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::PathBuf;

/// The lock; the operating system lets it go when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct InstanceLock {
    _file: Option<File>,
}

/// Takes the lock, or says at once that another server has it.
pub(super) fn lock_instance(config: &Config) -> Result<InstanceLock, CommandFault> {
    let Some(database) = config.store.sqlite_file() else { return Ok(InstanceLock { _file: None }) };
    let mut path = database.clone().into_os_string();
    path.push(".lock");
    let path = PathBuf::from(path);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(|error| {
        CommandFault::Failed(format!("the file {} cannot be made ({error}). Check store.url.", path.display()))
    })?;
    match file.try_lock() {
        Ok(()) => Ok(InstanceLock { _file: Some(file) }),
        Err(TryLockError::WouldBlock) => Err(CommandFault::Failed(format!(
            "another server is using the database {}. Stop it first, or give this one its own store.url.",
            database.display()
        ))),
        Err(TryLockError::Error(error)) => Err(CommandFault::Failed(format!(
            "the file {} cannot be locked ({error}). An SQLite database needs a local disk.",
            path.display()
        ))),
    }
}
