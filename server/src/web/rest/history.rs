//! `/api/v1/trainings/{id}/events`, `/metrics`, `/answers`: reading what happened. Asks our store only.

use super::query::read_page;
use super::{Who, read_training_id};
use crate::web::call_context::WebState;
use crate::web::error::ApiResult;
use app::model::page::{AnswerPage, EventPage, MetricPage};
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::{Extension, Json};

/// `GET /trainings/{id}/events`: the history, oldest first.
pub async fn list_events(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult<Json<EventPage>> {
    let (id, page) = (read_training_id(&id)?, read_page(&uri)?);
    Ok(Json(state.backend.history.list_events(&caller, &id, page).await?))
}

/// `GET /trainings/{id}/metrics`: the points, oldest first.
pub async fn list_metrics(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult<Json<MetricPage>> {
    let (id, page) = (read_training_id(&id)?, read_page(&uri)?);
    Ok(Json(state.backend.history.list_metrics(&caller, &id, page).await?))
}

/// `GET /trainings/{id}/answers`: what the vendor answered, redacted, newest first.
pub async fn list_answers(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult<Json<AnswerPage>> {
    let (id, page) = (read_training_id(&id)?, read_page(&uri)?);
    Ok(Json(state.backend.history.list_answers(&caller, &id, page).await?))
}
