//! Every route on one screen, with who may call it; and the layers around them all.
//! Holds no handler.

use crate::people::People;
use crate::web::call_context::WebState;
use crate::web::callbacks::PATTERNS;
use crate::web::error::{answer_panic, shape_errors};
use crate::web::events::{LiveFeed, stream_events};
use crate::web::health::{ReadinessProbe, answer_livez, answer_readyz};
use crate::web::metrics::{RenderMetrics, answer_metrics};
use crate::web::middleware::caller::resolve_caller;
use crate::web::middleware::headers::set_security_headers;
use crate::web::middleware::host::{AllowedHosts, check_host};
use crate::web::middleware::observe::observe_request;
use crate::web::pages::{answer_unknown, page_routes, send_package_file};
use crate::web::rest::{callbacks, connections, datasets, history, llm, models, openapi, secrets, trainings};
use crate::web::routes::Policy::{Admin, AdminToken, Callback, Operator, Public, SignedIn};
use crate::web::routes::{RouteInfo, Routes};
use crate::web::sign_in::{sign_in, sign_out};
use crate::web::site::Site;
use app::api::Backend;
use app::paths;
use axum::Router;
use axum::http::{Method, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

/// An answer that takes longer is cut. Live streams, uploads and checks of large files are exempt.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// What the web needs of the rest of the house; startup puts it together.
pub struct WebParts {
    pub people: People,
    pub backend: Backend,
    pub live: LiveFeed,
    pub readiness: ReadinessProbe,
    pub render_metrics: RenderMetrics,
    pub public_url: url::Url,
    pub listen: SocketAddr,
    pub site: Site,
    /// tus at `/api/v1/uploads`, complete with its state; it reads `Extension<Caller>`.
    pub uploads: Router,
    /// Where vendors call back, complete with its state.
    pub callbacks: Router,
    /// Live streams end when this fires.
    pub shutdown: CancellationToken,
}

/// The whole router, ready to be served.
pub fn build_router(parts: WebParts) -> Router {
    let (state, mounted) = split_parts(parts);
    let (router, _) = all_routes(&state, mounted).finish();
    let layers = ServiceBuilder::new()
        .layer(from_fn(observe_request))
        .layer(from_fn_with_state(state.clone(), set_security_headers))
        .layer(CompressionLayer::new())
        .layer(from_fn(shape_errors))
        .layer(CatchPanicLayer::custom(answer_panic))
        .layer(from_fn_with_state(state.clone(), check_host))
        .layer(from_fn_with_state(state.clone(), resolve_caller));
    router.fallback(answer_unknown).layer(layers).with_state(state)
}

/// Every route with its policy.
pub fn list_routes(parts: WebParts) -> Vec<RouteInfo> {
    let (state, mounted) = split_parts(parts);
    all_routes(&state, mounted).finish().1
}

/// Routers that come complete with a state of their own.
struct Mounted {
    uploads: Router,
    callbacks: Router,
}

fn all_routes(state: &WebState, mounted: Mounted) -> Routes {
    let quick = quick_routes(page_routes(Routes::new(state.clone()), state)).mount(
        mounted.callbacks.with_state(()),
        PATTERNS.map(|path| (Method::POST, path.to_owned())).into(),
        Callback,
    );
    let limit = TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIME_LIMIT);
    slow_routes(Routes::new(state.clone()), mounted.uploads).merge(quick.map(|router| router.layer(limit)))
}

fn quick_routes(routes: Routes) -> Routes {
    routes
        .post(paths::SIGN_IN, Public, sign_in)
        .post(paths::SIGN_OUT, Public, sign_out)
        .get("/livez", Public, answer_livez)
        .get("/readyz", Public, answer_readyz)
        .get("/metrics", AdminToken, answer_metrics)
        .get("/pkg/{*file}", Public, send_package_file)
        .get("/api/v1/openapi.json", SignedIn, openapi::send_document)
        .get("/api/v1/connections", SignedIn, connections::list_connections)
        .post("/api/v1/connections/{id}/test", Operator, connections::test_connection)
        .get("/api/v1/models", SignedIn, models::list_models)
        .post("/api/v1/models/check", Operator, models::check_model)
        .post("/api/v1/models/redeploy", Operator, models::redeploy_model)
        .post("/api/v1/connections/{id}/rotate-callback-client", Admin, callbacks::rotate_client)
        .post("/api/v1/connections/{id}/rehearse-callback", Operator, callbacks::rehearse_callback)
        .get("/api/v1/connections/{id}/secrets", Operator, secrets::list_secrets)
        .post("/api/v1/connections/{id}/secrets", Admin, secrets::keep_secret)
        .delete("/api/v1/connections/{id}/secrets/{name}", Admin, secrets::forget_secret)
        .get("/api/v1/connections/{id}/llm", SignedIn, llm::list_llm)
        .post("/api/v1/connections/{id}/llm", Admin, llm::set_llm)
        .get("/api/v1/callbacks", Operator, callbacks::list_callbacks)
        .post("/api/v1/callbacks/{id}/attach", Operator, callbacks::attach_callback)
        .post("/api/v1/callbacks/{id}/replay", Operator, callbacks::replay_callback)
        .get("/api/v1/trainings", SignedIn, trainings::list_trainings)
        .post("/api/v1/trainings", Operator, trainings::submit_training)
        .post("/api/v1/trainings/preview", SignedIn, trainings::preview_training)
        .post("/api/v1/trainings/adopt", Operator, trainings::adopt_training)
        .get("/api/v1/trainings/{id}", SignedIn, trainings::get_training)
        .patch("/api/v1/trainings/{id}", Operator, trainings::change_training)
        .post("/api/v1/trainings/{id}/retry", Operator, trainings::retry_training)
        .post("/api/v1/trainings/{id}/refresh", Operator, trainings::refresh_training)
        .post("/api/v1/trainings/{id}/settle", Operator, trainings::settle_training)
        .post("/api/v1/trainings/{id}/cancel", Operator, trainings::cancel_training)
        .get("/api/v1/trainings/{id}/events", SignedIn, history::list_events)
        .get("/api/v1/trainings/{id}/metrics", SignedIn, history::list_metrics)
        .get("/api/v1/trainings/{id}/answers", SignedIn, history::list_answers)
        .get("/api/v1/datasets/{sha256}", SignedIn, datasets::get_dataset)
}

fn slow_routes(routes: Routes, uploads: Router) -> Routes {
    let upload = |method: Method, rest: &str| (method, format!("{}{rest}", paths::API_UPLOADS));
    routes
        .get(paths::API_EVENTS, SignedIn, stream_events)
        .post("/api/v1/datasets/{sha256}/check", SignedIn, datasets::check_dataset)
        .mount(
            uploads.with_state(()),
            vec![
                upload(Method::OPTIONS, ""),
                upload(Method::POST, ""),
                upload(Method::HEAD, "/{id}"),
                upload(Method::PATCH, "/{id}"),
                upload(Method::DELETE, "/{id}"),
            ],
            Operator,
        )
}

fn split_parts(parts: WebParts) -> (WebState, Mounted) {
    let state = WebState {
        people: parts.people,
        backend: parts.backend,
        live: parts.live,
        readiness: parts.readiness,
        render_metrics: parts.render_metrics,
        hosts: Arc::new(AllowedHosts::new(&parts.public_url, parts.listen)),
        is_https: parts.public_url.scheme() == "https",
        leptos: parts.site.leptos_options(parts.listen),
        site: parts.site,
        shutdown: parts.shutdown,
    };
    (state, Mounted { uploads: parts.uploads, callbacks: parts.callbacks })
}
