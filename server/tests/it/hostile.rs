//! G35: hostile inputs, replayed from `hostile/corpus.jsonl` (one request per line). Each must be answered with a 4xx
//! in our shape that says something to people; a panic would be a 500.

use crate::support::app::{Call, Proof, TestApp};
use app::model::session::Role;
use axum::body::to_bytes;
use axum::http::Method;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const CORPUS: &str = include_str!("hostile/corpus.jsonl");

/// Words that tell a stranger how we are built.
const INSIDES: [&str; 9] =
    ["sqlx", "SELECT ", "panicked", ".rs:", "SqliteError", "serde", "tower", "axum", "RUST_BACKTRACE"];

/// One line of the corpus.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    what: String,
    method: String,
    path: String,
    /// `token` (an operator's), `cookie` (an admin's), `nobody`.
    #[serde(default)]
    caller: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    #[serde(default)]
    body_hex: Option<String>,
    /// A text and how often it is repeated.
    #[serde(default)]
    body_repeat: Option<(String, usize)>,
}

impl Input {
    fn into_call(self, token: &str, cookie: &str) -> Call {
        let mut call = Call::new("GET", &self.path);
        call.method = Method::from_bytes(self.method.as_bytes()).unwrap();
        call.proof = match self.caller.as_deref() {
            Some("cookie") => Proof::Cookie(cookie.to_owned()),
            Some("nobody") => Proof::Nothing,
            _ => Proof::Token(token.to_owned()),
        };
        call.headers = self.headers.into_iter().collect();
        call.body = match (self.body_hex, self.body_repeat) {
            (Some(hex), _) => read_hex(&hex),
            (None, Some((unit, times))) => unit.repeat(times).into_bytes(),
            (None, None) => self.body.into_bytes(),
        };
        call
    }
}

fn read_hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// What is wrong with an answer, if anything.
fn find_fault(status: u16, bytes: &[u8]) -> Option<String> {
    if !(400..500).contains(&status) {
        return Some(format!("answered {status}"));
    }
    let Ok(body) = serde_json::from_slice::<Value>(bytes) else { return Some("the answer is no JSON".to_owned()) };
    let is_text = |name: &str| body[name].as_str().is_some_and(|text| !text.is_empty());
    if !is_text("code") || !is_text("message") || !is_text("request_id") || !body["fields"].is_array() {
        return Some(format!("the answer has another shape: {body}"));
    }
    let fields = body["fields"].as_array().into_iter().flatten();
    if fields.clone().any(|field| !field["path"].is_string() || !field["message"].is_string()) {
        return Some(format!("a field has another shape: {body}"));
    }
    if status == 422 && fields.count() == 0 {
        return Some(format!("no field is named: {body}"));
    }
    let text = body.to_string();
    INSIDES.iter().find(|inside| text.contains(**inside)).map(|inside| format!("{inside} is shown: {text}"))
}

#[tokio::test]
async fn g35_every_hostile_input_is_refused_in_our_words() {
    let app = TestApp::start().await;
    let token = app.token("omar", Role::Operator).await;
    let cookie = app.cookie("ada", Role::Admin).await;
    let inputs: Vec<Input> = CORPUS.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(inputs.len() >= 200, "only {} inputs", inputs.len());
    let mut faults = Vec::new();
    let mut times = Vec::new();
    for input in inputs {
        let what = input.what.clone();
        let started = Instant::now();
        let response = app.send(input.into_call(&token, &cookie)).await;
        let status = response.status().as_u16();
        // A stream that was let through has no end to wait for.
        let read = tokio::time::timeout(Duration::from_secs(5), to_bytes(response.into_body(), 1024 * 1024)).await;
        times.push(started.elapsed());
        let bytes = read.ok().and_then(Result::ok).unwrap_or_default();
        faults.extend(find_fault(status, &bytes).map(|fault| format!("{what}: {fault}")));
    }
    assert!(faults.is_empty(), "{} of the answers are wrong:\n{}", faults.len(), faults.join("\n"));
    times.sort();
    let p99 = times[times.len() * 99 / 100 - 1];
    // The promise is 100 ms for a release build; this one is not optimised and shares its machine.
    assert!(p99 < Duration::from_secs(1), "the 99th percentile took {p99:?}");
    let (status, _, _) = app.ask(Call::get("/api/v1/trainings").token(&token)).await;
    assert_eq!(status.as_u16(), 200, "the server still works afterwards");
}

#[tokio::test]
async fn g35_bytes_that_are_no_http_close_their_connection_and_nothing_else() {
    let app = TestApp::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = app.router.clone();
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let long = format!("GET /{} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "a".repeat(100_000));
    let headers = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n{}\r\n", "X: y\r\n".repeat(500));
    let inputs: [&[u8]; 14] = [
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX\0Y: z\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n: empty\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n",
        b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: x\r\n\r\n",
        b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
        b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        long.as_bytes(),
        headers.as_bytes(),
    ];
    for input in inputs {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        // The server may close before everything is sent.
        let _ = stream.write_all(input).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        let _ = tokio::time::timeout(Duration::from_secs(5), read).await.unwrap();
        let head = String::from_utf8_lossy(&answer);
        let shown = String::from_utf8_lossy(&input[..input.len().min(60)]).into_owned();
        assert!(head.is_empty() || head.starts_with("HTTP/1.1 4"), "{shown:?} was answered {head}");
    }
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.abort();
}
