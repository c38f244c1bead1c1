//! What the train call may answer: cases 1, 2, 3, 20, 22, 23 and 26.

use super::{MINUTE, QUARANTINE, SECOND, ada, count_calls, run_to, run_to_end, script_train, send};
use crate::support::house::{House, SESTEK};
use app::model::connection::HealthState;
use app::model::ids::ConnectionId;
use app::model::stage::Stage;
use app::model::training::{Decision, WaitingReason};
use serde_json::{Value, json};

/// The training that this answer leaves behind is rejected as busy, and nobody asks again.
async fn expect_busy(answer: Value) {
    let house = House::build().await;
    script_train(&house, "busy", json!({"answer": answer, "creates_run": false})).await;
    let id = send(&house, "busy").await;
    let training = house.see(&id).await;
    assert_eq!(training.stage, Stage::Rejected, "{answer}");
    assert_eq!(training.failure.expect("a failure").code, "busy", "{answer}");
    house.pass(30 * MINUTE, MINUTE).await;
    assert_eq!(count_calls(&house, "/train").await, 1, "{answer}");
    assert_eq!(count_calls(&house, "/progress").await, 0, "{answer}");
}

#[tokio::test]
async fn case_01_a_202_is_a_refusal_whatever_its_body() {
    for answer in [
        json!({"kind": "empty", "status": 202}),
        json!({"kind": "raw", "status": 202, "text": "Please wait until training is completed."}),
        json!({"kind": "experiment", "status": 202}),
        json!({"kind": "html", "status": 202}),
    ] {
        expect_busy(answer).await;
    }
}

#[tokio::test]
async fn case_02_the_in_progress_text_is_known_under_every_status_and_in_every_envelope() {
    for (status, envelope) in
        [(200, "abp"), (400, "json_string"), (403, "abp"), (409, "plain"), (500, "abp"), (500, "plain")]
    {
        expect_busy(json!({"kind": "in_progress", "status": status, "envelope": envelope})).await;
    }
}

#[tokio::test]
async fn case_03_a_403_is_a_business_error_unless_it_names_a_permission() {
    let house = House::build().await;
    let business = json!({"kind": "abp", "status": 403, "code": "App:010046", "text": "The tenant has no quota left."});
    script_train(&house, "quota", json!({ "answer": business })).await;
    let id = send(&house, "quota").await;
    let training = house.see(&id).await;
    let failure = training.failure.expect("a failure");
    assert_eq!((training.stage, failure.code.as_str()), (Stage::Rejected, "App:010046"));
    assert_eq!(failure.said.as_deref(), Some("The tenant has no quota left."));
    assert_eq!(house.core.connections.list_connections()[0].health.state, HealthState::Ok);

    let permission = json!({"kind": "abp", "status": 403, "code": "Volo.Authorization:010001", "text": "Denied."});
    script_train(&house, "denied", json!({ "answer": permission })).await;
    let id = send(&house, "denied").await;
    assert_eq!(house.see(&id).await.stage, Stage::Rejected);
    assert_eq!(house.core.connections.list_connections()[0].health.state, HealthState::Refused);
}

#[tokio::test]
async fn case_20_a_poll_that_cannot_be_read_changes_nothing_and_is_repeated() {
    for step in [
        json!({"answer": {"kind": "broken_json"}}),
        json!({"answer": {"kind": "html"}}),
        json!({"answer": {"kind": "redirect"}}),
        json!({"truncate_after_bytes": 12}),
        json!({"answer": {"kind": "html", "status": 502}}),
    ] {
        let house = House::build().await;
        let id = send(&house, "odd").await;
        let before = run_to(&house, &id, Stage::Training).await;
        house.script("odd", json!({ "progress": [step] })).await;
        house.pass(5 * MINUTE, 10 * SECOND).await;
        let blind = house.see(&id).await;
        assert_eq!((blind.stage, &blind.vendor_status), (before.stage, &before.vendor_status), "{step}");
        assert!(blind.unseen_since.is_some() && blind.failure.is_none(), "{step}: {blind:?}");
        house.script("odd", json!({})).await;
        assert_eq!(run_to_end(&house, &id).await.stage, Stage::Ready, "{step}");
    }
}

#[tokio::test]
async fn case_20_a_page_instead_of_a_train_answer_is_looked_up_and_never_followed() {
    for answer in [json!({"kind": "html"}), json!({"kind": "redirect"})] {
        let house = House::build().await;
        script_train(&house, "odd", json!({"answer": answer, "creates_run": true})).await;
        let id = send(&house, "odd").await;
        house.pass(QUARANTINE, 10 * SECOND).await;
        assert!(house.see(&id).await.stage.rung().is_some_and(|rung| rung >= 1), "{answer}");
        assert_eq!(house.vendor_runs("odd").await, 1, "{answer}");
        let log = house.vendor_log().await;
        let is_expected = |path: &str| ["/train", "/progress", "/token"].iter().any(|end| path.ends_with(end));
        assert!(log.iter().all(|visit| visit["path"].as_str().is_some_and(is_expected)), "{log:?}");
    }
}

#[tokio::test]
async fn case_22_no_moment_in_an_answer_spoils_it() {
    for (number, moment) in [
        json!("2024-04-08T04:03:12.7406026Z"),
        json!("2024-04-08T04:03:12.7406026"),
        Value::Null,
        json!("0001-01-01T00:00:00"),
        json!("yesterday"),
        json!(1_712_549_000),
    ]
    .into_iter()
    .enumerate()
    {
        let house = House::build().await;
        let run = format!("0198f7c2-0000-4000-8000-00000000000{number}");
        let experiment =
            json!({"name": "moments", "status": 0, "statusMessage": "Initialized", "percent": 0, "id": run,
            "creationTime": moment, "completionTime": moment, "lastPublishTime": moment})
            .to_string();
        let answer = json!({"kind": "raw", "text": experiment, "content_type": "application/json"});
        script_train(&house, "moments", json!({"answer": answer, "creates_run": true})).await;
        let id = send(&house, "moments").await;
        let training = house.see(&id).await;
        assert_eq!(training.stage, Stage::Queued, "{moment}");
        assert_eq!(training.vendor_status["statusMessage"], "Initialized", "{moment}");
        assert_eq!(run_to_end(&house, &id).await.stage, Stage::Ready, "{moment}");
    }
}

#[tokio::test]
async fn case_23_too_large_is_a_refusal_and_a_broken_upload_is_never_sent_blindly_again() {
    let house = House::build().await;
    script_train(&house, "large", json!({"answer": {"kind": "empty", "status": 413}})).await;
    let id = send(&house, "large").await;
    let refused = house.see(&id).await;
    assert_eq!(refused.stage, Stage::Rejected);
    assert!(refused.failure.expect("a failure").message.contains("too large"));

    for step in [
        json!({"cut": "after_upload", "creates_run": true}),
        json!({"cut": "after_upload", "creates_run": false}),
        json!({"truncate_after_bytes": 3, "creates_run": true, "answer": {"kind": "html", "status": 502}}),
    ] {
        let house = House::build().await;
        script_train(&house, "lost", step.clone()).await;
        let id = send(&house, "lost").await;
        let waiting = house.see(&id).await;
        assert_eq!(waiting.stage, Stage::Submitting, "{step}");
        assert!(waiting.waiting.is_some(), "{step}");
        house.pass(QUARANTINE + 2 * MINUTE, 5 * SECOND).await;
        let later = house.see(&id).await;
        assert!(later.stage.rung().is_some_and(|rung| rung >= 1), "{step}: {later:?}");
        assert_eq!(house.vendor_runs("lost").await, 1, "{step}");
    }
}

#[tokio::test]
async fn case_23_a_reset_in_the_middle_of_the_upload_waits_as_a_lost_answer_does() {
    let house = House::build().await;
    script_train(&house, "*", json!({"cut": "mid_upload", "cut_after_bytes": 10})).await;
    let id = send(&house, "reset").await;
    let waiting = house.see(&id).await.waiting.expect("it says what it waits for");
    assert!(matches!(waiting.reason, WaitingReason::Quarantine), "{waiting:?}");
    house.pass(QUARANTINE + 2 * MINUTE, 5 * SECOND).await;
    assert!(house.see(&id).await.stage.rung().is_some_and(|rung| rung >= 1));
    assert_eq!(house.vendor_runs("reset").await, 1);
}

#[tokio::test]
async fn case_26_a_vendors_text_stays_a_text_and_is_cut_to_size() {
    let house = House::build().await;
    let text = format!("<img src=x onerror=alert(1)>{}", "ş".repeat(100_000));
    script_train(&house, "wordy", json!({"answer": {"kind": "abp", "status": 400, "text": text}})).await;
    let id = send(&house, "wordy").await;
    let failure = house.see(&id).await.failure.expect("a failure");
    let said = failure.said.expect("the vendor's words");
    assert!(said.starts_with("<img src=x onerror=alert(1)>ş"), "kept as it came; the page draws it as text");
    assert!(said.chars().count() <= 2_001 && failure.message.chars().count() <= 4_000, "{}", said.chars().count());
}

#[tokio::test]
async fn case_23_what_cannot_be_told_is_for_a_person_and_not_for_chance() {
    let house = House::build().await;
    script_train(&house, "unclear", json!({"answer": {"kind": "html", "status": 400}})).await;
    let id = send(&house, "unclear").await;
    house.pass(2 * QUARANTINE, 10 * SECOND).await;
    assert_eq!(house.see(&id).await.stage, Stage::NeedsAttention);
    assert_eq!(house.vendor_runs("unclear").await, 0);
    house.core.trainings.settle_training(&ada(), &id, Decision::SendAgain).await.expect("settled");
    house.step_submits().await;
    assert_eq!(house.vendor_runs("unclear").await, 1);
    assert!(house.core.connections.find_connection(&ConnectionId::new(SESTEK)).is_some());
}
