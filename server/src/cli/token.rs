//! `trainyard token create`: makes an API token.

use super::fault::CommandFault;
use super::store::open_people;
use super::user::explain_people;
use crate::config::Config;
use clap::{Args, Subcommand};
use std::process::ExitCode;

/// What can be done about API tokens.
#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Print a new API token, once. It carries the role its user has at the moment of each call.
    Create(CreateTokenArgs),
}

/// Whose token, and for how long.
#[derive(Debug, Args)]
pub(super) struct CreateTokenArgs {
    /// Somebody added with `user add`; they need not have signed in
    #[arg(long, value_name = "NAME")]
    user: String,
    /// Let it run out after this many days; without it, it does not run out
    #[arg(long, value_name = "N")]
    expires_days: Option<u32>,
}

/// Makes the token and prints it.
pub(super) async fn create_token(config: Config, args: CreateTokenArgs) -> Result<ExitCode, CommandFault> {
    let people = open_people(&config).await?;
    let token = people.create_token(&args.user, args.expires_days).await.map_err(explain_people)?;
    println!("{}", token.expose());
    eprintln!("This is the only time the token is shown.");
    Ok(ExitCode::SUCCESS)
}
