//! The page's own calls to `/api/v1`: changes, previews, anything that is no server function.
//! Runs in the browser only; on the server every call answers `offline` (nothing calls it there).

use crate::model::error::{AppError, ErrorCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The HTTP methods the page uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

/// Calls `path` with a JSON body (or none) and reads the JSON answer (`()` where there is none).
#[cfg(feature = "hydrate")]
pub async fn call_api<B: Serialize, T: DeserializeOwned>(
    method: Method,
    path: &str,
    body: Option<&B>,
) -> Result<T, AppError> {
    use gloo_net::http::RequestBuilder;
    let builder = RequestBuilder::new(path).method(match method {
        Method::Get => gloo_net::http::Method::GET,
        Method::Post => gloo_net::http::Method::POST,
        Method::Patch => gloo_net::http::Method::PATCH,
        Method::Delete => gloo_net::http::Method::DELETE,
    });
    let request = match body {
        Some(body) => builder.json(body),
        None => builder.build(),
    };
    let answer = match request {
        Ok(request) => request.send().await.map_err(|_| offline())?,
        Err(_) => return Err(offline()),
    };
    let text = answer.text().await.map_err(|_| offline())?;
    if answer.ok() {
        let text = if text.is_empty() { "null" } else { text.as_str() };
        return serde_json::from_str(text)
            .map_err(|_| AppError::new(ErrorCode::Outdated, "This page is older than the server. Reload it."));
    }
    Err(serde_json::from_str(&text).unwrap_or_else(|_| match answer.status() {
        401 => {
            AppError::new(ErrorCode::Unauthorized, "You were signed out. Sign in again; what you typed is still here.")
        }
        _ => offline(),
    }))
}

/// Calls `path`; on the server there is nobody to call.
#[cfg(not(feature = "hydrate"))]
pub async fn call_api<B: Serialize, T: DeserializeOwned>(_: Method, _: &str, _: Option<&B>) -> Result<T, AppError> {
    Err(offline())
}

fn offline() -> AppError {
    AppError::new(ErrorCode::Offline, "Trainyard cannot be reached. Nothing was lost; try again.")
}
