//! `/api/v1/connections`.

use super::Who;
use super::query::refuse_query;
use crate::web::call_context::WebState;
use crate::web::error::ApiResult;
use app::model::connection::{Connection, ConnectionTest};
use app::model::ids::ConnectionId;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::{Extension, Json};

/// `GET /connections`: every connection, never a secret.
pub async fn list_connections(
    State(state): State<WebState>,
    Extension(caller): Who,
    uri: Uri,
) -> ApiResult<Json<Vec<Connection>>> {
    refuse_query(&uri)?;
    Ok(Json(state.backend.connections.list_connections(&caller).await?))
}

/// `POST /connections/{id}/test`: one harmless call to the vendor.
pub async fn test_connection(
    State(state): State<WebState>,
    Extension(caller): Who,
    Path(id): Path<String>,
) -> ApiResult<Json<ConnectionTest>> {
    Ok(Json(state.backend.connections.test_connection(&caller, &ConnectionId::new(id)).await?))
}
