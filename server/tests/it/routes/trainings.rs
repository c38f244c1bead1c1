//! `/api/v1/trainings` and `/api/v1/uploads` as a script uses them: one submit, its repetitions, its history.

use crate::support::app::{Call, TestApp};
use app::model::session::Role;
use axum::http::header;
use futures::StreamExt;
use serde_json::{Value, json};

const ID: &str = "0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4e";
const OTHER: &str = "0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4f";

/// A classification file with two labels, as the vendor wants it.
fn rows() -> Vec<u8> {
    (0..20)
        .map(|row| {
            json!({"Label": if row % 2 == 0 { "yes" } else { "no" }, "Text": format!("sentence {row}")}).to_string()
        })
        .collect::<Vec<_>>()
        .join("\n")
        .into_bytes()
}

/// Uploads that file and returns its dataset.
async fn upload_rows(app: &TestApp, token: &str) -> String {
    upload_bytes(app, token, rows()).await
}

/// Uploads a file in one request and returns its dataset.
async fn upload_bytes(app: &TestApp, token: &str, body: Vec<u8>) -> String {
    let mut call = Call::post("/api/v1/uploads")
        .token(token)
        .with("tus-resumable", "1.0.0")
        .with("upload-length", &body.len().to_string())
        .with("upload-metadata", "filename cm93cy5qc29ubA==")
        .with("content-type", "application/offset+octet-stream");
    call.body = body;
    let response = app.send(call).await;
    assert_eq!(response.status().as_u16(), 201, "{response:?}");
    response.headers()["trainyard-dataset"].to_str().unwrap().to_owned()
}

fn submit(id: &str, dataset: &str) -> Value {
    json!({
        "id": id,
        "connection": "knovvu",
        "request": {
            "kind": "sestek.classification", "model_id": "calls-2026", "product_name": "calls", "language": "tr-TR",
            "dataset": dataset,
        },
    })
}

#[tokio::test]
async fn a_submit_is_made_once_however_often_it_is_sent() {
    let app = TestApp::start().await;
    let token = app.token("omar", Role::Operator).await;
    let dataset = upload_rows(&app, &token).await;
    let post = |body: &Value| Call::post("/api/v1/trainings").token(&token).json(body);

    let at_once = (0..6).map(|_| app.ask(post(&submit(ID, &dataset))));
    let answers = futures::future::join_all(at_once).await;
    let made = answers.iter().filter(|(status, _, _)| status.as_u16() == 201).count();
    assert_eq!(made, 1, "{answers:?}");
    for (status, headers, training) in &answers {
        assert!(matches!(status.as_u16(), 200 | 201), "{training}");
        assert_eq!(headers[header::LOCATION], format!("/api/v1/trainings/{ID}"));
        assert_eq!((training["id"].as_str(), training["name"].as_str()), (Some(ID), Some("calls-2026")));
        assert_eq!(training["owner"], "omar");
    }

    let mut changed = submit(ID, &dataset);
    changed["request"]["product_name"] = json!("other");
    let (status, _, body) = app.ask(post(&changed)).await;
    assert_eq!((status.as_u16(), body["fields"][0]["path"].as_str()), (422, Some("id")), "{body}");

    let (status, _, body) = app.ask(post(&submit(OTHER, &dataset))).await;
    assert_eq!((status.as_u16(), body["code"].as_str()), (409, Some("busy")), "{body}");
    assert_eq!(body["training"], ID);

    let (_, _, page) = app.ask(Call::get("/api/v1/trainings?stage=submitting").token(&token)).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    assert_eq!(page["next"], Value::Null);
}

#[tokio::test]
async fn a_preview_stores_nothing_and_shows_no_secret() {
    let app = TestApp::start().await;
    let token = app.token("vera", Role::Viewer).await;
    let operator = app.token("omar", Role::Operator).await;
    let dataset = upload_rows(&app, &operator).await;
    let mut body = submit(ID, &dataset);
    let fields = body.as_object_mut().unwrap();
    fields.remove("id");
    let (status, _, preview) = app.ask(Call::post("/api/v1/trainings/preview").token(&token).json(&body)).await;
    assert_eq!(status.as_u16(), 200, "{preview}");
    assert!(preview["curl"].as_str().unwrap().contains("<token>"), "{preview}");
    assert!(!preview.to_string().contains("not-a-real-secret"));
    let (_, _, page) = app.ask(Call::get("/api/v1/trainings").token(&token)).await;
    assert_eq!(page["items"], json!([]));
}

#[tokio::test]
async fn the_history_of_a_submit_is_read_and_streamed_with_the_same_ids() {
    let app = TestApp::start().await;
    let token = app.token("omar", Role::Operator).await;
    let dataset = upload_rows(&app, &token).await;
    app.ask(Call::post("/api/v1/trainings").token(&token).json(&submit(ID, &dataset))).await;
    let path = format!("/api/v1/trainings/{ID}");
    let (_, _, training) = app.ask(Call::new("PATCH", &path).token(&token).json(&json!({"note": "first"}))).await;
    assert_eq!(training["note"], "first", "{training}");

    let (_, _, page) = app.ask(Call::get(&format!("{path}/events")).token(&token)).await;
    let stored = page["items"].as_array().unwrap().clone();
    let kinds: Vec<_> = stored.iter().filter_map(|event| event["kind"].as_str()).collect();
    assert_eq!(kinds, ["created", "edited"]);

    let stream = Call::get(&format!("/api/v1/events?training={ID}")).token(&token).with("last-event-id", "0");
    let mut frames = app.send(stream).await.into_body().into_data_stream();
    assert_eq!(frames.next().await.unwrap().unwrap(), "event: hello\ndata: {}\n\n");
    for event in &stored {
        let frame = String::from_utf8(frames.next().await.unwrap().unwrap().to_vec()).unwrap();
        let lines: Vec<_> = frame.lines().collect();
        assert!(lines.contains(&format!("id: {}", event["id"]).as_str()), "{frame}");
        assert!(lines.contains(&"event: training"), "{frame}");
        let data = lines.iter().find_map(|line| line.strip_prefix("data: ")).unwrap();
        assert_eq!(serde_json::from_str::<Value>(data).unwrap(), *event);
    }
    // And live, right behind the stored ones.
    app.ask(Call::new("PATCH", &path).token(&token).json(&json!({"tags": ["night"]}))).await;
    let frame = String::from_utf8(frames.next().await.unwrap().unwrap().to_vec()).unwrap();
    assert!(frame.contains("\"edited\"") && frame.contains("night"), "{frame}");
}

#[tokio::test]
async fn what_does_not_fit_the_stage_is_a_conflict() {
    let app = TestApp::start().await;
    let token = app.token("omar", Role::Operator).await;
    let dataset = upload_rows(&app, &token).await;
    app.ask(Call::post("/api/v1/trainings").token(&token).json(&submit(ID, &dataset))).await;
    let path = format!("/api/v1/trainings/{ID}");
    let retry = Call::post(&format!("{path}/retry")).token(&token).json(&json!({"id": OTHER}));
    assert_eq!(app.ask(retry).await.0.as_u16(), 409);
    let settle = Call::post(&format!("{path}/settle")).token(&token).json(&json!({"decision": "link"}));
    assert_eq!(app.ask(settle).await.0.as_u16(), 409);
    let check = Call::post(&format!("/api/v1/datasets/{dataset}/check")).token(&token);
    let (status, _, report) = app.ask(check.json(&json!({"kind": "sestek.classification"}))).await;
    assert_eq!((status.as_u16(), report["records"].as_u64()), (200, Some(20)), "{report}");
    let (status, _, found) = app.ask(Call::get(&format!("/api/v1/datasets/{dataset}")).token(&token)).await;
    assert_eq!((status.as_u16(), found["used_by"][0].as_str()), (200, Some(ID)), "{found}");
}

#[tokio::test]
async fn a_file_that_the_vendor_would_refuse_is_refused_at_the_submit() {
    let app = TestApp::start().await;
    let token = app.token("omar", Role::Operator).await;
    let post = |body: &Value| Call::post("/api/v1/trainings").token(&token).json(body);
    for (content, says) in [
        (&b"[]"[..], "The array is empty"),
        (br#"[{"Label":"yes","Text":"one"},{"Label":"yes","Text":"two"}]"#, "the same label"),
        (b"[{\"Label\":\"yes\",\"Text\":\"one\"},\n{\"Label\":\"no\"}]", "Record 2, line 2"),
    ] {
        let dataset = upload_bytes(&app, &token, content.to_vec()).await;
        for _ in 0..2 {
            let (status, _, body) = app.ask(post(&submit(ID, &dataset))).await;
            assert_eq!((status.as_u16(), body["code"].as_str()), (422, Some("invalid")), "{body}");
            assert_eq!(body["fields"][0]["path"], "request.dataset", "{body}");
            assert!(body["fields"][0]["message"].as_str().unwrap().contains(says), "{says} is not in {body}");
        }
    }
    let many = (0..20).map(|_| json!({"Label": "yes"}).to_string()).collect::<Vec<_>>().join("\n");
    let dataset = upload_bytes(&app, &token, many.into_bytes()).await;
    let (_, _, body) = app.ask(post(&submit(ID, &dataset))).await;
    assert!(body["fields"].as_array().unwrap().len() <= 6, "the rest is counted: {body}");
    let (_, _, page) = app.ask(Call::get("/api/v1/trainings").token(&token)).await;
    assert_eq!(page["items"], json!([]), "nothing was stored");

    let dataset = upload_rows(&app, &token).await;
    assert_eq!(app.ask(post(&submit(ID, &dataset))).await.0.as_u16(), 201);
}
