//! What many tests need: databases on both engines, and the built house.

pub mod app;
pub mod database;
pub mod draft;
pub mod house;
