//! `/api/v1/connections/{id}/secrets`: secrets go in, and never out.

use super::Who;
use super::body::{JsonBody, parse_secret};
use super::query::refuse_query;
use crate::web::call_context::WebState;
use crate::web::error::ApiResult;
use app::model::ids::ConnectionId;
use app::model::kept_secret::KeptSecret;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::{Extension, Json};

/// The body of `POST /connections/{id}/secrets`. Read, never written: it has no way back to JSON.
#[derive(utoipa::ToSchema)]
pub struct KeepSecret {
    /// `[a-z0-9-]{1,40}`
    pub name: String,
    pub secret: String,
}

/// `GET /connections/{id}/secrets`: names and times.
pub async fn list_secrets(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult<Json<Vec<KeptSecret>>> {
    refuse_query(&uri)?;
    Ok(Json(state.backend.secrets.list_secrets(&caller, &ConnectionId::new(id)).await?))
}

/// `POST /connections/{id}/secrets`: keeps one, in place of one of the same name.
pub async fn keep_secret(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> ApiResult<Json<KeptSecret>> {
    let KeepSecret { name, secret } = parse_secret(&body)?;
    Ok(Json(state.backend.secrets.keep_secret(&caller, &ConnectionId::new(id), &name, &secret).await?))
}

/// `DELETE /connections/{id}/secrets/{name}`: forgets one.
pub async fn forget_secret(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path((id, name)): Path<(String, String)>,
) -> ApiResult<StatusCode> {
    state.backend.secrets.forget_secret(&caller, &ConnectionId::new(id), &name).await?;
    Ok(StatusCode::NO_CONTENT)
}
