//! Generative question answering through the whole house: by the API to the strict fake, and what viewers get to see.

mod callback;

use crate::support::app::{Call, TestApp};
use crate::support::house::{House, SESTEK};
use app::model::ids::{ConnectionId, UserName, VendorRef};
use app::model::page::PageQuery;
use app::model::published::ModelName;
use app::model::session::{Caller, Role};
use app::model::stage::Stage;
use app::model::training::{RetryTraining, Training};
use app::vendors::TrainingRequest;
use app::vendors::submission::NewTraining;
use serde_json::{Value, json};
use std::time::Duration;
use trainyard::web::backend::build_backend;

const ID: &str = "0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4e";
const SIGNED: &str = "https://files.example.com/manual.pdf?signature=canary-7c2";

async fn submit(house: &House, model_id: &str, data: Value) -> Training {
    let request = json!({"kind": "sestek.gqa", "model_id": model_id, "project_name": "Help desk", "data": data});
    let new = NewTraining {
        id: house.new_id(),
        connection: ConnectionId::new(SESTEK),
        name: None,
        request: TrainingRequest::parse(&request, "request").expect("a request"),
        hold_if_busy: false,
    };
    house.core.trainings.submit_training(&UserName::new("ada"), new).await.expect("submitted").training
}

async fn run_to_end(house: &House, training: &Training) -> Training {
    for _ in 0..4 * 60 {
        house.pass(Duration::from_secs(60), Duration::from_secs(10)).await;
        let now = house.see(&training.id).await;
        if now.stage.is_end() {
            return now;
        }
    }
    house.see(&training.id).await
}

/// The visits to the train path.
async fn train_calls(house: &House) -> Vec<Value> {
    let log = house.vendor_log().await;
    log.into_iter().filter(|visit| visit.to_string().contains("-trainings/train")).collect()
}

#[tokio::test]
async fn several_files_are_sent_in_one_call_and_the_model_is_watched_to_ready() {
    let house = House::build().await;
    let first = house.upload("guide.md", b"# Guide").await;
    let second = house.upload("guide.md", b"# Another guide").await;
    let training = submit(&house, "answers", json!({"files": [first, second]})).await;
    let roles: Vec<_> = training.datasets.iter().map(|used| (used.role.as_str(), used.sha256.clone())).collect();
    assert_eq!(roles, [("files", first), ("files", second)]);
    let ready = run_to_end(&house, &training).await;
    assert_eq!(ready.stage, Stage::Ready, "{ready:?}");
    assert_eq!(house.vendor_runs("answers").await, 1);

    let calls = train_calls(&house).await;
    assert_eq!(calls.len(), 1);
    let parts = calls[0]["end"]["parts"].as_array().expect("parts");
    let shown: Vec<_> = parts
        .iter()
        .map(|part| (part["name"].as_str().unwrap_or(""), part["file_name"].as_str(), part["size_bytes"].as_u64()))
        .collect();
    assert_eq!(shown[0].0, "modelId");
    assert_eq!(shown[1].0, "projectName");
    assert_eq!(shown[2..4], [("dataFiles", Some("guide.md"), Some(7)), ("dataFiles", Some("guide-2.md"), Some(15))]);
}

#[tokio::test]
async fn case_18_an_address_is_sent_whole_and_its_query_stays_out_of_answers_and_history() {
    let house = House::build().await;
    let text = format!("Cannot read {SIGNED} today.");
    let refusal = json!({"train": [{"calls": 1, "answer": {"kind": "abp", "status": 403, "text": text}}]});
    house.script("links", refusal).await;
    let training = submit(&house, "links", json!({"urls": [SIGNED]})).await;
    let rejected = run_to_end(&house, &training).await;
    assert_eq!(rejected.stage, Stage::Rejected);
    let failure = rejected.failure.expect("a failure");
    assert!(failure.message.contains("Cannot read https://files.example.com/manual.pdf"), "{failure:?}");
    let sent = train_calls(&house).await.remove(0)["end"]["parts"].clone();
    assert!(sent.to_string().contains("canary-7c2"), "the vendor needs the whole address: {sent}");

    let page = PageQuery { after: None, limit: Some(200) };
    let events = house.core.trainings.list_events(&training.id, &page).await.expect("events").items;
    let answers = house.core.trainings.list_answers(&training.id, &page).await.expect("answers").items;
    let kept = format!("{failure:?} {events:?} {answers:?}");
    assert!(!answers.is_empty() && !kept.contains("canary-7c2"), "{kept}");

    // A retry sends the kept address again, whole.
    let retry = RetryTraining { id: house.new_id(), changes: serde_json::Map::new(), hold_if_busy: false };
    let again = house.core.trainings.retry_training(&UserName::new("ada"), &training.id, retry).await.expect("again");
    let ready = run_to_end(&house, &again.training).await;
    assert_eq!(ready.stage, Stage::Ready);
    assert_eq!(train_calls(&house).await.len(), 2);
    assert!(train_calls(&house).await[1].to_string().contains("canary-7c2"));
}

fn body(data: Value) -> Value {
    json!({"id": ID, "connection": "knovvu", "request": {
        "kind": "sestek.gqa", "model_id": "answers", "project_name": "Help desk", "data": data}})
}

#[tokio::test]
async fn case_18_viewers_see_addresses_without_their_queries() {
    let app = TestApp::start().await;
    let operator = app.token("omar", Role::Operator).await;
    let viewer = app.token("vera", Role::Viewer).await;
    let post = Call::post("/api/v1/trainings").token(&operator).json(&body(json!({"urls": [SIGNED]})));
    let (status, _, training) = app.ask(post).await;
    assert_eq!(status.as_u16(), 201, "{training}");
    assert_eq!(training["request"]["data"]["urls"][0], SIGNED);

    let path = format!("/api/v1/trainings/{ID}");
    for path in [path.as_str(), "/api/v1/trainings", &format!("{path}/events"), &format!("{path}/answers")] {
        let (status, _, seen) = app.ask(Call::get(path).token(&viewer)).await;
        assert_eq!(status.as_u16(), 200, "{seen}");
        assert!(!seen.to_string().contains("canary-7c2"), "{path}: {seen}");
    }
    let (_, _, seen) = app.ask(Call::get(&path).token(&viewer)).await;
    assert_eq!(seen["request"]["data"]["urls"], json!(["https://files.example.com/manual.pdf?[redacted]"]));
    let (_, _, seen) = app.ask(Call::get(&path).token(&operator)).await;
    assert_eq!(seen["request"]["data"]["urls"], json!([SIGNED]));

    let mut preview = body(json!({"urls": [SIGNED]}));
    preview.as_object_mut().unwrap().remove("id");
    let (status, _, shown) = app.ask(Call::post("/api/v1/trainings/preview").token(&operator).json(&preview)).await;
    assert_eq!(status.as_u16(), 200, "{shown}");
    assert!(shown["url"].as_str().unwrap().ends_with("/generative-question-answering-trainings/train"));
    assert!(!shown.to_string().contains("canary-7c2"), "{shown}");
}

#[tokio::test]
async fn case_18_no_list_of_trainings_shows_a_viewer_an_addresss_query() {
    let house = House::build().await;
    let training = submit(&house, "answers", json!({"urls": [SIGNED]})).await;
    let core = &house.core;
    let backend = build_backend(core.trainings.clone(), core.connections.clone(), core.datasets.clone());
    let model = ModelName { connection: training.connection.clone(), vendor_ref: VendorRef::new("answers") };
    let read = async |role| {
        let caller = Caller { name: UserName::new("somebody"), role };
        let now = backend.history.now_board(&caller).await.expect("the board");
        let models = backend.models.list_models(&caller, PageQuery::default()).await.expect("the models");
        let history = backend.models.get_model(&caller, &model).await.expect("the model");
        assert!(!models.items.is_empty() && !history.trainings.is_empty());
        [json!(now), json!(models), json!(history)].map(|answer| answer.to_string())
    };
    house.step_submits().await;
    for _ in 0..2 {
        assert!(read(Role::Operator).await.iter().all(|answer| answer.contains("canary-7c2")));
        for answer in read(Role::Viewer).await {
            assert!(!answer.contains("canary-7c2") && answer.contains("manual.pdf"), "{answer}");
        }
        run_to_end(&house, &training).await;
    }
}

#[tokio::test]
async fn faults_name_their_field_and_quote_no_address() {
    let app = TestApp::start().await;
    let token = app.token("omar", Role::Operator).await;
    let unknown = "a".repeat(64);
    for (data, path) in [
        (json!({"urls": ["ftp://files.example.com/?signature=canary-7c2"]}), "request.data.urls.0"),
        (json!({"urls": [SIGNED], "files": [unknown]}), "request.data"),
        (json!({"files": [unknown]}), "request.data.files.0"),
    ] {
        let (status, _, refusal) = app.ask(Call::post("/api/v1/trainings").token(&token).json(&body(data))).await;
        assert_eq!(status.as_u16(), 422, "{refusal}");
        assert_eq!(refusal["fields"][0]["path"], path, "{refusal}");
        assert!(!refusal.to_string().contains("canary-7c2"), "{refusal}");
    }
}
