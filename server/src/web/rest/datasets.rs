//! `/api/v1/datasets`: what is known of an uploaded file, and checking it. Uploading is tus, see `uploads`.

use super::Who;
use super::body::{JsonBody, parse_check};
use crate::web::call_context::WebState;
use crate::web::error::{ApiError, ApiResult};
use app::model::dataset::Dataset;
use app::model::error::AppError;
use app::model::finding::CheckReport;
use app::model::ids::DatasetId;
use axum::extract::{Path, State};
use axum::{Extension, Json};

/// `GET /datasets/{sha256}`.
pub async fn get_dataset(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(sha256): Path<String>,
) -> ApiResult<Json<Dataset>> {
    Ok(Json(state.backend.datasets.get_dataset(&caller, &read_dataset_id(&sha256)?).await?))
}

/// `POST /datasets/{sha256}/check`: checks the file by a kind's rules.
pub async fn check_dataset(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(sha256): Path<String>,
    JsonBody(body): JsonBody,
) -> ApiResult<Json<CheckReport>> {
    let (id, check) = (read_dataset_id(&sha256)?, parse_check(&body)?);
    Ok(Json(state.backend.datasets.check_dataset(&caller, &id, check).await?))
}

fn read_dataset_id(text: &str) -> Result<DatasetId, ApiError> {
    DatasetId::parse(text).ok_or_else(|| AppError::not_found("dataset").into())
}
