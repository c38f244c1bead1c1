//! Reads the secrets that references name, from the process environment and from files.
//! Keeps none.

use crate::secret::{Secret, SecretFault, SecretReader, SecretRef};

/// The places of this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessSecrets;

impl SecretReader for ProcessSecrets {
    fn read(&self, reference: &SecretRef) -> Result<Secret, SecretFault> {
        reference.resolve(|name| std::env::var(name).ok())
    }
}
