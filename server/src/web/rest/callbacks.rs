//! `/api/v1/callbacks`: the inbox of what vendors sent unasked.

use super::Who;
use super::body::{JsonBody, parse_attach};
use super::query::read_page;
use crate::web::call_context::WebState;
use crate::web::error::{ApiError, ApiResult};
use app::model::callback::{Callback, CallbackPage};
use app::model::connection::ConnectionTest;
use app::model::error::AppError;
use app::model::ids::ConnectionId;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::{Extension, Json};

/// `GET /callbacks`: what came, newest first, and what was promised and never came.
pub async fn list_callbacks(
    State(state): State<WebState>,
    Extension(caller): Who,
    uri: Uri,
) -> ApiResult<Json<CallbackPage>> {
    Ok(Json(state.backend.callbacks.list_callbacks(&caller, read_page(&uri)?).await?))
}

/// `POST /callbacks/{id}/attach`: an unmatched callback belongs to this training.
pub async fn attach_callback(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> ApiResult<Json<Callback>> {
    let (id, training) = (read_callback_id(&id)?, parse_attach(&body)?.training);
    Ok(Json(state.backend.callbacks.attach_callback(&caller, id, &training).await?))
}

/// `POST /callbacks/{id}/replay`: 202; a task asks the vendor, not this request.
pub async fn replay_callback(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    state.backend.callbacks.replay_callback(&caller, read_callback_id(&id)?).await?;
    Ok(StatusCode::ACCEPTED)
}

/// `POST /connections/{id}/rehearse-callback`: a sample, as a vendor sends it, through our own public address.
pub async fn rehearse_callback(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> ApiResult<Json<ConnectionTest>> {
    Ok(Json(state.backend.callbacks.rehearse_callback(&caller, &ConnectionId::new(id)).await?))
}

/// `POST /connections/{id}/rotate-callback-client`: the vendor's client at our token address ends, another follows.
pub async fn rotate_client(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    state.backend.callbacks.rotate_client(&caller, &ConnectionId::new(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A number that cannot be one is simply not there.
fn read_callback_id(text: &str) -> Result<i64, ApiError> {
    text.parse().map_err(|_| AppError::not_found("callback").into())
}
