//! Hostile and broken vendors (G38, G39): no panic, bounded reading, the raw text kept.

use super::{ROWS, classification, connect_quickly, order, target, unknown_target};
use app::model::time::Timestamp;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use futures::StreamExt as _;
use http_body_util::BodyExt as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use trainyard::clock::{SharedClock, WallClock};
use trainyard::secret::Secret;
use trainyard::vendors::http::address::AddressRule;
use trainyard::vendors::http::{Call, CallBody, CallFault, HttpLimits, VendorHttp};
use trainyard::vendors::vendor::{
    AnswerPurpose, LookUpOutcome, OrderFile, Pace, PollOutcome, SubmitOrder, SubmitOutcome, VendorConnection as _,
};

pub const TOKEN: &str = "canary-token-0123456789";

/// A vendor that gives out tokens and answers everything else with `answer`.
pub async fn serve_vendor<F, Fut>(answer: F) -> SocketAddr
where
    F: Fn(Request) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Response> + Send,
{
    let token = || async {
        let body = format!(r#"{{"access_token":"{TOKEN}","expires_in":86400,"scope":"SestekAI_External"}}"#);
        ([(header::CONTENT_TYPE, "application/json")], body)
    };
    let router = Router::new().route("/sestek/identity/connect/token", post(token)).fallback(answer);
    serve_router(router).await
}

pub async fn serve_router(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn say(status: u16, kind: &'static str, body: impl Into<Body>) -> Response {
    (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, kind)], body.into()).into_response()
}

/// A body that counts what is taken from it: `total` bytes, or for ever.
fn counted_body(piece: Bytes, total: Option<u64>, sent: &Arc<AtomicU64>) -> Body {
    let sent = Arc::clone(sent);
    Body::from_stream(futures::stream::unfold(0_u64, move |done| {
        let (piece, sent) = (piece.clone(), Arc::clone(&sent));
        async move {
            if total.is_some_and(|total| done >= total) {
                return None;
            }
            let length = piece.len() as u64;
            sent.fetch_add(length, Ordering::SeqCst);
            Some((Ok::<_, std::io::Error>(piece), done + length))
        }
    }))
}

#[tokio::test]
async fn g39_of_a_200_mb_answer_only_the_beginning_is_read_and_16_kib_are_kept() {
    for total in [Some(200 * 1024 * 1024), None] {
        let sent = Arc::new(AtomicU64::new(0));
        let (body, counter) = (Bytes::from(vec![b'['; 64 * 1024]), Arc::clone(&sent));
        let address = serve_vendor(move |_| {
            let response = say(200, "application/json", counted_body(body.clone(), total, &counter));
            async { response }
        })
        .await;
        let answer = connect_quickly(address).poll(&unknown_target("m")).await;
        assert!(matches!(answer.outcome, PollOutcome::Unreachable { .. }), "{:?}", answer.outcome);
        let raw = answer.answers.last().unwrap();
        assert!(raw.truncated && raw.body.len() <= 16 * 1024 && raw.body.starts_with("[[["));
        assert!(raw.error.as_deref().unwrap().contains("longer than"), "{:?}", raw.error);
        // 4 MiB are read; what is above waits in the sockets' buffers.
        let sent = sent.load(Ordering::SeqCst);
        assert!(sent < 32 * 1024 * 1024, "{sent} bytes left the vendor");
    }
}

#[tokio::test]
async fn g39_a_gzip_bomb_is_never_unpacked() {
    let zeros = Router::new()
        .fallback(|| async { say(200, "application/json", vec![b'0'; 64 * 1024 * 1024]) })
        .layer(tower_http::compression::CompressionLayer::new().gzip(true));
    let ask = Request::get("/").header(header::ACCEPT_ENCODING, "gzip").body(Body::empty()).unwrap();
    let packed = tower::ServiceExt::oneshot(zeros, ask).await.unwrap();
    assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
    let bomb = packed.into_body().collect().await.unwrap().to_bytes();
    assert!(bomb.len() < 1024 * 1024);
    let address = serve_vendor(move |request: Request| {
        assert!(!request.headers().contains_key(header::ACCEPT_ENCODING), "we do not ask for packed answers");
        let mut response = say(200, "application/json", bomb.clone());
        response.headers_mut().insert(header::CONTENT_ENCODING, "gzip".parse().unwrap());
        async { response }
    })
    .await;
    let answer = connect_quickly(address).poll(&unknown_target("m")).await;
    assert!(matches!(answer.outcome, PollOutcome::Unreachable { .. }));
    assert!(answer.answers.last().unwrap().body.len() <= 16 * 1024);
}

#[tokio::test]
async fn g39_answers_that_say_nothing_are_kept_raw_and_change_nothing() {
    let deep = "[".repeat(10_000);
    let binary: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    let cases: Vec<(u16, &'static str, Vec<u8>)> = vec![
        (200, "application/json", deep.into_bytes()),
        (200, "text/html", b"<html><script>alert(1)</script>Sign in</html>".to_vec()),
        (200, "application/json", b"{\"percent\": 100\n \"trainingStatus\": \"Completed\"}".to_vec()),
        (200, "application/json", b"{\"trainingStatus\":\"Comple".to_vec()),
        (200, "application/json", binary),
        (200, "application/json", b"NaN".to_vec()),
        (500, "application/json", b"{\"error\":{\"message\":\"An internal error occurred\"}}".to_vec()),
        (502, "text/html", b"<html>Bad gateway</html>".to_vec()),
        (404, "text/html", b"<html>nginx</html>".to_vec()),
        (999, "x/y", b"what".to_vec()),
    ];
    for (status, kind, body) in cases {
        let served = body.clone();
        let address = serve_vendor(move |_| {
            let response = say(status, kind, served.clone());
            async { response }
        })
        .await;
        let connection = connect_quickly(address);
        let polled = connection.poll(&unknown_target("m")).await;
        assert!(matches!(polled.outcome, PollOutcome::Unreachable { .. }), "{status} {:?}", polled.outcome);
        let raw = polled.answers.last().unwrap();
        assert_eq!(raw.status, Some(status));
        let beginning: String = String::from_utf8_lossy(&body).replace('\0', "\u{fffd}").chars().take(40).collect();
        assert!(raw.body.starts_with(&beginning), "{:?}", raw.body);
        let found = connection.look_up(&unknown_target("m")).await;
        assert!(matches!(found.outcome, LookUpOutcome::Unknown { .. }), "{status} {:?}", found.outcome);
        let request = classification("m");
        let submitted = connection.submit(order(request, ROWS)).await;
        let busy = matches!(submitted.outcome, SubmitOutcome::Busy { .. } | SubmitOutcome::Rejected { .. });
        assert!(!busy, "{status} {:?}", submitted.outcome);
    }
}

#[tokio::test]
async fn g39_absurd_numbers_dates_and_words_are_taken_as_what_they_are() {
    for (body, percent) in [
        (r#"{"percent":-5,"trainingStatus":"Training","at":"2026-02-31T99:99:99+0900"}"#, 0.0),
        (r#"{"percent":1e9,"trainingStatus":"Training","creationTime":"0001-01-01T00:00:00"}"#, 100.0),
        (r#"{"percent":"33","trainingStatus":"TRAINING","inferenceStatus":{"deep":[1]}}"#, 33.0),
    ] {
        let address = serve_vendor(move |_| async move { say(200, "application/json", body) }).await;
        let connection = connect_quickly(address);
        let polled = connection.poll(&target(&connection, &classification("m"), false)).await;
        let PollOutcome::Observed(seen) = polled.outcome else { panic!("{body}: {:?}", polled.outcome) };
        assert_eq!(seen.progress.unwrap().percent, Some(percent), "{body}");
    }
}

#[tokio::test]
async fn g38_a_redirect_is_an_answer_and_never_a_way() {
    let hits = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&hits);
    let canary = serve_router(Router::new().fallback(move || {
        counter.fetch_add(1, Ordering::SeqCst);
        async { "reached" }
    }))
    .await;
    for status in [301, 302, 303, 307, 308] {
        let address = serve_vendor(move |_| async move {
            let mut response = say(status, "text/html", "");
            let location = format!("http://{canary}/steal");
            response.headers_mut().insert(header::LOCATION, location.parse().unwrap());
            response
        })
        .await;
        let connection = connect_quickly(address);
        let polled = connection.poll(&unknown_target("m")).await;
        assert!(matches!(polled.outcome, PollOutcome::Unreachable { .. }));
        let submitted = connection.submit(order(classification("m"), ROWS)).await;
        assert!(matches!(submitted.outcome, SubmitOutcome::Unclear { .. }), "{:?}", submitted.outcome);
    }
    assert_eq!(hits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn g38_a_name_that_leads_to_a_forbidden_address_is_not_connected_to() {
    let hits = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&hits);
    let canary = serve_router(Router::new().fallback(move || {
        counter.fetch_add(1, Ordering::SeqCst);
        async { "reached" }
    }))
    .await;
    let clock: SharedClock = Arc::new(WallClock);
    let url = url::Url::parse(&format!("http://localhost:{}/", canary.port())).unwrap();
    for (allow_loopback, reached) in [(false, 0), (true, 1)] {
        let rule = AddressRule { allow_http: true, allow_loopback, networks: Vec::new() };
        let http = VendorHttp::open(&rule, &[&url], HttpLimits::default(), Pace(1.0), Arc::clone(&clock)).unwrap();
        let exchange = http.send_call(ask(url.clone())).await;
        assert_eq!(matches!(exchange.result, Err(CallFault::NotSent(_))), !allow_loopback);
        assert_eq!(hits.load(Ordering::SeqCst), reached);
    }
    let elsewhere = url::Url::parse(&format!("http://127.0.0.1:{}/", canary.port())).unwrap();
    let rule = AddressRule { allow_http: true, allow_loopback: true, networks: Vec::new() };
    let http = VendorHttp::open(&rule, &[&url], HttpLimits::default(), Pace(1.0), clock).unwrap();
    let exchange = http.send_call(ask(elsewhere)).await;
    assert!(matches!(exchange.result, Err(CallFault::NotSent(_))), "another origin never gets this connection's calls");
    assert_eq!(hits.load(Ordering::SeqCst), 1);
}

fn ask(url: url::Url) -> Call {
    Call {
        purpose: AnswerPurpose::Progress,
        method: http::Method::GET,
        url,
        headers: &[],
        bearer: Some(Secret::new(TOKEN)),
        body: CallBody::Nothing,
    }
}

#[tokio::test]
async fn a_refused_connection_is_not_sent_and_a_silent_vendor_is_lost() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = listener.local_addr().unwrap();
    drop(listener);
    let answer = connect_quickly(closed).submit(order(classification("m"), ROWS)).await;
    assert!(matches!(answer.outcome, SubmitOutcome::NotSent { .. }), "{:?}", answer.outcome);
    assert!(answer.answers[0].error.is_some());

    let address = serve_vendor(|request: Request| async {
        request.into_body().collect().await.unwrap();
        std::future::pending::<Response>().await
    })
    .await;
    let limits = HttpLimits { submit: Duration::from_millis(300), ..HttpLimits::default() };
    let connection = super::connect_sestek(address, limits, Arc::new(WallClock));
    let answer = connection.submit(order(classification("m"), ROWS)).await;
    let SubmitOutcome::Lost { message } = answer.outcome else { panic!("{:?}", answer.outcome) };
    assert!(message.contains("no answer within 0.3 s"), "{message}");
}

#[tokio::test]
async fn a_head_without_a_body_is_understood_as_far_as_it_goes() {
    // 200 and JSON, then the connection breaks: taken, the run id unknown.
    let address = serve_vendor(|request: Request| async {
        request.into_body().collect().await.unwrap();
        let begin = futures::stream::iter([Ok(Bytes::from_static(b"{\"name\":\"m\","))]);
        // The pause lets what came before leave.
        let cut = futures::stream::once(async {
            tokio::task::yield_now().await;
            Err(std::io::Error::other("cut"))
        });
        say(200, "application/json", Body::from_stream(begin.chain(cut)))
    })
    .await;
    let answer = connect_quickly(address).submit(order(classification("m"), ROWS)).await;
    assert!(matches!(answer.outcome, SubmitOutcome::Accepted { run_id: None, .. }), "{:?}", answer.outcome);
    assert_eq!(answer.answers.last().unwrap().body, "{\"name\":\"m\",");
}

#[tokio::test]
async fn a_data_file_that_is_gone_is_found_before_the_vendor_is_called() {
    let hits = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&hits);
    let address = serve_vendor(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
        async { say(200, "application/json", "{}") }
    })
    .await;
    let source = || futures::stream::iter([Err(std::io::Error::other("no such file"))]).boxed();
    let file = OrderFile { role: "dataset".to_owned(), name: "x".to_owned(), size_bytes: 9, source: Arc::new(source) };
    let connection = connect_quickly(address);
    let answer =
        connection.submit(SubmitOrder { request: classification("m"), files: vec![file], callback: None }).await;
    assert!(matches!(answer.outcome, SubmitOutcome::NotSent { .. }), "{:?}", answer.outcome);
    let answer =
        connection.submit(SubmitOrder { request: classification("m"), files: Vec::new(), callback: None }).await;
    assert!(matches!(answer.outcome, SubmitOutcome::Rejected { .. }), "{:?}", answer.outcome);
    assert_eq!(hits.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn g24_a_large_file_streams_through_with_its_length_and_never_piles_up() {
    const PIECE: usize = 64 * 1024;
    const PIECES: usize = 1_024;
    let (made, taken) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let highest = Arc::new(AtomicU64::new(0));
    let (taken_here, made_here, highest_here) = (Arc::clone(&taken), Arc::clone(&made), Arc::clone(&highest));
    let address = serve_vendor(move |request: Request| {
        let (taken, made, highest) = (Arc::clone(&taken_here), Arc::clone(&made_here), Arc::clone(&highest_here));
        async move {
            assert!(request.headers().contains_key(header::CONTENT_LENGTH));
            let mut body = request.into_body().into_data_stream();
            while let Some(piece) = body.next().await {
                let taken = taken.fetch_add(piece.unwrap().len() as u64, Ordering::SeqCst);
                highest.fetch_max(made.load(Ordering::SeqCst).saturating_sub(taken), Ordering::SeqCst);
                tokio::task::yield_now().await;
            }
            say(200, "application/json", r#"{"id":"run-1"}"#)
        }
    })
    .await;
    let counter = Arc::clone(&made);
    let source = move || {
        let counter = Arc::clone(&counter);
        let pieces = futures::stream::iter(0..PIECES).map(move |_| {
            counter.fetch_add(PIECE as u64, Ordering::SeqCst);
            Ok(Bytes::from(vec![b'x'; PIECE]))
        });
        pieces.boxed()
    };
    let size_bytes = (PIECE * PIECES) as u64;
    let file = OrderFile { role: "dataset".to_owned(), name: "x".to_owned(), size_bytes, source: Arc::new(source) };
    let limits = HttpLimits { submit: Duration::from_secs(60), ..HttpLimits::default() };
    let connection = super::connect_sestek(address, limits, Arc::new(WallClock));
    let answer =
        connection.submit(SubmitOrder { request: classification("m"), files: vec![file], callback: None }).await;
    assert!(matches!(answer.outcome, SubmitOutcome::Accepted { .. }), "{:?}", answer.outcome);
    assert!(taken.load(Ordering::SeqCst) > size_bytes);
    let highest = highest.load(Ordering::SeqCst);
    assert!(highest < 24 * 1024 * 1024, "{highest} bytes were under way at once");
}

#[tokio::test]
async fn g30_nothing_secret_stays_in_what_is_kept_even_when_the_vendor_echoes_it() {
    let address = serve_vendor(|request: Request| async move {
        let bearer = request.headers()[header::AUTHORIZATION].to_str().unwrap().to_owned();
        let secret = super::SECRET;
        let body = format!(
            r#"{{"error":{{"message":"You sent {bearer} and {secret}, see https://h/p?sig={secret}"}},"x":"{TOKEN}"}}"#
        );
        say(500, "application/json", body)
    })
    .await;
    let connection = connect_quickly(address);
    let polled = connection.poll(&unknown_target("m")).await;
    let submitted = connection.submit(order(classification("m"), ROWS)).await;
    let tested = connection.test().await;
    let kept = format!(
        "{:?} {:?} {:?} {:?} {:?} {} {:?}",
        polled.outcome,
        polled.answers,
        submitted.outcome,
        submitted.answers,
        tested.answers,
        tested.message,
        connection.preview(&classification("m"), &[], None)
    );
    for canary in [TOKEN, super::SECRET, "canary-token", "sandbox-sec"] {
        assert!(!kept.contains(canary), "{canary} in {kept}");
    }
    assert!(kept.contains("[redacted]"));
    let asked = polled.answers.iter().all(|raw| raw.asked_at > Timestamp::from_millis(0));
    assert!(asked);
}
