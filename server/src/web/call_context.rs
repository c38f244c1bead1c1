//! What the middleware finds out about a request and the handlers read: its id, its nonce, who asks.
//! The caller stands in the request's extensions as `app::model::session::Caller`, the proof as `people::Credential`.

use crate::people::People;
use crate::web::events::LiveFeed;
use crate::web::health::ReadinessProbe;
use crate::web::metrics::RenderMetrics;
use crate::web::middleware::host::AllowedHosts;
use crate::web::site::Site;
use app::api::Backend;
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// What to quote when asking for help: in the `X-Request-Id` header, in errors and in the log. We make it; one that
/// came with the request is not taken over.
#[derive(Clone, Debug)]
pub struct RequestId(pub Arc<str>);

/// The nonce of one response: in its Content-Security-Policy and on the scripts that Leptos writes.
#[derive(Clone, Debug)]
pub struct CspNonce(pub Arc<str>);

/// What handlers and middleware share.
#[derive(Clone)]
pub struct WebState {
    pub people: People,
    pub backend: Backend,
    pub live: LiveFeed,
    pub readiness: ReadinessProbe,
    pub render_metrics: RenderMetrics,
    pub hosts: Arc<AllowedHosts>,
    /// Whether `public_url` is https: cookies are `Secure`, HSTS is sent.
    pub is_https: bool,
    pub site: Site,
    pub leptos: LeptosOptions,
    /// Fires when the server stops; live streams end then.
    pub shutdown: CancellationToken,
}

impl FromRef<WebState> for LeptosOptions {
    fn from_ref(state: &WebState) -> Self {
        state.leptos.clone()
    }
}
