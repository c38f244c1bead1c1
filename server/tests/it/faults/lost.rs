//! G15: every unclear submit is settled, or asks a person, within 2Q; and until then the page says what it waits for.

use super::yard::Dice;
use crate::support::house::House;
use app::model::ids::TrainingId;
use app::model::stage::Stage;
use app::model::training::{Training, WaitingReason};
use serde_json::{Value, json};
use std::time::Duration;

/// Q at the vendors' own pace: the request limit of 10 minutes, and a minute.
const QUARANTINE: Duration = Duration::from_secs(660);
const STEP: Duration = Duration::from_secs(5);

/// What the vendor does with a train call, and how it goes on about that model.
fn trouble(dice: &mut Dice) -> (Value, Fate) {
    let lost = |creates_run: bool| json!({"train": [{"calls": 1, "cut": "after_upload", "creates_run": creates_run}]});
    let unclear = |answer: Value, creates_run: bool| json!({"train": [{"calls": 1, "answer": answer, "creates_run": creates_run}]});
    let html = || json!({"kind": "html"});
    let error = || json!({"kind": "abp", "status": 500});
    let mut silent = lost(true);
    silent["progress"] = json!([{"answer": {"kind": "html", "status": 502}}]);
    match dice.below(8) {
        0 | 1 => (lost(true), Fate::OneRun),
        2 | 3 => (lost(false), Fate::OneRun),
        4 => (unclear(html(), true), Fate::OneRun),
        5 => (unclear(error(), false), Fate::Person),
        6 => (unclear(json!({"kind": "broken_json"}), true), Fate::OneRun),
        _ => (silent, Fate::Person),
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    /// It is found or sent again: the vendor has exactly one run.
    OneRun,
    /// Nobody can tell: a person is asked.
    Person,
}

#[tokio::test]
async fn g15_of_30_lost_answers_each_is_settled_or_asks_a_person_within_2q() {
    lose_answers(30).await;
}

#[tokio::test]
#[ignore = "long: 100 lost answers; `make faults` runs it"]
async fn g15_of_100_lost_answers_each_is_settled_or_asks_a_person_within_2q() {
    lose_answers(100).await;
}

async fn lose_answers(count: u64) {
    let house = House::build().await;
    let mut dice = Dice::new(count);
    let mut sent: Vec<(TrainingId, String, Fate)> = Vec::new();
    for number in 0..count {
        let model_id = format!("g15-{number}");
        let (mut script, fate) = trouble(&mut dice);
        script["plan"] = json!({"durations": {"Training": 100_000}});
        house.script(&model_id, script).await;
        let training = house.submit(&model_id).await;
        house.step_submits().await;
        sent.push((training.id, model_id, fate));
    }
    // An open breaker holds some submits back for a while; 2Q counts from the last intent.
    let is_train = |visit: &&Value| visit["path"].as_str().is_some_and(|path| path.ends_with("/train"));
    while house.vendor_log().await.iter().filter(is_train).count() < sent.len() {
        house.pass(STEP, STEP).await;
    }
    let mut passed = Duration::ZERO;
    while passed < QUARANTINE * 2 {
        for (id, model_id, _) in sent.iter().step_by(5) {
            says_its_next_step(&house.see(id).await, model_id);
        }
        house.pass(STEP * 12, STEP).await;
        passed += STEP * 12;
    }
    for (id, model_id, fate) in &sent {
        let training = house.see(id).await;
        let expected = if *fate == Fate::Person { Stage::NeedsAttention } else { training.stage };
        assert_eq!(training.stage, expected, "{model_id} {fate:?}");
        assert_ne!(training.stage, Stage::Submitting, "{model_id} is older than 2Q and still open");
        says_its_next_step(&training, model_id);
        if *fate == Fate::OneRun {
            assert!(training.stage.rung().is_some_and(|rung| rung >= 1), "{model_id}: {:?}", training.stage);
            assert_eq!(house.vendor_runs(model_id).await, 1, "{model_id}");
        } else {
            assert!(house.vendor_runs(model_id).await <= 1, "{model_id}");
        }
    }
}

/// While a submit is open it says until when it waits; when a person is needed it says that.
fn says_its_next_step(training: &Training, model_id: &str) {
    let waiting = training.waiting.as_ref();
    match training.stage {
        Stage::Submitting => {
            let waiting = waiting.unwrap_or_else(|| panic!("{model_id} does not say what it waits for"));
            assert!(waiting.until.is_some() && !waiting.message.is_empty(), "{model_id}: {waiting:?}");
        }
        Stage::NeedsAttention => {
            assert_eq!(waiting.map(|waiting| waiting.reason), Some(WaitingReason::Person), "{model_id}");
            assert!(training.failure.as_ref().is_some_and(|failure| failure.hint.is_some()), "{model_id}");
        }
        _ => {}
    }
}

#[tokio::test]
async fn g15_an_upload_cut_in_its_middle_is_sent_again_once_its_absence_is_proven() {
    let house = House::build().await;
    let cut = json!({"calls": 3, "cut": "mid_upload", "cut_after_bytes": 25});
    house.script("*", json!({ "train": [cut] })).await;
    let training = house.submit("cut").await;
    house.step_submits().await;
    assert_eq!(house.see(&training.id).await.waiting.map(|waiting| waiting.reason), Some(WaitingReason::Quarantine));
    house.pass(QUARANTINE * 4, STEP).await;
    let stage = house.see(&training.id).await.stage;
    assert!(stage.rung().is_some_and(|rung| rung >= 1), "{stage:?}");
    assert_eq!(house.vendor_runs("cut").await, 1);
    let log = house.vendor_log().await;
    let whole = |visit: &&Value| visit["end"]["body_read_at_ms"].is_i64();
    let calls: Vec<_> =
        log.iter().filter(|visit| visit["path"].as_str().is_some_and(|p| p.ends_with("/train"))).collect();
    assert_eq!((calls.len(), calls.iter().copied().filter(whole).count()), (4, 1));
}
