//! G3 on PostgreSQL: its own process flushes, so that no trace of ours shows the order. What can be shown is that the
//! session waits for the flush, and that the intent is committed when the first byte comes. SQLite's is in `order`.

use crate::support::database::{BEGIN, Engine, fresh_url};
use crate::support::house::House;
use sqlx::{AnyPool, AssertSqlSafe, Row};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::net::{TcpListener, TcpStream};
use trainyard::clock::FakeClock;
use trainyard::store::Store;

/// As many connections as the store's pool has.
const SESSIONS: usize = 16;

#[tokio::test]
async fn g3_on_postgresql_every_session_waits_for_the_flush_whatever_the_databases_default() {
    let (url, _) = fresh_url(Engine::Postgres);
    turn_flush_off(&url).await;
    let store = Store::open(&url, Arc::new(FakeClock::new(BEGIN))).await.unwrap();
    let sessions = futures::future::join_all((0..SESSIONS).map(|_| store.flushes_commits())).await;
    assert!(sessions.into_iter().all(Result::unwrap), "synchronous_commit and fsync are on");
}

#[tokio::test]
async fn g3_sqlite_flushes_every_commit() {
    let (url, _folder) = fresh_url(Engine::Sqlite);
    let store = Store::open(&url, Arc::new(FakeClock::new(BEGIN))).await.unwrap();
    assert!(store.flushes_commits().await.unwrap());
}

/// The database's own default for new sessions; a session that says nothing shows that it counts.
async fn turn_flush_off(url: &str) {
    sqlx::any::install_default_drivers();
    let name = url.rsplit('/').next().unwrap();
    let pool = AnyPool::connect(url).await.unwrap();
    let sql = format!("ALTER DATABASE {name} SET synchronous_commit TO off");
    sqlx::query(AssertSqlSafe(sql)).execute(&pool).await.unwrap();
    pool.close().await;
    let pool = AnyPool::connect(url).await.unwrap();
    let row = sqlx::query("SELECT current_setting('synchronous_commit')").fetch_one(&pool).await.unwrap();
    assert_eq!(row.get::<String, _>(0), "off");
    pool.close().await;
}

#[tokio::test]
async fn g3_on_postgresql_the_intent_is_committed_when_the_first_byte_comes() {
    let mut house = House::build_on(Engine::Postgres).await;
    turn_flush_off(&house.config.store.url).await;
    let reader = AnyPool::connect(&house.config.store.url).await.unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let gate = open_gate(house.vendor_address(), reader.clone(), seen.clone()).await;
    let base_url = format!("http://{gate}/sestek");
    let connection = &mut house.config.connections[0];
    connection.own.insert("identity_base_url".to_owned(), format!("{base_url}/identity").into());
    connection.base_url = base_url.parse().unwrap();
    house.restart().await;
    let mut expected = Vec::new();
    for number in 0..10 {
        let training = house.submit(&format!("g3-{number}")).await;
        house.step_submits().await;
        expected.push(training.id.to_string());
    }
    let seen = seen.lock().unwrap().clone();
    let intents: Vec<String> =
        seen.into_iter().filter(|(path, _)| path.ends_with("/train")).map(|(_, id)| id).collect();
    assert_eq!(intents, expected, "at each first byte another connection reads this training's intent");
    assert!(house.core.store.flushes_commits().await.unwrap());
    reader.close().await;
    house.core.store.close().await;
}

/// A way to the vendor that, at the first byte of each connection, notes whose intent stands in the database as being
/// sent, and what was called.
async fn open_gate(vendor: SocketAddr, reader: AnyPool, seen: Arc<Mutex<Vec<(String, String)>>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (reader, seen) = (reader.clone(), seen.clone());
            tokio::spawn(async move {
                client.peek(&mut [0]).await.unwrap();
                let sql = "SELECT training FROM attempt WHERE state = 'sending' ORDER BY intent_at DESC, training DESC";
                let row = sqlx::query(sql).fetch_optional(&reader).await.unwrap();
                let intent = row.map_or_else(String::new, |row| row.get(0));
                let mut beginning = [0; 200];
                let length = client.peek(&mut beginning).await.unwrap();
                let line = String::from_utf8_lossy(&beginning[..length]).into_owned();
                let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
                seen.lock().unwrap().push((path, intent));
                let mut upstream = TcpStream::connect(vendor).await.unwrap();
                // Ends when either side does.
                let _ = tokio::io::copy_bidirectional(&mut client, &mut upstream).await;
            });
        }
    });
    address
}
