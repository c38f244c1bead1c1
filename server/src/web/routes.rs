//! Routes with their policies: a router that knows its own list.
//! There is no way to add a route here without saying who may call it.

use crate::web::call_context::WebState;
use crate::web::middleware::policy::{Gate, check_policy};
use crate::web::same_origin_layer;
use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};

pub use crate::web::middleware::policy::Policy;

/// One route as the tests and the documentation see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteInfo {
    pub method: Method,
    /// axum's pattern, `/api/v1/trainings/{id}`.
    pub path: String,
    pub policy: Policy,
}

/// A router under construction, and the list of what is in it.
pub struct Routes {
    state: WebState,
    router: Router<WebState>,
    list: Vec<RouteInfo>,
}

impl Routes {
    /// No route yet.
    pub fn new(state: WebState) -> Self {
        Self { state, router: Router::new(), list: Vec::new() }
    }

    /// A route that reads.
    pub fn get<H, T>(self, path: &str, policy: Policy, handler: H) -> Self
    where
        H: Handler<T, WebState>,
        T: 'static,
    {
        self.add(Method::GET, path, policy, on(MethodFilter::GET, handler))
    }

    /// A route that changes something.
    pub fn post<H, T>(self, path: &str, policy: Policy, handler: H) -> Self
    where
        H: Handler<T, WebState>,
        T: 'static,
    {
        self.add(Method::POST, path, policy, on(MethodFilter::POST, handler))
    }

    /// A route that changes a part of something.
    pub fn patch<H, T>(self, path: &str, policy: Policy, handler: H) -> Self
    where
        H: Handler<T, WebState>,
        T: 'static,
    {
        self.add(Method::PATCH, path, policy, on(MethodFilter::PATCH, handler))
    }

    /// A route that takes something away.
    pub fn delete<H, T>(self, path: &str, policy: Policy, handler: H) -> Self
    where
        H: Handler<T, WebState>,
        T: 'static,
    {
        self.add(Method::DELETE, path, policy, on(MethodFilter::DELETE, handler))
    }

    /// A finished router, every route of it under one policy. `paths` is what the list shows of it.
    pub fn mount(mut self, router: Router<WebState>, paths: Vec<(Method, String)>, policy: Policy) -> Self {
        let gate = Gate { state: self.state.clone(), policy };
        let gated =
            router.route_layer(same_origin_layer(&self.state)).route_layer(from_fn_with_state(gate, check_policy));
        self.router = self.router.merge(gated);
        self.list.extend(paths.into_iter().map(|(method, path)| RouteInfo { method, path, policy }));
        self
    }

    /// Puts `change` (a layer) around all routes so far.
    pub fn map(mut self, change: impl FnOnce(Router<WebState>) -> Router<WebState>) -> Self {
        self.router = change(self.router);
        self
    }

    /// Takes the routes of another table in.
    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.list.extend(other.list);
        self
    }

    /// The router and its list.
    pub fn finish(self) -> (Router<WebState>, Vec<RouteInfo>) {
        (self.router, self.list)
    }

    fn add(mut self, method: Method, path: &str, policy: Policy, route: MethodRouter<WebState>) -> Self {
        let gate = Gate { state: self.state.clone(), policy };
        let gated =
            route.route_layer(same_origin_layer(&self.state)).route_layer(from_fn_with_state(gate, check_policy));
        self.router = self.router.route(path, gated);
        self.list.push(RouteInfo { method, path: path.to_owned(), policy });
        self
    }
}
