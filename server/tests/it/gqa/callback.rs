//! The callback of a request: what the vendor is told, what people see of it, and the fake vendor's real calls.

use super::{ID, run_to_end, train_calls};
use crate::support::app::{Call, TestApp};
use crate::support::house::{House, SESTEK};
use app::model::callback::{CallbackProof, CallbackTiming};
use app::model::event::{Event, Source};
use app::model::ids::{ConnectionId, TrainingId, UserName};
use app::model::page::PageQuery;
use app::model::session::Role;
use app::model::stage::Stage;
use app::model::training::{Decision, RetryTraining, Training};
use app::vendors::TrainingRequest;
use app::vendors::submission::{NewTraining, PreviewTraining};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;
use trainyard::secret::{Secret, SecretRef};
use trainyard::trainings::{IncomingCallback, Received, TrainingFault};

const WORD: &str = "kept-canary-5uS81";
const MINUTE: Duration = Duration::from_secs(60);

fn new(house: &House, model_id: &str, callback: &Value) -> NewTraining {
    let request = json!({"kind": "sestek.gqa", "model_id": model_id, "project_name": "Help desk",
        "data": {"urls": ["https://files.example.com/manual.pdf"]}, "callback": callback});
    NewTraining {
        id: house.new_id(),
        connection: ConnectionId::new(SESTEK),
        name: None,
        request: TrainingRequest::parse(&request, "request").expect("a request"),
        hold_if_busy: false,
    }
}

async fn submit_with(house: &House, model_id: &str, callback: Value) -> Training {
    let new = new(house, model_id, &callback);
    house.core.trainings.submit_training(&UserName::new("ada"), new).await.expect("submitted").training
}

fn elsewhere() -> Value {
    json!({"address": "https://hooks.example.com/x?key=canary-7c2", "identity_address": "https://id.example.com/token",
        "client_id": "trainer", "client_secret_ref": "receiver"})
}

async fn keep(house: &House, name: &str) {
    let connections = &house.core.connections;
    connections
        .keep_secret(&ConnectionId::new(SESTEK), name, Secret::new(WORD), &UserName::new("ada"))
        .await
        .expect("kept");
}

async fn events_of(house: &House, id: &TrainingId) -> Vec<Event> {
    let page = PageQuery { after: None, limit: Some(200) };
    house.core.trainings.list_events(id, &page).await.expect("events").items
}

/// Lets the fake vendor make the callbacks that are due; all that were made so far.
async fn call_back(house: &House) -> Vec<Value> {
    let url = format!("http://{}/control/callbacks", house.vendor_address());
    let made: Value =
        reqwest::Client::new().post(url).send().await.expect("the control API").json().await.expect("JSON");
    made["callbacks"].as_array().expect("callbacks").clone()
}

/// The parts of the last train call whose names begin with `callback`: name, text, digest.
async fn callback_parts(house: &House) -> Vec<(String, Option<String>, Option<String>)> {
    let call = train_calls(house).await.pop().expect("a train call");
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let parts = call["end"]["parts"].as_array().expect("parts").iter();
    let parts = parts.filter(|part| part["name"].as_str().is_some_and(|name| name.starts_with("callback")));
    parts.map(|part| (text(&part["name"]).unwrap_or_default(), text(&part["value"]), text(&part["sha256"]))).collect()
}

fn digest(text: &str) -> Option<String> {
    Some(Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect())
}

#[tokio::test]
async fn ours_is_promised_before_the_vendor_is_told_and_it_is_told_all_four_parts() {
    let house = House::build().await;
    let training = submit_with(&house, "told", json!("ours")).await;
    assert_eq!(training.request.fields["callback"], "ours");
    house.step_submits().await;
    let offer = house.core.trainings.promise_callback(&training.id).await.expect("the same again");
    let parts = callback_parts(&house).await;
    let expected = [
        ("callbackAddress", None, digest(offer.address.expose())),
        ("callbackIdentityAddress", None, digest(offer.identity_address.expose())),
        ("callbackClientId", Some(offer.client_id.clone()), None),
        ("callbackClientSecret", None, digest(offer.client_secret.expose())),
    ];
    assert_eq!(parts, expected.map(|(name, text, digest)| (name.to_owned(), text, digest)));

    let silent = submit_with(&house, "silent", json!(null)).await;
    house.step_submits().await;
    assert_eq!(house.see(&silent.id).await.stage, Stage::Queued);
    assert_eq!(callback_parts(&house).await, []);
}

#[tokio::test]
async fn case_28_the_fake_vendor_gets_a_token_and_calls_back_and_the_poll_that_follows_says_so() {
    let house = House::build_reachable().await;
    for (model_id, script, token_status) in [
        ("at-the-address", json!({}), json!(200)),
        ("below-it", json!({"callback": {"token_below": true}}), json!(200)),
    ] {
        house.script(model_id, script).await;
        let training = submit_with(&house, model_id, json!("ours")).await;
        house.step_submits().await;
        let mut made = Vec::new();
        for _ in 0..240 {
            house.pass(MINUTE, Duration::from_secs(10)).await;
            made = call_back(&house).await;
            made.retain(|callback| callback["model_id"] == model_id);
            if !made.is_empty() {
                break;
            }
        }
        assert_eq!(made.len(), 1, "{made:?}");
        assert_eq!((&made[0]["said"], &made[0]["token_status"]), (&json!("train success"), &token_status));
        assert_eq!(made[0]["status"], 200, "{made:?}");
        let kept = house.core.trainings.list_callbacks_of(Some(&training.id)).await.expect("the inbox");
        assert_eq!((kept.len(), kept[0].proof), (1, CallbackProof::Token));
        assert_eq!(run_to_end(&house, &training).await.stage, Stage::Ready);
        assert_eq!(call_back(&house).await.iter().filter(|made| made["model_id"] == model_id).count(), 1);
    }
}

#[tokio::test]
async fn case_28_a_failed_run_is_called_back_about_and_only_the_poll_ends_it() {
    let house = House::build_reachable().await;
    house.script("failing", json!({"plan": {"fail_at": "DataProcessing"}})).await;
    let training = submit_with(&house, "failing", json!("ours")).await;
    house.step_submits().await;
    house.step_polls().await;
    // Nobody polls while the vendor fails.
    house.clock.advance(60 * MINUTE);
    let made = call_back(&house).await;
    assert_eq!((made[0]["said"].as_str(), made[0]["status"].as_u64()), (Some("train failed"), Some(200)), "{made:?}");
    assert!(!house.see(&training.id).await.stage.is_end(), "a callback is no fact");
    assert_eq!(house.step_polls().await, 1);
    assert_eq!(house.see(&training.id).await.stage, Stage::Failed);
    let sources: Vec<_> = events_of(&house, &training.id).await.iter().map(|event| event.source).collect();
    assert!(sources.contains(&Source::PollAfterCallback), "{sources:?}");
}

#[tokio::test]
async fn case_28_the_fake_vendors_odd_callbacks_change_nothing_but_the_inbox() {
    let house = House::build_reachable().await;
    let early = json!({"early": true});
    let odd = json!({"times": 2, "content_type": "application/x-odd; v=\"1\"", "body": "<done/>", "token": "wrong"});
    let large = json!({"size_bytes": 1_048_576, "token": "absent"});
    let late = json!({"late_seconds": 7_200.0});
    for (model_id, plan, statuses, kept) in [
        ("early", early, vec![json!(200)], Some((CallbackTiming::Early, CallbackProof::Token, 1))),
        ("odd", odd, vec![json!(200), json!(200)], Some((CallbackTiming::Late, CallbackProof::WrongToken, 2))),
        ("large", large, vec![json!(413)], None),
        ("late", late, vec![json!(200)], Some((CallbackTiming::Late, CallbackProof::Token, 1))),
        ("never", json!({"never": true}), vec![], None),
    ] {
        house.script(model_id, json!({ "callback": plan })).await;
        let training = submit_with(&house, model_id, json!("ours")).await;
        let ended = run_to_end(&house, &training).await;
        assert_eq!(ended.stage, Stage::Ready, "{model_id}");
        // A vendor notices the end of a run when it looks.
        call_back(&house).await;
        house.clock.advance(121 * MINUTE);
        let mut made = call_back(&house).await;
        made.retain(|callback| callback["model_id"] == model_id);
        let answered: Vec<_> = made.iter().map(|callback| callback["status"].clone()).collect();
        assert_eq!(answered, statuses, "{model_id}: {made:?}");
        let inbox = house.core.trainings.list_callbacks_of(Some(&training.id)).await.expect("the inbox");
        let shown = inbox.first().map(|callback| (callback.timing, callback.proof, callback.repeated));
        assert_eq!(shown, kept, "{model_id}");
        assert_eq!(house.see(&training.id).await.state(), ended.state(), "{model_id}");
        assert_eq!(house.vendor_runs(model_id).await, 1, "{model_id}");
    }
}

#[tokio::test]
async fn elsewhere_is_told_the_kept_secret_and_this_server_promises_nothing() {
    let house = House::build().await;
    keep(&house, "receiver").await;
    let training = submit_with(&house, "theirs", elsewhere()).await;
    house.step_submits().await;
    let parts = callback_parts(&house).await;
    assert_eq!(parts[0].2, digest("https://hooks.example.com/x?key=canary-7c2"));
    assert_eq!(parts[1].2, digest("https://id.example.com/token"));
    assert_eq!((parts[2].1.as_deref(), &parts[3].2), (Some("trainer"), &digest(WORD)));
    assert_eq!(run_to_end(&house, &training).await.stage, Stage::Ready);
    house.clock.advance(60 * MINUTE);
    let inbox = house.core.trainings.list_callbacks(&PageQuery::default()).await.expect("the inbox");
    assert_eq!(inbox.missing, [], "nobody promised one to come here");
    let made = call_back(&house).await;
    let problem = made[0]["problem"].as_str().unwrap_or_default();
    assert!(problem.contains("this machine") && made[0]["status"].is_null(), "the fake calls nobody else: {made:?}");
}

#[tokio::test]
async fn a_kept_secret_that_is_missing_is_named_at_submit_and_one_that_went_ends_the_send() {
    let house = House::build().await;
    let refused = house.core.trainings.submit_training(&UserName::new("ada"), new(&house, "a", &elsewhere())).await;
    let Err(TrainingFault::Invalid(faults)) = refused else { panic!("it is refused") };
    assert_eq!(faults[0].path, "request.callback.client_secret_ref");
    keep(&house, "receiver").await;
    let training = submit_with(&house, "went", elsewhere()).await;
    house.core.connections.forget_secret(&ConnectionId::new(SESTEK), "receiver").await.expect("forgotten");
    house.step_submits().await;
    let rejected = house.see(&training.id).await;
    assert_eq!(rejected.stage, Stage::Rejected);
    assert!(rejected.failure.expect("a reason").message.contains("\"receiver\""));
    assert!(train_calls(&house).await.is_empty(), "nothing was sent");
}

#[tokio::test]
async fn the_preview_shows_no_secret_and_warns_where_nobody_can_call_back() {
    let mut house = House::build().await;
    keep(&house, "receiver").await;
    let preview = async |house: &House, callback: &Value| {
        let NewTraining { connection, request, .. } = new(house, "shown", callback);
        house.core.trainings.preview_training(PreviewTraining { connection, request }).await.expect("a preview")
    };
    let ours = preview(&house, &json!("ours")).await;
    assert!(ours.curl.contains("'callbackAddress=http://127.0.0.1:3000/callbacks/[secret]'"), "{}", ours.curl);
    assert!(ours.curl.contains("'callbackClientSecret=[secret]'"), "{}", ours.curl);
    assert_eq!(ours.warnings[0].path, "request.callback");
    assert_eq!(preview(&house, &json!(null)).await.warnings, []);
    let theirs = preview(&house, &elsewhere()).await;
    assert!(!format!("{theirs:?}").contains("canary"), "{theirs:?}");
    assert_eq!(theirs.warnings, []);
    house.config.server.public_url = "https://trainyard.example.com/".parse().expect("an URL");
    house.restart().await;
    assert_eq!(preview(&house, &json!("ours")).await.warnings, [], "a public address is reached");
    house.config.server.public_url = "http://127.0.0.1:3000".parse().expect("an URL");
    house.config.connections[0].sandbox = true;
    house.restart().await;
    assert_eq!(preview(&house, &json!("ours")).await.warnings, [], "the fake vendor is on this machine too");
    for unreached in ["https://trainyard.example.com", "https://127.0.0.1:3000"] {
        house.config.server.public_url = unreached.parse().expect("an URL");
        house.restart().await;
        let warnings = preview(&house, &json!("ours")).await.warnings;
        assert!(warnings.iter().any(|warning| warning.message.contains("fake vendors")), "{unreached}: {warnings:?}");
    }
}

#[tokio::test]
async fn a_training_that_the_vendor_never_had_misses_no_callback() {
    let house = House::build().await;
    house.script("*", json!({"train": [{"answer": {"kind": "html"}}]})).await;
    let training = submit_with(&house, "never-had", json!("ours")).await;
    for _ in 0..200 {
        house.pass(Duration::from_secs(10), Duration::from_secs(10)).await;
    }
    assert_eq!(house.see(&training.id).await.stage, Stage::NeedsAttention);
    let ada = UserName::new("ada");
    house.core.trainings.settle_training(&ada, &training.id, Decision::GiveUp).await.expect("given up");
    house.clock.advance(Duration::from_secs(3_600));
    assert_eq!(house.core.trainings.note_missing_callbacks().await.expect("noted"), 0);
}

#[tokio::test]
async fn a_promise_made_again_under_another_key_is_the_one_that_counts() {
    let mut house = House::build().await;
    let training = submit_with(&house, "rekeyed", json!("ours")).await;
    let first = house.core.trainings.promise_callback(&training.id).await.expect("promised");
    let folder = tempfile::tempdir().expect("a folder");
    house.config.vault.key = SecretRef::File(folder.path().join("another.key"));
    house.restart().await;
    let second = house.core.trainings.promise_callback(&training.id).await.expect("promised");
    assert_ne!(first.address.expose(), second.address.expose());
    let path = second.address.expose().rsplit('/').next().expect("a path").to_owned();
    let came = IncomingCallback { content_type: None, body: "train success".into(), bearer: None };
    let received = house.core.trainings.receive_callback(&path, came).await.expect("kept");
    assert_eq!(received, Received::Kept);
}

#[tokio::test]
async fn what_the_vendor_echoes_of_a_callback_is_kept_nowhere() {
    let house = House::build().await;
    let training = submit_with(&house, "echo", json!("ours")).await;
    let offer = house.core.trainings.promise_callback(&training.id).await.expect("the offer");
    let (address, secret) = (offer.address.expose().to_owned(), offer.client_secret.expose().to_owned());
    let text = format!("Cannot call {address} with the word {secret} of yours.");
    let refusal = json!({"train": [{"calls": 1, "answer": {"kind": "abp", "status": 403, "text": text}}]});
    house.script("echo", refusal).await;
    let rejected = run_to_end(&house, &training).await;
    assert_eq!(rejected.stage, Stage::Rejected);
    let page = PageQuery { after: None, limit: Some(200) };
    let answers = house.core.trainings.list_answers(&training.id, &page).await.expect("answers").items;
    let kept = format!("{rejected:?} {:?} {answers:?}", events_of(&house, &training.id).await);
    let part = address.rsplit('/').next().expect("its secret part");
    assert!(kept.contains("Cannot call") && !kept.contains(part) && !kept.contains(&secret), "{kept}");
}

#[tokio::test]
async fn viewers_see_a_callback_elsewhere_without_its_queries_and_faults_come_all_at_once() {
    let app = TestApp::start().await;
    let operator = app.token("omar", Role::Operator).await;
    let viewer = app.token("vera", Role::Viewer).await;
    let body = |callback: Value| {
        json!({"id": ID, "connection": "knovvu", "request": {"kind": "sestek.gqa", "model_id": "answers",
            "project_name": "Help desk", "data": {"urls": ["https://a.example"]}, "callback": callback}})
    };
    let post = async |callback: Value| {
        let (status, _, answer) = app.ask(Call::post("/api/v1/trainings").token(&operator).json(&body(callback))).await;
        (status.as_u16(), answer)
    };
    let paths = |answer: &Value| -> Vec<String> {
        let fields = answer["fields"].as_array().expect("faults").iter();
        fields.map(|fault| fault["path"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let broken = json!({"address": "http://hooks.example.com/?canary-7c2", "identity_address": "x", "client_id": ""});
    let (status, answer) = post(broken).await;
    let expected = ["address", "identity_address", "client_id", "client_secret_ref"];
    assert_eq!((status, paths(&answer)), (422, expected.map(|name| format!("request.callback.{name}")).to_vec()));
    assert!(!answer.to_string().contains("canary"), "{answer}");
    let (status, answer) = post(elsewhere()).await;
    let missing = vec!["request.callback.client_secret_ref".to_owned()];
    assert_eq!((status, paths(&answer)), (422, missing), "{answer}");
    let knovvu = ConnectionId::new("knovvu");
    app.core
        .connections
        .keep_secret(&knovvu, "receiver", Secret::new(WORD), &UserName::new("ada"))
        .await
        .expect("kept");
    assert_eq!(post(elsewhere()).await.0, 201);
    for (token, is_hidden) in [(&viewer, true), (&operator, false)] {
        let (_, _, seen) = app.ask(Call::get(&format!("/api/v1/trainings/{ID}")).token(token)).await;
        assert_eq!(!seen.to_string().contains("canary-7c2"), is_hidden, "{seen}");
        assert_eq!(seen["request"]["callback"]["client_secret_ref"], "receiver");
        assert!(!seen.to_string().contains(WORD), "{seen}");
    }
}

#[tokio::test]
async fn a_retry_keeps_the_callback_unless_it_says_otherwise_and_null_is_none() {
    let house = House::build().await;
    house.script("again", json!({"plan": {"fail_at": "Initialized"}})).await;
    let first = submit_with(&house, "again", json!("ours")).await;
    assert_eq!(run_to_end(&house, &first).await.stage, Stage::Failed);
    let mut older = first;
    for (changes, expected) in [
        (json!({}), json!("ours")),
        (json!({"callback": null}), json!(null)),
        (json!({}), json!(null)),
        (json!({"callback": "ours"}), json!("ours")),
    ] {
        let changes = changes.as_object().expect("changes").clone();
        let retry = RetryTraining { id: house.new_id(), changes, hold_if_busy: false };
        let again = house.core.trainings.retry_training(&UserName::new("ada"), &older.id, retry).await.expect("again");
        assert_eq!(again.training.request.fields["callback"], expected);
        older = run_to_end(&house, &again.training).await;
        assert_eq!(older.stage, Stage::Failed);
    }
}
