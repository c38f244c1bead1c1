//! `trainyard config`: prints the annotated default settings, ready to be saved and changed.

use super::fault::CommandFault;
use crate::config::DEFAULTS;
use std::io::Write;
use std::process::ExitCode;

/// Prints the file that is compiled in; reads nothing.
pub(super) fn print_config() -> Result<ExitCode, CommandFault> {
    print_text(DEFAULTS)
}

/// Writes a text to standard output. A reader that hangs up early (`| head`) is no failure.
pub(super) fn print_text(text: &str) -> Result<ExitCode, CommandFault> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(CommandFault::Failed(format!("standard output cannot be written ({error}).")))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}
