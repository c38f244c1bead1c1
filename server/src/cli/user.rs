//! `trainyard user add`: lets somebody in.

use super::fault::CommandFault;
use super::store::open_people;
use crate::config::Config;
use crate::people::PeopleFault;
use app::model::session::Role;
use app::paths;
use clap::{Args, Subcommand, ValueEnum};
use std::process::ExitCode;

/// What can be done about people.
#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Add somebody, or give somebody who exists this role; prints a fresh one-time sign-in link.
    Add(AddUserArgs),
}

/// Who, and what they may do.
#[derive(Debug, Args)]
pub(super) struct AddUserArgs {
    /// Letters, digits, dots, hyphens, underscores and @
    name: String,
    /// viewer sees; operator also submits, retries and edits; admin also manages
    #[arg(long)]
    role: RoleWord,
}

/// The roles, as words on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleWord {
    Viewer,
    Operator,
    Admin,
}

impl From<RoleWord> for Role {
    fn from(word: RoleWord) -> Self {
        match word {
            RoleWord::Viewer => Self::Viewer,
            RoleWord::Operator => Self::Operator,
            RoleWord::Admin => Self::Admin,
        }
    }
}

/// Adds the person and prints their link.
pub(super) async fn add_user(config: Config, args: AddUserArgs) -> Result<ExitCode, CommandFault> {
    let people = open_people(&config).await?;
    let secret = people.add_person(&args.name, args.role.into()).await.map_err(explain_people)?;
    println!("{}", write_sign_in_link(&config, secret.expose()));
    eprintln!("The link above signs {} in. It works once, within a day.", args.name);
    Ok(ExitCode::SUCCESS)
}

/// The whole address of a one-time link.
pub(super) fn write_sign_in_link(config: &Config, secret: &str) -> String {
    format!("{}{}", config.server.public_url.as_str().trim_end_matches('/'), paths::sign_in_link(secret))
}

/// A wrong name or number is wrong use; the rest is a failure.
pub(super) fn explain_people(fault: PeopleFault) -> CommandFault {
    match fault {
        PeopleFault::BadName | PeopleFault::BadLife => CommandFault::WrongUse(fault.to_string()),
        _ => CommandFault::Failed(fault.to_string()),
    }
}
