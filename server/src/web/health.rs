//! Whether the process lives and whether it can do its work. Tells names of parts, never why in detail.

use crate::web::call_context::WebState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;

/// A probe that takes longer counts as failed.
const PROBE_LIMIT: Duration = Duration::from_secs(5);

/// One part that must work before we take requests.
#[derive(Clone, Debug, Serialize)]
pub struct ReadinessCheck {
    /// `store`, `migrations`, `tasks`.
    pub name: &'static str,
    pub ok: bool,
}

/// Asks every part; startup hands it in.
pub type ReadinessProbe = Arc<dyn Fn() -> BoxFuture<'static, Vec<ReadinessCheck>> + Send + Sync>;

/// `GET /livez`: the process answers.
pub async fn answer_livez() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: 200 when every part works, else 503; the parts by name.
pub async fn answer_readyz(State(state): State<WebState>) -> Response {
    let checks = tokio::time::timeout(PROBE_LIMIT, (state.readiness)()).await;
    let checks = checks.unwrap_or_else(|_| vec![ReadinessCheck { name: "probe", ok: false }]);
    let ready = checks.iter().all(|check| check.ok) && !state.shutdown.is_cancelled();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(serde_json::json!({ "ready": ready, "checks": checks }))).into_response()
}
