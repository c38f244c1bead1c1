//! `/api/v1/models`: what serves, whether it is awake, and putting it back into service.

use super::Who;
use super::body::{JsonBody, parse_model_name, parse_redeploy};
use super::query::read_page;
use super::trainings::answer_submitted;
use crate::web::call_context::WebState;
use crate::web::error::ApiResult;
use app::model::published::{Model, ModelPage};
use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use axum::{Extension, Json};

/// `GET /models`: the newest first; reads our store only.
pub async fn list_models(
    State(state): State<WebState>,
    Extension(caller): Who,
    uri: Uri,
) -> ApiResult<Json<ModelPage>> {
    let page = read_page(&uri)?;
    Ok(Json(state.backend.models.list_models(&caller, page).await?))
}

/// `POST /models/check`: asks the vendor whether a model is awake.
pub async fn check_model(
    State(state): State<WebState>,
    Extension(caller): Who,
    JsonBody(body): JsonBody,
) -> ApiResult<Json<Model>> {
    let name = parse_model_name(&body)?;
    Ok(Json(state.backend.models.check_model(&caller, &name).await?))
}

/// `POST /models/redeploy`: 201 with the training that wakes it.
pub async fn redeploy_model(
    State(state): State<WebState>,
    Extension(caller): Who,
    JsonBody(body): JsonBody,
) -> ApiResult<Response> {
    let redeploy = parse_redeploy(&body)?;
    Ok(answer_submitted(state.backend.models.redeploy_model(&caller, redeploy).await?))
}
