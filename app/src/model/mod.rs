//! Plain serde types that both sides of the wire speak.
//! No Leptos, no IO, and no type that could hold a secret.

pub mod advice;
pub mod callback;
pub mod connection;
pub mod dataset;
pub mod error;
pub mod event;
pub mod filter;
pub mod finding;
pub mod history;
pub mod ids;
pub mod kept_secret;
pub mod page;
pub mod preview;
pub mod published;
pub mod request;
pub mod session;
pub mod stage;
pub mod time;
pub mod training;

#[cfg(test)]
mod round_trips;
