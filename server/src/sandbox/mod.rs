//! The built-in fake vendors, spoken to over real HTTP on their own listener.
//! Share no code and no type with the product, the clock aside, and reach out to nobody but, calling back, this machine.
//!
//! Vendors live below `/<vendor>`, the control API below `/control`:
//!
//! | call | what it does |
//! | --- | --- |
//! | `POST /control/scenario {"vendor","match","script"}` | sets, replaces or (empty script) removes a script; see [`script`] |
//! | `POST /control/advance {"seconds"}` | moves vendor time on |
//! | `GET /control/log?after=N` | every request received, tokens masked; see [`visits`] |
//! | `GET /control/runs` | every run that was created, with its state now |
//! | `POST /control/runs {"vendor","model_ids","kind"}` | plants runs that no request of ours made |
//! | `POST /control/revoke-tokens` | makes every issued token invalid |
//! | `POST /control/callbacks` | makes every callback that is due now, then says which were made so far |
//!
//! A vendor second passes `speed` times in a real one. Scripts lay faults over the normal behaviour: for example
//! `{"train": [{"calls": 1, "cut": "after_upload"}]}` loses the answer of one train call whose run was created.

mod callbacks;
mod caller;
mod control;
mod journal;
pub mod script;
mod sestek;
mod state;
mod visits;
mod wire;

use crate::clock::SharedClock;
use script::Scenario;
// How runs proceed is the first vendor's so far; a second one with runs of its own makes this an enum.
use axum::Router;
use axum::extract::FromRef;
use axum::middleware::from_fn_with_state;
use callbacks::Callbacks;
use sestek::timeline::{Kind, Run};
use state::{Book, Moment, Record, SandboxState};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::{OpenWires, Wire, WireListener};

/// How a sandbox runs.
#[derive(Clone, Debug)]
pub struct SandboxOptions {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Vendor seconds per real second; 0 leaves time to `POST /control/advance`.
    pub speed: f64,
    /// The state file; without it the state ends with the process.
    pub state: Option<PathBuf>,
    /// How often it looks for callbacks that are due; without it they wait for `POST /control/callbacks`.
    pub call_back_every: Option<Duration>,
}

/// How often a sandbox that somebody looks at calls back.
pub const CALL_BACK_EVERY: Duration = Duration::from_millis(250);

/// What every handler reaches.
#[derive(Clone)]
struct Shared {
    state: Arc<SandboxState>,
    tails: Tails,
    callbacks: Arc<Callbacks>,
}

impl FromRef<Shared> for Arc<SandboxState> {
    fn from_ref(shared: &Shared) -> Self {
        shared.state.clone()
    }
}

/// Work that outlives the request that began it, and ends with the sandbox.
#[derive(Clone, Default)]
struct Tails {
    tracker: TaskTracker,
    stop: CancellationToken,
}

enum Tail<T> {
    Started(JoinHandle<T>),
    Stopping,
}

impl Tails {
    /// Runs `work` to its end even when the request's connection is gone. Stopping drops it.
    fn spawn_tail<T: Send + 'static>(
        &self,
        work: impl Future<Output = io::Result<T>> + Send + 'static,
    ) -> Tail<io::Result<T>> {
        if self.stop.is_cancelled() {
            return Tail::Stopping;
        }
        let stop = self.stop.clone();
        Tail::Started(self.tracker.spawn(async move {
            let stopped = || io::Error::other("the sandbox was stopped");
            stop.run_until_cancelled(work).await.unwrap_or_else(|| Err(stopped()))
        }))
    }
}

/// A running sandbox. Dropping it stops it without waiting.
pub struct RunningSandbox {
    address: SocketAddr,
    state: Arc<SandboxState>,
    open: OpenWires,
    tracker: TaskTracker,
    stop: CancellationToken,
    server: Option<JoinHandle<io::Result<()>>>,
}

impl std::fmt::Debug for RunningSandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RunningSandbox({})", self.address)
    }
}

impl RunningSandbox {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets a scenario, as `POST /control/scenario` does.
    ///
    /// # Errors
    /// `InvalidInput` with what is not understood; else what the state file said.
    pub fn set_scenario(&self, scenario: serde_json::Value) -> io::Result<()> {
        let refuse = |reason: String| io::Error::new(io::ErrorKind::InvalidInput, reason);
        let scenario: Scenario = serde_json::from_value(scenario).map_err(|error| refuse(error.to_string()))?;
        check_scenario(&scenario).map_err(refuse)?;
        self.state.change(|_, _| (vec![Record::ScenarioSet { scenario: Box::new(scenario) }], ()))
    }

    /// Closes the listener, resets every connection and waits until nothing of it runs.
    pub async fn stop(mut self) {
        self.end();
        if let Some(server) = self.server.take() {
            server.await.ok();
        }
        self.tracker.wait().await;
    }

    /// Waits until the listener ends by itself, which it does only when it breaks.
    pub async fn wait(&mut self) -> io::Result<()> {
        match &mut self.server {
            Some(server) => server.await.unwrap_or_else(|error| Err(io::Error::other(error))),
            None => Ok(()),
        }
    }

    fn end(&self) {
        self.stop.cancel();
        self.tracker.close();
        self.open.cut_all();
    }
}

impl Drop for RunningSandbox {
    fn drop(&mut self) {
        self.end();
    }
}

/// Starts the fake vendors. Returns when the listener is bound.
///
/// # Errors
/// When the address is taken or the state file cannot be read.
pub async fn start_sandbox(options: SandboxOptions, clock: SharedClock) -> io::Result<RunningSandbox> {
    if !options.speed.is_finite() || options.speed < 0.0 {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the sandbox's speed must be 0 or more"));
    }
    let state = Arc::new(SandboxState::load(options.state.as_deref(), options.speed, clock)?);
    let tails = Tails::default();
    let callbacks = Arc::new(Callbacks::default());
    let shared = Shared { state: state.clone(), tails: tails.clone(), callbacks: callbacks.clone() };
    let listener = TcpListener::bind(options.listen).await?;
    let address = listener.local_addr()?;
    let open = OpenWires::default();
    if let Some(every) = options.call_back_every {
        let (state, stop) = (state.clone(), tails.stop.clone());
        tails
            .tracker
            .spawn(async move { stop.run_until_cancelled(keep_calling_back(&callbacks, &state, every)).await });
    }
    let service = build_router(shared).into_make_service_with_connect_info::<Wire>();
    let stopped = tails.stop.clone().cancelled_owned();
    let (listener, stop) = (WireListener::new(listener, open.clone()), tails.stop.clone());
    let server = tokio::spawn(async move { axum::serve(listener, service).with_graceful_shutdown(stopped).await });
    Ok(RunningSandbox { address, state, open, tracker: tails.tracker, stop, server: Some(server) })
}

async fn keep_calling_back(callbacks: &Callbacks, state: &SandboxState, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        callbacks.make_due(state).await;
    }
}

/// One arm per vendor: whether it understands the scenario.
fn check_scenario(scenario: &Scenario) -> Result<(), String> {
    match scenario.vendor.as_str() {
        sestek::VENDOR => sestek::check_scenario(scenario),
        other => Err(format!("There is no fake vendor {other}.")),
    }
}

/// One arm per vendor: a run that no request made.
fn plant_run(book: &Book, now: Moment, seed: RunSeed<'_>) -> Result<Run, String> {
    match seed.vendor {
        sestek::VENDOR => Ok(sestek::new_run(book, now, seed)),
        other => Err(format!("There is no fake vendor {other}.")),
    }
}

/// What a new run must be told.
struct RunSeed<'a> {
    vendor: &'a str,
    id: String,
    model_id: &'a str,
    kind: Kind,
    /// The number of the request that makes it.
    made_by: Option<u64>,
}

/// A new id of the form that .NET gives out.
fn new_guid() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
}

fn build_router(shared: Shared) -> Router {
    let vendors = Router::new()
        .nest("/sestek", sestek::routes())
        .fallback(|| async { axum::http::StatusCode::NOT_FOUND })
        .layer(from_fn_with_state(shared.state.clone(), visits::log_visit));
    vendors.nest("/control", control::routes()).with_state(shared)
}
