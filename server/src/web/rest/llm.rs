//! `/api/v1/connections/{id}/llm`: which language model a vendor uses. Keys go in, and never out.

use super::Who;
use super::body::{JsonBody, parse_llm};
use super::query::refuse_query;
use crate::web::call_context::WebState;
use crate::web::error::ApiResult;
use app::model::ids::ConnectionId;
use app::model::llm::{LlmChoice, LlmSetting, LlmSettings};
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::{Extension, Json};
use std::collections::BTreeMap;

/// The body of `POST /connections/{id}/llm`. Read, never written: it has no way back to JSON.
#[derive(utoipa::ToSchema)]
pub struct SetLlm {
    pub product_name: String,
    pub provider: String,
    pub model: String,
    /// The provider's keys by name (`GET` says which), each with its value.
    pub credentials: BTreeMap<String, String>,
}

/// `GET /connections/{id}/llm`: what is set, by whom, and which providers there are.
pub async fn list_llm(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(id): Path<String>,
    uri: Uri,
) -> ApiResult<Json<LlmSettings>> {
    refuse_query(&uri)?;
    Ok(Json(state.backend.secrets.list_llm(&caller, &ConnectionId::new(id)).await?))
}

/// `POST /connections/{id}/llm`: tells the vendor, and keeps what it took.
pub async fn set_llm(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> ApiResult<Json<LlmSetting>> {
    let SetLlm { product_name, provider, model, credentials } = parse_llm(&body)?;
    let choice = LlmChoice { product_name, provider, model };
    let credentials = credentials.into_iter().collect();
    Ok(Json(state.backend.secrets.set_llm(&caller, &ConnectionId::new(id), choice, credentials).await?))
}
