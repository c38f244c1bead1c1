//! Our numbers for Prometheus. Counts nothing itself.

use crate::web::call_context::WebState;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use std::sync::Arc;

/// Writes the numbers in Prometheus' text format; startup hands it in.
pub type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// `GET /metrics`.
pub async fn answer_metrics(State(state): State<WebState>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], (state.render_metrics)())
}
