//! How runs proceed: the walk through the statuses, publishing, busy models, retraining, sleep.

use super::{Fake, changed, classification, clustering, json_file};
use serde_json::{Value, json};

const NO_TIME: [&str; 8] = [
    "Initialized",
    "PendingTraining",
    "DatasetUploading",
    "DataProcessing",
    "TrainingStarted",
    "Training",
    "Trained",
    "ModelUploading",
];

/// A plan in which each status takes 10 vendor seconds.
fn ten_seconds_each() -> Value {
    let mut durations: serde_json::Map<String, Value> =
        NO_TIME.iter().map(|status| ((*status).to_owned(), json!(10))).collect();
    durations.insert("Publishing".to_owned(), json!(10));
    json!({ "durations": durations })
}

async fn plan(fake: &Fake, more: Value) {
    let mut plan = ten_seconds_each();
    plan.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    fake.script("*", json!({ "plan": plan })).await;
}

fn said(progress: &Value) -> (&str, Option<&str>) {
    (progress["trainingStatus"].as_str().unwrap(), progress["inferenceStatus"].as_str())
}

#[tokio::test]
async fn a_run_walks_through_every_status_in_the_vendors_order() {
    let fake = Fake::start().await;
    plan(&fake, json!({})).await;
    fake.train_ok("m-1").await;
    let mut seen = Vec::new();
    for _ in 0..9 {
        let progress = fake.progress("m-1").await;
        assert_eq!(progress.as_object().unwrap().len(), 3);
        assert!(progress["inferenceStatus"].is_null());
        seen.push(progress["trainingStatus"].as_str().unwrap().to_owned());
        fake.advance(10).await;
    }
    let expected: Vec<&str> = NO_TIME.into_iter().chain(["Completed"]).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn percent_grows_while_training() {
    let fake = Fake::start().await;
    plan(&fake, json!({})).await;
    fake.train_ok("m-1").await;
    fake.advance(50).await;
    let mut last = -1.0;
    for _ in 0..5 {
        let progress = fake.progress("m-1").await;
        assert_eq!(said(&progress).0, "Training");
        let percent = progress["percent"].as_f64().unwrap();
        assert!(percent > last && percent < 100.0, "{last} then {percent}");
        last = percent;
        fake.advance(2).await;
    }
}

#[tokio::test]
async fn publishing_starts_only_when_progress_is_asked_for_at_or_after_completion() {
    let fake = Fake::start().await;
    plan(&fake, json!({})).await;
    fake.train_ok("m-1").await;
    fake.progress("m-1").await;
    fake.advance(100_000).await;
    assert_eq!(fake.ready("m-1").await, "false", "nobody asked after completion: nothing was published");
    assert_eq!(said(&fake.progress("m-1").await), ("Completed", None), "this very call publishes");
    assert_eq!(said(&fake.progress("m-1").await), ("Completed", Some("Pending")));
    fake.advance(9).await;
    assert_eq!(said(&fake.progress("m-1").await), ("Completed", Some("Pending")));
    fake.advance(1).await;
    assert_eq!(said(&fake.progress("m-1").await), ("Completed", Some("Running")));
    assert_eq!(fake.ready("m-1").await, "true");
}

#[tokio::test]
async fn a_failed_call_publishes_nothing() {
    let fake = Fake::start().await;
    plan(&fake, json!({})).await;
    fake.train_ok("m-1").await;
    fake.advance(1_000).await;
    fake.script("m-1", json!({"progress": [{"calls": 1, "answer": {"kind": "html", "status": 502}}]})).await;
    assert_eq!(fake.get("m-1", "progress").await.unwrap().status(), 502);
    fake.advance(1_000).await;
    assert_eq!(said(&fake.progress("m-1").await), ("Completed", None));
}

#[tokio::test]
async fn a_default_training_takes_between_an_hour_and_an_hour_and_a_half_of_vendor_time() {
    let fake = Fake::start().await;
    for model_id in ["a", "m-1", "support-tr-2024", "zz"] {
        fake.train_ok(model_id).await;
    }
    fake.advance(3_600).await;
    for model_id in ["a", "m-1", "support-tr-2024", "zz"] {
        assert_ne!(said(&fake.progress(model_id).await).0, "Completed", "{model_id}");
    }
    fake.advance(1_800).await;
    for model_id in ["a", "m-1", "support-tr-2024", "zz"] {
        assert_eq!(said(&fake.progress(model_id).await).0, "Completed", "{model_id}");
    }
}

#[tokio::test]
async fn a_busy_model_is_refused_with_202_or_with_the_newer_text_and_gets_no_second_run() {
    let fake = Fake::start().await;
    fake.train_ok("m-1").await;
    let again = fake.train(clustering("m-1")).await.unwrap();
    assert_eq!((again.status().as_u16(), again.text().await.unwrap().as_str()), (202, ""));
    assert_eq!(fake.train(classification("m-1")).await.unwrap().status(), 202, "the id is shared by both kinds");
    let text = "The training is still in progress for the same model ID: m-1";
    for status in [200, 400, 403, 409, 500] {
        fake.script("*", json!({"busy": {"kind": "in_progress", "status": status}})).await;
        let again = fake.train(clustering("m-1")).await.unwrap();
        assert_eq!(again.status().as_u16(), status);
        assert_eq!(again.json::<Value>().await.unwrap()["error"]["message"], text);
    }
    fake.script("*", json!({"busy": {"kind": "in_progress", "envelope": "plain"}})).await;
    assert_eq!(fake.train(clustering("m-1")).await.unwrap().text().await.unwrap(), text);
    fake.script("*", json!({"busy": {"kind": "in_progress", "envelope": "json_string"}})).await;
    assert_eq!(fake.train(clustering("m-1")).await.unwrap().json::<Value>().await.unwrap(), text);
    assert_eq!(fake.runs().await.len(), 1);
}

#[tokio::test]
async fn training_a_finished_model_again_starts_a_new_run() {
    let fake = Fake::start().await;
    plan(&fake, json!({})).await;
    let first = fake.train_ok("m-1").await;
    fake.advance(1_000).await;
    fake.progress("m-1").await;
    let second = fake.train_ok("m-1").await;
    assert_ne!(first, second);
    assert_eq!(said(&fake.progress("m-1").await), ("Initialized", None));
    let runs = fake.runs().await;
    assert_eq!((&runs[0]["run_id"], &runs[1]["run_id"]), (&first.into(), &second.into()));
    assert!(runs[0]["created_sequence"].as_u64() < runs[1]["created_sequence"].as_u64());
}

#[tokio::test]
async fn a_stale_vendor_still_tells_of_the_run_before() {
    let fake = Fake::start().await;
    plan(&fake, json!({"stale_answers": 2})).await;
    fake.train_ok("m-1").await;
    fake.advance(1_000).await;
    for _ in 0..4 {
        fake.progress("m-1").await;
        fake.advance(10).await;
    }
    fake.train_ok("m-1").await;
    assert_eq!(said(&fake.progress("m-1").await), ("Completed", Some("Running")));
    assert_eq!(said(&fake.progress("m-1").await), ("Completed", Some("Running")));
    assert_eq!(said(&fake.progress("m-1").await), ("Initialized", None));
}

#[tokio::test]
async fn without_force_a_finished_model_goes_straight_to_completed_and_is_published_again() {
    let fake = Fake::start().await;
    plan(&fake, json!({"sleep_after_seconds": 50})).await;
    fake.train_ok("m-1").await;
    fake.advance(1_000).await;
    fake.progress("m-1").await;
    fake.advance(10).await;
    assert_eq!(fake.ready("m-1").await, "true");
    fake.advance(50).await;
    assert_eq!(fake.ready("m-1").await, "false", "it fell asleep");
    assert_eq!(said(&fake.progress("m-1").await).0, "Completed", "asking does not wake it");
    assert_eq!(fake.ready("m-1").await, "false");
    let wake = || changed("forceTrain", Some("false")).part("dataFile", json_file("[1]"));
    assert_eq!(fake.train(wake()).await.unwrap().status(), 200);
    assert_eq!(said(&fake.progress("m-1").await), ("Completed", None));
    fake.advance(10).await;
    assert_eq!(said(&fake.progress("m-1").await), ("Completed", Some("Running")));
    assert_eq!(fake.ready("m-1").await, "true");
    assert_eq!(fake.runs().await[1]["redeploys"], true);
}

#[tokio::test]
async fn without_force_a_model_that_never_completed_is_trained() {
    let fake = Fake::start().await;
    let form = changed("forceTrain", Some("false")).part("dataFile", json_file("[1]"));
    assert_eq!(fake.train(form).await.unwrap().status(), 200);
    assert_eq!(said(&fake.progress("m-1").await), ("Initialized", None));
}

#[tokio::test]
async fn a_run_fails_half_way_through_any_status_and_is_not_busy_then() {
    let fake = Fake::start().await;
    for (at, status) in NO_TIME.into_iter().enumerate() {
        let model_id = format!("m-{at}");
        plan(&fake, json!({"fail_at": status})).await;
        fake.train_ok(&model_id).await;
        fake.advance(u32::try_from(at * 10).unwrap()).await;
        assert_eq!(said(&fake.progress(&model_id).await).0, status);
        fake.advance(5).await;
        assert_eq!(said(&fake.progress(&model_id).await), ("Failed", None));
        fake.train_ok(&model_id).await;
    }
}

#[tokio::test]
async fn a_run_can_be_stuck_in_any_status_for_ever() {
    let fake = Fake::start().await;
    for status in NO_TIME {
        plan(&fake, json!({"stuck_at": status})).await;
        let model_id = status.to_ascii_lowercase();
        fake.train_ok(&model_id).await;
        fake.advance(1_000_000).await;
        assert_eq!(said(&fake.progress(&model_id).await).0, status);
    }
    plan(&fake, json!({"stuck_at": "Publishing"})).await;
    fake.train_ok("m-1").await;
    fake.advance(1_000).await;
    fake.progress("m-1").await;
    fake.advance(1_000_000).await;
    assert_eq!(said(&fake.progress("m-1").await), ("Completed", Some("Pending")));
}

#[tokio::test]
async fn an_unknown_model_is_an_abp_404_and_a_new_one_can_be_unknown_for_a_while() {
    let fake = Fake::start().await;
    for what in ["progress", "ready"] {
        let response = fake.get("nobody", what).await.unwrap();
        assert_eq!(response.status(), 404);
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"]["message"], "There is no entity Experiment with id = nobody!");
    }
    plan(&fake, json!({"not_found_answers": 2})).await;
    fake.train_ok("m-1").await;
    assert_eq!(fake.get("m-1", "progress").await.unwrap().status(), 404);
    assert_eq!(fake.get("m-1", "progress").await.unwrap().status(), 404);
    assert_eq!(said(&fake.progress("m-1").await).0, "Initialized");
}

#[tokio::test]
async fn readiness_is_only_for_clustering() {
    let fake = Fake::start().await;
    assert_eq!(fake.train(classification("cls")).await.unwrap().status(), 200);
    assert_eq!(fake.get("cls", "ready").await.unwrap().status(), 404);
}

#[tokio::test]
async fn planted_runs_were_made_by_nobody_here() {
    let fake = Fake::start().await;
    let body = json!({"vendor": "sestek", "model_ids": ["theirs-1", "theirs-2"], "kind": "classification"});
    assert_eq!(fake.post_control("runs", &body).await.status(), 204);
    assert_eq!(said(&fake.progress("theirs-2").await).0, "Initialized");
    assert_eq!(fake.runs().await[0]["created_sequence"], Value::Null);
    assert_eq!(fake.train(clustering("theirs-1")).await.unwrap().status(), 202);
}

#[tokio::test]
async fn progress_and_readiness_take_no_body_and_no_content_type() {
    let fake = Fake::start().await;
    fake.train_ok("m-1").await;
    let url = fake.url("/sestek/sestekai-api/api/external/trainings/m-1/progress");
    let get = || fake.http.get(&url).bearer_auth(&fake.token);
    assert_eq!(get().header("content-type", "application/json").send().await.unwrap().status(), 400);
    assert_eq!(get().body("{}").send().await.unwrap().status(), 400);
    assert_eq!(fake.http.get(&url).send().await.unwrap().status(), 401);
    assert_eq!(get().send().await.unwrap().status(), 200);
    assert_eq!(fake.http.post(&url).bearer_auth(&fake.token).send().await.unwrap().status(), 405);
}

#[tokio::test]
async fn deprecated_paths_and_those_of_other_families_are_404() {
    let fake = Fake::start().await;
    let paths = [
        "/sestek/sestekai-api/api/app/external-trainings/train",
        "/sestek/sestekai-api/api/app/external-generative-question-answering-trainings/train",
        "/sestek/connect/token",
        "/elsewhere",
    ];
    for path in paths {
        let response =
            fake.http.post(fake.url(path)).bearer_auth(&fake.token).multipart(clustering("m-1")).send().await;
        assert_eq!(response.unwrap().status(), 404, "{path}");
        assert_eq!(fake.last_visit().await["path"], path, "also this is in the log");
    }
    let deprecated = fake.url("/sestek/sestekai-api/api/app/external-trainings/m-1/progress");
    assert_eq!(fake.http.get(deprecated).bearer_auth(&fake.token).send().await.unwrap().status(), 404);
}
