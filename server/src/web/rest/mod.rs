//! `/api/v1`: versioned routes for scripts and for the page's changes, over the ports of `app::api`.
//! Reads requests, calls a port, writes the answer; holds no rule.

pub mod body;
pub mod callbacks;
pub mod connections;
pub mod datasets;
pub mod history;
pub mod models;
pub mod openapi;
pub mod query;
pub mod secrets;
pub mod trainings;

use crate::web::error::ApiError;
use app::model::error::AppError;
use app::model::ids::TrainingId;
use app::model::session::Caller;
use axum::Extension;

/// Who asks; the policy in front of the route has made sure that somebody does.
type Who = Extension<Caller>;

/// The training a path names. An id that cannot be one is simply not there.
fn read_training_id(text: &str) -> Result<TrainingId, ApiError> {
    TrainingId::parse(text).ok_or_else(|| AppError::not_found("training").into())
}
