//! Secrets: a type that cannot be printed, and references to where one is kept.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::fmt;
use std::path::PathBuf;

/// A secret value. `Debug` prints the type's name only; memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a value in.
    pub fn new(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }

    /// The value, for the one place that sends or compares it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// Where a secret is kept: `{ env = "NAME" }` or `{ file = "PATH" }`. The value itself may not stand in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SecretRef {
    Env(String),
    File(PathBuf),
}

/// A reference that leads to nothing usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretFault {
    #[error("the environment variable {0} is not set")]
    EnvMissing(String),
    #[error("the file {} cannot be read ({reason})", path.display())]
    FileUnreadable { path: PathBuf, reason: String },
    #[error("{0} is empty")]
    Empty(String),
}

impl SecretRef {
    /// Reads the secret. `read_env` stands for the environment, which only `config` reads.
    pub fn resolve(&self, read_env: impl Fn(&str) -> Option<String>) -> Result<Secret, SecretFault> {
        let (value, place) = match self {
            Self::Env(name) => (
                read_env(name).ok_or_else(|| SecretFault::EnvMissing(name.clone()))?,
                format!("the environment variable {name}"),
            ),
            Self::File(path) => {
                let value = std::fs::read_to_string(path)
                    .map_err(|error| SecretFault::FileUnreadable { path: path.clone(), reason: error.to_string() })?;
                (value, format!("the file {}", path.display()))
            }
        };
        let value = value.trim_end_matches(['\r', '\n']);
        if value.is_empty() { Err(SecretFault::Empty(place)) } else { Ok(Secret::new(value)) }
    }
}

/// Reads a secret by its reference.
pub trait SecretReader: Send + Sync {
    /// The secret behind `reference`.
    fn read(&self, reference: &SecretRef) -> Result<Secret, SecretFault>;
}
