//! What only the server may know: tokens, SQL, vendor clients, tasks.
#![recursion_limit = "256"]

pub mod blobs;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connections;
pub mod datasets;
pub mod events;
pub mod people;
pub mod sandbox;
pub mod secret;
pub mod startup;
pub mod store;
pub mod tasks;
pub mod telemetry;
pub mod trainings;
pub mod vault;
pub mod vendors;
pub mod web;
