//! Hold and send when free: the queue of a model id, stepped with the test's own clock against the strict fake vendors.

#[cfg(feature = "failpoints")]
mod crash;
mod routes;

use crate::support::database::Engine;
use crate::support::house::{House, SESTEK};
use app::model::event::{EventKind, Source};
use app::model::ids::{ConnectionId, TrainingId, UserName, VendorRef};
use app::model::page::PageQuery;
use app::model::published::ModelName;
use app::model::stage::Stage;
use app::model::training::{AdoptTraining, Decision, Held, RetryTraining, Training, TrainingChange, WaitingReason};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use trainyard::trainings::TrainingFault;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// A plan whose training proper lasts so many seconds.
fn plan(training_seconds: f64) -> Value {
    let words = ["Initialized", "PendingTraining", "DatasetUploading", "DataProcessing", "TrainingStarted", "Trained"];
    let mut durations: BTreeMap<_, _> = words.into_iter().map(|word| (word, 1.0)).collect();
    durations.extend([("Training", training_seconds), ("ModelUploading", 1.0), ("Publishing", 1.0)]);
    json!({"plan": {"durations": durations}})
}

fn ada() -> UserName {
    UserName::new("ada")
}

async fn hold(house: &House, model_id: &str) -> Training {
    let mut new = house.new_clustering(model_id).await;
    new.hold_if_busy = true;
    new.name = Some(format!("{model_id} {}", new.id.as_str().trim_start_matches("0198f7c2-7a10-7cc3-8a9e-0000")));
    house.core.trainings.submit_training(&ada(), new).await.expect("submitted").training
}

/// Behind whom it is held, and at which place.
async fn place_of(house: &House, id: &TrainingId) -> Option<(Option<TrainingId>, u32)> {
    let training = house.see(id).await;
    let Held { behind, place } = training.held()?.clone();
    assert_eq!((training.stage, training.submitted_at), (Stage::Submitting, None));
    assert_eq!(training.waiting.as_ref().map(|waiting| waiting.reason), Some(WaitingReason::Held));
    Some((behind.map(|behind| behind.id), place))
}

async fn train_calls(house: &House) -> Vec<i64> {
    let log = house.vendor_log().await;
    let trains = log.iter().filter(|visit| visit["path"].as_str().is_some_and(|path| path.ends_with("/train")));
    trains.map(|visit| visit["at_ms"].as_i64().expect("a time")).collect()
}

async fn run_to_end(house: &House, id: &TrainingId) -> Training {
    for _ in 0..400 {
        let training = house.see(id).await;
        if training.stage.is_end() {
            return training;
        }
        house.pass(5 * SECOND, 5 * SECOND).await;
    }
    panic!("{:#?} does not end", house.see(id).await);
}

/// Polls until it ends, and sends nothing.
async fn poll_to_end(house: &House, id: &TrainingId) {
    for _ in 0..400 {
        if house.see(id).await.stage.is_end() {
            return;
        }
        house.clock.advance(5 * SECOND);
        house.step_polls().await;
    }
    panic!("{:#?} does not end", house.see(id).await);
}

async fn count_events(house: &House, id: &TrainingId) -> usize {
    house.core.trainings.list_events(id, &PageQuery::default()).await.expect("events").items.len()
}

async fn current_of(house: &House, model_id: &str) -> TrainingId {
    let name = ModelName { connection: ConnectionId::new(SESTEK), vendor_ref: VendorRef::new(model_id) };
    house.core.trainings.get_model(&name).await.expect("the model").model.current.id
}

#[tokio::test]
async fn held_trainings_are_sent_one_by_one_in_their_order_on_sqlite() {
    send_in_order(Engine::Sqlite).await;
}

#[tokio::test]
async fn held_trainings_are_sent_one_by_one_in_their_order_on_postgres() {
    send_in_order(Engine::Postgres).await;
}

async fn send_in_order(engine: Engine) {
    let house = House::build_on(engine).await;
    house.script("*", plan(60.0)).await;
    let first = house.submit("calls").await;
    let (second, third) = (hold(&house, "calls").await, hold(&house, "calls").await);
    let at = |place| Some((Some(first.id.clone()), place));
    assert_eq!((place_of(&house, &second.id).await, place_of(&house, &third.id).await), (at(1), at(2)));
    let message = third.waiting.clone().expect("it says what it waits for").message;
    assert_eq!(message, "Held behind \"calls\", place 2.");
    assert_eq!(house.step_submits().await, 1, "only the first is sent");

    assert_eq!(run_to_end(&house, &first.id).await.stage, Stage::Ready);
    house.pass(5 * SECOND, 5 * SECOND).await;
    assert_eq!(house.see(&second.id).await.stage.rung().map(|rung| rung > 0), Some(true));
    assert_eq!(place_of(&house, &third.id).await, Some((Some(second.id.clone()), 1)));
    assert_eq!(house.see(&first.id).await.superseded_by, Some(second.id.clone()));
    assert_eq!(current_of(&house, "calls").await, second.id, "one that is held is no model yet");

    assert_eq!(run_to_end(&house, &second.id).await.stage, Stage::Ready);
    assert_eq!(run_to_end(&house, &third.id).await.stage, Stage::Ready);
    assert_eq!(house.vendor_runs("calls").await, 3);
    assert_eq!(current_of(&house, "calls").await, third.id);
    let events = house.core.trainings.list_events(&third.id, &PageQuery::default()).await.expect("events").items;
    let told: Vec<_> = events.iter().filter_map(|event| event.message.clone()).collect();
    assert!(told.iter().any(|text| text.ends_with("place 1.")), "each step of the queue is told: {told:?}");
}

#[tokio::test]
async fn an_id_that_is_free_is_not_waited_for() {
    let house = House::build().await;
    let training = hold(&house, "calls").await;
    assert_eq!(training.waiting, None);
    house.step_submits().await;
    assert_eq!(house.see(&training.id).await.stage, Stage::Queued);
}

#[tokio::test]
async fn the_same_held_submit_again_is_the_same_training() {
    let house = House::build().await;
    house.submit("calls").await;
    let mut new = house.new_clustering("calls").await;
    new.hold_if_busy = true;
    let owner = ada();
    let submits = (0..4).map(|_| house.core.trainings.submit_training(&owner, new.clone()));
    let answers = futures::future::join_all(submits).await;
    assert_eq!(answers.iter().filter(|answer| answer.as_ref().expect("submitted").is_new).count(), 1);
    assert_eq!(place_of(&house, &new.id).await.map(|(_, place)| place), Some(1));
    new.hold_if_busy = false;
    let other = house.core.trainings.submit_training(&owner, new).await;
    assert!(matches!(other, Err(TrainingFault::DifferentBody)), "{other:?}");
}

#[tokio::test]
async fn whatever_ends_the_owner_releases_exactly_one() {
    let house = House::build().await;
    house.script("*", plan(60.0)).await;
    // Given up before it is sent, refused by the vendor, and failed.
    let first = house.submit("calls").await;
    let held = [hold(&house, "calls").await, hold(&house, "calls").await, hold(&house, "calls").await];
    house.core.trainings.settle_training(&ada(), &first.id, Decision::GiveUp).await.expect("given up");
    assert_eq!(house.see(&held[0].id).await.waiting, None);
    assert_eq!(place_of(&house, &held[1].id).await, Some((Some(held[0].id.clone()), 1)));

    let refusal = json!({"kind": "abp", "status": 400, "text": "No.", "members": ["modelId"]});
    let mut script = plan(60.0);
    script["train"] = json!([{"calls": 1, "answer": refusal}]);
    script["plan"]["fail_at"] = json!("Training");
    house.script("calls", script).await;
    house.step_submits().await;
    assert_eq!(house.see(&held[0].id).await.stage, Stage::Rejected);
    assert_eq!(house.see(&held[1].id).await.stage, Stage::Queued, "released and sent in the same step");
    assert_eq!(place_of(&house, &held[2].id).await, Some((Some(held[1].id.clone()), 1)));
    assert_eq!(run_to_end(&house, &held[1].id).await.stage, Stage::Failed);
    assert_eq!(run_to_end(&house, &held[2].id).await.stage, Stage::Failed);
    assert_eq!(train_calls(&house).await.len(), 3);
}

#[tokio::test]
async fn a_held_training_can_be_cancelled_and_the_next_one_moves_up() {
    let house = House::build().await;
    house.script("*", plan(60.0)).await;
    let first = house.submit("calls").await;
    let (second, third) = (hold(&house, "calls").await, hold(&house, "calls").await);
    house.step_submits().await;
    let cancelled = house.core.trainings.cancel_training(&ada(), &second.id).await.expect("cancelled");
    assert_eq!(cancelled.stage, Stage::Failed);
    let failure = cancelled.failure.expect("why");
    assert_eq!(failure.message, "Given up by a person before the vendor had it.");
    let events = house.core.trainings.list_events(&second.id, &PageQuery::default()).await.expect("events").items;
    let last = events.last().expect("its end");
    assert_eq!((last.kind, last.source, last.actor.clone()), (EventKind::StageChanged, Source::Person, Some(ada())));
    assert_eq!(place_of(&house, &third.id).await, Some((Some(first.id.clone()), 1)));

    for id in [&first.id, &second.id] {
        let refused = house.core.trainings.cancel_training(&ada(), id).await;
        assert!(matches!(refused, Err(TrainingFault::Unsupported(_))), "{refused:?}");
    }
    run_to_end(&house, &first.id).await;
    assert_eq!(run_to_end(&house, &third.id).await.stage, Stage::Ready);
    assert_eq!(house.vendor_runs("calls").await, 2, "what was cancelled was never sent");
    let cancelled = house.see(&second.id).await;
    assert_eq!((cancelled.stage, cancelled.superseded_by), (Stage::Failed, None), "nothing took its place");
}

#[tokio::test]
async fn a_restart_keeps_the_queue_and_a_crash_before_the_send_sends_once() {
    let mut house = House::build().await;
    house.script("*", plan(60.0)).await;
    let first = house.submit("calls").await;
    let (second, third) = (hold(&house, "calls").await, hold(&house, "calls").await);
    house.step_submits().await;
    house.restart().await;
    assert_eq!(place_of(&house, &third.id).await, Some((Some(first.id.clone()), 2)));
    // The end of the first is on disk, and its successor's work with it; then the process dies.
    poll_to_end(&house, &first.id).await;
    assert_eq!(train_calls(&house).await.len(), 1);
    house.restart().await;
    assert_eq!(place_of(&house, &second.id).await, None);
    assert_eq!(house.step_submits().await, 1);
    assert_eq!(train_calls(&house).await.len(), 2);
    house.restart().await;
    assert_eq!(house.step_submits().await, 0);
    assert_eq!(place_of(&house, &third.id).await, Some((Some(second.id.clone()), 1)));
    assert_eq!(run_to_end(&house, &third.id).await.stage, Stage::Ready);
    assert_eq!(house.vendor_runs("calls").await, 3);
}

#[tokio::test]
async fn a_model_that_the_vendor_trains_for_somebody_else_is_tried_again_in_growing_spaces() {
    let mut house = House::build().await;
    house.script("*", plan(300.0)).await;
    house.plant_run("calls").await;
    let first = hold(&house, "calls").await;
    assert_eq!(first.waiting, None, "nothing of ours is in the way");
    house.step_submits().await;
    assert_eq!(place_of(&house, &first.id).await, Some((None, 1)));
    let waiting = house.see(&first.id).await.waiting.expect("why");
    assert!(waiting.message.contains("started elsewhere"), "{waiting:?}");
    let until = waiting.until.expect("when it is tried again");
    assert_eq!(until.millis_since(house.clock_now()), 60_000);

    // It is next: who may wait waits behind it, who may not is refused with its name.
    let second = hold(&house, "calls").await;
    assert_eq!(place_of(&house, &second.id).await, Some((Some(first.id.clone()), 2)));
    let pushy = house.new_clustering("calls").await;
    match house.core.trainings.submit_training(&ada(), pushy).await {
        Err(TrainingFault::Busy { owner, .. }) => assert_eq!(owner, first.id),
        other => panic!("{other:?}"),
    }
    house.restart().await;
    house.pass(59 * SECOND, SECOND).await;
    assert_eq!(train_calls(&house).await.len(), 1, "not sooner than it says");
    assert_eq!(run_to_end(&house, &first.id).await.stage, Stage::Ready);
    assert_eq!(run_to_end(&house, &second.id).await.stage, Stage::Ready);
    assert_eq!(house.vendor_runs("calls").await, 3, "the other's and these two");
    let calls = train_calls(&house).await;
    let spaces: Vec<_> = calls.windows(2).map(|pair| (pair[1] - pair[0]) / 1000).collect();
    assert!(spaces.len() > 2 && spaces[0] >= 60 && spaces[1] >= 120, "{spaces:?}");
    assert_eq!(house.see(&first.id).await.superseded_by, Some(second.id));
}

#[tokio::test]
async fn a_run_that_was_in_the_way_before_is_not_taken_for_ours_after_a_lost_answer() {
    let house = House::build().await;
    house.script("*", plan(3000.0)).await;
    house.plant_run("calls").await;
    let ours = hold(&house, "calls").await;
    house.step_submits().await;
    assert_eq!(place_of(&house, &ours.id).await, Some((None, 1)));
    let lost = json!({"calls": 1, "answer": {"kind": "html"}, "creates_run": false});
    house.script("calls", json!({"train": [lost]})).await;
    house.pass(3 * MINUTE, 10 * SECOND).await;
    assert_eq!(house.see(&ours.id).await.stage, Stage::NeedsAttention);
    house.core.trainings.settle_training(&ada(), &ours.id, Decision::SendAgain).await.expect("sent again");
    house.step_submits().await;
    assert_eq!(train_calls(&house).await.len(), 3);
    assert_eq!(place_of(&house, &ours.id).await, Some((None, 1)), "the vendor still trains the other one");
    assert_eq!(house.vendor_runs("calls").await, 1);
}

#[tokio::test]
async fn without_asking_to_be_held_a_busy_vendor_still_ends_it() {
    let house = House::build().await;
    house.script("*", plan(60.0)).await;
    house.plant_run("calls").await;
    let training = house.submit("calls").await;
    house.step_submits().await;
    let training = house.see(&training.id).await;
    assert_eq!(
        (training.stage, training.failure.map(|failure| failure.code)),
        (Stage::Rejected, Some("busy".to_owned()))
    );
}

#[tokio::test]
async fn cancelling_the_one_that_tries_lets_the_next_one_try() {
    let house = House::build().await;
    house.script("*", plan(60.0)).await;
    house.plant_run("calls").await;
    let first = hold(&house, "calls").await;
    house.step_submits().await;
    let second = hold(&house, "calls").await;
    house.core.trainings.cancel_training(&ada(), &first.id).await.expect("cancelled");
    assert_eq!(place_of(&house, &second.id).await, Some((None, 1)));
    assert_eq!(run_to_end(&house, &second.id).await.stage, Stage::Ready);
    assert_eq!(house.vendor_runs("calls").await, 2);
}

#[tokio::test]
async fn adopting_the_running_training_sends_the_held_one_when_it_ends() {
    let house = House::build().await;
    house.script("*", plan(120.0)).await;
    house.plant_run("calls").await;
    let held = hold(&house, "calls").await;
    house.step_submits().await;
    let adopt = AdoptTraining {
        id: None,
        connection: ConnectionId::new(SESTEK),
        vendor_ref: VendorRef::new("calls"),
        kind: None,
    };
    let adopted = house.core.trainings.adopt_training(&ada(), adopt).await.expect("adopted").training;
    assert_eq!(place_of(&house, &held.id).await, Some((Some(adopted.id.clone()), 1)));
    assert_eq!(house.see(&held.id).await.superseded_by, None, "it is not the older one");
    assert_eq!(run_to_end(&house, &adopted.id).await.stage, Stage::Ready);
    assert_eq!(train_calls(&house).await.len(), 1, "while it is watched nobody tries");
    house.step_submits().await;
    assert_eq!(house.see(&held.id).await.stage, Stage::Queued);
    // It was written down before the adopted one, and had its turn after it.
    assert_eq!(house.see(&adopted.id).await.superseded_by, Some(held.id.clone()));
    assert_eq!(run_to_end(&house, &held.id).await.stage, Stage::Ready);
    assert_eq!(current_of(&house, "calls").await, held.id);
    let models = house.core.trainings.list_models(&PageQuery::default()).await.expect("models").items;
    assert_eq!(models.iter().map(|model| model.current.id.clone()).collect::<Vec<_>>(), [held.id]);
}

#[tokio::test]
async fn a_training_that_needs_a_person_keeps_the_id_and_the_queue_says_so() {
    let house = House::build().await;
    let adopt = AdoptTraining {
        id: None,
        connection: ConnectionId::new(SESTEK),
        vendor_ref: VendorRef::new("calls"),
        kind: None,
    };
    let owner = house.core.trainings.adopt_training(&ada(), adopt).await.expect("adopted").training;
    let held = hold(&house, "calls").await;
    assert!(!held.waiting.expect("why").message.contains("a person"));
    house.pass(20 * MINUTE, 30 * SECOND).await;
    assert_eq!(house.see(&owner.id).await.stage, Stage::NeedsAttention);
    let waiting = house.see(&held.id).await.waiting.expect("why");
    assert!(waiting.message.contains("until a person has decided"), "{waiting:?}");
    assert!(waiting.held.and_then(|held| held.behind).is_some_and(|behind| behind.needs_attention));
    assert_eq!(train_calls(&house).await.len(), 0);
    house.core.trainings.settle_training(&ada(), &owner.id, Decision::GiveUp).await.expect("given up");
    assert_eq!(house.step_submits().await, 1);
    assert_eq!(house.see(&held.id).await.stage, Stage::Queued);
}

#[tokio::test]
async fn a_training_that_stalled_can_be_given_up_and_the_next_one_is_sent() {
    let house = House::build().await;
    let mut script = plan(60.0);
    script["plan"]["stuck_at"] = json!("Publishing");
    house.script("*", script).await;
    let first = house.submit("calls").await;
    let held = hold(&house, "calls").await;
    house.pass(5 * MINUTE, 15 * SECOND).await;
    let trainings = &house.core.trainings;
    let refused = trainings.settle_training(&ada(), &first.id, Decision::GiveUp).await;
    assert!(matches!(refused, Err(TrainingFault::WrongStage { .. })), "the vendor moves it: {refused:?}");
    house.pass(40 * MINUTE, 30 * SECOND).await;
    assert!(house.see(&first.id).await.stalled_since.is_some());
    let link = trainings.settle_training(&ada(), &first.id, Decision::Link).await;
    assert!(matches!(link, Err(TrainingFault::WrongStage { .. })), "{link:?}");
    let ended = trainings.settle_training(&ada(), &first.id, Decision::GiveUp).await.expect("given up");
    assert_eq!((ended.stage, ended.stalled_since), (Stage::Failed, None));
    assert_eq!(ended.failure.expect("why").message, "No longer watched: given up by a person.");
    let last = trainings.list_events(&first.id, &PageQuery::default()).await.expect("events").items.pop();
    assert_eq!(last.and_then(|last| last.actor), Some(ada()));

    let asked = house.vendor_log().await.len();
    house.clock.advance(10 * MINUTE);
    house.step_polls().await;
    house.clock.advance(10 * MINUTE);
    assert_eq!((house.step_polls().await, house.vendor_log().await.len()), (0, asked), "nobody asks any more");
    assert_eq!(house.see(&held.id).await.waiting, None);
    assert_eq!(house.step_submits().await, 1);
    assert_eq!(train_calls(&house).await.len(), 2);
}

#[tokio::test]
async fn a_held_training_whose_connection_is_gone_says_so_once() {
    let mut house = House::build().await;
    house.script("*", plan(3000.0)).await;
    house.plant_run("calls").await;
    let held = hold(&house, "calls").await;
    house.step_submits().await;
    assert_eq!(place_of(&house, &held.id).await, Some((None, 1)));
    house.config.connections.clear();
    house.restart().await;
    house.pass(3 * MINUTE, MINUTE).await;
    let told = count_events(&house, &held.id).await;
    house.pass(10 * MINUTE, MINUTE).await;
    assert_eq!(count_events(&house, &held.id).await, told, "nothing is new");
    let waiting = house.see(&held.id).await.waiting.expect("why");
    assert_eq!(waiting.reason, WaitingReason::ConnectionRefused);
    assert!(waiting.message.contains("no longer configured"), "{waiting:?}");
}

#[tokio::test]
async fn a_released_training_that_could_not_be_sent_can_be_cancelled_and_one_that_may_be_there_cannot() {
    let mut house = House::build().await;
    house.script("lost", json!({"train": [{"calls": 1, "cut": "after_upload"}]})).await;
    let lost = house.submit("lost").await;
    house.step_submits().await;
    let (first, second, third) =
        (house.submit("calls").await, hold(&house, "calls").await, hold(&house, "calls").await);
    house.core.trainings.settle_training(&ada(), &first.id, Decision::GiveUp).await.expect("given up");
    house.stop_vendors().await;
    house.step_submits().await;
    let waiting = house.see(&second.id).await.waiting.expect("why");
    assert_eq!(waiting.reason, WaitingReason::NotSent);
    let cancelled = house.core.trainings.cancel_training(&ada(), &second.id).await.expect("cancelled");
    assert_eq!(cancelled.stage, Stage::Failed);
    assert_eq!(cancelled.failure.expect("why").message, "Given up by a person before the vendor had it.");
    assert_eq!(place_of(&house, &third.id).await, None, "it is released");
    let refused = house.core.trainings.cancel_training(&ada(), &lost.id).await;
    assert!(matches!(refused, Err(TrainingFault::WrongStage { .. })), "{refused:?}");
}

#[tokio::test]
async fn what_is_held_is_not_archived_until_it_is_cancelled() {
    let house = House::build().await;
    house.submit("calls").await;
    let held = hold(&house, "calls").await;
    let archive = TrainingChange { archived: Some(true), ..Default::default() };
    let trainings = &house.core.trainings;
    let refused = trainings.change_training(&ada(), &held.id, archive.clone()).await;
    assert!(matches!(refused, Err(TrainingFault::WrongStage { .. })), "{refused:?}");
    assert!(!house.see(&held.id).await.archived);
    trainings.cancel_training(&ada(), &held.id).await.expect("cancelled");
    assert!(trainings.change_training(&ada(), &held.id, archive).await.expect("archived").archived);
}

#[tokio::test]
async fn a_try_in_vain_tells_those_behind_it_nothing() {
    let house = House::build().await;
    house.script("*", plan(3000.0)).await;
    house.plant_run("calls").await;
    let first = hold(&house, "calls").await;
    house.step_submits().await;
    let (second, third) = (hold(&house, "calls").await, hold(&house, "calls").await);
    let before = (count_events(&house, &second.id).await, count_events(&house, &third.id).await);
    house.pass(5 * MINUTE, 10 * SECOND).await;
    assert!(train_calls(&house).await.len() > 2, "it was tried");
    let after = (count_events(&house, &second.id).await, count_events(&house, &third.id).await);
    assert_eq!(after, before);
    assert_eq!(place_of(&house, &third.id).await, Some((Some(first.id), 3)));
}

#[tokio::test]
async fn a_retry_can_be_held_too_and_a_renamed_owner_is_told_by_its_new_name() {
    let house = House::build().await;
    house.script("*", plan(60.0)).await;
    let first = house.submit("calls").await;
    assert_eq!(run_to_end(&house, &first.id).await.stage, Stage::Ready);
    let retry = |hold_if_busy| RetryTraining { id: house.new_id(), changes: serde_json::Map::new(), hold_if_busy };
    let trainings = &house.core.trainings;
    let second = trainings.retry_training(&ada(), &first.id, retry(true)).await.expect("retried").training;
    assert_eq!(second.waiting, None);
    let refused = trainings.retry_training(&ada(), &first.id, retry(false)).await;
    assert!(matches!(refused, Err(TrainingFault::Busy { .. })), "{refused:?}");
    let third = trainings.retry_training(&ada(), &first.id, retry(true)).await.expect("held").training;
    let rename = TrainingChange { name: Some("night run".to_owned()), ..Default::default() };
    trainings.change_training(&ada(), &second.id, rename).await.expect("renamed");
    let waiting = house.see(&third.id).await.waiting.expect("why");
    assert_eq!(waiting.message, "Held behind \"night run\", place 1.");
    assert_eq!(run_to_end(&house, &third.id).await.stage, Stage::Ready);
}

#[tokio::test]
async fn queues_of_other_ids_and_connections_do_not_meet() {
    let house = House::build().await;
    house.script("*", plan(60.0)).await;
    let calls = house.submit("calls").await;
    let mails = house.submit("mails").await;
    let held = hold(&house, "calls").await;
    house.core.trainings.settle_training(&ada(), &mails.id, Decision::GiveUp).await.expect("given up");
    assert_eq!(place_of(&house, &held.id).await, Some((Some(calls.id), 1)));
}
