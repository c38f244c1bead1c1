//! Everything that speaks HTTP to people and scripts: pages, `/api/v1`, the live stream, health.
//! Holds no rule: it finds out who asks, asks the ports of `app::api`, and writes the answer down.

pub mod backend;
mod call_context;
pub mod callbacks;
pub mod error;
pub mod events;
pub mod health;
pub mod metrics;
mod middleware;
mod pages;
mod redirect;
pub mod rest;
pub mod router;
pub mod routes;
pub mod serve;
mod sign_in;
pub mod site;
pub mod uploads;

pub use call_context::{CspNonce, RequestId};
pub use router::{WebParts, build_router, list_routes};

use call_context::WebState;
use tower_http::csrf::CsrfLayer;

/// tower-http's guard against requests of other sites. `middleware::policy` stands in front of it and is stricter.
fn same_origin_layer(state: &WebState) -> CsrfLayer {
    CsrfLayer::new().add_trusted_origin(&state.hosts.origin).unwrap_or_else(|_| CsrfLayer::new())
}
