//! The program `trainyard`: reads the command line, runs one command, ends with its exit code.

use clap::Parser;
use std::process::ExitCode;
use trainyard::cli::{self, Cli};

fn main() -> ExitCode {
    #[cfg(feature = "failpoints")]
    let _scenario = die_at_points();
    cli::run_command(Cli::parse())
}

/// Arms the points that `FAILPOINTS` names. A panic, theirs or any other, ends the process as a kill would: nothing is
/// unwound, nothing is given back.
#[cfg(feature = "failpoints")]
fn die_at_points() -> fail::FailScenario<'static> {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        std::process::abort();
    }));
    fail::FailScenario::setup()
}
