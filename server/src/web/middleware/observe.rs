//! Gives each request its id, its log span and its numbers.
//! Never logs a query string, a header or a body: sign-in links, cookies and tokens travel there.

use crate::web::call_context::RequestId;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use std::time::Instant;
use tracing::Instrument;

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The outermost layer.
pub async fn observe_request(mut request: Request, next: Next) -> Response {
    let id: Arc<str> = uuid::Uuid::now_v7().to_string().into();
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = request.method().clone();
    // The route's pattern, not the address: an address may hold a secret, and would make a metric per training.
    let route: Arc<str> = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).into();
    let span = tracing::info_span!("request", request.id = %id, http.method = %method, http.route = %route);
    let started = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let (took, status) = (started.elapsed(), response.status().as_u16());
    metrics::counter!("trainyard_http_requests_total", "method" => known_method(&method), "route" => route.to_string(),
        "status" => status.to_string())
    .increment(1);
    metrics::histogram!("trainyard_http_request_seconds", "route" => route.to_string()).record(took.as_secs_f64());
    span.in_scope(|| tracing::debug!(http.status = status, duration_ms = took.as_millis(), "Answered"));
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID.clone(), value);
    }
    response
}

/// A method is whatever a client invents; the label is not.
fn known_method(method: &axum::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PATCH" => "PATCH",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
