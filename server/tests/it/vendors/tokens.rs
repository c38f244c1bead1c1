//! The token's life over real HTTP: one flight, early renewal, one replay after a 401.

use super::hostile::serve_router;
use super::{ROWS, classification, connect_quickly, connect_sestek, order, quick_limits, unknown_target};
use app::model::time::Timestamp;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use trainyard::clock::FakeClock;
use trainyard::vendors::vendor::{
    AnswerPurpose, PollOutcome, PrepareOutcome, RawAnswer, SubmitOutcome, VendorConnection as _,
};

/// A vendor whose tokens are `token-1`, `token-2`, ...; only the newest is good unless `lenient`.
#[derive(Default)]
struct Vendor {
    tokens: AtomicUsize,
    calls: AtomicUsize,
    down: AtomicBool,
    lenient: AtomicBool,
    revoked: AtomicUsize,
    token_bodies: std::sync::Mutex<Vec<String>>,
    train_bodies: std::sync::Mutex<Vec<Bytes>>,
}

async fn serve(vendor: &Arc<Vendor>) -> SocketAddr {
    let router = Router::new()
        .route("/sestek/identity/connect/token", post(give_token))
        .fallback(answer_call)
        .with_state(Arc::clone(vendor));
    serve_router(router).await
}

async fn give_token(State(vendor): State<Arc<Vendor>>, body: String) -> Response {
    vendor.token_bodies.lock().unwrap().push(body);
    // Long enough for others to queue behind it.
    tokio::task::yield_now().await;
    if vendor.down.load(Ordering::SeqCst) {
        return (StatusCode::BAD_GATEWAY, "<html>").into_response();
    }
    let number = vendor.tokens.fetch_add(1, Ordering::SeqCst) + 1;
    let body = format!(r#"{{"access_token":"token-number-{number}","expires_in":1000,"scope":"SestekAI_External"}}"#);
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

async fn answer_call(State(vendor): State<Arc<Vendor>>, headers: HeaderMap, body: Bytes) -> Response {
    vendor.calls.fetch_add(1, Ordering::SeqCst);
    vendor.train_bodies.lock().unwrap().push(body);
    let bearer = headers[header::AUTHORIZATION].to_str().unwrap();
    let number: usize = bearer.trim_start_matches("Bearer token-number-").parse().unwrap();
    let newest = vendor.lenient.load(Ordering::SeqCst) || number == vendor.tokens.load(Ordering::SeqCst);
    if !newest || number <= vendor.revoked.load(Ordering::SeqCst) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let body = r#"{"id":"run-1","percent":1,"trainingStatus":"Training"}"#;
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_callers_at_once_ask_for_one_token() {
    let vendor = Arc::new(Vendor::default());
    let connection = Arc::new(connect_quickly(serve(&vendor).await));
    let target = unknown_target("m");
    let polls = (0..50).map(|_| connection.poll(&target));
    for answer in futures::future::join_all(polls).await {
        assert!(matches!(answer.outcome, PollOutcome::Observed(_)), "{:?}", answer.outcome);
    }
    assert_eq!(vendor.tokens.load(Ordering::SeqCst), 1);
    let sent = vendor.token_bodies.lock().unwrap()[0].clone();
    assert_eq!(sent, "grant_type=client_credentials&client_id=sandbox&client_secret=sandbox-secret");
}

#[tokio::test]
async fn a_token_is_renewed_at_four_fifths_of_its_life_and_the_old_one_serves_while_the_server_is_down() {
    let vendor = Arc::new(Vendor::default());
    vendor.lenient.store(true, Ordering::SeqCst);
    let clock = Arc::new(FakeClock::new(Timestamp::from_millis(1_700_000_000_000)));
    let connection = connect_sestek(serve(&vendor).await, quick_limits(), Arc::clone(&clock) as _);
    let asked = || vendor.token_bodies.lock().unwrap().len();
    assert_eq!(connection.prepare().await.outcome, PrepareOutcome::Ready);
    // Of 1,000 s: five minutes before the end comes before four fifths.
    clock.advance(Duration::from_secs(699));
    assert_eq!(connection.prepare().await.outcome, PrepareOutcome::Ready);
    assert_eq!(asked(), 1);
    vendor.down.store(true, Ordering::SeqCst);
    clock.advance(Duration::from_secs(1));
    assert_eq!(connection.prepare().await.outcome, PrepareOutcome::Ready, "the old token still works");
    assert_eq!(asked(), 2);
    assert_eq!(connection.prepare().await.outcome, PrepareOutcome::Ready);
    assert_eq!(asked(), 2, "a failed renewal is not tried again at once");
    clock.advance(Duration::from_secs(300));
    let expired = connection.prepare().await;
    assert!(matches!(expired.outcome, PrepareOutcome::Unreachable { .. }), "{:?}", expired.outcome);
    assert_eq!((asked(), expired.answers.len()), (3, 1));
    assert_eq!(expired.answers[0].purpose, AnswerPurpose::Token);
    vendor.down.store(false, Ordering::SeqCst);
    assert_eq!(connection.prepare().await.outcome, PrepareOutcome::Ready);
}

#[tokio::test]
async fn after_a_401_a_submit_is_over_and_the_next_one_has_a_fresh_token_and_the_whole_body() {
    let vendor = Arc::new(Vendor::default());
    let connection = connect_quickly(serve(&vendor).await);
    assert_eq!(connection.prepare().await.outcome, PrepareOutcome::Ready);
    vendor.revoked.store(1, Ordering::SeqCst);
    let purposes = |answers: &[RawAnswer]| answers.iter().map(|raw| (raw.purpose, raw.status)).collect::<Vec<_>>();
    let refused = connection.submit(order(classification("m"), ROWS)).await;
    assert!(matches!(refused.outcome, SubmitOutcome::TokenRefused { .. }), "{:?}", refused.outcome);
    assert_eq!(purposes(&refused.answers), [(AnswerPurpose::Submit, Some(401))], "a submit is one call");
    let prepared = connection.prepare().await;
    assert_eq!(prepared.outcome, PrepareOutcome::Ready);
    assert_eq!(purposes(&prepared.answers), [(AnswerPurpose::Token, Some(200))]);
    let answer = connection.submit(order(classification("m"), ROWS)).await;
    assert!(matches!(answer.outcome, SubmitOutcome::Accepted { .. }), "{:?}", answer.outcome);
    let bodies = vendor.train_bodies.lock().unwrap().clone();
    assert_eq!(bodies.len(), 2);
    for body in bodies {
        assert!(body.windows(ROWS.len()).any(|window| window == ROWS), "the file is in both");
    }
}

#[tokio::test]
async fn a_second_401_refuses_the_credentials_of_a_question_and_a_submit_leaves_that_to_the_sender() {
    let vendor = Arc::new(Vendor::default());
    vendor.revoked.store(usize::MAX, Ordering::SeqCst);
    let connection = connect_quickly(serve(&vendor).await);
    let polled = connection.poll(&unknown_target("m")).await;
    assert!(matches!(polled.outcome, PollOutcome::CredentialsRefused { .. }), "{:?}", polled.outcome);
    assert_eq!((vendor.calls.load(Ordering::SeqCst), vendor.tokens.load(Ordering::SeqCst)), (2, 2));
    let submitted = connection.submit(order(classification("m"), ROWS)).await;
    assert!(matches!(submitted.outcome, SubmitOutcome::TokenRefused { .. }));
}

#[tokio::test]
async fn many_401s_at_once_share_one_fresh_token() {
    let vendor = Arc::new(Vendor::default());
    vendor.lenient.store(true, Ordering::SeqCst);
    let connection = connect_quickly(serve(&vendor).await);
    assert_eq!(connection.prepare().await.outcome, PrepareOutcome::Ready);
    vendor.revoked.store(1, Ordering::SeqCst);
    let target = unknown_target("m");
    for answer in futures::future::join_all((0..20).map(|_| connection.poll(&target))).await {
        assert!(matches!(answer.outcome, PollOutcome::Observed(_)), "{:?}", answer.outcome);
    }
    assert_eq!(vendor.tokens.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn callers_behind_a_failed_token_call_share_its_failure() {
    let vendor = Arc::new(Vendor::default());
    vendor.down.store(true, Ordering::SeqCst);
    let connection = connect_quickly(serve(&vendor).await);
    for prepared in futures::future::join_all((0..20).map(|_| connection.prepare())).await {
        assert!(matches!(prepared.outcome, PrepareOutcome::Unreachable { .. }));
    }
    assert_eq!(vendor.token_bodies.lock().unwrap().len(), 1);
}
