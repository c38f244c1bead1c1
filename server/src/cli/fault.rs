//! Why a command ended badly, in words for the person at the terminal.

use crate::config::ConfigFault;
use std::process::ExitCode;

/// Wrong settings and wrong use end with exit code 2, everything else with 1.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommandFault {
    #[error("{0}")]
    Config(#[from] ConfigFault),
    #[error("{0}")]
    WrongUse(String),
    #[error("{0}")]
    Failed(String),
}

impl CommandFault {
    /// The code the program ends with.
    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) | Self::WrongUse(_) => ExitCode::from(2),
            Self::Failed(_) => ExitCode::from(1),
        }
    }
}
