//! A server of uploads on a free port, which can be killed and started again over the same files.

use super::wire::{Answer, Wire};
use app::model::ids::UserName;
use app::model::session::{Caller, Role};
use app::model::time::Timestamp;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use trainyard::blobs::Blobs;
use trainyard::clock::FakeClock;
use trainyard::datasets::{Datasets, UploadLimits};
use trainyard::store::Store;
use trainyard::web::uploads::{UploadsState, uploads_router};

/// The running server. The server lives in a runtime of its own, so that dropping it ends every connection and task.
pub struct Yard {
    pub folder: tempfile::TempDir,
    pub clock: Arc<FakeClock>,
    pub limits: UploadLimits,
    running: Option<Running>,
}

struct Running {
    runtime: tokio::runtime::Runtime,
    datasets: Datasets,
    address: SocketAddr,
}

impl Yard {
    /// Starts a server with small, quick limits.
    pub fn start() -> Self {
        let mut limits = UploadLimits::new(1 << 20);
        limits.spare_bytes = 0;
        Self::start_with(limits)
    }

    /// Starts a server with these limits.
    pub fn start_with(limits: UploadLimits) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(FakeClock::new(Timestamp::from_millis(1_795_000_000_000)));
        let mut yard = Self { folder, clock, limits, running: None };
        yard.run();
        yard
    }

    /// Ends the server at once, in the middle of whatever it does, and starts another over the same files.
    pub fn restart(&mut self) {
        self.kill();
        self.run();
    }

    /// Ends the server at once.
    pub fn kill(&mut self) {
        if let Some(running) = self.running.take() {
            running.runtime.shutdown_timeout(Duration::from_secs(10));
        }
    }

    /// The address it listens at.
    pub fn address(&self) -> SocketAddr {
        self.running().address
    }

    /// The rules inside, for what has no route.
    pub fn datasets(&self) -> &Datasets {
        &self.running().datasets
    }

    /// Waits for a future on the server's runtime.
    pub fn wait_for<T>(&self, future: impl Future<Output = T>) -> T {
        self.running().runtime.block_on(future)
    }

    /// Sends a request without a body as `ada`, an operator.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        Wire::open(self.address()).exchange(method, path, headers, b"")
    }

    /// Sends a request with a body as `ada`, an operator.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        Wire::open(self.address()).exchange(method, path, headers, body)
    }

    /// Begins an upload and returns its address.
    pub fn begin(&self, size_bytes: u64) -> String {
        let size = size_bytes.to_string();
        let answer = self.ask("POST", "/api/v1/uploads", &[("upload-length", &size)]);
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.header("location").expect("an address").to_owned()
    }

    /// Sends a chunk.
    pub fn patch(&self, path: &str, offset: u64, body: &[u8]) -> Answer {
        let offset = offset.to_string();
        self.send("PATCH", path, &[("upload-offset", &offset), CHUNK], body)
    }

    /// Every file below the dataset folder with its size, by its path.
    pub fn files(&self) -> Vec<(PathBuf, u64)> {
        let root = self.folder.path().join("datasets");
        let (mut found, mut folders) = (Vec::new(), vec![root.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let entry = entry.expect("an entry");
                let kind = entry.metadata().expect("metadata");
                let path = entry.path().strip_prefix(&root).expect("below the root").to_owned();
                if kind.is_dir() { folders.push(entry.path()) } else { found.push((path, kind.len())) }
            }
        }
        found.sort();
        found
    }

    /// Every file in the spool.
    pub fn spooled(&self) -> Vec<(PathBuf, u64)> {
        self.files().into_iter().filter(|(path, _)| path.starts_with("spool")).collect()
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("the server runs")
    }

    fn run(&mut self) {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_all().build().expect("a runtime");
        let root = self.folder.path().to_owned();
        let (clock, limits) = (Arc::clone(&self.clock), self.limits.clone());
        let (datasets, address) = runtime.block_on(async move {
            let url = format!("sqlite://{}/yard.db", root.display());
            let store = Store::open(&url, clock.clone()).await.expect("the store opens");
            store.migrate().await.expect("the store migrates");
            let blobs = Blobs::open(&format!("file://{}/datasets", root.display())).expect("the folder opens");
            let datasets = Datasets::new(store, blobs, clock, limits);
            let router: axum::Router = uploads_router(UploadsState { datasets: datasets.clone() });
            let router = router.layer(from_fn(name_caller));
            // What lies in the kernel's buffers when a server dies is lost by nature. They are kept small, so that
            // the tests of resuming measure the server.
            let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
            socket.set_recv_buffer_size(64 * 1024).expect("a small buffer");
            socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
            let listener = socket.listen(256).expect("a listener");
            let address = listener.local_addr().expect("an address");
            tokio::spawn(async move { axum::serve(listener, router).await });
            (datasets, address)
        });
        self.running = Some(Running { runtime, datasets, address });
    }
}

impl Drop for Yard {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The type of a chunk.
pub const CHUNK: (&str, &str) = ("content-type", "application/offset+octet-stream");

/// Stands for the sign-in in front of the routes: `x-caller: name/role`; nobody without it.
async fn name_caller(mut request: Request, next: Next) -> Response {
    let named = request.headers().get("x-caller").and_then(|value| value.to_str().ok());
    if let Some((name, role)) = named.and_then(|named| named.split_once('/')) {
        let caller = Caller { name: UserName::new(name), role: Role::parse(role).expect("a role") };
        request.extensions_mut().insert(caller);
    }
    next.run(request).await
}
