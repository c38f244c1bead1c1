//! `trainyard openapi`: prints the description of the API.

use super::config::print_text;
use super::fault::CommandFault;
use crate::web::rest::openapi::build_document;
use std::process::ExitCode;

/// Prints the document that `/api/v1/openapi.json` sends.
pub(super) fn print_openapi() -> Result<ExitCode, CommandFault> {
    let text = build_document()
        .to_pretty_json()
        .map_err(|error| CommandFault::Failed(format!("the description cannot be written ({error}).")))?;
    print_text(&(text + "\n"))
}
