//! G5: the process dies at named points of the code; in the end nothing is lost, doubled or stuck, as in G1.
//! The points exist only in a build with the feature `failpoints`, where any panic ends the process at once (see `telemetry`).

use super::kills::{QUARANTINE, SCALE, compare, runs_for_hours};
use super::yard::{Caller, Yard};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// Every point, and how many hits may pass before the process dies there.
const POINTS: [(&str, u64); 11] = [
    ("submit_before_row", 3),
    ("submit_before_intent", 3),
    ("submit_after_intent", 3),
    ("submit_answer_read", 3),
    ("submit_before_outcome", 3),
    ("submit_after_outcome", 2),
    ("before_commit", 9),
    ("after_commit", 9),
    ("event_insert", 9),
    ("poll_before_commit", 5),
    ("adopt", 1),
];
/// How many trainings are submitted for each death.
const SUBMITS: u64 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g5_a_death_at_each_named_point_loses_doubles_and_blocks_nothing() {
    die_at_every_point(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: 20 seeds for each point; `make faults` runs it"]
async fn g5_20_deaths_at_each_named_point_lose_double_and_block_nothing() {
    die_at_every_point(20).await;
}

async fn die_at_every_point(seeds: u64) {
    let mut yard = Yard::open(SCALE).await;
    let dataset = yard.caller().upload("dialogues.json", b"[1]".to_vec()).await;
    let mut submitted = BTreeSet::new();
    for seed in 0..seeds {
        for (point, most_hits) in POINTS {
            let model_ids: Vec<String> =
                (0..SUBMITS).map(|number| format!("g5-{}-{seed}-{number}", point.replace('_', "-"))).collect();
            // Half of the answers are lost, so that there is something to look up and to adopt.
            yard.script("*", lose_every_other_answer()).await;
            yard.stop_server().await;
            let hits = seed % most_hits;
            let action = if hits == 0 { format!("{point}=panic") } else { format!("{point}={hits}*off->panic") };
            yard.start_server(&[("FAILPOINTS", action)]).await;
            let submits = tokio::spawn(submit_all(yard.caller(), dataset.clone(), model_ids.clone()));
            let died = yard.wait_for_death(Duration::from_secs(60)).await;
            assert!(died, "nothing came by {point} {} times", hits + 1);
            yard.start_server(&[]).await;
            submits.await.unwrap();
            submitted.extend(model_ids);
        }
    }
    let trainings = yard.caller().wait_until_settled(QUARANTINE * 2 + Duration::from_secs(60)).await;
    compare(&yard, &trainings, &submitted).await;
}

fn lose_every_other_answer() -> Value {
    let mut script = runs_for_hours();
    script["train"] = (0..40)
        .map(|at| if at % 2 == 0 { json!({"calls": 1}) } else { json!({"calls": 1, "cut": "after_upload"}) })
        .collect();
    script
}

async fn submit_all(caller: Caller, dataset: String, model_ids: Vec<String>) {
    for model_id in model_ids {
        caller.submit_until_answered(&caller.new_submit(&model_id, &dataset)).await;
    }
}
