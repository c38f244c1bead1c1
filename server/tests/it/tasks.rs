//! Submitting, polling and looking up, stepped with the test's own clock against the strict fake vendors.

mod odd_vendor;

use crate::support::house::{House, run_to_end, stages_of};
use app::model::connection::HealthState;
use app::model::event::{EventKind, Source};
use app::model::ids::{ConnectionId, UserName};
use app::model::page::PageQuery;
use app::model::stage::Stage;
use app::model::training::{Decision, RetryTraining, ServingState, TrainingChange, WaitingReason};
use serde_json::json;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
/// The vendor's request limit and the tail, at the vendors' own pace.
const QUARANTINE: Duration = Duration::from_secs(660);

#[tokio::test]
async fn a_training_walks_to_ready_because_somebody_keeps_asking() {
    let house = House::build().await;
    let training = house.submit("walk").await;
    assert_eq!(training.stage, Stage::Submitting);
    assert_eq!(house.step_submits().await, 1);
    assert_eq!(house.see(&training.id).await.stage, Stage::Queued);

    let ready = run_to_end(&house, &training.id).await;
    assert_eq!(ready.stage, Stage::Ready);
    assert_eq!(ready.serving.map(|serving| serving.state), Some(ServingState::Running));
    assert_eq!(ready.vendor_status.get("trainingStatus").map(String::as_str), Some("Completed"));
    let stages = stages_of(&house, &training.id).await;
    assert_eq!(stages, Stage::LADDER, "every station was seen");
    let metrics = house.core.trainings.list_metrics(&training.id, &PageQuery::default()).await.expect("metrics").items;
    assert!(metrics.len() > 5 && metrics.windows(2).all(|pair| pair[0].value <= pair[1].value));
    assert_eq!(house.vendor_runs("walk").await, 1);

    let asked = house.vendor_log().await.len();
    house.pass(30 * MINUTE, MINUTE).await;
    assert_eq!(house.vendor_log().await.len(), asked, "a ready model is left alone");
}

#[tokio::test]
async fn an_edge_is_as_wide_as_the_silence_before_it() {
    let house = House::build().await;
    let training = house.submit("edges").await;
    run_to_end(&house, &training.id).await;
    let events = house.core.trainings.list_events(&training.id, &PageQuery::default()).await.expect("events").items;
    for event in events.iter().filter(|event| event.source == Source::Poll) {
        assert!(event.at_earliest < event.at_latest, "{event:?}");
        assert!(event.at_latest.millis_since(event.at_earliest) < 180_000, "{event:?}");
    }
}

#[tokio::test]
async fn the_same_submit_twice_is_one_training_and_another_body_is_refused() {
    let house = House::build().await;
    let owner = UserName::new("ada");
    let new = house.new_clustering("twice").await;
    let submits = (0..8).map(|_| house.core.trainings.submit_training(&owner, new.clone()));
    let answers = futures::future::join_all(submits).await;
    let made = answers.iter().filter(|answer| answer.as_ref().is_ok_and(|submitted| submitted.is_new)).count();
    assert_eq!(made, 1);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let mut other = new;
    other.name = Some("another".to_owned());
    let refused = house.core.trainings.submit_training(&owner, other).await;
    assert!(matches!(refused, Err(trainyard::trainings::TrainingFault::DifferentBody)));
    house.step_submits().await;
    assert_eq!(house.vendor_runs("twice").await, 1);
}

#[tokio::test]
async fn an_id_in_use_is_refused_naming_its_owner() {
    let house = House::build().await;
    let owner = house.submit("mine").await;
    let second = house.new_clustering("mine").await;
    let refused = house.core.trainings.submit_training(&UserName::new("bob"), second.clone()).await;
    match refused {
        Err(trainyard::trainings::TrainingFault::Busy { owner: named, .. }) => assert_eq!(named, owner.id),
        other => panic!("{other:?}"),
    }
    assert!(house.core.trainings.get_training(&second.id).await.is_err(), "nothing was stored");
}

#[tokio::test]
async fn a_busy_vendor_rejects_and_is_not_asked_again() {
    for answer in [
        json!({"kind": "empty", "status": 202}),
        json!({"kind": "in_progress", "status": 200}),
        json!({"kind": "in_progress", "status": 403}),
        json!({"kind": "in_progress", "status": 500, "envelope": "plain"}),
    ] {
        let house = House::build().await;
        house.script("busy", json!({"train": [{"answer": answer}]})).await;
        let training = house.submit("busy").await;
        house.step_submits().await;
        let training = house.see(&training.id).await;
        assert_eq!(training.stage, Stage::Rejected, "{answer}");
        assert_eq!(training.failure.expect("a failure").code, "busy");
        house.pass(30 * MINUTE, MINUTE).await;
        let posts = house
            .vendor_log()
            .await
            .iter()
            .filter(|visit| visit["path"].as_str().is_some_and(|path| path.ends_with("/train")))
            .count();
        assert_eq!(posts, 1, "{answer}");
    }
}

#[tokio::test]
async fn field_errors_end_as_rejected_with_the_vendors_words() {
    let house = House::build().await;
    let answer = json!({"kind": "abp", "status": 400, "text": "Your request is not valid!", "members": ["modelId"]});
    house.script("bad", json!({"train": [{"answer": answer}]})).await;
    let training = house.submit("bad").await;
    house.step_submits().await;
    let training = house.see(&training.id).await;
    assert_eq!(training.stage, Stage::Rejected);
    let failure = training.failure.expect("a failure");
    assert!(
        failure.message.contains("Your request is not valid!") && failure.message.contains("model_id"),
        "{failure:?}"
    );
    let said = failure.said.expect("the vendor's words");
    assert!(said.starts_with("Your request is not valid!") && !said.contains("model_id"), "{said}");
}

#[tokio::test]
async fn g15_a_lost_answer_waits_in_quarantine_and_is_adopted_when_the_vendor_has_it() {
    let house = House::build().await;
    house.script("lost", json!({"train": [{"calls": 1, "cut": "after_upload", "creates_run": true}]})).await;
    let training = house.submit("lost").await;
    house.step_submits().await;
    let waiting = house.see(&training.id).await;
    assert_eq!(waiting.stage, Stage::Submitting);
    let wait = waiting.waiting.expect("it says what it waits for");
    assert_eq!(wait.reason, WaitingReason::Quarantine);
    assert!(wait.until.is_some());

    house.pass(QUARANTINE - MINUTE, MINUTE).await;
    let progress = async || {
        house
            .vendor_log()
            .await
            .iter()
            .filter(|visit| visit["path"].as_str().is_some_and(|path| path.ends_with("/progress")))
            .count()
    };
    assert_eq!(progress().await, 0, "nothing is asked before the quarantine ends");
    house.pass(2 * MINUTE, 10 * SECOND).await;
    assert_eq!(house.see(&training.id).await.stage.rung().map(|rung| rung >= 1), Some(true));
    assert_eq!(run_to_end(&house, &training.id).await.stage, Stage::Ready);
    assert_eq!(house.vendor_runs("lost").await, 1);
}

#[tokio::test]
async fn g15_a_lost_answer_is_sent_again_only_after_absence_was_proven_twice() {
    let house = House::build().await;
    house.script("gone", json!({"train": [{"calls": 1, "cut": "after_upload", "creates_run": false}]})).await;
    let training = house.submit("gone").await;
    house.step_submits().await;
    house.pass(QUARANTINE + MINUTE, 5 * SECOND).await;
    assert_eq!(run_to_end(&house, &training.id).await.stage, Stage::Ready);
    assert_eq!(house.vendor_runs("gone").await, 1);
    let log = house.vendor_log().await;
    let calls: Vec<_> = log
        .iter()
        .filter_map(|visit| visit["path"].as_str().and_then(|path| path.rsplit('/').next()))
        .filter(|word| matches!(*word, "train" | "progress"))
        .take(4)
        .collect();
    assert_eq!(calls, ["train", "progress", "progress", "train"]);
}

#[tokio::test]
async fn g15_a_lost_answer_under_a_used_id_asks_a_person() {
    let house = House::build().await;
    let first = house.submit("again").await;
    house.step_submits().await;
    run_to_end(&house, &first.id).await;
    house.script("again", json!({"train": [{"calls": 1, "cut": "after_upload", "creates_run": true}]})).await;
    let second = house.submit("again").await;
    house.step_submits().await;
    house.pass(QUARANTINE + 2 * MINUTE, 10 * SECOND).await;
    let second = house.see(&second.id).await;
    assert_eq!(second.stage, Stage::NeedsAttention);
    assert_eq!(second.failure.as_ref().map(|failure| failure.code.as_str()), Some("unclear"));
    assert_eq!(second.waiting.as_ref().map(|waiting| waiting.reason), Some(WaitingReason::Person));
    assert_eq!(
        house.see(&first.id).await.stage,
        Stage::Ready,
        "the older one is not touched until the newer is accepted"
    );

    let ada = UserName::new("ada");
    house.core.trainings.settle_training(&ada, &second.id, Decision::Link).await.expect("linked");
    assert_eq!(house.see(&first.id).await.stage, Stage::Superseded);
    assert_eq!(run_to_end(&house, &second.id).await.stage, Stage::Ready);
    assert_eq!(house.vendor_runs("again").await, 2);
}

#[tokio::test]
async fn a_page_instead_of_an_answer_is_looked_up_and_never_sent_again_by_itself() {
    for answer in [json!({"kind": "html"}), json!({"kind": "redirect"}), json!({"kind": "abp", "status": 500})] {
        let house = House::build().await;
        house.script("odd", json!({"train": [{"calls": 1, "answer": answer}]})).await;
        let training = house.submit("odd").await;
        house.step_submits().await;
        house.pass(QUARANTINE * 2, 10 * SECOND).await;
        let training = house.see(&training.id).await;
        assert_eq!(training.stage, Stage::NeedsAttention, "{answer}");
        let failure = training.failure.expect("a failure");
        assert_eq!((failure.code.as_str(), failure.said), ("unclear", None));
        assert_eq!(house.vendor_runs("odd").await, 0);

        let ada = UserName::new("ada");
        house.core.trainings.settle_training(&ada, &training.id, Decision::SendAgain).await.expect("settled");
        house.step_submits().await;
        assert_eq!(house.see(&training.id).await.stage, Stage::Queued);
        assert_eq!(house.vendor_runs("odd").await, 1);
    }
}

#[tokio::test]
async fn an_answer_that_was_not_understood_is_adopted_when_the_vendor_has_the_training() {
    let house = House::build().await;
    house.script("odd", json!({"train": [{"calls": 1, "answer": {"kind": "html"}, "creates_run": true}]})).await;
    let training = house.submit("odd").await;
    house.step_submits().await;
    house.pass(MINUTE, SECOND).await;
    assert!(house.see(&training.id).await.stage.rung().is_some_and(|rung| rung >= 1));
    assert_eq!(house.vendor_runs("odd").await, 1);
}

#[tokio::test]
async fn refused_credentials_pause_the_connection_until_a_test_succeeds() {
    let house = House::build().await;
    let refusal = json!({"kind": "oauth", "code": "invalid_client"});
    house.script("*", json!({"token": [{"answer": refusal}]})).await;
    let training = house.submit("paused").await;
    house.step_submits().await;
    let waiting = house.see(&training.id).await;
    assert_eq!(waiting.stage, Stage::Submitting);
    assert_eq!(waiting.waiting.map(|waiting| waiting.reason), Some(WaitingReason::ConnectionRefused));
    let connection = house.core.connections.list_connections().remove(0);
    assert_eq!(connection.health.state, HealthState::Refused);
    let asked = house.vendor_log().await.len();
    house.pass(10 * MINUTE, MINUTE).await;
    assert_eq!(house.vendor_log().await.len(), asked, "a refused connection is left alone");

    house.script("*", json!({})).await;
    let id = ConnectionId::new(crate::support::house::SESTEK);
    let test = house.core.connections.test_connection(&id).await.expect("tested").expect("there");
    assert!(test.ok, "{test:?}");
    assert_eq!(house.step_submits().await, 1, "the waiting submit goes out at once");
    assert!(house.see(&training.id).await.stage.rung().is_some_and(|rung| rung >= 1));
}

#[tokio::test]
async fn a_silent_vendor_never_fails_a_training() {
    let mut house = House::build().await;
    let training = house.submit("silent").await;
    house.step_submits().await;
    house.pass(5 * MINUTE, 10 * SECOND).await;
    let before = house.see(&training.id).await;
    house.stop_vendors().await;
    house.pass(30 * MINUTE, 30 * SECOND).await;
    let unseen = house.see(&training.id).await;
    assert_eq!(unseen.stage, before.stage);
    assert!(unseen.unseen_since.is_some());
    assert_eq!(house.core.connections.list_connections()[0].health.state, HealthState::Unreachable);
    house.restart().await;
    assert_eq!(house.see(&training.id).await.stage, before.stage);
}

#[tokio::test]
async fn a_failed_run_says_so_and_is_asked_no_more() {
    let house = House::build().await;
    house.script("fails", json!({"plan": {"fail_at": "Training"}})).await;
    let training = house.submit("fails").await;
    house.step_submits().await;
    let failed = run_to_end(&house, &training.id).await;
    assert_eq!(failed.stage, Stage::Failed);
    assert!(failed.failure.is_some() && failed.ended_at.is_some());
    let asked = house.vendor_log().await.len();
    house.pass(30 * MINUTE, MINUTE).await;
    assert_eq!(house.vendor_log().await.len(), asked);
}

#[tokio::test]
async fn words_nobody_knows_are_shown_and_end_nothing() {
    let house = House::build().await;
    let wording = json!({"calls": 5, "wording": {"training_status": "Hibernating", "percent": 250}});
    house.script("words", json!({"progress": [wording]})).await;
    let training = house.submit("words").await;
    house.step_submits().await;
    house.pass(3 * MINUTE, 10 * SECOND).await;
    let seen = house.see(&training.id).await;
    assert!(!seen.stage.is_end());
    assert_eq!(seen.vendor_status.get("trainingStatus").map(String::as_str), Some("Hibernating"));
    assert_eq!(run_to_end(&house, &training.id).await.stage, Stage::Ready);
}

#[tokio::test]
async fn a_retrained_model_freezes_the_older_training_for_ever() {
    let house = House::build().await;
    house.script("model", json!({"plan": {"stale_answers": 2}})).await;
    let first = house.submit("model").await;
    house.step_submits().await;
    let ready = run_to_end(&house, &first.id).await;
    let ada = UserName::new("ada");
    let retry = RetryTraining {
        id: house.new_id(),
        changes: json!({"num_clusters": 7}).as_object().expect("an object").clone(),
        hold_if_busy: false,
    };
    let second = house.core.trainings.retry_training(&ada, &first.id, retry).await.expect("retried").training;
    assert_eq!(second.retry_of.as_ref(), Some(&first.id));
    assert_eq!(house.see(&first.id).await.stage, Stage::Ready, "not before the vendor accepts");
    house.step_submits().await;
    let frozen = house.see(&first.id).await;
    assert_eq!(frozen.stage, Stage::Superseded);
    assert_eq!(frozen.superseded_by.as_ref(), Some(&second.id));
    assert_eq!((frozen.ended_at, &frozen.vendor_status), (ready.ended_at, &ready.vendor_status));
    house.pass(2 * MINUTE, 10 * SECOND).await;
    assert!(!house.see(&second.id).await.stage.is_end(), "the old run's answer does not end the new one");
    assert_eq!(run_to_end(&house, &second.id).await.stage, Stage::Ready);
    assert_eq!(house.see(&first.id).await, frozen);
}

#[tokio::test]
async fn polling_goes_on_after_a_restart_in_every_stage() {
    let mut house = House::build().await;
    let training = house.submit("restart").await;
    house.step_submits().await;
    let mut seen = Vec::new();
    for _ in 0..240 {
        house.restart().await;
        house.pass(MINUTE, 10 * SECOND).await;
        let stage = house.see(&training.id).await.stage;
        if seen.last() != Some(&stage) {
            seen.push(stage);
        }
        if stage.is_end() {
            break;
        }
    }
    assert_eq!(seen.last(), Some(&Stage::Ready), "{seen:?}");
    assert!(seen.contains(&Stage::Publishing), "{seen:?}");
    assert_eq!(house.vendor_runs("restart").await, 1);
}

#[tokio::test]
async fn many_askers_make_one_poller() {
    let house = House::build().await;
    let training = house.submit("one").await;
    house.step_submits().await;
    house.clock.advance(MINUTE);
    for _ in 0..20 {
        house.core.trainings.refresh_training(&training.id).await.expect("refreshed");
    }
    let polls = futures::future::join_all((0..6).map(|_| house.step_polls())).await;
    assert_eq!(polls.iter().sum::<usize>(), 1);
}

#[tokio::test]
async fn every_vendor_answer_is_kept_without_secrets() {
    let house = House::build().await;
    let training = house.submit("kept").await;
    house.step_submits().await;
    house.pass(2 * MINUTE, 10 * SECOND).await;
    let answers = house.core.trainings.list_answers(&training.id, &PageQuery::default()).await.expect("answers").items;
    let purposes: Vec<_> = answers.iter().map(|answer| answer.purpose.as_str()).collect();
    for purpose in ["token", "submit", "progress"] {
        assert!(purposes.contains(&purpose), "{purposes:?} lack {purpose}");
    }
    for answer in &answers {
        assert!(!answer.body.contains("sandbox-secret") && !answer.body.contains("access_token\":\"ey"), "{answer:?}");
    }
}

#[tokio::test]
async fn a_stuck_training_is_marked_and_unmarked() {
    let house = House::build().await;
    house.script("stuck", json!({"plan": {"stuck_at": "PendingTraining"}})).await;
    let training = house.submit("stuck").await;
    house.step_submits().await;
    house.pass(40 * MINUTE, 30 * SECOND).await;
    let stuck = house.see(&training.id).await;
    assert_eq!(stuck.stage, Stage::Queued);
    assert!(stuck.stalled_since.is_some());
    let events = house.core.trainings.list_events(&training.id, &PageQuery::default()).await.expect("events").items;
    assert_eq!(events.iter().filter(|event| event.kind == EventKind::Stalled).count(), 1);
}

#[tokio::test]
async fn a_retry_may_be_repeated_after_the_older_training_was_renamed() {
    let house = House::build().await;
    house.script("renamed", json!({"plan": {"fail_at": "Training"}})).await;
    let first = house.submit("renamed").await;
    house.step_submits().await;
    run_to_end(&house, &first.id).await;
    let ada = UserName::new("ada");
    let changes = |clusters: u32| json!({ "num_clusters": clusters }).as_object().expect("an object").clone();
    let retry = RetryTraining { id: house.new_id(), changes: changes(7), hold_if_busy: false };
    let made = house.core.trainings.retry_training(&ada, &first.id, retry.clone()).await.expect("retried");
    assert!(made.is_new);

    let rename = TrainingChange { name: Some("another name".to_owned()), ..TrainingChange::default() };
    house.core.trainings.change_training(&ada, &first.id, rename).await.expect("renamed");
    let again = house.core.trainings.retry_training(&ada, &first.id, retry.clone()).await.expect("the same retry");
    assert_eq!((again.is_new, &again.training.id), (false, &made.training.id));
    let other = RetryTraining { changes: changes(8), ..retry };
    let refused = house.core.trainings.retry_training(&ada, &first.id, other).await;
    assert!(matches!(refused, Err(trainyard::trainings::TrainingFault::DifferentBody)), "{refused:?}");
}

#[tokio::test]
async fn a_training_sent_again_keeps_nothing_of_the_dead_run() {
    let house = House::build().await;
    let training = house.submit("lost-run").await;
    house.step_submits().await;
    for _ in 0..4 * 60 {
        house.pass(MINUTE, 10 * SECOND).await;
        if house.see(&training.id).await.stage == Stage::Training {
            break;
        }
    }
    let running = house.see(&training.id).await;
    assert!(running.progress.is_some() && running.reached == Some(Stage::Training), "{running:?}");
    let unknown = json!({"kind": "abp", "status": 404});
    house.script("lost-run", json!({"progress": vec![json!({ "answer": unknown }); 60]})).await;
    house.pass(30 * MINUTE, MINUTE).await;
    assert_eq!(house.see(&training.id).await.stage, Stage::NeedsAttention);

    let ada = UserName::new("ada");
    let sent = house.core.trainings.settle_training(&ada, &training.id, Decision::SendAgain).await.expect("settled");
    assert_eq!((sent.stage, sent.reached, sent.progress, sent.serving), (Stage::Submitting, None, None, None));
    assert_eq!((sent.submitted_at, sent.stalled_since), (None, None));
    assert!(sent.vendor_status.is_empty() && sent.lanes.is_empty());
}

#[tokio::test]
async fn a_board_with_only_archived_trainings_is_not_empty() {
    let house = House::build().await;
    assert!(house.core.trainings.now_board().await.expect("a board").is_empty);
    let training = house.submit("archived").await;
    let archive = TrainingChange { archived: Some(true), ..TrainingChange::default() };
    house.core.trainings.change_training(&UserName::new("ada"), &training.id, archive).await.expect("archived");
    let board = house.core.trainings.now_board().await.expect("a board");
    assert!(!board.is_empty && board.running.is_empty() && board.needs_attention.is_empty());
}
