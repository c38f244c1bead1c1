//! The house below the web, on a clock that the test holds, with the strict fake vendors behind real HTTP.

use crate::support::database::{Engine, fresh_url};
use app::model::ids::{ConnectionId, DatasetId, TrainingId, UserName};
use app::model::page::PageQuery;
use app::model::stage::Stage;
use app::model::time::Timestamp;
use app::model::training::Training;
use app::vendors::TrainingRequest;
use app::vendors::submission::NewTraining;
use futures::StreamExt;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use trainyard::clock::{Clock, FakeClock};
use trainyard::config::Config;
use trainyard::datasets::{Append, NewUpload};
use trainyard::sandbox::{RunningSandbox, SandboxOptions, start_sandbox};
use trainyard::secret::SecretRef;
use trainyard::startup::{Core, build_core_within, sandbox_connections, vendor_names};
use trainyard::store::work::WorkKind;
use trainyard::vendors::http::HttpLimits;
use trainyard::web::callbacks::callbacks_router;

/// The connection to the fake SESTEK.
pub const SESTEK: &str = "sandbox-sestek";

/// The house, the fake vendors, and the clock of both.
pub struct House {
    pub core: Core,
    pub clock: Arc<FakeClock>,
    pub config: Config,
    /// How long calls to vendors may take; counts from the next restart.
    pub limits: HttpLimits,
    sandbox: Option<RunningSandbox>,
    address: SocketAddr,
    made: AtomicU32,
    _database: Option<TempDir>,
    _folder: TempDir,
}

impl House {
    /// A house on a fresh SQLite store.
    pub async fn build() -> Self {
        Self::build_on(Engine::Sqlite).await
    }

    /// A house on a fresh store. One real second of the fake vendors is one second of the test's clock.
    pub async fn build_on(engine: Engine) -> Self {
        let clock = Arc::new(FakeClock::new(crate::support::database::BEGIN));
        let options = SandboxOptions {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            speed: 1.0,
            state: None,
            call_back_every: None,
        };
        let sandbox = start_sandbox(options, clock.clone()).await.expect("the fake vendors");
        let address = sandbox.address();
        let folder = TempDir::new().expect("a folder");
        let (url, database) = fresh_url(engine);
        let mut config = Config::load_with(None, [], &vendor_names()).expect("the default configuration");
        config.store.url = url;
        config.vault.key = SecretRef::File(folder.path().join("vault.key"));
        config.datasets.url = format!("file://{}/datasets", folder.path().display());
        config.connections = sandbox_connections(address).expect("the fake vendors' accounts");
        for connection in &mut config.connections {
            // The vendors' own pace: the test's clock is free.
            connection.sandbox = false;
            connection.own = own_keys(connection.own.clone(), folder.path());
        }
        let limits = HttpLimits::default();
        let core = build_core_within(&config, clock.clone(), limits).await.expect("the house");
        let made = AtomicU32::new(0);
        Self {
            core,
            clock,
            config,
            limits,
            sandbox: Some(sandbox),
            address,
            made,
            _database: database,
            _folder: folder,
        }
    }

    /// A house whose public address leads to its callback addresses.
    pub async fn build_reachable() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mut house = Self::build().await;
        let address = listener.local_addr().expect("an address");
        house.config.server.public_url = format!("http://{address}").parse().expect("an URL");
        house.restart().await;
        let router = callbacks_router(house.core.trainings.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        house
    }

    /// The same house after a restart: everything in memory is new.
    pub async fn restart(&mut self) {
        self.core.store.close().await;
        self.core = build_core_within(&self.config, self.clock.clone(), self.limits).await.expect("the house again");
        self.core.store.void_leases().await.expect("leases");
    }

    /// Uploads a file and returns its address.
    pub async fn upload(&self, name: &str, content: &[u8]) -> DatasetId {
        let owner = UserName::new("ada");
        let new = NewUpload { name: name.to_owned(), metadata: String::new(), size_bytes: content.len() as u64 };
        let upload = self.core.datasets.create_upload(&owner, new).await.expect("an upload");
        let mut body = futures::stream::iter([Ok(bytes::Bytes::copy_from_slice(content))]).boxed();
        let append = Append { offset_bytes: 0, announced_bytes: None, checksum: None, body: &mut body };
        let done = self.core.datasets.append_to_upload(&owner, &upload.id, append).await.expect("its content");
        done.dataset.expect("finished")
    }

    /// A clustering submit for `model_id`, not yet sent to the vendor.
    pub async fn submit(&self, model_id: &str) -> Training {
        let new = self.new_clustering(model_id).await;
        self.core.trainings.submit_training(&UserName::new("ada"), new).await.expect("submitted").training
    }

    /// The body of a clustering submit with a fresh id.
    pub async fn new_clustering(&self, model_id: &str) -> NewTraining {
        let dialogue = self.upload("dialogues.json", br#"[{"turns":["merhaba","selam"]}]"#).await;
        let request = json!({"kind": "sestek.clustering", "model_id": model_id, "product_name": "CA", "language": "tr-TR",
            "data": {"schema": "dialogue", "dialogue": dialogue}, "num_clusters": 0, "llm": null, "force_train": true});
        NewTraining {
            id: self.new_id(),
            connection: ConnectionId::new(SESTEK),
            name: None,
            request: TrainingRequest::parse(&request, "request").expect("a request"),
            hold_if_busy: false,
        }
    }

    /// A fresh UUIDv7.
    pub fn new_id(&self) -> TrainingId {
        let number = self.made.fetch_add(1, Ordering::SeqCst);
        TrainingId::parse(&format!("0198f7c2-7a10-7cc3-8a9e-{number:012x}")).expect("an id")
    }

    /// The test's time.
    pub fn clock_now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The training as it is now.
    pub async fn see(&self, id: &TrainingId) -> Training {
        self.core.trainings.get_training(id).await.expect("the training")
    }

    /// Does the submits that are due.
    pub async fn step_submits(&self) -> usize {
        self.core.tasks.step(WorkKind::Submit).await.expect("submits")
    }

    /// Does the polls that are due.
    pub async fn step_polls(&self) -> usize {
        self.core.tasks.step(WorkKind::Poll).await.expect("polls")
    }

    /// Lets time pass in pieces of `step`, doing all work that comes due.
    pub async fn pass(&self, time: Duration, step: Duration) {
        let mut passed = Duration::ZERO;
        while passed < time {
            self.clock.advance(step);
            passed += step;
            self.step_submits().await;
            self.step_polls().await;
        }
    }

    /// Where the fake vendors listen.
    pub fn vendor_address(&self) -> SocketAddr {
        self.address
    }

    /// Tells the fake SESTEK what to do for a model.
    pub async fn script(&self, matches: &str, script: Value) {
        let body = json!({"vendor": "sestek", "match": matches, "script": script});
        let url = format!("http://{}/control/scenario", self.address);
        let answer = reqwest::Client::new().post(url).json(&body).send().await.expect("the control API");
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    }

    /// What the fake vendors were asked: the requests of their log.
    pub async fn vendor_log(&self) -> Vec<Value> {
        let url = format!("http://{}/control/log", self.address);
        let log: Value = reqwest::get(url).await.expect("the log").json().await.expect("JSON");
        log["requests"].as_array().expect("requests").clone()
    }

    /// How many runs the fake vendors started for a model.
    pub async fn vendor_runs(&self, model_id: &str) -> usize {
        let url = format!("http://{}/control/runs", self.address);
        let runs: Value = reqwest::get(url).await.expect("the runs").json().await.expect("JSON");
        runs["runs"].as_array().expect("runs").iter().filter(|run| run["model_id"] == model_id).count()
    }

    /// Somebody else trains a clustering model at the fake SESTEK.
    pub async fn plant_run(&self, model_id: &str) {
        self.plant_model(model_id, "clustering").await;
    }

    /// Somebody else trains a model of this kind, in the fake SESTEK's own word.
    pub async fn plant_model(&self, model_id: &str, kind: &str) {
        let body = json!({"vendor": "sestek", "model_ids": [model_id], "kind": kind});
        let url = format!("http://{}/control/runs", self.address);
        let answer = reqwest::Client::new().post(url).json(&body).send().await.expect("the control API");
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
    }

    /// The fake vendors go away; nothing listens any more.
    pub async fn stop_vendors(&mut self) {
        if let Some(sandbox) = self.sandbox.take() {
            sandbox.stop().await;
        }
    }
}

/// Lets time pass until the training ends or needs a person, at most four hours.
pub async fn run_to_end(house: &House, id: &TrainingId) -> Training {
    for _ in 0..4 * 60 {
        house.pass(Duration::from_secs(60), Duration::from_secs(10)).await;
        let training = house.see(id).await;
        if training.stage.is_end() || training.stage == Stage::NeedsAttention {
            return training;
        }
    }
    house.see(id).await
}

/// The stages of its history, oldest first.
pub async fn stages_of(house: &House, id: &TrainingId) -> Vec<Stage> {
    let page = PageQuery { after: None, limit: Some(200) };
    let events = house.core.trainings.list_events(id, &page).await.expect("events").items;
    let mut stages: Vec<_> = events.iter().map(|event| event.after.stage).collect();
    stages.dedup();
    stages
}

/// The account's own keys with the secret in a file, as an installation would have it.
fn own_keys(mut own: toml::Table, folder: &std::path::Path) -> toml::Table {
    let file = folder.join("secret");
    std::fs::write(&file, "sandbox-secret\n").expect("a secret file");
    let mut reference = toml::Table::new();
    reference.insert("file".to_owned(), toml::Value::String(file.to_string_lossy().into_owned()));
    own.insert("client_secret".to_owned(), toml::Value::Table(reference));
    own
}
