//! The state file: what a killed or stopped sandbox still knows when it comes back.

use super::{Fake, clustering};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_restarted_sandbox_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sandbox.jsonl");
    let first = Fake::start_with(Some(file.clone())).await;
    first.script("*", json!({"plan": {"durations": {"Publishing": 10}}})).await;
    let run_id = first.train_ok("m-1").await;
    first.advance(100_000).await;
    first.progress("m-1").await;
    first.script("m-1", json!({"progress": [{"calls": 2, "answer": {"kind": "abp", "status": 500}}]})).await;
    assert_eq!(first.get("m-1", "progress").await.unwrap().status(), 500);
    let (log, token) = (first.log().await, first.token.clone());
    first.sandbox.stop().await;

    let mut second = Fake::start_with(Some(file)).await;
    let log_now = second.log().await;
    assert_eq!(log_now[..log.len()], log[..], "the log is the same");
    assert_eq!(log_now.last().unwrap()["sequence"], log.len() + 1, "and its numbers go on");
    second.token = token;
    assert_eq!(second.get("m-1", "progress").await.unwrap().status(), 500, "the second of two scripted calls");
    second.advance(10).await;
    assert_eq!(second.progress("m-1").await["inferenceStatus"], "Running", "an old token is still good");
    assert_eq!(second.runs().await[0]["run_id"], run_id.as_str());
}

#[tokio::test]
async fn the_file_is_written_before_the_answer_goes_out() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sandbox.jsonl");
    let fake = Fake::start_with(Some(file.clone())).await;
    let run_id = fake.train_ok("m-1").await;
    let text = std::fs::read_to_string(&file).unwrap();
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(records.iter().any(|record| record["is"] == "run_created" && record["run"]["id"] == run_id.as_str()));
    let ended = records.iter().filter(|record| record["is"] == "visit_ended").count();
    assert_eq!(ended, 2, "the token call and the train call have ended");
    assert!(!text.contains(&fake.token) && !text.contains("sandbox-secret"));
}

#[tokio::test]
async fn a_line_torn_by_a_kill_is_dropped_and_a_foreign_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sandbox.jsonl");
    let first = Fake::start_with(Some(file.clone())).await;
    first.train_ok("m-1").await;
    first.sandbox.stop().await;
    let mut bytes = std::fs::read(&file).unwrap();
    bytes.extend_from_slice(b"{\"is\":\"run_crea");
    std::fs::write(&file, bytes).unwrap();
    let second = Fake::start_with(Some(file.clone())).await;
    assert_eq!(second.train(clustering("m-1")).await.unwrap().status(), 202);
    second.sandbox.stop().await;
    let third = Fake::start_with(Some(file.clone())).await;
    assert_eq!(third.runs().await.len(), 1);
    third.sandbox.stop().await;

    std::fs::write(&file, "name,age\n").unwrap();
    let options = trainyard::sandbox::SandboxOptions {
        listen: ([127, 0, 0, 1], 0).into(),
        speed: 1.0,
        state: Some(file),
        call_back_every: None,
    };
    let refused = trainyard::sandbox::start_sandbox(options, std::sync::Arc::new(trainyard::clock::WallClock)).await;
    assert!(refused.unwrap_err().to_string().contains("line 1"));
}

#[tokio::test]
async fn vendor_time_runs_at_its_speed_on_top_of_what_was_advanced() {
    use app::model::time::Timestamp;
    use std::sync::Arc;
    use trainyard::clock::FakeClock;
    let fake = Fake::start().await;
    let clock = Arc::new(FakeClock::new(Timestamp::from_millis(0)));
    let options = trainyard::sandbox::SandboxOptions {
        listen: ([127, 0, 0, 1], 0).into(),
        speed: 60.0,
        state: None,
        call_back_every: None,
    };
    let quick =
        Fake { sandbox: trainyard::sandbox::start_sandbox(options, clock.clone()).await.unwrap(), clock, ..fake };
    quick.clock.advance(Duration::from_secs(2));
    let answer: Value = quick.post_control("advance", &json!({"seconds": 5})).await.json().await.unwrap();
    assert_eq!(answer["vendor_ms"], 125_000);
}
