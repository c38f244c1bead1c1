//! `/api/v1/trainings`: submitting, finding and changing.

use super::body::{JsonBody, parse_adoption, parse_cancel, parse_change, parse_retry, parse_settlement};
use super::query::read_filter;
use super::{Who, read_training_id};
use crate::web::call_context::WebState;
use crate::web::error::ApiResult;
use app::api::trainings::{NewTraining, PreviewTraining, Submitted};
use app::model::error::AppError;
use app::model::page::TrainingPage;
use app::model::preview::RequestPreview;
use app::model::training::Training;
use app::paths;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

/// `POST /trainings`: 201 for a new one, 200 for the same submit again.
pub async fn submit_training(
    State(state): State<WebState>,
    Extension(caller): Who,
    JsonBody(body): JsonBody,
) -> ApiResult<Response> {
    let new = NewTraining::parse(&body).map_err(AppError::invalid)?;
    Ok(answer_submitted(state.backend.trainings.submit_training(&caller, new).await?))
}

/// `POST /trainings/preview`: the vendor call the request would become, tokens masked.
pub async fn preview_training(
    State(state): State<WebState>,
    Extension(caller): Who,
    JsonBody(body): JsonBody,
) -> ApiResult<Json<RequestPreview>> {
    let preview = PreviewTraining::parse(&body).map_err(AppError::invalid)?;
    Ok(Json(state.backend.trainings.preview_training(&caller, preview).await?))
}

/// `GET /trainings`: the list page's filters, cursor and counts.
pub async fn list_trainings(
    State(state): State<WebState>,
    Extension(caller): Who,
    uri: Uri,
) -> ApiResult<Json<TrainingPage>> {
    let filter = read_filter(&uri)?;
    Ok(Json(state.backend.trainings.list_trainings(&caller, filter).await?))
}

/// `GET /trainings/{id}`.
pub async fn get_training(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> ApiResult<Json<Training>> {
    Ok(Json(state.backend.trainings.get_training(&caller, &read_training_id(&id)?).await?))
}

/// `PATCH /trainings/{id}`: name, tags, note, archived.
pub async fn change_training(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> ApiResult<Json<Training>> {
    let (id, change) = (read_training_id(&id)?, parse_change(&body)?);
    Ok(Json(state.backend.trainings.change_training(&caller, &id, change).await?))
}

/// `POST /trainings/{id}/retry`: 201 with `retry_of`.
pub async fn retry_training(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> ApiResult<Response> {
    let (id, retry) = (read_training_id(&id)?, parse_retry(&body)?);
    Ok(answer_submitted(state.backend.trainings.retry_training(&caller, &id, retry).await?))
}

/// `POST /trainings/{id}/refresh`: 202; a task asks the vendor, not this request.
pub async fn refresh_training(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> ApiResult<StatusCode> {
    state.backend.trainings.refresh_training(&caller, &read_training_id(&id)?).await?;
    Ok(StatusCode::ACCEPTED)
}

/// `POST /trainings/{id}/settle`: what a person decides where only a person can tell.
pub async fn settle_training(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> ApiResult<Json<Training>> {
    let (id, settlement) = (read_training_id(&id)?, parse_settlement(&body)?);
    Ok(Json(state.backend.trainings.settle_training(&caller, &id, settlement).await?))
}

/// `POST /trainings/{id}/cancel`: ends a training that the vendor does not have.
pub async fn cancel_training(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> ApiResult<Json<Training>> {
    let id = read_training_id(&id)?;
    parse_cancel(&body)?;
    Ok(Json(state.backend.trainings.cancel_training(&caller, &id).await?))
}

/// `POST /trainings/adopt`: 201 with a training that is watched from now on.
pub async fn adopt_training(
    State(state): State<WebState>,
    Extension(caller): Who,
    JsonBody(body): JsonBody,
) -> ApiResult<Response> {
    let adopt = parse_adoption(&body)?;
    Ok(answer_submitted(state.backend.trainings.adopt_training(&caller, adopt).await?))
}

/// 201 for a new one, 200 for the same again.
pub(super) fn answer_submitted(submitted: Submitted) -> Response {
    let status = if submitted.is_new { StatusCode::CREATED } else { StatusCode::OK };
    let location = paths::api_training(&submitted.training.id);
    (status, [(header::LOCATION, location)], Json(submitted.training)).into_response()
}
