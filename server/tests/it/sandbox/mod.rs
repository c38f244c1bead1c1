//! The fake vendors against the vendor's own pages: every rule and every switch, over real HTTP.
//! Written from the pages and not from the client, which is tested elsewhere.

mod answers;
mod form;
mod gqa;
mod kept;
mod network;
mod runs;

use app::model::time::Timestamp;
use reqwest::multipart::{Form, Part};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use trainyard::clock::FakeClock;
use trainyard::sandbox::{RunningSandbox, SandboxOptions, start_sandbox};

const TRAIN: &str = "/sestek/sestekai-api/api/external/trainings/train";
const DIALOGUE: &str = r#"[{"id": 1, "turns": ["hello", "hi"]}]"#;

/// A sandbox whose vendor time moves only when the test says so.
struct Fake {
    sandbox: RunningSandbox,
    clock: Arc<FakeClock>,
    http: Client,
    token: String,
}

impl Fake {
    async fn start() -> Self {
        Self::start_with(None).await
    }

    async fn start_with(state: Option<PathBuf>) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let clock = Arc::new(FakeClock::new(Timestamp::from_millis(1_700_000_000_000)));
        let options = SandboxOptions { listen: ([127, 0, 0, 1], 0).into(), speed: 0.0, state, call_back_every: None };
        let sandbox = start_sandbox(options, clock.clone()).await.unwrap();
        let http = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mut fake = Self { sandbox, clock, http, token: String::new() };
        fake.token = fake.ask_token().await;
        fake
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.sandbox.address())
    }

    async fn post_token(&self, fields: &[(&str, &str)]) -> Response {
        self.http.post(self.url("/sestek/identity/connect/token")).form(fields).send().await.unwrap()
    }

    async fn ask_token(&self) -> String {
        let body: Value = self.post_token(&CREDENTIALS).await.json().await.unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }

    async fn train(&self, form: Form) -> Result<Response, reqwest::Error> {
        self.http.post(self.url(TRAIN)).bearer_auth(&self.token).multipart(form).send().await
    }

    /// Trains and expects an accepted run; returns its id.
    async fn train_ok(&self, model_id: &str) -> String {
        let response = self.train(clustering(model_id)).await.unwrap();
        assert_eq!(response.status(), 200);
        response.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned()
    }

    async fn get(&self, model_id: &str, what: &str) -> Result<Response, reqwest::Error> {
        let url = self.url(&format!("/sestek/sestekai-api/api/external/trainings/{model_id}/{what}"));
        self.http.get(url).bearer_auth(&self.token).send().await
    }

    async fn progress(&self, model_id: &str) -> Value {
        self.get(model_id, "progress").await.unwrap().json().await.unwrap()
    }

    async fn ready(&self, model_id: &str) -> String {
        self.get(model_id, "ready").await.unwrap().text().await.unwrap()
    }

    async fn post_control(&self, path: &str, body: &Value) -> Response {
        self.http.post(self.url(&format!("/control/{path}"))).json(body).send().await.unwrap()
    }

    async fn script(&self, matches: &str, script: Value) {
        let body = json!({"vendor": "sestek", "match": matches, "script": script});
        let response = self.post_control("scenario", &body).await;
        let status = response.status();
        assert_eq!(status, 204, "{}", response.text().await.unwrap());
    }

    async fn advance(&self, seconds: u32) {
        assert_eq!(self.post_control("advance", &json!({"seconds": seconds})).await.status(), 200);
    }

    async fn log(&self) -> Vec<Value> {
        let body: Value = self.http.get(self.url("/control/log")).send().await.unwrap().json().await.unwrap();
        assert_eq!(body["dropped"], 0);
        body["requests"].as_array().unwrap().clone()
    }

    /// The last request to the vendor.
    async fn last_visit(&self) -> Value {
        self.log().await.pop().unwrap()
    }

    async fn runs(&self) -> Vec<Value> {
        let body: Value = self.http.get(self.url("/control/runs")).send().await.unwrap().json().await.unwrap();
        body["runs"].as_array().unwrap().clone()
    }

    /// Waits for something that the sandbox does on its own.
    async fn wait_until<T>(&self, mut look: impl AsyncFnMut(&Self) -> Option<T>) -> T {
        for _ in 0..500 {
            if let Some(found) = look(self).await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it did not happen within 5 seconds");
    }
}

const CREDENTIALS: [(&str, &str); 3] =
    [("client_id", "sandbox"), ("client_secret", "sandbox-secret"), ("grant_type", "client_credentials")];

fn json_file(content: impl Into<Vec<u8>>) -> Part {
    Part::bytes(content.into()).file_name("data.json").mime_str("application/json").unwrap()
}

/// The texts of a proper clustering form.
fn clustering_texts(model_id: &str) -> Vec<(&'static str, String)> {
    let texts = [
        ("modelId", model_id),
        ("productName", "CA"),
        ("languageCode", "tr-TR"),
        ("dataSchema", "dialogue"),
        ("numClusters", "0"),
        ("forceTrain", "true"),
    ];
    texts.map(|(name, value)| (name, value.to_owned())).to_vec()
}

fn classification_texts(model_id: &str) -> Vec<(&'static str, String)> {
    let texts = [("modelId", model_id), ("productName", "CA"), ("languageCode", "de-DE"), ("dataSchema", "utterance")];
    texts.map(|(name, value)| (name, value.to_owned())).to_vec()
}

fn form_of(texts: Vec<(&'static str, String)>) -> Form {
    texts.into_iter().fold(Form::new(), |form, (name, value)| form.text(name, value))
}

/// A form that keeps every rule.
fn clustering(model_id: &str) -> Form {
    form_of(clustering_texts(model_id)).part("dataFile", json_file(DIALOGUE))
}

fn classification(model_id: &str) -> Form {
    form_of(classification_texts(model_id)).part("dataFile", json_file(r#"[{"Label": "a", "Text": "b"}]"#))
}

/// The clustering texts with one value changed, or taken out.
fn changed(name: &str, value: Option<&str>) -> Form {
    let mut texts = clustering_texts("m-1");
    match value {
        Some(value) if texts.iter().any(|text| text.0 == name) => {
            texts.iter_mut().filter(|text| text.0 == name).for_each(|text| text.1 = value.to_owned());
            form_of(texts)
        }
        Some(value) => form_of(texts).text(name.to_owned(), value.to_owned()),
        None => form_of(texts.into_iter().filter(|text| text.0 != name).collect()),
    }
}
