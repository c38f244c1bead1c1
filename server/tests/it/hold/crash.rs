//! The process dies while a held training is released or sent: it is sent once all the same.
//! The points exist only in a build with the feature `failpoints`.

use crate::faults::yard::{Caller, Yard};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Q is (10 minutes + 60 s) x scale: 2.6 seconds.
const SCALE: f64 = 0.004;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_death_while_a_held_training_is_released_or_sent_makes_exactly_one_vendor_call() {
    let mut yard = Yard::open(SCALE).await;
    let dataset = yard.caller().upload("dialogues.json", b"[1]".to_vec()).await;
    for (number, point) in ["held_release", "submit_before_intent", "submit_before_outcome"].into_iter().enumerate() {
        let model_id = format!("held-{number}");
        yard.script("*", plan()).await;
        yard.stop_server().await;
        // The first one passes the points of sending; releasing it is nobody's business.
        let action = if point == "held_release" { format!("{point}=panic") } else { format!("{point}=1*off->panic") };
        yard.start_server(&[("FAILPOINTS", action)]).await;
        let submits = tokio::spawn(submit_two(yard.caller(), dataset.clone(), model_id.clone()));
        assert!(yard.wait_for_death(Duration::from_secs(60)).await, "nothing came by {point}");
        yard.start_server(&[]).await;
        submits.await.unwrap();
        let trainings = wait_until_both_are_settled(&yard.caller(), &model_id).await;
        let runs = yard.vendor_runs().await.iter().filter(|run| run["model_id"] == model_id.as_str()).count();
        assert_eq!(runs, 2, "{point}: one run for each: {trainings:#?}");
        let is_refused = |training: &Value| training["stage"] == "rejected";
        assert!(!trainings.iter().any(is_refused), "{point}: {trainings:#?}");
    }
}

/// Over in a second.
fn plan() -> Value {
    let words = ["Initialized", "PendingTraining", "DatasetUploading", "DataProcessing", "TrainingStarted", "Training"];
    let later = ["Trained", "ModelUploading", "Publishing"];
    let durations: BTreeMap<_, _> = words.into_iter().chain(later).map(|word| (word, 0.1)).collect();
    json!({"plan": {"durations": durations}})
}

async fn submit_two(caller: Caller, dataset: String, model_id: String) {
    for _ in 0..2 {
        let mut body = caller.new_submit(&model_id, &dataset);
        body["hold_if_busy"] = json!(true);
        caller.submit_until_answered(&body).await;
    }
}

/// The two trainings, once the vendor has both. Under a used id a lost answer is for a person to tell, as for any other.
async fn wait_until_both_are_settled(caller: &Caller, model_id: &str) -> Vec<Value> {
    let since = Instant::now();
    loop {
        let mut trainings = caller.list_trainings().await;
        trainings.retain(|training| training["vendor_ref"] == model_id);
        let is_settled =
            |training: &&Value| !training["submitted_at"].is_null() || training["stage"] == "needs_attention";
        if trainings.iter().filter(is_settled).count() == 2 {
            return trainings;
        }
        assert!(since.elapsed() < Duration::from_secs(60), "not both are settled: {trainings:#?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
