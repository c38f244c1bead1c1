//! G45: looking is free. A vendor that counts connections sees none, however much viewers look.

use crate::support::app::{Call, TestApp};
use crate::support::draft::draft_training;
use app::model::ids::ConnectionId;
use app::model::session::Role;
use app::model::stage::Stage;
use axum::http::StatusCode;
use std::io::ErrorKind;
use std::net::TcpListener;
use trainyard::store::work::WorkKind;

#[tokio::test]
async fn g45_a_thousand_views_send_nothing_to_a_vendor() {
    let vendor = TcpListener::bind("127.0.0.1:0").expect("a port");
    vendor.set_nonblocking(true).expect("not blocking");
    let app = TestApp::start_with_vendor(vendor.local_addr().expect("its address")).await;
    let cookie = app.cookie("vera", Role::Viewer).await;
    let id = put_running(&app).await;
    let mut addresses: Vec<String> = [
        "/",
        "/trainings",
        "/inbox",
        "/connections",
        "/connections/knovvu",
        "/api/v1/connections",
        "/api/v1/connections/knovvu/llm",
        "/api/v1/trainings",
        "/api/v1/openapi.json",
        "/readyz",
    ]
    .map(str::to_owned)
    .into();
    for part in ["", "/request", "/data", "/metrics", "/answers", "/activity"] {
        addresses.push(format!("/trainings/{id}{part}"));
    }
    for part in ["", "/events", "/metrics", "/answers"] {
        addresses.push(format!("/api/v1/trainings/{id}{part}"));
    }
    for view in 0..1_000 {
        let address = &addresses[view % addresses.len()];
        let (status, _, _) = app.ask(Call::get(address).cookie(&cookie)).await;
        assert_eq!(status, StatusCode::OK, "{address}");
    }
    // What would make us ask sooner is not for viewers.
    for asking in [format!("/api/v1/trainings/{id}/refresh"), "/api/v1/connections/knovvu/test".to_owned()] {
        let (status, _, _) = app.ask(Call::post(&asking).cookie(&cookie)).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{asking}");
    }
    let called = vendor.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(called, Err(ErrorKind::WouldBlock), "a view reached the vendor");
    let due = app.core.store.next_due(WorkKind::Poll, &[]).await.expect("the work");
    assert_eq!(due, Some(app.clock_now().plus_millis(60_000)), "no view makes a poll due sooner");
}

/// A training under way, with a poll due in a minute.
async fn put_running(app: &TestApp) -> String {
    let mut stored = draft_training(1, "watched");
    stored.training.connection = ConnectionId::new("knovvu");
    stored.training.kind = app::model::ids::Kind::new("sestek.clustering");
    stored.training.stage = Stage::Training;
    let id = stored.training.id.clone();
    let mut txn = app.core.store.open_txn().await.expect("a transaction");
    txn.insert_training(&stored).await.expect("written");
    let due_at = txn.now().plus_millis(60_000);
    txn.put_work(WorkKind::Poll, "knovvu/ref-1", &id, due_at).await.expect("work");
    txn.commit().await.expect("committed");
    id.to_string()
}
