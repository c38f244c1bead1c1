//! Unfinished files: written at their end, cut back to what was promised, removed.
//! No path is ever made from a request: a spool file is named by our own id.

use super::create_private_dir;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use uuid::Uuid;

/// The folder of unfinished files. Its functions block; call them from a thread that may.
#[derive(Clone, Debug)]
pub struct Spool {
    folder: PathBuf,
}

/// The name of a spool file: an id that we made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SpoolId(Uuid);

impl SpoolId {
    /// The file of one id.
    pub const fn new(id: Uuid) -> Self {
        Self(id)
    }

    /// The id.
    pub const fn id(self) -> Uuid {
        self.0
    }

    /// The file's name inside the spool.
    pub fn file_name(self) -> String {
        self.0.to_string()
    }
}

impl Spool {
    /// Opens the folder; makes it, closed to others, when it is missing.
    pub(super) fn open(folder: PathBuf) -> io::Result<Self> {
        create_private_dir(&folder)?;
        Ok(Self { folder })
    }

    /// Opens a file for writing at `offset` and cuts off whatever stands behind it. Makes a missing one (0600).
    pub fn open_at(&self, id: SpoolId, offset: u64) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let mut file = options.open(self.path(id))?;
        if file.metadata()?.len() != offset {
            file.set_len(offset)?;
        }
        file.seek(SeekFrom::Start(offset))?;
        Ok(file)
    }

    /// Opens a file for reading from its start.
    pub fn open_to_read(&self, id: SpoolId) -> io::Result<File> {
        File::open(self.path(id))
    }

    /// Flushes what was written to a file.
    pub fn flush(&self, id: SpoolId) -> io::Result<()> {
        File::open(self.path(id))?.sync_data()
    }

    /// Flushes the folder, so that the names of new files last too.
    pub fn flush_names(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }

    /// The length of a file in bytes; 0 when there is none.
    pub fn length(&self, id: SpoolId) -> io::Result<u64> {
        match std::fs::metadata(self.path(id)) {
            Ok(found) => Ok(found.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Removes a file; none is fine.
    pub fn remove(&self, id: SpoolId) -> io::Result<()> {
        match std::fs::remove_file(self.path(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Every file of the spool. What has no name of ours is left out.
    pub fn list(&self) -> io::Result<Vec<SpoolId>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            if let Some(id) = entry?.file_name().to_str().and_then(|name| Uuid::parse_str(name).ok()) {
                found.push(SpoolId(id));
            }
        }
        Ok(found)
    }

    fn path(&self, id: SpoolId) -> PathBuf {
        self.folder.join(id.file_name())
    }
}
