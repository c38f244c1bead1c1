//! The callback address and the token address beside it, as a vendor meets them.

use crate::support::app::{Call, TestApp};
use crate::support::draft::draft_training;
use app::model::callback::{CallbackProof, CallbackTiming};
use app::model::ids::{ConnectionId, TrainingId};
use axum::http::StatusCode;
use serde_json::Value;
use std::time::Duration;
use trainyard::vendors::vendor::CallbackOffer;

/// A training in the store, and what its vendor was told.
async fn promised(app: &TestApp) -> (TrainingId, CallbackOffer, String) {
    let mut stored = draft_training(1, "promised");
    stored.training.connection = ConnectionId::new("knovvu");
    let mut txn = app.core.store.open_txn().await.expect("a transaction");
    txn.insert_training(&stored).await.expect("written");
    txn.commit().await.expect("committed");
    let id = stored.training.id;
    let offer = app.core.trainings.promise_callback(&id).await.expect("an offer");
    let path = offer.address.expose().strip_prefix("http://127.0.0.1:3000").expect("our own address").to_owned();
    (id, offer, path)
}

fn token_form(offer: &CallbackOffer) -> String {
    format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        offer.client_id,
        offer.client_secret.expose()
    )
}

async fn status_of(app: &TestApp, call: Call) -> StatusCode {
    app.send(call).await.status()
}

#[tokio::test]
async fn any_type_of_body_is_kept_before_it_is_acknowledged() {
    let app = TestApp::start().await;
    let (id, _, path) = promised(&app).await;
    for (kind, body) in [
        ("application/json", r#"{"status":"train success"}"#),
        ("application/xml", "<status>train failed</status>"),
        ("multipart/form-data; boundary=x", "--x--"),
        ("", "plain"),
    ] {
        let mut call = Call::post(&path);
        if !kind.is_empty() {
            call = call.with("content-type", kind);
        }
        call.body = body.as_bytes().to_vec();
        assert_eq!(status_of(&app, call).await, StatusCode::OK, "{kind}");
        let newest = app.core.trainings.list_callbacks_of(Some(&id)).await.expect("the inbox").remove(0);
        assert_eq!(newest.body, body);
        assert_eq!(newest.content_type.unwrap_or_default(), kind);
        assert_eq!(newest.timing, CallbackTiming::Early);
    }
    let browser = Call::post(&path).with("sec-fetch-site", "cross-site").with("origin", "https://elsewhere.example");
    assert_eq!(status_of(&app, browser).await, StatusCode::OK, "where it comes from means nothing");
}

#[tokio::test]
async fn g7_an_unknown_address_is_answered_404_and_its_callback_is_kept() {
    let app = TestApp::start().await;
    let (_, _, path) = promised(&app).await;
    let mut call = Call::post("/callbacks/nobody-knows-this").with("content-type", "text/plain");
    call.body = b"train success".to_vec();
    let (status, headers, answer) = app.ask(call).await;
    assert_eq!((status.as_u16(), answer["code"].as_str()), (404, Some("not_found")));
    assert!(!headers.contains_key("location"));
    let unmatched = app.core.trainings.list_callbacks_of(None).await.expect("the inbox");
    assert_eq!((unmatched.len(), unmatched[0].body.as_str()), (1, "train success"));
    for method in ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"] {
        for path in [path.clone(), format!("{path}/identity"), format!("{path}/identity/connect/token")] {
            assert_eq!(status_of(&app, Call::new(method, &path)).await, StatusCode::NOT_FOUND, "{method} {path}");
        }
    }
    assert_eq!(status_of(&app, Call::post(&format!("{path}/other"))).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn g7_a_large_body_is_refused_and_too_many_calls_are() {
    let app = TestApp::start().await;
    let (id, _, path) = promised(&app).await;
    let mut large = Call::post(&path);
    large.body = vec![b'x'; 1024 * 1024];
    assert_eq!(status_of(&app, large).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(app.core.trainings.list_callbacks_of(Some(&id)).await.expect("the inbox").is_empty());
    let mut largest = Call::post(&path);
    largest.body = vec![b'x'; 64 * 1024];
    assert_eq!(status_of(&app, largest).await, StatusCode::OK);
    let mut answers = Vec::new();
    for _ in 0..80 {
        answers.push(status_of(&app, Call::post(&path)).await.as_u16());
    }
    assert_eq!(answers.iter().filter(|status| **status == 429).count(), 21, "{answers:?}");
    app.clock.advance(Duration::from_secs(61));
    assert_eq!(status_of(&app, Call::post(&path)).await, StatusCode::OK);
}

#[tokio::test]
async fn the_token_address_gives_tokens_at_both_places_and_a_callback_with_one_says_so() {
    let app = TestApp::start().await;
    let (id, offer, path) = promised(&app).await;
    let identity = offer.identity_address.expose().strip_prefix("http://127.0.0.1:3000").expect("ours").to_owned();
    for address in [identity.clone(), format!("{identity}/connect/token")] {
        let (status, headers, answer) = app.ask(Call::post(&address).form(&token_form(&offer))).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!((answer["token_type"].as_str(), answer["expires_in"].as_u64()), (Some("Bearer"), Some(3_600)));
        let token = answer["access_token"].as_str().expect("a token").to_owned();
        assert_eq!(status_of(&app, Call::post(&path).token(&token)).await, StatusCode::OK);
        let newest = app.core.trainings.list_callbacks_of(Some(&id)).await.expect("the inbox").remove(0);
        assert_eq!(newest.proof, CallbackProof::Token);
        // A token of ours opens nothing else.
        assert_eq!(status_of(&app, Call::get("/api/v1/trainings").token(&token)).await, StatusCode::UNAUTHORIZED);
    }
    let (_, _, answer) = app.ask(Call::post(&identity).form(&token_form(&offer))).await;
    let token = answer["access_token"].as_str().expect("a token").to_owned();
    app.clock.advance(Duration::from_secs(3_601));
    assert_eq!(status_of(&app, Call::post(&path).token(&token)).await, StatusCode::OK, "still only a hint");
    let newest = app.core.trainings.list_callbacks_of(Some(&id)).await.expect("the inbox").remove(0);
    assert_eq!(newest.proof, CallbackProof::WrongToken);
}

#[tokio::test]
async fn the_token_address_refuses_as_oauth_says() {
    let app = TestApp::start().await;
    let (_, offer, path) = promised(&app).await;
    let identity = format!("{path}/identity");
    let right = token_form(&offer);
    for (form, status, error) in [
        (right.replace("client_secret=", "client_secret=x"), 401, "invalid_client"),
        (right.replace("client_id=", "client_id=x"), 401, "invalid_client"),
        (String::new(), 401, "invalid_client"),
        (right.replace("client_credentials", "password"), 400, "unsupported_grant_type"),
    ] {
        let (found, _, answer) = app.ask(Call::post(&identity).form(&form)).await;
        assert_eq!((found.as_u16(), answer["error"].as_str()), (status, Some(error)), "{answer}");
    }
    let unknown = Call::post("/callbacks/nobody/identity").form(&right);
    assert_eq!(status_of(&app, unknown).await, StatusCode::NOT_FOUND);
    app.core.trainings.rotate_callback_client(&ConnectionId::new("knovvu")).await.expect("rotated");
    let (status, _, _): (StatusCode, _, Value) = app.ask(Call::post(&identity).form(&right)).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "a rotated client ends at once");
}
