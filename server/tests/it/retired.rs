//! The addresses that SESTEK retired on 2025-01-01 (contract 17, case 27): only by explicit setting, and never silently.

use crate::support::house::{House, SESTEK};
use app::model::connection::HealthState;
use app::model::ids::ConnectionId;
use app::model::stage::Stage;
use serde_json::{Value, json};
use std::time::Duration;

const KEY: &str = "use_deprecated_paths";

async fn retired_house() -> House {
    let mut house = House::build().await;
    for connection in &mut house.config.connections {
        connection.own.insert(KEY.to_owned(), toml::Value::Boolean(true));
    }
    house.restart().await;
    house
}

/// The paths the fake vendor was called at, without those for tokens.
async fn vendor_paths(house: &House) -> Vec<String> {
    let visits = house.vendor_log().await;
    let paths = visits.iter().filter_map(|visit| visit["path"].as_str()).map(str::to_owned);
    paths.filter(|path| !path.ends_with("/connect/token")).collect()
}

#[tokio::test]
async fn a_training_runs_to_its_end_at_the_retired_addresses_when_a_setting_says_so() {
    let house = retired_house().await;
    house.script("*", json!({"retired_addresses": true})).await;
    let training = house.submit("old-house").await;
    house.step_submits().await;
    house.pass(Duration::from_secs(7_200), Duration::from_secs(30)).await;
    assert_eq!(house.see(&training.id).await.stage, Stage::Ready);
    let paths = vendor_paths(&house).await;
    assert!(paths.iter().all(|path| path.contains("/api/app/external-trainings/")), "{paths:?}");
}

#[tokio::test]
async fn without_the_setting_no_retired_address_is_called_and_with_it_everybody_is_told() {
    let house = House::build().await;
    house.script("*", json!({"retired_addresses": true})).await;
    house.submit("new-house").await;
    house.step_submits().await;
    house.pass(Duration::from_secs(120), Duration::from_secs(30)).await;
    let paths = vendor_paths(&house).await;
    assert!(!paths.is_empty() && paths.iter().all(|path| !path.contains("/api/app/")), "{paths:?}");
    assert!(house.core.connections.list_connections()[0].notices.is_empty());

    let house = retired_house().await;
    let notices = &house.core.connections.list_connections()[0].notices;
    assert!(notices.len() == 1 && notices[0].contains("2025-01-01") && notices[0].contains(KEY), "{notices:?}");
    let test = house.core.connections.test_connection(&ConnectionId::new(SESTEK)).await.expect("asked").expect("there");
    assert!(test.ok && test.warnings == *notices, "{test:?}");
}

#[tokio::test]
async fn case_27_a_submit_to_an_address_that_is_gone_names_the_key() {
    let house = retired_house().await;
    let training = house.submit("gone-at-once").await;
    house.step_submits().await;
    let seen = house.see(&training.id).await;
    let hint = seen.failure.clone().and_then(|failure| failure.hint).unwrap_or_default();
    assert_eq!(seen.stage, Stage::Rejected);
    assert!(hint.contains(KEY) && hint.contains("2025-01-01"), "{seen:?}");
}

#[tokio::test]
async fn case_27_addresses_that_go_away_later_end_no_training_and_the_connection_says_why() {
    for answer in [Value::Null, json!({"kind": "raw", "status": 410, "content_type": "text/plain"})] {
        let house = retired_house().await;
        house.script("*", json!({"retired_addresses": true})).await;
        let training = house.submit("gone-later").await;
        house.step_submits().await;
        house.pass(Duration::from_secs(120), Duration::from_secs(30)).await;
        let before = house.see(&training.id).await.stage;
        let script = if answer.is_null() {
            json!({})
        } else {
            json!({"retired_addresses": true, "progress": [{"answer": answer}]})
        };
        house.script("*", script).await;
        house.pass(Duration::from_secs(3_600), Duration::from_secs(60)).await;
        let seen = house.see(&training.id).await;
        assert_eq!(seen.stage, before, "an address says nothing about a training");
        assert!(seen.unseen_since.is_some());
        let health = house.core.connections.list_connections().remove(0).health;
        assert_eq!(health.state, HealthState::Unreachable);
        assert!(health.message.as_deref().is_some_and(|message| message.contains(KEY)), "{health:?}");
        house.script("*", json!({"retired_addresses": true})).await;
        house.pass(Duration::from_secs(7_200), Duration::from_secs(60)).await;
        assert_eq!(house.see(&training.id).await.stage, Stage::Ready);
    }
}

#[tokio::test]
async fn a_model_that_the_retired_address_does_not_know_is_not_blamed_on_the_key() {
    let house = retired_house().await;
    let plan = json!({"plan": {"not_found_answers": 1_000_000}, "retired_addresses": true});
    house.script("*", plan).await;
    let training = house.submit("unknown-there").await;
    house.step_submits().await;
    house.pass(Duration::from_secs(3_600), Duration::from_secs(60)).await;
    assert_ne!(house.see(&training.id).await.stage, Stage::Ready);
    let health = house.core.connections.list_connections().remove(0).health;
    assert_ne!(health.state, HealthState::Unreachable, "{health:?}");
}
