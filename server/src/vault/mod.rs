//! The key that seals stored secrets: read where the settings say, or made at the first start.
//! `seal` seals with it; `derive` makes secrets from it that need not be kept. Nothing here stores anything.

mod derive;
mod seal;

pub use derive::SecretMaker;
pub use seal::{SealFault, Sealer};

use crate::secret::{Secret, SecretFault, SecretReader, SecretRef};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The key's length.
const KEY_BYTES: usize = 32;

/// Why there is no usable key.
#[derive(Debug, thiserror::Error)]
pub enum VaultFault {
    #[error("vault.key: {0}. Put the key back from the backup; with another one, what it sealed cannot be read.")]
    Unreadable(#[from] SecretFault),
    #[error("vault.key: it is not {KEY_BYTES} bytes in base64. Put the key back from the backup.")]
    Malformed,
    #[error("vault.key: the file {} cannot be made ({reason}).", path.display())]
    CannotMake { path: PathBuf, reason: String },
}

/// Reads the key; makes the file when the reference names one that is missing.
pub fn open_key(reference: &SecretRef, secrets: &dyn SecretReader) -> Result<Secret, VaultFault> {
    if let SecretRef::File(path) = reference
        && !path.exists()
    {
        make_key(path).map_err(|error| VaultFault::CannotMake { path: path.clone(), reason: error.to_string() })?;
        tracing::info!(path = %path.display(), "Made the vault's key; back it up apart from the database");
    }
    let key = secrets.read(reference)?;
    match STANDARD.decode(key.expose()) {
        Ok(bytes) if bytes.len() == KEY_BYTES => Ok(key),
        _ => Err(VaultFault::Malformed),
    }
}

/// Writes a random key that only its owner can read. Never replaces a file.
fn make_key(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut bytes = [0_u8; KEY_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(STANDARD.encode(bytes).as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::{VaultFault, open_key};
    use crate::secret::{Secret, SecretFault, SecretReader, SecretRef};
    use std::os::unix::fs::PermissionsExt;

    struct FilesOnly;

    impl SecretReader for FilesOnly {
        fn read(&self, reference: &SecretRef) -> Result<Secret, SecretFault> {
            reference.resolve(|_| None)
        }
    }

    #[test]
    fn a_missing_key_is_made_once_for_its_owner_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("data/vault.key");
        let reference = SecretRef::File(path.clone());
        let made = open_key(&reference, &FilesOnly).expect("a key");
        let again = open_key(&reference, &FilesOnly).expect("the same key");
        assert_eq!(made.expose(), again.expose());
        let mode = std::fs::metadata(&path).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_key_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("vault.key");
        std::fs::write(&path, "short").expect("a file");
        let fault = open_key(&SecretRef::File(path.clone()), &FilesOnly).expect_err("a fault");
        assert!(matches!(fault, VaultFault::Malformed));
        assert_eq!(std::fs::read_to_string(&path).expect("the file"), "short");
    }

    #[test]
    fn a_key_named_by_a_missing_variable_is_not_made_up() {
        let fault = open_key(&SecretRef::Env("NOT_SET".to_owned()), &FilesOnly).expect_err("a fault");
        assert!(fault.to_string().contains("NOT_SET"), "{fault}");
    }
}
