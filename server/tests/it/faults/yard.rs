//! A real installation for fault tests: `trainyard serve` and `trainyard sandbox` as processes that can be killed.
//! Speaks to both over HTTP only, as scripts do.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// The one connection of the installation.
pub const CONNECTION: &str = "vendor";
/// How long a process may take to say that it listens, on a machine that does other things too.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The folder, the vendor's process and what is known of both.
pub struct Yard {
    pub http: Client,
    folder: TempDir,
    sandbox: Process,
    sandbox_url: String,
    address: Arc<Mutex<String>>,
    token: String,
    server: Option<Process>,
}

/// A process and its standard output, kept open.
struct Process {
    child: Child,
    _output: Lines<BufReader<ChildStdout>>,
}

/// Submits over HTTP, wherever the server is now; cheap to clone.
#[derive(Clone)]
pub struct Caller {
    http: Client,
    address: Arc<Mutex<String>>,
    token: String,
}

impl Yard {
    /// Starts the vendor (1 vendor second per second) and the server, whose waits are multiplied by `scale`.
    pub async fn open(scale: f64) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let folder = TempDir::new().unwrap();
        let state = folder.path().join("vendor.jsonl");
        let mut command = program();
        command.args(["sandbox", "--listen", "127.0.0.1:0", "--speed", "1", "--state"]).arg(state);
        let (sandbox, sandbox_url) = start_process(command, folder.path(), "The sandbox listens on ").await;
        std::fs::create_dir_all(folder.path().join("site/pkg")).unwrap();
        std::fs::write(folder.path().join("secret"), "sandbox-secret\n").unwrap();
        std::fs::write(folder.path().join("trainyard.toml"), settings(folder.path(), &sandbox_url, scale)).unwrap();
        let mut yard = Self {
            http: Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap(),
            folder,
            sandbox,
            sandbox_url,
            address: Arc::default(),
            token: String::new(),
            server: None,
        };
        yard.start_server(&[]).await;
        yard.run(&["user", "add", "faults", "--role", "admin"]).await;
        yard.token = yard.run(&["token", "create", "--user", "faults"]).await.trim().to_owned();
        yard
    }

    /// Starts the server on a port of its own choice, with these variables.
    pub async fn start_server(&mut self, variables: &[(&str, String)]) {
        let mut command = program();
        command.arg("--config").arg(self.settings()).args(["serve", "--listen", "127.0.0.1:0"]);
        command.envs(variables.iter().map(|(name, value)| (*name, value.as_str())));
        self.start_with(command).await;
    }

    /// Starts the server by a command that ends in running it.
    pub async fn start_with(&mut self, command: Command) {
        let (server, address) = start_process(command, self.folder.path(), "Trainyard listens on ").await;
        *self.address.lock().unwrap() = address;
        self.server = Some(server);
    }

    /// The program with the installation's settings, for a command that wraps it.
    pub fn settings(&self) -> PathBuf {
        self.folder.path().join("trainyard.toml")
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the vendor listens.
    pub fn vendor_address(&self) -> SocketAddr {
        self.sandbox_url.trim_start_matches("http://").trim_end_matches('/').parse().unwrap()
    }

    /// Adds a connection to the same vendor over another address, and restarts the server.
    pub async fn add_connection(&mut self, id: &str, address: SocketAddr) {
        let added = write_connection(self.folder.path(), id, &format!("http://{address}"));
        let settings = std::fs::read_to_string(self.settings()).unwrap();
        std::fs::write(self.settings(), settings + &added).unwrap();
        self.stop_server().await;
        self.start_server(&[]).await;
    }

    /// SIGKILL, now. Returns the time just before it, ms since 1970.
    pub async fn kill_server(&mut self) -> i64 {
        let mut server = self.server.take().expect("a running server");
        let at_ms = now_ms();
        server.child.kill().await.unwrap();
        at_ms
    }

    /// Waits until the server has ended by itself; false when it did not.
    #[cfg(feature = "failpoints")]
    pub async fn wait_for_death(&mut self, limit: Duration) -> bool {
        let Some(server) = &mut self.server else { return true };
        let died = tokio::time::timeout(limit, server.child.wait()).await.is_ok();
        if died {
            self.server = None;
        }
        died
    }

    /// Asks the server to end, and waits.
    pub async fn stop_server(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        if let Some(id) = server.child.id() {
            let ended = Command::new("kill").arg(id.to_string()).status().await.unwrap();
            assert!(ended.success());
        }
        tokio::time::timeout(Duration::from_secs(30), server.child.wait()).await.expect("an orderly end").unwrap();
    }

    /// Where the server listens now.
    pub fn address(&self) -> String {
        self.address.lock().unwrap().clone()
    }

    /// The API token that the yard's callers use.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The server's process id.
    pub fn server_id(&self) -> u32 {
        self.server.as_ref().and_then(|server| server.child.id()).expect("a running server")
    }

    /// Runs another command of the program and returns what it printed.
    pub async fn run(&self, args: &[&str]) -> String {
        let output = program().arg("--config").arg(self.settings()).args(args).output().await.unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn caller(&self) -> Caller {
        Caller { http: self.http.clone(), address: self.address.clone(), token: self.token.clone() }
    }

    /// Tells the vendor what to do for the models that match.
    pub async fn script(&self, matches: &str, script: Value) {
        let body = json!({"vendor": "sestek", "match": matches, "script": script});
        let url = format!("{}/control/scenario", self.sandbox_url);
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 204, "{}", answer.text().await.unwrap_or_default());
    }

    /// Every request that the vendor received.
    pub async fn vendor_log(&self) -> Vec<Value> {
        let body: Value = self.get_control("log").await;
        assert_eq!(body["dropped"], 0, "the vendor's log is whole");
        body["requests"].as_array().unwrap().clone()
    }

    /// The requests after this number.
    pub async fn vendor_log_after(&self, after: u64) -> Vec<Value> {
        self.get_control(&format!("log?after={after}")).await["requests"].as_array().unwrap().clone()
    }

    /// The database, for when no server runs.
    pub fn database_url(&self) -> String {
        format!("sqlite://{}/yard.db", self.folder.path().display())
    }

    /// The train calls that the vendor received.
    pub async fn train_calls(&self) -> Vec<Value> {
        let is_train = |visit: &Value| visit["path"].as_str().is_some_and(|path| path.ends_with("/train"));
        self.vendor_log().await.into_iter().filter(is_train).collect()
    }

    /// Every run that the vendor created.
    pub async fn vendor_runs(&self) -> Vec<Value> {
        self.get_control("runs").await["runs"].as_array().unwrap().clone()
    }

    /// Plants runs at the vendor that no request made.
    pub async fn plant_runs(&self, model_ids: &[String]) {
        let body = json!({"vendor": "sestek", "model_ids": model_ids, "kind": "clustering"});
        let answer = self.http.post(format!("{}/control/runs", self.sandbox_url)).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 204);
    }

    async fn get_control(&self, what: &str) -> Value {
        self.http.get(format!("{}/control/{what}", self.sandbox_url)).send().await.unwrap().json().await.unwrap()
    }

    /// The end of what the processes wrote to standard error.
    pub fn complaints(&self) -> String {
        let text = std::fs::read_to_string(self.folder.path().join("stderr.log")).unwrap_or_default();
        text.lines().rev().take(40).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Yard {
    /// The processes die with the yard; their output is shown when the test failed.
    fn drop(&mut self) {
        for process in self.server.iter_mut().chain([&mut self.sandbox]) {
            process.child.start_kill().ok();
        }
        if std::thread::panicking() {
            eprintln!("{}", self.complaints());
        }
    }
}

impl Caller {
    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address.lock().unwrap())
    }

    /// Uploads a file; returns its address.
    pub async fn upload(&self, name: &str, content: Vec<u8>) -> String {
        let answer = self
            .http
            .post(self.url("/api/v1/uploads"))
            .bearer_auth(&self.token)
            .header("Tus-Resumable", "1.0.0")
            .header("Upload-Length", content.len())
            .header("Upload-Metadata", format!("filename {}", encode_base64(name.as_bytes())))
            .header("Content-Type", "application/offset+octet-stream")
            .body(content)
            .send()
            .await
            .unwrap();
        let status = answer.status();
        let address = answer.headers().get("Trainyard-Dataset").map(|value| value.to_str().unwrap().to_owned());
        let text = answer.text().await.unwrap_or_default();
        address.unwrap_or_else(|| panic!("the upload was answered {status}: {text}"))
    }

    /// A clustering submit with a fresh id.
    pub fn new_submit(&self, model_id: &str, dataset: &str) -> Value {
        json!({"id": uuid::Uuid::now_v7().to_string(), "connection": CONNECTION, "request": {
            "kind": "sestek.clustering", "model_id": model_id, "product_name": "CA", "language": "tr-TR",
            "data": {"schema": "dialogue", "dialogue": dataset}, "num_clusters": 0, "llm": null, "force_train": true}})
    }

    /// Submits as a careful script does: the same body again and again until the server has answered. The server may be
    /// dead meanwhile.
    pub async fn submit_until_answered(&self, body: &Value) {
        loop {
            let sent = self.http.post(self.url("/api/v1/trainings")).bearer_auth(&self.token).json(body).send().await;
            match sent {
                Ok(answer) if matches!(answer.status(), StatusCode::CREATED | StatusCode::OK) => return,
                Ok(answer) if answer.status().is_server_error() => {}
                Ok(answer) => panic!("{}: {}", answer.status(), answer.text().await.unwrap_or_default()),
                Err(_) => {}
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// One submit that must be answered 201.
    pub async fn submit(&self, body: &Value) {
        let answer =
            self.http.post(self.url("/api/v1/trainings")).bearer_auth(&self.token).json(body).send().await.unwrap();
        assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap_or_default());
    }

    /// Any page of the API.
    pub async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(self.url(path)).bearer_auth(&self.token).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// All trainings, over all pages.
    pub async fn list_trainings(&self) -> Vec<Value> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("/api/v1/trainings?limit=200{after}")).await;
            all.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return all,
            }
        }
    }

    /// Waits until no training is being submitted any more, at most `limit`; returns all trainings as they are then.
    pub async fn wait_until_settled(&self, limit: Duration) -> Vec<Value> {
        let began = Instant::now();
        loop {
            let trainings = self.list_trainings().await;
            let is_open = |training: &&Value| training["stage"] == "submitting";
            if trainings.iter().filter(is_open).count() == 0 || began.elapsed() > limit {
                return trainings;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

/// Numbers that look random and are the same in every run.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Now, ms since 1970, by the clock that the sandbox writes its log with.
pub fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// The program under test. Nothing of the caller's own settings reaches it, and no proxy.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trainyard"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// `serve` under strace, which writes every write and flush to `trace`. The tracer stands beside the program (`-D`), so
/// that signals reach the program itself.
pub fn traced_program(trace: &Path, settings: &Path) -> Command {
    let mut command = Command::new("strace");
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.args(["-D", "-f", "-y", "-s", "5000", "-e", "trace=pwrite64,fdatasync,fsync,write,writev,sendto,sendmsg"]);
    command.arg("-o").arg(trace).arg(env!("CARGO_BIN_EXE_trainyard"));
    command.arg("--config").arg(settings).args(["serve", "--listen", "127.0.0.1:0"]);
    command
}

async fn start_process(mut command: Command, folder: &Path, says: &str) -> (Process, String) {
    let errors = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("stderr.log")).unwrap();
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors).kill_on_drop(true);
    let started = command.spawn();
    let mut child = started.expect("the program could not be started; `make setup` installs what the tests need");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let find_address = async {
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some(address) = line.strip_prefix(says) {
                return Some(address.to_owned());
            }
        }
        None
    };
    let address = tokio::time::timeout(START_LIMIT, find_address).await.expect("a process that listens");
    let errors = || std::fs::read_to_string(folder.join("stderr.log")).unwrap_or_default();
    let address = address.unwrap_or_else(|| panic!("the process ended before it listened: {}", errors()));
    (Process { child, _output: lines }, address)
}

fn settings(folder: &Path, sandbox_url: &str, scale: f64) -> String {
    let place = folder.display();
    format!(
        r#"
[server]
site_dir = "{place}/site"
[store]
url = "sqlite://{place}/yard.db"
[datasets]
url = "file://{place}/datasets"
[vault]
key = {{ file = "{place}/vault.key" }}
[polling]
scale = {scale}
[log]
filter = "warn"
"#
    ) + &write_connection(folder, CONNECTION, sandbox_url)
}

fn write_connection(folder: &Path, id: &str, vendor_url: &str) -> String {
    let folder = folder.display();
    format!(
        r#"
[[connections]]
id = "{id}"
vendor = "sestek"
base_url = "{vendor_url}/sestek"
identity_base_url = "{vendor_url}/sestek/identity"
client_id = "sandbox"
client_secret = {{ file = "{folder}/secret" }}
"#
    )
}

fn encode_base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
