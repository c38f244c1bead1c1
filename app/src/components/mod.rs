//! components

pub mod drop_check;
pub mod model_id_field;
pub mod readiness;
pub mod request_preview;
pub mod upload;
