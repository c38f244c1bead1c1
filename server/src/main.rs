//! The program `trainyard`: reads the command line, runs one command, ends with its exit code.

use clap::Parser;
use std::process::ExitCode;
use trainyard::cli::{self, Cli};

fn main() -> ExitCode {
    #[cfg(feature = "failpoints")]
    let _scenario = fail::FailScenario::setup();
    cli::run_command(Cli::parse())
}
