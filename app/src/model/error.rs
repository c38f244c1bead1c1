//! The one error that crosses the wire, and the faults of a form.
//! Never carries an internal error's text: what stands here may be shown to anybody.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An error for people (`message`) and for programs (`code`), with every fault of the input at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct AppError {
    pub code: ErrorCode,
    pub message: String,
    #[serde(default)]
    pub fields: Vec<FieldFault>,
    /// What to quote when asking for help; also in the server's log.
    #[serde(default)]
    pub request_id: Option<String>,
    /// The training this is about, where one is in the way (`busy`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<super::ids::TrainingId>,
}

/// One fault of the input: where (`request.model_id`, dotted from the body) and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct FieldFault {
    pub path: String,
    pub message: String,
}

impl FieldFault {
    /// A fault at `path`.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

/// Why a call failed. Each code has one HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// 400: the request cannot be read.
    BadRequest,
    /// 401: sign in, or send a token.
    Unauthorized,
    /// 403: signed in, but not allowed.
    Forbidden,
    /// 404
    NotFound,
    /// 409: not in this state.
    Conflict,
    /// 409: an unfinished training owns this model id.
    Busy,
    /// 409: the vendor cannot do that.
    Unsupported,
    /// 413
    TooLarge,
    /// 415
    UnsupportedMediaType,
    /// 422: `fields` says what is wrong.
    Invalid,
    /// 429
    RateLimited,
    /// 500: our fault; the log has more under `request_id`.
    Internal,
    /// 502: the vendor answered with an error.
    VendorError,
    /// 503: not now.
    Unavailable,
    /// Made in the browser: the server could not be reached.
    Offline,
    /// Made in the browser: the page is older than the server; reload it.
    Outdated,
}

impl ErrorCode {
    /// The HTTP status of this code.
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict | Self::Busy | Self::Unsupported => 409,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::Invalid => 422,
            Self::RateLimited => 429,
            Self::Internal | Self::Outdated => 500,
            Self::VendorError => 502,
            Self::Unavailable | Self::Offline => 503,
        }
    }
}

impl AppError {
    /// An error with a sentence for people.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), fields: Vec::new(), request_id: None, training: None }
    }

    /// 422 with every fault.
    pub fn invalid(fields: Vec<FieldFault>) -> Self {
        let message = match fields.as_slice() {
            [only] => only.message.clone(),
            _ => format!("{} fields need attention.", fields.len()),
        };
        Self { fields, ..Self::new(ErrorCode::Invalid, message) }
    }

    /// 404 for a named thing.
    pub fn not_found(what: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("There is no such {what}, or you may not see it."))
    }

    /// The HTTP status.
    pub const fn status_code(&self) -> u16 {
        self.code.status()
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for AppError {}
