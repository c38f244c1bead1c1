//! Where vendors call us back: `POST /callbacks/{secret}`, and the token address beside it.
//! Holds no rule: it reads a capped body, hands it on, and answers. Never logs an address, a header or a body.

use crate::secret::Secret;
use crate::trainings::{IncomingCallback, Received, TokenAnswer, Trainings};
use crate::web::error::{ApiError, OwnShape};
use app::model::error::{AppError, ErrorCode};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::LengthLimitError;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::error::Error as _;

/// The largest callback; what vendors are known to send is far below.
const MAX_BYTES: usize = 64 * 1024;
/// The longest media type that is kept.
const MAX_TYPE_CHARS: usize = 200;

/// The routes' patterns, for the table.
pub const PATTERNS: [&str; 3] =
    ["/callbacks/{secret}", "/callbacks/{secret}/identity", "/callbacks/{secret}/identity/connect/token"];

/// The routes. It is unknown whether a vendor asks for its token at the address it was given or below it: both answer.
pub fn callbacks_router<S: Clone + Send + Sync + 'static>(trainings: Trainings) -> Router<S> {
    let [address, identity, token] = PATTERNS;
    Router::new()
        .route(address, any(receive_callback))
        .route(identity, any(issue_token))
        .route(token, any(issue_token))
        .layer(DefaultBodyLimit::disable())
        .with_state(trainings)
}

/// `POST /callbacks/{secret}`: on disk before it is acknowledged.
async fn receive_callback(
    State(trainings): State<Trainings>,
    Path(secret): Path<String>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let (parts, body) = request.into_parts();
    if parts.method != Method::POST {
        return Err(unknown());
    }
    let came = IncomingCallback {
        content_type: read_type(&parts.headers),
        bearer: read_bearer(&parts.headers),
        body: read_body(body).await?,
    };
    match trainings.receive_callback(&secret, came).await.map_err(AppError::from)? {
        Received::Kept => Ok(StatusCode::OK),
        Received::Unknown => Err(unknown()),
        Received::TooMany => Err(too_many()),
    }
}

/// `POST /callbacks/{secret}/identity`: OAuth 2 client credentials (RFC 6749, 4.4), for that one address.
async fn issue_token(
    State(trainings): State<Trainings>,
    Path(secret): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    if parts.method != Method::POST {
        return Err(unknown());
    }
    let body = read_body(body).await?;
    let fields = read_fields(&body);
    let field = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let (id, client_secret) =
        read_basic(&parts.headers).unwrap_or_else(|| (field("client_id"), field("client_secret")));
    let answer = trainings.issue_callback_token(&secret, &id, &client_secret).await.map_err(AppError::from)?;
    let grant = field("grant_type");
    match answer {
        TokenAnswer::Unknown => Err(unknown()),
        TokenAnswer::TooMany => Err(too_many()),
        TokenAnswer::WrongClient => Ok(refuse_token(StatusCode::UNAUTHORIZED, "invalid_client")),
        _ if grant != "client_credentials" => Ok(refuse_token(StatusCode::BAD_REQUEST, "unsupported_grant_type")),
        TokenAnswer::Issued { token, life } => {
            let body = json!({"access_token": token.expose(), "token_type": "Bearer", "expires_in": life.as_secs()});
            Ok(([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response())
        }
    }
}

/// An error as OAuth clients read it, not in the shape of the API's.
fn refuse_token(status: StatusCode, error: &str) -> Response {
    let mut response = (status, Json(json!({"error": error}))).into_response();
    response.extensions_mut().insert(OwnShape);
    response
}

async fn read_body(body: Body) -> Result<Bytes, ApiError> {
    to_bytes(body, MAX_BYTES).await.map_err(|error| {
        if error.source().is_some_and(|source| source.is::<LengthLimitError>()) {
            ApiError::new(ErrorCode::TooLarge, "The body is too large: 64 KiB at most.")
        } else {
            ApiError::new(ErrorCode::BadRequest, "The body was cut before its end.")
        }
    })
}

fn read_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(text.chars().take(MAX_TYPE_CHARS).collect())
}

fn read_bearer(headers: &HeaderMap) -> Option<Secret> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::new(token.trim()))
}

/// `Authorization: Basic`, the other way OAuth knows for a client to name itself.
fn read_basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, encoded) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    scheme.eq_ignore_ascii_case("basic").then(|| (id.to_owned(), secret.to_owned()))
}

/// The fields of a form, or of a JSON object.
fn read_fields(body: &[u8]) -> HashMap<String, String> {
    if let Ok(Value::Object(fields)) = serde_json::from_slice(body) {
        let texts = fields.into_iter().filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())));
        return texts.collect();
    }
    url::form_urlencoded::parse(body).into_owned().collect()
}

fn unknown() -> ApiError {
    ApiError::new(ErrorCode::NotFound, "There is nothing at this address.")
}

fn too_many() -> ApiError {
    ApiError::new(ErrorCode::RateLimited, "Too many calls to this address. Wait a minute.")
}
