//! Errors on their way out: every one of ours is JSON of one shape, whoever noticed it.
//! Decides no status of its own; `app::model::error` does.

use crate::people::PeopleFault;
use crate::web::call_context::RequestId;
use app::model::error::{AppError, ErrorCode};
use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// An error's body is read up to this size when it is given its shape.
const MAX_ERROR_BYTES: usize = 256 * 1024;

/// An [`AppError`] that axum can answer with.
#[derive(Debug)]
pub struct ApiError(pub AppError);

/// On a response: its body already has the shape its reader expects (OAuth's), so it stays.
#[derive(Clone, Copy, Debug)]
pub struct OwnShape;

/// The result of a handler.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// An error with a sentence for people.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(AppError::new(code, message))
    }
}

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        Self(error)
    }
}

impl From<PeopleFault> for ApiError {
    fn from(fault: PeopleFault) -> Self {
        match fault {
            PeopleFault::Store(error) => {
                tracing::error!(%error, "The store failed while looking somebody up");
                Self::new(ErrorCode::Unavailable, "The store does not answer. Nothing was changed; try again.")
            }
            other => Self::new(ErrorCode::Invalid, other.to_string()),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status_code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.0)).into_response()
    }
}

/// Gives every error of the API its shape: axum's own refusals become JSON, and all carry the request's id.
pub(super) async fn shape_errors(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let response = next.run(request).await;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    if content_type(&response).starts_with("text/html") || response.extensions().get::<OwnShape>().is_some() {
        return response;
    }
    let is_json = content_type(&response).starts_with("application/json");
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, MAX_ERROR_BYTES).await.unwrap_or_default();
    let known = if is_json { serde_json::from_slice::<AppError>(&bytes).ok() } else { None };
    let mut error = known.unwrap_or_else(|| describe_status(status));
    // A server function answers every fault with 500: one in its arguments is the sender's, not ours.
    if status == StatusCode::INTERNAL_SERVER_ERROR && error.code == ErrorCode::Outdated {
        parts.status = StatusCode::BAD_REQUEST;
    }
    error.request_id = id.map(|id| id.0.to_string());
    let body = serde_json::to_vec(&error).unwrap_or_default();
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    Response::from_parts(parts, Body::from(body))
}

/// The error behind a bare status that a library answered with.
fn describe_status(status: StatusCode) -> AppError {
    let (code, message) = match status {
        StatusCode::UNAUTHORIZED => (ErrorCode::Unauthorized, "Sign in first, or send an API token."),
        StatusCode::FORBIDDEN => (ErrorCode::Forbidden, "This is not allowed."),
        StatusCode::NOT_FOUND => (ErrorCode::NotFound, "There is nothing at this address."),
        StatusCode::METHOD_NOT_ALLOWED => {
            (ErrorCode::BadRequest, "This address does not know that method; see the Allow header.")
        }
        StatusCode::CONFLICT => (ErrorCode::Conflict, "This does not fit what is there now."),
        StatusCode::PAYLOAD_TOO_LARGE => {
            (ErrorCode::TooLarge, "The body is too large: 2 MiB at most. Send files to /api/v1/uploads.")
        }
        StatusCode::URI_TOO_LONG | StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            (ErrorCode::TooLarge, "The address or a header is too long.")
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            (ErrorCode::UnsupportedMediaType, "Send JSON, with Content-Type: application/json.")
        }
        StatusCode::UNPROCESSABLE_ENTITY => (ErrorCode::Invalid, "The request does not fit this address."),
        StatusCode::TOO_MANY_REQUESTS => (ErrorCode::RateLimited, "Too many requests at once. Wait a little."),
        StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            (ErrorCode::Unavailable, "This took too long and was stopped. Nothing was lost; try again.")
        }
        status if status.is_client_error() => (ErrorCode::BadRequest, "The request cannot be read."),
        _ => (ErrorCode::Internal, "Something went wrong on our side. Nothing was lost; try again."),
    };
    AppError::new(code, message)
}

/// The answer to a panic: nothing of it leaves the house. The panic hook has logged it.
pub(super) fn answer_panic(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    ApiError(describe_status(StatusCode::INTERNAL_SERVER_ERROR)).into_response()
}

fn content_type(response: &Response) -> &str {
    response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
