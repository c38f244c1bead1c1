//! Every route against every caller: who may pass, what comes back, which headers stand on it.

mod history;
mod sign_in;
mod stream;
mod trainings;

use crate::support::app::{Call, Proof, TestApp};
use app::model::session::Role;
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use trainyard::web::rest::openapi::{build_document, list_operations};
use trainyard::web::routes::{Policy, RouteInfo};

const ID: &str = "0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4e";
const ROLES: [(&str, Role); 3] = [("vera", Role::Viewer), ("omar", Role::Operator), ("ada", Role::Admin)];

/// A real address for a route's pattern.
fn address(route: &RouteInfo) -> String {
    let file = if route.path.starts_with("/pkg/") { "trainyard.js" } else { "x" };
    route.path.replace("{sha256}", &"a".repeat(64)).replace("{id}", ID).replace("{*file}", file).replace(['{', '}'], "")
}

fn call_route(route: &RouteInfo, proof: Proof) -> Call {
    let mut call = Call::new(route.method.as_str(), &address(route)).with("sec-fetch-site", "same-origin");
    call.proof = proof;
    if matches!(route.method, Method::POST | Method::PATCH) {
        call = call.json(&json!({}));
    }
    call
}

/// What a caller with this role, proved by a token or a session, must get: a status, or `None` for "may pass".
fn expected(policy: Policy, role: Option<Role>, is_token: bool, sent_something: bool) -> Option<u16> {
    match (policy, role) {
        (Policy::Public | Policy::Callback, _) => None,
        (Policy::Page, None) if !sent_something => Some(303),
        (Policy::AdminToken, Some(Role::Admin)) if is_token => None,
        (Policy::AdminToken, _) | (_, None) => Some(401),
        (Policy::Operator, Some(Role::Viewer)) => Some(403),
        (Policy::Admin, Some(Role::Viewer | Role::Operator)) => Some(403),
        _ => None,
    }
}

#[tokio::test]
async fn g34_every_route_lets_exactly_its_callers_pass() {
    let app = TestApp::start().await;
    let mut callers = vec![
        (Proof::Nothing, None, false, false),
        (Proof::Token("ty_nonsense".to_owned()), None, true, true),
        (Proof::Cookie("trainyard_session=nonsense".to_owned()), None, false, false),
    ];
    for (name, role) in ROLES {
        callers.push((Proof::Token(app.token(name, role).await), Some(role), true, true));
        callers.push((Proof::Cookie(app.cookie(name, role).await), Some(role), false, true));
    }
    let gone = app.token("gone", Role::Admin).await;
    app.core.people.disable_person("gone").await.unwrap();
    callers.push((Proof::Token(gone), None, true, true));

    let routes = app.routes();
    assert!(routes.len() > 30, "only {} routes are listed", routes.len());
    let mut cells = 0;
    for route in &routes {
        // Signing out would end the session that the next cell needs.
        for (proof, role, is_token, sent_something) in callers.iter().filter(|_| route.path != "/sign-out") {
            cells += 1;
            let status = app.send(call_route(route, proof.clone())).await.status().as_u16();
            let cell = format!("{} {} as {role:?} by {proof:?}", route.method, route.path);
            match expected(route.policy, *role, *is_token, *sent_something) {
                Some(refusal) => assert_eq!(status, refusal, "{cell}"),
                None => assert!(!matches!(status, 401 | 403), "{cell} was answered {status}"),
            }
        }
    }
    assert!(cells > 300, "only {cells} cells were tried");
}

#[tokio::test]
async fn only_the_named_routes_are_open_to_strangers() {
    let app = TestApp::start().await;
    let open: BTreeSet<_> = app
        .routes()
        .into_iter()
        .filter(|route| matches!(route.policy, Policy::Public | Policy::Callback))
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    let known = [
        "GET /livez",
        "GET /pkg/{*file}",
        "GET /readyz",
        "GET /sign-in",
        "POST /callbacks/{secret}",
        "POST /callbacks/{secret}/identity",
        "POST /callbacks/{secret}/identity/connect/token",
        "POST /sign-in",
        "POST /sign-out",
    ];
    assert_eq!(open, known.map(str::to_owned).into());
}

#[tokio::test]
async fn a_stranger_is_sent_to_sign_in_from_pages_only() {
    let app = TestApp::start().await;
    let response = app.send(Call::get("/?x=1")).await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()[header::LOCATION], "/sign-in?next=%2F%3Fx%3D1");
    for path in
        ["/api/v1/nothing", "/api", "/callbacks/x", "/pkg/nothing.js", "/nothing", "/metrics", "/api/fn/nothing"]
    {
        let (status, headers, body) = app.ask(Call::get(path)).await;
        assert!(matches!(status.as_u16(), 401 | 404), "{path} was answered {status}");
        assert!(!headers.contains_key(header::LOCATION), "{path}");
        assert!(body["code"].is_string() && body["request_id"].is_string(), "{path}: {body}");
    }
}

#[tokio::test]
async fn every_route_of_the_api_is_described_and_nothing_else_is() {
    let app = TestApp::start().await;
    let built: BTreeSet<_> = app
        .routes()
        .into_iter()
        .filter(|route| route.path.starts_with("/api/v1/"))
        .map(|route| (route.method.to_string(), route.path))
        .collect();
    let described = list_operations().into_iter().map(|(method, path)| (method, path.to_owned())).collect();
    assert_eq!(built, described);
}

#[tokio::test]
async fn the_description_is_openapi_31_and_refers_to_nothing_that_is_missing() {
    let app = TestApp::start().await;
    let token = app.token("vera", Role::Viewer).await;
    let (status, _, document) = app.ask(Call::get("/api/v1/openapi.json").token(&token)).await;
    assert_eq!(status, StatusCode::OK);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(document, serde_json::to_value(build_document()).unwrap());
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 30);
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn collect_references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get("$ref") {
                found.push(reference.clone());
            }
            fields.values().for_each(|field| collect_references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn g37_of_the_whole_grid_only_same_origin_cookies_and_tokens_pass() {
    let app = TestApp::start().await;
    let token = app.token("omar", Role::Operator).await;
    let cookie = app.cookie("ada", Role::Admin).await;
    let targets = [
        ("POST", "/api/v1/trainings/preview".to_owned()),
        ("PATCH", format!("/api/v1/trainings/{ID}")),
        ("DELETE", format!("/api/v1/uploads/{ID}")),
    ];
    let sites = [None, Some("same-origin"), Some("none"), Some("same-site"), Some("cross-site"), Some("Same-Origin")];
    let ours = Some("http://127.0.0.1:3000");
    let origins = [None, ours, Some("null"), Some("https://evil.example"), Some("http://127.0.0.1:3001"), Some("")];
    let mut cells = 0;
    for (method, path) in &targets {
        for site in sites {
            for origin in origins {
                for content in ["application/json", "text/plain"] {
                    for host in ["127.0.0.1:3000", "evil.example"] {
                        for proof in [Proof::Nothing, Proof::Token(token.clone()), Proof::Cookie(cookie.clone())] {
                            cells += 1;
                            let mut call = Call::new(method, path).with("content-type", content).with("host", host);
                            call.headers.extend(site.map(|site| ("sec-fetch-site".to_owned(), site.to_owned())));
                            call.headers.extend(origin.map(|origin| ("origin".to_owned(), origin.to_owned())));
                            call.body = b"{}".to_vec();
                            call.proof = proof.clone();
                            let cell = format!("{call:?}");
                            let status = app.send(call).await.status().as_u16();
                            let same_origin = match site {
                                Some("same-origin" | "none") => {
                                    origin.is_none() || origin == ours || origin == Some("null")
                                }
                                None => origin == ours,
                                _ => false,
                            };
                            match (host, &proof) {
                                ("evil.example", _) => assert_eq!(status, 421, "{cell}"),
                                (_, Proof::Nothing) => assert_eq!(status, 401, "{cell}"),
                                (_, Proof::Cookie(_)) if !same_origin => assert_eq!(status, 403, "{cell}"),
                                _ => assert!(!matches!(status, 401 | 403 | 421), "{cell} was answered {status}"),
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(cells >= 500, "only {cells} cells");
}

fn assert_headers(what: &str, response: &Response) {
    let headers = response.headers();
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    assert_eq!(text("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(text("referrer-policy"), "no-referrer", "{what}");
    assert_eq!(text("cross-origin-opener-policy"), "same-origin", "{what}");
    assert_eq!(text("cross-origin-resource-policy"), "same-origin", "{what}");
    assert!(!text("permissions-policy").is_empty(), "{what}");
    assert!(!text("cache-control").is_empty(), "{what}");
    assert_eq!(text("x-request-id").len(), 36, "{what}");
    let policy = text("content-security-policy");
    for part in ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "object-src 'none'"] {
        assert!(policy.contains(part), "{what}: {part} is missing in {policy}");
    }
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{what}: {policy}");
    assert_eq!(headers.get_all("content-security-policy").iter().count(), 1, "{what}");
}

#[tokio::test]
async fn g40_every_kind_of_answer_carries_the_security_headers() {
    let mut app = TestApp::start().await;
    let token = app.token("ada", Role::Admin).await;
    let calls = [
        (200, Call::get("/").token(&token)),
        (303, Call::get("/")),
        (200, Call::get("/sign-in")),
        (404, Call::get("/nothing")),
        (404, Call::get("/nothing").token(&token).with("accept", "text/html")),
        (401, Call::get("/api/v1/trainings")),
        (405, Call::new("PUT", "/api/v1/trainings").token(&token)),
        (415, Call::post("/api/v1/trainings").token(&token)),
        (422, Call::post("/api/v1/trainings").token(&token).json(&json!(null))),
        (421, Call::get("/").with("host", "evil.example")),
        (200, Call::get("/favicon.svg")),
        (200, Call::get("/worker.js")),
        (200, Call::get("/pkg/trainyard.js")),
        (404, Call::get("/pkg/other.js")),
        (200, Call::get("/livez")),
        (200, Call::get("/readyz").with("host", "10.0.0.9")),
        (200, Call::get("/metrics").token(&token)),
        (200, Call::get("/api/v1/events").token(&token)),
    ];
    for (status, call) in calls {
        let what = format!("{} {}", call.method, call.path);
        let response = app.send(call).await;
        assert_eq!(response.status().as_u16(), status, "{what}");
        assert_headers(&what, &response);
    }
    app.rebuild(|backend| backend.connections = std::sync::Arc::new(Panicking));
    let response = app.send(Call::get("/api/v1/connections").token(&token)).await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_headers("a broken port", &response);
    let mut big = Call::post("/api/v1/trainings").token(&token).with("content-type", "application/json");
    big.body = vec![b' '; 3 * 1024 * 1024];
    let response = app.send(big).await;
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_headers("a body that is too large", &response);
}

/// A port that breaks.
struct Panicking;

#[async_trait::async_trait]
impl app::api::connections::ConnectionsPort for Panicking {
    async fn list_connections(
        &self,
        _: &app::model::session::Caller,
    ) -> Result<Vec<app::model::connection::Connection>, app::model::error::AppError> {
        panic!("a test breaks this port")
    }

    async fn test_connection(
        &self,
        _: &app::model::session::Caller,
        _: &app::model::ids::ConnectionId,
    ) -> Result<app::model::connection::ConnectionTest, app::model::error::AppError> {
        panic!("a test breaks this port")
    }
}

#[tokio::test]
async fn a_panic_is_answered_with_an_id_and_nothing_of_its_text() {
    let mut app = TestApp::start().await;
    let token = app.token("ada", Role::Admin).await;
    app.rebuild(|backend| backend.connections = std::sync::Arc::new(Panicking));
    let (status, headers, body) = app.ask(Call::get("/api/v1/connections").token(&token)).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(body["code"], "internal");
    assert_eq!(body["request_id"], headers["x-request-id"].to_str().unwrap());
    assert!(!body.to_string().contains("a test breaks"));
}

fn nonce_of(response: &Response) -> String {
    let policy = response.headers()["content-security-policy"].to_str().unwrap();
    policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap().to_owned()
}

#[tokio::test]
async fn g40_no_two_answers_share_a_nonce() {
    let app = TestApp::start().await;
    let mut seen = BTreeSet::new();
    for _ in 0..10_000 {
        assert!(seen.insert(nonce_of(&app.send(Call::get("/livez")).await)));
    }
}

#[tokio::test]
async fn scripts_of_a_page_carry_the_nonce_of_their_answer() {
    let app = TestApp::start().await;
    let response = app.send(Call::get("/sign-in")).await;
    let nonce = nonce_of(&response);
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    let html = read_text(response).await;
    let marked = html.matches("nonce=").count();
    assert!(marked > 0, "no script carries a nonce: {html}");
    assert_eq!(html.matches(&format!("nonce=\"{nonce}\"")).count(), marked, "{html}");
    assert!(!html.contains(" style=\""), "an inline style would be blocked: {html}");
}

async fn read_text(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 16 * 1024 * 1024).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn files_are_kept_by_browsers_as_long_as_their_names_allow() {
    let app = TestApp::start().await;
    let response = app.send(Call::get("/favicon.svg")).await;
    assert_eq!(response.headers()[header::CACHE_CONTROL], "public, max-age=3600");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "image/svg+xml");
    // Without hashes in the names a browser has to ask each time.
    let response = app.send(Call::get("/pkg/trainyard.wasm")).await;
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/wasm");
    for path in
        ["/pkg", "/pkg/", "/pkg/..%2f..%2fsecret", "/..%2ftrainyard.toml", "/pkg/%2e%2e/%2e%2e/secret", "//secret"]
    {
        let status = app.send(Call::get(path)).await.status();
        assert!(matches!(status.as_u16(), 400 | 404), "{path} was answered {status}");
    }
}

#[tokio::test]
async fn errors_say_what_is_wrong_where_it_is_wrong() {
    let app = TestApp::start().await;
    let token = app.token("omar", Role::Operator).await;
    let mut broken = Call::post("/api/v1/trainings").token(&token).with("content-type", "application/json");
    broken.body = b"{\"id\": \n  nope}".to_vec();
    let (status, _, body) = app.ask(broken).await;
    assert_eq!((status.as_u16(), body["code"].as_str()), (400, Some("bad_request")));
    assert!(body["message"].as_str().unwrap().contains("line 2"), "{body}");

    let post = Call::post("/api/v1/trainings").token(&token).json(&json!({"request": {"kind": "sestek.clustering"}}));
    let (status, _, body) = app.ask(post).await;
    assert_eq!((status.as_u16(), body["code"].as_str()), (422, Some("invalid")));
    let paths: BTreeSet<_> =
        body["fields"].as_array().unwrap().iter().filter_map(|field| field["path"].as_str()).collect();
    for path in ["id", "connection", "request.model_id", "request.language", "request.data"] {
        assert!(paths.iter().any(|found| found.starts_with(path)), "{path} is not among {paths:?}");
    }

    let (status, headers, body) = app.ask(Call::new("DELETE", "/api/v1/trainings").token(&token)).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(headers.contains_key(header::ALLOW));
    assert!(body["message"].is_string());
}

#[tokio::test]
async fn server_functions_answer_with_the_apis_errors() {
    let app = TestApp::start().await;
    let cookie = app.cookie("vera", Role::Viewer).await;
    let (status, _, body) = app.ask(Call::post("/api/fn/session/me").cookie(&cookie).json(&json!({}))).await;
    assert_eq!((status.as_u16(), body["name"].as_str()), (200, Some("vera")));
    let call = Call::post("/api/fn/trainings/get").cookie(&cookie).json(&json!({"id": ID}));
    let (status, _, body) = app.ask(call).await;
    assert_eq!((status.as_u16(), body["code"].as_str()), (404, Some("not_found")), "{body}");
    let call = Call::post("/api/fn/trainings/get").cookie(&cookie).json(&json!({"nope": 1}));
    let (status, _, body) = app.ask(call).await;
    assert_eq!((status.as_u16(), body["code"].as_str()), (400, Some("outdated")), "{body}");
    let stranger = Call::post("/api/fn/session/me").json(&json!({})).with("sec-fetch-site", "same-origin");
    assert_eq!(app.ask(stranger).await.0, StatusCode::UNAUTHORIZED);
}
