//! The whole server in this process: a fresh SQLite file, a fresh dataset folder, the real router, no socket.
//! Tasks do not run; a test that needs one steps it.

use app::api::Backend;
use app::model::session::Role;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::Response;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use trainyard::clock::{Clock as _, FakeClock, SharedClock};
use trainyard::config::Config;
use trainyard::startup::{Core, build_core, vendor_names};
use trainyard::web::backend::build_backend;
use trainyard::web::callbacks::callbacks_router;
use trainyard::web::health::ReadinessCheck;
use trainyard::web::routes::RouteInfo;
use trainyard::web::site::find_site;
use trainyard::web::uploads::{UploadsState, uploads_router};
use trainyard::web::{WebParts, build_router, list_routes};

/// The host that test requests are for.
pub const HOST: &str = "127.0.0.1:3000";

/// A running server without a socket.
pub struct TestApp {
    pub core: Core,
    pub router: Router,
    pub clock: Arc<FakeClock>,
    pub shutdown: CancellationToken,
    config: Config,
    folder: tempfile::TempDir,
}

/// How a test call proves who it is.
#[derive(Clone, Debug)]
pub enum Proof {
    Nothing,
    Token(String),
    /// A `Cookie` header.
    Cookie(String),
}

/// A request of a test.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: Method,
    pub path: String,
    pub proof: Proof,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl TestApp {
    /// A server on `http://127.0.0.1:3000`, with one connection (`knovvu`) to a vendor that nobody answers for.
    pub async fn start() -> Self {
        Self::start_at("http://127.0.0.1:3000").await
    }

    /// The same with the vendor at `address`.
    pub async fn start_with_vendor(address: SocketAddr) -> Self {
        Self::start_on("http://127.0.0.1:3000", &format!("http://{address}")).await
    }

    /// The same under another public address.
    pub async fn start_at(public_url: &str) -> Self {
        Self::start_on(public_url, "http://127.0.0.1:9").await
    }

    async fn start_on(public_url: &str, vendor: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = write_config(folder.path(), public_url, vendor);
        let clock = Arc::new(FakeClock::new(app::model::time::Timestamp::from_millis(1_795_000_000_000)));
        let shared: SharedClock = clock.clone();
        let core = build_core(&config, shared).await.unwrap();
        let shutdown = CancellationToken::new();
        let mut app = Self { core, router: Router::new(), clock, shutdown, config, folder };
        app.router = build_router(app.parts());
        app
    }

    /// The same server with other ports, for a test that breaks one.
    pub fn rebuild(&mut self, change: impl FnOnce(&mut Backend)) {
        let mut parts = self.parts();
        change(&mut parts.backend);
        self.router = build_router(parts);
    }

    /// The test's time.
    pub fn clock_now(&self) -> app::model::time::Timestamp {
        self.clock.now()
    }

    /// Every route with its policy.
    pub fn routes(&self) -> Vec<RouteInfo> {
        list_routes(self.parts())
    }

    /// A person's API token.
    pub async fn token(&self, name: &str, role: Role) -> String {
        self.core.people.add_person(name, role).await.unwrap();
        self.core.people.create_token(name, None).await.unwrap().expose().to_owned()
    }

    /// A person's `Cookie` header, from a real sign-in.
    pub async fn cookie(&self, name: &str, role: Role) -> String {
        let link = self.core.people.add_person(name, role).await.unwrap();
        let (value, _) = self.core.people.use_link(link.expose(), None).await.unwrap();
        format!("trainyard_session={}", value.expose())
    }

    /// Sends a call and returns the answer, its body unread.
    pub async fn send(&self, call: Call) -> Response {
        let request = call.into_request();
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Sends a call and reads its JSON answer (`null` when it is none).
    pub async fn ask(&self, call: Call) -> (StatusCode, HeaderMap, Value) {
        let response = self.send(call).await;
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 16 * 1024 * 1024).await.unwrap();
        (parts.status, parts.headers, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    fn parts(&self) -> WebParts {
        let site = self.folder.path().join("site");
        let core = &self.core;
        WebParts {
            people: core.people.clone(),
            backend: build_backend(core.trainings.clone(), core.connections.clone(), core.datasets.clone()),
            live: core.events.clone(),
            readiness: Arc::new(|| Box::pin(async { vec![ReadinessCheck { name: "store", ok: true }] })),
            render_metrics: Arc::new(|| "trainyard_up 1\n".to_owned()),
            public_url: self.config.server.public_url.clone(),
            listen: self.config.server.listen,
            site: find_site(Some(&site), self.folder.path()).unwrap(),
            uploads: uploads_router(UploadsState { datasets: core.datasets.clone() }),
            callbacks: callbacks_router(core.trainings.clone()),
            shutdown: self.shutdown.clone(),
        }
    }
}

impl Call {
    /// A call without a body.
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            method: Method::from_bytes(method.as_bytes()).unwrap(),
            path: path.to_owned(),
            proof: Proof::Nothing,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub fn post(path: &str) -> Self {
        Self::new("POST", path)
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn token(mut self, token: &str) -> Self {
        self.proof = Proof::Token(token.to_owned());
        self
    }

    /// As the page sends it: with its cookie, from the same origin.
    pub fn cookie(mut self, cookie: &str) -> Self {
        self.proof = Proof::Cookie(cookie.to_owned());
        self.with("sec-fetch-site", "same-origin")
    }

    pub fn json(mut self, body: &Value) -> Self {
        self.body = body.to_string().into_bytes();
        self.with("content-type", "application/json")
    }

    pub fn form(mut self, body: &str) -> Self {
        self.body = body.as_bytes().to_vec();
        self.with("content-type", "application/x-www-form-urlencoded")
    }

    fn into_request(self) -> Request<Body> {
        let mut builder = Request::builder().method(self.method).uri(self.path);
        if !self.headers.iter().any(|(name, _)| name == "host") {
            builder = builder.header("host", HOST);
        }
        match self.proof {
            Proof::Nothing => {}
            Proof::Token(token) => builder = builder.header("authorization", format!("Bearer {token}")),
            Proof::Cookie(cookie) => builder = builder.header("cookie", cookie),
        }
        for (name, value) in self.headers {
            builder = builder.header(name, axum::http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        builder.body(Body::from(self.body)).unwrap()
    }
}

fn write_config(folder: &Path, public_url: &str, vendor: &str) -> Config {
    let package = folder.join("site").join("pkg");
    std::fs::create_dir_all(&package).unwrap();
    for file in ["trainyard.js", "trainyard.wasm", "trainyard.css"] {
        std::fs::write(package.join(file), file).unwrap();
    }
    std::fs::write(folder.join("site").join("favicon.svg"), "<svg xmlns=\"http://www.w3.org/2000/svg\"/>").unwrap();
    std::fs::write(folder.join("site").join("worker.js"), "self.onmessage = () => {};").unwrap();
    std::fs::write(folder.join("secret"), "not-a-real-secret").unwrap();
    let path = |name: &str| folder.join(name).display().to_string();
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:3000\"\npublic_url = \"{public_url}\"\n\
         [store]\nurl = \"sqlite://{}\"\n[datasets]\nurl = \"file://{}\"\n\
         [vault]\nkey = {{ file = \"{}\" }}\n\
         [[connections]]\nid = \"knovvu\"\nvendor = \"sestek\"\nname = \"Knovvu\"\nallow_http = true\n\
         base_url = \"{vendor}\"\nidentity_base_url = \"{vendor}\"\nclient_id = \"test\"\n\
         client_secret = {{ file = \"{}\" }}\ntenant_name = \"acme\"\n",
        path("trainyard.db"),
        path("datasets"),
        path("vault.key"),
        path("secret"),
    );
    let file = folder.join("trainyard.toml");
    std::fs::write(&file, text).unwrap();
    let vendors = vendor_names();
    Config::load_with(Some(&file), std::iter::empty(), &vendors).unwrap()
}
