//! The security headers of every response, errors and files included.
//! The page's own needs (nonce, worker, wasm) are met here and nowhere else.

use crate::web::call_context::{CspNonce, WebState};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const FIXED: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    (
        "permissions-policy",
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), \
         microphone=(), midi=(), payment=(), usb=()",
    ),
];

/// Makes the response's nonce, and sets what is not set yet.
pub async fn set_security_headers(State(state): State<WebState>, mut request: Request, next: Next) -> Response {
    let nonce = draw_nonce();
    if let Some(nonce) = &nonce {
        request.extensions_mut().insert(CspNonce(nonce.as_str().into()));
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    set_default(headers, header::CONTENT_SECURITY_POLICY, &write_policy(nonce.as_deref()));
    set_default(headers, header::CACHE_CONTROL, "no-store");
    set_default(headers, header::REFERRER_POLICY, referrer_policy(&state));
    if state.is_https {
        set_default(headers, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    for name in ["sec-fetch-site", "origin", "cookie"] {
        headers.append(header::VARY, HeaderValue::from_static(name));
    }
    response
}

/// Browsers send `Origin: null` with a form when the policy is `no-referrer`, and send no `Sec-Fetch-Site` to plain
/// http outside this machine: there the same-origin check would have nothing to go by, and nobody could sign in.
fn referrer_policy(state: &WebState) -> &'static str {
    if state.is_https || state.hosts.is_loopback { "no-referrer" } else { "same-origin" }
}

/// The Content-Security-Policy. Without a nonce (no randomness) no script runs at all. There is no `report-to`: we
/// offer no address that takes reports.
fn write_policy(nonce: Option<&str>) -> String {
    let scripts = nonce
        .map_or_else(|| "'none'".to_owned(), |nonce| format!("'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'"));
    let styles = nonce.map_or_else(|| "'self'".to_owned(), |nonce| format!("'self' 'nonce-{nonce}'"));
    format!(
        "default-src 'none'; script-src {scripts}; style-src {styles}; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'; object-src 'none'"
    )
}

/// The policy of a script that runs as a worker: it has no document and no nonce, so it may load our own files only.
pub const WORKER_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

fn set_default(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if !headers.contains_key(&name)
        && let Ok(value) = HeaderValue::from_str(value)
    {
        headers.insert(name, value);
    }
}

/// 128 random bits, base64.
fn draw_nonce() -> Option<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(STANDARD.encode(bytes))
}
