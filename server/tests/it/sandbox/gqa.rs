//! Generative question answering at the fake: its own paths, its form's rules, its family of runs.

use super::{Fake, clustering};
use reqwest::Response;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

const FAMILY: &str = "/sestek/sestekai-api/api/external/generative-question-answering-trainings";

fn document(name: &str, content: &'static str) -> Part {
    Part::text(content).file_name(name.to_owned()).mime_str("text/markdown").unwrap()
}

fn texts() -> Form {
    Form::new().text("modelId", "answers").text("projectName", "Help desk")
}

async fn train(fake: &Fake, form: Form) -> Response {
    let url = fake.url(&format!("{FAMILY}/train"));
    fake.http.post(url).bearer_auth(&fake.token).multipart(form).send().await.unwrap()
}

async fn progress(fake: &Fake, model_id: &str) -> Response {
    let url = fake.url(&format!("{FAMILY}/{model_id}/progress"));
    fake.http.get(url).bearer_auth(&fake.token).send().await.unwrap()
}

async fn refused_members(fake: &Fake, form: Form) -> Vec<String> {
    let response = train(fake, form).await;
    let status = response.status();
    let body: Value = response.json().await.unwrap();
    assert_eq!(status.as_u16(), 400, "{body}");
    let faults = body["error"]["validationErrors"].as_array().unwrap();
    faults.iter().map(|fault| fault["members"][0].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn several_files_or_several_addresses_make_one_run_with_a_mapping_each() {
    let fake = Fake::start().await;
    let files = texts().part("dataFiles", document("a.md", "# A")).part("dataFiles", document("b.md", "# B"));
    let response = train(&fake, files).await;
    assert_eq!(response.status().as_u16(), 200);
    let experiment: Value = response.json().await.unwrap();
    assert_eq!((&experiment["name"], &experiment["description"]), (&json!("answers"), &json!("Help desk")));
    assert_eq!(experiment["experimentDatasetMappings"].as_array().unwrap().len(), 2);
    let urls = Form::new().text("modelId", "links").text("projectName", "Help desk");
    let urls = urls.text("dataUrls", "https://a.example/x?k=v").text("dataUrls", "http://b.example");
    assert_eq!(train(&fake, urls).await.status().as_u16(), 200);
    assert_eq!(fake.runs().await.len(), 2);
    assert_eq!(fake.runs().await[0]["kind"], "gqa");
}

#[tokio::test]
async fn every_broken_rule_is_named() {
    let fake = Fake::start().await;
    let url = || texts().text("dataUrls", "https://a.example");
    for (form, member) in [
        (texts(), "dataFiles"),
        (url().part("dataFiles", document("a.md", "# A")), "dataUrls"),
        (texts().part("dataFiles", document("a.md", "")), "dataFiles"),
        (texts().part("dataFiles", document("ş.md", "x")), "dataFiles"),
        (texts().part("dataFiles", Part::text("x").file_name("a.md")), "dataFiles"),
        (texts().text("dataFiles", "x"), "dataFiles"),
        (texts().part("dataFiles", document("a", "x")).part("dataFiles", document("a", "y")), "dataFiles"),
        (texts().text("dataUrls", ""), "dataUrls"),
        (texts().text("dataUrls", "a.example"), "dataUrls"),
        (texts().text("dataUrls", "\"https://a.example\""), "dataUrls"),
        (texts().text("dataUrls", "https://a.example https://b.example"), "dataUrls"),
        (url().text("productName", "CA"), "productName"),
        (url().text("languageCode", "tr-TR"), "languageCode"),
        (url().text("forceTrain", "true"), "forceTrain"),
        (url().text("projectName", "twice"), "projectName"),
        (url().text("callbackAddress", "https://x.example"), "callbackClientSecret"),
        (Form::new().text("modelId", "A").text("projectName", "p").text("dataUrls", "https://a.b"), "modelId"),
        (Form::new().text("modelId", "a").text("dataUrls", "https://a.b"), "projectName"),
    ] {
        let shown = format!("{form:?}");
        let members = refused_members(&fake, form).await;
        assert!(members.iter().any(|name| name == member), "{members:?} should name {member}: {shown}");
    }
    assert!(fake.runs().await.is_empty());
}

#[tokio::test]
async fn case_12_the_other_familys_path_does_not_know_the_model() {
    let fake = Fake::start().await;
    assert_eq!(train(&fake, texts().text("dataUrls", "https://a.example")).await.status().as_u16(), 200);
    assert_eq!(progress(&fake, "answers").await.status().as_u16(), 200);
    assert_eq!(fake.get("answers", "progress").await.unwrap().status().as_u16(), 404);
    assert_eq!(fake.get("answers", "ready").await.unwrap().status().as_u16(), 404);
    fake.train_ok("groups").await;
    assert_eq!(progress(&fake, "groups").await.status().as_u16(), 404);
    // One space of ids: whoever trains first keeps the other family out until it ends.
    assert_eq!(fake.train(clustering("answers")).await.unwrap().status().as_u16(), 202);
}

#[tokio::test]
async fn publishing_begins_only_when_somebody_asks() {
    let fake = Fake::start().await;
    assert_eq!(train(&fake, texts().text("dataUrls", "https://a.example")).await.status().as_u16(), 200);
    fake.advance(100_000).await;
    for expected in [json!(null), json!("Pending")] {
        let said: Value = progress(&fake, "answers").await.json().await.unwrap();
        assert_eq!((&said["trainingStatus"], &said["inferenceStatus"]), (&json!("Completed"), &expected));
    }
    fake.advance(1_000).await;
    let said: Value = progress(&fake, "answers").await.json().await.unwrap();
    assert_eq!(said["inferenceStatus"], "Running");
}
