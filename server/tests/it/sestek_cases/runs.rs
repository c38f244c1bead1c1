//! A run's life beside others: cases 7, 8, 9, 16, 17, 21 and 29.

use super::{MINUTE, SECOND, ada, count_calls, run_to, run_to_end, send, submit};
use crate::support::house::{House, SESTEK};
use app::model::connection::HealthState;
use app::model::ids::{ConnectionId, UserName};
use app::model::stage::Stage;
use app::model::training::RetryTraining;
use app::vendors::TrainingRequest;
use serde_json::{Value, json};
use trainyard::trainings::TrainingFault;

/// What the vendor would say of the model now, without a progress call: that would publish it.
async fn state_at_vendor(house: &House, model_id: &str) -> Value {
    let url = format!("http://{}/control/runs", house.vendor_address());
    let runs: Value = reqwest::get(url).await.expect("the runs").json().await.expect("JSON");
    let of_model = |run: &&Value| run["model_id"] == model_id;
    runs["runs"].as_array().expect("runs").iter().rfind(of_model).expect("a run").clone()
}

#[tokio::test]
async fn case_07_a_model_is_published_with_no_browser_open_and_after_a_restart() {
    let mut house = House::build().await;
    let id = send(&house, "guarded").await;
    run_to(&house, &id, Stage::Saving).await;
    // The house is down while the vendor completes the training: nobody asks, so nothing is published.
    for _ in 0..6 {
        house.clock.advance(10 * MINUTE);
    }
    let left_alone = state_at_vendor(&house, "guarded").await;
    assert_eq!(left_alone["training_status"], "Completed", "{left_alone}");
    assert_eq!(left_alone["inference_status"], Value::Null, "{left_alone}");
    house.restart().await;
    house.pass(MINUTE, 10 * SECOND).await;
    assert_eq!(house.see(&id).await.stage, Stage::Publishing);
    house.restart().await;
    assert_eq!(run_to_end(&house, &id).await.stage, Stage::Ready);
    assert_eq!(state_at_vendor(&house, "guarded").await["inference_status"], "Running");
}

#[tokio::test]
async fn case_08_two_people_and_one_model_are_one_run_and_one_poller() {
    let house = House::build().await;
    let (one, other) = (house.new_clustering("shared").await, house.new_clustering("shared").await);
    let (eve, bob) = (UserName::new("eve"), UserName::new("bob"));
    let trainings = &house.core.trainings;
    let (first, second) = tokio::join!(trainings.submit_training(&eve, one), trainings.submit_training(&bob, other));
    let (taken, refused) = if first.is_ok() { (first, second) } else { (second, first) };
    let id = taken.expect("one is taken").training.id;
    assert!(matches!(refused, Err(TrainingFault::Busy { owner, .. }) if owner == id));
    house.step_submits().await;
    // People who ask for news all the time do not make the vendor be asked more often than the interval allows.
    for _ in 0..60 {
        for _ in 0..5 {
            trainings.refresh_training(&id).await.expect("asked");
        }
        house.pass(SECOND, SECOND).await;
    }
    let asked = count_calls(&house, "/progress").await;
    assert!((3..=13).contains(&asked), "{asked} progress calls in a minute");
    assert_eq!(house.vendor_runs("shared").await, 1);
}

#[tokio::test]
async fn case_09_a_retrain_takes_over_while_the_older_run_keeps_its_end() {
    let house = House::build().await;
    house.script("again", json!({"plan": {"stale_answers": 3}})).await;
    let first = send(&house, "again").await;
    let ready = run_to_end(&house, &first).await;
    assert_eq!(ready.stage, Stage::Ready);
    let retry = RetryTraining { id: house.new_id(), changes: serde_json::Map::new(), hold_if_busy: false };
    let second = house.core.trainings.retry_training(&ada(), &first, retry).await.expect("retried").training.id;
    house.step_submits().await;
    // The first answers still tell of the older run: Completed and Running.
    house.pass(45 * SECOND, 5 * SECOND).await;
    assert!(!house.see(&second).await.stage.is_end(), "the older run's words are not this one's");
    let older = house.see(&first).await;
    assert_eq!((older.stage, older.ended_at), (Stage::Superseded, ready.ended_at));
    assert_eq!(run_to_end(&house, &second).await.stage, Stage::Ready);
    assert_eq!(house.see(&first).await.vendor_status, ready.vendor_status, "no later answer is written into it");
}

fn faults_of(request: &Value) -> Vec<String> {
    let faults = TrainingRequest::parse(request, "request").err().unwrap_or_default();
    faults.into_iter().map(|fault| fault.path).collect()
}

fn clustering(data: Value, num_clusters: Value) -> Value {
    json!({"kind": "sestek.clustering", "model_id": "m", "product_name": "CA", "language": "tr-TR", "data": data,
        "num_clusters": num_clusters, "llm": null, "force_train": true})
}

#[tokio::test]
async fn case_16_a_schema_and_its_files_come_together_or_not_at_all() {
    let (a, b) = ("a".repeat(64), "b".repeat(64));
    for (data, path) in [
        (json!({"schema": "dialogue_and_intent", "dialogue": a}), "request.data.intent"),
        (json!({"schema": "dialogue_and_intent", "intent": b}), "request.data.dialogue"),
        (json!({"schema": "dialogue", "dialogue": a, "intent": b}), "request.data.intent"),
        (json!({"schema": "intent_and_dialogue", "dialogue": a, "intent": b}), "request.data.schema"),
        (json!({"dialogue": a}), "request.data.schema"),
    ] {
        assert_eq!(faults_of(&clustering(data.clone(), json!(0))), [path], "{data}");
    }
    let house = House::build().await;
    let dialogue = house.upload("dialogues.json", br#"[{"turns":["merhaba"]}]"#).await;
    let intent = house.upload("intents.json", br#"[{"intent":"selam"}]"#).await;
    let data = json!({"schema": "dialogue_and_intent", "dialogue": dialogue, "intent": intent});
    let training = submit(&house, clustering(data, json!(0))).await;
    house.step_submits().await;
    assert_eq!(house.see(&training.id).await.stage, Stage::Queued, "the strict fake takes the pair");
}

#[tokio::test]
async fn case_17_a_number_of_clusters_is_a_whole_number_from_nought() {
    let data = json!({"schema": "dialogue", "dialogue": "a".repeat(64)});
    for wrong in [json!(""), json!(-1), json!(2.5), json!("5"), json!("\"5\""), json!(true)] {
        assert_eq!(faults_of(&clustering(data.clone(), wrong.clone())), ["request.num_clusters"], "{wrong}");
    }
    let house = House::build().await;
    for (model_id, number) in [("auto", 0), ("five", 5)] {
        let dialogue = house.upload("dialogues.json", br#"[{"turns":["merhaba"]}]"#).await;
        let mut request = clustering(json!({"schema": "dialogue", "dialogue": dialogue}), json!(number));
        request["model_id"] = json!(model_id);
        let training = submit(&house, request).await;
        house.step_submits().await;
        assert_eq!(house.see(&training.id).await.stage, Stage::Queued);
    }
    let log = house.vendor_log().await;
    let train = log.iter().filter(|visit| visit["path"].as_str().is_some_and(|path| path.ends_with("/train")));
    let sent: Vec<String> = train
        .flat_map(|visit| visit["end"]["parts"].as_array().expect("parts").clone())
        .filter(|part| part["name"] == "numClusters")
        .map(|part| part["value"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(sent, ["0", "5"], "plain digits, no quotes, and nought where the model decides");
}

#[tokio::test]
async fn case_21_tokens_that_expire_during_a_long_training_are_renewed() {
    let house = House::build().await;
    let terms = json!({"expires_in_seconds": 600, "scope": "SestekAI_External"});
    house.script("*", json!({"token": [{ "terms": terms }]})).await;
    let id = send(&house, "long").await;
    assert_eq!(run_to_end(&house, &id).await.stage, Stage::Ready);
    assert!(count_calls(&house, "/connect/token").await >= 5, "an hour with tokens of ten minutes");
    let refused = house.vendor_log().await.iter().filter(|visit| visit["end"]["status"] == 401).count();
    assert_eq!(refused, 0, "renewed before they ran out");
}

#[tokio::test]
async fn case_21_a_dark_token_server_or_a_revoked_secret_never_fails_a_training() {
    let house = House::build().await;
    let id = send(&house, "long").await;
    let before = run_to(&house, &id, Stage::Training).await;
    for (refusal, health) in [
        (json!({"kind": "html", "status": 502}), HealthState::Unreachable),
        (json!({"kind": "oauth", "code": "invalid_client"}), HealthState::Refused),
    ] {
        house.script("*", json!({"token": [{ "answer": refusal }]})).await;
        let url = format!("http://{}/control/revoke-tokens", house.vendor_address());
        reqwest::Client::new().post(url).send().await.expect("the control API");
        house.pass(20 * MINUTE, 20 * SECOND).await;
        let unseen = house.see(&id).await;
        assert_eq!(unseen.stage, before.stage, "{refusal}");
        assert!(unseen.unseen_since.is_some(), "{refusal}");
        assert_eq!(house.core.connections.list_connections()[0].health.state, health, "{refusal}");
        house.script("*", json!({})).await;
        let test = house.core.connections.test_connection(&ConnectionId::new(SESTEK)).await;
        assert!(test.expect("tested").expect("there").ok, "{refusal}");
        house.pass(2 * MINUTE, 10 * SECOND).await;
        assert!(house.see(&id).await.unseen_since.is_none(), "{refusal}");
    }
    assert_eq!(run_to_end(&house, &id).await.stage, Stage::Ready);
    assert_eq!(house.vendor_runs("long").await, 1);
}

#[tokio::test]
async fn case_21_a_token_of_the_wrong_scope_is_named_by_the_test() {
    let house = House::build().await;
    house.script("*", json!({"token": [{"terms": {"scope": "SestekAI_Host_External"}}]})).await;
    let test = house.core.connections.test_connection(&ConnectionId::new(SESTEK)).await.unwrap().unwrap();
    assert!(test.warnings.iter().any(|warning| warning.contains("SestekAI_External")), "{test:?}");
}

#[tokio::test]
async fn case_29_nothing_that_the_vendor_cannot_do_is_promised() {
    let house = House::build().await;
    let capabilities = house.core.connections.list_connections()[0].capabilities;
    assert!(!capabilities.cancel && !capabilities.delete_at_vendor && !capabilities.list && !capabilities.loss);
    assert!(capabilities.watching_publishes);
    let id = send(&house, "unstoppable").await;
    let asked = house.vendor_log().await.len();
    let refused = house.core.trainings.cancel_training(&ada(), &id).await;
    assert!(matches!(refused, Err(TrainingFault::Unsupported(reason)) if reason.contains("cannot cancel")));
    assert_eq!(house.vendor_log().await.len(), asked, "the vendor is not asked for what it does not have");
    assert_eq!(house.see(&id).await.stage, Stage::Queued);
}
