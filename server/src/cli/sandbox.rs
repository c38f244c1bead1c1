//! `trainyard sandbox`: the fake vendors alone, in a process of their own.
//! The fakes themselves live in `sandbox`.

use super::fault::CommandFault;
use crate::clock::WallClock;
use crate::sandbox::{CALL_BACK_EVERY, SandboxOptions, start_sandbox};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// What can be said on the command line; the rest comes from the `[sandbox]` section.
#[derive(Clone, Debug, clap::Args)]
pub struct SandboxArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Vendor seconds per real second
    #[arg(long, value_name = "NUMBER")]
    pub speed: Option<f64>,
    /// Keep the state in this file, so that it outlives the process
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
}

impl SandboxArgs {
    /// The options, with the configuration's values for what was not said.
    pub fn into_options(self, listen: SocketAddr, speed: f64) -> SandboxOptions {
        SandboxOptions {
            listen: self.listen.unwrap_or(listen),
            speed: self.speed.unwrap_or(speed),
            state: self.state,
            call_back_every: Some(CALL_BACK_EVERY),
        }
    }
}

/// Runs the fake vendors until the process is asked to end.
pub(super) async fn run_sandbox(options: SandboxOptions) -> Result<ExitCode, CommandFault> {
    let listen = options.listen;
    let mut sandbox = start_sandbox(options, Arc::new(WallClock)).await.map_err(|error| {
        CommandFault::Failed(format!(
            "the sandbox cannot start on {listen} ({error}). Check sandbox.listen and --state."
        ))
    })?;
    println!("The sandbox listens on http://{}", sandbox.address());
    let mut terminate = signal(SignalKind::terminate())
        .map_err(|error| CommandFault::Failed(format!("signals cannot be heard ({error}).")))?;
    tokio::select! {
        broken = sandbox.wait() => {
            let reason = broken.err().map_or_else(|| "it ended".to_owned(), |error| error.to_string());
            return Err(CommandFault::Failed(format!("the sandbox stopped listening ({reason}).")));
        }
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    sandbox.stop().await;
    Ok(ExitCode::SUCCESS)
}
