//! The scripted answers: train, progress, readiness and token, each with its switches.

use super::{CREDENTIALS, Fake, clustering};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn train_gives_each_ready_made_answer_for_so_many_calls_and_creates_no_run() {
    let fake = Fake::start().await;
    let answers = [
        (json!({"kind": "empty"}), 202, ""),
        (json!({"kind": "in_progress", "status": 200}), 200, "still in progress"),
        (json!({"kind": "abp", "code": "App:010046", "text": "No."}), 400, "App:010046"),
        (json!({"kind": "abp", "members": ["LanguageCode"]}), 400, "LanguageCode"),
        (json!({"kind": "abp", "status": 401}), 401, "error"),
        (json!({"kind": "abp", "status": 403, "code": "Volo.Authorization:010001"}), 403, "Volo.Authorization:010001"),
        (json!({"kind": "abp", "status": 404}), 404, "error"),
        (json!({"kind": "abp", "status": 409}), 409, "error"),
        (json!({"kind": "abp", "status": 500}), 500, "An internal error occurred during your request!"),
        (json!({"kind": "html"}), 200, "<form"),
        (json!({"kind": "redirect"}), 302, ""),
        (json!({"kind": "throttle", "retry_after_seconds": 30}), 429, ""),
        (json!({"kind": "throttle", "status": 503, "retry_after_seconds": 7}), 503, ""),
        (json!({"kind": "raw", "status": 413, "text": "too big", "content_type": "text/plain"}), 413, "too big"),
    ];
    for (answer, status, text) in answers {
        let creates_run = if answer["kind"] == "empty" { json!(false) } else { Value::Null };
        fake.script("*", json!({"train": [{"calls": 1, "answer": answer, "creates_run": creates_run}]})).await;
        let response = fake.train(clustering("m-1")).await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{answer}");
        if let Some(seconds) = answer["retry_after_seconds"].as_u64() {
            assert_eq!(response.headers()["retry-after"], seconds.to_string());
        }
        assert_eq!(response.headers().contains_key("location"), status == 302);
        assert!(response.text().await.unwrap().contains(text), "{answer}");
        assert!(fake.runs().await.is_empty(), "{answer}");
    }
    fake.train_ok("m-1").await;
}

#[tokio::test]
async fn an_answer_can_hide_that_the_run_was_created() {
    let fake = Fake::start().await;
    let hiding = [
        json!({"answer": {"kind": "abp", "status": 500}, "creates_run": true}),
        json!({"answer": {"kind": "html"}, "creates_run": true}),
        json!({"answer": {"kind": "broken_json"}}),
    ];
    for (at, step) in hiding.into_iter().enumerate() {
        let model_id = format!("m-{at}");
        fake.script(&model_id, json!({ "train": [step] })).await;
        let response = fake.train(clustering(&model_id)).await.unwrap();
        assert!(response.json::<Value>().await.is_err() || at == 0);
        assert!(fake.last_visit().await["run_created"].is_string());
        assert_eq!(fake.progress(&model_id).await["trainingStatus"], "Initialized");
    }
}

#[tokio::test]
async fn steps_act_in_order_and_the_exact_match_before_the_prefix_before_all() {
    let fake = Fake::start().await;
    let status = |status: u16| json!({"calls": 1, "answer": {"kind": "abp", "status": status}});
    fake.script("*", json!({"progress": [status(500)]})).await;
    fake.script("m-*", json!({"progress": [status(501), {"calls": 1}, status(502)]})).await;
    fake.script("m-1", json!({"progress": [status(503)]})).await;
    fake.train_ok("m-1").await;
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(fake.get("m-1", "progress").await.unwrap().status().as_u16());
    }
    assert_eq!(seen, [503, 501, 200, 502, 500, 200]);
    fake.script("*", json!({"progress": [status(500)]})).await;
    fake.script("*", json!({})).await;
    assert_eq!(fake.get("m-1", "progress").await.unwrap().status(), 200, "an empty script removes the scenario");
}

#[tokio::test]
async fn progress_says_the_same_in_other_words() {
    let fake = Fake::start().await;
    fake.train_ok("m-1").await;
    let say = async |wording: Value| {
        fake.script("m-1", json!({"progress": [{ "wording": wording }]})).await;
        fake.progress("m-1").await
    };
    assert_eq!(say(json!({"letters": "lower"})).await["trainingStatus"], "initialized");
    assert_eq!(say(json!({"letters": "upper"})).await["trainingStatus"], "INITIALIZED");
    assert_eq!(say(json!({"padded": true})).await["trainingStatus"], "  Initialized ");
    assert_eq!(say(json!({"training_status": "Paused"})).await["trainingStatus"], "Paused");
    let running = say(json!({"training_status": "Completed", "inference_status": "Running"})).await;
    assert_eq!((&running["trainingStatus"], &running["inferenceStatus"]), (&"Completed".into(), &"Running".into()));
    assert_eq!(say(json!({"null_as": "absent"})).await.get("inferenceStatus"), None);
    assert_eq!(say(json!({"null_as": "empty"})).await["inferenceStatus"], "");
    assert_eq!(say(json!({"null_as": "text"})).await["inferenceStatus"], "Null");
    assert_eq!(say(json!({"null_as": "null"})).await.get("inferenceStatus"), Some(&Value::Null));
    for percent in [json!(null), json!(250), json!(33.3), json!(-5), json!(1e9), json!("55")] {
        assert_eq!(say(json!({ "percent": percent })).await["percent"], percent);
    }
    assert_eq!(say(json!({"percent_absent": true})).await.get("percent"), None);
    fake.script("m-1", json!({"progress": [{"calls": 1, "wording": {"percent": 60}}, {"wording": {"percent": 40}}]}))
        .await;
    assert_eq!(
        (fake.progress("m-1").await["percent"].clone(), fake.progress("m-1").await["percent"].clone()),
        (60.into(), 40.into())
    );
}

#[tokio::test]
async fn progress_gives_html_the_documented_sample_and_server_errors() {
    let fake = Fake::start().await;
    fake.train_ok("m-1").await;
    fake.script(
        "m-1",
        json!({"progress": [
        {"calls": 1, "answer": {"kind": "html"}},
        {"calls": 1, "answer": {"kind": "broken_json"}},
        {"calls": 2, "answer": {"kind": "abp", "status": 500}}]}),
    )
    .await;
    assert!(fake.get("m-1", "progress").await.unwrap().text().await.unwrap().starts_with("<!DOCTYPE html>"));
    let sample = fake.get("m-1", "progress").await.unwrap().text().await.unwrap();
    assert!(sample.contains("\"percent\": 100\n\"trainingStatus\"") && serde_json::from_str::<Value>(&sample).is_err());
    for status in [500, 500, 200] {
        assert_eq!(fake.get("m-1", "progress").await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn readiness_is_a_bare_truth_value_in_three_spellings() {
    let fake = Fake::start().await;
    fake.train_ok("m-1").await;
    assert_eq!(fake.ready("m-1").await, "false");
    for (spelling, said) in [("title", "False"), ("quoted", "\"false\""), ("json", "false")] {
        fake.script("m-1", json!({"ready": [{"wording": {"truth_as": spelling}}]})).await;
        assert_eq!(fake.ready("m-1").await, said);
    }
}

#[tokio::test]
async fn a_token_is_given_for_the_right_form_only() {
    let fake = Fake::start().await;
    let good: Value = fake.post_token(&CREDENTIALS).await.json().await.unwrap();
    assert_eq!((&good["expires_in"], &good["token_type"]), (&86_400.into(), &"Bearer".into()));
    assert_eq!(good["scope"], "SestekAI_External");
    let with = |name: &'static str, value: &'static str| {
        let mut form: Vec<(&str, &str)> = CREDENTIALS.into_iter().filter(|field| field.0 != name).collect();
        if !value.is_empty() {
            form.push((name, value));
        }
        form
    };
    let cases = [
        (with("client_secret", "wrong"), 401, "invalid_client"),
        (with("client_id", "wrong"), 401, "invalid_client"),
        (with("client_secret", ""), 400, "invalid_request"),
        (with("grant_type", ""), 400, "invalid_request"),
        (with("grant_type", "password"), 400, "unsupported_grant_type"),
        (with("scope", "SestekAI_Host_External"), 400, "invalid_scope"),
        ([CREDENTIALS.to_vec(), vec![("client_id", "sandbox")]].concat(), 400, "invalid_request"),
    ];
    for (form, status, error) in cases {
        let response = fake.post_token(&form).await;
        assert_eq!(response.status(), status, "{form:?}");
        let body: Value = response.json().await.unwrap();
        assert_eq!(body["error"], error, "{form:?}");
        assert!(body["error_uri"].as_str().unwrap().starts_with("https://documentation.openiddict.com/errors/ID"));
    }
    let json = fake.http.post(fake.url("/sestek/identity/connect/token")).json(&json!({})).send().await.unwrap();
    assert_eq!(json.status(), 400);
}

#[tokio::test]
async fn a_token_expires_and_can_be_revoked() {
    let mut fake = Fake::start().await;
    fake.train_ok("m-1").await;
    fake.clock.advance(Duration::from_secs(86_399));
    assert_eq!(fake.get("m-1", "progress").await.unwrap().status(), 200);
    fake.clock.advance(Duration::from_secs(1));
    let expired = fake.get("m-1", "progress").await.unwrap();
    assert_eq!(expired.status(), 401);
    assert!(expired.headers()["www-authenticate"].to_str().unwrap().contains("no longer valid"));
    fake.token = fake.ask_token().await;
    assert_eq!(fake.get("m-1", "progress").await.unwrap().status(), 200);
    assert_eq!(fake.post_control("revoke-tokens", &json!({})).await.status(), 204);
    assert_eq!(fake.get("m-1", "progress").await.unwrap().status(), 401);
}

#[tokio::test]
async fn the_token_endpoint_can_be_scripted() {
    let mut fake = Fake::start().await;
    fake.script("*", json!({"token": [
        {"calls": 1, "answer": {"kind": "oauth"}},
        {"calls": 1, "answer": {"kind": "oauth", "code": "invalid_client", "status": 400}},
        {"calls": 1, "answer": {"kind": "html"}},
        {"calls": 1, "terms": {"access_token": "canary-token", "expires_in_seconds": 60, "scope": "SestekAI_Host_External"}},
        {"calls": 1, "terms": {"expires_in_absent": true}}]}))
    .await;
    let refused = fake.post_token(&CREDENTIALS).await;
    assert_eq!(refused.status(), 401);
    assert_eq!(refused.json::<Value>().await.unwrap()["error"], "invalid_client");
    assert_eq!(fake.post_token(&CREDENTIALS).await.status(), 400);
    assert!(fake.post_token(&CREDENTIALS).await.text().await.unwrap().contains("<html>"));
    let canary: Value = fake.post_token(&CREDENTIALS).await.json().await.unwrap();
    assert_eq!((&canary["access_token"], &canary["expires_in"]), (&"canary-token".into(), &60.into()));
    assert_eq!(canary["scope"], "SestekAI_Host_External");
    assert_eq!(fake.post_token(&CREDENTIALS).await.json::<Value>().await.unwrap().get("expires_in"), None);
    fake.token = "canary-token".to_owned();
    fake.train_ok("m-1").await;
    fake.clock.advance(Duration::from_secs(60));
    assert_eq!(fake.get("m-1", "progress").await.unwrap().status(), 401);
}

#[tokio::test]
async fn an_outage_is_over_everything() {
    let mut fake = Fake::start().await;
    fake.train_ok("m-1").await;
    fake.script("*", json!({"outage": [{"answer": {"kind": "html", "status": 503}}]})).await;
    assert_eq!(fake.post_token(&CREDENTIALS).await.status(), 503);
    assert_eq!(fake.train(clustering("m-2")).await.unwrap().status(), 503);
    assert_eq!(fake.get("m-1", "progress").await.unwrap().status(), 503);
    assert_eq!(fake.get("m-1", "ready").await.unwrap().status(), 503);
    assert_eq!(fake.runs().await.len(), 1);
    fake.script("*", json!({})).await;
    fake.token = fake.ask_token().await;
    fake.train_ok("m-2").await;
}

#[tokio::test]
async fn a_scenario_that_is_not_understood_is_refused_with_its_reason() {
    let fake = Fake::start().await;
    let cases = [
        (json!({"vendor": "sestek", "script": {"trian": []}}), "trian"),
        (json!({"vendor": "sestek", "script": {"train": [{"cuts": "x"}]}}), "cuts"),
        (json!({"vendor": "nobody", "script": {}}), "nobody"),
        (json!({"vendor": "sestek", "script": {"plan": {"fail_at": "Traning"}}}), "Traning"),
        (json!({"vendor": "sestek", "script": {"plan": {"durations": {"Training": -1}}}}), "-1"),
        (json!({"vendor": "sestek", "match": "m", "script": {"train": [{"cut": "mid_upload"}]}}), "*"),
        (json!({"vendor": "sestek", "script": {"progress": [{"cut": "mid_upload"}]}}), "upload"),
    ];
    for (scenario, text) in cases {
        let response = fake.post_control("scenario", &scenario).await;
        assert_eq!(response.status(), 422, "{scenario}");
        assert!(response.text().await.unwrap().contains(text), "{scenario}");
    }
    assert_eq!(fake.post_control("advance", &json!({"seconds": -1})).await.status(), 422);
}
