//! The answers of tus: headers where all is well, a sentence and the right status where it is not.

use super::headers::VERSION;
use crate::datasets::{Checksum, UploadFault, UploadLimits, UploadView};
use app::model::error::{AppError, ErrorCode};
use app::model::time::Timestamp;
use app::paths;
use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

const EXTENSIONS: &str = "creation,creation-with-upload,checksum,expiration,termination";
/// tus' own status for a chunk that does not match its checksum.
const CHECKSUM_MISMATCH: u16 = 460;

/// A refused request: its status, what stands in the body, and headers of this refusal alone.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    error: Box<AppError>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    /// 400
    pub(super) fn malformed(message: &str) -> Self {
        Self::new(400, ErrorCode::BadRequest, message)
    }

    /// 401
    pub(super) fn stranger() -> Self {
        Self::new(401, ErrorCode::Unauthorized, "Sign in first, or send an API token.")
    }

    /// 403
    pub(super) fn viewer() -> Self {
        Self::new(
            403,
            ErrorCode::Forbidden,
            "Viewers see everything and upload nothing. Ask an admin for the operator role.",
        )
    }

    /// 405
    pub(super) fn method(allowed: &'static str) -> Self {
        let refusal =
            Self::new(405, ErrorCode::BadRequest, "This address does not know that method; see the Allow header.");
        refusal.with(header::ALLOW, HeaderValue::from_static(allowed))
    }

    /// 412
    pub(super) fn version() -> Self {
        let message = format!("Send Tus-Resumable: {VERSION}. No other version of tus is spoken here.");
        let refusal = Self::new(412, ErrorCode::BadRequest, &message);
        refusal.with(HeaderName::from_static("tus-version"), HeaderValue::from_static(VERSION))
    }

    /// 415
    pub(super) fn chunk_type(wanted: &str) -> Self {
        Self::new(415, ErrorCode::UnsupportedMediaType, &format!("Send the bytes with Content-Type: {wanted}."))
    }

    /// Whether nobody is left to read the answer.
    pub(super) fn connection_is_lost(&self) -> bool {
        self.status == StatusCode::REQUEST_TIMEOUT
    }

    fn new(status: u16, code: ErrorCode, message: &str) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        Self { status, error: Box::new(AppError::new(code, message)), headers: Vec::new() }
    }

    fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl From<UploadFault> for Refusal {
    fn from(fault: UploadFault) -> Self {
        let (status, code) = match &fault {
            UploadFault::NotFound => (404, ErrorCode::NotFound),
            UploadFault::Expired => (410, ErrorCode::NotFound),
            UploadFault::BadName(_) | UploadFault::Cut => (400, ErrorCode::BadRequest),
            UploadFault::WrongOffset { .. } | UploadFault::TakenOver => (409, ErrorCode::Conflict),
            UploadFault::TooLarge { .. } | UploadFault::Overflow { .. } => (413, ErrorCode::TooLarge),
            UploadFault::NoRoom { .. } | UploadFault::Full => (507, ErrorCode::Unavailable),
            UploadFault::TooMany { .. } => (429, ErrorCode::RateLimited),
            UploadFault::Held => (423, ErrorCode::Conflict),
            UploadFault::Stalled { .. } => (408, ErrorCode::Unavailable),
            UploadFault::ChecksumMismatch => (CHECKSUM_MISMATCH, ErrorCode::BadRequest),
            UploadFault::Store(_) | UploadFault::Blob(_) => (500, ErrorCode::Internal),
        };
        match &fault {
            UploadFault::Store(error) => tracing::error!(%error, "An upload could not be written down"),
            UploadFault::Blob(error) => tracing::error!(%error, "An upload could not be stored"),
            other => tracing::debug!(status, reason = %other, "Refused an upload"),
        }
        metrics::counter!("trainyard_upload_refusals_total", "status" => status.to_string()).increment(1);
        let refusal = Self::new(status, code, &fault.to_string());
        match fault {
            UploadFault::WrongOffset { at, .. } => refusal.with(UPLOAD_OFFSET, HeaderValue::from(at)),
            UploadFault::TooMany { .. } | UploadFault::Held => refusal.with(header::RETRY_AFTER, HeaderValue::from(2)),
            UploadFault::Stalled { .. } => refusal.with(header::CONNECTION, HeaderValue::from_static("close")),
            _ => refusal,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = finish((self.status, Json(self.error)).into_response());
        for (name, value) in self.headers {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
/// Ours: what a finished upload became.
const TRAINYARD_DATASET: HeaderName = HeaderName::from_static("trainyard-dataset");

/// What we can do. Needs no `Tus-Resumable` in the request.
pub(super) fn answer_options(limits: &UploadLimits) -> Response {
    let mut response = finish(StatusCode::NO_CONTENT.into_response());
    let headers = response.headers_mut();
    headers.insert("tus-version", HeaderValue::from_static(VERSION));
    headers.insert("tus-extension", HeaderValue::from_static(EXTENSIONS));
    headers.insert("tus-max-size", HeaderValue::from(limits.max_bytes));
    headers.insert("tus-checksum-algorithm", HeaderValue::from_static(Checksum::ALGORITHMS));
    response
}

/// 201 with the upload's address, and what came along with the creation.
pub(super) fn answer_created(view: &UploadView) -> Response {
    let mut response = answer_progress(StatusCode::CREATED, view);
    if let Ok(location) = HeaderValue::from_str(&paths::api_upload(&view.id)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// 204 with the offset after a chunk.
pub(super) fn answer_written(view: &UploadView) -> Response {
    answer_progress(StatusCode::NO_CONTENT, view)
}

/// 200 with everything about an upload.
pub(super) fn answer_looked_at(view: &UploadView) -> Response {
    let mut response = answer_progress(StatusCode::OK, view);
    let headers = response.headers_mut();
    headers.insert(UPLOAD_LENGTH, HeaderValue::from(view.size_bytes));
    if let Some(metadata) = HeaderValue::from_str(&view.metadata).ok().filter(|value| !value.is_empty()) {
        headers.insert(UPLOAD_METADATA, metadata);
    }
    response
}

/// 204 after a termination.
pub(super) fn answer_ended() -> Response {
    finish(StatusCode::NO_CONTENT.into_response())
}

fn answer_progress(status: StatusCode, view: &UploadView) -> Response {
    let mut response = finish(status.into_response());
    let headers = response.headers_mut();
    headers.insert(UPLOAD_OFFSET, HeaderValue::from(view.offset_bytes));
    match &view.dataset {
        Some(dataset) => {
            if let Ok(dataset) = HeaderValue::from_str(dataset.as_str()) {
                headers.insert(TRAINYARD_DATASET, dataset);
            }
        }
        // A finished upload is a dataset now, and that does not expire.
        None => {
            headers.insert(UPLOAD_EXPIRES, write_http_date(view.expires_at));
        }
    }
    response
}

/// What every answer carries.
fn finish(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert("tus-resumable", HeaderValue::from_static(VERSION));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn write_http_date(at: Timestamp) -> HeaderValue {
    let moment = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or(jiff::Timestamp::MAX);
    let text = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&moment);
    let value = text.ok().and_then(|text| HeaderValue::from_str(&text).ok());
    value.unwrap_or_else(|| HeaderValue::from_static("Thu, 31 Dec 9999 23:59:59 GMT"))
}
