//! web

pub mod backend;
pub mod uploads;
