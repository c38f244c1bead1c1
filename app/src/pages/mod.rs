//! One file per route, and what they share. A page loads; components show.

mod adopt;
pub mod connection;
pub mod connections;
pub mod inbox;
mod key;
pub mod list;
pub mod model;
pub mod models;
pub mod new_training;
pub mod not_found;
pub mod now;
mod parts;
mod rows;
pub mod session;
pub mod sign_in;
pub mod training;
mod training_tabs;
