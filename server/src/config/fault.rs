//! What is wrong with the configuration: which key, where it was written, and what to do.

use std::fmt;

/// One fault. Printed as `server.listen (the file trainyard.toml): ...`; the program then ends with exit code 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// The key, dotted (`connections[0].base_url`); `None` when the file as a whole cannot be read.
    pub key: Option<String>,
    /// Where it was written: a file, an environment variable, the built-in defaults.
    pub place: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{key} ({}): {}", self.place, self.message),
            None => write!(f, "{}: {}", self.place, self.message),
        }
    }
}

impl std::error::Error for ConfigFault {}
