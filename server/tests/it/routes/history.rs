//! The page of a training with a longer history than a page shows.

use crate::support::app::{Call, TestApp};
use crate::support::database::BEGIN;
use crate::support::draft::{draft_id, draft_training};
use app::model::event::{EventKind, Source};
use app::model::history::MetricPoint;
use app::model::session::Role;
use axum::body::to_bytes;
use trainyard::store::txn::EventDraft;

/// More than 2,000, and no whole number of pages.
const MANY: i64 = 2_117;

/// A training with `MANY` events and as many points, one a second.
async fn write_long_history(app: &TestApp) {
    let stored = draft_training(1, "long");
    let mut txn = app.core.store.open_txn().await.unwrap();
    txn.insert_training(&stored).await.unwrap();
    for number in 1..=MANY {
        let at = BEGIN.plus_millis(number * 1_000);
        let draft = EventDraft {
            kind: EventKind::Progressed,
            source: Source::Poll,
            at_earliest: at,
            at_latest: at,
            actor: None,
            message: Some(format!("event-{number}.")),
        };
        txn.add_event(&draft_id(1), draft, stored.training.state()).await.unwrap();
        let value = Some(number as f64);
        txn.add_metric(&draft_id(1), &MetricPoint { name: "loss".to_owned(), value, step: None, epoch: None, at })
            .await
            .unwrap();
    }
    txn.commit().await.unwrap();
}

async fn read_page(app: &TestApp, part: &str, cookie: &str) -> String {
    let response = app.send(Call::get(&format!("/trainings/{}/{part}", draft_id(1))).cookie(cookie)).await;
    assert_eq!(response.status().as_u16(), 200);
    String::from_utf8(to_bytes(response.into_body(), 64 * 1024 * 1024).await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn a_long_history_shows_its_beginning_and_its_newest_part_and_says_that_it_is_cut() {
    let app = TestApp::start().await;
    let cookie = app.cookie("vera", Role::Viewer).await;
    write_long_history(&app).await;

    let html = read_page(&app, "activity", &cookie).await;
    for shown in [1, 200, 318, MANY] {
        assert!(html.contains(&format!("event-{shown}.")), "event {shown} is missing");
    }
    for left_out in [201, 317] {
        assert!(!html.contains(&format!("event-{left_out}.")), "event {left_out} is there");
    }
    let all = format!("/api/v1/trainings/{}", draft_id(1));
    assert!(html.contains(&format!("{all}/events")) && html.contains("Only the first 200"));

    let html = read_page(&app, "metrics", &cookie).await;
    assert!(html.contains(&format!("{all}/metrics")) && html.contains("Only the newest 2,000"));
    assert!(html.contains(&format!("\"value\":{MANY}.0")) || html.contains(">2117"), "the newest point is missing");
}
