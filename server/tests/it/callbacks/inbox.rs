//! The inbox: matched and unmatched callbacks, attached and replayed by a person, and those that never came.

use super::{SECOND, accepted, body, call, count_polls, events_of, promise, run_to_end};
use crate::support::app::{Call, TestApp};
use crate::support::house::House;
use app::model::callback::CallbackTiming;
use app::model::event::{EventKind, Source};
use app::model::page::PageQuery;
use app::model::session::Role;
use axum::http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;
use trainyard::trainings::TrainingFault;

#[tokio::test]
async fn an_unmatched_callback_is_attached_by_a_person_and_followed() {
    let house = House::build().await;
    let (training, _) = accepted(&house, "attach").await;
    call(&house, "nobody", "train success").await;
    let trainings = &house.core.trainings;
    let inbox = trainings.list_callbacks(&PageQuery::default()).await.expect("the inbox");
    let id = inbox.items[0].id;
    assert_eq!((inbox.items[0].training.clone(), inbox.items[0].timing), (None, CallbackTiming::Unmatched));
    assert!(matches!(trainings.replay_callback(id).await, Err(TrainingFault::CallbackUnmatched)));
    house.clock.advance(5 * SECOND);
    assert_eq!(house.step_polls().await, 0);
    let attached = trainings.attach_callback(id, &training.id).await.expect("attached");
    assert_eq!(attached.training, Some(training.id.clone()));
    assert_eq!(house.step_polls().await, 0, "the submit was less than ten seconds ago");
    house.clock.advance(5 * SECOND);
    assert_eq!(house.step_polls().await, 1);
    let (other, _) = accepted(&house, "other").await;
    assert!(matches!(trainings.attach_callback(id, &other.id).await, Err(TrainingFault::CallbackTaken)));
    for _ in 0..60 {
        house.clock.advance(11 * SECOND);
        trainings.replay_callback(id).await.expect("replayed");
        house.step_polls().await;
    }
    let sources: Vec<_> = events_of(&house, &training.id).await.iter().map(|event| event.source).collect();
    assert!(sources.contains(&Source::PollAfterCallback), "{sources:?}");
    run_to_end(&house, &training.id).await;
    let polls = count_polls(&house).await;
    assert!(matches!(trainings.replay_callback(id).await, Err(TrainingFault::WrongStage { .. })));
    house.step_polls().await;
    assert_eq!(count_polls(&house).await, polls);
}

#[tokio::test]
async fn case_28_a_promised_callback_that_never_came_is_shown() {
    let house = House::build().await;
    let (silent, _) = accepted(&house, "silent").await;
    let (spoken, path) = accepted(&house, "spoken").await;
    let missing = async || house.core.trainings.list_callbacks(&PageQuery::default()).await.expect("the inbox").missing;
    call(&house, &path, "train success").await;
    assert!(missing().await.is_empty(), "nothing is missing while they train");
    run_to_end(&house, &silent.id).await;
    assert_eq!(house.core.trainings.note_missing_callbacks().await.expect("noted"), 0, "it may still come");
    run_to_end(&house, &spoken.id).await;
    house.clock.advance(Duration::from_secs(6 * 60));
    let shown = missing().await;
    assert!(shown.iter().map(|missing| &missing.training).eq([&silent.id]));
    let ended = house.see(&silent.id).await;
    for _ in 0..2 {
        house.core.tasks.prune().await;
        let lines = events_of(&house, &silent.id).await;
        let lines: Vec<_> = lines.iter().filter(|event| event.kind == EventKind::CallbackMissing).collect();
        assert_eq!(lines.len(), 1, "written down once");
        assert_eq!(lines[0].source, Source::Trainyard);
    }
    assert_eq!(house.see(&silent.id).await.state(), ended.state(), "only its history grew");
    assert!(!events_of(&house, &spoken.id).await.iter().any(|event| event.kind == EventKind::CallbackMissing));
    assert_eq!(missing().await.len(), 1, "it stays in the inbox");
    let late = promise(&house, &silent.id).await;
    house.core.trainings.receive_callback(&late, body("train success")).await.expect("kept");
    assert!(missing().await.is_empty(), "late is not never");
}

#[tokio::test]
async fn the_inbox_by_api_has_pages_and_roles() {
    let app = TestApp::start().await;
    let (viewer, operator) = (app.token("vera", Role::Viewer).await, app.token("omar", Role::Operator).await);
    let admin = app.token("ada", Role::Admin).await;
    for number in 0..5 {
        let mut call = Call::post("/callbacks/nobody");
        call.body = format!("{number}").into_bytes();
        assert_eq!(app.send(call).await.status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(app.send(Call::get("/api/v1/callbacks").token(&viewer)).await.status(), StatusCode::FORBIDDEN);
    let (mut bodies, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/callbacks?limit=2&after={after}");
        let (status, _, page): (_, _, Value) = app.ask(Call::get(&path).token(&operator)).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        bodies.extend(page["items"].as_array().expect("items").iter().map(|item| item["body"].clone()));
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut after),
            None => break,
        }
    }
    assert_eq!(json!(bodies), json!(["4", "3", "2", "1", "0"]));
    let unknown = json!({"training": "0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4e"});
    for (path, body, status) in [
        ("/api/v1/callbacks/1/attach", &unknown, 404),
        ("/api/v1/callbacks/99/attach", &unknown, 404),
        ("/api/v1/callbacks/x/attach", &unknown, 404),
        ("/api/v1/callbacks/1/attach", &json!({"training": "7"}), 422),
        ("/api/v1/callbacks/1/replay", &json!({}), 409),
    ] {
        let (found, _, answer) = app.ask(Call::post(path).token(&operator).json(body)).await;
        assert_eq!(found.as_u16(), status, "{path}: {answer}");
    }
    let rotate = |id: &str| Call::post(&format!("/api/v1/connections/{id}/rotate-callback-client"));
    assert_eq!(app.send(rotate("knovvu").token(&operator)).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(app.send(rotate("knovvu").token(&admin)).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(app.send(rotate("none").token(&admin)).await.status(), StatusCode::NOT_FOUND);
}
