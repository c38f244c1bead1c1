//! Watching models that were trained elsewhere, against the fake SESTEK, on a clock that the test holds.

use crate::support::house::{House, SESTEK};
use app::model::advice::Verdict;
use app::model::event::{EventKind, Source};
use app::model::ids::{ConnectionId, Kind, TrainingId, UserName, VendorRef};
use app::model::page::PageQuery;
use app::model::published::{ModelName, RedeployModel};
use app::model::stage::Stage;
use app::model::training::{AdoptTraining, Decision, RetryTraining, Training, TrainingChange};
use app::vendors::submission::PreviewTraining;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use trainyard::trainings::TrainingFault;

const SECOND: Duration = Duration::from_secs(1);

fn quick_plan() -> Value {
    let words = ["Initialized", "PendingTraining", "DatasetUploading", "DataProcessing", "TrainingStarted", "Training"];
    let later = ["Trained", "ModelUploading", "Publishing"];
    let durations: BTreeMap<_, _> = words.into_iter().chain(later).map(|word| (word, 2.0)).collect();
    json!({"plan": {"durations": durations}})
}

fn ada() -> UserName {
    UserName::new("ada")
}

async fn adopt(house: &House, model_id: &str) -> Training {
    let adopt = AdoptTraining {
        id: None,
        connection: ConnectionId::new(SESTEK),
        vendor_ref: VendorRef::new(model_id),
        kind: Some(Kind::new("sestek.clustering")),
    };
    house.core.trainings.adopt_training(&ada(), adopt).await.expect("adopted").training
}

async fn run_to_end(house: &House, id: &TrainingId) -> Training {
    for _ in 0..200 {
        house.pass(5 * SECOND, 5 * SECOND).await;
        let training = house.see(id).await;
        if training.stage.is_end() || training.stage == Stage::NeedsAttention {
            return training;
        }
    }
    panic!("{:#?} does not end", house.see(id).await);
}

#[tokio::test]
async fn case_30_an_adopted_model_is_watched_until_it_serves_and_stands_among_the_models() {
    let mut house = House::build().await;
    house.script("*", quick_plan()).await;
    // A name from before v1.69: capitals, an underscore, a dot.
    house.plant_run("My_Model.V1").await;
    let adopted = adopt(&house, "My_Model.V1").await;
    assert_eq!((adopted.stage, adopted.name.as_str(), adopted.submitted_at), (Stage::Queued, "My_Model.V1", None));
    house.restart().await;
    let ready = run_to_end(&house, &adopted.id).await;
    assert_eq!(ready.stage, Stage::Ready, "watching published it");
    let log = house.vendor_log().await;
    let asked = log.iter().filter_map(|visit| visit["path"].as_str()).find(|path| path.ends_with("/progress"));
    assert!(asked.is_some_and(|path| path.ends_with("/trainings/My_Model%2EV1/progress")), "{asked:?}");
    assert!(!log.iter().any(|visit| visit["path"].as_str().is_some_and(|path| path.ends_with("/train"))));

    let events = house.core.trainings.list_events(&adopted.id, &PageQuery::default()).await.expect("events").items;
    let first = events.first().expect("its first event");
    assert_eq!((first.kind, first.source, first.actor.clone()), (EventKind::Adopted, Source::Person, Some(ada())));
    let models = house.core.trainings.list_models(&PageQuery::default()).await.expect("models").items;
    assert_eq!(models.len(), 1);
    assert_eq!((models[0].current.id.clone(), models[0].readiness.is_running), (adopted.id, true));
    assert!(models[0].redeploy_blocked.as_ref().is_some_and(|why| why.contains("trained elsewhere")), "{models:?}");
}

#[tokio::test]
async fn a_model_that_served_before_it_was_adopted_becomes_ready_too() {
    let house = House::build().await;
    house.script("*", quick_plan()).await;
    house.plant_run("calls").await;
    house.clock.advance(600 * SECOND);
    let adopted = adopt(&house, "calls").await;
    assert_eq!(run_to_end(&house, &adopted.id).await.stage, Stage::Ready);
}

#[tokio::test]
async fn a_name_that_the_vendor_does_not_know_asks_a_person_and_hints_at_the_kind() {
    let house = House::build().await;
    let adopted = adopt(&house, "nothing-here").await;
    house.pass(120 * SECOND, 10 * SECOND).await;
    assert_eq!(house.see(&adopted.id).await.stage, Stage::Queued, "one missing answer proves nothing");
    house.pass(Duration::from_secs(900), 10 * SECOND).await;
    let lost = house.see(&adopted.id).await;
    assert_eq!(lost.stage, Stage::NeedsAttention);
    let failure = lost.failure.expect("why");
    assert!(failure.message.contains("no such model") && failure.message.contains("another kind"), "{failure:?}");
    let refused = house.core.trainings.settle_training(&ada(), &adopted.id, Decision::SendAgain).await;
    assert!(matches!(refused, Err(TrainingFault::Unsupported(_))), "{refused:?}");
    let ended = house.core.trainings.settle_training(&ada(), &adopted.id, Decision::GiveUp).await.expect("given up");
    assert_eq!(ended.stage, Stage::Failed);
    let trainings = &house.core.trainings;
    assert_eq!(trainings.list_models(&PageQuery::default()).await.expect("models").items.len(), 1);
    let archive = TrainingChange { archived: Some(true), ..TrainingChange::default() };
    trainings.change_training(&ada(), &adopted.id, archive).await.expect("archived");
    assert!(trainings.list_models(&PageQuery::default()).await.expect("models").items.is_empty());
    // With the name free again the right kind can be adopted.
    assert_ne!(adopt(&house, "nothing-here").await.id, adopted.id);
}

#[tokio::test]
async fn what_is_watched_already_is_refused_naming_the_training_and_a_submit_finds_it_in_the_way() {
    let house = House::build().await;
    house.script("*", quick_plan()).await;
    house.plant_run("calls").await;
    let adopted = adopt(&house, "calls").await;
    let again = AdoptTraining {
        id: Some(house.new_id()),
        connection: ConnectionId::new(SESTEK),
        vendor_ref: VendorRef::new("calls"),
        kind: None,
    };
    let refused = house.core.trainings.adopt_training(&ada(), again).await;
    assert!(matches!(&refused, Err(TrainingFault::Busy { owner, .. }) if *owner == adopted.id), "{refused:?}");
    let submit = house.new_clustering("calls").await;
    let refused = house.core.trainings.submit_training(&ada(), submit).await;
    assert!(matches!(&refused, Err(TrainingFault::Busy { owner, .. }) if *owner == adopted.id), "{refused:?}");
}

#[tokio::test]
async fn equal_adoptions_at_the_same_moment_make_one_training() {
    let house = House::build().await;
    let adopt = AdoptTraining {
        id: Some(house.new_id()),
        connection: ConnectionId::new(SESTEK),
        vendor_ref: VendorRef::new("calls"),
        kind: None,
    };
    let owner = ada();
    let calls = (0..6).map(|_| house.core.trainings.adopt_training(&owner, adopt.clone()));
    let answers = futures::future::join_all(calls).await;
    let made = answers.iter().filter(|answer| answer.as_ref().expect("adopted").is_new).count();
    assert_eq!(made, 1);
}

#[tokio::test]
async fn an_adopted_model_supersedes_ours_is_advised_on_with_a_question_and_counts_as_used() {
    let house = House::build().await;
    let mut script = quick_plan();
    script["plan"]["stale_answers"] = json!(2);
    house.script("*", script).await;
    let ours = house.submit("calls").await;
    assert_eq!(run_to_end(&house, &ours.id).await.stage, Stage::Ready);
    house.plant_run("calls").await;
    let adopted = adopt(&house, "calls").await;
    assert_eq!(house.see(&ours.id).await.superseded_by, None, "the vendor was not asked yet");
    assert_eq!(run_to_end(&house, &adopted.id).await.stage, Stage::Ready);
    assert_eq!(house.see(&ours.id).await.superseded_by, Some(adopted.id.clone()));

    let submit = house.new_clustering("calls").await;
    let question = PreviewTraining { connection: submit.connection.clone(), request: submit.request.clone() };
    let advice = house.core.trainings.preview_training(question).await.expect("a preview").advice.expect("advice");
    assert_eq!((advice.verdict, advice.compared_with), (Verdict::Ask, Some(adopted.id.clone())));
    let redeploy = RedeployModel {
        id: house.new_id(),
        connection: ConnectionId::new(SESTEK),
        vendor_ref: VendorRef::new("calls"),
    };
    let refused = house.core.trainings.redeploy_model(&ada(), redeploy).await;
    assert!(matches!(refused, Err(TrainingFault::Unsupported(_))), "{refused:?}");
    let retry = RetryTraining { id: house.new_id(), changes: serde_json::Map::new(), hold_if_busy: false };
    let refused = house.core.trainings.retry_training(&ada(), &adopted.id, retry).await;
    match refused {
        Err(TrainingFault::Unsupported(message)) => assert!(message.contains("trained elsewhere"), "{message}"),
        other => panic!("{other:?}"),
    }
    let name = ModelName { connection: ConnectionId::new(SESTEK), vendor_ref: VendorRef::new("calls") };
    let model = house.core.trainings.get_model(&name).await.expect("the model").model;
    assert_eq!(model.current.id, adopted.id);
}

#[tokio::test]
async fn an_adopted_name_that_the_vendor_does_not_know_leaves_ours_as_it_was() {
    let house = House::build().await;
    house.script("*", quick_plan()).await;
    let ours = house.submit("calls").await;
    assert_eq!(run_to_end(&house, &ours.id).await.stage, Stage::Ready);
    let gone = json!({"kind": "abp", "status": 404, "text": "There is no entity Experiment with id = calls!"});
    house.script("calls", json!({"progress": [{"answer": gone}]})).await;
    let adopted = adopt(&house, "calls").await;
    house.pass(20 * 60 * SECOND, 30 * SECOND).await;
    assert_eq!(house.see(&adopted.id).await.stage, Stage::NeedsAttention);
    let untouched = (Stage::Ready, None);
    let seen = house.see(&ours.id).await;
    assert_eq!((seen.stage, seen.superseded_by), untouched);
    house.core.trainings.settle_training(&ada(), &adopted.id, Decision::Link).await.expect("linked");
    let seen = house.see(&ours.id).await;
    assert_eq!((seen.stage, seen.superseded_by), untouched, "a person's word is not the vendor's");
}

#[tokio::test]
async fn a_wrongly_adopted_model_can_be_watched_no_more_and_its_name_is_free_again() {
    let house = House::build().await;
    house.script("*", json!({"progress": [{"wording": {"training_status": "Rebalancing"}}]})).await;
    house.plant_run("calls").await;
    let adopted = adopt(&house, "calls").await;
    house.pass(60 * SECOND, 5 * SECOND).await;
    let watched = house.see(&adopted.id).await;
    assert_eq!((watched.stage, watched.stalled_since), (Stage::Queued, None), "a word that nobody knows");
    let ended = house.core.trainings.settle_training(&ada(), &adopted.id, Decision::GiveUp).await.expect("given up");
    let failure = ended.failure.expect("why");
    assert_eq!(failure.message, "No longer watched: given up by a person.");
    assert!(!failure.retryable, "what it was trained with is not known");
    assert_ne!(adopt(&house, "calls").await.id, adopted.id);
}

#[tokio::test]
async fn a_known_names_kind_is_taken_where_none_is_given_and_another_one_is_refused() {
    let house = House::build().await;
    house.script("*", quick_plan()).await;
    let (model_id, known) = ("mails", Kind::new("sestek.classification"));
    let adopt = |kind: Option<&str>| AdoptTraining {
        id: None,
        connection: ConnectionId::new(SESTEK),
        vendor_ref: VendorRef::new(model_id),
        kind: kind.map(Kind::new),
    };
    let trainings = &house.core.trainings;
    house.plant_model(model_id, "classification").await;
    let first = trainings.adopt_training(&ada(), adopt(Some(known.as_str()))).await.expect("adopted").training;
    assert_eq!(run_to_end(&house, &first.id).await.stage, Stage::Ready);
    match trainings.adopt_training(&ada(), adopt(Some("sestek.clustering"))).await {
        Err(TrainingFault::Invalid(faults)) => {
            assert_eq!(faults.iter().map(|fault| fault.path.as_str()).collect::<Vec<_>>(), ["kind"]);
            assert!(faults[0].message.contains(known.as_str()), "{faults:?}");
        }
        other => panic!("{other:?}"),
    }
    let second = trainings.adopt_training(&ada(), adopt(None)).await.expect("adopted").training;
    assert_eq!(second.kind, known);
}

#[tokio::test]
async fn a_name_that_was_only_adopted_counts_as_used_before() {
    let house = House::build().await;
    house.script("*", quick_plan()).await;
    house.plant_run("calls").await;
    let adopted = adopt(&house, "calls").await;
    let (connection, vendor_ref) = (ConnectionId::new(SESTEK), VendorRef::new("calls"));
    let newer = house.new_id();
    let store = &house.core.store;
    assert!(store.was_ref_used(&connection, &vendor_ref, &newer).await.expect("asked"));
    assert!(!store.was_ref_used(&connection, &vendor_ref, &adopted.id).await.expect("asked"));
}
