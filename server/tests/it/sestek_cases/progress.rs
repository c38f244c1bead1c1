//! What progress may answer: cases 4, 5, 6, 19, 24 and 25.

use super::{MINUTE, SECOND, run_to, run_to_end, send, stages_of};
use crate::support::house::House;
use app::model::stage::Stage;
use app::model::training::ServingState;
use serde_json::{Value, json};

/// A model whose progress says `wording` for five calls once the vendor has completed it.
async fn see_wording(wording: Value) -> (House, app::model::ids::TrainingId) {
    let house = House::build().await;
    let id = send(&house, "words").await;
    run_to(&house, &id, Stage::Saving).await;
    house.script("words", json!({"progress": [{"calls": 5, "wording": wording}]})).await;
    house.pass(MINUTE, 10 * SECOND).await;
    (house, id)
}

#[tokio::test]
async fn case_04_completed_without_running_is_published_not_ready_and_is_asked_on() {
    for missing in [
        json!({"null_as": "null"}),
        json!({"null_as": "absent"}),
        json!({"null_as": "empty"}),
        json!({"null_as": "text"}),
        json!({"inference_status": "Pending"}),
    ] {
        let mut wording = json!({"training_status": "Completed"});
        wording.as_object_mut().expect("an object").extend(missing.as_object().expect("words").clone());
        let (house, id) = see_wording(wording).await;
        let seen = house.see(&id).await;
        assert_eq!(seen.stage, Stage::Publishing, "{missing}");
        assert_eq!(seen.serving.expect("a serving state").state, ServingState::Pending, "{missing}");
        assert!(seen.ended_at.is_none(), "{missing}");
        assert_eq!(run_to_end(&house, &id).await.stage, Stage::Ready, "{missing}");
    }
}

#[tokio::test]
async fn case_05_letters_and_blanks_do_not_matter() {
    for wording in [json!({"letters": "lower"}), json!({"letters": "upper"}), json!({"padded": true})] {
        let house = House::build().await;
        house.script("words", json!({"progress": [{"wording": wording}]})).await;
        let id = send(&house, "words").await;
        assert_eq!(run_to_end(&house, &id).await.stage, Stage::Ready, "{wording}");
        assert_eq!(stages_of(&house, &id).await, Stage::LADDER, "{wording}");
    }
}

#[tokio::test]
async fn case_06_trained_or_a_hundred_percent_is_not_ready() {
    for word in ["Trained", "ModelUploading"] {
        let (house, id) =
            see_wording(json!({"training_status": word, "percent": 100, "inference_status": "Running"})).await;
        let seen = house.see(&id).await;
        assert_eq!(seen.stage, Stage::Saving, "{word}");
        assert_eq!(seen.progress.and_then(|progress| progress.percent), Some(100.0));
        assert_eq!(run_to_end(&house, &id).await.stage, Stage::Ready);
    }
}

#[tokio::test]
async fn case_19_a_word_nobody_knows_ends_nothing_and_steps_back_are_shown() {
    let house = House::build().await;
    let id = send(&house, "words").await;
    run_to(&house, &id, Stage::Training).await;
    house.script("words", json!({"progress": [{"wording": {"training_status": "Stopped"}}]})).await;
    house.pass(5 * MINUTE, 10 * SECOND).await;
    let unknown = house.see(&id).await;
    assert_eq!(unknown.stage, Stage::Training, "an unknown word is never an end");
    assert_eq!(unknown.vendor_status["trainingStatus"], "Stopped");
    house.script("words", json!({"progress": [{"wording": {"training_status": "DataProcessing"}}]})).await;
    house.pass(2 * MINUTE, 10 * SECOND).await;
    assert_eq!(house.see(&id).await.stage, Stage::Preparing, "the latest word is shown, also a step back");
    house.script("words", json!({})).await;
    assert_eq!(run_to_end(&house, &id).await.stage, Stage::Ready);
}

#[tokio::test]
async fn case_19_percent_never_shrinks_and_is_never_more_than_a_hundred() {
    let house = House::build().await;
    let id = send(&house, "words").await;
    run_to(&house, &id, Stage::Training).await;
    let percent = async |said: Value| {
        house.script("words", json!({"progress": [{"wording": {"percent": said}}]})).await;
        house.pass(MINUTE, 10 * SECOND).await;
        house.see(&id).await.progress.and_then(|progress| progress.percent)
    };
    assert_eq!(percent(json!(41.5)).await, Some(41.5));
    for smaller in [json!(12), Value::Null, json!(-5), json!("7"), json!("much")] {
        assert_eq!(percent(smaller.clone()).await, Some(41.5), "{smaller}");
    }
    assert_eq!(percent(json!(250)).await, Some(100.0));
    assert_eq!(house.see(&id).await.stage, Stage::Training, "a hundred percent says nothing about the stage");
}

#[tokio::test]
async fn case_24_a_failure_without_a_reason_keeps_how_far_it_came() {
    let house = House::build().await;
    house.script("fails", json!({"plan": {"fail_at": "Training"}})).await;
    let id = send(&house, "fails").await;
    let failed = run_to_end(&house, &id).await;
    assert_eq!((failed.stage, failed.reached), (Stage::Failed, Some(Stage::Training)));
    assert!(failed.progress.and_then(|progress| progress.percent).is_some_and(|percent| percent > 0.0));
    let failure = failed.failure.expect("a failure");
    assert!(failure.message.contains("gives no reason") && failure.said.is_none() && failure.retryable, "{failure:?}");
    let events = house.core.trainings.list_events(&id, &app::model::page::PageQuery::default()).await.unwrap().items;
    let accepted = events.iter().find(|event| event.kind == app::model::event::EventKind::Accepted).expect("accepted");
    assert_eq!(accepted.message.as_ref().map(String::len), Some(36), "the vendor's run id: {accepted:?}");
}

#[tokio::test]
async fn case_25_what_is_stuck_is_called_stalled_after_its_own_time_and_asked_on() {
    for (word, stage, minutes) in [
        ("PendingTraining", Stage::Queued, 15),
        ("Training", Stage::Training, 60),
        ("Publishing", Stage::Publishing, 30),
    ] {
        let house = House::build().await;
        house.script("stuck", json!({"plan": {"stuck_at": word}})).await;
        let id = send(&house, "stuck").await;
        run_to(&house, &id, stage).await;
        // Its own last change: percent may move for a while.
        let mut quiet = 0;
        let mut before = house.see(&id).await;
        while quiet < minutes - 3 {
            assert_eq!(before.stalled_since, None, "{word} after {quiet} min");
            house.pass(MINUTE, 15 * SECOND).await;
            let now = house.see(&id).await;
            let is_same = now.vendor_status == before.vendor_status && now.progress == before.progress;
            quiet = if is_same { quiet + 1 } else { 0 };
            before = now;
        }
        house.pass(8 * MINUTE, 15 * SECOND).await;
        let stalled = house.see(&id).await;
        assert!(stalled.stalled_since.is_some(), "{word}: {stalled:?}");
        assert_eq!((stalled.stage, stalled.ended_at), (stage, None), "{word}");
        let asked = house.vendor_log().await.len();
        house.pass(12 * MINUTE, MINUTE).await;
        assert!(house.vendor_log().await.len() > asked, "{word}: nobody asks any more");
    }
}
