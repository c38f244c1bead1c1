//! Models and the advice on them, against the fake SESTEK: cases 4, 10 and 11 of its contract's list, and G45's part.

use crate::support::house::{House, SESTEK};
use app::model::advice::Verdict;
use app::model::event::EventKind;
use app::model::ids::{ConnectionId, TrainingId, UserName, VendorRef};
use app::model::page::PageQuery;
use app::model::published::{MissingCondition, Model, ModelName, RedeployModel};
use app::model::stage::Stage;
use app::model::training::{Decision, Training};
use app::vendors::TrainingRequest;
use app::vendors::submission::{NewTraining, PreviewTraining};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// A plan that is through in some seconds, whose model sleeps a minute after it began to serve.
fn quick_plan(sleep_after_seconds: Option<f64>) -> Value {
    let words = ["Initialized", "PendingTraining", "DatasetUploading", "DataProcessing", "TrainingStarted", "Training"];
    let later = ["Trained", "ModelUploading", "Publishing"];
    let durations: BTreeMap<_, _> = words.into_iter().chain(later).map(|word| (word, 1.0)).collect();
    match sleep_after_seconds {
        Some(seconds) => json!({"plan": {"durations": durations, "sleep_after_seconds": seconds}}),
        None => json!({"plan": {"durations": durations}}),
    }
}

fn ada() -> UserName {
    UserName::new("ada")
}

fn name(model_id: &str) -> ModelName {
    ModelName { connection: ConnectionId::new(SESTEK), vendor_ref: VendorRef::new(model_id) }
}

async fn run_to_ready(house: &House, id: &TrainingId) -> Training {
    for _ in 0..200 {
        house.pass(SECOND * 5, SECOND * 5).await;
        let training = house.see(id).await;
        if training.stage.is_end() {
            assert_eq!(training.stage, Stage::Ready, "{training:#?}");
            return training;
        }
    }
    panic!("{id} does not become ready");
}

async fn preview(house: &House, new: &NewTraining) -> (Verdict, bool) {
    let question = PreviewTraining { connection: new.connection.clone(), request: new.request.clone() };
    let advice = house.core.trainings.preview_training(question).await.unwrap().advice.unwrap();
    assert!(!advice.reason.is_empty());
    (advice.verdict, advice.warning.is_some())
}

/// How often an address that ends so was asked.
async fn count_asked(house: &House, path_end: &str) -> usize {
    let log = house.vendor_log().await;
    log.iter().filter(|request| request["path"].as_str().is_some_and(|path| path.ends_with(path_end))).count()
}

async fn look(house: &House, model_id: &str) -> Model {
    house.core.trainings.get_model(&name(model_id)).await.unwrap().model
}

#[tokio::test]
async fn case_10_the_advice_stands_in_the_preview_and_a_submit_against_it_is_recorded() {
    let house = House::build().await;
    house.script("*", quick_plan(None)).await;
    let first = house.new_clustering("calls").await;
    assert_eq!(preview(&house, &first).await, (Verdict::Retrain, false));
    let request = first.request.clone();
    let first = house.core.trainings.submit_training(&ada(), first).await.unwrap().training;
    run_to_ready(&house, &first.id).await;

    let again = house.new_clustering("calls").await;
    assert_eq!(again.request, request);
    assert_eq!(preview(&house, &again).await, (Verdict::Redeploy, true));
    let again = house.core.trainings.submit_training(&ada(), again).await.unwrap().training;
    let events = house.core.trainings.list_events(&again.id, &PageQuery::default()).await.unwrap().items;
    let created = events.iter().find(|event| event.kind == EventKind::Created).unwrap();
    assert!(
        created.message.as_ref().is_some_and(|text| text.contains("Against the advice to redeploy")),
        "{created:?}"
    );
    run_to_ready(&house, &again.id).await;

    let mut wake = house.new_clustering("calls").await;
    wake.request = request.redeployment().unwrap();
    assert_eq!(preview(&house, &wake).await, (Verdict::Redeploy, false));
    let mut changed = json!({"kind": "sestek.clustering"});
    changed.as_object_mut().unwrap().extend(wake.request.freeze().fields);
    changed["num_clusters"] = json!(7);
    wake.request = TrainingRequest::parse(&changed, "request").unwrap();
    assert_eq!(preview(&house, &wake).await, (Verdict::Retrain, true));
    let first_events = house.core.trainings.list_events(&first.id, &PageQuery::default()).await.unwrap().items;
    assert_eq!(first_events[0].message, None);
}

#[tokio::test]
async fn case_11_a_sleeping_model_is_seen_and_woken_with_force_train_false() {
    let mut house = House::build().await;
    house.script("*", quick_plan(Some(60.0))).await;
    let first = house.submit("calls").await;
    run_to_ready(&house, &first.id).await;
    let model = look(&house, "calls").await;
    assert_eq!((model.readiness.missing, model.readiness.is_awake), (None, Some(true)));
    assert_eq!(model.made_by.as_ref().map(|made| &made.id), Some(&first.id));
    let call = model.inference.unwrap();
    assert!(call.url.ends_with("/published/sandbox-calls/v1/text/clustering/inference"), "{}", call.url);
    assert!(call.curl.contains("<token>"), "{}", call.curl);

    house.clock.advance(SECOND * 120);
    let asleep = house.core.trainings.check_model(&name("calls")).await.unwrap();
    assert_eq!(asleep.readiness.missing, Some(MissingCondition::Awake));
    // The training stays what it was: sleeping is no failure.
    assert_eq!(asleep.current.stage, Stage::Ready);
    // A second question at once asks nobody; a restart keeps what was heard.
    let asked = count_asked(&house, "/ready").await;
    house.core.trainings.check_model(&name("calls")).await.unwrap();
    assert_eq!(count_asked(&house, "/ready").await, asked);
    house.restart().await;
    assert_eq!(look(&house, "calls").await.readiness.is_awake, Some(false));

    let redeploy = || RedeployModel {
        id: TrainingId::parse("0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4e").unwrap(),
        connection: ConnectionId::new(SESTEK),
        vendor_ref: VendorRef::new("calls"),
    };
    let woken = house.core.trainings.redeploy_model(&ada(), redeploy()).await.unwrap();
    assert!(woken.is_new && !house.core.trainings.redeploy_model(&ada(), redeploy()).await.unwrap().is_new);
    assert_eq!(woken.training.request.fields["force_train"], json!(false));
    assert!(look(&house, "calls").await.redeploy_blocked.is_some());
    run_to_ready(&house, &woken.training.id).await;
    let awake = look(&house, "calls").await;
    assert_eq!((awake.readiness.missing, awake.current.id), (None, woken.training.id));
    assert_eq!(awake.made_by.map(|made| made.id), Some(first.id.clone()));
    assert_eq!(house.see(&first.id).await.stage, Stage::Superseded);
    assert_eq!(house.vendor_runs("calls").await, 2);
}

#[tokio::test]
async fn case_11_a_readiness_answer_in_any_letters_is_read_and_any_other_is_told() {
    let house = House::build().await;
    house.script("*", quick_plan(None)).await;
    let first = house.submit("calls").await;
    run_to_ready(&house, &first.id).await;
    for (body, expected) in
        [("False", Some(false)), ("\"true\"", Some(true)), ("\"false\"", Some(false)), ("<html>", None)]
    {
        house.clock.advance(SECOND * 60);
        let step = json!({"answer": {"kind": "raw", "status": 200, "content_type": "application/json", "text": body}});
        house.script("calls", json!({"ready": [step]})).await;
        let checked = house.core.trainings.check_model(&name("calls")).await;
        assert_eq!(checked.ok().and_then(|model| model.readiness.is_awake), expected, "{body}");
    }
}

#[tokio::test]
async fn case_4_and_6_a_model_that_is_trained_but_not_served_says_which_condition_is_missing() {
    let house = House::build().await;
    let mut script = quick_plan(None);
    script["plan"]["stuck_at"] = json!("Publishing");
    house.script("calls", script).await;
    let mut script = quick_plan(None);
    script["plan"]["stuck_at"] = json!("ModelUploading");
    house.script("mails", script).await;
    house.submit("calls").await;
    house.submit("mails").await;
    house.pass(SECOND * 120, SECOND * 10).await;
    let calls = look(&house, "calls").await.readiness;
    assert_eq!((calls.is_trained, calls.is_running, calls.missing), (true, false, Some(MissingCondition::Running)));
    let mails = look(&house, "mails").await.readiness;
    assert_eq!((mails.is_trained, mails.missing), (false, Some(MissingCondition::Trained)));
    let page = house.core.trainings.list_models(&PageQuery { after: None, limit: Some(1) }).await.unwrap();
    let next = PageQuery { after: page.next.clone(), limit: Some(1) };
    let rest = house.core.trainings.list_models(&next).await.unwrap();
    let names = [&page.items, &rest.items].map(|items| items[0].vendor_ref.to_string());
    assert_eq!((names, rest.next), (["mails".to_owned(), "calls".to_owned()], None));
}

#[tokio::test]
async fn g45_looking_at_models_asks_no_vendor() {
    let house = House::build().await;
    house.script("*", quick_plan(None)).await;
    let first = house.submit("calls").await;
    run_to_ready(&house, &first.id).await;
    let before = house.vendor_log().await.len();
    for _ in 0..20 {
        look(&house, "calls").await;
        house.core.trainings.list_models(&PageQuery::default()).await.unwrap();
    }
    assert_eq!(house.vendor_log().await.len(), before);
}

#[tokio::test]
async fn a_training_that_was_given_up_before_the_vendor_had_it_leaves_the_model_as_it_was() {
    let house = House::build().await;
    house.script("*", quick_plan(None)).await;
    let first = house.submit("calls").await;
    run_to_ready(&house, &first.id).await;
    house.script("calls", json!({"train": [{"calls": 1, "answer": {"kind": "html"}}]})).await;
    let second = house.submit("calls").await;
    house.pass(Duration::from_secs(1_500), SECOND * 10).await;
    assert_eq!(house.see(&second.id).await.stage, Stage::NeedsAttention);
    assert_eq!(look(&house, "calls").await.readiness.missing, None, "in doubt, the model still serves");
    house.core.trainings.settle_training(&ada(), &second.id, Decision::GiveUp).await.expect("given up");
    let model = look(&house, "calls").await;
    assert_eq!((model.current.id, model.readiness.missing), (first.id.clone(), None));
    let listed = house.core.trainings.list_models(&PageQuery::default()).await.expect("models").items;
    assert_eq!(listed.iter().map(|model| &model.current.id).collect::<Vec<_>>(), [&first.id]);
}
