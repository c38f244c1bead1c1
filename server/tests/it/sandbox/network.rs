//! Cuts, slow tails and odd bodies: what happens to a connection, and what the log says of it.

use super::{Fake, TRAIN, clustering, clustering_texts, form_of};
use futures::StreamExt;
use reqwest::multipart::Part;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_cut_after_the_upload_loses_the_answer_of_a_run_that_was_created_or_not() {
    let fake = Fake::start().await;
    fake.script("*", json!({"train": [{"calls": 1, "cut": "after_upload"}]})).await;
    assert!(fake.train(clustering("m-1")).await.is_err());
    let visit = fake.last_visit().await;
    assert_eq!((&visit["end"]["outcome"], &visit["end"]["status"]), (&"cut".into(), &Value::Null));
    assert!(visit["run_created"].is_string());
    assert_eq!(fake.progress("m-1").await["trainingStatus"], "Initialized");

    fake.script("*", json!({"train": [{"calls": 1, "cut": "after_upload", "creates_run": false}]})).await;
    assert!(fake.train(clustering("m-2")).await.is_err());
    assert!(fake.last_visit().await["run_created"].is_null());
    assert_eq!(fake.get("m-2", "progress").await.unwrap().status(), 404);
    fake.train_ok("m-2").await;
}

#[tokio::test]
async fn a_cut_before_or_in_the_middle_of_the_upload_creates_nothing() {
    let fake = Fake::start().await;
    fake.script(
        "*",
        json!({"train": [
        {"calls": 1, "cut": "before_reading"},
        {"calls": 1, "cut": "mid_upload", "cut_after_bytes": 100_000}]}),
    )
    .await;
    assert!(fake.train(clustering("m-1")).await.is_err());
    assert!(fake.last_visit().await["end"].get("parts").is_none());
    let big = format!("[\"{}\"]", "x".repeat(5_000_000));
    let form = || form_of(clustering_texts("m-1")).part("dataFile", super::json_file(big.clone()));
    assert!(fake.train(form()).await.is_err());
    let visit = fake.last_visit().await;
    assert_eq!(visit["end"]["outcome"], "cut");
    assert!(visit["end"].get("body_read_at_ms").is_none());
    assert!(fake.runs().await.is_empty());
    assert_eq!(fake.train(form()).await.unwrap().status(), 200);
}

#[tokio::test]
async fn any_call_can_be_cut() {
    let fake = Fake::start().await;
    fake.train_ok("m-1").await;
    fake.script("*", json!({"outage": [{"cut": "before_reading"}]})).await;
    assert!(fake.get("m-1", "progress").await.is_err());
    assert!(fake.get("m-1", "ready").await.is_err());
    assert!(fake.train(clustering("m-2")).await.is_err());
    assert!(fake.http.post(fake.url("/sestek/identity/connect/token")).form(&super::CREDENTIALS).send().await.is_err());
    fake.script("*", json!({"progress": [{"calls": 1, "cut": "after_upload"}]})).await;
    assert!(fake.get("m-1", "progress").await.is_err());
    assert_eq!(fake.get("m-1", "progress").await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_slow_answer_comes_after_its_run() {
    let fake = Fake::start().await;
    fake.script("*", json!({"train": [{"delay_seconds": 0.3}]})).await;
    let began = Instant::now();
    let (response, seen_at) = tokio::join!(fake.train(clustering("m-1")), async {
        fake.wait_until(async |fake| fake.runs().await.first().map(|_| began.elapsed())).await
    });
    assert_eq!(response.unwrap().status(), 200);
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert!(seen_at < began.elapsed());
}

#[tokio::test]
async fn a_vendor_goes_on_when_its_client_is_gone() {
    let fake = Fake::start().await;
    fake.script("*", json!({"train": [{"run_delay_seconds": 0.3}]})).await;
    let lost = tokio::time::timeout(Duration::from_millis(150), fake.train(clustering("m-1"))).await;
    assert!(lost.is_err(), "the client gave up before the vendor had decided");
    assert!(fake.runs().await.is_empty());
    let run = fake.wait_until(async |fake| fake.runs().await.pop()).await;
    let visit = fake.last_visit().await;
    assert_eq!(visit["run_created"], run["run_id"]);
    assert_eq!((&visit["end"]["outcome"], &visit["end"]["status"]), (&"client_gone".into(), &Value::Null));
    assert!(visit["end"]["body_read_at_ms"].is_i64());
}

#[tokio::test]
async fn a_client_that_dies_in_the_middle_of_its_upload_creates_nothing() {
    let fake = Fake::start().await;
    let mut stream = TcpStream::connect(fake.sandbox.address()).await.unwrap();
    let head = format!(
        "POST {TRAIN} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: multipart/form-data; \
         boundary=b\r\nContent-Length: 5000\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"modelId\"\r\n\r\nm-1\r\n",
        fake.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    fake.wait_until(async |fake| fake.log().await.pop().filter(|visit| visit["path"] == TRAIN)).await;
    drop(stream);
    let visit = fake
        .wait_until(async |fake| {
            fake.log().await.pop().filter(|visit| visit["path"] == TRAIN && !visit["end"].is_null())
        })
        .await;
    assert!(visit["run_created"].is_null());
    assert!(fake.runs().await.is_empty());
}

#[tokio::test]
async fn a_large_upload_streams_through_and_its_digest_is_kept() {
    let fake = Fake::start().await;
    let pieces = futures::stream::iter(0..320).map(|at| {
        let (first, last) = (at == 0, at == 319);
        let mut piece = vec![b'7'; 65_536];
        if first {
            piece[0] = b'[';
        }
        if last {
            piece[65_535] = b']';
        }
        Ok::<_, std::io::Error>(piece)
    });
    let part = Part::stream_with_length(reqwest::Body::wrap_stream(pieces), 320 * 65_536);
    let part = part.file_name("big.json").mime_str("application/json").unwrap();
    let response = fake.train(form_of(clustering_texts("m-1")).part("dataFile", part)).await.unwrap();
    assert_eq!(response.status(), 200);
    let visit = fake.last_visit().await;
    let part = visit["end"]["parts"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(part["size_bytes"], 320 * 65_536);
    assert_eq!(part["sha256"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn bodies_can_trickle_break_off_be_huge_or_never_end() {
    let fake = Fake::start().await;
    fake.train_ok("m-1").await;
    fake.script(
        "m-1",
        json!({"progress": [
        {"calls": 1, "bytes_per_second": 200},
        {"calls": 1, "truncate_after_bytes": 10},
        {"calls": 1, "answer": {"kind": "filler", "size_bytes": 10_000_000}},
        {"calls": 1, "answer": {"kind": "endless"}}]}),
    )
    .await;
    let began = Instant::now();
    assert_eq!(fake.progress("m-1").await["trainingStatus"], "Initialized");
    assert!(began.elapsed() > Duration::from_millis(250), "73 bytes at 200 a second");
    assert!(fake.get("m-1", "progress").await.unwrap().text().await.is_err());
    assert_eq!(fake.get("m-1", "progress").await.unwrap().bytes().await.unwrap().len(), 10_000_002);
    let mut endless = fake.get("m-1", "progress").await.unwrap();
    let mut read = 0;
    while read < 30_000_000 {
        read += endless.chunk().await.unwrap().unwrap().len();
    }
}

#[tokio::test]
async fn a_stopped_sandbox_resets_its_connections_and_leaves_no_task() {
    let fake = Fake::start().await;
    let mut idle = TcpStream::connect(fake.sandbox.address()).await.unwrap();
    fake.script("*", json!({"train": [{"run_delay_seconds": 3600.0}]})).await;
    let (http, token, url) = (fake.http.clone(), fake.token.clone(), fake.url(TRAIN));
    let hanging =
        tokio::spawn(async move { http.post(url).bearer_auth(token).multipart(clustering("m-1")).send().await });
    fake.wait_until(async |fake| fake.log().await.pop().filter(|visit| visit["path"] == TRAIN)).await;
    tokio::time::timeout(Duration::from_secs(5), fake.sandbox.stop()).await.unwrap();
    assert!(hanging.await.unwrap().is_err());
    let mut byte = [0];
    assert!(!matches!(idle.read(&mut byte).await, Ok(1)));
}
