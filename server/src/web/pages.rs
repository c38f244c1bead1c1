//! Leptos inside axum: pages, server functions, and the context both run in.
//! Which pages there are stands in `app::app`; who may see them is said here.

use crate::web::call_context::{CspNonce, WebState};
use crate::web::error::{ApiError, ApiResult};
use crate::web::rest::body::refuse_nul;
use crate::web::routes::{Policy, Routes};
use app::app::App;
use app::model::error::ErrorCode;
use app::model::session::Caller;
use app::paths;
use app::shell::shell;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use leptos::nonce::Nonce;
use leptos::prelude::{provide_context, use_context};
use leptos_router::SsrMode;

/// The arguments of a server function are ids and filters.
const MAX_CALL_BYTES: usize = 256 * 1024;

/// Every page and every server function. A page is for whoever is signed in, but the sign-in page; so is every server
/// function.
pub fn page_routes(mut routes: Routes, state: &WebState) -> Routes {
    for listing in leptos_axum::generate_route_list(App) {
        let policy = if listing.path() == paths::SIGN_IN { Policy::Public } else { Policy::Page };
        let context = request_context(state);
        let options = state.leptos.clone();
        let page = move || shell(options.clone());
        let path = listing.path();
        routes = match listing.mode() {
            SsrMode::Async => routes.get(path, policy, leptos_axum::render_app_async_with_context(context, page)),
            SsrMode::InOrder => {
                routes.get(path, policy, leptos_axum::render_app_to_stream_in_order_with_context(context, page))
            }
            SsrMode::PartiallyBlocked => routes.get(
                path,
                policy,
                leptos_axum::render_app_to_stream_with_context_and_replace_blocks(context, page, true),
            ),
            _ => routes.get(path, policy, leptos_axum::render_app_to_stream_with_context(context, page)),
        };
    }
    for (path, method) in leptos::server_fn::axum::server_fn_paths() {
        if method == Method::POST {
            routes = routes.post(path, Policy::SignedIn, call_server_fn);
        }
        // A server function by GET would be open to other sites' links. There is none, and none can be reached.
    }
    routes
}

/// Runs a server function. JSON in, JSON out.
async fn call_server_fn(State(state): State<WebState>, request: Request) -> ApiResult<Response> {
    if !is_json(request.headers()) {
        return Err(ApiError::new(ErrorCode::UnsupportedMediaType, "Send JSON, with Content-Type: application/json."));
    }
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_CALL_BYTES).await else {
        return Err(ApiError::new(ErrorCode::TooLarge, "The call is too large."));
    };
    refuse_nul(&bytes)?;
    let mut request = Request::from_parts(parts, Body::from(bytes));
    // Leptos sends a form back to its Referer; ours are never posted as forms, and the header is the sender's word.
    request.headers_mut().remove(header::REFERER);
    let answer = leptos_axum::handle_server_fns_with_context(request_context(&state), request).await;
    Ok(answer.into_response())
}

/// The "not found" page for somebody who is signed in and looks at it in a browser; else a plain 404.
pub async fn answer_unknown(State(state): State<WebState>, request: Request) -> Response {
    let path = request.uri().path();
    let is_program_path = ["/api/", "/callbacks/", "/pkg/"].iter().any(|prefix| path.starts_with(prefix));
    if is_program_path {
        return ApiError::new(ErrorCode::NotFound, "There is nothing at this address.").into_response();
    }
    let wants_page = request.method() == Method::GET
        && request.extensions().get::<Caller>().is_some()
        && accepts_html(request.headers());
    let file = state.site.send_file(copy_head(&request)).await;
    if file.status() != StatusCode::NOT_FOUND || !wants_page {
        return file;
    }
    let options = state.leptos.clone();
    let render = leptos_axum::render_app_async_with_context(request_context(&state), move || shell(options.clone()));
    let mut page = render(request).await;
    *page.status_mut() = StatusCode::NOT_FOUND;
    page
}

/// `GET /pkg/...`: the page's own code.
pub async fn send_package_file(State(state): State<WebState>, request: Request) -> Response {
    state.site.send_file(request).await
}

/// Puts the caller, the backend and the nonce where pages and server functions look for them.
fn request_context(state: &WebState) -> impl Fn() + Clone + Send + Sync + 'static {
    let backend = state.backend.clone();
    move || {
        provide_context(backend.clone());
        let Some(parts) = use_context::<Parts>() else { return };
        if let Some(caller) = parts.extensions.get::<Caller>() {
            provide_context(caller.clone());
        }
        if let Some(nonce) = parts.extensions.get::<CspNonce>() {
            provide_context(Nonce::from_value(nonce.0.clone()));
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().is_some_and(|essence| essence.trim().eq_ignore_ascii_case("application/json"))
}

fn accepts_html(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("text/html"))
}

/// A request with the same head and no body.
fn copy_head(request: &Request) -> Request {
    let mut copy = Request::default();
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    copy
}
