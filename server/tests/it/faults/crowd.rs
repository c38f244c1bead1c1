//! G11: a restart with thousands of active trainings: all of them are polled again, and the vendor is not overrun.

use super::yard::Yard;
use app::model::ids::{TrainingId, VendorRef};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use trainyard::clock::{Clock, WallClock};
use trainyard::store::Store;
use trainyard::store::trainings::StoredTraining;
use trainyard::store::work::WorkKind;

/// Calls that ask: this many a second for each connection, after a burst of as many.
const ASKS_PER_SECOND: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn g11_after_a_kill_1000_active_trainings_are_polled_again_without_a_burst() {
    restart_with(1_000, Duration::from_secs(300)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: 10,000 trainings; `make faults` runs it"]
async fn g11_after_a_kill_10000_active_trainings_are_polled_again_without_a_burst() {
    restart_with(10_000, Duration::from_secs(900)).await;
}

async fn restart_with(count: usize, limit: Duration) {
    let mut yard = Yard::open(1.0).await;
    yard.script(
        "*",
        json!({"plan": {"durations": {"Initialized": 0, "PendingTraining": 0}, "stuck_at": "DatasetUploading"}}),
    )
    .await;
    let caller = yard.caller();
    let dataset = caller.upload("dialogues.json", b"[1]".to_vec()).await;
    let body = caller.new_submit("g11", &dataset);
    caller.submit(&body).await;
    caller.wait_until_settled(Duration::from_secs(60)).await;
    let planted: Vec<String> = (0..count).map(|number| format!("g11-{number}")).collect();
    yard.plant_runs(&planted).await;
    yard.kill_server().await;
    seed_trainings(&yard.database_url(), body["id"].as_str().unwrap(), &planted).await;

    let before = yard.vendor_log().await.last().unwrap()["sequence"].as_u64().unwrap();
    let began = Instant::now();
    yard.start_server(&[]).await;
    caller.get("/readyz").await;
    println!("{count} active trainings: ready after {:?}", began.elapsed());
    let asked = wait_for_all(&yard, before, count, limit).await;
    check_rate(&asked);
    let seen = caller.list_trainings().await;
    assert_eq!(seen.len(), count + 1);
    assert!(seen.iter().all(|training| training["stage"] == "preparing"), "no training changed its stage");
    let first_ms = asked.first().map_or(0, |visit| visit.at_ms - super::yard::now_ms());
    println!("all polled after {:?}, the first one {} s ago", began.elapsed(), -first_ms / 1_000);
}

struct Asked {
    at_ms: i64,
    model_id: String,
}

/// Waits until each of the trainings was asked about.
async fn wait_for_all(yard: &Yard, after: u64, count: usize, limit: Duration) -> Vec<Asked> {
    let began = Instant::now();
    loop {
        let log = yard.vendor_log_after(after).await;
        let asked: Vec<Asked> = log.iter().filter_map(read_progress_visit).collect();
        let models: std::collections::HashSet<&str> = asked.iter().map(|asked| asked.model_id.as_str()).collect();
        if models.len() > count {
            return asked;
        }
        assert!(began.elapsed() < limit, "only {} of {count} trainings were asked about", models.len());
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

fn read_progress_visit(visit: &Value) -> Option<Asked> {
    let is_progress = visit["path"].as_str()?.ends_with("/progress");
    let model_id = visit["end"]["model_id"].as_str()?.to_owned();
    is_progress.then_some(Asked { at_ms: visit["at_ms"].as_i64()?, model_id })
}

/// In no window of ten seconds more than the rate and one burst. (Short windows would measure the machine.)
fn check_rate(asked: &[Asked]) {
    let mut times: Vec<i64> = asked.iter().map(|asked| asked.at_ms).collect();
    times.sort_unstable();
    for (first, from) in times.iter().enumerate() {
        let inside = times[first..].iter().take_while(|at| **at < from + 10_000).count();
        assert!(inside <= ASKS_PER_SECOND * 11 + 16, "{inside} calls within 10 seconds");
    }
}

/// Writes copies of a training into the database of a server that is not running.
async fn seed_trainings(url: &str, original: &str, model_ids: &[String]) {
    let clock = Arc::new(WallClock);
    let store = Store::open(url, clock.clone()).await.unwrap();
    let original = store.load_training(&TrainingId::new(original)).await.unwrap().unwrap();
    let mut txn = store.open_txn().await.unwrap();
    for model_id in model_ids {
        let mut copy: StoredTraining = original.clone();
        copy.training.id = TrainingId::new(uuid::Uuid::now_v7().to_string());
        copy.training.name.clone_from(model_id);
        copy.vendor_ref = VendorRef::new(model_id.as_str());
        copy.training.vendor_ref = Some(copy.vendor_ref.clone());
        txn.insert_training(&copy).await.unwrap();
        let key = format!("{}/{model_id}", copy.training.connection);
        txn.put_work(WorkKind::Poll, &key, &copy.training.id, clock.now()).await.unwrap();
    }
    txn.commit().await.unwrap();
    store.close().await;
}
