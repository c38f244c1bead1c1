//! Everything that is tested through the server's seams: one binary, so that it links once.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test ends by panicking, its helpers too")]

mod adopt;
mod architecture;
mod callbacks;
mod cli;
mod config;
mod docs;
mod faults;
mod gqa;
mod hold;
mod hostile;
mod kept_secrets;
mod llm_settings;
mod migrations;
mod models;
mod observations;
mod promises;
mod retired;
mod routes;
mod sandbox;
mod sestek_cases;
mod stores;
mod supply;
mod support;
mod tasks;
mod uploads;
mod vendors;
mod viewers;
