//! The sandbox's memory on disk: one JSON record per line, written before the answer that depends on it goes out.
//! Knows nothing of what the records mean.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::Path;

/// An append-only file of records, or nothing when the sandbox keeps its state in memory only.
#[derive(Debug, Default)]
pub struct Journal {
    file: Option<File>,
}

impl Journal {
    /// Opens or creates the file and returns what it holds, oldest first.
    ///
    /// A last line without its line end was torn by a kill in the middle of a write: no answer ever depended on it, so
    /// it is cut off. A broken line before the last one means that the file is not ours, and is an error.
    pub fn open<R: DeserializeOwned>(path: &Path) -> io::Result<(Self, Vec<R>)> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let (mut records, mut whole_bytes, mut line) = (Vec::new(), 0_u64, String::new());
        let mut reader = BufReader::new(&mut file);
        loop {
            line.clear();
            let read = reader.read_line(&mut line)?;
            if read == 0 || !line.ends_with('\n') {
                break;
            }
            let record = serde_json::from_str(&line).map_err(|error| {
                let place =
                    format!("line {} of {} is not a sandbox record: {error}", records.len() + 1, path.display());
                io::Error::new(io::ErrorKind::InvalidData, place)
            })?;
            records.push(record);
            whole_bytes += u64::try_from(read).unwrap_or(u64::MAX);
        }
        drop(reader);
        file.set_len(whole_bytes)?;
        file.seek(SeekFrom::End(0))?;
        Ok((Self { file: Some(file) }, records))
    }

    /// Writes records to the file. They are with the operating system when this returns: a killed sandbox keeps them.
    pub fn append<R: Serialize>(&mut self, records: &[R]) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut lines = Vec::new();
        for record in records {
            serde_json::to_writer(&mut lines, record)?;
            lines.push(b'\n');
        }
        file.write_all(&lines)
    }
}
