//! The live stream: how it opens, what it refuses, when it ends.

use crate::support::app::{Call, TestApp};
use app::model::session::Role;
use axum::http::{StatusCode, header};
use futures::StreamExt;
use std::time::Duration;

#[tokio::test]
async fn g21_a_stream_ends_within_five_seconds_when_its_caller_is_disabled_or_signs_out() {
    let app = TestApp::start().await;
    let token = app.token("vera", Role::Viewer).await;
    let cookie = app.cookie("omar", Role::Operator).await;
    let mut by_token = app.send(Call::get("/api/v1/events").token(&token)).await.into_body().into_data_stream();
    let mut by_cookie = app.send(Call::get("/api/v1/events").cookie(&cookie)).await.into_body().into_data_stream();
    for stream in [&mut by_token, &mut by_cookie] {
        let greeting = stream.next().await.unwrap().unwrap();
        assert_eq!(greeting, "event: hello\ndata: {}\n\n");
    }
    app.core.people.disable_person("vera").await.unwrap();
    app.send(Call::post("/sign-out").cookie(&cookie)).await;
    for stream in [&mut by_token, &mut by_cookie] {
        let end = tokio::time::timeout(Duration::from_secs(5), stream.next()).await;
        assert!(matches!(end, Ok(None)), "the stream goes on");
    }
}

#[tokio::test]
async fn a_stream_ends_when_the_server_stops() {
    let app = TestApp::start().await;
    let token = app.token("vera", Role::Viewer).await;
    let mut stream = app.send(Call::get("/api/v1/events").token(&token)).await.into_body().into_data_stream();
    stream.next().await.unwrap().unwrap();
    app.shutdown.cancel();
    assert!(stream.next().await.is_none());
    assert_eq!(app.send(Call::get("/readyz")).await.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_stream_is_neither_kept_nor_held_back_and_refuses_what_it_cannot_narrow_by() {
    let app = TestApp::start().await;
    let token = app.token("vera", Role::Viewer).await;
    let call = Call::get("/api/v1/events").token(&token).with("accept-encoding", "gzip, br");
    let response = app.send(call).await;
    let headers = response.headers();
    assert_eq!(headers[header::CONTENT_TYPE], "text/event-stream");
    assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(headers["x-accel-buffering"], "no");
    assert!(!headers.contains_key(header::CONTENT_ENCODING));
    for query in ["training=7", "last_event_id=x", "last_event_id=-1", "colour=red", "stage=done", "limit=3"] {
        let (status, _, body) = app.ask(Call::get(&format!("/api/v1/events?{query}")).token(&token)).await;
        assert_eq!(status.as_u16(), 422, "{query}: {body}");
    }
    let far = app.send(Call::get("/api/v1/events").token(&token).with("last-event-id", "900")).await;
    let mut stream = far.into_body().into_data_stream();
    stream.next().await.unwrap().unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), "event: reset\ndata: {}\n\n");
}
