//! Puts the house together: the only file that sees every module, and the seam for tests. Contains no rule.

use crate::blobs::Blobs;
use crate::clock::SharedClock;
use crate::config::{Config, ConnectionEntry as ConfiguredConnection, ProcessSecrets};
use crate::connections::{ConnectionEntry, Connections};
use crate::datasets::{Datasets, UploadLimits};
use crate::events::Events;
use crate::people::People;
use crate::sandbox::RunningSandbox;
use crate::secret::{Secret, SecretFault, SecretReader, SecretRef};
use crate::store::Store;
use crate::tasks::Tasks;
use crate::telemetry::Metrics;
use crate::trainings::{CallbackSettings, Parts, Trainings};
use crate::vault::{Sealer, SecretMaker, open_key};
use crate::vendors::all_vendors;
use crate::vendors::http::HttpLimits;
use crate::vendors::vendor::{ConnectionSettings, Pace};
use crate::web::backend::build_backend;
use crate::web::callbacks::callbacks_router;
use crate::web::health::{ReadinessCheck, ReadinessProbe};
use crate::web::router::{WebParts, build_router};
use crate::web::site::find_site;
use crate::web::uploads::{UploadsState, uploads_router};
use anyhow::Context;
use app::model::ids::ConnectionId;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Connections to the fake vendors run at least this much faster than the vendors' own pace.
const SANDBOX_PACE: f64 = 0.05;

/// Everything below the web: the rules and what they stand on.
#[derive(Clone)]
pub struct Core {
    pub store: Store,
    pub people: People,
    pub datasets: Datasets,
    pub connections: Arc<Connections>,
    pub events: Events,
    pub trainings: Trainings,
    pub tasks: Tasks,
    pub clock: SharedClock,
}

/// The names of the vendors in this build, for the configuration.
pub fn vendor_names() -> Vec<&'static str> {
    all_vendors().iter().map(|vendor| vendor.name()).collect()
}

/// Opens the store and migrates it; for commands that need no more.
pub async fn open_store(config: &Config, clock: SharedClock) -> anyhow::Result<Store> {
    let store = Store::open(&config.store.url, clock).await.context("The store cannot be opened (store.url).")?;
    store.migrate().await.context("The store's schema cannot be brought up to date.")?;
    Ok(store)
}

/// Builds everything below the web, without starting a task.
pub async fn build_core(config: &Config, clock: SharedClock) -> anyhow::Result<Core> {
    build_core_within(config, clock, HttpLimits::default()).await
}

/// The same with other limits of vendors' calls, for tests that wait for them.
pub async fn build_core_within(config: &Config, clock: SharedClock, limits: HttpLimits) -> anyhow::Result<Core> {
    let store = open_store(config, clock.clone()).await?;
    let blobs = Blobs::open(&config.datasets.url).context("The dataset store cannot be opened (datasets.url).")?;
    let upload_limits = UploadLimits::new(config.uploads.max_bytes);
    let datasets = Datasets::new(store.clone(), blobs, clock.clone(), upload_limits);
    let accounts = connect_accounts(config, &clock, limits)?;
    let maker = open_vault(config)?;
    let connections = Connections::open(accounts, store.clone(), Sealer::new(&maker), clock.clone()).await?;
    let connections = Arc::new(connections);
    let events = Events::new(store.clone());
    let new_work = Arc::new(Notify::new());
    let trainings = Trainings::new(Parts {
        store: store.clone(),
        connections: connections.clone(),
        datasets: datasets.clone(),
        events: events.clone(),
        clock: clock.clone(),
        new_work: new_work.clone(),
        callbacks: callback_settings(config, maker),
    });
    let people = People::new(store.clone(), clock.clone());
    let tasks = Tasks {
        store: store.clone(),
        trainings: trainings.clone(),
        datasets: datasets.clone(),
        people: people.clone(),
        clock: clock.clone(),
        new_work,
        pulse: Arc::default(),
    };
    Ok(Core { store, people, datasets, connections, events, trainings, tasks, clock })
}

/// The vault's key is made here when it is missing: a promised address must be the same one after a restart.
fn open_vault(config: &Config) -> anyhow::Result<SecretMaker> {
    Ok(SecretMaker::new(&open_key(&config.vault.key, &ProcessSecrets)?))
}

fn callback_settings(config: &Config, maker: SecretMaker) -> CallbackSettings {
    let public_url = config.server.public_url.as_str().trim_end_matches('/').to_owned();
    CallbackSettings { maker, public_url }
}

/// The whole house, built but not yet running: nothing listens, no task goes.
pub struct House {
    pub core: Core,
    pub router: axum::Router,
    /// Ends the live streams.
    pub shutdown: CancellationToken,
}

/// What the house is built into.
pub struct Surroundings {
    pub clock: SharedClock,
    /// The folder that the program's file is in: the page's files are looked for beside it.
    pub beside: PathBuf,
    pub metrics: Metrics,
}

/// Builds the house.
pub async fn build(config: &Config, around: Surroundings) -> anyhow::Result<House> {
    let core = build_core(config, around.clock).await?;
    let shutdown = CancellationToken::new();
    let metrics = around.metrics;
    let parts = WebParts {
        people: core.people.clone(),
        backend: build_backend(core.trainings.clone(), core.connections.clone(), core.datasets.clone()),
        live: core.events.clone(),
        readiness: readiness_probe(&core),
        render_metrics: Arc::new(move || metrics.render()),
        public_url: config.server.public_url.clone(),
        listen: config.server.listen,
        site: find_site(config.server.site_dir.as_deref(), &around.beside)?,
        uploads: uploads_router(UploadsState { datasets: core.datasets.clone() }),
        callbacks: callbacks_router(core.trainings.clone()),
        shutdown: shutdown.clone(),
    };
    Ok(House { router: build_router(parts), core, shutdown })
}

fn readiness_probe(core: &Core) -> ReadinessProbe {
    let (store, pulse) = (core.store.clone(), core.tasks.pulse.clone());
    Arc::new(move || {
        let (store, pulse) = (store.clone(), pulse.clone());
        Box::pin(async move {
            vec![
                ReadinessCheck { name: "store", ok: store.ping().await.is_ok() },
                ReadinessCheck { name: "migrations", ok: store.is_migrated().await.unwrap_or(false) },
                ReadinessCheck { name: "tasks", ok: pulse.is_alive() },
            ]
        })
    })
}

/// The connections to the fake vendors at `address`, as the configuration would name them.
pub fn sandbox_connections(address: SocketAddr) -> anyhow::Result<Vec<ConfiguredConnection>> {
    let mut connections = Vec::new();
    for vendor in all_vendors() {
        let Some(account) = vendor.sandbox_account(address) else { continue };
        connections.push(ConfiguredConnection {
            id: sandbox_id(vendor.name()),
            vendor: vendor.name().to_owned(),
            name: account.name.to_owned(),
            base_url: account.base_url.parse()?,
            allow_http: false,
            allow_networks: Vec::new(),
            sandbox: true,
            own: account.own,
        });
    }
    Ok(connections)
}

/// Fills an empty board: the fake vendors are told what to do with each sample, then the samples are submitted for real.
/// Says how many.
pub async fn fill_board(core: &Core, sandbox: &RunningSandbox) -> anyhow::Result<usize> {
    if !core.trainings.is_board_empty().await? {
        return Ok(0);
    }
    let mut filled = 0;
    for vendor in all_vendors() {
        let connection = sandbox_id(vendor.name());
        for sample in vendor.samples() {
            if !sample.scenario.is_null() {
                sandbox.set_scenario(sample.scenario.clone())?;
            }
            core.trainings.submit_sample(&connection, sample).await?;
            filled += 1;
        }
    }
    Ok(filled)
}

fn sandbox_id(vendor: &str) -> ConnectionId {
    ConnectionId::new(format!("sandbox-{vendor}"))
}

fn connect_accounts(config: &Config, clock: &SharedClock, limits: HttpLimits) -> anyhow::Result<Vec<ConnectionEntry>> {
    let vendors = all_vendors();
    let mut accounts = Vec::new();
    for configured in &config.connections {
        let vendor = vendors.iter().find(|vendor| vendor.name() == configured.vendor);
        let vendor = vendor.with_context(|| format!("This version knows no vendor \"{}\".", configured.vendor))?;
        let scale = config.polling.scale;
        let pace = Pace(if configured.sandbox { scale.min(SANDBOX_PACE) } else { scale });
        let secrets: Arc<dyn SecretReader> =
            if configured.sandbox { Arc::new(SandboxSecrets) } else { Arc::new(ProcessSecrets) };
        let link = vendor
            .connect(ConnectionSettings {
                id: configured.id.clone(),
                name: configured.name.clone(),
                base_url: configured.base_url.clone(),
                sandbox: configured.sandbox,
                allow_http: configured.allow_http,
                allow_networks: configured.allow_networks.clone(),
                own: configured.own.clone(),
                secrets,
                pace,
                limits,
                clock: clock.clone(),
            })
            .with_context(|| format!("The connection \"{}\" cannot be used.", configured.id))?;
        accounts.push(ConnectionEntry {
            id: configured.id.clone(),
            vendor: vendor.name(),
            name: configured.name.clone(),
            sandbox: configured.sandbox,
            pace,
            link,
        });
    }
    Ok(accounts)
}

/// The fake vendors' credentials: a word everybody may know.
struct SandboxSecrets;

impl SecretReader for SandboxSecrets {
    fn read(&self, _: &SecretRef) -> Result<Secret, SecretFault> {
        Ok(Secret::new("sandbox-secret"))
    }
}
