//! G1: the server is killed again and again while it submits; in the end nothing is lost, doubled or stuck.

use super::yard::{Caller, Dice, Yard};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// Q is (10 minutes + 60 s) x scale: 2.6 seconds.
pub const SCALE: f64 = 0.004;
pub const QUARANTINE: Duration = Duration::from_millis(2_640);
/// Real seconds that a run spends in training: longer than 2Q and any test.
const RUN_SECONDS: u64 = 36_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g1_after_20_kills_during_submits_nothing_is_lost_doubled_or_stuck() {
    kill_while_submitting(20).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: 500 kills; `make faults` runs it"]
async fn g1_after_500_kills_during_submits_nothing_is_lost_doubled_or_stuck() {
    kill_while_submitting(500).await;
}

async fn kill_while_submitting(kills: u64) {
    let mut yard = Yard::open(SCALE).await;
    yard.script("*", troubles(kills)).await;
    let caller = yard.caller();
    let dataset = caller.upload("dialogues.json", br#"[{"turns": ["merhaba", "selam"]}]"#.to_vec()).await;
    let (stop, fed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let feeders: Vec<_> = (0..2)
        .map(|_| tokio::spawn(feed_submits(caller.clone(), dataset.clone(), fed.clone(), stop.clone())))
        .collect();
    let mut dice = Dice::new(kills);
    let mut killed_at = Vec::new();
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(100 + dice.below(350))).await;
        killed_at.push(yard.kill_server().await);
        yard.start_server(&[]).await;
    }
    stop.store(true, Ordering::SeqCst);
    let mut submitted = BTreeSet::new();
    for feeder in feeders {
        submitted.extend(feeder.await.unwrap());
    }
    let trainings = caller.wait_until_settled(QUARANTINE * 2 + Duration::from_secs(60)).await;
    compare(&yard, &trainings, &submitted).await;
    let (inside, all) = (count_inside(&yard.train_calls().await, &killed_at), killed_at.len());
    println!("{} trainings, {all} kills, {inside} of them between first byte and answer", submitted.len());
    assert!(inside * 4 >= all, "only {inside} of {all} kills fell between the first vendor byte and the stored answer");
}

/// What goes wrong at the vendor meanwhile: slow answers, slow tails (shorter than Q), lost answers, lost uploads.
fn troubles(seed: u64) -> Value {
    let mut dice = Dice::new(seed + 1);
    let steps: Vec<Value> = (0..seed * 12)
        .map(|_| match dice.below(10) {
            0 => json!({"calls": 1}),
            1 => json!({"calls": 1, "cut": "after_upload"}),
            2 => json!({"calls": 1, "cut": "after_upload", "creates_run": false}),
            3 => json!({"calls": 1, "cut": "mid_upload", "cut_after_bytes": 20}),
            4..7 => json!({"calls": 1, "run_delay_seconds": 0.1 + dice.below(30) as f64 / 100.0}),
            _ => json!({"calls": 1, "delay_seconds": 0.1 + dice.below(30) as f64 / 100.0}),
        })
        .collect();
    let mut script = runs_for_hours();
    script["train"] = steps.into();
    script
}

/// Runs that go on longer than 2Q and than any test.
pub fn runs_for_hours() -> Value {
    let short = ["Initialized", "PendingTraining", "DatasetUploading", "DataProcessing", "TrainingStarted"];
    let mut durations: BTreeMap<&str, u64> = short.into_iter().map(|status| (status, 0)).collect();
    durations.insert("Training", RUN_SECONDS);
    json!({"plan": {"durations": durations}})
}

/// Submits one training after the other until it is told to stop. Returns the model ids whose submit was answered.
async fn feed_submits(caller: Caller, dataset: String, fed: Arc<AtomicU64>, stop: Arc<AtomicBool>) -> Vec<String> {
    let mut answered = Vec::new();
    while !stop.load(Ordering::SeqCst) {
        let model_id = format!("g1-{}", fed.fetch_add(1, Ordering::SeqCst));
        caller.submit_until_answered(&caller.new_submit(&model_id, &dataset)).await;
        answered.push(model_id);
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    answered
}

/// The board against the vendor: one training and one run for each submit, and nothing open.
pub async fn compare(yard: &Yard, trainings: &[Value], submitted: &BTreeSet<String>) {
    let mut board: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for training in trainings {
        board.entry(training["vendor_ref"].as_str().unwrap().to_owned()).or_default().push(training);
    }
    let on_board: BTreeSet<String> = board.keys().cloned().collect();
    assert_eq!(&on_board, submitted, "the board has what was answered, and only that");
    assert!(board.values().all(|list| list.len() == 1), "each is on the board once");
    let mut runs: BTreeMap<String, usize> = BTreeMap::new();
    for run in yard.vendor_runs().await {
        *runs.entry(run["model_id"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    let doubled: Vec<_> = runs.iter().filter(|(_, count)| **count > 1).collect();
    let lost: Vec<_> = submitted.iter().filter(|model_id| !runs.contains_key(*model_id)).collect();
    let is_open = |training: &&Value| matches!(training["stage"].as_str(), Some("submitting" | "needs_attention"));
    let stuck: Vec<_> = trainings.iter().filter(is_open).collect();
    assert!(doubled.is_empty(), "created twice: {doubled:?}");
    assert!(lost.is_empty(), "never created: {lost:?}");
    assert!(stuck.is_empty(), "not settled: {stuck:#?}");
    assert_eq!(runs.len(), submitted.len(), "the vendor has no run that the board does not know");
}

/// How many kills fell after a train call's first byte had arrived and before its answer could be stored.
fn count_inside(calls: &[Value], killed_at: &[i64]) -> usize {
    let is_inside = |at: i64| {
        calls.iter().any(|call| {
            let began = call["at_ms"].as_i64().unwrap();
            let ended = call["end"]["at_ms"].as_i64().unwrap_or(i64::MAX);
            began <= at && at <= ended
        })
    };
    killed_at.iter().filter(|at| is_inside(**at)).count()
}
