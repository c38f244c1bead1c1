//! G9: who asks for silence gets it. G10: a dark vendor costs nobody but its own trainings' news.

use super::yard::Dice;
use crate::support::house::{House, SESTEK};
use app::model::connection::HealthState;
use app::model::ids::{ConnectionId, TrainingId, UserName};
use app::model::stage::Stage;
use app::model::training::WaitingReason;
use serde_json::{Value, json};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const OTHER: &str = "other";

/// A house with a second connection to the same vendor.
async fn house_with_two_connections() -> House {
    let mut house = House::build().await;
    let mut other = house.config.connections[0].clone();
    other.id = ConnectionId::new(OTHER);
    house.config.connections.push(other);
    house.restart().await;
    house
}

/// Starts a training that keeps training, so that it is polled all the time.
async fn start_on(house: &House, connection: &str, model_id: &str) -> TrainingId {
    let mut new = house.new_clustering(model_id).await;
    new.connection = ConnectionId::new(connection);
    let submitted = house.core.trainings.submit_training(&UserName::new("ada"), new).await.unwrap();
    house.step_submits().await;
    submitted.training.id
}

async fn stay_in_training(house: &House, pattern: &str, more: Value) {
    let mut script = json!({"plan": {"stuck_at": "DatasetUploading"}});
    script.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    house.script(pattern, script).await;
}

/// The vendor's requests after number `after` that belong to models with this beginning: number, time in ms, status.
async fn visits_of(house: &House, prefix: &str, after: u64) -> Vec<(u64, i64, u64)> {
    let belongs = |visit: &Value| visit["end"]["model_id"].as_str().is_some_and(|model| model.starts_with(prefix));
    let read = |visit: &Value| {
        let status = visit["end"]["status"].as_u64().unwrap_or(0);
        (visit["sequence"].as_u64().unwrap(), visit["at_ms"].as_i64().unwrap(), status)
    };
    let log = house.vendor_log().await;
    log.iter().filter(|visit| belongs(visit)).map(read).filter(|(sequence, ..)| *sequence > after).collect()
}

#[tokio::test]
async fn g9_a_retry_after_of_30_seconds_silences_its_connection_and_no_other_10_times() {
    throttle_at_random(10).await;
}

#[tokio::test]
#[ignore = "long: 50 times; `make faults` runs it"]
async fn g9_a_retry_after_of_30_seconds_silences_its_connection_and_no_other_50_times() {
    throttle_at_random(50).await;
}

async fn throttle_at_random(times: u64) {
    let house = house_with_two_connections().await;
    stay_in_training(&house, "*", json!({})).await;
    for number in 0..4 {
        start_on(&house, SESTEK, &format!("hushed-{number}")).await;
        start_on(&house, OTHER, &format!("free-{number}")).await;
    }
    let mut dice = Dice::new(times);
    for round in 0..times {
        house.pass(SECOND * u32::try_from(1 + dice.below(40)).unwrap(), SECOND).await;
        let last = visits_of(&house, "", 0).await.last().map_or(0, |visit| visit.0);
        let status = if dice.below(2) == 0 { 429 } else { 503 };
        let throttle = json!({"calls": 1, "answer": {"kind": "throttle", "status": status, "retry_after_seconds": 30}});
        stay_in_training(&house, "hushed-*", json!({ "progress": [throttle] })).await;
        house.pass(MINUTE + SECOND * 30, SECOND).await;
        let hushed = visits_of(&house, "hushed-", last).await;
        let at =
            hushed.iter().position(|visit| visit.2 == status).unwrap_or_else(|| panic!("round {round}: no {status}"));
        let (asked_at, next) = (hushed[at].1, hushed[at + 1]);
        assert!(next.1 >= asked_at + 30_000, "round {round}: asked again after {} ms", next.1 - asked_at);
        let others = visits_of(&house, "free-", last).await;
        let meanwhile = others.iter().filter(|visit| visit.1 > asked_at && visit.1 < asked_at + 30_000).count();
        assert!(meanwhile >= 4, "round {round}: the other connection was asked only {meanwhile} times");
    }
}

#[tokio::test]
async fn g9_a_submit_that_is_throttled_waits_as_long_as_asked_and_is_made_once() {
    let house = House::build().await;
    let throttle = json!({"calls": 1, "answer": {"kind": "throttle", "retry_after_seconds": 120}});
    house.script("later", json!({ "train": [throttle] })).await;
    let id = start_on(&house, SESTEK, "later").await;
    let first = visits_of(&house, "later", 0).await;
    house.pass(MINUTE * 2 - SECOND * 5, SECOND * 5).await;
    assert_eq!(visits_of(&house, "later", 0).await, first, "silence");
    house.pass(MINUTE * 20, SECOND * 5).await;
    assert_eq!(house.vendor_runs("later").await, 1);
    assert!(house.see(&id).await.stage.rung().is_some_and(|rung| rung >= 1));
}

/// The ways a vendor can be dark.
fn darkness() -> Vec<(&'static str, Value)> {
    vec![
        ("resets", json!({"cut": "before_reading"})),
        ("lost answers", json!({"cut": "after_upload"})),
        ("a gateway's page", json!({"answer": {"kind": "html", "status": 503}})),
        ("server errors", json!({"answer": {"kind": "abp", "status": 500}})),
        ("bodies that break off", json!({"answer": {"kind": "filler", "size_bytes": 1000}, "truncate_after_bytes": 7})),
        ("half JSON", json!({"answer": {"kind": "raw", "text": "{\"percent\": 4"}})),
    ]
}

#[tokio::test]
async fn g10_a_vendor_dark_for_10_minutes_is_spared_and_no_training_fails() {
    for (name, step) in darkness() {
        let house = house_with_two_connections().await;
        stay_in_training(&house, "*", json!({})).await;
        let mut ids = Vec::new();
        for number in 0..8 {
            ids.push(start_on(&house, SESTEK, &format!("dark-{number}")).await);
        }
        let light = start_on(&house, OTHER, "light").await;
        house.pass(MINUTE, SECOND).await;
        let last = visits_of(&house, "", 0).await.last().unwrap().0;

        stay_in_training(&house, "dark-*", json!({"progress": [step]})).await;
        let mut asked_until_known = None;
        for _ in 0..60 {
            house.pass(SECOND * 10, SECOND).await;
            let is_known = health(&house) == HealthState::Unreachable;
            if is_known && asked_until_known.is_none() {
                asked_until_known = Some(visits_of(&house, "dark-", last).await.len());
            }
        }
        let asked = visits_of(&house, "dark-", last).await;
        assert!(
            asked_until_known.is_some_and(|asked| asked <= 10),
            "{name}: {asked_until_known:?} calls before it was known"
        );
        assert!(asked.len() <= 10 + 600 / 30 + 1, "{name}: {} calls to a dark vendor", asked.len());
        assert!(house.see(&light).await.unseen_since.is_none(), "{name}: the other connection is seen");
        for id in &ids {
            let training = house.see(id).await;
            assert!(!matches!(training.stage, Stage::Failed | Stage::NeedsAttention), "{name}: {:?}", training.stage);
            assert!(training.unseen_since.is_some(), "{name}: the page says since when nothing was seen");
        }

        stay_in_training(&house, "dark-*", json!({})).await;
        let back_at = house.clock_now();
        house.pass(MINUTE, SECOND).await;
        assert_eq!(health(&house), HealthState::Ok, "{name}");
        for id in &ids {
            let training = house.see(id).await;
            assert!(training.last_seen_at.is_some_and(|at| at >= back_at), "{name}: not seen within a minute");
            assert_eq!(training.unseen_since, None, "{name}");
        }
    }
}

#[tokio::test]
async fn g10_the_only_training_of_a_dark_vendor_goes_on_within_a_minute_of_its_return() {
    for minutes in [10, 13, 16] {
        let mut house = house_with_two_connections().await;
        stay_in_training(&house, "*", json!({})).await;
        let active = start_on(&house, SESTEK, "active").await;
        house.restart().await;
        let dark = json!({"cut": "before_reading"});
        house.script("*", json!({"outage": [dark]})).await;
        let late = house.submit("late").await.id;
        house.pass(MINUTE * minutes, SECOND * 5).await;
        assert_eq!(health(&house), HealthState::Unreachable);
        assert_eq!(house.see(&late).await.waiting.map(|waiting| waiting.reason), Some(WaitingReason::NotSent));

        stay_in_training(&house, "*", json!({})).await;
        let back_at = house.clock_now();
        house.pass(MINUTE, SECOND).await;
        assert!(house.see(&active).await.last_seen_at.is_some_and(|at| at >= back_at), "after {minutes} minutes");
        let stage = house.see(&late).await.stage;
        assert!(stage.rung().is_some_and(|rung| rung >= 1), "after {minutes} minutes: {stage:?}");
    }
}

fn health(house: &House) -> HealthState {
    let connections = house.core.connections.list_connections();
    connections.iter().find(|connection| connection.id.as_str() == SESTEK).unwrap().health.state
}
