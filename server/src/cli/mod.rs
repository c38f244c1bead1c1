//! The command line: one file per command, each with its arguments and what it does.
//! Rules live elsewhere; a command reads its arguments, calls one of them and says what came out.

mod check;
mod config;
mod connection;
mod fault;
mod instance_lock;
mod migrate;
mod openapi;
mod sandbox;
mod serve;
mod store;
mod token;
mod user;

use crate::config::{Config, LogFormat};
use crate::{telemetry, vendors};
use clap::{Parser, Subcommand};
use fault::CommandFault;
use std::path::PathBuf;
use std::process::ExitCode;

/// One board for every training: submits them once, watches them until they serve, keeps their history.
#[derive(Debug, Parser)]
#[command(name = "trainyard", version, arg_required_else_help = true)]
pub struct Cli {
    /// Read settings from this file; `trainyard config` prints every key with its default.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

/// What can be asked for.
#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the page and the API, and run the tasks, until SIGTERM or Ctrl+C.
    Serve(serve::ServeArgs),
    /// Check data files as the vendor would, on this machine, before anything is sent.
    Check(check::CheckArgs),
    /// Run the built-in fake vendors alone, in a process of their own.
    Sandbox(sandbox::SandboxArgs),
    /// Add people.
    #[command(subcommand)]
    User(user::UserCommand),
    /// Make API tokens.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Look at connections to vendors.
    #[command(subcommand)]
    Connection(connection::ConnectionCommand),
    /// Bring the database up to date and stop (`serve` does it as well).
    Migrate,
    /// Print the annotated default settings.
    Config,
    /// Print the description of the API (OpenAPI 3.1, JSON).
    Openapi,
}

/// Runs the command. Exit codes: 0 fine, 1 refused or failed, 2 wrong use or configuration.
pub fn run_command(cli: Cli) -> ExitCode {
    let outcome = match cli.command {
        Command::Check(args) => Ok(check::run_check(&args)),
        Command::Config => config::print_config(),
        Command::Openapi => openapi::print_openapi(),
        Command::Serve(args) => with_config(cli.config, |config| serve::serve(config, args)),
        Command::Migrate => with_config(cli.config, migrate::migrate_store),
        Command::Sandbox(args) => with_config(cli.config, |config| {
            sandbox::run_sandbox(args.into_options(config.sandbox.listen, config.sandbox.speed))
        }),
        Command::User(user::UserCommand::Add(args)) => with_config(cli.config, |config| user::add_user(config, args)),
        Command::Token(token::TokenCommand::Create(args)) => {
            with_config(cli.config, |config| token::create_token(config, args))
        }
        Command::Connection(connection::ConnectionCommand::Test(args)) => {
            with_config(cli.config, |config| connection::test_connection(config, args))
        }
    };
    match outcome {
        Ok(code) => code,
        Err(fault) => {
            eprintln!("trainyard: {fault}");
            fault.exit_code()
        }
    }
}

/// Reads the settings and starts logging as they say.
fn load_config(file: Option<PathBuf>) -> Result<Config, CommandFault> {
    let vendors = vendors::all_vendors();
    let names: Vec<&str> = vendors.iter().map(|vendor| vendor.name()).collect();
    let config = Config::load(file.as_deref(), &names)?;
    telemetry::start_logging(&config.log.filter, config.log.format == LogFormat::Json)
        .map_err(|fault| CommandFault::WrongUse(format!("log.filter: {fault}")))?;
    Ok(config)
}

/// Reads the settings and runs a command with them to its end.
fn with_config<F>(file: Option<PathBuf>, command: impl FnOnce(Config) -> F) -> Result<ExitCode, CommandFault>
where
    F: Future<Output = Result<ExitCode, CommandFault>>,
{
    let config = load_config(file)?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CommandFault::Failed(format!("the program cannot start ({error}).")))?
        .block_on(command(config))
}
