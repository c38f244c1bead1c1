//! A fresh store for a test: SQLite in a temporary folder, or a database on a PostgreSQL that the tests start themselves.

use app::model::time::Timestamp;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;
use trainyard::clock::FakeClock;
use trainyard::store::Store;

/// A store, the clock it goes by, and what must stay alive meanwhile.
pub struct TestStore {
    pub store: Store,
    pub clock: Arc<FakeClock>,
    pub url: String,
    _folder: Option<TempDir>,
}

/// The two engines; every store test runs on both.
#[derive(Clone, Copy, Debug)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// When the tests' clocks begin.
pub const BEGIN: Timestamp = Timestamp::from_millis(1_795_183_200_000);

impl TestStore {
    /// An empty store with the current schema.
    pub async fn open(engine: Engine) -> Self {
        let test = Self::open_bare(engine).await;
        test.store.migrate().await.expect("the schema");
        test
    }

    /// An empty store without a schema.
    pub async fn open_bare(engine: Engine) -> Self {
        let clock = Arc::new(FakeClock::new(BEGIN));
        let (url, folder) = fresh_url(engine);
        let store = Store::open(&url, clock.clone()).await.expect("a store");
        Self { store, clock, url, _folder: folder }
    }
}

/// The URL of an empty database.
pub fn fresh_url(engine: Engine) -> (String, Option<TempDir>) {
    match engine {
        Engine::Sqlite => {
            let folder = TempDir::new().expect("a folder");
            (format!("sqlite://{}/test.db", folder.path().display()), Some(folder))
        }
        Engine::Postgres => (postgres().create_database(), None),
    }
}

/// The PostgreSQL of this test run.
struct Postgres {
    port: u16,
    bin: String,
    made: AtomicU32,
    /// Holds the server's standard input open: when this process ends, however it ends, the server stops.
    _server: Child,
}

fn postgres() -> &'static Postgres {
    static SERVER: OnceLock<Postgres> = OnceLock::new();
    SERVER.get_or_init(Postgres::start)
}

impl Postgres {
    fn start() -> Self {
        let bin = find_bin();
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
        // The folder is made by whoever runs the server, because PostgreSQL refuses to run as root.
        let script = format!(
            "set -e; dir=$(mktemp -d); trap 'kill -INT $pid 2>/dev/null; wait $pid 2>/dev/null; rm -rf $dir' EXIT; \
             {bin}/initdb -D $dir/data -U test -A trust -E UTF8 --no-sync >/dev/null; \
             {bin}/postgres -D $dir/data -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=$dir \
             -c max_connections=200 >$dir/log 2>&1 & pid=$!; \
             until {bin}/pg_isready -q -h 127.0.0.1 -p {port}; do kill -0 $pid; sleep 0.1; done; echo ready; cat >/dev/null"
        );
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "bash", "-c", &script]);
            command
        } else {
            let mut command = Command::new("bash");
            command.args(["-c", &script]);
            command
        };
        let mut server = command
            .env("TMPDIR", "/tmp")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("PostgreSQL could not be started");
        let mut line = String::new();
        let out = server.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut line).expect("its first line");
        assert_eq!(line.trim(), "ready", "PostgreSQL did not start");
        Self { port, bin, made: AtomicU32::new(0), _server: server }
    }

    fn create_database(&self) -> String {
        let name = format!("t{}", self.made.fetch_add(1, Ordering::SeqCst));
        let made = Command::new(format!("{}/createdb", self.bin))
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "test", &name])
            .status()
            .expect("createdb");
        assert!(made.success(), "createdb failed");
        format!("postgres://test@127.0.0.1:{}/{name}", self.port)
    }
}

fn find_bin() -> String {
    let mut found: Vec<_> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    let bin = found.pop().expect("PostgreSQL is missing; `make setup` installs it");
    bin.to_string_lossy().into_owned()
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.starts_with(b"0\n"))
}
