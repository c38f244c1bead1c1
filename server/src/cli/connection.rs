//! `trainyard connection test`: one harmless call to a vendor, and what it says about the credentials.
//! Decides nothing; see `connections`. A server that is running keeps its own health, which this does not lift.

use super::fault::CommandFault;
use super::serve::explain_build;
use super::store::make_store_folder;
use crate::clock::WallClock;
use crate::config::Config;
use crate::startup;
use app::model::ids::ConnectionId;
use clap::{Args, Subcommand};
use std::process::ExitCode;
use std::sync::Arc;

/// What can be done about connections.
#[derive(Debug, Subcommand)]
pub(super) enum ConnectionCommand {
    /// Ask the vendor, harmlessly, whether it accepts this connection's credentials.
    Test(TestConnectionArgs),
}

/// Which one.
#[derive(Debug, Args)]
pub(super) struct TestConnectionArgs {
    /// The connection's id in the settings
    id: String,
}

/// Makes the call and says in a sentence what came back. Exit codes: 0 it works, 1 it does not, 2 there is no such
/// connection.
pub(super) async fn test_connection(config: Config, args: TestConnectionArgs) -> Result<ExitCode, CommandFault> {
    let ids: Vec<&str> = config.connections.iter().map(|connection| connection.id.as_str()).collect();
    if !ids.contains(&args.id.as_str()) {
        return Err(CommandFault::WrongUse(explain_unknown(&args.id, &ids)));
    }
    make_store_folder(&config)?;
    let core = startup::build_core(&config, Arc::new(WallClock)).await.map_err(explain_build)?;
    let tested = core.connections.test_connection(&ConnectionId::new(&args.id)).await;
    core.store.close().await;
    let tested = tested.map_err(|error| CommandFault::Failed(format!("the database cannot be used ({error}).")))?;
    let Some(test) = tested else { return Err(CommandFault::WrongUse(explain_unknown(&args.id, &ids))) };
    for warning in &test.warnings {
        eprintln!("Warning: {warning}");
    }
    if !test.ok {
        return Err(CommandFault::Failed(format!("the connection \"{}\" does not work. {}", args.id, test.message)));
    }
    println!("The connection \"{}\" works. {}", args.id, test.message);
    Ok(ExitCode::SUCCESS)
}

fn explain_unknown(id: &str, ids: &[&str]) -> String {
    match ids {
        [] => format!("there is no connection \"{id}\"; the settings name none. Add a [[connections]] entry."),
        _ => format!("there is no connection \"{id}\". The settings name: {}.", ids.join(", ")),
    }
}
