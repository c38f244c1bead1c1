//! G30: no secret appears anywhere it must not. Every secret slot holds a unique canary; a day's use, with a vendor that
//! echoes what it was sent, goes by at the most talkative log level; then everything that is written, sent or kept is
//! searched in every usual encoding.

use super::yard::{CONNECTION, Yard};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use reqwest::StatusCode;
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// The vendor account's secret; the fake vendor takes no other.
const CLIENT_SECRET: &str = "sandbox-secret";
/// The vendor's access token.
const ACCESS_TOKEN: &str = "canary7Qx2access9Lm4token8Vb1";

/// A provider's key that an admin gives the vendor, and a secret that is only kept.
const LLM_KEY: &str = "sk-canary5Hd1llm3Rt8key6Zp4";
const KEPT_SECRET: &str = "canary2Wn6kept4Js9secret1Fc3";

/// Something secret and what to call it when it is found.
struct Canary {
    name: &'static str,
    value: String,
}

/// A place that was searched, with its whole content.
struct Place {
    name: String,
    content: Vec<u8>,
}

#[tokio::test]
async fn g30_no_secret_appears_anywhere_it_must_not() {
    let mut yard = Yard::open(0.01).await;
    yard.stop_server().await;
    yard.start_server(&[("TRAINYARD__LOG__FILTER", "trace".to_owned())]).await;
    let echo = format!("You sent Authorization: Bearer {ACCESS_TOKEN} with client_secret={CLIENT_SECRET}");
    yard.script("*", json!({"token": [{"terms": {"access_token": ACCESS_TOKEN}}]})).await;
    let refusal = json!({"kind": "abp", "status": 400, "text": echo, "details": STANDARD.encode(&echo)});
    yard.script("echo", json!({"train": [{"answer": refusal}]})).await;
    let page = json!({"kind": "html", "text": format!("<h1>{echo}</h1>")});
    yard.script("odd", json!({"train": [{"calls": 1, "answer": page}], "progress": [{"calls": 3, "answer": page}]}))
        .await;

    let link = yard.run(&["user", "add", "canary", "--role", "admin"]).await;
    let link = link.split("link=").nth(1).expect("a link").split_whitespace().next().expect("a link").to_owned();
    let (cookie_name, cookie) = sign_in(&yard, &link).await;
    let caller = yard.caller();
    give_secrets(&yard, &format!("{cookie_name}={cookie}")).await;
    let dataset = caller.upload("dialogues.json", br#"[{"turns":["merhaba"]}]"#.to_vec()).await;
    for model_id in ["plain", "echo", "odd"] {
        caller.submit(&caller.new_submit(model_id, &dataset)).await;
    }
    let trainings = caller.wait_until_settled(Duration::from_secs(60)).await;
    assert_eq!(trainings.len(), 3);
    assert!(trainings.iter().any(|training| training["stage"] == "rejected"), "{trainings:?}");

    let canaries = [
        Canary { name: "client secret", value: CLIENT_SECRET.to_owned() },
        Canary { name: "access token", value: ACCESS_TOKEN.to_owned() },
        Canary { name: "language-model key", value: LLM_KEY.to_owned() },
        Canary { name: "kept secret", value: KEPT_SECRET.to_owned() },
        Canary { name: "API token", value: yard.token().to_owned() },
        Canary { name: "session cookie", value: cookie.clone() },
        Canary { name: "sign-in link", value: link },
        Canary { name: "vault key", value: read_text(&yard.folder().join("vault.key")) },
    ];
    let mut places = collect_answers(&yard, &format!("{cookie_name}={cookie}"), &trainings).await;
    places.extend(collect_process(&yard));
    yard.stop_server().await;
    places.extend(collect_files(yard.folder()));
    assert!(places.len() > 20, "too few places were searched: {}", places.len());
    let found: Vec<_> = places.iter().flat_map(|place| find_canaries(place, &canaries)).collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// An admin writes down what must stay secret: the vendor echoes the key once, then takes it.
async fn give_secrets(yard: &Yard, cookie: &str) {
    let echo = json!({"kind": "abp", "status": 400, "text": format!("No such key: {LLM_KEY}")});
    yard.script(
        "*",
        json!({"token": [{"terms": {"access_token": ACCESS_TOKEN}}], "llm": [{"calls": 1, "answer": echo}]}),
    )
    .await;
    let setting = json!({"product_name": "CA", "provider": "OpenAi", "model": "gpt-4o",
        "credentials": {"OPENAI_API_KEY": LLM_KEY}});
    let kept = json!({"name": "receiver", "secret": KEPT_SECRET});
    let odd = json!({"name": "Not A Name", "secret": KEPT_SECRET});
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for (path, body, status) in
        [("llm", &setting, 502), ("llm", &setting, 200), ("secrets", &kept, 200), ("secrets", &odd, 422)]
    {
        let url = format!("{}/api/v1/connections/{CONNECTION}/{path}", yard.address());
        let sent = client.post(url).header("Cookie", cookie).header("Sec-Fetch-Site", "same-origin").json(body);
        let answer = sent.send().await.unwrap();
        let found = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        assert_eq!(found, status, "{path}: {text}");
        assert!(!text.contains(LLM_KEY) && !text.contains(KEPT_SECRET), "{text}");
    }
}

/// Uses the link up and returns the session cookie's name and value.
async fn sign_in(yard: &Yard, link: &str) -> (String, String) {
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = client
        .post(format!("{}/sign-in", yard.address()))
        .header("Origin", yard.address())
        .header("Sec-Fetch-Site", "same-origin")
        .form(&[("link", link), ("next", "/")])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{}", answer.text().await.unwrap_or_default());
    let cookie = answer.headers().get("set-cookie").expect("a cookie").to_str().unwrap();
    let (name, rest) = cookie.split_once('=').expect("its name");
    (name.to_owned(), rest.split(';').next().unwrap_or_default().to_owned())
}

/// Every page and every answer of the API, and the beginning of the live stream.
async fn collect_answers(yard: &Yard, cookie: &str, trainings: &[serde_json::Value]) -> Vec<Place> {
    let mut paths: Vec<String> = [
        "/",
        "/trainings",
        "/trainings/new",
        "/trainings/new/sestek/clustering",
        "/sign-in",
        "/nowhere",
        "/metrics",
        "/livez",
        "/readyz",
        "/connections",
        "/api/v1/connections",
        "/api/v1/trainings",
        "/api/v1/openapi.json",
        "/api/v1/events",
        "/api/v1/uploads/nothing",
    ]
    .map(str::to_owned)
    .to_vec();
    paths.push(format!("/connections/{CONNECTION}"));
    paths.extend(["secrets", "llm"].map(|part| format!("/api/v1/connections/{CONNECTION}/{part}")));
    for training in trainings {
        let id = training["id"].as_str().expect("an id");
        for tab in ["", "/request", "/data", "/metrics", "/answers", "/activity"] {
            paths.push(format!("/trainings/{id}{tab}"));
        }
        for part in ["", "/events", "/metrics", "/answers"] {
            paths.push(format!("/api/v1/trainings/{id}{part}"));
        }
    }
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut places = Vec::new();
    for path in paths {
        let sent = client.get(format!("{}{path}", yard.address())).header("Cookie", cookie);
        let sent = if path == "/api/v1/events" { sent.header("Last-Event-ID", "0") } else { sent };
        let mut answer = sent.send().await.unwrap();
        let mut content = format!("{:?}", answer.headers()).into_bytes();
        let until = Duration::from_millis(if path == "/api/v1/events" { 1_500 } else { 30_000 });
        let read = async {
            while let Ok(Some(chunk)) = answer.chunk().await {
                content.extend_from_slice(&chunk);
            }
        };
        tokio::time::timeout(until, read).await.ok();
        places.push(Place { name: path, content });
    }
    places
}

/// What the machine shows of the running process.
fn collect_process(yard: &Yard) -> Vec<Place> {
    let id = yard.server_id();
    ["cmdline", "environ"]
        .into_iter()
        .map(|file| {
            let name = format!("/proc/PID/{file}");
            Place { name, content: std::fs::read(format!("/proc/{id}/{file}")).expect("the process") }
        })
        .collect()
}

/// Every file of the installation but the ones that hold the secrets, and the vendor's own.
fn collect_files(folder: &Path) -> Vec<Place> {
    let mut places = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !["secret", "vault.key", "vendor.jsonl"].contains(&name.as_str()) {
                places.push(Place { name: path.display().to_string(), content: std::fs::read(&path).expect("a file") });
            }
        }
    }
    places
}

fn read_text(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).expect("a file")).trim().to_owned()
}

fn find_canaries(place: &Place, canaries: &[Canary]) -> Vec<String> {
    let mut found = Vec::new();
    for canary in canaries {
        for (encoding, needle) in spellings(&canary.value) {
            if contains(&place.content, needle.as_bytes()) {
                found.push(format!("{} ({encoding}) in {}", canary.name, place.name));
            }
        }
    }
    found
}

/// A secret in every encoding it may be echoed in; long ones also by halves.
fn spellings(value: &str) -> Vec<(&'static str, String)> {
    let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let json: String = value.chars().map(|letter| format!("\\u{:04x}", u32::from(letter))).collect();
    let mut all = vec![
        ("raw", value.to_owned()),
        ("hex", hex.clone()),
        ("upper hex", hex.to_uppercase()),
        ("percent", percent),
        ("JSON", json),
    ];
    // Base64 of a text inside a longer one: three alignments, without the letters that its neighbours share.
    for pad in 0..3 {
        let padded = format!("{}{value}", "x".repeat(pad));
        let skip = [0, 2, 3][pad];
        for (name, text) in [("base64", STANDARD.encode(&padded)), ("base64url", URL_SAFE.encode(&padded))] {
            let text = text.trim_end_matches('=');
            all.push((name, text[skip..text.len() - 2].to_owned()));
        }
    }
    if value.len() >= 24 {
        let middle = value.len() / 2;
        all.push(("first half", value[..middle].to_owned()));
        all.push(("second half", value[middle..].to_owned()));
    }
    all
}

fn contains(content: &[u8], needle: &[u8]) -> bool {
    content.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn g30_the_search_finds_a_secret_in_each_encoding() {
    let canary = [Canary { name: "it", value: ACCESS_TOKEN.to_owned() }];
    for content in [
        format!("a{ACCESS_TOKEN}b"),
        STANDARD.encode(format!("1{ACCESS_TOKEN}2")),
        STANDARD.encode(format!("12{ACCESS_TOKEN}2")),
        URL_SAFE.encode(format!("123{ACCESS_TOKEN}2")),
        ACCESS_TOKEN.bytes().map(|byte| format!("{byte:02X}")).collect(),
        ACCESS_TOKEN[..ACCESS_TOKEN.len() / 2].to_owned(),
    ] {
        let place = Place { name: "here".to_owned(), content: content.clone().into_bytes() };
        assert!(!find_canaries(&place, &canary).is_empty(), "{content}");
    }
}
