//! What the browser may know: typed models, the vendors' requests with their checks, pages, and the signatures of the
//! server functions. Depends on nothing of the server.
#![recursion_limit = "256"]

pub mod api;
pub mod app;
pub mod components;
pub mod live;
pub mod model;
pub mod pages;
pub mod paths;
pub mod preflight_client;
#[cfg(feature = "hydrate")]
pub mod preflight_worker;
#[cfg(feature = "ssr")]
pub mod shell;
pub mod texts;
pub mod ui;
pub mod vendors;
