//! `trainyard serve`: the page, the API and the tasks, until the process is told to end.
//! Puts nothing together itself; see `startup`.

use super::fault::CommandFault;
use super::instance_lock::lock_instance;
use super::store::make_store_folder;
use super::user::{explain_people, write_sign_in_link};
use crate::clock::{SharedClock, WallClock};
use crate::config::{Config, ProcessSecrets, find_program_folder};
use crate::sandbox::{CALL_BACK_EVERY, RunningSandbox, SandboxOptions, start_sandbox};
use crate::startup::{self, House, Surroundings};
use crate::vendors::vendor::SettingsFault;
use crate::web::serve::serve_connections;
use crate::{telemetry, vault};
use app::model::session::Role;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The first admin of a fresh installation.
const FIRST_ADMIN: &str = "admin";
/// How long requests and tasks under way may take to finish after the signal to end, the whole stop staying below 25 s.
const GRACE: Duration = Duration::from_secs(20);

/// What can be said on the command line.
#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    /// Where to listen, instead of server.listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Also run the fake vendors, connect to them, and fill an empty board with trainings of theirs
    #[arg(long)]
    sandbox: bool,
}

/// Serves until SIGTERM or Ctrl+C.
pub(super) async fn serve(mut config: Config, args: ServeArgs) -> Result<ExitCode, CommandFault> {
    make_store_folder(&config)?;
    let _lock = lock_instance(&config)?;
    let _key = vault::open_key(&config.vault.key, &ProcessSecrets)
        .map_err(|fault| CommandFault::WrongUse(fault.to_string()))?;
    let listener = listen(&mut config, args.listen).await?;
    let clock: SharedClock = Arc::new(WallClock);
    let sandbox = if args.sandbox { Some(join_sandbox(&mut config, &clock).await?) } else { None };
    let house = build_house(&config, clock).await?;
    invite_first_admin(&config, &house).await?;
    if let Some(sandbox) = &sandbox {
        startup::fill_board(&house.core, sandbox).await.map_err(explain_build)?;
    }
    // Before the line that says it runs: whoever reads that may stop it at once.
    let signals = StopSignals::hear()?;
    println!("Trainyard listens on {}", config.server.public_url.as_str().trim_end_matches('/'));
    run_house(house, listener, signals).await?;
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    Ok(ExitCode::SUCCESS)
}

/// Binds the listen address and writes the port that was really taken into the settings.
async fn listen(config: &mut Config, wanted: Option<SocketAddr>) -> Result<TcpListener, CommandFault> {
    let address = wanted.unwrap_or(config.server.listen);
    let explain = |error: std::io::Error| {
        CommandFault::Failed(format!(
            "the address {address} cannot be listened on ({error}). Choose another with --listen or server.listen."
        ))
    };
    let listener = TcpListener::bind(address).await.map_err(explain)?;
    config.server.set_listen(listener.local_addr().map_err(explain)?);
    Ok(listener)
}

/// Starts the fake vendors and adds connections to them.
async fn join_sandbox(config: &mut Config, clock: &SharedClock) -> Result<RunningSandbox, CommandFault> {
    let listen = config.sandbox.listen;
    let state = config
        .store
        .sqlite_file()
        .map_or_else(|| PathBuf::from("data/sandbox.json"), |file| file.with_file_name("sandbox.json"));
    let options = SandboxOptions {
        listen,
        speed: config.sandbox.speed,
        state: Some(state),
        call_back_every: Some(CALL_BACK_EVERY),
    };
    let sandbox = start_sandbox(options, clock.clone()).await.map_err(|error| {
        CommandFault::Failed(format!("the sandbox cannot start on {listen} ({error}). Check sandbox.listen."))
    })?;
    let connections = startup::sandbox_connections(sandbox.address()).map_err(explain_build)?;
    config.connections.extend(connections);
    Ok(sandbox)
}

async fn build_house(config: &Config, clock: SharedClock) -> Result<House, CommandFault> {
    let beside = find_program_folder()
        .map_err(|error| CommandFault::Failed(format!("the program's own folder cannot be found ({error}).")))?;
    let around = Surroundings { clock, beside, metrics: telemetry::open_metrics() };
    let house = startup::build(config, around).await.map_err(explain_build)?;
    if config.store.sqlite_file().is_some() {
        // The lock proves that whoever held leases is gone.
        let voided = house.core.store.void_leases().await;
        voided.map_err(|error| CommandFault::Failed(format!("the database cannot be written ({error}).")))?;
    }
    Ok(house)
}

/// A wrong key of a connection is wrong use; the rest is a failure.
pub(super) fn explain_build(error: anyhow::Error) -> CommandFault {
    match error.downcast_ref::<SettingsFault>() {
        Some(_) => CommandFault::WrongUse(format!("{error:#}")),
        None => CommandFault::Failed(format!("{error:#}")),
    }
}

/// On a fresh installation: prints the link that makes the person who opens it the admin. A lost link is replaced by
/// `trainyard user add admin --role admin`.
async fn invite_first_admin(config: &Config, house: &House) -> Result<(), CommandFault> {
    let people = &house.core.people;
    if people.has_people().await.map_err(explain_people)? {
        return Ok(());
    }
    let secret = people.add_person(FIRST_ADMIN, Role::Admin).await.map_err(explain_people)?;
    println!("Sign in as the first admin (once, within a day): {}", write_sign_in_link(config, secret.expose()));
    Ok(())
}

/// SIGTERM and Ctrl+C.
struct StopSignals {
    terminate: Signal,
    interrupt: Signal,
}

impl StopSignals {
    /// From now on neither ends the process by itself.
    fn hear() -> Result<Self, CommandFault> {
        let cannot_hear = |error: std::io::Error| CommandFault::Failed(format!("signals cannot be heard ({error})."));
        let terminate = signal(SignalKind::terminate()).map_err(cannot_hear)?;
        let interrupt = signal(SignalKind::interrupt()).map_err(cannot_hear)?;
        Ok(Self { terminate, interrupt })
    }

    /// Waits for either.
    async fn wait(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Runs tasks and listener until a signal comes, then stops both in order.
async fn run_house(house: House, listener: TcpListener, signals: StopSignals) -> Result<(), CommandFault> {
    let tasks = house.core.tasks.start();
    let stop = CancellationToken::new();
    let signalled = async {
        signals.wait().await;
        tracing::info!("Stopping");
        stop.cancel();
        house.shutdown.cancel();
    };
    let ((), all_answered) =
        tokio::join!(signalled, serve_connections(listener, house.router.clone(), stop.clone(), GRACE));
    let all_done = tasks.stop(GRACE).await;
    house.core.store.close().await;
    tracing::info!(all_answered, all_done, "Stopped");
    Ok(())
}
